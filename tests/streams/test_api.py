"""ListStreams, DescribeStream, GetShardIterator and GetRecords: what they accept, answer and refuse."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.errors import ServiceError, ValidationException
from dynalite.jobs import shards
from dynalite.storage import keyspace
from dynalite.streams import iterators
from dynalite.streams.iterators import ShardIterator
from tests.storage.scenarios import on_loop
from tests.streams.world import BOTH, HOUR, OFF, SALT, START, World, a_world

HASH = keyspace.hasher(SALT)
ARN = "arn:aws:dynamodb:eu-central-1:000000000000:table/Music/stream/2027-01-15T08:00:00.000"


async def streaming() -> tuple[World, str, list[str]]:
    """A table with a stream, the stream's ARN, and the ids of its shards."""
    world = await a_world()
    await world.create()
    arn = await world.arn()
    return world, arn, [shard["ShardId"] for shard in (await world.describe(arn))["Shards"]]


async def shard_of(world: World, arn: str, id_: str) -> tuple[str, list[str]]:
    """The shard that an item's changes are in, and their sequence numbers."""
    for shard in (await world.describe(arn))["Shards"]:
        place = await world.iterator(arn, shard["ShardId"])
        found = (await world.call("GetRecords", ShardIterator=place))["Records"]
        numbers = [
            r["dynamodb"]["SequenceNumber"] for r in found if r["dynamodb"]["Keys"] == {"id": {"S": id_}}
        ]
        if numbers:
            return shard["ShardId"], numbers
    raise AssertionError("no shard has it")


async def numbers_from(world: World, iterator: str) -> list[str]:
    found = (await world.call("GetRecords", ShardIterator=iterator))["Records"]
    return [record["dynamodb"]["SequenceNumber"] for record in found]


async def roll(world: World) -> None:
    await shards.roll(world.database.context(""), world.database.catalog.get(world.region, "Music"))


# ------------------------------------------------------------------ streams


@on_loop
async def test_a_stream_is_named_by_its_time() -> None:
    world, arn, _ = await streaming()
    assert arn == ARN
    listed = await world.call("ListStreams")
    label = "2027-01-15T08:00:00.000"
    assert listed == {"Streams": [{"StreamArn": arn, "TableName": "Music", "StreamLabel": label}]}
    described = await world.describe(arn)
    described.pop("Shards")
    assert described == {
        "StreamArn": arn,
        "StreamLabel": label,
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "CreationRequestDateTime": START,
        "TableName": "Music",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }


@on_loop
async def test_streams_are_listed_in_pages_and_by_table() -> None:
    world = await a_world()
    for name in ("Art", "Books", "Music"):
        await world.create(name=name)
    first = await world.call("ListStreams", Limit=2)
    assert [stream["TableName"] for stream in first["Streams"]] == ["Art", "Books"]
    rest = await world.call("ListStreams", ExclusiveStartStreamArn=first["LastEvaluatedStreamArn"])
    assert [stream["TableName"] for stream in rest["Streams"]] == ["Music"]
    assert "LastEvaluatedStreamArn" not in rest
    assert [s["TableName"] for s in (await world.call("ListStreams", TableName="Books"))["Streams"]] == [
        "Books"
    ]
    assert (await world.call("ListStreams", TableName="Nothing"))["Streams"] == []
    assert (await World(world.database, "us-west-1").call("ListStreams"))["Streams"] == []


@on_loop
async def test_a_disabled_stream_is_readable_for_a_day_and_a_new_one_is_another() -> None:
    world, old, _ = await streaming()
    await world.put("a")
    await world.call("UpdateTable", TableName="Music", StreamSpecification=OFF)
    await world.put("b")
    await world.tick()
    assert (await world.describe(old))["StreamStatus"] == "DISABLED"
    await world.call("UpdateTable", TableName="Music", StreamSpecification=BOTH)
    await world.put("c")
    new = await world.arn()
    assert new > old
    assert [r["dynamodb"]["Keys"]["id"]["S"] for r in await world.records(old)] == ["a"]
    assert [r["dynamodb"]["Keys"]["id"]["S"] for r in await world.records(new)] == ["c"]
    assert all("ParentShardId" not in shard for shard in (await world.describe(new))["Shards"])
    world.clock.advance(24 * HOUR)
    gone = await world.refused("DescribeStream", StreamArn=old)
    assert gone.code == "ResourceNotFoundException"
    assert gone.message == f"Requested resource not found: Stream: {old} not found"
    await world.tick()
    assert await world.arn() == new


@on_loop
async def test_a_deleted_tables_stream_is_readable_at_every_moment() -> None:
    world, arn, _ = await streaming()
    await world.put("a")
    await world.call("DeleteTable", TableName="Music")
    assert len(await world.records(arn)) == 1
    await world.create()  # a successor of the same name
    await world.put("b")
    assert len(await world.records(arn)) == 1
    await world.tick()
    assert (await world.describe(arn))["StreamStatus"] == "DISABLED"
    assert len(await world.records(arn)) == 1
    assert len((await world.call("ListStreams", TableName="Music"))["Streams"]) == 2


