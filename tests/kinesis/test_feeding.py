"""What a Kinesis stream gets, in which order, and when: from a server that is away, refuses and forgets."""

import asyncio
import random
from itertools import pairwise
from typing import Any

from dynalite.settings import Settings
from tests.kinesis.world import CHANGES, Streams, World, in_world, twice
from tests.orders import START, TABLE

DAY = 86_400.0
OTHERS = CHANGES.replace("changes", "others")


@in_world
async def test_a_change_arrives_as_the_service_writes_it(world: World) -> None:
    await world.enable()
    world.clock.set(START + 0.25)
    await world.put("a", n=1)
    await world.put("a", n=20)
    await world.ask("DeleteItem", TableName="Orders", Key={"id": {"S": "a"}})
    await world.caught_up()
    first, second, third = world.streams.records
    event = first.pop("eventID")
    assert [len(part) for part in event.split("-")] == [8, 4, 4, 4, 12]
    new, newer = {"id": {"S": "a"}, "n": {"N": "1"}}, {"id": {"S": "a"}, "n": {"N": "20"}}
    at = {"ApproximateCreationDateTime": int(START * 1000) + 250, "Keys": {"id": {"S": "a"}}}
    assert first == {
        "awsRegion": "us-east-1",
        "eventName": "INSERT",
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": "Orders",
        "dynamodb": at | {"NewImage": new, "SizeBytes": 9},
        "eventSource": "aws:dynamodb",
    }
    assert (second["eventName"], second["dynamodb"]) == (
        "MODIFY",
        at | {"NewImage": newer, "OldImage": new, "SizeBytes": 15},
    )
    assert (third["eventName"], third["dynamodb"]) == ("REMOVE", at | {"OldImage": newer, "SizeBytes": 9})
    assert len({event, second["eventID"], third["eventID"]}) == 3


@in_world
async def test_times_are_in_microseconds_where_that_is_asked_for(world: World) -> None:
    precise = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    await world.enable(EnableKinesisStreamingConfiguration=precise)
    world.clock.set(START + 0.250001)
    await world.put("a")
    await world.caught_up()
    change = world.streams.records[0]["dynamodb"]
    assert change["ApproximateCreationDateTime"] == int((START + 0.250001) * 1_000_000)
    assert change["ApproximateCreationDateTimePrecision"] == "MICROSECOND"


@in_world
async def test_what_time_to_live_deletes_names_who_did_it(world: World) -> None:
    specification = {"Enabled": True, "AttributeName": "n"}
    await world.ask("UpdateTimeToLive", TableName="Orders", TimeToLiveSpecification=specification)
    await world.advance(0)
    await world.enable()
    await world.put("a", n=int(START) + 10)
    await world.advance(100)
    await world.caught_up()
    assert [record["eventName"] for record in world.streams.records] == ["INSERT", "REMOVE"]
    assert world.streams.records[1]["userIdentity"] == {
        "principalId": "dynamodb.amazonaws.com",
        "type": "Service",
    }


@in_world
async def test_a_destination_gets_what_is_changed_while_it_is_on(world: World) -> None:
    await world.put("before")
    await world.enable()
    await world.put("during")
    await world.caught_up()
    await world.disable()
    await world.put("after")
    await world.until_status("DISABLED")
    await world.enable()
    await world.put("again")
    await world.caught_up()
    assert world.streams.seen == ["during", "again"]


@in_world
async def test_a_table_whose_destination_is_off_writes_no_log(world: World) -> None:
    await world.put("a")
    assert world.database.catalog.get("us-east-1", "Orders").log is None
    await world.enable()
    assert world.database.catalog.get("us-east-1", "Orders").log is not None
    await world.disable()
    assert world.database.catalog.get("us-east-1", "Orders").log is None


@in_world
async def test_what_was_written_before_disabling_is_delivered_while_it_is_disabling(world: World) -> None:
    await world.enable()
    world.streams.away = True
    await world.put("a")
    await world.disable()
    assert await world.statuses() == {"changes": "DISABLING"}
    world.streams.away = False
    await world.advance(61)
    await world.until_status("DISABLED")
    assert world.streams.seen == ["a"]


@in_world
async def test_disabling_does_not_wait_for_ever(world: World) -> None:
    await world.enable()
    world.streams.away = True
    await world.put("a")
    await world.disable()
    await world.advance(301)
    assert await world.statuses() == {"changes": "DISABLED"}
    world.streams.away = False
    await world.enable(OTHERS)
    await world.put("b")
    await world.caught_up()
    assert world.streams.seen[-1] == "b"


@in_world
async def test_the_tables_own_stream_goes_on_and_off_and_nothing_is_missed(world: World) -> None:
    await world.enable()
    for number in range(1, 9):
        await world.put("a", "b", "c", n=number)
        await world.set_stream(number % 2 == 1)
    await world.caught_up()
    for name in "abc":
        assert world.streams.of_item(name) == list(range(1, 9))


