"""What accounting costs: GetItem within the process, with the meter and without it.

    python -m bench.capacity

Both ways run by turns in one process, so that a busy machine slows them alike, and the fastest round of each
is compared. A request over HTTP takes several times as long as one here: its share of the cost is accordingly
smaller.
"""

import asyncio
import time
from dataclasses import replace
from typing import Any

from dynalite.capacity.meter import Meter
from dynalite.database import Caller, Database
from dynalite.settings import Settings

ROUNDS = 30
READS = 4_000
TABLE = {
    "TableName": "Bench",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
HTTP_MICROSECONDS = 37.0
"""A GetItem of 1 KiB over HTTP on one core (`bench/README.md`)."""


class _Silent(Meter):
    """A meter that counts nothing."""

    def read(self, *_: Any) -> None:
        pass


async def _opened() -> Database:
    database = await Database.open(Settings())
    await database.execute("CreateTable", dict(TABLE), Caller())
    for number in range(1000):
        item = {"id": {"S": f"k{number}"}, "data": {"S": "x" * 1000}}
        await database.execute("PutItem", {"TableName": "Bench", "Item": item}, Caller())
    return database


def _silence(database: Database) -> None:
    context = database.context("us-east-1", "GetItem")
    silent = _Silent(database.capacity, database.clock, "GetItem")
    database._contexts["us-east-1", "GetItem"] = replace(context, meter=silent)


async def _round(database: Database) -> float:
    """Microseconds for each read."""
    caller = Caller()
    requests = [{"TableName": "Bench", "Key": {"id": {"S": f"k{number % 1000}"}}} for number in range(READS)]
    started = time.perf_counter()
    for request in requests:
        await database.execute("GetItem", request, caller)
    return (time.perf_counter() - started) / READS * 1e6


async def main() -> None:
    metered, silent = await _opened(), await _opened()
    _silence(silent)
    times: dict[str, list[float]] = {"metered": [], "silent": []}
    for _ in range(ROUNDS):
        times["metered"].append(await _round(metered))
        times["silent"].append(await _round(silent))
    with_, without = min(times["metered"]), min(times["silent"])
    cost = with_ - without
    print(f"GetItem in the process: {without:.2f} µs without accounting, {with_:.2f} µs with it")
    print(f"accounting: {cost:.2f} µs, {100 * cost / without:.1f} % in the process", end="")
    print(f", {100 * cost / HTTP_MICROSECONDS:.1f} % of a GetItem over HTTP ({HTTP_MICROSECONDS:.0f} µs)")


if __name__ == "__main__":
    asyncio.run(main())
