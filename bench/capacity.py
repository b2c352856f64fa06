"""What accounting costs a GetItem: within the process, and over HTTP.

    python -m bench.capacity [--rounds 9] [--seconds 2] [--connections 16]

Accounting is the meter that counts units and heat, and the watch that takes the time of a sample. Each is
compared with one that does nothing; what is told are the medians of both and of the differences between
neighbours.

Within the process a request is the facade's `execute` and nothing else, by turns, and the microseconds are
exact. Over HTTP, two servers in memory are asked at the same time: as they are, and with the accounting taken
out when they start. A machine whose speed changes from second to second slows both alike only so. Each round
starts two new ones, because two processes of the same program differ by several percent for as long as they
live. A server's CPU time per request is steadier than its requests per second, which also pay for the client.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.client import load
from bench.contenders import REPOSITORY
from bench.measure import Result, measure
from bench.process import Server, free_port, serving
from bench.workloads import Workload, get_item
from dynalite.capacity.meter import Meter
from dynalite.database import Caller, Database
from dynalite.operations.context import Context
from dynalite.settings import Settings

PROCESS_ROUNDS = 201
READS = 500
ITEMS = 1000
WARM_UP_SECONDS = 1.0
FOR_EVER = 1 << 60
WITH, WITHOUT = "--with-accounting", "--without-accounting"
TABLE = {
    "TableName": "Bench",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}


class _Silent(Meter):
    """A meter that counts nothing."""

    def read(self, *_: Any) -> None:
        pass


def _silence(database: Database, region: str) -> None:
    """Take the accounting out of GetItem."""
    context = database.context(region, "GetItem")
    context.watch.skip = FOR_EVER
    silent = _Silent(database.capacity, database.clock, "GetItem")
    database._contexts[region, "GetItem"] = replace(context, meter=silent)


# ------------------------------------------------------------------ within the process


async def _opened() -> Database:
    database = await Database.open(Settings())
    await database.execute("CreateTable", dict(TABLE), Caller())
    for number in range(ITEMS):
        item = {"id": {"S": f"k{number}"}, "data": {"S": "x" * 1000}}
        await database.execute("PutItem", {"TableName": "Bench", "Item": item}, Caller())
    await database.until_idle()  # a table that is still becoming ACTIVE costs every request more
    return database


async def _round(database: Database) -> float:
    """Microseconds for each read."""
    caller = Caller()
    requests = [{"TableName": "Bench", "Key": {"id": {"S": f"k{number % ITEMS}"}}} for number in range(READS)]
    started = time.perf_counter()
    for request in requests:
        await database.execute("GetItem", request, caller)
    return (time.perf_counter() - started) / READS * 1e6


async def _within_the_process() -> None:
    counting, silent = await _opened(), await _opened()
    _silence(silent, Caller().region)
    pairs = [(await _round(counting), await _round(silent)) for _ in range(PROCESS_ROUNDS)]
    cost = median(with_ - without for with_, without in pairs)
    without = median(without for _, without in pairs)
    least = min(with_ for with_, _ in pairs), min(without for _, without in pairs)
    print(f"within the process: {without:.2f} µs without accounting, {cost:.2f} µs for it", end="")
    print(f" ({100 * cost / without:.1f} %); fastest rounds {least[1]:.2f} and {least[0]:.2f} µs")


# ------------------------------------------------------------------ over HTTP


@contextmanager
def _server(accounting: bool) -> Iterator[Server]:
    port = free_port()
    flags = ("--host", "127.0.0.1", "--port", str(port), "--in-memory")
    # Both are started by this module: what else is loaded makes a difference of its own, of 1 or 2 %.
    command = (sys.executable, "-m", "bench.capacity", WITH if accounting else WITHOUT, *flags)
    with (
        TemporaryDirectory() as folder,
        serving(command, port, Path(folder), {"PYTHONPATH": str(REPOSITORY)}) as server,
    ):
        yield server


def _over_http(rounds: int, seconds: float, connections: int) -> None:
    workload = Workload("GetItem", get_item)

    def ask(server: Server, seed: int, at_most_seconds: float = seconds) -> Result:
        return measure(server, workload, ITEMS, connections, at_most_seconds, seed)

    pairs = []
    for seed in range(rounds):
        with ExitStack() as running, ThreadPoolExecutor(2) as both:
            servers = [running.enter_context(_server(accounting)) for accounting in (True, False)]
            for server in servers:
                load(server.port, ITEMS)
                ask(server, 0, WARM_UP_SECONDS)
            for turn in (1, -1):  # whoever begins first may find the machine cooler
                first, second = both.map(ask, servers[::turn], (seed, seed))
                pairs.append((first, second)[::turn])
    rates = [median(pair[which].requests_per_second for pair in pairs) for which in (0, 1)]
    slower = median(with_.requests_per_second / without.requests_per_second - 1 for with_, without in pairs)
    cpu = [median(pair[which].server_cpu_microseconds for pair in pairs) for which in (0, 1)]
    more = median(a.server_cpu_microseconds / b.server_cpu_microseconds - 1 for a, b in pairs)
    print(f"over HTTP: {rates[1]:,.0f} requests/s without accounting, {rates[0]:,.0f} with it", end="")
    print(f" ({100 * slower:+.1f} %); the server's CPU {cpu[1]:.1f} and {cpu[0]:.1f} µs a request", end="")
    print(f" ({100 * more:+.1f} %)")


def _serve(accounting: bool, flags: list[str]) -> int:
    """Serve, perhaps with no accounting of GetItem in any region."""
    from server.cli import run
    from server.commands import BY_NAME

    if not accounting:
        _silence_all()
    return run(BY_NAME["serve"], flags, "bench.capacity")


def _silence_all() -> None:
    context = Database.context

    def silenced(self: Database, region: str, operation: str = "") -> Context:
        known = self._contexts.get((region, operation))
        if known is None and operation == "GetItem":
            Database.context = context  # type: ignore[method-assign]
            _silence(self, region)
            Database.context = silenced  # type: ignore[method-assign]
        return context(self, region, operation)

    Database.context = silenced  # type: ignore[method-assign]


def main() -> int:
    if sys.argv[1:2] in ([WITH], [WITHOUT]):
        return _serve(sys.argv[1] == WITH, sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m bench.capacity")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    asyncio.run(_within_the_process())
    _over_http(options.rounds, options.seconds, options.connections)
    return 0


if __name__ == "__main__":
    sys.exit(main())
