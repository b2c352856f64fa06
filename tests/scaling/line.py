"""A line to a database that can be bad: bytes may not arrive, answers may get lost, and it may be cut.

It counts round trips: how often the client said something after the server had spoken.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

_MOST_BYTES = 1 << 16


class Line:
    """A port on loopback whose connections are passed on to a database. To be used in one event loop."""

    def __init__(self, dsn: str) -> None:
        self.round_trips = 0
        self.hears = True
        """Whether what the client says arrives."""
        self.answers = True
        """Whether what the server says arrives."""
        self.slow = False
        """Whether what the server says is on its way until `catch_up`."""
        self.dsn = ""
        self._to = dsn
        self._pouring: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server_spoke = True
        self._late: list[tuple[asyncio.StreamWriter, bytes]] = []

    def catch_up(self) -> None:
        """Let everything that is on its way arrive."""
        self.slow = False
        for writer, some in self._late:
            writer.write(some)
        self._late.clear()

    async def open(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        port = self._listener.sockets[0].getsockname()[1]
        parts = urlsplit(self._to)
        user = parts.netloc.rpartition("@")[0]
        self.dsn = parts._replace(netloc=f"{user}@127.0.0.1:{port}").geturl()

    async def close(self) -> None:
        self._listener.close()
        await self.hang_up()

    async def hang_up(self) -> None:
        """Break every connection. The next ones work again."""
        self.hears = self.answers = True
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        pouring = tuple(self._pouring)
        for task in pouring:
            task.cancel()
        await asyncio.gather(*pouring, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, _, _ = urlsplit(self._to).netloc.rpartition("@")[2].partition(",")  # of several: the primary
        host, _, port = first.rpartition(":")
        there, beyond = await asyncio.open_connection(host, int(port))
        self._writers |= {writer, beyond}
        for pouring in (self._to_server(reader, beyond), self._to_client(there, writer)):
            task = asyncio.create_task(pouring)
            self._pouring.add(task)
            task.add_done_callback(self._pouring.discard)

    async def _to_server(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(_MOST_BYTES):
                self.round_trips += self._server_spoke
                self._server_spoke = False
                if self.hears:
                    writer.write(some)
        writer.close()

    async def _to_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while some := await reader.read(_MOST_BYTES):
                self._server_spoke = True
                if self.slow:
                    self._late.append((writer, some))
                elif self.answers:
                    writer.write(some)
        writer.close()


@asynccontextmanager
async def line(dsn: str) -> AsyncIterator[Line]:
    """A line to a database for the length of a block."""
    opened = Line(dsn)
    await opened.open()
    try:
        yield opened
    finally:
        await opened.close()
