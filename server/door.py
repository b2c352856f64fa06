"""The front door: HTTP for DynamoDB's requests, straight on a transport.

A web framework's request cycle costs several times what a point read costs, so the requests that matter are
read here (`server/intake.py` is the half that reads) and answered with one write. A connection that turns out
to want anything else (the console, a WebSocket) is given away, with what was read of it, to the site, which
is an ordinary web server (`server/site.py`).

The rules:

- Requests of a connection are answered in the order in which they came, one at a time. One that is pipelined
  waits. Connections take turns (`server/turns.py`).
- Nothing is read while an answer waits for a slow reader, or while complete requests wait, so what one
  connection can make us hold is one answer, one body, and what one read of the socket may contain. What all
  of them together can is bounded too (`server/bounds.py`), and so is their number.
- What cannot be understood, or is too long, is answered with an error, and the connection closed. The rest of
  what the client is sending is read and dropped for a moment, or its kernel would throw our answer away with
  the connection.
- A connection is given away only at the start of what one read of the socket brought, because the parser does
  not say where in it a request began. One that pipelines a request for the site behind another is closed
  instead, after the answers before it; by HTTP's rules it sends the unanswered request again.
- When a connection is lost its operation runs to its end; the answer is dropped.
- Patience has limits, counted in seconds (`Front.beat`): for a head, for a body, for a reader, for an idle
  connection.

TCP_NODELAY is set by both event loops on every connection; nobody here needs to ask for it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from dynalite import errors
from dynalite.values.types import Answer
from server import json_body, wire
from server.drive import drive
from server.front import Front
from server.intake import Intake
from server.request import HttpRequest
from server.turns import TurnTaker

CLOSING_SECONDS: Final = 5

_NOT_FOR_THIS_PAGE: Final = json_body.of_error(
    errors.AccessDeniedException("Pages from this origin may not use the server; --cors says which may")
)
_TOO_MANY_CONNECTIONS: Final = errors.ServiceUnavailable("The server has as many connections as it may")

_NO_REQUEST: Final = HttpRequest(b"", b"", b"", {}, b"", True, None)


class Door(TurnTaker):
    """One connection."""

    __slots__ = (
        "_done",
        "_ending",
        "_front",
        "_kind",
        "_lines",
        "_lingering",
        "_pumping",
        "_reading",
        "_ready",
        "_request",
        "_running",
        "ends",
        "intake",
        "patient_until",
        "reader_is_slow",
    )

    def __init__(self, front: Front) -> None:
        super().__init__(front.turns)
        self._front = front
        self._done = self._finished

        # requests that have been read, and the one that is being answered
        self._ready: deque[HttpRequest] = deque()
        self._request = _NO_REQUEST
        self._kind = b""
        self._lines = b""
        """Header lines of the answer, beside those that every answer has."""
        self._running = False
        self._pumping = False

        # what becomes of the connection
        self._reading = True
        self.reader_is_slow = False
        self.ends = False
        """Whether it has been decided how the connection ends; no request is taken any more."""
        self._ending: Callable[[], None] | None = None
        self._lingering = False
        self.patient_until: float = front.beats + front.bounds.idle_seconds
        self.intake = Intake(self, front)

    # -------------------------------------------------------------- the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._front.doors.add(self)
        if self._front.is_crowded:
            self.refuse(_TOO_MANY_CONNECTIONS)
            self._pump()
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._front.doors.discard(self)
        self._drop_ready()
        self.intake.drop()
        if self.reader_is_slow:
            self._front.holdings.read(self.drop)

    def feed(self, data: bytes) -> None:
        if not self.ends:
            self.intake.feed(data)
            self._pump()

    def eof_received(self) -> bool:
        """The client will send no more. What it has sent in full is answered before we close too."""
        super().eof_received()
        if self._running or self._ready:
            self._end(self._close)
            return self.transport is not None and self.transport.can_write_eof()  # in TLS it means the end
        return False

    def pause_writing(self) -> None:
        self.reader_is_slow = True
        self.patient_until = self._front.beats + self._front.bounds.reader_seconds
        if self.transport is not None:
            self._front.holdings.unread(self.drop, self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self.reader_is_slow = False
        self._front.holdings.read(self.drop)
        self._be_patient_again()
        self._pump()

    # -------------------------------------------------------------- the intake calls

    def receive(self, request: HttpRequest) -> None:
        self._ready.append(request)
        if not request.keep_alive:
            self._end(self._close)

    def refuse(self, error: errors.ServiceError) -> None:
        self._end(partial(self._refuse_now, error))

    def part_with(self, received: bytes | None) -> None:
        self._end(self._close if received is None else partial(self._give_away, received))

    # -------------------------------------------------------------- answering, in order

    def _pump(self) -> None:
        """Answer what is ready as far as it goes now, then do what the connection is to do next."""
        ready = self._ready
        self._pumping = True
        while ready and not self._running and not self.reader_is_slow:
            self._answer(ready.popleft())
        self._pumping = False
        transport = self.transport
        if transport is None:
            return
        if not (ready or self._running or self.reader_is_slow):
            if self._ending is not None:
                ending, self._ending = self._ending, None
                self._lingering = True
                if not transport.is_closing():
                    ending()
                return
            if self.intake.continue_due:
                self.intake.continue_due = False
                self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        wants = not (ready or self.reader_is_slow or self._ending is not None)
        if wants is not self._reading and not transport.is_closing():
            self._reading = wants
            if wants:
                transport.resume_reading()
            else:
                transport.pause_reading()

    def _answer(self, request: HttpRequest) -> None:
        self._request = request
        request.id = self._front.request_id()
        lines = self._front.origins.lines(request.fields)
        if lines is None:
            self._send(403, wire.JSON_1_0, _NOT_FOR_THIS_PAGE, b"")
            return
        self._lines = lines
        if request.method != b"POST":
            self._send(*self._front.plainly(request, lines))
            return
        kind = wire.content_type(request.fields)
        if kind is None:
            self._send(404, wire.TEXT, wire.UNKNOWN, lines)
            return
        self._kind = kind
        self._running = True
        front = self._front
        try:
            operation = front.dispatcher.start(request)
        except Exception as error:
            self._finished(None, error)
            return
        request.body = b""  # it has been parsed; an operation that waits should not keep it
        drive(operation, self._done)
        if self._running:
            front.waiting += 1

    def _finished(self, answer: Answer | None, error: BaseException | None) -> None:
        """The running operation has come to its end: within the pump, or later."""
        request = self._request
        if isinstance(error, errors.AnswerDropped):
            self._vanish()
            return
        status, body = self._front.outcome(answer, error, request.id)
        lines = self._lines
        if isinstance(error, errors.ServiceError):
            for name, value in json_body.error_headers(error).items():
                lines += f"{name}: {value}\r\n".encode()
        if len(body) >= wire.GZIP_FROM_BYTES and wire.accepts_gzip(request.fields):
            body = wire.compressed(body)
            lines += b"Content-Encoding: gzip\r\n"
        self._running = False
        self._send(status, self._kind, body, lines)
        if not self._pumping:
            self._front.waiting -= 1
            self._pump()

    def _vanish(self) -> None:
        """Close the connection instead of answering."""
        self._let_go()
        self._running = False
        self._drop_ready()
        self.flush()
        self.drop()
        if not self._pumping:
            self._front.waiting -= 1

    def _let_go(self) -> None:
        """However the request ends, its body is not held any more."""
        request = self._request
        if request.held_bytes:
            self._front.holdings.release(request.held_bytes)
            request.held_bytes = 0

    def _send(self, status: int, kind: bytes, body: bytes, lines: bytes) -> None:
        self._let_go()
        if self.transport is None:
            return
        request = self._request
        self._be_patient_again()
        self.write(
            wire.answer(
                status,
                kind,
                body,
                request_id=request.id,
                date=self._front.date,
                keep_alive=request.keep_alive,
                lines=lines,
                bodiless=request.method == b"HEAD",
            )
        )

    # -------------------------------------------------------------- how a connection ends

    def lose_patience(self) -> None:
        """The second has come at which the client should have done something."""
        transport = self.transport
        if transport is None:
            return
        if self.reader_is_slow or transport.is_closing():
            transport.abort()
        elif self._running:
            pass  # it is we who are slow
        elif self.intake.in_message and not self._lingering:
            self.refuse(errors.RequestTimeoutException("The request was not received in time"))
            self._pump()
        else:
            self._close()

    def leave(self) -> None:
        """The server is shutting down: answer what has been read, then close."""
        self.take()
        if self._ready:
            self._ready[-1].keep_alive = False
        elif self._running:
            self._request.keep_alive = False
        self._end(self._close)
        self._pump()

    def _end(self, ending: Callable[[], None]) -> None:
        """What to do with the connection once everything before is answered. The first decision stands."""
        if not self.ends:
            self.ends = True
            self._ending = ending

    def _refuse_now(self, error: errors.ServiceError) -> None:
        transport = self.transport
        assert transport is not None
        self.intake.drop()
        self.patient_until = self._front.beats + CLOSING_SECONDS
        request_id = self._front.request_id()
        self._front.dispatcher.refused(error, request_id)
        self.write(
            wire.answer(
                error.status,
                wire.JSON_1_0,
                json_body.of_error(error),
                request_id=request_id,
                date=self._front.date,
                keep_alive=False,
            )
        )
        self.flush()
        if transport.can_write_eof():
            transport.write_eof()
        if not self._reading:
            self._reading = True
            transport.resume_reading()

    def _close(self) -> None:
        self.patient_until = self._front.beats + CLOSING_SECONDS
        self.flush()
        if self.transport is not None:
            self.transport.close()

    def _drop_ready(self) -> None:
        for request in self._ready:
            self._front.holdings.release(request.held_bytes)
        self._ready.clear()

    def _give_away(self, received: bytes) -> None:
        transport = self.transport
        assert transport is not None
        self.flush()
        transport.pause_reading()
        self._front.doors.discard(self)
        self._front.site.adopt(self._front, transport, received)

    def _be_patient_again(self) -> None:
        front = self._front
        bounds = front.bounds
        seconds = bounds.body_seconds if self.intake.in_message else bounds.idle_seconds
        self.patient_until = front.beats + seconds
