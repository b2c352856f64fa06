"""GetItem of a cached 1 KB item: over DAX, over HTTP through the cache, and over HTTP from the table.

One process serves them all (`--dax-port 0 --cache`, then without the cache). The client speaks the DAX
protocol itself, as little of it as it needs, so that what is measured is the server and not a client library.
One connection measures latency; several at once, throughput and the server's user and system time a request.

    python -m bench.dax --seconds 3 --connections 16
"""

import argparse
import asyncio
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from bench import client
from bench.process import Server
from bench.workloads import GET_ITEM, ITEMS_PER_PARTITION, TABLE, http_request
from server.dax.cbor import Incomplete, head, write_bytes, write_int, write_map, write_text
from server.dax.lexdecimal import encode

ITEMS = 1000
_GET_ITEM = 263244906
_ITEM_FOLLOWS = b"\x80\xa1\x00"  # no error; a map of one field; the field 0, whose bytes come next
_GREETING = (
    write_text("J7yne5G")
    + write_int(0)
    + write_bytes(b"bench")
    + write_map([write_text("UserAgent") + write_text("bench")])
    + write_int(0)
)


def dax_get_item(partition: int, sort: int) -> bytes:
    """A getItem call for an item that `bench.client.load` put."""
    key = write_text(f"partition-{partition:07d}") + encode(str(sort))
    return (
        write_int(1)
        + write_int(_GET_ITEM)
        + write_bytes(TABLE.encode())
        + write_bytes(key)
        + b"\xbf\x03\x00\xff"
    )


class DaxConnection(asyncio.Protocol):
    """Sends one call after the other until the deadline, and notes how long each took."""

    def __init__(self, calls: Iterator[bytes]) -> None:
        self.latencies_seconds: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._calls = calls
        self._received = bytearray()
        self._sent = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(_GREETING)
        self._call()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.startswith(_ITEM_FOLLOWS):
            self.done.set_exception(RuntimeError(bytes(self._received).decode(errors="replace")))
            return
        try:
            _, length, start = head(self._received, len(_ITEM_FOLLOWS))
        except Incomplete:
            return
        if len(self._received) >= start + length:
            self.latencies_seconds.append(time.perf_counter() - self._sent)
            self._received.clear()
            self._call()

    def _call(self) -> None:
        call = next(self._calls, None)
        if call is None:
            self._transport.close()
            self.done.set_result(None)
            return
        self._sent = time.perf_counter()
        self._transport.write(call)


def _draw(make: Callable[[int, int], bytes], deadline: float) -> Iterator[bytes]:
    while time.perf_counter() < deadline:
        yield make(random.randrange(ITEMS // ITEMS_PER_PARTITION), random.randrange(ITEMS_PER_PARTITION))


async def over_dax(port: int, seconds: float, connections: int) -> list[float]:
    """The latencies in seconds of calls for so long over so many connections."""
    calls = _draw(dax_get_item, time.perf_counter() + seconds)
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: DaxConnection(calls), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for connection in opened))
    return [latency for connection in opened for latency in connection.latencies_seconds]


async def over_http(port: int, seconds: float, connections: int) -> list[float]:
    """The same over HTTP."""

    def request(partition: int, sort: int) -> bytes:
        return http_request(GET_ITEM.operation, (GET_ITEM.body % (partition, sort)).encode())

    requests = _draw(request, time.perf_counter() + seconds)
    return await client.run(port, requests, connections, window=1)


@contextmanager
def _serving(*flags: str) -> Iterator[tuple[Server, int]]:
    """A server on a fresh data folder, and its DAX port."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "server", "--port", "0", "--dax-port", "0"]
        process = subprocess.Popen(
            [*command, "--data", str(Path(folder) / "data"), *flags], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            banner = "".join(process.stdout.readline() for _ in range(3))
            ports = re.findall(r"://127\.0\.0\.1:(\d+)", banner)
            http_port, dax_port = map(int, ports)
            client.load(http_port, ITEMS)
            yield Server(http_port, process.pid, 0.0), dax_port
        finally:
            process.terminate()
            process.wait()


_Measure: TypeAlias = Callable[[float, int], list[float]]


def _report(name: str, server: Server, measure: _Measure, options: argparse.Namespace) -> None:
    measure(0.5, 4)  # fill the caches
    alone = sorted(measure(options.seconds, 1))
    cpu_before = server.cpu_seconds()
    together = measure(options.seconds, options.connections)
    cpu = (server.cpu_seconds() - cpu_before) / len(together)
    p50, p99 = (alone[len(alone) * percent // 100] * 1e6 for percent in (50, 99))
    rate = len(together) / options.seconds
    print(f"{name:22} p50 {p50:5.0f} µs   p99 {p99:5.0f} µs {rate:9,.0f} requests/s {cpu * 1e6:5.0f} µs CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()

    def dax(port: int) -> _Measure:
        return lambda seconds, connections: asyncio.run(over_dax(port, seconds, connections))

    def http(port: int) -> _Measure:
        return lambda seconds, connections: asyncio.run(over_http(port, seconds, connections))

    with _serving("--cache") as (server, dax_port):
        _report("DAX, cached", server, dax(dax_port), options)
        _report("HTTP, cached", server, http(server.port), options)
    with _serving() as (server, _):
        _report("HTTP, from the table", server, http(server.port), options)
    with _serving("--cache-item-ttl", "1") as (server, dax_port):
        _report("DAX, from the table", server, dax(dax_port), options)


if __name__ == "__main__":
    main()
