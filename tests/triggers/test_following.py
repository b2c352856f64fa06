"""A trigger on a real stream: what is delivered, when, and that it is neither lost nor repeated."""

import asyncio
import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

from dynalite.settings import Settings
from server.triggers.collection import Triggers
from tests.orders import START
from tests.triggers.world import Box, World, in_world


@in_world
async def test_a_change_arrives_as_lambda_shows_it(world: World) -> None:
    box = Box()
    await world.follow(box)
    await world.put("a", n=1)
    await world.caught_up()
    arn = world.database.catalog.get("us-east-1", "Orders")
    [record] = box.records
    number = record["dynamodb"].pop("SequenceNumber")
    assert number.isdecimal()
    assert len(record.pop("eventID")) == 32
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": int(START),
            "Keys": {"id": {"S": "a"}},
            "NewImage": {"id": {"S": "a"}, "n": {"N": "1"}},
            "SizeBytes": 9,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": f"{arn.arn}/stream/{arn.latest_stream_label}",
    }


@in_world
async def test_everything_since_the_trim_horizon_is_delivered(world: World) -> None:
    box = Box()
    await world.put("a", "b")
    await world.follow(box)
    await world.put("c")
    await world.caught_up()
    assert sorted(box.seen) == ["a", "b", "c"]


@in_world
async def test_latest_begins_with_what_comes_after_the_trigger(world: World) -> None:
    box = Box()
    await world.put("a")
    await world.follow(box, StartingPosition="LATEST")
    await world.put("b")
    await world.caught_up()
    assert box.seen == ["b"]


@in_world
async def test_latest_still_knows_where_it_began_after_a_restart(world: World) -> None:
    box = Box()
    await world.put("a")
    await world.advance(1)
    follower = await world.follow(box, StartingPosition="LATEST")
    await follower.stop()
    await world.put("b")
    await follower.start()
    await world.caught_up()
    assert box.seen == ["b"]


@in_world
async def test_latest_of_a_stream_that_is_made_later_is_all_of_it(world: World) -> None:
    box = Box()
    await world.set_stream(False)
    await world.ask("DeleteTable", TableName="Orders")
    await world.follow(box, StartingPosition="LATEST")
    await world.make_table()
    await world.put("a")
    await world.caught_up()
    assert box.seen == ["a"]


@in_world
async def test_it_waits_for_a_table_and_for_a_stream(world: World) -> None:
    box = Box()
    await world.ask("DeleteTable", TableName="Orders")
    await world.follow(box)
    await world.caught_up()
    await world.make_table(StreamSpecification={"StreamEnabled": False})
    await world.put("before")
    await world.caught_up()
    await world.set_stream(True)
    await world.put("after")
    await world.caught_up()
    assert box.seen == ["after"]


@in_world
async def test_the_next_stream_follows_when_one_has_ended(world: World) -> None:
    box = Box()
    await world.follow(box)
    await world.put("a")
    await world.set_stream(False)
    await world.put("unseen")
    await world.set_stream(True)
    await world.put("b")
    await world.caught_up()
    assert box.seen == ["a", "b"]


@in_world
async def test_what_a_deleted_table_left_behind_is_delivered(world: World) -> None:
    box = Box()
    await world.put("a", "b")
    await world.ask("DeleteTable", TableName="Orders")
    await world.make_table()
    await world.put("c")
    await world.follow(box)
    await world.caught_up()
    assert box.seen == ["c"]  # a new trigger follows the table that has the name
    await world.put("d")
    await world.ask("DeleteTable", TableName="Orders")
    await world.database.until_idle()
    await world.caught_up()
    assert sorted(box.seen) == ["c", "d"]


# ------------------------------------------------------------------ batches


@in_world
async def test_a_batch_has_no_more_records_than_it_may(world: World) -> None:
    box = Box()
    for number in range(7):
        await world.put("same", n=number)
    await world.follow(box, BatchSize=3)
    await world.caught_up()
    assert box.sizes == [3, 3, 1]
    assert box.seen == [f"same{number}" for number in range(7)]


@in_world
async def test_a_batch_is_waited_for_until_its_window_is_over(world: World) -> None:
    box = Box()
    await world.follow(box, MaximumBatchingWindowInSeconds=60, BatchSize=10)
    await world.put("same", n=1)
    await world.let_run()
    await world.advance(59)
    await world.put("same", n=2)
    await world.let_run()
    assert box.sizes == []
    await world.advance(1)
    await world.caught_up()
    assert box.sizes == [2]


@in_world
async def test_a_full_batch_does_not_wait_for_its_window(world: World) -> None:
    box = Box()
    await world.follow(box, MaximumBatchingWindowInSeconds=60, BatchSize=2)
    for number in range(3):
        await world.put("same", n=number)
    await world.until(lambda: box.sizes == [2])
    await world.advance(60)
    await world.caught_up()
    assert box.sizes == [2, 1]


@in_world
async def test_large_records_make_small_batches(world: World) -> None:
    box = Box()
    for number in range(12):
        item = {"id": {"S": "same"}, "n": {"N": str(number)}, "pad": {"S": "x" * 390_000}}
        await world.ask("PutItem", TableName="Orders", Item=item)
    await world.follow(box)
    await world.caught_up()
    assert box.seen == [f"same{number}" for number in range(12)]
    assert max(len(json.dumps(event)) for event in box.events) <= 6 * 1024 * 1024
    assert len(box.events) > 1


