"""The tour that a boto3 user takes, over real HTTP, on both engines. What boto3 does by itself is part of
the test: it signs, checks the CRC of answers, retries, waits, pages, and turns errors into exception
classes.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

ORDERS = "orders"

Client = Any
Table = Any


@pytest.fixture
def orders(client: Client, resource: Any) -> Iterator[Table]:
    """Orders by customer and number, with a local index by date and a global one by status and date."""
    client.create_table(
        TableName=ORDERS,
        KeySchema=[
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
            {"AttributeName": "placed", "AttributeType": "S"},
            {"AttributeName": "state", "AttributeType": "S"},
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-date",
                "KeySchema": [
                    {"AttributeName": "customer", "KeyType": "HASH"},
                    {"AttributeName": "placed", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-state",
                "KeySchema": [
                    {"AttributeName": "state", "KeyType": "HASH"},
                    {"AttributeName": "placed", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["total"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    client.get_waiter("table_exists").wait(TableName=ORDERS)
    yield resource.Table(ORDERS)
    client.delete_table(TableName=ORDERS)
    client.get_waiter("table_not_exists").wait(TableName=ORDERS)


@pytest.fixture
def filled(orders: Table) -> Table:
    """Twelve orders: numbers 0 to 11, customers ann and bob by turns, one day apart, every third one
    shipped.
    """
    for number in range(12):
        orders.put_item(
            Item={
                "customer": "ann" if number % 2 == 0 else "bob",
                "number": number,
                "placed": f"2026-01-{number + 1:02}",
                "state": "shipped" if number % 3 == 0 else "open",
                "total": Decimal("9.90") * number,
                "lines": [{"sku": f"A-{number}", "quantity": 1}],
            }
        )
    return orders


def numbers(answer: dict[str, Any]) -> list[int]:
    return [int(item["number"]) for item in answer["Items"]]


def test_a_table_is_described_as_it_was_created(orders: Table, client: Client) -> None:
    described = client.describe_table(TableName=ORDERS)["Table"]
    assert described["TableStatus"] == "ACTIVE"
    assert described["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [index["IndexName"] for index in described["LocalSecondaryIndexes"]] == ["by-date"]
    assert [index["IndexStatus"] for index in described["GlobalSecondaryIndexes"]] == ["ACTIVE"]
    assert ORDERS in client.list_tables()["TableNames"]
    assert orders.item_count == 0


def test_every_type_comes_back_as_it_went_in(orders: Table) -> None:
    item = {
        "customer": "ann",
        "number": Decimal("12345678901234567890123456789012345678"),
        "text": "naïve \U0001f600",
        "nothing": None,
        "yes": True,
        "bytes": b"\x00\xff",
        "list": [1, "two", [Decimal("3.5")]],
        "map": {"deep": {"deeper": {"set": {"a", "b"}}}},
        "numbers": {Decimal("1"), Decimal("-2.5")},
        "blobs": {b"x", b"y"},
        "empty": {"text": "", "list": [], "map": {}},
    }
    orders.put_item(Item=item)
    key = {"customer": "ann", "number": item["number"]}
    assert orders.get_item(Key=key, ConsistentRead=True)["Item"] == item


def test_a_missing_item_has_no_item_member(orders: Table) -> None:
    assert "Item" not in orders.get_item(Key={"customer": "nobody", "number": 1})


def test_put_update_and_delete_return_what_they_are_asked_for(orders: Table) -> None:
    key = {"customer": "ann", "number": 1}
    orders.put_item(Item=key | {"total": 5})
    replaced = orders.put_item(Item=key | {"total": 6}, ReturnValues="ALL_OLD")
    assert replaced["Attributes"] == key | {"total": 5}
    updated = orders.update_item(
        Key=key,
        UpdateExpression="SET #t = #t + :n, tags = :tags REMOVE gone ADD visits :n",
        ExpressionAttributeNames={"#t": "total"},
        ExpressionAttributeValues={":n": 1, ":tags": {"a"}},
        ReturnValues="UPDATED_NEW",
    )
    assert updated["Attributes"] == {"total": 7, "tags": {"a"}, "visits": 1}
    deleted = orders.delete_item(Key=key, ReturnValues="ALL_OLD")
    assert deleted["Attributes"] == key | {"total": 7, "tags": {"a"}, "visits": 1}
    assert "Attributes" not in orders.delete_item(Key=key, ReturnValues="ALL_OLD")


def test_a_condition_that_fails_raises_its_own_exception_with_the_item(orders: Table, client: Client) -> None:
    item = {"customer": "ann", "number": 1, "total": 5}
    orders.put_item(Item=item, ConditionExpression=Attr("customer").not_exists())
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as raised:
        client.put_item(
            TableName=ORDERS,
            Item={"customer": {"S": "ann"}, "number": {"N": "1"}},
            ConditionExpression="attribute_not_exists(customer)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert raised.value.response["Error"]["Message"] == "The conditional request failed"
    assert raised.value.response["Item"]["total"] == {"N": "5"}
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Attr("state").eq("shipped") & Attr("total").gte(50), {6, 9}),
        (Attr("number").between(3, 4) | Attr("state").begins_with("ship"), {0, 3, 4, 6, 9}),
        (~Attr("state").is_in(["open", "lost"]), {0, 3, 6, 9}),
        (Attr("lines[0].sku").contains("-1"), {1, 10, 11}),
        (Attr("lines").size().eq(1) & Attr("total").attribute_type("N") & Attr("number").lt(2), {0, 1}),
        (Attr("nowhere").exists(), set()),
    ],
    ids=["and", "or", "not in", "contains", "size", "exists"],
)
def test_boto3_condition_objects_filter_a_scan(filled: Table, condition: Any, expected: set[int]) -> None:
    assert set(numbers(filled.scan(FilterExpression=condition))) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Key("number").lt(4), [0, 2]),
        (Key("number").gte(8), [8, 10]),
        (Key("number").between(2, 6), [2, 4, 6]),
        (Key("number").eq(4), [4]),
    ],
    ids=["<", ">=", "between", "="],
)
def test_a_query_selects_by_sort_key_in_order(filled: Table, sort: Any, expected: list[int]) -> None:
    condition = Key("customer").eq("ann") & sort
    assert numbers(filled.query(KeyConditionExpression=condition)) == expected
    backward = filled.query(KeyConditionExpression=condition, ScanIndexForward=False)
    assert numbers(backward) == expected[::-1]


def test_a_local_index_is_consistent_and_fetches_what_it_does_not_keep(filled: Table) -> None:
    condition = Key("customer").eq("bob") & Key("placed").begins_with("2026-01-1")
    keys = filled.query(IndexName="by-date", KeyConditionExpression=condition, ConsistentRead=True)
    assert keys["Items"] == [
        {"customer": "bob", "number": 9, "placed": "2026-01-10"},
        {"customer": "bob", "number": 11, "placed": "2026-01-12"},
    ]
    whole = filled.query(IndexName="by-date", KeyConditionExpression=condition, Select="ALL_ATTRIBUTES")
    assert [item["lines"][0]["sku"] for item in whole["Items"]] == ["A-9", "A-11"]


def test_a_global_index_shows_what_it_projects(filled: Table, client: Client) -> None:
    shipped = filled.query(IndexName="by-state", KeyConditionExpression=Key("state").eq("shipped"))
    assert numbers(shipped) == [0, 3, 6, 9]
    assert set(shipped["Items"][0]) == {"customer", "number", "placed", "state", "total"}
    with pytest.raises(ClientError, match="Consistent reads are not supported on global secondary indexes"):
        filled.query(
            IndexName="by-state", KeyConditionExpression=Key("state").eq("open"), ConsistentRead=True
        )
    with pytest.raises(ClientError, match="The table does not have the specified index: nowhere"):
        filled.query(IndexName="nowhere", KeyConditionExpression=Key("state").eq("open"))


def test_an_item_moves_in_a_global_index_when_its_key_changes(filled: Table) -> None:
    filled.update_item(
        Key={"customer": "bob", "number": 1},
        UpdateExpression="SET #s = :shipped",
        ExpressionAttributeNames={"#s": "state"},
        ExpressionAttributeValues={":shipped": "shipped"},
    )
    shipped = filled.query(IndexName="by-state", KeyConditionExpression=Key("state").eq("shipped"))
    assert numbers(shipped) == [0, 1, 3, 6, 9]


def test_a_query_paginator_walks_every_page(filled: Table, client: Client) -> None:
    pages = list(
        client.get_paginator("query").paginate(
            TableName=ORDERS,
            KeyConditionExpression="customer = :c",
            ExpressionAttributeValues={":c": {"S": "ann"}},
            PaginationConfig={"PageSize": 2},
        )
    )
    assert [int(item["number"]["N"]) for page in pages for item in page["Items"]] == [0, 2, 4, 6, 8, 10]
    assert [page["ScannedCount"] for page in pages] == [2, 2, 2, 0]


def test_a_paginator_resumes_from_its_token(filled: Table, client: Client) -> None:
    paginate = client.get_paginator("scan").paginate
    first = paginate(TableName=ORDERS, PaginationConfig={"PageSize": 5, "MaxItems": 5}).build_full_result()
    token = first["NextToken"]
    rest = paginate(TableName=ORDERS, PaginationConfig={"StartingToken": token}).build_full_result()
    found = [item["number"]["N"] for item in first["Items"] + rest["Items"]]
    assert sorted(map(int, found)) == list(range(12))


def test_parallel_segments_share_out_a_scan(filled: Table) -> None:
    segments = [filled.scan(Segment=number, TotalSegments=3) for number in range(3)]
    assert sorted(number for segment in segments for number in numbers(segment)) == list(range(12))


def test_a_count_reads_without_returning(filled: Table) -> None:
    answer = filled.scan(Select="COUNT", FilterExpression=Attr("state").eq("shipped"))
    assert (answer["Count"], answer["ScannedCount"]) == (4, 12)
    assert "Items" not in answer


def test_consumed_capacity_names_table_and_indexes(filled: Table) -> None:
    read = filled.query(
        IndexName="by-state",
        KeyConditionExpression=Key("state").eq("open"),
        ReturnConsumedCapacity="INDEXES",
    )["ConsumedCapacity"]
    assert read["CapacityUnits"] == 0.5
    assert read["GlobalSecondaryIndexes"] == {"by-state": {"CapacityUnits": 0.5}}
    written = filled.delete_item(Key={"customer": "ann", "number": 0}, ReturnConsumedCapacity="INDEXES")
    assert written["ConsumedCapacity"] == {
        "TableName": ORDERS,
        "CapacityUnits": 3.0,
        "Table": {"CapacityUnits": 1.0},
        "LocalSecondaryIndexes": {"by-date": {"CapacityUnits": 1.0}},
        "GlobalSecondaryIndexes": {"by-state": {"CapacityUnits": 1.0}},
    }


def test_a_global_index_can_be_added_to_a_full_table_and_deleted(filled: Table, client: Client) -> None:
    client.update_table(
        TableName=ORDERS,
        AttributeDefinitions=[{"AttributeName": "placed", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[
            {
                "Create": {
                    "IndexName": "by-day",
                    "KeySchema": [{"AttributeName": "placed", "KeyType": "HASH"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            }
        ],
    )
    assert wait_for_index(client, "by-day") == "ACTIVE"
    found = filled.query(IndexName="by-day", KeyConditionExpression=Key("placed").eq("2026-01-05"))
    assert numbers(found) == [4]
    client.update_table(TableName=ORDERS, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-day"}}])
    assert wait_for_index(client, "by-day") is None
    with pytest.raises(ClientError, match="does not have the specified index"):
        filled.query(IndexName="by-day", KeyConditionExpression=Key("placed").eq("2026-01-05"))


def wait_for_index(client: Client, name: str) -> str | None:
    """The status of an index once it no longer changes; None when the index is gone."""
    while True:
        indexes = client.describe_table(TableName=ORDERS)["Table"].get("GlobalSecondaryIndexes", [])
        status = {index["IndexName"]: index["IndexStatus"] for index in indexes}.get(name)
        if status in ("ACTIVE", None):
            return status


def test_errors_are_exception_classes(orders: Table, client: Client) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Requested resource not found"):
        client.get_item(TableName="nowhere", Key={"id": {"S": "x"}})
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Table: nowhere not found"):
        client.describe_table(TableName="nowhere")
    with pytest.raises(client.exceptions.ResourceInUseException, match="Table already exists: orders"):
        client.create_table(
            TableName=ORDERS,
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    with pytest.raises(ClientError) as raised:
        client.get_item(TableName=ORDERS, Key={"customer": {"S": "ann"}})
    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_provisioned_throughput_can_be_changed(client: Client) -> None:
    client.create_table(
        TableName="provisioned",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    )
    client.get_waiter("table_exists").wait(TableName="provisioned")
    client.update_table(
        TableName="provisioned",
        ProvisionedThroughput={"ReadCapacityUnits": 7, "WriteCapacityUnits": 8},
    )
    client.get_waiter("table_exists").wait(TableName="provisioned")
    throughput = client.describe_table(TableName="provisioned")["Table"]["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (7, 8)
    client.delete_table(TableName="provisioned")