@in_world
async def test_a_stream_of_the_table_shows_what_it_always_did(world: World) -> None:
    await world.set_stream(True)
    await world.put("a")
    await world.enable()
    await world.put("b")
    arn = (await world.ask("DescribeTable", TableName="Orders"))["Table"]["LatestStreamArn"]
    description = (await world.ask("DescribeStream", StreamArn=arn))["StreamDescription"]
    seen = []
    for shard in description["Shards"]:
        place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = (await world.ask("GetShardIterator", **place))["ShardIterator"]
        records = (await world.ask("GetRecords", ShardIterator=iterator))["Records"]
        seen += [record["dynamodb"]["Keys"]["id"]["S"] for record in records]
        assert all("NewImage" not in record["dynamodb"] for record in records)
    assert sorted(seen) == ["a", "b"]


@in_world
async def test_an_outage_delays_and_loses_nothing(world: World) -> None:
    await world.enable()
    await world.put("a", n=1)
    await world.caught_up()
    world.streams.away = True
    for number in range(2, 30):
        await world.put("a", n=number)
    await world.until(lambda: world.streams.asked > 2)
    world.streams.away = False
    await world.advance(61)
    await world.caught_up()
    assert world.streams.of_item("a") == list(range(1, 30))


@in_world
async def test_pauses_grow_while_the_server_is_away(world: World) -> None:
    await world.enable()
    world.streams.away = True
    await world.put("a")
    await world.asked_again()
    pauses = []
    for _ in range(10):
        asked, began = world.streams.asked, world.clock.now()
        while world.streams.asked == asked:
            await world.advance(0.2)
            await asyncio.sleep(0)
        pauses.append(world.clock.now() - began)
    assert pauses[0] < 1
    assert sorted(pauses) == pauses
    assert pauses[-1] > 30


@in_world
async def test_an_item_is_once_in_a_batch_and_a_refused_record_is_put_again_alone(world: World) -> None:
    await world.enable()
    world.streams.away = True
    for number in (1, 2, 3):
        await world.put("a", "b", n=number)
    world.streams.away = False
    refused: set[int] = set()

    def once(record: Any) -> bool:
        known = record.sequence in refused
        refused.add(record.sequence)
        return not known and b'"S":"a"' in record.data

    world.streams.refuses = once
    for _ in range(20):
        await world.advance(1)
        await asyncio.sleep(0.002)
    await world.caught_up()
    assert world.streams.of_item("a") == world.streams.of_item("b") == [1, 2, 3]
    for batch in world.streams.batches:
        assert twice([record.partition_key for record in batch]) == []


@in_world
async def test_a_change_larger_than_a_kinesis_record_is_passed_by(world: World) -> None:
    await world.enable()
    for number in (1, 2):
        item = {"id": {"S": "large"}, "v": {"S": '"' * 390_000}, "n": {"N": str(number)}}
        await world.ask("PutItem", TableName="Orders", Item=item)
    await world.put("small")
    await world.caught_up()
    assert sorted(world.streams.seen) == ["large1", "small"]


@in_world
async def test_what_is_not_delivered_within_a_day_is_lost(world: World) -> None:
    await world.enable()
    await world.put("told")
    await world.caught_up()
    await world.feeders.stop()
    await world.put("lost")
    await world.advance(DAY + 60)
    await world.put("young")
    world.feeders.start()
    await world.caught_up()
    assert world.streams.seen == ["told", "young"]


@in_world
async def test_what_is_not_delivered_is_kept_for_a_day(world: World) -> None:
    await world.enable()
    await world.feeders.stop()
    await world.put("kept")
    await world.advance(DAY - 60)
    world.feeders.start()
    await world.caught_up()
    assert world.streams.seen == ["kept"]


@in_world
async def test_a_destination_that_gets_nothing_for_168_hours_is_disabled(world: World) -> None:
    await world.enable()
    world.streams.away = True
    await world.put("a")
    await world.asked_again()
    for _ in range(6):
        await world.advance(DAY)
        await world.asked_again()
    assert await world.statuses() == {"changes": "ACTIVE"}
    await world.advance(DAY)
    await world.until_status("DISABLED")
    [entry] = await world.described()
    assert "168 hours" in entry["DestinationStatusDescription"]
    assert world.database.catalog.get("us-east-1", "Orders").log is None


@in_world
async def test_a_deleted_table_still_delivers_what_was_written(world: World) -> None:
    await world.enable()
    await world.feeders.stop()
    await world.put("a")
    await world.ask("DeleteTable", TableName="Orders")
    await world.database.until_idle()
    world.feeders.start()
    await world.caught_up()
    assert world.streams.seen == ["a"]


