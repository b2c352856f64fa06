"""The runner: when there is work, and that it leaves others their turn."""

import asyncio

import pytest

from dynalite.jobs import backfill, runner
from tests.catalog.world import a_request, a_world
from tests.jobs.test_backfill import CREATE
from tests.jobs.writing import an_item, put
from tests.storage.scenarios import on_loop


@on_loop
async def test_a_change_says_that_there_is_work() -> None:
    world = await a_world()
    await world.tick()
    work = world.context.catalog.work
    assert not work.is_set()
    await world.call("CreateTable", **a_request())
    assert work.is_set()
    await world.tick()
    await world.tick()
    assert not work.is_set()


@on_loop
async def test_a_tick_gives_way_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "_ITEMS_PER_PAGE", 1)
    monkeypatch.setattr(runner, "_ROUNDS_PER_TICK", 8)
    world = await a_world()
    await world.call("CreateTable", **a_request())
    for number in range(20):
        await put(world, an_item(f"p{number}", g="g"))
    await world.tick()
    await world.call("UpdateTable", **CREATE)
    turns = 0

    async def somebody_else() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    other = asyncio.create_task(somebody_else())
    ticks = 0
    while world.context.catalog.work.is_set():
        await world.tick()
        ticks += 1
    other.cancel()
    assert ticks > 2
    assert turns > 15
    assert world.table().indexes[0].status == "ACTIVE"


@on_loop
async def test_nothing_is_done_before_it_is_due() -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **a_request())
    await world.tick()
    (stored,) = world.context.catalog.stored()
    assert stored.status == "CREATING"
    world.advance(10)
    await world.tick()
    (stored,) = world.context.catalog.stored()
    assert stored.status == "ACTIVE"
