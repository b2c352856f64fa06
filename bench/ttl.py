"""What it is like when very many items expire at once: how fast they are deleted, and what readers notice.

    python -m bench.ttl [--items 1000000] [--engine leveldb|memory] [--folder FOLDER]

In process, as the server does it: the table has a stream, TTL is on, and the clock is moved until every item
but one in a hundred has expired. Then the background work runs, tick after tick, until they are gone.
Meanwhile a reader wants one of the items that stay every two milliseconds, whether or not the last answer is
there, and its latency counts from when it wanted it. The same reader is measured before, with nothing else
going on: what a timer of the event loop is late by is in both figures.
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.settings import Settings
from dynalite.values.types import Answer
from server.drive import drive

CALLER = Caller()
TABLE = "sessions"
BATCH = 25
STAYS_EVERY = 100
READ_EVERY_SECONDS = 0.002
IDLE_SECONDS = 3.0
LIFETIME_SECONDS = 3600


class Reader:
    """Reads items that stay, and notes how long after its time each answer came."""

    def __init__(self, database: Database, items: int) -> None:
        self._database = database
        self._items = items
        self._number = 0
        self._due = time.perf_counter()
        self._late_by: list[float] = []
        self._timer = asyncio.get_running_loop().call_soon(self._read)

    def _read(self) -> None:
        """Ask for all that is due, as a connection does that finds requests waiting."""
        while self._due <= time.perf_counter():
            self._number = (self._number + STAYS_EVERY) % self._items
            request = {"TableName": TABLE, "Key": key(self._number)}
            drive(self._database.execute("GetItem", request, CALLER), partial(self._answered, self._due))
            self._due += READ_EVERY_SECONDS
        delay_seconds = self._due - time.perf_counter()
        self._timer = asyncio.get_running_loop().call_later(delay_seconds, self._read)

    def _answered(self, due: float, answer: Answer | None, error: BaseException | None) -> None:
        if error is not None:
            raise error
        assert answer is not None
        assert "Item" in answer
        self._late_by.append(time.perf_counter() - due)

    def stop(self) -> None:
        self._timer.cancel()

    def __str__(self) -> str:
        times = sorted(self._late_by)
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        return (
            f"{len(times):7,} GetItems: p50 {p50 * 1e3:.2f} ms, p99 {p99 * 1e3:.2f} ms,"
            f" longest {times[-1] * 1e3:.1f} ms"
        )


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
    left = await count(database) - expired
    started = time.perf_counter()
    await database.until_idle()
    took_seconds = time.perf_counter() - started
    assert await count(database) == left
    return took_seconds


async def count(database: Database) -> int:
    """How many items there are, as DescribeTable says."""
    answer: dict[str, Any] = await database.execute("DescribeTable", {"TableName": TABLE}, CALLER)
    found: int = answer["Table"]["ItemCount"]
    return found


def peak_megabytes() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << 20 if sys.platform == "darwin" else 1024
    )


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
    idle = Reader(database, items)
    await asyncio.sleep(IDLE_SECONDS)
    idle.stop()
    print(f"idle      {idle}", flush=True)
    clock.advance(2 * LIFETIME_SECONDS)
    expired = items - -(-items // STAYS_EVERY)
    before_megabytes = peak_megabytes()
    busy = Reader(database, items)
    took_seconds = await sweep(database, expired)
    busy.stop()
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
