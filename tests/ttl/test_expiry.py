"""Items that expire, on a clock that the tests move."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.clock import Clock
from dynalite.errors import InternalServerError
from dynalite.jobs import expiry, expiry_rows, runner
from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.storage.engine import Engine, Row, decode_counter
from dynalite.storage.memory import MemoryEngine
from tests.storage.scenarios import on_loop
from tests.storage.wrappers import FaultyEngine, StaleEngine
from tests.streams.world import START, World, a_world, on_disk, reopened

NOW = int(START)
YEAR = 365 * 24 * 3600
ON = {"Enabled": True, "AttributeName": "ends"}
PLENTY = 1_000_000


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_ITEMS_PER_STEP", 3)
    monkeypatch.setattr(expiry_rows, "_ITEMS_PER_PAGE", 3)


async def enable(world: World) -> None:
    await world.call("UpdateTimeToLive", TableName="Music", TimeToLiveSpecification=ON)


async def expiring(engine: Engine | None = None, delay_seconds: float = 0) -> World:
    world = await reopened(
        engine or MemoryEngine(), settings=Settings(stream_shards=2, ttl_delay_seconds=delay_seconds)
    )
    await world.create()
    await enable(world)
    await world.tick()
    return world


def number(value: object) -> dict[str, str]:
    return {"N": str(value)}


async def ids(world: World) -> set[str]:
    found = await world.call("Scan", TableName="Music")
    return {item["id"]["S"] for item in found["Items"]}


async def rows(world: World) -> int:
    """How many rows there are in the order of expiry."""
    return len(
        await world.database.engine.scan(
            keyspace.EXPIRY, keyspace.after(keyspace.EXPIRY), limit=PLENTY, max_bytes=PLENTY
        )
    )


@on_loop
async def test_an_item_goes_when_its_second_has_come() -> None:
    world = await expiring()
    await world.put("a", ends=number(NOW + 100))
    world.clock.advance(99)
    await world.tick()
    assert await ids(world) == {"a"}
    world.clock.advance(1)
    assert await ids(world) == {"a"}  # readable until it is swept
    await world.tick()
    assert await ids(world) == set()


@on_loop
async def test_the_delay_is_waited_for() -> None:
    world = await expiring(delay_seconds=5)
    await world.put("a", ends=number(NOW + 100))
    world.clock.advance(104)
    await world.tick()
    assert await ids(world) == {"a"}
    world.clock.advance(1)
    await world.tick()
    assert await ids(world) == set()


@pytest.mark.parametrize(
    ("value", "goes"),
    [
        (number(NOW), True),
        (number(NOW - YEAR), True),
        (number(f"{NOW - 1}.5"), True),
        (number("1.8E+9"), True),
        (number(NOW - 5 * YEAR), True),
        (number(NOW - 5 * YEAR - 1), False),
        (number(0), False),
        (number(-5), False),
        (number(NOW * 1000), False),  # milliseconds
        (number("9E+125"), False),
        (number("1E-130"), False),
        ({"S": str(NOW)}, False),
        ({"NS": [str(NOW)]}, False),
        ({"M": {"ends": number(NOW)}}, False),
    ],
)
@on_loop
async def test_which_values_count(value: Any, goes: bool) -> None:
    world = await expiring()
    await world.put("a", ends=value)
    await world.tick()
    assert await ids(world) == (set() if goes else {"a"})


@on_loop
async def test_a_late_write_saves_the_item() -> None:
    world = await expiring()
    for id_ in "abc":
        await world.put(id_, ends=number(NOW + 100))
    world.clock.advance(200)
    await world.put("a", ends=number(NOW + 300))
    await world.put("b")
    await world.tick()
    assert await ids(world) == {"a", "b"}
    assert await rows(world) == 1


@on_loop
async def test_a_write_into_the_past_is_met_although_the_sweep_has_been_there() -> None:
    world = await expiring()
    await world.put("a", ends=number(NOW - 10))
    await world.tick()
    for seconds_ago in (1, 10, 100_000):
        await world.put("b", ends=number(NOW - seconds_ago))
        assert await ids(world) == {"b"}
        await world.tick()
        assert await ids(world) == set()


@on_loop
async def test_a_clock_set_back_hides_nothing() -> None:
    world = await expiring()
    world.clock.advance(YEAR)
    await world.put("a", ends=number(NOW + YEAR))
    await world.tick()
    world.clock.advance(-YEAR)
    await world.tick()
    await world.put("b", ends=number(NOW + 1000))
    world.clock.advance(YEAR)
    await world.tick()
    assert await ids(world) == set()


class SetBack(MemoryEngine):
    """Sets a clock back whenever it is read in pages."""

    clock: Clock | None = None

    async def scan(
        self, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool = False
    ) -> list[Row]:
        if self.clock is not None:
            self.clock.advance(-10)
        return await super().scan(start, stop, limit=limit, max_bytes=max_bytes, reverse=reverse)


@on_loop
async def test_nothing_is_recorded_as_deleted_before_it_expired_by_a_clock_set_back_in_a_sweep() -> None:
    engine = SetBack()
    world = await expiring(engine)
    await world.put("a", ends=number(NOW + 1000))
    world.clock.advance(1000)
    engine.clock = world.clock
    await expiry.step(world.database.context(""))
    engine.clock = None
    removed = (await world.records(await world.arn()))[-1]
    assert removed["eventName"] == "REMOVE"
    assert removed["dynamodb"]["ApproximateCreationDateTime"] == NOW + 1000


@on_loop
async def test_the_stream_says_who_deleted_it() -> None:
    world = await expiring()
    await world.put("a", ends=number(NOW))
    await world.put("b")
    await world.tick()
    await world.delete("b")
    found = await world.records(await world.arn())
    removed = {r["dynamodb"]["Keys"]["id"]["S"]: r for r in found if r["eventName"] == "REMOVE"}
    service = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert removed["a"]["userIdentity"] == service
    assert "userIdentity" not in removed["b"]
    assert removed["a"]["dynamodb"]["OldImage"]["ends"] == number(NOW)


@on_loop
async def test_indexes_and_figures_follow() -> None:
    world = await a_world()
    await world.create(
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    await enable(world)
    for id_ in "abcdefg":
        await world.put(id_, g={"S": "g"}, ends=number(NOW if id_ < "e" else NOW + 9))
    await world.tick()
    table = (await world.call("DescribeTable", TableName="Music"))["Table"]
    assert (table["ItemCount"], table["GlobalSecondaryIndexes"][0]["ItemCount"]) == (3, 3)
    assert (await world.call("Scan", TableName="Music", IndexName="by-g"))["Count"] == 3


# ------------------------------------------------------------------ enabling


@on_loop
async def test_items_from_before_are_entered_in_steps() -> None:
    world = await a_world()
    await world.create()
    for id_ in "abcdefghij":
        await world.put(id_, ends=number(NOW + ord(id_)))
    await enable(world)
    world.clock.advance(1000)
    context = world.database.context("")
    await runner.step(context)
    await runner.step(context)
    assert await ids(world)
    await world.tick()
    assert await ids(world) == set()


@on_loop
async def test_what_was_changed_while_it_was_off_is_judged_as_it_is() -> None:
    world = await expiring()
    for id_ in "ab":
        await world.put(id_, ends=number(NOW + 10_000))
    world.clock.advance(3600)
    await world.call("UpdateTimeToLive", TableName="Music", TimeToLiveSpecification=ON | {"Enabled": False})
    await world.put("a", ends=number(NOW + 9_000))  # no row is moved now
    await world.put("b", ends=number(NOW + YEAR))
    world.clock.advance(3600)
    await enable(world)
    world.clock.advance(3000)
    await world.tick()
    assert await ids(world) == {"b"}
    removals = [r for r in await world.records(await world.arn()) if r["eventName"] == "REMOVE"]
    assert len(removals) == 1
    assert await rows(world) == 1


@on_loop
async def test_rows_of_dropped_tables_go_when_their_time_comes() -> None:
    world = await expiring()
    await world.put("a", ends=number(NOW + 100))
    await world.call("DeleteTable", TableName="Music")
    await world.tick()
    await world.create()
    await world.put("a", ends=number(NOW + 100))
    world.clock.advance(100)
    await world.tick()
    assert await ids(world) == {"a"}  # the new table has no TTL
    assert await rows(world) == 0


# ------------------------------------------------------------------ crashes


async def consistent(world: World, expected: set[str]) -> None:
    """The items, the figures, the rows and the stream tell the same story."""
    assert await ids(world) == expected
    table = world.database.catalog.get(world.region, "Music")
    counter = keyspace.statistic(table.id, keyspace.NO_INDEX, keyspace.ITEM_COUNT)
    assert decode_counter((await world.database.engine.read([counter]))[0]) == len(expected)
    removals = [r for r in await world.records(await world.arn()) if r["eventName"] == "REMOVE"]
    assert len({r["dynamodb"]["Keys"]["id"]["S"] for r in removals}) == len(removals) == 10
    assert await rows(world) == len(expected)


@pytest.mark.parametrize("after", [False, True])
@on_loop
async def test_a_sweep_that_fails_anywhere_is_gone_on_with(after: bool) -> None:
    fail_at = 1
    while True:
        engine = MemoryEngine()
        world = await expiring(engine)
        for position in range(12):
            await world.put(f"p{position}", ends=number(NOW + position))
        world.clock.advance(9)
        faulty = FaultyEngine(engine, fail_at + 4, after=after)  # four calls load the catalog
        broken = await reopened(faulty, world.clock, world.database.settings)
        with suppress(InternalServerError):
            await broken.tick()
        again = await reopened(engine, world.clock, world.database.settings)
        await again.tick()
        await consistent(again, {"p10", "p11"})
        if faulty.calls < fail_at + 3:
            return
        fail_at += 1


@on_loop
async def test_a_sweep_goes_on_after_a_restart(tmp_path: Path) -> None:
    engine = on_disk(tmp_path)
    world = await expiring(engine)
    for position in range(12):
        await world.put(f"p{position}", ends=number(NOW + position))
    world.clock.advance(9)
    await runner.step(world.database.context(""))
    assert len(await ids(world)) == 9
    await engine.close()
    engine = on_disk(tmp_path)
    world = await reopened(engine, world.clock, world.database.settings)
    await world.tick()
    await consistent(world, {"p10", "p11"})
    await engine.close()


# ------------------------------------------------------------------ against the naive rule

names = st.sampled_from("abcd")
plans = st.lists(
    st.tuples(st.just("put"), names, st.none() | st.integers(-200, 400))
    | st.tuples(st.just("delete"), names)
    | st.tuples(st.just("wait"), st.integers(-50, 200))
    | st.tuples(st.sampled_from(["tick", "restart"])),
    max_size=30,
)


@settings(max_examples=100)
@given(plans, st.booleans())
def test_what_is_left_is_what_has_not_expired(plan: list[tuple[Any, ...]], stale: bool) -> None:
    async def run() -> None:
        engine: Engine = MemoryEngine()
        if stale:
            engine = StaleEngine(engine)
        world = await expiring(engine)
        ends: dict[str, int | None] = {}
        for step in plan:
            match step:
                case ("put", id_, second):
                    ends[id_] = None if second is None else NOW + second
                    await world.put(id_, **({} if second is None else {"ends": number(NOW + second)}))
                case ("delete", id_):
                    ends.pop(id_, None)
                    await world.delete(id_)
                case ("wait", seconds):
                    await world.tick()
                    ends = _alive(ends, world)
                    world.clock.advance(seconds)
                    await world.tick()
                    ends = _alive(ends, world)
                case ("tick",):
                    await world.tick()
                    ends = _alive(ends, world)
                    assert await ids(world) == ends.keys()
                case ("restart",):
                    database = world.database
                    world = await reopened(database.engine, database.clock, database.settings)
        await world.tick()
        ends = _alive(ends, world)
        assert await ids(world) == ends.keys()
        assert await rows(world) == sum(second is not None for second in ends.values())

    asyncio.run(run())


def _alive(ends: dict[str, int | None], world: World) -> dict[str, int | None]:
    return {id_: end for id_, end in ends.items() if end is None or end > world.clock.now()}
