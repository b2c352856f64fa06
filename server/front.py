"""What all connections share: the dispatcher, request ids, the date, and one pulse a second instead of
timers.

A timer per request would cost more than answering it. Every door keeps the second at which its patience ends
instead, and `beat`, called once a second, looks at them all. Seconds are counted in beats, so nothing here
reads a clock for them, and tests let time-outs pass by beating.
"""

import logging
import time
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

import orjson

from dynalite.clock import Clock
from dynalite.errors import InternalServerError, ServiceError
from dynalite.ids import Ids, RequestIds
from dynalite.values.types import Answer, Request
from server import json_body, wire
from server.access.origins import Origins
from server.bounds import Bounds, Holdings
from server.request import HttpRequest
from server.turns import Turns

if TYPE_CHECKING:
    import asyncio

log = logging.getLogger(__name__)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Connection(Protocol):
    """A door, as the pulse sees it."""

    patient_until: float
    """The beat at which it has waited long enough."""

    def lose_patience(self) -> None:
        """What was waited for has not come."""
        ...

    def leave(self) -> None:
        """End when what has been asked is answered."""
        ...


class Starter(Protocol):
    """What starts operations: the dispatcher, or one that writes down what becomes of them."""

    def start(self, request: HttpRequest) -> Coroutine[Any, Any, Answer]:
        """The operation's coroutine, not begun. Raises what is wrong with the request."""
        ...

    def begin(self, request: HttpRequest, target: bytes, members: Request) -> Coroutine[Any, Any, Answer]:
        """As `start`, of a request that has been understood already."""
        ...

    def refused(self, error: ServiceError, request_id: bytes) -> None:
        """What came was no request, and was answered so."""
        ...


class Site(Protocol):
    """Whoever answers the connections that do not speak DynamoDB."""

    @property
    def connections(self) -> int:
        """How many it has."""
        ...

    def adopt(self, front: "Front", transport: "asyncio.Transport", received: bytes) -> None:
        """Take over a connection whose reading is paused, and of which `received` has been read already."""
        ...


class Front:
    """The state common to all doors of a server. `unready` says why it should not be sent requests, if it
    should not.
    """

    __slots__ = (
        "_clock",
        "_request_ids",
        "_unready",
        "beats",
        "bounds",
        "date",
        "dispatcher",
        "doors",
        "draining",
        "holdings",
        "origins",
        "site",
        "turns",
        "waiting",
    )

    def __init__(
        self,
        dispatcher: Starter,
        site: Site,
        clock: Clock,
        ids: Ids,
        origins: Origins | None = None,
        bounds: Bounds | None = None,
        unready: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.dispatcher = dispatcher
        self.bounds = bounds or Bounds()
        self.holdings = Holdings(self.bounds)
        self.draining = False
        """Whether the server is about to end: every answer is its connection's last."""
        self._unready = unready
        self.origins = origins or Origins()
        self.site = site
        self.doors: set[Connection] = set()
        self.turns = Turns(self.doors)
        self.waiting = 0
        """Operations that have begun and wait for something."""
        self.beats = 0
        self._clock = clock
        self._request_ids = RequestIds(ids)
        self.date = http_date(clock.now())

    def beat(self) -> None:
        """A second has passed."""
        self.beats += 1
        self.date = http_date(self._clock.now())
        for door in tuple(self.doors):
            if door.patient_until <= self.beats:
                door.lose_patience()

    @property
    def is_crowded(self) -> bool:
        """Whether there are more connections than there may be."""
        return len(self.doors) + self.site.connections > self.bounds.connections

    def readiness(self) -> tuple[int, bytes]:
        """Status and body of the answer whether requests should be sent here."""
        reason = "The server is about to end." if self.draining else self._unready()
        if reason is None:
            return 200, b'{"status":"ready"}\n'
        status = "draining" if self.draining else "failed"
        return 503, orjson.dumps({"status": status, "reason": reason}) + b"\n"

    def plainly(self, request: HttpRequest, lines: bytes) -> tuple[int, bytes, bytes, bytes]:
        """Status, type and body of the answer to what is no POST, and further header lines: `lines`, what a
        page needs.
        """
        method, path = request.method, request.path
        if method == b"OPTIONS" and lines:  # from a page
            return 200, wire.TEXT, b"", wire.preflight(request.fields)
        if method in (b"GET", b"HEAD") and path == wire.READINESS_PATH:
            status, body = self.readiness()
            return status, wire.JSON, body, lines
        if method == b"GET" and path in wire.HEALTH_PATHS:
            return 200, wire.TEXT, wire.healthy(request.fields), lines
        return 404, wire.TEXT, wire.UNKNOWN, lines

    def request_id(self) -> bytes:
        return self._request_ids.next().encode()

    def outcome(
        self, answer: Answer | None, error: BaseException | None, request_id: bytes
    ) -> tuple[int, bytes]:
        """Status and body of what an operation came to. What nobody foresaw is logged and answered without
        details.
        """
        if error is None:
            try:
                return 200, orjson.dumps(answer, default=json_body.splice)
            except TypeError as unwritable:
                error = unwritable
        told = self.told(error, request_id)
        return told.status, json_body.of_error(told)

    def told(self, error: BaseException, request_id: bytes) -> ServiceError:
        """The error as clients are told it: of what nobody foresaw, nothing."""
        if isinstance(error, ServiceError):
            return error
        log.error("request %s failed", request_id.decode(), exc_info=error)
        return InternalServerError("The request processing has failed because of an unknown error.")


def http_date(epoch_seconds: float) -> bytes:
    """A moment as HTTP writes it: `Sun, 06 Nov 1994 08:49:37 GMT`, in English whatever the locale."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(epoch_seconds)
    return (
        f"{_DAYS[weekday]}, {day:02} {_MONTHS[month - 1]} {year:04} {hour:02}:{minute:02}:{second:02} GMT"
    ).encode()
