"""The admin API on HTTP: aiohttp's handlers, one for each row of the table."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from aiohttp import web

from dynalite.errors import ServiceError
from server.access import guard
from server.admin.endpoint import Admin, Endpoint, Refusal
from server.admin.table import ENDPOINTS

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(router: web.UrlDispatcher, admin: Admin) -> None:
    for endpoint in ENDPOINTS:
        router.add_route(endpoint.method, endpoint.path, _handler(admin, endpoint))
    router.add_route("*", "/_admin{rest:(/.*)?}", _unknown)


def _handler(admin: Admin, endpoint: Endpoint) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            guard.check(request.method, guard.peer_of(request.transport), request.headers, admin.host)
            parameters = endpoint.read(request.match_info, _members(await request.read()))
            return _answer(200, await endpoint.run(admin, parameters))
        except guard.Refused as refusal:
            return _answer(refusal.status, {"error": str(refusal)})
        except ServiceError as error:
            return _answer(error.status, {"error": error.message, "code": error.code})
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return _answer(500, {"error": "The server has failed; its log says more."})

    return handle


async def _unknown(request: web.Request) -> web.StreamResponse:
    sentence = f"There is no {request.method} {request.path}; GET /_admin/ lists what there is."
    return _answer(404, {"error": sentence})


def _members(body: bytes) -> Mapping[str, Any]:
    """A body's JSON object; an empty body has no members."""
    try:
        members = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"The body is not JSON: {error}.") from error
    if not isinstance(members, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return members


def _answer(status: int, body: object) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(body) + b"\n", content_type="application/json")
