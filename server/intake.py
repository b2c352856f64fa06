"""The reading half of the door: from a connection's bytes to its requests, by httptools' parser (llhttp).

The parser calls us for every piece of a message; no calls are as frequent, so nothing is done in one that can
be done in another. What comes of the bytes is told to the door (`Reception`): a request that is complete, a
refusal, or that the connection is not ours.
"""

from asyncio import Transport
from collections.abc import Callable
from typing import Final, Protocol

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from dynalite import errors, limits
from server import wire
from server.bounds import COUNTED_FROM_BYTES
from server.front import Front
from server.request import HttpRequest

HEAD_BYTES: Final = 64 * limits.KIB
HEADER_FIELDS: Final = 100

_NOTHING, _HEAD, _BODY = range(3)

_NOT_HTTP: Final = errors.MalformedHttpRequestException("The request is not valid HTTP")
_HEAD_TOO_LONG: Final = errors.MalformedHttpRequestException("The request's head is too long")
_TOO_MANY_FIELDS: Final = errors.MalformedHttpRequestException("The request has too many header fields")
_UNMET_EXPECTATION: Final = errors.MalformedHttpRequestException("The expectation cannot be met")
_TOO_MUCH_AT_ONCE: Final = errors.ServiceUnavailable("The server holds as many requests as it has room for")


class Reception(Protocol):
    """Whoever takes the requests. `ends` says that no more are wanted."""

    ends: bool
    patient_until: float
    transport: Transport | None

    def receive(self, request: HttpRequest) -> None: ...

    def refuse(self, error: errors.ServiceError) -> None:
        """What comes is nothing that can be answered otherwise. No more is wanted."""
        ...

    def part_with(self, received: bytes | None) -> None:
        """The connection is the site's, which is to begin with these bytes; None: they are not all there any
        more, so that it must be closed. No more is wanted.
        """
        ...


