"""The door and aiohttp must agree on what HTTP is.

The same bytes are sent to both. Both must accept or refuse them, read the same body, and keep or close the
connection alike.
"""

from collections.abc import Iterator

import orjson
import pytest
from aiohttp import web

from server.embedded.loop import Loop
from tests.server.rig import Rig, Wire, post

Seen = tuple[bool, object, bool]
"""Whether the request was accepted, the body as the server read it, and whether the connection was kept."""


@pytest.fixture(scope="session")
def aiohttp_address(loop: Loop) -> Iterator[tuple[str, int]]:
    """An aiohttp server that answers with the body it got."""

    async def echo(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b'{"Request":%b}' % await request.read())

    async def listen() -> tuple[web.ServerRunner, tuple[str, int]]:
        runner = web.ServerRunner(web.Server(echo, access_log=None))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner, runner.addresses[0]

    runner, address = loop.run(listen)
    yield address
    loop.run(runner.cleanup)


def seen(address: tuple[str, int], request: bytes) -> Seen:
    wire = Wire(address)
    try:
        wire.send(request)
        reply = wire.read()
        while reply.status == 100:
            reply = wire.read()
        accepted = reply.status == 200
        body = orjson.loads(reply.body)["Request"] if accepted else None
        wire.socket.settimeout(0.05)
        try:
            kept = wire.socket.recv(1) != b""
        except TimeoutError:
            kept = True
        return accepted, body, kept
    finally:
        wire.close()


def with_line(line: bytes) -> bytes:
    """A request with one more header line."""
    return post(body=b'{"a":1}').replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n\r\n", 1)


def chunks(body: bytes) -> bytes:
    return post(body=b"", without=("Content-Length",), Transfer_Encoding="chunked") + body


ALIKE = {
    "plain": post(body=b'{"a":1}'),
    "empty lines ahead": b"\r\n\r\n" + post(body=b'{"a":1}'),
    "HTTP/1.0": post(body=b'{"a":1}', version="1.0"),
    "HTTP/1.0 kept": post(body=b'{"a":1}', version="1.0", Connection="keep-alive"),
    "closing": post(body=b'{"a":1}', Connection="close"),
    "Connection in capitals": post(body=b'{"a":1}', Connection="CLOSE"),
    "Connection with a list": post(body=b'{"a":1}', Connection="close, foo"),
    "spaces around a value": with_line(b"X-Space:   \t x \t "),
    "no space before a value": with_line(b"X-Space:x"),
    "empty value": with_line(b"X-Empty:"),
    "high bytes in a value": with_line(b"X-High: \xc3\xa9\xff"),
    "a field twice": with_line(b"X-Amz-Date: 20261008T120001Z"),
    "space before the colon": with_line(b"X-Space : x"),
    "space in a name": with_line(b"X Space: x"),
    "a folded line": with_line(b"X-Folded: x\r\n y"),
    "a NUL in a value": with_line(b"X-Null: a\x00b"),
    "a bare CR in a value": with_line(b"X-CR: a\rb"),
    "a line without a colon": with_line(b"nothing"),
    "a line without a name": with_line(b": x"),
    "two lengths that differ": with_line(b"Content-Length: 8"),
    "two lengths that agree": with_line(b"Content-Length: 7"),
    "a length with a sign": post(body=b"{}", Content_Length="+2"),
    "a length with an underscore": post(body=b"{}" * 6, Content_Length="1_2"),
    "a length in hexadecimal": post(body=b"{}", Content_Length="0x2"),
    "a length beyond 64 bits": post(Content_Length="9" * 30),
    "chunks": chunks(b'3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'),
    "chunks with an extension": chunks(b"2;x=y\r\n{}\r\n0\r\n\r\n"),
    "chunks with a trailer": chunks(b"2\r\n{}\r\n0\r\nX: y\r\n\r\n"),
    "chunks and a length": with_line(b"Transfer-Encoding: chunked"),
    "a chunk that is too short": chunks(b"1\r\n{}\r\n0\r\n\r\n"),
    "a chunk size that is no number": chunks(b"zz\r\n{}\r\n0\r\n\r\n"),
    "a chunk size with a sign": chunks(b"+2\r\n{}\r\n0\r\n\r\n"),
    "an unknown transfer encoding": with_line(b"Transfer-Encoding: gzip"),
    "chunked in capitals": chunks(b"2\r\n{}\r\n0\r\n\r\n").replace(b"chunked", b"CHUNKED"),
    "no version": post(body=b"{}").replace(b" HTTP/1.1", b"", 1),
    "a version to come": post(body=b"{}").replace(b"HTTP/1.1", b"HTTP/3.1", 1),
    "a method of no words": post(body=b"{}").replace(b"POST", b"P()ST", 1),
    "two spaces after the method": post(body=b"{}").replace(b"POST /", b"POST  /", 1),
    "expecting to go on": post(body=b"{}", Expect="100-continue"),
}  # fmt: skip


@pytest.mark.parametrize("request_", ALIKE.values(), ids=ALIKE.keys())
def test_both_see_the_same(rig: Rig, aiohttp_address: tuple[str, int], request_: bytes) -> None:
    assert seen(rig.address, request_) == seen(aiohttp_address, request_)