@on_loop
async def test_a_table_follows_one_that_had_a_log_for_recovery_and_no_stream() -> None:
    """What the first left behind had no label, and the second's stream no way to be younger than none."""
    world, arn, _ = await streaming()
    await world.create(None, name="Other")
    recovery = {"PointInTimeRecoveryEnabled": True}
    await world.call("UpdateContinuousBackups", TableName="Other", PointInTimeRecoverySpecification=recovery)
    await world.call("DeleteTable", TableName="Other")
    await world.tick()
    await world.create(name="Other")
    assert (await world.call("DescribeTable", TableName="Other"))["Table"]["LatestStreamArn"] != arn


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        (ARN, "ResourceNotFoundException"),
        (ARN.replace("eu-central-1", "us-east-1"), "ValidationException"),
        (ARN.replace("000000000000", "111111111111"), "AccessDeniedException"),
        (ARN.replace("/stream/", "/index/"), "ValidationException"),
        ("Music/stream/" + "x" * 40, "ValidationException"),
    ],
)
@on_loop
async def test_arns_of_no_stream_here(arn: str, code: str) -> None:
    world = await a_world()
    assert (await world.refused("DescribeStream", StreamArn=arn)).code == code


# ------------------------------------------------------------------ shards


@on_loop
async def test_a_parent_is_closed_and_its_child_continues_it() -> None:
    world, arn, (left, right) = await streaming()
    await world.put("a")
    await roll(world)
    described = (await world.describe(arn))["Shards"]
    assert [shard["ShardId"] for shard in described[:2]] == [left, right]
    assert [shard.get("ParentShardId") for shard in described] == [None, None, left, right]
    ends = ["EndingSequenceNumber" in shard["SequenceNumberRange"] for shard in described]
    assert ends == [True, True, False, False]
    for parent, child in zip(described[:2], described[2:], strict=True):
        start = child["SequenceNumberRange"]["StartingSequenceNumber"]
        assert start == parent["SequenceNumberRange"]["EndingSequenceNumber"]
    children = await world.call(
        "DescribeStream", StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": left}
    )
    assert [s["ShardId"] for s in children["StreamDescription"]["Shards"]] == [described[2]["ShardId"]]


@on_loop
async def test_shard_ids_have_their_form() -> None:
    _, _, ids = await streaming()
    for id_ in ids:
        word, digits, tail = id_.split("-")
        assert (word, len(digits), len(tail)) == ("shardId", 20, 8)


@on_loop
async def test_new_shards_come_behind_all_others_although_the_clock_was_set_back() -> None:
    world, arn, _ = await streaming()
    last = (await world.describe(arn))["Shards"][-1]["ShardId"]
    for _ in range(3):
        world.clock.advance(-HOUR)
        await world.database.roll_shards(world.region, "Music")
        request = {"StreamArn": arn, "ExclusiveStartShardId": last}
        children = (await world.call("DescribeStream", **request))["StreamDescription"]["Shards"]
        assert len(children) == 2
        last = children[-1]["ShardId"]


@on_loop
async def test_shards_roll_on_the_schedule() -> None:
    world, arn, _ = await streaming()
    world.clock.advance(4 * HOUR - 1)
    await world.tick()
    assert len((await world.describe(arn))["Shards"]) == 2
    world.clock.advance(1)
    await world.tick()
    assert len((await world.describe(arn))["Shards"]) == 4


@on_loop
async def test_only_an_exhausted_closed_shard_has_no_next_iterator() -> None:
    world, arn, _ = await streaming()
    for _ in range(3):
        await world.put("a", n={"N": str(_)})
    shard, _numbers = await shard_of(world, arn, "a")
    place = await world.iterator(arn, shard)
    answer = await world.call("GetRecords", ShardIterator=place)
    assert "NextShardIterator" in answer
    await roll(world)
    page = await world.call("GetRecords", ShardIterator=place, Limit=2)
    assert (len(page["Records"]), "NextShardIterator" in page) == (2, True)
    page = await world.call("GetRecords", ShardIterator=page["NextShardIterator"], Limit=2)
    assert (len(page["Records"]), "NextShardIterator" in page) == (1, False)
    end = await world.call("GetRecords", ShardIterator=answer["NextShardIterator"])
    assert end == {"Records": []}


# ------------------------------------------------------------------ iterators


