"""A request over HTTP, whoever has read it: the door or the ordinary web server behind it."""

from asyncio import BaseTransport


class HttpRequest:
    """A request, read to its end. `fields` are its headers by lower-case name; `path` has no query.

    `id` is what the answer carries. Of the body, `held_bytes` are among the server's holdings until then.
    """

    __slots__ = ("body", "fields", "held_bytes", "id", "keep_alive", "method", "path", "query", "transport")

    def __init__(
        self,
        method: bytes,
        path: bytes,
        query: bytes,
        fields: dict[bytes, bytes],
        body: bytes | bytearray,
        keep_alive: bool,
        transport: BaseTransport | None,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.keep_alive = keep_alive
        self.transport = transport
        self.held_bytes = 0
        self.id = b""
