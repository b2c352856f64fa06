"""HTTP clients: a plain one that prepares tables, and one on asyncio that measures where there is no wrk.

The measuring client keeps `window` requests in flight on a connection, and stops at the first answer that is
not 200.
"""

import asyncio
import http.client
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import orjson

from bench.tables import ORDERS, Table
from bench.wire import Call, headers

_ANSWER_SECONDS = 120
_SIGN_OF_LIFE_SECONDS = 5
_POLL_SECONDS = 0.02
_BACKGROUND_CONNECTIONS = 2


class Refused(Exception):
    """A server does not do what was asked of it."""


class Client:
    """One connection, one request at a time."""

    def __init__(self, port: int, patience_seconds: float = _ANSWER_SECONDS) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience_seconds)

    def ask(self, call: Call) -> dict[str, Any]:
        """The answer. Raises Refused when it is not 200."""
        body = orjson.dumps(call.request)
        try:
            self._connection.request("POST", "/", body, headers(call.operation, body))
            answer = self._connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Refused(f"{call.operation}: {error!r}") from error
        if answer.status != 200:
            raise Refused(f"{call.operation}: {answer.status} {text[:200].decode(errors='replace')}")
        members: dict[str, Any] = orjson.loads(text)
        return members

    def close(self) -> None:
        self._connection.close()


def answers(port: int) -> bool:
    """Whether the server is well."""
    client = Client(port, _SIGN_OF_LIFE_SECONDS)
    try:
        client.ask(Call("ListTables", {}))
    except Refused:
        return False
    finally:
        client.close()
    return True


def load(port: int, items: int, table: Table = ORDERS) -> None:
    """Create a table and put its items. Raises Refused."""
    client = Client(port)
    try:
        client.ask(Call("CreateTable", table.create))
        describe = Call("DescribeTable", {"TableName": table.name})
        while client.ask(describe)["Table"]["TableStatus"] != "ACTIVE":
            time.sleep(_POLL_SECONDS)
        for call in table.calls(items):
            if client.ask(call).get("UnprocessedItems"):
                raise Refused("BatchWriteItem: items were left unprocessed")
    finally:
        client.close()


@contextmanager
def asking(port: int, calls: Sequence[Call]) -> Iterator[None]:
    """The calls go on, over a few connections, for the length of a block."""
    ended = threading.Event()

    def ask() -> None:
        client = Client(port)
        for call in cycle(calls):
            if ended.is_set():
                break
            client.ask(call)
        client.close()

    threads = [threading.Thread(target=ask) for _ in range(_BACKGROUND_CONNECTIONS)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


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
                self._finish(Refused(bytes(self._received[:end]).decode(errors="replace")))
                return
            del self._received[:end]
            self.latencies_seconds.append(time.perf_counter() - self._sent.popleft())
        self._fill()

    def connection_lost(self, error: Exception | None) -> None:
        self._finish(error or Refused("the server closed the connection"))

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


async def run(port: int, requests: Iterator[bytes], connections: int, window: int = 1) -> list[float]:
    """Send them all over so many connections, each taking the next; every answer's latency in seconds."""
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(requests, window), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for connection in opened))
    return [latency for connection in opened for latency in connection.latencies_seconds]
