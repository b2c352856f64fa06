"""Connections take turns together: read all that has come, answer all of it, write all answers.

An event loop hands out what it has read connection by connection. Answering each at once means a write
between every two requests, and a trip through the kernel costs more than its own time: the processor's
caches are not ours when we come back, and each write wakes a client on another core. So what a connection
brings waits until the loop has read from all that were ready; then the requests are answered one behind the
other, and then the answers are written. Figures: docs/decisions/0027-turns.md.

Nothing waits longer than that: the turn comes before the loop looks for input again. What would make a
connection hold more than a little is not put off: from `PUT_OFF_BYTES` on it is taken, or written, where it
stands. A turn of many connections writes after every few, so that the first does not wait for the last. And
a connection that is the only one takes no turns: they would cost it 4 %.
"""

import asyncio
import logging
from abc import abstractmethod
from collections.abc import Sized
from typing import Final, cast

PUT_OFF_BYTES: Final = 64 * 1024
"""How much of what has been read, and of what is to be written, a connection may hold at most."""

_AT_ONCE: Final = 16
"""How many connections are heard before the answers are written. 8 to 32 measured the same; 4 cost more."""

log = logging.getLogger(__name__)


class Turns:
    """The connections that have something to be taken or to be written, of all that there are. To be used
    from one event loop.
    """

    __slots__ = ("_all", "_due", "_heard", "_owing")

    def __init__(self, connections: Sized) -> None:
        self._all = connections
        self._heard: list[TurnTaker] = []
        self._owing: list[TurnTaker] = []
        self._due = False
        """Whether a turn is to come, or going on."""

    @property
    def are_taken(self) -> bool:
        """Whether there is more than one connection."""
        return len(self._all) > 1

    def bring(self, taker: "TurnTaker") -> None:
        """It has brought something."""
        self._heard.append(taker)
        if not self._due:
            self._arrange()

    def owe(self, taker: "TurnTaker") -> None:
        """It has an answer to write."""
        self._owing.append(taker)
        if not self._due:
            self._arrange()

    def _arrange(self) -> None:
        self._due = True
        asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        heard, self._heard = self._heard, []
        for at in range(0, len(heard), _AT_ONCE):
            for taker in heard[at : at + _AT_ONCE]:
                try:
                    taker.take()
                except Exception:
                    taker.fail()
            self._settle()
        self._settle()
        self._due = False

    def _settle(self) -> None:
        owing, self._owing = self._owing, []
        for taker in owing:
            try:
                taker.flush()
            except Exception:  # a transport that is closed, and has not said so yet
                taker.fail()


class TurnTaker(asyncio.Protocol):
    """A connection that takes part."""

    __slots__ = ("_brought", "_turns", "_unsent", "transport")

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self.transport: asyncio.Transport | None = None
        self._brought = b""
        self._unsent = b""

    @abstractmethod
    def feed(self, data: bytes) -> None:
        """Do what these bytes ask for, as far as it goes now."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None

    def data_received(self, data: bytes) -> None:
        if not self._brought:
            if not self._turns.are_taken:
                self.feed(data)
                return
            self._turns.bring(self)
        self._brought += data
        if len(self._brought) >= PUT_OFF_BYTES:
            self.take()

    def eof_received(self) -> bool | None:
        """The client will send no more; in TLS this may come together with the last it sent."""
        self.take()
        self.flush()
        return False

    def take(self) -> None:
        """Feed what has been brought."""
        data, self._brought = self._brought, b""
        if data:
            self.feed(data)

    def write(self, data: bytes) -> None:
        """Send this, in its turn."""
        if not self._unsent:
            if not self._turns.are_taken:
                self._unsent = data
                self.flush()
                return
            self._turns.owe(self)
        self._unsent += data
        if len(self._unsent) >= PUT_OFF_BYTES:
            self.flush()

    def flush(self) -> None:
        """Send what has been written. To be called before the transport is closed or given away."""
        data, self._unsent = self._unsent, b""
        if data and self.transport is not None:
            self.transport.write(data)

    def fail(self) -> None:
        """End the connection for the exception that is being handled: no other has to suffer for it."""
        log.exception("a connection failed")
        self.drop()

    def drop(self) -> None:
        """End the connection, at once."""
        if self.transport is not None:
            self.transport.abort()
