"""An application that reads a stream sees every change exactly once, the changes of an item in order, while
shards roll, the server restarts and old records are trimmed.
"""

import asyncio
from pathlib import Path
from threading import Semaphore
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.catalog import lineage
from dynalite.jobs import shards
from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.storage.engine import Engine
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine
from tests.storage.scenarios import new_store, on_loop
from tests.storage.wrappers import GatedStore, StaleEngine
from tests.streams.world import HOUR, Consumer, World, on_disk, reopened

Change = tuple[Any, Any]
ids = st.sampled_from("abcdef")
steps = st.lists(
    st.tuples(st.just("put"), ids, st.integers(0, 2))
    | st.tuples(st.just("delete"), ids)
    | st.tuples(st.sampled_from(["roll", "roll and die", "poll", "crash", "restart", "tick"]))
    | st.tuples(st.just("wait"), st.sampled_from([1.0, 5.0, 13.0])),
    max_size=40,
)


class Scene:
    """A table, the naive log of what was done to it, and a consumer of its stream."""

    def __init__(self, world: World, consumer: Consumer) -> None:
        self.world = world
        self.consumer = consumer
        self.items: dict[str, Any] = {}
        self.log: dict[str, list[Change]] = {}

    async def take(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("put", id_, value):
                await self.world.put(id_, n={"N": str(value)})
                self._note(id_, {"id": {"S": id_}, "n": {"N": str(value)}})
            case ("delete", id_):
                await self.world.delete(id_)
                self._note(id_, None)
            case ("roll",):
                await shards.roll(self._context, self.world.database.catalog.get(self.world.region, "Music"))
            case ("roll and die",):  # the descriptor names new shards, nobody has sealed the old ones
                table = self.world.database.catalog.get(self.world.region, "Music")
                now = self.world.clock.now()
                await self.world.database.catalog.change_log(
                    table, lambda present: lineage.rolled(present, now)
                )
                await self._restart()
            case ("poll",):
                await self.consumer.poll()
            case ("crash",):
                self.consumer.forget(self.world)
            case ("restart",):
                await self._restart()
            case ("tick",):
                await self.world.tick()
            case ("wait", hours):
                await self.world.tick()
                await self.consumer.poll()
                self.world.clock.advance(hours * HOUR)
                self.consumer.forget(self.world)  # its iterators have expired
                await self.world.tick()

    def _note(self, id_: str, after: Any) -> None:
        before = self.items.get(id_)
        self.items[id_] = after
        if before != after:
            self.log.setdefault(id_, []).append((before, after))

    @property
    def _context(self) -> Any:
        return self.world.database.context("")

    async def _restart(self) -> None:
        database = self.world.database
        self.world = await reopened(database.engine, database.clock, database.settings)
        self.consumer.world = self.world

    async def check(self) -> None:
        await self.world.tick()
        await self.consumer.poll()
        seen: dict[str, list[Change]] = {}
        for record in self.consumer.seen:
            change = record["dynamodb"]
            images = change.get("OldImage"), change.get("NewImage")
            seen.setdefault(change["Keys"]["id"]["S"], []).append(images)
        assert seen == self.log
        event_ids = [record["eventID"] for record in self.consumer.seen]
        assert len(set(event_ids)) == len(event_ids)


async def a_scene(engine: Engine, shard_count: int = 2) -> Scene:
    world = await reopened(engine, settings=Settings(stream_shards=shard_count))
    await world.create()
    return Scene(world, Consumer(world, await world.arn(), page=1))


@settings(max_examples=100)
@given(steps, st.integers(1, 5), st.booleans())
def test_every_change_once_and_in_order(plan: list[tuple[Any, ...]], shard_count: int, stale: bool) -> None:
    async def run() -> None:
        engine: Engine = MemoryEngine()
        if stale:
            engine = StaleEngine(engine)
        scene = await a_scene(engine, shard_count)
        for step in plan:
            await scene.take(step)
        await scene.check()

    asyncio.run(run())


@on_loop
async def test_a_restart_on_disk_loses_nothing(tmp_path: Path) -> None:
    engine = on_disk(tmp_path)
    scene = await a_scene(engine)
    for number in range(60):
        await scene.take(("put", "abcdef"[number % 6], number))
        if number % 7 == 0:
            await scene.take(("poll",))
        if number % 20 == 19:
            await engine.close()
            engine = on_disk(tmp_path)
            scene.world = await reopened(engine, scene.world.clock, scene.world.database.settings)
            scene.consumer.world = scene.world
        if number % 15 == 14:
            await scene.take(("roll",))
    await scene.check()
    await engine.close()


@on_loop
async def test_writers_in_flight_while_shards_roll(tmp_path: Path) -> None:
    """Group commit: many writes are undecided, decided or on their way to disk when the shards change."""
    engine = on_disk(tmp_path)
    scene = await a_scene(engine)
    table = scene.world.database.catalog.get(scene.world.region, "Music")

    async def write(id_: str) -> None:
        for number in range(30):
            await scene.take(("put", id_, number))

    async def roll() -> None:
        for _ in range(6):
            await shards.roll(scene.world.database.context(""), table)
            await scene.consumer.poll()

    await asyncio.gather(roll(), *(write(id_) for id_ in "abcdef"))
    await scene.check()
    assert sum(len(changes) for changes in scene.log.values()) == 180
    await engine.close()


@on_loop
async def test_a_child_is_not_shown_before_its_parent_is_sealed() -> None:
    scene = await a_scene(MemoryEngine(), 1)
    for step in (("put", "a", 0), ("put", "a", 1), ("roll and die",), ("put", "a", 2), ("poll",)):
        await scene.take(step)
    assert len((await scene.world.describe(scene.consumer.arn))["Shards"]) == 1
    await scene.check()
    assert len((await scene.world.describe(scene.consumer.arn))["Shards"]) == 2


class SteppedStore(GatedStore):
    """Holds every write back for a permit, once `permits` is set."""

    permits: Semaphore | None = None

    def _before_write(self, rows: int) -> None:
        super()._before_write(rows)
        if self.permits is not None and not self.permits.acquire(timeout=10):
            raise TimeoutError("nobody gave a permit")


@on_loop
async def test_a_shard_ends_behind_the_writes_that_did_not_know_of_its_child(tmp_path: Path) -> None:
    store = SteppedStore(new_store(tmp_path))
    engine = LevelDBEngine(store, "fsync")
    scene = await a_scene(engine, 1)
    context = scene.world.database.context("")
    await scene.take(("put", "a", 0))
    permits = store.permits = Semaphore(0)
    begun = len(store.writes)

    async def until_writing(count: int) -> None:
        while len(store.writes) < begun + count:
            await asyncio.sleep(0)
        for _ in range(10):
            await asyncio.sleep(0)

    table = scene.world.database.catalog.get(scene.world.region, "Music")
    rolling = asyncio.create_task(shards.roll(context, table))
    await until_writing(1)  # the descriptor is on its way, and not visible
    writing = [asyncio.create_task(scene.take(("put", id_, 1))) for id_ in "abc"]
    await asyncio.sleep(0)
    permits.release()
    await until_writing(2)  # the descriptor is visible, the writes are on their way
    permits.release(100)
    await asyncio.gather(rolling, *writing)
    first = scene.world.database.catalog.get(scene.world.region, "Music").shards[0]
    assert first.end == 4
    await scene.check()
    await engine.close()


@on_loop
async def test_latest_does_not_skip_a_write_on_its_way_to_disk(tmp_path: Path) -> None:
    store = GatedStore(new_store(tmp_path))
    engine = LevelDBEngine(store, "fsync")
    scene = await a_scene(engine, 1)
    await scene.world.put("a")
    [shard] = (await scene.world.describe(scene.consumer.arn))["Shards"]
    store.shut()
    writing = asyncio.create_task(scene.world.put("b"))
    await asyncio.sleep(0)
    latest = await scene.world.iterator(scene.consumer.arn, shard["ShardId"], "LATEST")
    assert (await scene.world.call("GetRecords", ShardIterator=latest))["Records"] == []
    store.open()
    await writing
    found = (await scene.world.call("GetRecords", ShardIterator=latest))["Records"]
    assert [record["dynamodb"]["Keys"]["id"]["S"] for record in found] == ["b"]
    await engine.close()


@on_loop
async def test_what_is_over_leaves_nothing_behind() -> None:
    scene = await a_scene(MemoryEngine())
    for number in range(20):
        await scene.take(("put", "abcdef"[number % 6], number))
    await scene.take(("roll",))
    await scene.world.call("DeleteTable", TableName="Music")
    await scene.world.tick()
    scene.world.clock.advance(23 * HOUR)
    await scene.world.tick()
    await scene.consumer.poll()
    assert len(scene.consumer.seen) == 20
    scene.world.clock.advance(2 * HOUR)
    await scene.world.tick()
    assert (await scene.world.call("ListStreams"))["Streams"] == []
    for space in (keyspace.LOG, keyspace.HORIZON, keyspace.DEPARTED, keyspace.JOB, keyspace.DATA):
        rows = await scene.world.database.engine.scan(space, keyspace.after(space), limit=9, max_bytes=9999)
        assert rows == []