@on_loop
async def test_where_each_type_begins() -> None:
    world, arn, _ = await streaming()
    for number in range(3):
        world.clock.advance(10)
        await world.put("a", n={"N": str(number)})
    shard, numbers = await shard_of(world, arn, "a")

    async def read(type_: str, **place: Any) -> list[str]:
        return await numbers_from(world, await world.iterator(arn, shard, type_, **place))

    latest = await world.iterator(arn, shard, "LATEST")
    assert await read("TRIM_HORIZON") == numbers
    assert await read("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == numbers[1:]
    assert await read("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1]) == numbers[2:]
    assert await read("AT_TIMESTAMP", Timestamp=START + 20) == numbers[1:]
    assert await read("AT_TIMESTAMP", Timestamp=START + 20.5) == numbers[2:]
    assert await read("AT_TIMESTAMP", Timestamp=0) == numbers
    assert await read("LATEST") == []
    await world.put("a", n={"N": "9"})
    assert len(await numbers_from(world, latest)) == 1


@pytest.mark.parametrize(
    ("type_", "place"),
    [
        ("AT_SEQUENCE_NUMBER", {}),
        ("AFTER_SEQUENCE_NUMBER", {}),
        ("AT_TIMESTAMP", {}),
        ("LATEST", {"SequenceNumber": "1" * 21}),
        ("TRIM_HORIZON", {"Timestamp": 1}),
        ("AT_TIMESTAMP", {"Timestamp": START + 1_000_000}),
        ("AT_SEQUENCE_NUMBER", {"SequenceNumber": "x" * 21}),
        ("AT_SEQUENCE_NUMBER", {"SequenceNumber": "9" * 40}),
        ("AFTER_SEQUENCE_NUMBER", {"SequenceNumber": "100000000000000000999"}),
    ],
)
@on_loop
async def test_iterators_that_make_no_sense(type_: str, place: dict[str, Any]) -> None:
    world, arn, (shard, _) = await streaming()
    error = await world.refused(
        "GetShardIterator", StreamArn=arn, ShardId=shard, ShardIteratorType=type_, **place
    )
    assert error.code == "ValidationException"


@on_loop
async def test_an_unknown_shard() -> None:
    world, arn, (shard, _) = await streaming()
    error = await world.refused(
        "GetShardIterator", StreamArn=arn, ShardId=shard[:-1] + "f", ShardIteratorType="LATEST"
    )
    assert error.code == "ResourceNotFoundException"
    assert error.message == "Requested resource not found: Shard does not exist"


@on_loop
async def test_an_iterator_lives_a_quarter_of_an_hour() -> None:
    world, arn, (shard, _) = await streaming()
    place = await world.iterator(arn, shard)
    world.clock.advance(900)
    assert (await world.call("GetRecords", ShardIterator=place))["Records"] == []
    world.clock.advance(1)
    error = await world.refused("GetRecords", ShardIterator=place)
    assert (error.code, error.message) == ("ExpiredIteratorException", "Shard iterator has expired")


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**63 - 1), st.floats(0, 4e9))
def test_an_iterator_is_read_as_it_was_written(shard: int, after: int, issued_at: float) -> None:
    iterator = ShardIterator(ARN, shard, after, issued_at)
    text = iterators.write(iterator, HASH)
    assert iterators.read(text, issued_at, HASH) == iterator
    assert len(text) <= 2048


@given(st.data())
def test_an_iterator_that_was_touched_is_refused(data: st.DataObject) -> None:
    text = iterators.write(ShardIterator(ARN, 1, 7, START), HASH)
    at = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(codec="ascii").filter(lambda c: c != text[at]))
    with pytest.raises(ServiceError):
        iterators.read(text[:at] + letter + text[at + 1 :], START, HASH)


def test_an_iterator_of_another_database_is_refused() -> None:
    text = iterators.write(ShardIterator(ARN, 1, 7, START), keyspace.hasher(bytes(16)))
    with pytest.raises(ValidationException):
        iterators.read(text, START, HASH)


# ------------------------------------------------------------------ reading


@on_loop
async def test_a_page_has_a_limit_and_a_megabyte() -> None:
    world, arn, _ = await streaming()
    for number in range(6):
        await world.put("a", b={"S": "x" * 200_000}, n={"N": str(number)})
    shard, numbers = await shard_of(world, arn, "a")
    assert len(numbers) == 3  # an insert of one image, then changes of two: five images are a megabyte
    place = await world.iterator(arn, shard)
    assert len((await world.call("GetRecords", ShardIterator=place, Limit=2))["Records"]) == 2
    error = await world.refused("GetRecords", ShardIterator=place, Limit=1001)
    assert error.message == (
        "1 validation error detected: Value '1001' at 'limit' failed to satisfy constraint:"
        " Member must have value less than or equal to 1000"
    )
    assert len(await world.records(arn)) == 6


@on_loop
async def test_what_was_trimmed_is_said_to_be() -> None:
    world, arn, _ = await streaming()
    await world.put("a", n={"N": "1"})
    shard, (first,) = await shard_of(world, arn, "a")
    world.clock.advance(24 * HOUR - 60)
    await world.put("a", n={"N": "2"})
    before = await world.iterator(arn, shard)
    world.clock.advance(60)
    await world.tick()
    assert (await world.refused("GetRecords", ShardIterator=before)).code == "TrimmedDataAccessException"
    error = await world.refused(
        "GetShardIterator",
        StreamArn=arn,
        ShardId=shard,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=first,
    )
    assert error.code == "TrimmedDataAccessException"
    assert error.message == "The data you are trying to access has been trimmed"
    assert len(await numbers_from(world, await world.iterator(arn, shard))) == 1
    after = await world.iterator(arn, shard, "AFTER_SEQUENCE_NUMBER", SequenceNumber=first)
    assert len(await numbers_from(world, after)) == 1
