"""What a record of a stream says."""

from typing import Any

import pytest

from tests.storage.scenarios import on_loop
from tests.streams.world import START, World, a_world


def view(type_: str) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": type_}


async def changes(world: World) -> list[Any]:
    return [record["dynamodb"] for record in await world.records(await world.arn())]


@on_loop
async def test_a_record_in_full() -> None:
    world = await a_world()
    await world.create()
    world.clock.advance(0.75)
    await world.put("Fred")
    [record] = await world.records(await world.arn())
    event_id = record.pop("eventID")
    assert len(event_id) == 32
    assert set(event_id) <= set("0123456789abcdef")
    number = record["dynamodb"].pop("SequenceNumber")
    assert 21 <= len(number) <= 40
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": int(START),
            "Keys": {"id": {"S": "Fred"}},
            "NewImage": {"id": {"S": "Fred"}},
            "SizeBytes": 12,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }


@pytest.mark.parametrize(
    ("type_", "images", "sizes"),
    [
        ("KEYS_ONLY", [set(), set(), set()], [3, 3, 3]),
        ("NEW_IMAGE", [{"NewImage"}, {"NewImage"}, set()], [9, 10, 3]),
        ("OLD_IMAGE", [set(), {"OldImage"}, {"OldImage"}], [3, 9, 10]),
        ("NEW_AND_OLD_IMAGES", [{"NewImage"}, {"NewImage", "OldImage"}, {"OldImage"}], [9, 16, 10]),
    ],
)
@on_loop
async def test_each_view_shows_its_images_and_counts_them(
    type_: str, images: list[set[str]], sizes: list[int]
) -> None:
    world = await a_world()
    await world.create(view(type_))
    await world.put("a", v={"S": "12"})
    await world.put("a", v={"S": "123"})
    await world.delete("a")
    found = await changes(world)
    assert [set(change) & {"NewImage", "OldImage"} for change in found] == images
    assert [change["SizeBytes"] for change in found] == sizes


@on_loop
async def test_names_of_events() -> None:
    world = await a_world()
    await world.create()
    await world.call(
        "UpdateItem",
        TableName="Music",
        Key={"id": {"S": "a"}},
        UpdateExpression="SET v = :v",
        ExpressionAttributeValues={":v": {"S": "new"}},
    )
    await world.put("a", v={"S": "newer"})
    await world.delete("a")
    names = [record["eventName"] for record in await world.records(await world.arn())]
    assert names == ["INSERT", "MODIFY", "REMOVE"]


@on_loop
async def test_a_write_that_changes_nothing_leaves_no_record() -> None:
    world = await a_world()
    await world.create()
    await world.put("a", v={"NS": ["1", "2"]})
    await world.put("a", v={"NS": ["2.0", "1"]})
    await world.delete("never there")
    await world.call("UpdateItem", TableName="Music", Key={"id": {"S": "a"}})
    assert len(await changes(world)) == 1


@on_loop
async def test_batches_and_transactions_are_logged_item_by_item() -> None:
    world = await a_world()
    await world.create()
    puts = [{"PutRequest": {"Item": {"id": {"S": id_}}}} for id_ in "abc"]
    await world.call("BatchWriteItem", RequestItems={"Music": puts})
    await world.call(
        "TransactWriteItems",
        TransactItems=[
            {"Delete": {"TableName": "Music", "Key": {"id": {"S": "a"}}}},
            {"Put": {"TableName": "Music", "Item": {"id": {"S": "b"}, "v": {"S": "1"}}}},
            {
                "ConditionCheck": {
                    "TableName": "Music",
                    "Key": {"id": {"S": "c"}},
                    "ConditionExpression": "attribute_exists(id)",
                }
            },
        ],
    )
    found = await world.records(await world.arn())
    names = sorted((r["dynamodb"]["Keys"]["id"]["S"], r["eventName"]) for r in found)
    assert names == [("a", "INSERT"), ("a", "REMOVE"), ("b", "INSERT"), ("b", "MODIFY"), ("c", "INSERT")]


@on_loop
async def test_a_table_without_a_reader_writes_no_log() -> None:
    world = await a_world()
    await world.create(None)
    await world.put("a")
    assert await world.database.engine.last_sequence() == 0
