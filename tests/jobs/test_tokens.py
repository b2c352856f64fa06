"""Expired idempotency tokens are deleted, in bounded steps, and nothing else is."""

from typing import Any

import pytest

from dynalite.jobs import tokens
from dynalite.operations.tokens import Token, row
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Row
from dynalite.storage.memory import MemoryEngine
from tests.catalog.world import World, a_world
from tests.jobs.writing import rows
from tests.storage.scenarios import on_loop
from tests.storage.wrappers import StaleEngine

TEN_MINUTES = 600
PAUSE = 60


async def remember(world: World, *names: str) -> None:
    """Write tokens as a transaction does, at this moment."""
    batch = Batch()
    for name in names:
        token = Token(keyspace.token("account", "region", "api", name), b"digest")
        batch.put(token.key, row(token, world.context.clock.now(), []))
    await world.context.engine.update([], lambda _: (None, batch))


async def remembered(world: World) -> list[str]:
    return [key.rpartition(b"\x00")[2].decode() for key, _ in await rows(world, keyspace.TOKEN)]


@on_loop
async def test_a_token_goes_when_it_has_expired_and_not_before() -> None:
    world = await a_world()
    await remember(world, "a", "b")
    world.advance(TEN_MINUTES - 1)
    await remember(world, "c")
    await world.tick()
    assert await remembered(world) == ["a", "b", "c"]
    world.advance(PAUSE)
    await world.tick()
    assert await remembered(world) == ["c"]


@on_loop
async def test_all_of_them_are_looked_at_though_a_step_sees_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_ROWS_PER_STEP", 2)
    world = await a_world()
    await remember(world, *"acegi")
    world.advance(TEN_MINUTES)
    await remember(world, *"bdfh")
    steps = 0
    while await tokens.step(world.context):
        steps += 1
        assert len(await remembered(world)) >= 9 - 2 * steps
    assert steps == 5
    assert await remembered(world) == list("bdfh")


@on_loop
async def test_they_are_looked_at_once_a_minute() -> None:
    world = await a_world()
    await remember(world, "a")
    assert await tokens.step(world.context)
    assert not await tokens.step(world.context)
    world.advance(PAUSE - 1)
    assert not await tokens.step(world.context)
    world.advance(1)
    assert await tokens.step(world.context)


@on_loop
async def test_a_clock_that_was_set_back_does_not_stop_it() -> None:
    world = await a_world()
    await remember(world, "a")
    await tokens.step(world.context)
    world.advance(-86_400)
    await remember(world, "b")
    assert await tokens.step(world.context)
    world.advance(TEN_MINUTES)
    await world.tick()
    assert await remembered(world) == ["a"]


@on_loop
async def test_where_there_are_no_tokens_nothing_is_written() -> None:
    world = await a_world()
    assert not await tokens.step(world.context)
    assert await rows(world, keyspace.JOB) == []
    await remember(world, "a")
    world.advance(TEN_MINUTES)
    await world.tick()
    assert await remembered(world) == []
    assert len(await rows(world, keyspace.JOB)) == 1
    world.advance(PAUSE)
    await world.tick()
    assert await rows(world, keyspace.JOB) == []


@on_loop
async def test_a_token_that_came_to_life_again_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    world = await a_world()
    await remember(world, "a", "b")
    world.advance(TEN_MINUTES)
    engine = world.context.engine
    scan = engine.scan

    async def scan_then_revive(*arguments: Any, **named: Any) -> list[Row]:
        page = await scan(*arguments, **named)
        await remember(world, "b")
        return page

    monkeypatch.setattr(type(engine), "scan", lambda self, *a, **n: scan_then_revive(*a, **n))
    await tokens.step(world.context)
    monkeypatch.undo()
    assert await remembered(world) == ["b"]


@on_loop
async def test_an_engine_may_decide_twice() -> None:
    world = await a_world(StaleEngine(MemoryEngine()))
    await remember(world, "a")
    world.advance(TEN_MINUTES)
    await remember(world, "b")
    await world.tick()
    assert await remembered(world) == ["b"]
