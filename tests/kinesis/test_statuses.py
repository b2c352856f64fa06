"""What is said of a destination as it comes and goes, and what may be asked of it in which state."""

import asyncio
from typing import Any

import pytest

from dynalite.errors import (
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from dynalite.settings import Settings
from dynalite.values.types import Request
from tests.kinesis.world import ARN, CHANGES, World, in_world
from tests.orders import TABLE

DAY = 86_400.0
MILLISECOND = {"ApproximateCreationDateTimePrecision": "MILLISECOND"}
MICROSECOND = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
PERMISSION = "User does not have a permission to use kinesis stream"
BELONGS = "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in "


def asked(operation: str, arn: str = CHANGES, /, **members: Any) -> tuple[str, dict[str, Any]]:
    return f"{operation}KinesisStreamingDestination", {"TableName": "Orders", "StreamArn": arn, **members}


async def refused(world: World, operation: str, arn: str = CHANGES, /, **members: Any) -> str:
    name, request = asked(operation, arn, **members)
    with pytest.raises(ValidationException) as raised:
        await world.ask(name, **request)
    return raised.value.message


async def enabled(world: World, arn: str) -> dict[str, Any]:
    """What becomes of a destination when it is no longer ENABLING."""
    name, request = asked("Enable", arn)
    await world.ask(name, **request)
    async with asyncio.timeout(10):
        while (entry := (await world.described())[0])["DestinationStatus"] == "ENABLING":
            await asyncio.sleep(0.001)
    return entry


@in_world
async def test_it_is_enabling_then_active_and_disabling_then_disabled(world: World) -> None:
    name, request = asked("Enable")
    answer = await world.ask(name, **request)
    assert answer == {**request, "DestinationStatus": "ENABLING", "EnableKinesisStreamingConfiguration": {}}
    assert await world.statuses() == {"changes": "ENABLING"}
    await world.until_status("ACTIVE")
    assert await world.described() == [{"StreamArn": CHANGES, "DestinationStatus": "ACTIVE"}]
    name, request = asked("Disable")
    answer = await world.ask(name, **request)
    assert answer == {**request, "DestinationStatus": "DISABLING"}
    assert await world.ask(name, **request) == answer, "asked again while it is DISABLING"
    await world.until_status("DISABLED")


@pytest.mark.parametrize(
    ("arn", "why"),
    [
        (f"{ARN}nowhere", PERMISSION),
        (f"{ARN}coming", PERMISSION),
        (CHANGES.replace("us-east-1", "eu-west-1"), f"{BELONGS}the current region"),
        (CHANGES.replace("000000000000", "111111111111"), f"{BELONGS}Active state"),
        ("arn:aws:dynamodb:us-east-1:000000000000:table/Orders", PERMISSION),
        (f"{CHANGES}/consumer/mine:1800000000", PERMISSION),
        ("a" * 37, PERMISSION),
    ],
)
def test_a_stream_that_cannot_be_had_shows_afterwards(arn: str, why: str) -> None:
    @in_world
    async def run(world: World) -> None:
        world.streams.statuses["coming"] = "CREATING"
        assert await enabled(world, arn) == {
            "StreamArn": arn,
            "DestinationStatus": "ENABLE_FAILED",
            "DestinationStatusDescription": why,
        }
        assert world.database.catalog.get("us-east-1", "Orders").log is None

    run()


@in_world
async def test_it_stays_enabling_while_the_server_cannot_be_reached(world: World) -> None:
    world.streams.away = True
    name, request = asked("Enable")
    await world.ask(name, **request)
    await world.put("a")
    await world.until(lambda: world.streams.asked > 0)
    assert await world.statuses() == {"changes": "ENABLING"}
    world.streams.away = False
    await world.advance(1)
    await world.until_status("ACTIVE")
    await world.caught_up()
    assert world.streams.seen == ["a"]


@in_world
async def test_one_is_on_and_those_that_are_not_stay_listed_the_newest_first(world: World) -> None:
    await enabled(world, f"{ARN}nowhere")
    await enabled(world, f"{ARN}nobody")
    await world.enable()
    words = await refused(world, "Enable", f"{ARN}others")
    assert words == (
        "Table is not in a valid state to enable Kinesis Streaming Destination:"
        " EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
    )
    assert await refused(world, "Enable") == words
    assert list((await world.statuses()).items()) == [
        ("changes", "ACTIVE"),
        ("nobody", "ENABLE_FAILED"),
        ("nowhere", "ENABLE_FAILED"),
    ]
    world.streams.statuses["nowhere"] = "ACTIVE"
    await world.disable()
    await world.until_status("DISABLED")
    await world.enable(f"{ARN}nowhere")
    assert list((await world.statuses()).items()) == [
        ("changes", "DISABLED"),
        ("nobody", "ENABLE_FAILED"),
        ("nowhere", "ACTIVE"),
    ]
    await world.advance(DAY)
    assert await world.statuses() == {"nowhere": "ACTIVE"}


@in_world
async def test_only_what_is_active_can_be_disabled(world: World) -> None:
    words = (
        "Table is not in a valid state to enable Kinesis Streaming Destination:"
        " KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
    )
    assert await refused(world, "Disable") == words
    await enabled(world, f"{ARN}nowhere")
    assert await refused(world, "Disable", f"{ARN}nowhere") == words
    world.streams.away = True
    name, request = asked("Enable")
    await world.ask(name, **request)
    assert await refused(world, "Disable") == words
    world.streams.away = False
    await world.advance(1)
    await world.until_status("ACTIVE")
    assert await refused(world, "Disable", EnableKinesisStreamingConfiguration=MICROSECOND) == (
        "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
    )
    await world.disable()
    await world.until_status("DISABLED")
    assert await refused(world, "Disable") == words


@in_world
async def test_the_precision_changes_and_is_forgotten_when_it_is_enabled_anew(world: World) -> None:
    await world.enable()
    name, request = asked("Update", UpdateKinesisStreamingConfiguration=MICROSECOND)
    assert await world.ask(name, **request) == {**request, "DestinationStatus": "UPDATING"}
    assert await world.described() == [
        {"StreamArn": CHANGES, "DestinationStatus": "ACTIVE", **MICROSECOND},
    ]
    await world.disable()
    await world.until_status("DISABLED")
    await world.enable()
    assert await world.described() == [{"StreamArn": CHANGES, "DestinationStatus": "ACTIVE"}]


@in_world
async def test_a_precision_that_is_set_already_is_refused_also_when_it_is_the_default(world: World) -> None:
    await world.enable()
    table = world.database.catalog.get("us-east-1", "Orders")
    for precision in (MILLISECOND, MICROSECOND):
        if precision is MICROSECOND:
            name, request = asked("Update", UpdateKinesisStreamingConfiguration=precision)
            await world.ask(name, **request)
        assert await refused(world, "Update", UpdateKinesisStreamingConfiguration=precision) == (
            "Invalid Request: Precision is already set to the desired value of"
            f" {precision['ApproximateCreationDateTimePrecision']} for tableId: {table.uuid},"
            f" kdsArn: {CHANGES}"
        )


@in_world
async def test_the_precision_changes_three_times_in_a_day(world: World) -> None:
    await world.enable()
    for precision in (MICROSECOND, MILLISECOND, MICROSECOND):
        name, request = asked("Update", UpdateKinesisStreamingConfiguration=precision)
        await world.ask(name, **request)
        await world.advance(60)
    name, request = asked("Update", UpdateKinesisStreamingConfiguration=MILLISECOND)
    with pytest.raises(LimitExceededException, match="3 times in 24 hours"):
        await world.ask(name, **dict(request))
    await world.advance(DAY - 180)
    await world.ask(name, **request)


@in_world
async def test_an_update_needs_a_precision_and_an_active_destination(world: World) -> None:
    without: tuple[Request, ...] = ({}, {"UpdateKinesisStreamingConfiguration": {}})
    for members in without:
        assert await refused(world, "Update", **members) == (
            "Streaming destination cannot be updated with given parameters:"
            " UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
        )
    wanted = {"UpdateKinesisStreamingConfiguration": MICROSECOND}
    assert await refused(world, "Update", **wanted) == (
        "Table is not in a valid state to enable Kinesis Streaming Destination: No streaming destination with"
        f" streamArn: {CHANGES} found for table with tableName: Orders"
    )
    await enabled(world, f"{ARN}nowhere")
    assert (await refused(world, "Update", f"{ARN}nowhere", **wanted)).startswith(
        "Table is not in a valid state to enable Kinesis Streaming Destination: Kinesis streaming is not in"
        " ACTIVE state. Updates are only allowed in ACTIVE state"
    )


@in_world
async def test_a_stream_that_goes_leaves_its_destination_active(world: World) -> None:
    await world.enable()
    del world.streams.statuses["changes"]
    await world.put("a")
    await world.until(lambda: world.streams.asked > 1)
    assert await world.described() == [{"StreamArn": CHANGES, "DestinationStatus": "ACTIVE"}]
    world.streams.statuses["changes"] = "ACTIVE"
    await world.advance(1)
    await world.caught_up()
    assert world.streams.seen == ["a"]


@in_world
async def test_a_table_that_is_not_there(world: World) -> None:
    for operation, members in (
        ("Enable", {}),
        ("Disable", {}),
        ("Update", {"UpdateKinesisStreamingConfiguration": MICROSECOND}),
    ):
        name, request = asked(operation, **members)
        with pytest.raises(
            ResourceNotFoundException, match="Requested resource not found: Table: No not found"
        ):
            await world.ask(name, **request | {"TableName": "No"})
    with pytest.raises(ResourceNotFoundException, match="Requested resource not found: Table: No not found"):
        await world.ask("DescribeKinesisStreamingDestination", TableName="No")


def test_transitions_take_as_long_as_the_server_is_told() -> None:
    async def run() -> None:
        world = await World(Settings(kinesis_endpoint="http://nowhere", transition_seconds=10)).open()
        await world.ask("CreateTable", **TABLE)
        name, request = asked("Enable")
        with pytest.raises(ResourceInUseException, match="Table is being created: Orders"):
            await world.ask(name, **dict(request))
        await world.advance(10)
        await world.ask(name, **request)
        for _ in range(50):
            await asyncio.sleep(0)
        assert await world.statuses() == {"changes": "ENABLING"}
        await world.advance(10)
        await world.until_status("ACTIVE")
        name, request = asked("Update", UpdateKinesisStreamingConfiguration=MICROSECOND)
        await world.ask(name, **request)
        assert await world.described() == [
            {"StreamArn": CHANGES, "DestinationStatus": "UPDATING", **MICROSECOND},
        ]
        assert "must be ACTIVE to perform DISABLE" in await refused(world, "Disable")
        await world.advance(10)
        await world.until_status("ACTIVE")
        await world.disable()
        for _ in range(50):
            await asyncio.sleep(0)
        assert await world.statuses() == {"changes": "DISABLING"}
        await world.advance(10)
        await world.until_status("DISABLED")
        await world.close()

    asyncio.run(run())


def test_without_a_kinesis_server_it_fails_as_for_a_stream_that_is_not_there_and_says_why() -> None:
    async def run() -> None:
        world = await World(Settings(transition_seconds=3)).open()
        await world.feeders.stop()
        await world.ask("CreateTable", **TABLE)
        await world.advance(3)
        name, request = asked("Enable")
        assert (await world.ask(name, **request))["DestinationStatus"] == "ENABLING"
        assert await world.described() == [{"StreamArn": CHANGES, "DestinationStatus": "ENABLING"}]
        assert "must be DISABLED or ENABLE_FAILED" in await refused(world, "Enable")
        assert "must be ACTIVE" in await refused(world, "Disable")
        await world.advance(3)
        (entry,) = await world.described()
        assert entry["DestinationStatus"] == "ENABLE_FAILED"
        assert "--kinesis-endpoint" in entry["DestinationStatusDescription"]
        table = world.database.catalog.existing("us-east-1", "Orders")
        assert not any(shard.end is None for shard in table.shards), "nothing is logged for nobody"
        assert (await world.ask(name, **request))["DestinationStatus"] == "ENABLING"
        await world.close()

    asyncio.run(run())
