"""What the storage engine costs: durable updates by number of writers, point reads, pages.

    python bench/storage.py [folder]

Writers are coroutines that update keys of their own in a closed loop: each waits for its answer before it
writes again. An update is what a PutItem makes: it reads one key and writes one row of 1 KB and two counters.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import get_args

from dynalite.limits import MIB
from dynalite.settings import Durability
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine

ITEM = b"x" * 1024
ITEMS = keyspace.items(1)
COUNT = keyspace.statistic(1, keyspace.NO_INDEX, keyspace.ITEM_COUNT)
SIZE = keyspace.statistic(1, keyspace.NO_INDEX, keyspace.SIZE_BYTES)


async def put(engine: Engine, key: bytes) -> None:
    def decide(values: object) -> tuple[None, Batch]:
        batch = Batch()
        batch.put(key, ITEM)
        batch.add(COUNT, 1)
        batch.add(SIZE, 1024)
        return None, batch

    await engine.update((key,), decide)


async def updates_per_second(engine: Engine, writers: int, seconds: float = 1.0) -> float:
    done = 0
    deadline = time.perf_counter() + seconds

    async def write(writer: int) -> None:
        nonlocal done
        while time.perf_counter() < deadline:
            await put(engine, b"%s%06d%08d" % (ITEMS, writer, done))
            done += 1

    await asyncio.gather(*(write(writer) for writer in range(writers)))
    return done / seconds


async def microseconds(call: Callable[[], Awaitable[object]], times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        await call()
    return (time.perf_counter() - started) / times * 1e6


async def measure_reads(engine: Engine) -> None:
    keys = [b"%s%08d" % (ITEMS, number) for number in range(20_000)]
    for key in keys:
        await put(engine, key)
    key, stop = keys[10_000], keyspace.after(ITEMS)
    point = await microseconds(lambda: engine.read((key,)), 20_000)
    two = await microseconds(lambda: engine.read((key, keys[1])), 10_000)
    print(f"  read of one key {point:8.2f} µs, of two {two:.2f} µs")
    for limit in (10, 1000):
        for reverse in (False, True):
            span = (ITEMS, key) if reverse else (key, stop)
            scan = partial(engine.scan, *span, limit=limit, max_bytes=2 * MIB, reverse=reverse)
            page = await microseconds(scan, 20_000 // limit)
            print(f"  page of {limit:4} rows {page:8.1f} µs{' (reversed)' if reverse else ''}")


async def measure_updates(engine: Engine, writer_counts: tuple[int, ...]) -> None:
    for writers in writer_counts:
        print(f"  {writers:4} writers {await updates_per_second(engine, writers):10,.0f} updates/s")


async def main(folder: Path) -> None:
    for durability in get_args(Durability):
        print(f"LevelDB, durability {durability}")
        engine = LevelDBEngine.open(folder / durability, durability)
        await measure_updates(engine, (1, 16, 128))
        if durability == "os":
            await measure_reads(engine)
        await engine.close()
    print("memory")
    memory = MemoryEngine()
    await measure_updates(memory, (1, 16))
    await measure_reads(memory)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as scratch:
        asyncio.run(main(Path(scratch)))
