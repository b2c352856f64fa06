"""The ordinary web server: an aiohttp application, for connections that do not come for DynamoDB's hot path.

DynamoDB's own requests come here too when they ask to change the protocol (`Upgrade: h2c`, which Java's HTTP
client sends by default): the door's parser stops at such a head, aiohttp ignores the wish and reads on. All
else is not served, and answered as the service answers it.
"""

import zlib
from collections.abc import Awaitable, Callable

from aiohttp import web

from dynalite import limits
from dynalite.errors import AnswerDropped
from server import metrics, wire
from server.access import guard
from server.admin.endpoint import Admin
from server.admin.routes import add_routes
from server.console.routes import add_pages
from server.dispatch import HttpRequest
from server.front import Front
from server.site import Figures


async def start(
    front: Front, admin: Admin | None = None, figures: Figures | None = None, console: bool = True
) -> web.AppRunner:
    """The application, ready to take connections over. The console needs the admin API."""
    application = web.Application(client_max_size=limits.REQUEST_BODY_BYTES)
    if admin is not None:
        add_routes(application.router, admin)
        if console:
            add_pages(application.router, admin.host)
    if figures is not None:
        application.router.add_get("/metrics", _metrics(figures))
    application.router.add_route("*", "/{path:.*}", _operations(front))
    # A signature covers the body as it was sent; the dispatcher unpacks it, as it does for the door.
    runner = web.AppRunner(application, access_log=None, auto_decompress=False)
    await runner.setup()
    return runner


def _metrics(figures: Figures) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.Response:
        peer = guard.peer_of(request.transport)
        try:
            guard.check_reader(peer, request.headers, figures.host, figures.for_others)
        except guard.Refused as refused:
            return web.Response(status=refused.status, text=f"{refused}\n")
        headers = {"Content-Type": metrics.CONTENT_TYPE}
        return web.Response(body=metrics.text(figures.database).encode(), headers=headers)

    return handle


def _operations(front: Front) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.Response:
        request_id = front.request_id()
        fields = {
            name.lower().encode("latin-1"): value.encode("latin-1", "replace")
            for name, value in request.headers.items()
        }
        kind = wire.content_type(fields)
        if not front.origins.allow(fields):
            return _response(403, wire.TEXT, b"", request_id)
        if request.method != "POST" or b"x-amz-target" not in fields or kind is None:
            return _response(404, wire.TEXT, wire.UNKNOWN, request_id)
        path, _, query = request.raw_path.encode("latin-1", "replace").partition(b"?")
        body = await request.read()
        whole = HttpRequest(b"POST", path, query, fields, body, True, request.transport)
        try:
            status, body = front.outcome(await front.dispatcher.start(whole), None, request_id)
        except AnswerDropped:
            status, body = 500, b""
            if request.transport is not None:
                request.transport.abort()
        except Exception as error:
            status, body = front.outcome(None, error, request_id)
        return _response(status, kind, body, request_id)

    return handle


def _response(status: int, kind: bytes, body: bytes, request_id: bytes) -> web.Response:
    headers = {
        "Server": "Server",
        "Content-Type": kind.decode(),
        "x-amzn-RequestId": request_id.decode(),
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    return web.Response(status=status, body=body, headers=headers)
