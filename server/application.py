"""The ordinary web server: an aiohttp application, for connections that do not come for DynamoDB's hot path.

CloudWatch's requests in other protocols than JSON come here (`server/cloudwatch/protocols.py`). DynamoDB's
own do when they ask to change the protocol (`Upgrade: h2c`, which Java's HTTP client sends by default): the
door's parser stops at such a head, aiohttp ignores the wish and reads on. All else is not served, and
answered as the service answers it.
"""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from dynalite import limits
from dynalite.errors import (
    AnswerDropped,
    RequestEntityTooLargeException,
    RequestTimeoutException,
    ServiceError,
)
from server import json_body, metrics, wire
from server.access import guard
from server.admin.endpoint import Admin
from server.admin.routes import add_routes
from server.cloudwatch.protocols import NotSpoken, Spoken, spoken
from server.console.routes import add_pages
from server.front import Front
from server.request import HttpRequest
from server.site import Figures

if TYPE_CHECKING:
    from aiohttp.typedefs import Middleware

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

_NOTHING: Mapping[str, str] = {}
_OURS = ("/_admin", "/console", "/metrics")
_ACCESS = logging.getLogger("dynalite.access")


async def start(
    front: Front,
    admin: Admin | None = None,
    figures: Figures | None = None,
    *,
    console: bool = True,
    access_log: bool = False,
) -> web.AppRunner:
    """The application, ready to take connections over. The console needs the admin API."""
    bounds = front.bounds
    application = web.Application(client_max_size=limits.REQUEST_BODY_BYTES, middlewares=[_in_bounds(front)])
    if admin is not None:
        add_routes(application.router, admin)
        if console:
            add_pages(application.router, admin.host)
    if figures is not None:
        application.router.add_get("/metrics", _metrics(figures))
    application.router.add_route("*", "/{path:.*}", _operations(front))
    # A signature covers the body as it was sent; the dispatcher unpacks it, as it does for the door.
    runner = web.AppRunner(
        application,
        access_log=_ACCESS if access_log else None,
        access_log_class=_Line,
        auto_decompress=False,
        keepalive_timeout=bounds.idle_seconds,
        shutdown_timeout=bounds.grace_seconds / 4,  # for a handler to end, and again when it is cancelled
    )
    await runner.setup()
    return runner


class _Line(AbstractAccessLogger):
    """The log's line for what is no operation; operations have theirs from the dispatcher."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        if request.path.startswith(_OURS):
            fields = {
                "request": f"{request.method} {request.path}",
                "status": response.status,
                "milliseconds": round(1000 * time, 3),
            }
            self.logger.info("answered", extra={"fields": fields})


def _in_bounds(front: Front) -> "Middleware":
    """A body that does not arrive in time is not waited for, and one that is too long is not read; the errors
    are the door's.
    """

    @web.middleware
    async def read(request: web.Request, handler: Handler) -> web.StreamResponse:
        error: ServiceError
        try:
            async with asyncio.timeout(front.bounds.body_seconds):
                await request.read()  # the request keeps it
        except TimeoutError:
            error = RequestTimeoutException("The request was not received in time")
        except web.HTTPRequestEntityTooLarge:
            error = RequestEntityTooLargeException()
        else:
            return await handler(request)
        request_id = front.request_id()
        front.dispatcher.refused(error, request_id)
        response = _response(error.status, wire.JSON_1_0, json_body.of_error(error), request_id)
        response.force_close()
        return response

    return read


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
        lines = front.origins.lines(fields)
        if lines is None:
            return _response(403, wire.TEXT, b"", request_id)
        whole = await _whole(request, fields, request_id)
        if request.method != "POST":
            status, kind, body, lines = front.plainly(whole, lines)
            return _response(status, kind, body, request_id, _headers(lines))
        beside = _headers(lines)
        json_kind = wire.content_type(fields)
        has_target = b"x-amz-target" in fields
        protocol = None if has_target else spoken(fields)
        if protocol is not None:
            return await _translated(front, whole, protocol, beside)
        if json_kind is None or not (has_target or whole.path in wire.OUR_PATHS):
            return _response(404, wire.TEXT, wire.UNKNOWN, request_id, beside)
        try:
            status, body = front.outcome(await front.dispatcher.start(whole), None, request_id)
        except AnswerDropped:
            status, body = 500, b""
            if request.transport is not None:
                request.transport.abort()
        except Exception as error:
            told = front.told(error, request_id)
            status, body = told.status, json_body.of_error(told)
            beside |= json_body.error_headers(told)
        return _response(status, json_kind, body, request_id, beside)

    return handle


async def _whole(request: web.Request, fields: dict[bytes, bytes], request_id: bytes) -> HttpRequest:
    path, _, query = request.raw_path.encode("latin-1", "replace").partition(b"?")
    method = request.method.encode("latin-1", "replace")
    whole = HttpRequest(method, path, query, fields, await request.read(), True, request.transport)
    whole.id = request_id
    return whole


async def _translated(
    front: Front, whole: HttpRequest, protocol: Spoken, beside: Mapping[str, str]
) -> web.Response:
    """The answer to a request in another protocol than JSON, in that protocol."""
    shown_id = whole.id.decode()
    headers = {**beside, **protocol.lines}
    try:
        target, members = protocol.read(whole.path, bytes(wire.decoded(whole.fields, whole.body)))
        answer = await front.dispatcher.begin(whole, target, members)
        status, body = 200, protocol.answer(wire.target(target)[1], answer, shown_id)
    except NotSpoken:
        return _response(404, wire.TEXT, wire.UNKNOWN, whole.id, beside)
    except Exception as error:
        told = front.told(error, whole.id)
        status, body = told.status, protocol.refusal(told, shown_id)
        headers |= json_body.error_headers(told)
    return _response(status, protocol.kind, body, whole.id, headers)


def _headers(lines: bytes) -> dict[str, str]:
    """Header lines as the door writes them, for aiohttp to write."""
    return dict(line.split(": ", 1) for line in lines.decode("latin-1").split("\r\n") if line)


def _response(
    status: int, kind: bytes, body: bytes, request_id: bytes, beside: Mapping[str, str] = _NOTHING
) -> web.Response:
    headers = {
        "Server": "Server",
        "Content-Type": kind.decode(),
        "x-amzn-RequestId": request_id.decode(),
        "x-amz-crc32": str(zlib.crc32(body)),
    }
    return web.Response(status=status, body=body, headers={**headers, **beside})
