"""What tables and indexes leave behind is deleted in steps."""

from pathlib import Path

import pytest

from dynalite.jobs import dropping, runner
from dynalite.storage import keyspace
from dynalite.storage.engine import Engine
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine
from tests.catalog.world import World, a_request, a_world, with_index
from tests.jobs.writing import PLENTY, an_item, put, rows
from tests.storage.scenarios import on_loop


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dropping, "_ROWS_PER_STEP", 10)


async def filled(engine: Engine, name: str = "Music", items: int = 25) -> World:
    world = await a_world(engine)
    await world.call("CreateTable", **with_index(TableName=name))
    for number in range(items):
        await put(world, an_item(f"p{number}", g="g"), name)
    return world


async def everything(world: World, space: bytes) -> int:
    """How many rows a whole space of the store has."""
    return len(await world.context.engine.scan(space, keyspace.after(space), limit=PLENTY, max_bytes=PLENTY))


@on_loop
async def test_a_table_is_gone_at_once_and_its_rows_in_steps() -> None:
    world = await filled(MemoryEngine())
    await world.call("DeleteTable", TableName="Music")
    assert (await world.call("ListTables"))["TableNames"] == []
    left = []
    while await runner.step(world.context):
        left.append(await everything(world, keyspace.DATA))
    assert left == [40, 30, 20, 10, 0]
    for space in (keyspace.DATA, keyspace.STATISTIC, keyspace.JOB, keyspace.CATALOG):
        assert await everything(world, space) == 0


@on_loop
async def test_a_killed_server_goes_on_dropping(tmp_path: Path) -> None:
    engine = LevelDBEngine.open(tmp_path / "data", "fsync")
    world = await filled(engine)
    await world.call("DeleteTable", TableName="Music")
    await runner.step(world.context)
    await engine.close()
    engine = LevelDBEngine.open(tmp_path / "data", "fsync")
    world = await a_world(engine)
    assert 0 < await everything(world, keyspace.DATA) < 50
    await world.tick()
    for space in (keyspace.DATA, keyspace.STATISTIC, keyspace.JOB):
        assert await everything(world, space) == 0
    await engine.close()


@on_loop
async def test_its_successor_and_its_neighbours_keep_theirs() -> None:
    engine = MemoryEngine()
    world = await filled(engine)
    await filled(engine, "Other", items=3)
    world = await a_world(engine)
    await world.call("DeleteTable", TableName="Music")
    await world.call("CreateTable", **a_request())
    await put(world, an_item("kept"))
    await world.tick()
    assert await everything(world, keyspace.DATA) == 3 + 3 + 1
    described = await world.describe()
    assert (described["ItemCount"], (await world.describe("Other"))["ItemCount"]) == (1, 3)


@on_loop
async def test_an_index_goes_and_its_table_stays() -> None:
    world = await filled(MemoryEngine())
    table = world.table()
    update = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-g"}}]}
    answer = await world.call("UpdateTable", TableName="Music", **update)
    assert answer["TableDescription"]["TableStatus"] == "UPDATING"
    await put(world, an_item("late", g="g"))
    await world.tick()
    assert await rows(world, keyspace.index_rows(table.id, table.indexes[0].id)) == []
    assert len(await rows(world, table.items_prefix)) == 26
    assert (await world.describe())["ItemCount"] == 26
