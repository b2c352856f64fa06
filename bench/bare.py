"""How near GetItem comes to what its protocol costs: this server beside two that do the bare minimum.

Each is an `asyncio.Protocol` that parses the request, reads a record from LevelDB (in memory: from a
dictionary) and answers with its JSON and the checksum. They check nothing, count nothing, have no time-outs
and answer each request where it stands. One listens and parses with what Python brings: asyncio's own event
loop, `bytes.split`, `json`. The other has this server's libraries for that: uvloop, llhttp, orjson.

    python -m bench.bare --rounds 9
"""

import argparse
import asyncio
import json
import statistics
import sys
from abc import abstractmethod
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast
from zlib import crc32

import httptools
import msgpack
import orjson
import uvloop

from bench.contenders import OURS, Contender
from bench.measure import measure
from bench.report import medians
from bench.rounds import entered
from bench.tables import ORDERS, order
from bench.workloads import ALL
from dynalite.storage.binding import plyvel
from dynalite.values.types import Item

_CONNECTIONS = 16
_ITEMS = 2000

Read = Callable[[bytes], bytes]
"""From a key to its record."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare GetItem with the bare protocol.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--serve", type=int, metavar="PORT", help="be a bare server")
    parser.add_argument("--kind", choices=_BARE, default="libraries", help="which one")
    parser.add_argument("--data", type=Path, help="a folder for its LevelDB")
    options = parser.parse_args()
    if options.serve is not None:
        bare = _BARE[options.kind]
        bare.run(_serve(options.serve, options.data, bare))
        return
    for contender in OURS:
        if contender.promise != "os":
            _compare(contender, options.rounds, options.seconds)


def _compare(contender: Contender, rounds: int, seconds: float) -> None:
    workload = next(one for one in ALL if one.name == "GetItem")
    with ExitStack() as stack:
        (entrant,) = stack.enter_context(entered([contender], (ORDERS,), _ITEMS))
        bares = [stack.enter_context(_contender(kind, contender).serving()) for kind in _BARE]
        results = [
            [
                measure(server, workload, _ITEMS, _CONNECTIONS, seconds, seed)
                for server in (entrant.server, *bares)
            ]
            for seed in range(rounds + 1)
        ][1:]  # the first warms up
    print(f"\nGetItem, {contender.promise}")
    for number, name in enumerate(("this server", *(f"bare, {kind}" for kind in _BARE))):
        middle = medians([by_turns[number] for by_turns in results])
        rate, cpu = middle.requests_per_second, middle.server_cpu_microseconds
        share = statistics.median(
            by_turns[0].requests_per_second / by_turns[number].requests_per_second for by_turns in results
        )
        print(f"{name:<16}{rate:>9,.0f} requests/s{cpu:>8.1f} µs{share:>8.2f}")


def _contender(kind: str, beside: Contender) -> Contender:
    flags = () if beside.promise == "memory" else ("--data", "{data}/bare")
    command = (sys.executable, "-m", "bench.bare", "--serve", "{port}", "--kind", kind, *flags)
    return Contender(f"bare, {kind}", beside.promise, command, beside.environment)


class _Bare(asyncio.Protocol):
    @staticmethod
    @abstractmethod
    def run(main: Coroutine[object, object, None]) -> None:
        """Run it on this one's event loop."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def _execute(self, request: Any) -> None:
        answer = b"{}"
        if "Key" in request:
            _, item = msgpack.unpackb(self._read(_key(request["Key"])))
            answer = b'{"Item":%b}' % item
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: %d\r\n"
            b"x-amz-crc32: %d\r\n\r\n%b" % (len(answer), crc32(answer), answer)
        )


class _OnLibraries(_Bare):
    run = staticmethod(uvloop.run)

    def __init__(self, read: Read) -> None:
        super().__init__(read)
        self._body = b""
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, data: bytes) -> None:
        self._body += data

    def on_message_complete(self) -> None:
        body, self._body = self._body, b""
        self._execute(orjson.loads(body))


class _OnStandard(_Bare):
    run = staticmethod(asyncio.run)

    def __init__(self, read: Read) -> None:
        super().__init__(read)
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            head, ends, rest = self._received.partition(b"\r\n\r\n")
            fields: dict[bytes, bytes] = {}
            for line in head.split(b"\r\n")[1:]:
                name, _, value = line.partition(b":")
                fields[name.lower()] = value.strip()
            size = int(fields.get(b"content-length", 0))
            if not ends or len(rest) < size:
                return
            self._received = rest[size:]
            self._execute(json.loads(rest[:size]))


_BARE: dict[str, type[_Bare]] = {"standard": _OnStandard, "libraries": _OnLibraries}


async def _serve(port: int, folder: Path | None, bare: type[_Bare]) -> None:
    read = _stored(folder) if folder is not None else dict(_records()).__getitem__
    server = await asyncio.get_running_loop().create_server(lambda: bare(read), "127.0.0.1", port)
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
