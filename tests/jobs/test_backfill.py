"""An index added to a table in use: filled in pages, beside writes, across restarts, exactly once."""

import asyncio
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.errors import InternalServerError
from dynalite.jobs import backfill, runner
from dynalite.storage import keyspace
from dynalite.storage.engine import Engine
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine
from tests.catalog.world import World, a_request, a_world, an_index, attributes
from tests.jobs.writing import an_item, check_index, delete, put, rows
from tests.storage.scenarios import on_loop
from tests.storage.wrappers import FaultyEngine

CREATE: dict[str, Any] = {
    "TableName": "Music",
    "AttributeDefinitions": attributes(g="S"),
    "GlobalSecondaryIndexUpdates": [{"Create": an_index("new", "g")}],
}
DELETE: dict[str, Any] = {
    "TableName": "Music",
    "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "new"}}],
}


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "_ITEMS_PER_PAGE", 3)
    monkeypatch.setattr(backfill, "_MARKS_PER_STEP", 2)


async def filled(engine: Engine | None = None, items: int = 20) -> World:
    """A table of `items` items, each in `new` once it exists."""
    world = await a_world(engine)
    await world.call("CreateTable", **a_request())
    await world.tick()
    for number in range(items):
        await put(world, an_item(f"p{number}", g=f"g{number % 3}"))
    return world


async def state(world: World) -> tuple[str, str, bool | None]:
    """The table's status, the index's, and whether it is being backfilled."""
    described = await world.describe()
    (index,) = described["GlobalSecondaryIndexes"]
    return described["TableStatus"], index["IndexStatus"], index.get("Backfilling")


@on_loop
async def test_the_phases_of_an_index() -> None:
    world = await filled()
    answer = (await world.call("UpdateTable", **CREATE))["TableDescription"]
    (index,) = answer["GlobalSecondaryIndexes"]
    assert (answer["TableStatus"], index["IndexStatus"], index["Backfilling"]) == (
        "UPDATING",
        "CREATING",
        False,
    )
    assert (index["ItemCount"], index["IndexSizeBytes"]) == (0, 0)
    assert await state(world) == ("ACTIVE", "CREATING", True)
    await runner.step(world.context)
    assert await state(world) == ("ACTIVE", "CREATING", True)
    await world.tick()
    assert await state(world) == ("ACTIVE", "ACTIVE", None)
    assert await check_index(world) == 20
    assert (await world.describe())["GlobalSecondaryIndexes"][0]["ItemCount"] == 20


@on_loop
async def test_items_without_a_fit_key_are_passed_over() -> None:
    world = await filled(items=4)
    for name, g in (
        ("typed", {"N": "1"}),
        ("empty", {"S": ""}),
        ("long", {"S": "x" * 2049}),
        ("fits", {"S": "x" * 2048}),
    ):
        await put(world, an_item(name, g=g))
    await put(world, an_item("without"))
    await world.call("UpdateTable", **CREATE)
    await world.tick()
    assert await check_index(world) == 5


@on_loop
async def test_an_empty_table_is_filled_at_once() -> None:
    world = await filled(items=0)
    await world.call("UpdateTable", **CREATE)
    await world.tick()
    assert await state(world) == ("ACTIVE", "ACTIVE", None)
    assert await check_index(world) == 0


@pytest.mark.parametrize("seed", range(6))
@on_loop
async def test_writes_go_on_beside_it(seed: int) -> None:
    """Puts, moves to another key, no-ops, deletions and returns, before, behind and at the cursor."""
    chance = random.Random(seed)
    world = await filled()
    await world.call("UpdateTable", **CREATE)

    async def some_writes() -> None:
        for _ in range(chance.randrange(6)):
            name = f"p{chance.randrange(26)}"
            if chance.random() < 0.3:
                await delete(world, an_item(name))
            elif chance.random() < 0.2:
                await put(world, an_item(name))
            else:
                await put(world, an_item(name, g=f"g{chance.randrange(4)}", v="x" * chance.randrange(9)))

    await some_writes()
    while await runner.step(world.context):
        await some_writes()
    await check_index(world)
    await some_writes()
    await check_index(world)
    assert await rows(world, keyspace.job(world.table().id, b"")) == []


