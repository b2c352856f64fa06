"""The catalog: who sees a table when, by which name, and what is still there after a restart."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from dynalite.catalog.schema import Table
from dynalite.errors import (
    AccessDeniedException,
    ResourceNotFoundException,
    ServiceError,
    ValidationException,
)
from dynalite.storage.engine import Engine
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine
from tests.catalog.world import ACCOUNT, REGION, World, a_request, a_world, elsewhere, provisioned, with_index
from tests.storage.scenarios import on_loop
from tests.storage.wrappers import FaultyEngine, StaleEngine

ARN = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/Music"


def sees(world: World) -> bool:
    """Whether reads and writes of items find the table."""
    try:
        world.context.catalog.get(REGION, "Music")
    except ResourceNotFoundException:
        return False
    return True


@on_loop
async def test_a_table_that_items_do_not_find_is_not_named() -> None:
    world = await a_world()
    with pytest.raises(ResourceNotFoundException, match=r"^Requested resource not found$"):
        world.context.catalog.get(REGION, "Music")


@on_loop
async def test_items_find_a_table_from_active_to_deleting() -> None:
    world = await a_world(transition_seconds=10)
    assert not sees(world)
    await world.call("CreateTable", **a_request())
    assert not sees(world)
    world.advance(10)
    assert sees(world)
    await world.call("UpdateTable", TableName="Music", TableClass="STANDARD_INFREQUENT_ACCESS")
    assert (await world.describe())["TableStatus"] == "UPDATING"
    assert sees(world)
    world.advance(10)
    await world.call("DeleteTable", TableName="Music")
    assert not sees(world)
    assert (await world.call("ListTables"))["TableNames"] == ["Music"]
    world.advance(10)
    assert (await world.call("ListTables"))["TableNames"] == []


@on_loop
async def test_a_table_may_be_made_again_the_moment_it_is_gone() -> None:
    world = await a_world()
    await world.call("CreateTable", **a_request())
    first = world.table()
    await world.call("DeleteTable", TableName="Music")
    await world.call("CreateTable", **a_request())
    second = world.table()
    assert first.id != second.id
    assert first.uuid != second.uuid
    await world.tick()
    assert world.table().id == second.id


@on_loop
async def test_an_arn_is_as_good_as_a_name() -> None:
    world = await a_world()
    await world.call("CreateTable", **a_request())
    assert world.table(ARN) == world.table()
    assert (await world.describe(ARN))["TableName"] == "Music"
    await world.call("UpdateTable", TableName=ARN, DeletionProtectionEnabled=False)
    await world.call("DeleteTable", TableName=ARN)
    error = await world.refused("DescribeTable", TableName=ARN)
    assert error.message == "Requested resource not found: Table: Music not found"


@pytest.mark.parametrize(
    ("arn", "error", "message"),
    [
        (
            ARN.replace(REGION, "us-west-2"),
            ValidationException,
            "1 validation error detected: Invalid AWS region in "
            f"'arn:aws:dynamodb:us-west-2:{ACCOUNT}:table/Music'",
        ),
        (
            ARN.replace(":table/", ":stream/"),
            ValidationException,
            f"1 validation error detected: Invalid resource type in"
            f" 'arn:aws:dynamodb:{REGION}:{ACCOUNT}:stream/Music'",
        ),
        (
            ARN.replace("arn:aws:", "arn:aws-cn:"),
            ValidationException,
            "1 validation error detected: Invalid AWS partition in "
            f"'arn:aws-cn:dynamodb:{REGION}:{ACCOUNT}:table/Music'",
        ),
        (ARN.replace(ACCOUNT, "999999999999"), AccessDeniedException, None),
        ("arn:aws:dynamodb", ValidationException, None),
    ],
    ids=["region", "resource", "partition", "account", "half"],
)
@on_loop
async def test_an_arn_from_elsewhere_is_refused(
    arn: str, error: type[ServiceError], message: str | None
) -> None:
    world = await a_world()
    with pytest.raises(error) as refusal:
        world.context.catalog.get(REGION, arn)
    assert message is None or refusal.value.message == message


@pytest.mark.parametrize(
    "name", ["a b", "ab", "ü-Music", "a" * 256], ids=["space", "short", "letter", "long"]
)
@on_loop
async def test_a_name_that_no_table_may_have_is_no_better_in_an_arn(name: str) -> None:
    world = await a_world()
    arn = ARN.replace("Music", name)
    for operation, request in (
        ("CreateTable", a_request(TableName=arn)),
        ("DescribeTable", {"TableName": arn}),
    ):
        error = await world.refused(operation, **request)
        assert type(error) is ValidationException
        assert error.message == f"1 validation error detected: Invalid table name in '{arn}'"
    assert (await world.call("ListTables"))["TableNames"] == []


# ------------------------------------------------------------------ ids


@on_loop
async def test_ids_are_never_used_again() -> None:
    engine = MemoryEngine()
    drawn = []
    for _ in range(3):
        world = await a_world(engine)
        drawn += [await world.context.catalog.new_id() for _ in range(70)]
    assert len(set(drawn)) == len(drawn)


@on_loop
async def test_ids_drawn_at_once_differ(tmp_path: Path) -> None:
    engine = LevelDBEngine.open(tmp_path / "data", "fsync")
    world = await a_world(engine)
    drawn = await asyncio.gather(*(world.context.catalog.new_id() for _ in range(200)))
    assert len(set(drawn)) == 200
    await engine.close()


# ------------------------------------------------------------------ changes at once, changes that fail


@on_loop
async def test_of_two_creations_at_once_one_wins(tmp_path: Path) -> None:
    engine = LevelDBEngine.open(tmp_path / "data", "fsync")
    world = await a_world(engine)
    outcomes = await asyncio.gather(
        *(world.call("CreateTable", **a_request()) for _ in range(8)), return_exceptions=True
    )
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert len(refusals) == 7
    assert {str(refusal) for refusal in refusals} == {"Table already exists: Music"}
    await engine.close()


@on_loop
async def test_changes_at_once_lose_nothing(tmp_path: Path) -> None:
    engine = LevelDBEngine.open(tmp_path / "data", "fsync")
    world = await a_world(engine)
    await world.call("CreateTable", **provisioned())

    async def add_unit() -> None:
        def more(table: Table | None) -> tuple[None, Table]:
            assert table is not None
            units = replace(table.throughput, read_units=table.throughput.read_units + 1)
            return None, replace(table, throughput=units)

        await world.context.catalog.change(REGION, "Music", more)

    await asyncio.gather(*(add_unit() for _ in range(20)))
    assert world.table().throughput.read_units == 25
    await engine.close()


@on_loop
async def test_a_change_is_decided_when_the_one_before_it_is_visible(tmp_path: Path) -> None:
    """Or a backfill could begin while writers decide without knowing of the index."""
    engine = LevelDBEngine.open(tmp_path / "data", "fsync")
    world = await a_world(engine)
    await world.call("CreateTable", **a_request())
    await world.tick()

    async def protect() -> None:
        def decide(table: Table | None) -> tuple[None, Table]:
            assert table is not None
            assert table == world.table()
            return None, replace(table, deletion_protection=not table.deletion_protection)

        await world.context.catalog.change(REGION, "Music", decide)

    await asyncio.gather(protect(), protect())
    await engine.close()


async def _whose_first_write_fails(engine: Engine) -> World:
    """A database with a table."""
    await (await a_world(engine)).call("CreateTable", **a_request())
    return await a_world(FaultyEngine(engine, 5))  # four calls load the catalog


@on_loop
async def test_a_change_that_does_not_reach_the_disk_is_not_seen() -> None:
    engine = MemoryEngine()
    broken = await _whose_first_write_fails(engine)
    error = await broken.refused("DeleteTable", TableName="Music")
    assert error.code == "InternalServerError"
    assert broken.table().status == "ACTIVE"
    assert (await a_world(engine)).table().status == "ACTIVE"


@on_loop
async def test_what_cannot_be_cleared_is_still_there() -> None:
    """Every table was gone from memory, though reads go on when nothing is written any more."""
    broken = await _whose_first_write_fails(MemoryEngine())
    with pytest.raises(ServiceError):
        await broken.context.catalog.clear()
    assert broken.table().status == "ACTIVE"


@on_loop
async def test_a_change_may_be_decided_twice() -> None:
    world = await a_world(StaleEngine(MemoryEngine()))
    await world.call("CreateTable", **with_index())
    await world.call("UpdateTable", TableName="Music", DeletionProtectionEnabled=True)
    assert (await world.refused("DeleteTable", TableName="Music")).code == "ValidationException"
    await world.call("UpdateTable", TableName="Music", DeletionProtectionEnabled=False)
    await world.call("DeleteTable", TableName="Music")
    await world.tick()
    assert (await world.call("ListTables"))["TableNames"] == []


# ------------------------------------------------------------------ restart


@pytest.mark.parametrize("kind", ["memory", "leveldb"])
@on_loop
async def test_a_restart_forgets_nothing(kind: str, tmp_path: Path) -> None:
    def opened(engine: Engine | None) -> Engine:
        if kind == "leveldb":
            return LevelDBEngine.open(tmp_path / "data", "fsync")
        return engine or MemoryEngine()

    engine = opened(None)
    world = await a_world(engine)
    await world.call("CreateTable", **provisioned(Tags=[{"Key": "a", "Value": "b"}]))
    await elsewhere(world, "ap-south-1").call("CreateTable", **with_index())
    before = await world.describe()
    if kind == "leveldb":
        await engine.close()
    engine = opened(engine)
    world = await a_world(engine)
    assert await world.describe() == before
    assert world.table().settings["Tags"] == [{"Key": "a", "Value": "b"}]
    assert (await elsewhere(world, "ap-south-1").describe())["TableStatus"] == "ACTIVE"
    await engine.close()


@on_loop
async def test_a_status_ends_while_the_server_is_down() -> None:
    engine = MemoryEngine()
    world = await a_world(engine, transition_seconds=10)
    await world.call("CreateTable", **a_request())
    later = await a_world(engine)
    assert later.context.catalog.existing(REGION, "Music").status == "CREATING"
    later.advance(10)
    assert later.table().status == "ACTIVE"


@on_loop
async def test_what_time_has_done_is_written_down() -> None:
    world = await a_world()
    await world.call("CreateTable", **a_request())
    (stored,) = world.context.catalog.stored()
    assert stored.status == "CREATING"
    await world.tick()
    (stored,) = world.context.catalog.stored()
    assert (stored.status, stored.due_at) == ("ACTIVE", None)
    world.context.clock.advance(-3600)  # and stays so, whatever the clock does
    assert world.table().status == "ACTIVE"