@in_world
async def test_a_table_of_the_same_name_has_no_destination(world: World) -> None:
    await world.enable()
    await world.put("a")
    await world.ask("DeleteTable", TableName="Orders")
    await world.database.until_idle()
    await world.ask("CreateTable", **TABLE)
    assert await world.described() == []
    await world.put("b")
    await world.caught_up()
    assert world.streams.seen == ["a"]


@in_world
async def test_a_restored_table_has_no_destination(world: World) -> None:
    recovery = {"PointInTimeRecoveryEnabled": True}
    await world.ask("UpdateContinuousBackups", TableName="Orders", PointInTimeRecoverySpecification=recovery)
    await world.enable()
    await world.put("a")
    await world.advance(10)
    await world.ask(
        "RestoreTableToPointInTime",
        SourceTableName="Orders",
        TargetTableName="Again",
        UseLatestRestorableTime=True,
    )
    await world.advance(10)
    answer = await world.ask("DescribeKinesisStreamingDestination", TableName="Again")
    assert answer["KinesisDataStreamDestinations"] == []
    await world.caught_up()
    assert world.streams.seen == ["a"]


@in_world
async def test_recovery_goes_on_when_the_destination_ends(world: World) -> None:
    recovery = {"PointInTimeRecoveryEnabled": True}
    await world.ask("UpdateContinuousBackups", TableName="Orders", PointInTimeRecoverySpecification=recovery)
    await world.enable()
    await world.disable()
    assert world.database.catalog.get("us-east-1", "Orders").log is not None
    off = {"PointInTimeRecoveryEnabled": False}
    await world.ask("UpdateContinuousBackups", TableName="Orders", PointInTimeRecoverySpecification=off)
    assert world.database.catalog.get("us-east-1", "Orders").log is None


@in_world
async def test_a_destination_goes_on_when_recovery_ends(world: World) -> None:
    recovery = {"PointInTimeRecoveryEnabled": True}
    await world.ask("UpdateContinuousBackups", TableName="Orders", PointInTimeRecoverySpecification=recovery)
    await world.enable()
    off = {"PointInTimeRecoveryEnabled": False}
    await world.ask("UpdateContinuousBackups", TableName="Orders", PointInTimeRecoverySpecification=off)
    await world.put("a")
    await world.caught_up()
    assert world.streams.seen == ["a"]


@in_world
async def test_a_snapshot_takes_the_progress_back_with_it(world: World) -> None:
    await world.enable()
    await world.put("a")
    await world.caught_up()
    world.database.snapshots.take("here")
    await world.put("b")
    await world.caught_up()
    await world.database.snapshots.restore("here")
    await world.put("c")
    await world.caught_up()
    assert world.streams.seen == ["a", "b", "c"]


def test_a_destination_of_other_days_says_that_nothing_is_delivered(tmp_path: Any) -> None:
    async def run() -> None:
        world = await World(Settings(tmp_path, kinesis_endpoint="http://nowhere")).open()
        await world.ask("CreateTable", **TABLE)
        await world.enable()
        await world.close()
        later = await World(Settings(tmp_path)).open()
        await later.feeders.stop()
        [entry] = await later.described()
        assert "--kinesis-endpoint" in entry["DestinationStatusDescription"]
        await later.disable()
        await later.close()

    asyncio.run(run())


def test_after_restarts_in_the_middle_everything_arrives_in_each_items_order(tmp_path: Any) -> None:
    """Streams go on and off, shards roll, the server is away, records are refused, feeders are killed."""

    async def run(seed: int) -> None:
        chance = random.Random(seed)
        streams = Streams("changes")
        streams.refuses = lambda record: chance.random() < 0.1
        settings = Settings(tmp_path / str(seed), durability="os", kinesis_endpoint="http://nowhere")
        world = await World(settings, streams).open()
        await world.ask("CreateTable", **TABLE)
        await world.enable()
        written = dict.fromkeys("abcdefgh", 0)
        stream_on = False
        for _ in range(60):
            for name in chance.sample(sorted(written), 4):
                written[name] += 1
                await world.put(name, n=written[name])
            match chance.randrange(8):
                case 0:
                    await world.database.roll_shards("us-east-1", "Orders")
                case 1:
                    stream_on = not stream_on
                    await world.set_stream(stream_on)
                case 2:
                    streams.away = not streams.away
                case 3:
                    await world.close()
                    world = await World(settings, streams).open()
                case _:
                    await world.advance(chance.random() * 5)
                    await asyncio.sleep(0)
        streams.away, streams.refuses = False, lambda record: False
        await world.advance(61)
        await world.caught_up()
        for name, last in written.items():
            told = streams.of_item(name)
            first = list(dict.fromkeys(told))
            assert first == list(range(1, last + 1)), f"seed {seed}: {name}: {told}"
            assert all(later <= earlier + 1 for earlier, later in pairwise(told))
        await world.close()

    for seed in range(3):
        asyncio.run(run(seed))
