"""What it is like when very many items expire at once: how fast they are deleted, and what readers notice.

    python -m bench.ttl [--items 1000000] [--engine leveldb|memory] [--folder FOLDER]

In process, as the server does it: the table has a stream, TTL is on, and the clock is moved until every item
but one in a hundred has expired. Then the background work runs, tick after tick, until they are gone. Meanwhile
a reader wants one of the items that stay every two milliseconds, whether or not the last answer is there, and
its latency counts from when it wanted it. The same reader is measured before, with nothing else going on: what
a timer of the event loop is late by is in both figures.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.settings import Settings

CALLER = Caller()
TABLE = "sessions"
BATCH = 25
STAYS_EVERY = 100
READ_EVERY_SECONDS = 0.002
IDLE_SECONDS = 3.0
LIFETIME_SECONDS = 3600


@dataclass(slots=True)
class Reader:
    """Reads items that stay, and notes how long after its time each answer came."""

    database: Database
    items: int
    late_by: list[float] = field(default_factory=list)

    async def read(self) -> None:
        due, number = time.perf_counter(), 0
        async with asyncio.TaskGroup() as reads:
            while True:
                while due <= time.perf_counter():
                    number = (number + STAYS_EVERY) % self.items
                    reads.create_task(self._get(number, due))
                    due += READ_EVERY_SECONDS
                await asyncio.sleep(due - time.perf_counter())

    async def _get(self, number: int, due: float) -> None:
        answer = await self.database.execute("GetItem", {"TableName": TABLE, "Key": key(number)}, CALLER)
        assert "Item" in answer
        self.late_by.append(time.perf_counter() - due)

    def __str__(self) -> str:
        times = sorted(self.late_by)
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        return (
            f"{len(times):7,} GetItems: p50 {p50 * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms,"
            f" longest {times[-1] * 1e3:.1f} ms"
        )


@asynccontextmanager
async def reading(database: Database, items: int) -> AsyncIterator[Reader]:
    """A reader at work for the length of a block."""
    reader = Reader(database, items)
    task = asyncio.create_task(reader.read())
    try:
        yield reader
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def key(number: int) -> dict[str, Any]:
    return {"id": {"S": f"session-{number:08d}"}}


async def fill(database: Database, items: int) -> None:
    """Items of about 100 bytes; all but some expire within the same hour."""
    create: dict[str, Any] = {
        "TableName": TABLE,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    }
    await database.execute("CreateTable", create, CALLER)
    on = {"TableName": TABLE, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"}}
    await database.execute("UpdateTimeToLive", on, CALLER)
    await database.until_idle()
    now = int(database.clock.now())
    for first in range(0, items, BATCH):
        puts = []
        for number in range(first, min(first + BATCH, items)):
            lifetime = 10 * LIFETIME_SECONDS if number % STAYS_EVERY == 0 else 60 + number % LIFETIME_SECONDS
            item = key(number) | {"ends": {"N": str(now + lifetime)}, "user": {"S": "x" * 60}}
            puts.append({"PutRequest": {"Item": item}})
        await database.execute("BatchWriteItem", {"RequestItems": {TABLE: puts}}, CALLER)


async def sweep(database: Database, expired: int) -> float:
    """Tick until everything that has expired is gone. Returns the seconds that it took."""
    description = {"TableName": TABLE}
    left = (await database.execute("DescribeTable", description, CALLER))["Table"]["ItemCount"] - expired
    started = time.perf_counter()
    await database.until_idle()
    took_seconds = time.perf_counter() - started
    assert (await database.execute("DescribeTable", description, CALLER))["Table"]["ItemCount"] == left
    return took_seconds


def peak_megabytes() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1024)


async def main(items: int, folder: Path | None) -> None:
    clock = Clock()
    clock.freeze()
    database = await Database.open(Settings(data_folder=folder, durability="os"), clock)
    started = time.perf_counter()
    await fill(database, items)
    print(f"filled with {items:,} items in {time.perf_counter() - started:.1f} s", flush=True)
    if folder is not None:  # the server's default is swept, but filling does not wait for the disk
        await database.close()
        database = await Database.open(Settings(data_folder=folder), clock)
    async with reading(database, items) as idle:
        await asyncio.sleep(IDLE_SECONDS)
    print(f"idle      {idle}", flush=True)
    clock.advance(2 * LIFETIME_SECONDS)
    expired = items - -(-items // STAYS_EVERY)
    before_megabytes = peak_megabytes()
    async with reading(database, items) as busy:
        took_seconds = await sweep(database, expired)
    print(f"sweeping  {busy}")
    print(f"{expired:,} items deleted in {took_seconds:.1f} s, {expired / took_seconds:,.0f} a second")
    print(f"peak memory {before_megabytes:.0f} MB before the sweep, {peak_megabytes():.0f} MB after it")
    await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.ttl")
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=("leveldb", "memory"), default="leveldb")
    parser.add_argument("--folder", type=Path, help="on which disk to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        asyncio.run(main(options.items, Path(scratch) / "data" if options.engine == "leveldb" else None))
