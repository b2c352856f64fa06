"""The front door: HTTP for DynamoDB's requests, straight on a transport.

A web framework's request cycle costs several times what a point read costs, so the requests that matter are
read here, by httptools' parser (llhttp), and answered with one write. A connection that turns out to want
anything else (the console, a WebSocket) is given away, with what was read of it, to the site, which is an
ordinary web server (`server/site.py`).

The rules:

- Requests of a connection are answered in the order in which they came, one at a time. One that is pipelined
  waits.
- Nothing is read while an answer waits for a slow reader, or while complete requests wait, so what one
  connection can make us hold is one answer, one body, and what one read of the socket may contain.
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
from typing import Final, cast

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from dynalite import errors, limits
from dynalite.values.types import Answer
from server import faults, wire
from server.dispatch import HttpRequest
from server.drive import drive
from server.front import Front

HEAD_BYTES: Final = 64 * limits.KIB
HEADER_FIELDS: Final = 100

HEAD_SECONDS: Final = 20
BODY_SECONDS: Final = 300
READER_SECONDS: Final = 300
IDLE_SECONDS: Final = 600
CLOSING_SECONDS: Final = 5

_NOT_HTTP: Final = errors.MalformedHttpRequestException("The request is not valid HTTP")
_HEAD_TOO_LONG: Final = errors.MalformedHttpRequestException("The request's head is too long")
_TOO_MANY_FIELDS: Final = errors.MalformedHttpRequestException("The request has too many header fields")
_UNMET_EXPECTATION: Final = errors.MalformedHttpRequestException("The expectation cannot be met")
_NOT_FOR_THIS_PAGE: Final = faults.body(
    errors.AccessDeniedException("Pages from this origin may not use the server; --cors says which may")
)

_NO_REQUEST: Final = HttpRequest(b"", b"", b"", {}, b"", True, None)


class Door(asyncio.Protocol):
    """One connection."""

    __slots__ = (
        "_body",
        "_chunk",
        "_chunk_is_fresh",
        "_continue_due",
        "_done",
        "_ending",
        "_fields",
        "_front",
        "_head",
        "_head_complete",
        "_head_is_whole",
        "_in_message",
        "_kind",
        "_lines",
        "_lingering",
        "_names",
        "_parser",
        "_pumping",
        "_reader_is_slow",
        "_reading",
        "_ready",
        "_request",
        "_request_id",
        "_running",
        "_transport",
        "_url",
        "on_header",
        "patient_until",
    )

    def __init__(self, front: Front) -> None:
        self._front = front
        self._transport: asyncio.Transport | None = None
        self._done = self._finished

        # the request that is being read
        self._names: dict[bytes, bytes] = {}
        self.on_header: Callable[[bytes, bytes], None] = self._names.__setitem__
        """Called for every header field, and so a C function: no other call is as frequent."""
        self._url = b""
        self._fields: dict[bytes, bytes] = {}
        self._body: bytes | bytearray = b""
        self._in_message = False
        self._head_complete = False
        self._head = b""
        self._head_is_whole = True
        self._chunk = b""
        self._chunk_is_fresh = True
        """Whether all of the chunk belongs to the request that is being read."""
        self._continue_due = False

        # requests that have been read, and the one that is being answered
        self._ready: deque[HttpRequest] = deque()
        self._request = _NO_REQUEST
        self._request_id = b""
        self._kind = b""
        self._lines = b""
        """Header lines of the answer, beside those that every answer has."""
        self._running = False
        self._pumping = False

        # what becomes of the connection
        self._reading = True
        self._reader_is_slow = False
        self._ending: Callable[[], None] | None = None
        self._lingering = False
        self.patient_until = front.beats + IDLE_SECONDS
        self._parser: HttpRequestParser = HttpRequestParser(self)

    # -------------------------------------------------------------- the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._front.doors.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._front.doors.discard(self)
        self._ready.clear()

    def data_received(self, data: bytes) -> None:
        if self._ending is not None or self._lingering:
            return
        self._chunk = data
        self._chunk_is_fresh = True
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            pass  # the head told us already: such a connection is the site's
        except HttpParserCallbackError:
            raise  # an error of ours, not the client's
        except HttpParserError:
            self._refuse(_NOT_HTTP)
        if self._in_message and not self._head_complete and self._chunk_is_fresh:
            self._head += data
            if len(self._head) > HEAD_BYTES:
                self._refuse(_HEAD_TOO_LONG)
        self._pump()

    def eof_received(self) -> bool:
        """The client will send no more. What it has sent in full is answered before we close too."""
        if self._running or self._ready:
            self._end(self._close)
            return self._transport is not None and self._transport.can_write_eof()  # in TLS it means the end
        return False

    def pause_writing(self) -> None:
        self._reader_is_slow = True
        self.patient_until = self._front.beats + READER_SECONDS

    def resume_writing(self) -> None:
        self._reader_is_slow = False
        self._be_patient_again()
        self._pump()

    # -------------------------------------------------------------- the parser calls

    def on_message_begin(self) -> None:
        self._in_message = True
        self._head_complete = False
        self._head_is_whole = self._chunk_is_fresh
        self._names.clear()
        self.patient_until = self._front.beats + HEAD_SECONDS

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_headers_complete(self) -> None:
        self._head_complete = True
        if self._ending is not None:
            return
        self._fields = fields = {name.lower(): value for name, value in self._names.items()}
        if not self._is_ours():
            # The parser has no more to say about this connection, whatever else this chunk holds.
            if self._head_is_whole:
                self._end(partial(self._give_away, self._head + self._chunk))
            else:
                self._end(self._close)
            return
        self._head = b""
        self.patient_until = self._front.beats + BODY_SECONDS
        if len(fields) > HEADER_FIELDS:
            self._refuse(_TOO_MANY_FIELDS)
        elif len(self._chunk) > HEAD_BYTES and self._head_size_bytes() > HEAD_BYTES:
            self._refuse(_HEAD_TOO_LONG)
        elif int(fields.get(b"content-length", 0)) > limits.REQUEST_BODY_BYTES:
            self._refuse(errors.RequestEntityTooLargeException())
        elif b"expect" in fields:
            if fields[b"expect"].lower() == b"100-continue":
                self._continue_due = True
            else:
                self._refuse(_UNMET_EXPECTATION)

    def on_body(self, data: bytes) -> None:
        if not self._body:
            self._body = data  # all of it, nearly always
        elif isinstance(self._body, bytearray):
            self._body += data
        else:
            self._body = bytearray(self._body) + data
        if len(self._body) > limits.REQUEST_BODY_BYTES:
            self._body = b""
            self._refuse(errors.RequestEntityTooLargeException())

    def on_message_complete(self) -> None:
        self._in_message = self._chunk_is_fresh = self._continue_due = False
        if self._ending is not None:
            return
        parser = self._parser
        path, _, query = self._url.partition(b"?")
        method, keep_alive = parser.get_method(), parser.should_keep_alive()
        self._ready.append(
            HttpRequest(method, path, query, self._fields, self._body, keep_alive, self._transport)
        )
        self._url = self._body = b""
        if not keep_alive:
            self._end(self._close)

    def _head_size_bytes(self) -> int:
        return len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._names.items())

    def _is_ours(self) -> bool:
        """DynamoDB's requests are POSTs with a target, at any path. `/` and `/ping` are ours altogether."""
        if self._parser.should_upgrade():
            return False
        method = self._parser.get_method()
        if method == b"POST" and b"x-amz-target" in self._fields:
            return True
        if method == b"POST" and self._fields.get(b"content-type", b"").startswith(wire.FORM):
            return False
        return self._url.partition(b"?")[0] in wire.HEALTH_PATHS

    # -------------------------------------------------------------- answering, in order

    def _pump(self) -> None:
        """Answer what is ready as far as it goes now, then do what the connection is to do next."""
        ready = self._ready
        self._pumping = True
        while ready and not self._running and not self._reader_is_slow:
            self._answer(ready.popleft())
        self._pumping = False
        transport = self._transport
        if transport is None:
            return
        if not (ready or self._running or self._reader_is_slow):
            if self._ending is not None:
                ending, self._ending = self._ending, None
                self._lingering = True
                if not transport.is_closing():
                    ending()
                return
            if self._continue_due:
                self._continue_due = False
                transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        wants = not (ready or self._reader_is_slow or self._ending is not None)
        if wants is not self._reading and not transport.is_closing():
            self._reading = wants
            if wants:
                transport.resume_reading()
            else:
                transport.pause_reading()

    def _answer(self, request: HttpRequest) -> None:
        self._request = request
        self._request_id = self._front.request_id()
        lines = self._front.origins.lines(request.fields)
        if lines is None:
            self._send(403, wire.JSON_1_0, _NOT_FOR_THIS_PAGE, b"")
            return
        self._lines = lines
        if request.method != b"POST":
            self._answer_plainly(request)
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

    def _answer_plainly(self, request: HttpRequest) -> None:
        method, lines = request.method, self._lines
        if method == b"OPTIONS":
            self._send(200, wire.TEXT, b"", wire.preflight(request.fields) if lines else b"")
        elif method == b"GET" and request.path in wire.HEALTH_PATHS:
            self._send(200, wire.TEXT, wire.HEALTHY, lines)
        else:
            self._send(404, wire.TEXT, wire.UNKNOWN, lines)

    def _finished(self, answer: Answer | None, error: BaseException | None) -> None:
        """The running operation has come to its end: within the pump, or later."""
        if isinstance(error, errors.AnswerDropped):
            self._vanish()
            return
        status, body = self._front.outcome(answer, error, self._request_id)
        lines = self._lines
        if isinstance(error, errors.ServiceError):
            for name, value in faults.headers(error).items():
                lines += f"{name}: {value}\r\n".encode()
        if len(body) >= wire.GZIP_FROM_BYTES and wire.accepts_gzip(self._request.fields):
            body = wire.compressed(body)
            lines += b"Content-Encoding: gzip\r\n"
        self._running = False
        self._send(status, self._kind, body, lines)
        if not self._pumping:
            self._front.waiting -= 1
            self._pump()

    def _vanish(self) -> None:
        """Close the connection instead of answering."""
        self._running = False
        self._ready.clear()
        if self._transport is not None:
            self._transport.abort()
        if not self._pumping:
            self._front.waiting -= 1

    def _send(self, status: int, kind: bytes, body: bytes, lines: bytes) -> None:
        transport = self._transport
        if transport is None:
            return
        request = self._request
        self._be_patient_again()
        transport.write(
            wire.answer(
                status,
                kind,
                body,
                request_id=self._request_id,
                date=self._front.date,
                keep_alive=request.keep_alive,
                lines=lines,
                bodiless=request.method == b"HEAD",
            )
        )

    # -------------------------------------------------------------- how a connection ends

    def lose_patience(self) -> None:
        """The second has come at which the client should have done something."""
        transport = self._transport
        if transport is None:
            return
        if self._reader_is_slow or transport.is_closing():
            transport.abort()
        elif self._running:
            pass  # it is we who are slow
        elif self._in_message and not self._lingering:
            self._refuse(errors.RequestTimeoutException("The request was not received in time"))
            self._pump()
        else:
            self._close()

    def leave(self) -> None:
        """The server is shutting down: answer what has been read, then close."""
        self._end(self._close)
        self._pump()

    def _end(self, ending: Callable[[], None]) -> None:
        """What to do with the connection once everything before is answered. The first decision stands."""
        if self._ending is None and not self._lingering:
            self._ending = ending

    def _refuse(self, error: errors.ServiceError) -> None:
        self._end(partial(self._refuse_now, error))

    def _refuse_now(self, error: errors.ServiceError) -> None:
        transport = self._transport
        assert transport is not None
        self.patient_until = self._front.beats + CLOSING_SECONDS
        transport.write(
            wire.answer(
                error.status,
                wire.JSON_1_0,
                faults.body(error),
                request_id=self._front.request_id(),
                date=self._front.date,
                keep_alive=False,
            )
        )
        if transport.can_write_eof():
            transport.write_eof()
        if not self._reading:
            self._reading = True
            transport.resume_reading()

    def _close(self) -> None:
        self.patient_until = self._front.beats + CLOSING_SECONDS
        if self._transport is not None:
            self._transport.close()

    def _give_away(self, received: bytes) -> None:
        transport = self._transport
        assert transport is not None
        transport.pause_reading()
        self._front.doors.discard(self)
        self._front.site.adopt(self._front, transport, received)

    def _be_patient_again(self) -> None:
        self.patient_until = self._front.beats + (BODY_SECONDS if self._in_message else IDLE_SECONDS)