@in_world
async def test_records_that_no_filter_wants_are_passed_by(world: World) -> None:
    box = Box()
    pattern = json.dumps({"dynamodb": {"NewImage": {"n": {"N": ["2"]}}}})
    follower = await world.follow(box, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    for number in range(4):
        await world.put("same", n=number)
    await world.caught_up()
    assert box.seen == ["same2"]
    await follower.stop()
    await world.follow(everything := Box())  # goes on under the same name, where the other has come to
    await world.put("same", n=9)
    await world.until(lambda: everything.seen == ["same9"])


# ------------------------------------------------------------------ time


@in_world
async def test_iterators_that_expire_while_nothing_happens_are_renewed(world: World) -> None:
    box = Box()
    await world.follow(box)
    await world.put("a")
    await world.caught_up()
    await world.advance(3600)
    await world.put("b")
    await world.caught_up()
    assert box.seen == ["a", "b"]


@in_world
async def test_records_that_were_trimmed_unread_are_skipped(world: World) -> None:
    box = Box()
    follower = await world.follow(box)
    await world.put("a")
    await world.caught_up()
    await follower.stop()
    await world.put("lost")
    await world.advance(25 * 3600)
    await world.put("b")
    await follower.start()
    await world.caught_up()
    assert box.seen == ["a", "b"]


@in_world
async def test_what_time_to_live_deletes_is_told_from_what_people_delete(world: World) -> None:
    box = Box()
    ttl = {"Enabled": True, "AttributeName": "ends"}
    await world.ask("UpdateTimeToLive", TableName="Orders", TimeToLiveSpecification=ttl)
    await world.follow(box)
    await world.put("a", ends=int(START) + 10)
    await world.advance(3600)
    await world.caught_up()
    assert [(record["eventName"], record.get("userIdentity")) for record in box.records] == [
        ("INSERT", None),
        ("REMOVE", {"type": "Service", "principalId": "dynamodb.amazonaws.com"}),
    ]


# ------------------------------------------------------------------ shards and order


@in_world
async def test_children_are_not_read_before_their_parent_is_done(world: World) -> None:
    """The target is slow with the first record: the later ones, in other shards by then, must wait."""
    box, gate = Box(), asyncio.Event()

    async def wait(event: dict[str, Any]) -> None:
        await gate.wait()

    box.before = wait
    await world.follow(box)
    await world.put("same", n=1)
    await world.roll()
    await world.put("same", n=2)
    await world.roll()
    await world.put("same", n=3)
    await world.let_run()
    gate.set()
    await world.caught_up()
    assert box.seen == ["same1", "same2", "same3"]


def test_every_change_arrives_once_and_in_order_through_rolls_and_restarts(tmp_path: Path) -> None:
    """An orderly stop between two deliveries repeats nothing, so here at least once is exactly once."""

    async def run() -> None:
        chance = random.Random(5)
        box = Box()
        world = World(Settings(data_folder=tmp_path / "data", durability="os"))
        await world.open()
        await world.make_table()
        written: dict[str, list[str]] = defaultdict(list)
        await world.follow(box, BatchSize=4)
        for number in range(150):
            name = chance.choice("abcdefgh")
            await world.put(name, n=number)
            written[name].append(f"{name}{number}")
            if number % 25 == 10:
                await world.roll()
            if number % 50 == 30:
                await world.caught_up()
                await world.close()
                await world.open()
                await world.follow(box, BatchSize=4)
            if number % 40 == 20:
                await world.advance(3600)
        await world.caught_up()
        await world.close()
        delivered: dict[str, list[str]] = defaultdict(list)
        for one in box.seen:
            delivered[one[0]].append(one)
        assert delivered == written

    asyncio.run(run())


# ------------------------------------------------------------------ all triggers together


@in_world
async def test_a_restored_database_goes_on_from_the_progress_of_that_time(world: World) -> None:
    box = Box()
    follower = await world.follow(box)
    await world.put("a")
    await world.caught_up()
    world.database.snapshots.take("a")
    await world.put("b")
    await world.caught_up()
    await follower.stop()
    await world.database.snapshots.restore("a")
    await follower.start()
    await world.put("c")
    await world.caught_up()
    assert box.seen == ["a", "b", "c"]
    assert follower.tally.delivered == 3


@in_world
async def test_draining_waits_for_what_was_written_before(world: World) -> None:
    triggers = Triggers(world.database)
    assert await triggers.drain(1)
    gate = asyncio.Event()
    box = Box()

    async def wait(event: dict[str, Any]) -> None:
        await gate.wait()

    box.before = wait
    follower = await world.follow(box)
    triggers._followers["trigger"] = follower  # as `add` would, with a target of ours
    await world.put("a")
    assert not await triggers.drain(0.05)
    gate.set()
    assert await triggers.drain(10)
    assert box.seen == ["a"]


@in_world
async def test_two_triggers_keep_progress_of_their_own(world: World) -> None:
    first, second = Box(), Box()
    await world.follow(first, "first")
    await world.put("a")
    await world.caught_up()
    follower = await world.follow(second, "second")
    await world.caught_up()
    assert first.seen == second.seen == ["a"]
    await follower.stop()
    await follower.forget()
    await follower.start()
    await world.caught_up()
    assert second.seen == ["a", "a"]
