"""The console's files on HTTP.

The files are listed once, when the ordinary web server starts, and only what was listed is served: a path
from a request never becomes a path on the disk. They are small, so they are read into memory when they are
first asked for, with a validator of their content (ETag); a browser asks each time whether it has changed,
and is told no in a few bytes.

The page may load, connect to and be framed by nothing but this server, and may make no HTML out of strings
(Trusted Types), so an item whose value is a script is text, whatever mistake the page might make. Who may ask
is what the admin API says (`server/access/guard.py`).
"""

from collections.abc import Awaitable, Callable, Iterator
from functools import cached_property
from hashlib import blake2b
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from aiohttp import web

from server.access import guard

PATH: Final = "/console/"

_KINDS: Final = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
        " require-trusted-types-for 'script'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Page:
    """One file, read when it is first asked for."""

    def __init__(self, file: Traversable) -> None:
        self._file = file
        self.kind = _KINDS[file.name[file.name.rindex(".") :]]

    @cached_property
    def content(self) -> bytes:
        return self._file.read_bytes()

    @cached_property
    def tag(self) -> str:
        return blake2b(self.content, digest_size=12).hexdigest()


def pages() -> dict[str, Page]:
    """Every file by its path under `/console/`; the page itself is at the empty path."""
    found = dict(_files(files("server.console") / "static", ""))
    found[""] = found.pop("index.html")
    return found


def _files(folder: Traversable, path: str) -> Iterator[tuple[str, Page]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _files(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(tuple(_KINDS)):
            yield path + entry.name, Page(entry)


def add_pages(router: web.UrlDispatcher, configured_host: str) -> None:
    """Serve the console under `/console/`. `configured_host` is the address that the server listens at."""
    router.add_get(PATH.rstrip("/"), _redirect)
    router.add_get(PATH + "{path:.*}", _serve(pages(), configured_host))


async def _redirect(request: web.Request) -> web.StreamResponse:
    return web.Response(status=308, headers={"Location": PATH})


def _serve(
    found: dict[str, Page], configured_host: str
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            guard.check(request.method, guard.peer_of(request.transport), request.headers, configured_host)
        except guard.Refused as refused:
            return web.Response(status=refused.status, text=f"{refused}\n")
        page = found.get(request.match_info["path"])
        if page is None:
            return web.Response(status=404, text="The console has no such file.\n")
        answer = web.Response(body=page.content, content_type=page.kind, charset="utf-8", headers=_HEADERS)
        answer.etag = page.tag
        if any(tag.value in (page.tag, "*") for tag in request.if_none_match or ()):
            answer.set_status(304)
            answer.body = None
        return answer

    return handle
