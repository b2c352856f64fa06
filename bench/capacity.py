"""What accounting costs: GetItem within the process, with the meter and without it.

    python -m bench.capacity

Both ways run by turns in one process, so that a busy machine slows them alike; the median of the differences
between neighbouring rounds is what accounting costs. A request over HTTP takes about twice as long as one
here, so its share of the cost is half as large.
"""

import asyncio
import time
from dataclasses import replace
from statistics import median
from typing import Any

from dynalite.capacity.meter import Meter
from dynalite.database import Caller, Database
from dynalite.settings import Settings

ROUNDS = 101
READS = 1_000
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
    differences, silent_times = [], []
    for _ in range(ROUNDS):
        with_, without = await _round(metered), await _round(silent)
        differences.append(with_ - without)
        silent_times.append(without)
    cost, without = median(differences), median(silent_times)
    print(f"GetItem in the process: {without:.2f} µs without accounting")
    print(f"accounting: {cost:.2f} µs, {100 * cost / without:.1f} %")


if __name__ == "__main__":
    asyncio.run(main())
