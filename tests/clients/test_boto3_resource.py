"""boto3's resource layer as people use it: `batch_writer` with its buffer and retries, and condition objects
in writes, which boto3 turns into placeholders of its own.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

Table = Any


@pytest.fixture
def table(resource: Any) -> Iterator[Table]:
    table = resource.create_table(
        TableName="resource",
        KeySchema=[
            {"AttributeName": "shelf", "KeyType": "HASH"},
            {"AttributeName": "place", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "shelf", "AttributeType": "S"},
            {"AttributeName": "place", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    yield table
    table.delete()
    table.wait_until_not_exists()


def everything(table: Table) -> list[dict[str, Any]]:
    """All items by place, walked the way boto3's documentation shows."""
    answer = table.scan(ConsistentRead=True, Limit=40)
    items = answer["Items"]
    while "LastEvaluatedKey" in answer:
        answer = table.scan(ConsistentRead=True, Limit=40, ExclusiveStartKey=answer["LastEvaluatedKey"])
        items += answer["Items"]
    return sorted(items, key=lambda item: item["place"])


def test_batch_writer_puts_and_deletes_more_than_one_batch_holds(table: Table) -> None:
    with table.batch_writer() as batch:
        for place in range(110):
            batch.put_item(Item={"shelf": "a", "place": place, "title": f"Book {place}"})
    assert [item["place"] for item in everything(table)] == list(range(110))
    with table.batch_writer() as batch:
        for place in range(0, 110, 2):
            batch.delete_item(Key={"shelf": "a", "place": place})
        batch.put_item(Item={"shelf": "a", "place": 1000})
    assert [item["place"] for item in everything(table)] == [*range(1, 110, 2), 1000]


def test_batch_writer_can_keep_the_last_of_several_writes_to_one_key(table: Table) -> None:
    with table.batch_writer(overwrite_by_pkeys=["shelf", "place"]) as batch:
        for edition in range(5):
            batch.put_item(Item={"shelf": "a", "place": 1, "edition": edition})
        batch.delete_item(Key={"shelf": "a", "place": 2})
        batch.put_item(Item={"shelf": "a", "place": 2, "edition": 9})
    assert [item["edition"] for item in everything(table)] == [4, 9]


def test_batch_writer_without_it_meets_the_rule_against_duplicates(table: Table) -> None:
    def write_twice() -> None:
        with table.batch_writer() as batch:
            batch.put_item(Item={"shelf": "a", "place": 1})
            batch.put_item(Item={"shelf": "a", "place": 1})

    with pytest.raises(ClientError) as refused:
        write_twice()
    assert refused.value.response["Error"] == {
        "Code": "ValidationException",
        "Message": "Provided list of item keys contains duplicates",
    }


def test_batch_writer_carries_every_type(table: Table) -> None:
    item = {
        "shelf": "a",
        "place": Decimal("1.50"),
        "sets": {"n": {1, Decimal("2.5")}, "s": {"x", "y"}, "b": {Binary(b"\0"), Binary(b"\xff")}},
        "list": [None, True, Binary(b"bytes"), [], {}],
    }
    with table.batch_writer() as batch:
        batch.put_item(Item=item)
    assert everything(table) == [item]


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Attr("shelf").exists(), True),
        (Attr("shelf").not_exists(), False),
        (Attr("stock").gte(3) & Attr("stock").lt(4), True),
        (Attr("stock").gt(3) | Attr("tags").contains("rare"), True),
        (~Attr("title").begins_with("Moby"), False),
        (Attr("author.name").eq("Melville"), True),
        (Attr("editions[1]").is_in([1851, 1892]), True),
        (Attr("tags").size().between(3, 9), False),
        (Attr("stock").attribute_type("N"), True),
        (Attr("shelf").eq("a") & Attr("place").ne(1), False),
    ],
    ids=lambda value: value if isinstance(value, bool) else "",
)
def test_condition_objects_guard_every_kind_of_write(table: Table, condition: Any, holds: bool) -> None:
    key = {"shelf": "a", "place": 1}
    item = key | {
        "title": "Moby-Dick",
        "stock": 3,
        "tags": {"rare", "whales"},
        "author": {"name": "Melville"},
        "editions": [1851, 1892],
    }
    writes: list[Callable[[], object]] = [
        lambda: table.put_item(Item=item | {"read": True}, ConditionExpression=condition),
        lambda: table.update_item(
            Key=key,
            UpdateExpression="SET #r = :r",
            ExpressionAttributeNames={"#r": "read"},
            ExpressionAttributeValues={":r": True},
            ConditionExpression=condition,
        ),
        lambda: table.delete_item(Key=key, ConditionExpression=condition),
    ]
    for write in writes:
        table.put_item(Item=item)
        if holds:
            write()
            assert everything(table) != [item]
        else:
            with pytest.raises(table.meta.client.exceptions.ConditionalCheckFailedException):
                write()
            assert everything(table) == [item]


def test_key_and_filter_conditions_share_one_query(table: Table) -> None:
    with table.batch_writer() as batch:
        for place in range(10):
            batch.put_item(Item={"shelf": "a", "place": place, "author": {"born": 1800 + place}})
    answer = table.query(
        KeyConditionExpression=Key("shelf").eq("a") & Key("place").between(2, 8),
        FilterExpression=Attr("author.born").gt(1803) & Attr("author.died").not_exists(),
        ProjectionExpression="place, author.born",
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    assert (answer["Count"], answer["ScannedCount"]) == (5, 7)
    assert answer["Items"][0] == {"place": 8, "author": {"born": 1808}}