@on_loop
async def test_writers_at_once_on_disk(tmp_path: Path) -> None:
    """Writes in flight, that no reader sees yet, are counted once as well."""
    engine = LevelDBEngine.open(tmp_path / "data", "fsync")
    world = await filled(engine, items=10)

    async def writer(number: int) -> None:
        chance = random.Random(number)
        for _ in range(25):
            name = f"p{chance.randrange(30)}"
            if chance.random() < 0.3:
                await delete(world, an_item(name))
            else:
                await put(world, an_item(name, g=f"g{chance.randrange(4)}"))

    async def adding() -> None:
        await world.call("UpdateTable", **CREATE)
        await world.tick()

    await asyncio.gather(*(writer(number) for number in range(8)), adding())
    await world.tick()
    assert (await state(world))[1] == "ACTIVE"
    await check_index(world)
    await engine.close()


@settings(max_examples=25)
@given(st.lists(st.integers(0, 40), max_size=3), st.booleans())
def test_a_killed_server_goes_on_where_it_stopped(stops: list[int], writing: bool) -> None:
    async def scenario() -> None:
        engine = MemoryEngine()
        world = await filled(engine)
        await world.call("UpdateTable", **CREATE)
        for steps in stops:
            for _ in range(steps):
                await runner.step(world.context)
            if writing:
                await put(world, an_item(f"p{steps}", g="moved"))
            world = await a_world(engine)
        await world.tick()
        assert (await state(world))[1] == "ACTIVE"
        await check_index(world)

    asyncio.run(scenario())


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@on_loop
async def test_whatever_fails_it_ends_well(after: bool) -> None:
    """Fail the n-th call of the engine, or lose its answer, for every n; then start again."""
    fail_at, reached_end = 0, False
    while not reached_end:
        fail_at += 1
        engine = MemoryEngine()
        await filled(engine, items=7)
        faulty = FaultyEngine(engine, fail_at, after=after)
        with suppress(InternalServerError):
            world = await a_world(faulty)
            await world.call("UpdateTable", **CREATE)
            await put(world, an_item("p3", g="moved"))
            await world.tick()
        reached_end = faulty.calls < fail_at
        world = await a_world(engine)
        await world.tick()
        if world.table().index("new") is not None:
            assert (await state(world))[1] == "ACTIVE"
            assert await check_index(world) == 7
    assert fail_at > 10


@on_loop
async def test_two_ticks_at_once_do_no_harm(tmp_path: Path) -> None:
    engine = LevelDBEngine.open(tmp_path / "data", "fsync")
    world = await filled(engine)
    await world.call("UpdateTable", **CREATE)
    await asyncio.gather(*(world.tick() for _ in range(4)))
    assert await check_index(world) == 20
    await engine.close()


@on_loop
async def test_it_can_be_given_up() -> None:
    world = await filled()
    await world.call("UpdateTable", **CREATE)
    for _ in range(3):
        await runner.step(world.context)
    index = world.table().index("new")
    assert index is not None
    await put(world, an_item("p99", g="g9"))
    answer = await world.call("UpdateTable", **DELETE)
    assert answer["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "DELETING"
    await world.tick()
    described = await world.describe()
    assert "GlobalSecondaryIndexes" not in described
    assert described["AttributeDefinitions"] == attributes(pk="S", sk="S")
    table = world.table()
    for leftover in (
        keyspace.index_rows(table.id, index.id),
        keyspace.job(table.id, b""),
        keyspace.statistic(table.id, index.id, b""),
    ):
        assert await rows(world, leftover) == []
    await world.call("UpdateTable", **CREATE)
    await world.tick()
    assert await check_index(world) == 21
    again = world.table().index("new")
    assert again is not None
    assert again.id != index.id
