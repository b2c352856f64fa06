"""Several servers on one PostgreSQL database, beside one server on LevelDB.

    python -m bench.servers --database postgresql://user@host/database [--servers 1,2,3] [--rounds 3]

The database's `dynalite_` tables are emptied first. So many clients in all, shared out evenly, ask each
number of servers in turn, round by round, so that the machine's moods fall on all of them. The
servers are asked how their writes fared: how many groups they were written in, how many updates had to be
decided again because another server had been faster (stale), and how often the database undid a group for
the same reason (undone).
"""

import argparse
import asyncio
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import cycle, takewhile
from pathlib import Path
from urllib.request import urlopen

import asyncpg

from bench.client import load, run
from bench.process import Server, free_port, serving
from bench.tables import ORDERS, STREAMED, Table, order, order_key
from bench.wire import Call, http_request
from bench.workloads import Draw

_REPOSITORY = Path(__file__).parent.parent
_KEPT = ("dynalite_store", "dynalite_kv", "dynalite_counters", "dynalite_tokens", "dynalite_leases")
_REQUESTS = 2000
_COUNTERS = ("commits_total", "stale_updates_total", "commit_conflicts_total")

Draws = Callable[[Draw], Call]


def get(draw: Draw) -> Call:
    return Call("GetItem", {"TableName": ORDERS.name, "Key": order_key(draw.number())})


def put(draw: Draw) -> Call:
    return Call("PutItem", {"TableName": ORDERS.name, "Item": order(draw.number(), draw.value())})


def put_streamed(draw: Draw) -> Call:
    return Call("PutItem", {"TableName": STREAMED.name, "Item": order(draw.number(), draw.value())})


def counting(items: int) -> Draws:
    """Increments of so few items that clients meet."""

    def update(draw: Draw) -> Call:
        request = {
            "TableName": ORDERS.name,
            "Key": order_key(draw.random.randrange(items)),
            "UpdateExpression": "ADD visits :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
        return Call("UpdateItem", request)

    return update


WORKLOADS: dict[str, tuple[Draws, Table]] = {
    "GetItem": (get, ORDERS),
    "PutItem": (put, ORDERS),
    "PutItem, with a stream": (put_streamed, STREAMED),
    "ADD, 10 items": (counting(10), ORDERS),
    "ADD, one item": (counting(1), ORDERS),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """How the servers' writes have fared so far."""

    groups: int = 0
    stale: int = 0
    undone: int = 0

    def since(self, before: "Figures") -> "Figures":
        return Figures(self.groups - before.groups, self.stale - before.stale, self.undone - before.undone)


@dataclass(frozen=True, slots=True)
class Measured:
    per_second: float
    p50_milliseconds: float
    requests: int
    figures: Figures


async def measure(
    servers: Sequence[Server], draws: Draws, options: argparse.Namespace, seed: int
) -> Measured:
    """Ask these servers for so long."""
    made = [
        [http_request(draws(draw)) for _ in range(_REQUESTS)]
        for draw in (Draw(seed * 100 + number, options.items) for number in range(len(servers)))
    ]
    before = figures(servers)
    began = time.perf_counter()
    asked = await asyncio.gather(
        *(
            run(server.port, _until(began + options.seconds, requests), options.connections // len(servers))
            for server, requests in zip(servers, made, strict=True)
        )
    )
    latencies = [each for one in asked for each in one]
    took = time.perf_counter() - began
    after = figures(servers)
    return Measured(
        len(latencies) / took, statistics.median(latencies) * 1000, len(latencies), after.since(before)
    )


def _until(end: float, requests: Sequence[bytes]) -> Iterator[bytes]:
    """The requests, round and round, until the time is over."""
    return takewhile(lambda _: time.perf_counter() < end, cycle(requests))


def figures(servers: Sequence[Server]) -> Figures:
    """What the servers say together (`server/metrics.py`); nothing where they share no database."""
    told = "".join(_metrics(server.port) for server in servers)
    return Figures(*(sum(map(int, re.findall(rf"^dynalite_{name} (\d+)", told, re.M))) for name in _COUNTERS))


def _metrics(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text: str = answer.read().decode()
        return text


async def make_empty(dsn: str) -> None:
    connection: asyncpg.Connection = await asyncpg.connect(dsn)
    for name in _KEPT:
        await connection.execute(f"DROP TABLE IF EXISTS {name}")
    await connection.close()


def started(stack: ExitStack, *flags: str) -> Server:
    port = free_port()
    command = [sys.executable, "-m", "server", "--port", str(port), *flags]
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return stack.enter_context(serving(command, port, folder, {"PYTHONPATH": str(_REPOSITORY)}))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure several servers on one database.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--servers", default="1,2,3")
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=48)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    numbers = [int(number) for number in options.servers.split(",")]
    asyncio.run(make_empty(options.database))
    with ExitStack() as stack:
        leveldb = started(stack, "--data", stack.enter_context(tempfile.TemporaryDirectory()))
        shared = [started(stack, "--engine", options.database) for _ in range(max(numbers))]
        for server in (leveldb, shared[0]):
            for table in (ORDERS, STREAMED):
                load(server.port, options.items, table)
        contenders = {"LevelDB": [leveldb]} | {f"{n} on PostgreSQL": shared[:n] for n in numbers}
        for name, (draws, _) in WORKLOADS.items():
            results: dict[str, list[Measured]] = {each: [] for each in contenders}
            for seed in range(options.rounds):
                for each, servers in contenders.items():
                    results[each].append(asyncio.run(measure(servers, draws, options, seed)))
            report(name, results)


def report(workload: str, results: dict[str, list[Measured]]) -> None:
    """A line for each contender: medians, and how writes fared in all rounds together."""
    for name, rounds in results.items():
        requests = sum(each.requests for each in rounds)
        groups = sum(each.figures.groups for each in rounds)
        line = (
            f"{workload:<24}{name:<18}{statistics.median(r.per_second for r in rounds):>9,.0f} requests/s"
            f"{statistics.median(r.p50_milliseconds for r in rounds):>9.1f} ms"
        )
        if groups:
            line += (
                f"{requests / groups:>7.1f} requests a group"
                f"{sum(r.figures.stale for r in rounds) / requests:>8.1%} stale"
                f"{sum(r.figures.undone for r in rounds) / groups:>8.1%} undone"
            )
        print(line, flush=True)


if __name__ == "__main__":
    main()
