"""The log: what it looks like, and the line for every request that is written where one is wanted.

Everything goes through Python's own `logging`, to standard error. As JSON each record is one line, with what
its writer gave as `fields` beside the message, and the traceback, if there is one, as a member. Without
options nothing here is loaded: Python writes warnings and errors as plain text by itself.

The requests' lines are written by a `Journal` that stands in the dispatcher's place. What it does not say is
what a request consumed, unless the request itself asked for that (`ReturnConsumedCapacity`).
"""

import logging
import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from time import gmtime, strftime
from typing import Any, Final, TextIO

import orjson

from dynalite.clock import Clock
from dynalite.errors import AnswerDropped, InternalServerError, ServiceError
from dynalite.values.types import Answer, Request
from server import wire
from server.front import Starter
from server.log_settings import LogSettings
from server.request import HttpRequest

_ACCESS: Final = logging.getLogger("dynalite.access")
_TABLES: Final[Mapping[str, Callable[[Any], list[str]]]] = {
    "RequestItems": list,
    "TransactItems": lambda given: [action["TableName"] for member in given for action in member.values()],
}
"""Members that name more tables than one."""


class Json(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        members: dict[str, object] = {
            "time": f"{strftime('%Y-%m-%dT%H:%M:%S', gmtime(record.created))}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        members |= getattr(record, "fields", None) or {"message": record.getMessage()}
        if record.exc_info:
            members["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(members, default=str).decode()


class Text(logging.Formatter):
    """A record as people read it: the time, the level, the message or the fields, the traceback."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", None)
        if fields:
            record.msg, record.args = " ".join(f"{name}={value}" for name, value in fields.items()), ()
        return super().format(record)


def configure(settings: LogSettings, stream: TextIO = sys.stderr) -> logging.Handler:
    """Have the process's log written so. Returns the handler that writes it."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Json() if settings.format == "json" else Text())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(settings.level.upper())
    _ACCESS.setLevel(logging.INFO if settings.access else logging.NOTSET)
    return handler


class Journal:
    """A dispatcher that writes a line when a request has been answered."""

    def __init__(self, dispatcher: Starter, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._clock = clock

    def start(self, request: HttpRequest) -> Coroutine[Any, Any, Answer]:
        """As the dispatcher's."""
        target = request.fields.get(b"x-amz-target", b"")
        return self._noted(request, target, partial(self._dispatcher.start, request))

    def begin(self, request: HttpRequest, target: bytes, members: Request) -> Coroutine[Any, Any, Answer]:
        """As the dispatcher's."""
        return self._noted(request, target, partial(self._dispatcher.begin, request, target, members))

    def refused(self, error: ServiceError, request_id: bytes) -> None:
        """Write a line for what was never a request."""
        fields = {"request": request_id.decode(), "status": error.status, "error": error.code}
        _ACCESS.info("refused", extra={"fields": fields})

    def _noted(
        self, request: HttpRequest, target: bytes, start: Callable[[], Coroutine[Any, Any, Answer]]
    ) -> Coroutine[Any, Any, Answer]:
        line = {
            "request": request.id.decode(),
            "operation": wire.target(target)[1],
            "table": _tables(request),
        }
        begun = self._clock.elapsed()
        try:
            running = start()
        except Exception as error:
            self._write(line, begun, error=error)
            raise
        return self._run(line, begun, running)

    async def _run(
        self, line: dict[str, object], begun: float, running: Coroutine[Any, Any, Answer]
    ) -> Answer:
        try:
            answer = await running
        except Exception as error:
            self._write(line, begun, error=error)
            raise
        self._write(line, begun, answer)
        return answer

    def _write(
        self,
        line: dict[str, object],
        begun: float,
        answer: Answer | None = None,
        error: Exception | None = None,
    ) -> None:
        fields = line | {
            "status": 200 if error is None else _status(error),
            "error": None if error is None else getattr(error, "code", InternalServerError.code),
            "milliseconds": round(1000 * (self._clock.elapsed() - begun), 3),
            "consumed": None if answer is None else _consumed(answer.get("ConsumedCapacity")),
        }
        known = {name: value for name, value in fields.items() if value is not None}
        _ACCESS.info("answered", extra={"fields": known})


def _status(error: Exception) -> int:
    """What the client sees; 0 when the connection is closed instead."""
    if isinstance(error, AnswerDropped):
        return 0
    return error.status if isinstance(error, ServiceError) else InternalServerError.status


def _consumed(capacity: object) -> float | None:
    """All units of an answer together."""
    if isinstance(capacity, Mapping):
        units = capacity.get("CapacityUnits")
        return float(units) if isinstance(units, int | float) else None
    if isinstance(capacity, list):
        return sum(_consumed(one) or 0.0 for one in capacity)
    return None


def _tables(request: HttpRequest) -> object:
    """The table that a request names, or a list of them; None when it names none that can be read."""
    try:
        members = wire.document(wire.decoded(request.fields, request.body))
        if "TableName" in members:
            return members["TableName"]
        return next((find(members[name]) for name, find in _TABLES.items() if name in members), None)
    except (ServiceError, LookupError, TypeError, AttributeError):
        return None  # the operation says what is wrong with it
