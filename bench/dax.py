"""GetItem of a cached 1 KB item: over DAX, over HTTP through the cache, and from the table past it.

One process serves them all (`--dax-port 0 --cache`, then without the cache). The client speaks both
protocols itself, as little of them as it needs, so that what is measured is the server and not a client
library. One connection measures latency; several at once, throughput and the server's user and system time a
request.

    python -m bench.dax --seconds 3 --connections 16
"""

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3

from server.dax.cbor import Incomplete, head, write_bytes, write_int, write_map, write_text

TABLE = "bench"
ITEMS = 1000
_WARM_UP_SECONDS = 0.5
_CLOCK_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

_GET_ITEM = 263244906
_ITEM_FOLLOWS = b"\x80\xa1\x00"  # no error; a map of one field; the field 0, whose bytes come next
_GREETING = (
    write_text("J7yne5G")
    + write_int(0)
    + write_bytes(b"bench")
    + write_map([write_text("UserAgent") + write_text("bench")])
    + write_int(0)
)
_HEADERS = (
    "Authorization: AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/dynamodb/aws4_request,"
    f" SignedHeaders=host;x-amz-date;x-amz-target, Signature={'0' * 64}\r\n"
    "Content-Type: application/x-amz-json-1.0\r\nX-Amz-Date: 20260101T000000Z\r\n"
    "X-Amz-Target: DynamoDB_20120810.GetItem\r\n"
)


@dataclass(frozen=True, slots=True)
class Protocol:
    """How to greet, how to ask for an item by its number, and where an answer ends (None: not yet)."""

    greeting: bytes
    ask: Callable[[int], bytes]
    end: Callable[[bytes], int | None]


def _ask_dax(number: int) -> bytes:
    table, key = write_bytes(TABLE.encode()), write_bytes(f"item-{number}".encode())
    return write_int(1) + write_int(_GET_ITEM) + table + key + b"\xbf\x03\x00\xff"


def _end_of_dax(received: bytes) -> int | None:
    try:
        _, length, start = head(received, len(_ITEM_FOLLOWS))
    except Incomplete:
        return None
    if not received.startswith(_ITEM_FOLLOWS):
        raise RuntimeError(received.decode(errors="replace"))
    return start + length


def _ask_http(number: int) -> bytes:
    body = f'{{"TableName":"{TABLE}","Key":{{"pk":{{"S":"item-{number}"}}}}}}'
    return (
        f"POST / HTTP/1.1\r\nHost: localhost\r\n{_HEADERS}Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )


def _end_of_http(received: bytes) -> int | None:
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return None
    if not received.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(received.decode(errors="replace"))
    return end + 4 + int(received.partition(b"Content-Length:")[2].partition(b"\r\n")[0])


DAX = Protocol(_GREETING, _ask_dax, _end_of_dax)
HTTP = Protocol(b"", _ask_http, _end_of_http)


class Connection(asyncio.Protocol):
    """Asks for one item after the other until the deadline, and notes how long each took."""

    def __init__(self, protocol: Protocol, deadline: float) -> None:
        self.latencies_seconds: list[float] = []
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._protocol = protocol
        self._deadline = deadline
        self._received = b""
        self._sent = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._protocol.greeting)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            end = self._protocol.end(self._received)
        except RuntimeError as error:
            self.done.set_exception(error)
            return
        if end is not None and len(self._received) >= end:
            self.latencies_seconds.append(time.perf_counter() - self._sent)
            self._received = b""
            self._ask()

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        if self._sent >= self._deadline:
            self._transport.close()
            self.done.set_result(None)
        else:
            self._transport.write(self._protocol.ask(random.randrange(ITEMS)))


async def _measure(protocol: Protocol, port: int, seconds: float, connections: int) -> list[float]:
    """Every answer's latency in seconds."""
    deadline = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(protocol, deadline), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for connection in opened))
    return [latency for connection in opened for latency in connection.latencies_seconds]


@dataclass(frozen=True, slots=True)
class Served:
    """A server with the table in it."""

    process_id: int
    http_port: int
    dax_port: int

    def cpu_seconds(self) -> float:
        """User and system time so far (proc(5))."""
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS_PER_SECOND


@contextmanager
def _serving(*flags: str) -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "server", "--port", "0", "--dax-port", "0", *flags]
        command += ["--data", str(Path(folder) / "data")]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            banner = "".join(process.stdout.readline() for _ in range(3))
            http_port, dax_port = map(int, re.findall(r"://127\.0\.0\.1:(\d+)", banner))
            _load(http_port)
            yield Served(process.pid, http_port, dax_port)
        finally:
            process.terminate()
            process.wait()


def _load(port: int) -> None:
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}
    table = boto3.resource("dynamodb", endpoint_url=f"http://127.0.0.1:{port}", **keys).create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with table.batch_writer() as batch:
        for number in range(ITEMS):
            attributes = {f"attribute-{place}": f"{number * place}" * 10 for place in range(12)}
            batch.put_item(Item={"pk": f"item-{number}", "total": number, "text": "x" * 400, **attributes})


def _report(name: str, served: Served, protocol: Protocol, options: argparse.Namespace) -> None:
    port = served.dax_port if protocol is DAX else served.http_port

    def measure(seconds: float, connections: int) -> list[float]:
        return asyncio.run(_measure(protocol, port, seconds, connections))

    measure(_WARM_UP_SECONDS, 4)
    alone = sorted(measure(options.seconds, 1))
    cpu_before = served.cpu_seconds()
    together = measure(options.seconds, options.connections)
    cpu = (served.cpu_seconds() - cpu_before) / len(together) * 1e6
    p50, p99 = (alone[len(alone) * percent // 100] * 1e6 for percent in (50, 99))
    rate = len(together) / options.seconds
    print(f"{name:22} p50 {p50:5.0f} µs   p99 {p99:5.0f} µs {rate:9,.0f} requests/s {cpu:5.0f} µs CPU")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with _serving("--cache") as served:
        _report("DAX, cached", served, DAX, options)
        _report("HTTP, cached", served, HTTP, options)
    with _serving("--cache-item-ttl", "1") as served:
        _report("DAX, from the table", served, DAX, options)
        _report("HTTP, from the table", served, HTTP, options)


if __name__ == "__main__":
    main()