class Intake:
    """Reads one connection."""

    __slots__ = (
        "_body",
        "_chunk",
        "_chunk_is_fresh",
        "_counted_bytes",
        "_fields",
        "_front",
        "_head",
        "_head_complete",
        "_head_is_whole",
        "_names",
        "_parser",
        "_reception",
        "_url",
        "_waits_for",
        "continue_due",
        "in_message",
        "on_header",
    )

    def __init__(self, reception: Reception, front: Front) -> None:
        self._reception = reception
        self._front = front
        self._names: dict[bytes, bytes] = {}
        self.on_header: Callable[[bytes, bytes], None] = self._names.__setitem__
        """Called for every header field, and so a C function."""
        self._url = b""
        self._fields: dict[bytes, bytes] = {}
        self._body: bytes | bytearray = b""
        self._counted_bytes = 0
        """What of the body is among the front's holdings."""
        self.in_message = False
        self._head_complete = False
        self._waits_for = _NOTHING
        self._head = b""
        self._head_is_whole = True
        self._chunk = b""
        self._chunk_is_fresh = True
        """Whether all of the chunk belongs to the request that is being read."""
        self.continue_due = False
        """Whether the client waits to be told to send the body."""
        self._parser: HttpRequestParser = HttpRequestParser(self)

    def feed(self, data: bytes) -> None:
        """Take what one read of the socket has brought."""
        self._chunk = data
        self._chunk_is_fresh = True
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            pass  # the head told us already: such a connection is the site's
        except HttpParserCallbackError:
            raise  # an error of ours, not the client's
        except HttpParserError:
            self._reception.refuse(_NOT_HTTP)
        self._chunk = b""  # a connection at rest holds no more than it must
        if self.in_message:
            self._wait(data)

    def _wait(self, data: bytes) -> None:
        """The request goes on behind what has come. The times for its head and for its body begin once."""
        reception, front = self._reception, self._front
        if self._head_complete:
            if self._waits_for != _BODY:
                self._waits_for = _BODY
                reception.patient_until = front.beats + front.bounds.body_seconds
            return
        if self._waits_for != _HEAD:
            self._waits_for = _HEAD
            reception.patient_until = front.beats + front.bounds.head_seconds
        if self._chunk_is_fresh:
            self._head += data
            if len(self._head) > HEAD_BYTES:
                reception.refuse(_HEAD_TOO_LONG)

    def drop(self) -> None:
        """Forget the request that is being read: the connection is lost, or nobody waits for it."""
        self._body = b""
        self._front.holdings.release(self._counted_bytes)
        self._counted_bytes = 0

    # -------------------------------------------------------------- the parser calls

    def on_message_begin(self) -> None:
        self.in_message = True
        self._head_complete = False
        self._head_is_whole = self._chunk_is_fresh
        self._names.clear()
        self._waits_for = _NOTHING

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_headers_complete(self) -> None:
        self._head_complete = True
        reception = self._reception
        if reception.ends:
            return
        self._fields = fields = {name.lower(): value for name, value in self._names.items()}
        if not self._is_ours():
            # The parser has no more to say about this connection, whatever else this chunk holds.
            reception.part_with(self._head + self._chunk if self._head_is_whole else None)
            return
        self._head = b""
        if len(fields) > HEADER_FIELDS:
            reception.refuse(_TOO_MANY_FIELDS)
        elif len(self._chunk) > HEAD_BYTES and self._head_size_bytes() > HEAD_BYTES:
            reception.refuse(_HEAD_TOO_LONG)
        elif int(fields.get(b"content-length", 0)) > limits.REQUEST_BODY_BYTES:
            reception.refuse(errors.RequestEntityTooLargeException())
        elif b"expect" in fields:
            if fields[b"expect"].lower() == b"100-continue":
                self.continue_due = True
            else:
                reception.refuse(_UNMET_EXPECTATION)

    def on_body(self, data: bytes) -> None:
        if self._body or len(data) > COUNTED_FROM_BYTES:
            self._gather(data)
        else:
            self._body = data  # all of it, nearly always

    def on_message_complete(self) -> None:
        self.in_message = self._chunk_is_fresh = self.continue_due = False
        if self._reception.ends:
            return
        parser = self._parser
        path, _, query = self._url.partition(b"?")
        keep_alive = parser.should_keep_alive() and not self._front.draining
        reception = self._reception
        request = HttpRequest(
            parser.get_method(), path, query, self._fields, self._body, keep_alive, reception.transport
        )
        self._url = self._body = b""
        if self._counted_bytes:
            request.held_bytes, self._counted_bytes = self._counted_bytes, 0
        reception.receive(request)

    def _gather(self, data: bytes) -> None:
        """A part of a body that comes in parts, or is long."""
        if self._reception.ends:
            return
        before = self._body
        self._body = body = before if isinstance(before, bytearray) else bytearray(before)
        body += data
        more = len(body) - self._counted_bytes
        if len(body) > limits.REQUEST_BODY_BYTES:
            self.drop()
            self._reception.refuse(errors.RequestEntityTooLargeException())
        elif len(body) <= COUNTED_FROM_BYTES:
            pass
        elif self._front.holdings.take(more):
            self._counted_bytes += more
        else:
            self.drop()
            self._reception.refuse(_TOO_MUCH_AT_ONCE)

    def _head_size_bytes(self) -> int:
        return len(self._url) + sum(len(name) + len(value) + 4 for name, value in self._names.items())

    def _is_ours(self) -> bool:
        """DynamoDB's requests are POSTs with a target, at any path. Where one asks after our health is ours
        altogether.
        """
        if self._parser.should_upgrade():
            return False
        method = self._parser.get_method()
        if method == b"POST" and b"x-amz-target" in self._fields:
            return True
        if method == b"POST" and self._fields.get(b"content-type", b"").startswith(wire.FORM):
            return False
        return self._url.partition(b"?")[0] in wire.OUR_PATHS
