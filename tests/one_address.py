"""Several servers behind one address, as a load balancer puts them: each request goes to the next server.

A connection is read request by request, so that one kept-alive connection reaches all servers. A request that
is not an ordinary POST with a length ties its connection to one server, byte for byte, from there on: it is
there to try a server's manners.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from typing import NamedTuple

from server.embedded.loop import Loop
from tests.live import LiveServer, Reachable

_HEAD_BYTES = 64 * 1024


class _Upstream(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class OneAddress(Reachable):
    """Listens at `endpoint` for `servers`. A server that has gone is passed over."""

    def __init__(self, servers: Sequence[LiveServer]) -> None:
        self.servers = list(servers)
        self.endpoint = ""
        self._turns = count()
        self._serving: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    async def listen(self) -> None:
        listener = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_HEAD_BYTES)
        self._listener = listener
        self.endpoint = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        assert self._listener is not None
        self._listener.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstreams: dict[str, _Upstream] = {}
        try:
            while head := await _head(reader):
                length = _length(head)
                if length is None:
                    await self._tie(head, reader, writer, upstreams)
                    break
                await self._pass_on(head + await reader.readexactly(length), writer, upstreams)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            for each in (writer, *(upstream.writer for upstream in upstreams.values())):
                each.close()

    async def _pass_on(
        self, request: bytes, writer: asyncio.StreamWriter, upstreams: dict[str, _Upstream]
    ) -> None:
        """Give a request to the next server that can be reached, and its answer back."""
        for _ in self.servers:
            address = self.servers[next(self._turns) % len(self.servers)].endpoint
            try:
                upstream = upstreams.get(address) or await _connected(address)
            except OSError:
                continue
            upstreams[address] = upstream
            upstream.writer.write(request)
            answer = await upstream.reader.readuntil(b"\r\n\r\n")
            answer += await upstream.reader.readexactly(_length(answer) or 0)
            writer.write(answer)
            await writer.drain()
            if b"connection: close" in answer.lower():
                upstreams.pop(address).writer.close()
                raise EOFError
            return
        raise EOFError

    async def _tie(
        self,
        head: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstreams: dict[str, _Upstream],
    ) -> None:
        upstream = upstreams["tied"] = await _connected(self.servers[0].endpoint)
        upstream.writer.write(head)
        await asyncio.gather(_pour(reader, upstream.writer), _pour(upstream.reader, writer))


async def _connected(address: str) -> _Upstream:
    host, _, port = address.removeprefix("http://").partition(":")
    return _Upstream(*await asyncio.open_connection(host, int(port), limit=_HEAD_BYTES))


async def _head(reader: asyncio.StreamReader) -> bytes:
    """A request's first lines, or what there is of them."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        return error.partial


def _length(head: bytes) -> int | None:
    """The length of the body that follows; None where that is not all there is to it."""
    lines = head.lower().split(b"\r\n")
    if not lines[0].startswith((b"post / ", b"http/1.1 ")) or b"" not in lines:
        return None
    fields = dict(line.split(b":", 1) for line in lines[1:] if b":" in line)
    if b"expect" in fields or b"transfer-encoding" in fields or b"content-length" not in fields:
        return None
    length = fields[b"content-length"].strip()
    return int(length) if length.isdigit() else None


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while some := await reader.read(1 << 16):
            writer.write(some)
            await writer.drain()
    with suppress(OSError):
        writer.write_eof()


@contextmanager
def one_address(servers: Sequence[LiveServer]) -> Iterator[OneAddress]:
    """These servers behind one address for the length of a `with` block."""
    loop = Loop()
    address = OneAddress(servers)
    loop.run(address.listen)
    try:
        yield address
    finally:
        loop.run(address.close)
        loop.close()
