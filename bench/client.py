"""A raw HTTP client on asyncio, for loading data and for measuring where wrk is not installed.

A connection keeps `window` requests in flight: one to measure latency, many to load. It stops at the first
answer that is not 200.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Iterator

from bench.workloads import CREATE_TABLE, ITEMS_PER_PARTITION, PUT_ITEM, http_request

_LOAD_CONNECTIONS = 8
_LOAD_WINDOW = 32


class Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], window: int) -> None:
        self.latencies_seconds: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._window = window
        self._sent: deque[float] = deque()
        self._received = bytearray()
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._fill()

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._end_of_answer()) is not None:
            if not self._received.startswith(b"HTTP/1.1 200"):
                self._finish(RuntimeError(bytes(self._received[:end]).decode(errors="replace")))
                return
            del self._received[:end]
            self.latencies_seconds.append(time.perf_counter() - self._sent.popleft())
        self._fill()

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(error or RuntimeError("the server closed the connection"))

    def _end_of_answer(self) -> int | None:
        head = self._received.find(b"\r\n\r\n")
        if head < 0:
            return None
        fields = bytes(self._received[:head]).lower()
        length = int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0])
        end = head + 4 + length
        return end if len(self._received) >= end else None

    def _fill(self) -> None:
        while len(self._sent) < self._window:
            request = next(self._requests, None)
            if request is None:
                break
            self._sent.append(time.perf_counter())
            self._transport.write(request)
        if not self._sent:
            self._finish(None)

    def _finish(self, error: Exception | None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()


async def run(port: int, requests: Iterator[bytes], connections: int, window: int) -> list[float]:
    """Send them all over so many connections, each taking the next; every answer's latency in seconds."""
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(requests, window), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for connection in opened))
    return [latency for connection in opened for latency in connection.latencies_seconds]


def load(port: int, items: int) -> None:
    """Create the table and put `items` items of 1 KB, ten to a partition."""

    def requests() -> Iterator[bytes]:
        for number in range(items):
            body = PUT_ITEM.body % divmod(number, ITEMS_PER_PARTITION)
            yield http_request(PUT_ITEM.operation, body.encode())

    create = http_request("CreateTable", json.dumps(CREATE_TABLE).encode())
    asyncio.run(run(port, iter([create]), connections=1, window=1))
    asyncio.run(run(port, requests(), _LOAD_CONNECTIONS, _LOAD_WINDOW))
