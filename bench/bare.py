"""How near GetItem comes to what its protocol costs: this server beside one that does the bare minimum.

The bare server is an `asyncio.Protocol` on the same parser and event loop. It parses the body, reads a record
from LevelDB (in memory: from a dictionary), unpacks it, and answers with its JSON and the checksum. It
checks nothing, counts nothing, has no time-outs and answers each request where it stands.

    python -m bench.bare --rounds 9
"""

import argparse
import asyncio
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast
from zlib import crc32

import httptools
import msgpack
import orjson
import plyvel
import uvloop

from bench.contenders import OURS, Contender
from bench.measure import Result, measure
from bench.report import medians
from bench.rounds import entered
from bench.tables import ORDERS, order
from bench.workloads import ALL
from dynalite.values.types import Item

_CONNECTIONS = 16
_ITEMS = 2000

Read = Callable[[bytes], bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare GetItem with the bare protocol.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--serve", type=int, metavar="PORT", help="be the bare server")
    parser.add_argument("--data", type=Path, help="a folder for its LevelDB")
    options = parser.parse_args()
    if options.serve is not None:
        uvloop.run(_serve(options.serve, options.data))
        return
    for contender in OURS:
        if contender.promise != "os":
            _compare(contender, options.rounds, options.seconds)


def _compare(contender: Contender, rounds: int, seconds: float) -> None:
    workload = next(one for one in ALL if one.name == "GetItem")
    flags = () if contender.promise == "memory" else ("--data", "{data}/bare")
    command = (sys.executable, "-m", "bench.bare", "--serve", "{port}", *flags)
    bare = Contender("bare", contender.promise, command, contender.environment)
    with ExitStack() as stack:
        (entrant,) = stack.enter_context(entered([contender], (ORDERS,), _ITEMS))
        servers = (entrant.server, stack.enter_context(bare.serving()))
        results = [
            [measure(server, workload, _ITEMS, _CONNECTIONS, seconds, seed) for server in servers]
            for seed in range(rounds + 1)
        ][1:]  # the first warms up
    ours, barest = zip(*results, strict=True)
    share = statistics.median(mine.requests_per_second / least.requests_per_second for mine, least in results)
    print(f"{contender.promise:<8}{_told('this server', ours)}{_told('bare protocol', barest)}{share:8.2f}")


def _told(name: str, results: tuple[Result, ...]) -> str:
    middle = medians(results)
    rate, cpu = middle.requests_per_second, middle.server_cpu_microseconds
    return f"{name:>16}{rate:>9,.0f} requests/s{cpu:>6.1f} µs"


class _Bare(asyncio.Protocol):
    def __init__(self, read: Read) -> None:
        self._read = read
        self._body = b""
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self._body += data

    def on_message_complete(self) -> None:
        request, self._body = orjson.loads(self._body), b""
        answer = b"{}"
        if "Key" in request:
            _, json = msgpack.unpackb(self._read(_key(request["Key"])))
            answer = b'{"Item":%b}' % json
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n"
            b"x-amz-crc32: %d\r\n\r\n%b" % (len(answer), crc32(answer), answer)
        )


async def _serve(port: int, folder: Path | None) -> None:
    read = _stored(folder) if folder is not None else dict(_records()).__getitem__
    server = await asyncio.get_running_loop().create_server(lambda: _Bare(read), "127.0.0.1", port)
    await server.serve_forever()


def _stored(folder: Path) -> Read:
    database = plyvel.DB(str(folder), create_if_missing=True, compression=None)
    with database.write_batch() as batch:
        for key, record in _records():
            batch.put(key, record)
    read: Read = database.get
    return read


def _records() -> Iterator[tuple[bytes, bytes]]:
    for number in range(_ITEMS):
        item = order(number)
        yield _key(item), msgpack.packb((1000, orjson.dumps(item)))


def _key(item: Item) -> bytes:
    return f"{item['pk']['S']} {item['sk']['N']}".encode()


if __name__ == "__main__":
    main()
