"""UpdateTimeToLive and DescribeTimeToLive."""

from typing import Any

import pytest

from tests.storage.scenarios import on_loop
from tests.streams.world import World, a_world

ON = {"Enabled": True, "AttributeName": "ends"}
OFF = {"Enabled": False, "AttributeName": "ends"}


async def set_to(world: World, specification: dict[str, Any]) -> Any:
    return await world.call("UpdateTimeToLive", TableName="Music", TimeToLiveSpecification=specification)


async def refusal(world: World, specification: dict[str, Any]) -> str:
    error = await world.refused("UpdateTimeToLive", TableName="Music", TimeToLiveSpecification=specification)
    assert error.code == "ValidationException"
    return error.message


async def described(world: World) -> Any:
    return (await world.call("DescribeTimeToLive", TableName="Music"))["TimeToLiveDescription"]


@on_loop
async def test_from_off_to_on_and_off_again() -> None:
    world = await a_world()
    await world.create(None)
    assert await described(world) == {"TimeToLiveStatus": "DISABLED"}
    assert await set_to(world, ON) == {"TimeToLiveSpecification": ON}
    assert await described(world) == {"TimeToLiveStatus": "ENABLING", "AttributeName": "ends"}
    await world.tick()
    assert await described(world) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ends"}
    world.clock.advance(3600)
    assert await set_to(world, OFF) == {"TimeToLiveSpecification": OFF}
    assert await described(world) == {"TimeToLiveStatus": "DISABLED"}


@on_loop
async def test_a_setting_that_is_there_already_is_refused() -> None:
    world = await a_world()
    await world.create(None)
    assert await refusal(world, OFF) == "TimeToLive is already disabled"
    await set_to(world, ON)
    assert await refusal(world, ON) == "TimeToLive is already enabled"
    another = "TimeToLive is active on a different AttributeName: current AttributeName is ends"
    assert await refusal(world, ON | {"AttributeName": "other"}) == another
    assert await refusal(world, OFF | {"AttributeName": "other"}) == another


@on_loop
async def test_one_change_an_hour() -> None:
    world = await a_world()
    await world.create(None)
    await set_to(world, ON)
    world.clock.advance(3599)
    too_soon = "Time to live has been modified multiple times within a fixed interval"
    assert await refusal(world, OFF) == too_soon
    world.clock.advance(1)
    await set_to(world, OFF)
    assert await refusal(world, ON) == too_soon
    world.clock.advance(3600)
    await set_to(world, ON)


@pytest.mark.parametrize("operation", ["UpdateTimeToLive", "DescribeTimeToLive"])
@on_loop
async def test_a_table_that_is_not_there(operation: str) -> None:
    world = await a_world()
    members = {"TimeToLiveSpecification": ON} if operation == "UpdateTimeToLive" else {}
    error = await world.refused(operation, TableName="Music", **members)
    assert error.code == "ResourceNotFoundException"
    assert error.message == "Requested resource not found: Table: Music not found"
