"""What a reader of its change log costs the writes of a table, a stream or point-in-time recovery: the same
writes to a table without it and to a table with it.

    python -m bench.streams [--reader stream|recovery] [--rounds 15] [--writes 4000] [--folder FOLDER]

In process, through `Database.execute`, so that HTTP does not hide the difference. Each of the two tables has
a database of its own, and they take turns (A B A B ...), so that whatever else the machine does meets both;
what is printed are medians over the rounds. Every write changes its item: one that changes nothing is not
recorded.

Where a write does not wait (in memory, and `os`), one client writes and the CPU time of the process counts,
LevelDB's compactions included. With `fsync` 32 clients share the disk's syncs, and the clock on the wall
counts.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from dynalite.database import Caller, Database
from dynalite.settings import Durability, Settings

ITEMS = 1000
CALLER = Caller()

Request = tuple[str, dict[str, Any]]

READERS: Mapping[str, Request] = {
    "stream": (
        "UpdateTable",
        {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}},
    ),
    "recovery": (
        "UpdateContinuousBackups",
        {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
    ),
}
"""What is asked of a table so that its changes are logged."""


def key(number: int) -> dict[str, Any]:
    return {"id": {"S": f"customer-{number % ITEMS:06d}"}}


def small_put(number: int) -> Request:
    item = key(number) | {"name": {"S": "Frances Hamilton-Oyelaran"}, "visits": {"N": str(number)}}
    return "PutItem", {"TableName": "bench", "Item": item}


def large_put(number: int) -> Request:
    operation, request = small_put(number)
    request["Item"]["description"] = {"S": "x" * 950}
    return operation, request


def update(number: int) -> Request:
    return "UpdateItem", {
        "TableName": "bench",
        "Key": key(number),
        "UpdateExpression": "SET visits = visits + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }


WORKLOADS: Mapping[str, Callable[[int], Request]] = {
    "PutItem of 60 bytes": small_put,
    "UpdateItem of 60 bytes": update,
    "PutItem of 1 KB": large_put,
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a database keeps its rows, how many clients write to it, and the clock that counts."""

    name: str
    durability: Durability | None
    clients: int
    clock: Callable[[], float]


PLACES = (
    Place("in memory", None, 1, time.process_time),
    Place("LevelDB, os", "os", 1, time.process_time),
    Place("LevelDB, fsync, 32 clients", "fsync", 32, time.perf_counter),
)


async def opened(place: Place, folder: Path, reader: Request | None) -> Database:
    if place.durability is None:
        settings = Settings()
    else:
        settings = Settings(data_folder=folder, durability=place.durability)
    database = await Database.open(settings)
    request: dict[str, Any] = {
        "TableName": "bench",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    await database.execute("CreateTable", request, CALLER)
    await database.until_idle()
    if reader is not None:
        operation, members = reader
        await database.execute(operation, {"TableName": "bench", **members}, CALLER)
        await database.until_idle()
    for number in range(ITEMS):
        await database.execute(*small_put(number), CALLER)
    return database


async def seconds_per_write(database: Database, place: Place, requests: Sequence[Request]) -> float:
    left = iter(requests)

    async def client() -> None:
        for operation, request in left:
            await database.execute(operation, request, CALLER)

    started = place.clock()
    await asyncio.gather(*(client() for _ in range(place.clients)))
    return (place.clock() - started) / len(requests)


async def compare(
    place: Place, folder: Path, reader: Request, make: Callable[[int], Request], rounds: int, writes: int
) -> str:
    """One line: the medians without and with the reader, and the ratio."""
    databases = [
        await opened(place, folder / "without", None),
        await opened(place, folder / "with", reader),
    ]
    numbers = [count(ITEMS), count(ITEMS)]
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for database, number, times in zip(databases, numbers, taken, strict=True):
            requests = [make(next(number)) for _ in range(writes)]
            times.append(await seconds_per_write(database, place, requests))
    for database in databases:
        await database.close()
    without, with_ = (statistics.median(times[1:]) * 1e6 for times in taken)  # the first round warms up
    return f"{without:8.1f} µs without {with_:8.1f} µs with {with_ / without:6.2f}"


async def main(reader: Request, rounds: int, writes: int, folder: Path) -> None:
    for position, place in enumerate(PLACES):
        for number, (name, make) in enumerate(WORKLOADS.items()):
            line = await compare(place, folder / f"{position}-{number}", reader, make, rounds, writes)
            print(f"{place.name:28} {name:24} {line}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.streams")
    parser.add_argument("--reader", choices=READERS, default="stream")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--writes", type=int, default=4000, help="in one round")
    parser.add_argument("--folder", type=Path, help="on which disk to measure")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        asyncio.run(main(READERS[options.reader], options.rounds, options.writes, Path(scratch)))
