"""The data plane as users of the Python DAX client meet it. Run by that client's own environment:

    python tour.py <mark> <dax endpoint>

prints one JSON object on its last line: each check by name, with null or what went wrong. The tables are
there already (`tests/dax/tables.py`); `mark` keeps the items of two runs apart.
"""

import json
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import amazondax
import botocore.session
from boto3.dynamodb.conditions import Attr, Key
from botocore.exceptions import ClientError

Item = dict[str, dict[str, Any]]
Answer = dict[str, Any]

MARK, ENDPOINT = sys.argv[1:3]
SESSION = botocore.session.get_session()
SESSION.set_credentials("anything", "anything")
dax = amazondax.AmazonDaxClient(SESSION, region_name="us-east-1", endpoints=[ENDPOINT])

TABLE = "DaxRange"
EVERY_TYPE: Item = {
    "text": {"S": "naïve — 日本 🎼"},
    "empty": {"S": ""},
    "number": {"N": "-1.5"},
    "binary": {"B": b"\x00\xff"},
    "yes": {"BOOL": True},
    "no": {"BOOL": False},
    "nothing": {"NULL": True},
    "list": {"L": [{"N": "1"}, {"S": "two"}, {"L": []}]},
    "map": {"M": {"a": {"M": {"b": {"L": [{"N": "7"}, {"N": "8"}]}}}}},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["-3", "1", "2.5"]},
    "binaries": {"BS": [b"x", b"y"]},
}
NUMBERS = [
    "0",
    "1",
    "-1",
    "1.5",
    "0.001",
    "1000",
    "9007199254740991",
    "9007199254740993",
    "18446744073709551616",
    "-18446744073709551617",
    "12345678901234567890123456789012345678",
    "1.2345678901234567890123456789012345678",
]


def partition(name: str) -> str:
    return f"{MARK}-{name}"


def place(name: str, sort: float = 0) -> Item:
    return {"pk": {"S": partition(name)}, "sk": {"N": str(sort)}}


def put(name: str, sort: float = 0, /, **attributes: dict[str, Any]) -> None:
    dax.put_item(TableName=TABLE, Item={**place(name, sort), **attributes})


def find(name: str, sort: float = 0, **options: Any) -> Item | None:
    found: Item | None = dax.get_item(TableName=TABLE, Key=place(name, sort), **options).get("Item")
    return found


def get(name: str, sort: float = 0, **options: Any) -> Item:
    found = find(name, sort, **options)
    assert found is not None, f"{name} is not there"
    return found


def fails(code: str, operation: Callable[..., Answer], **request: Any) -> ClientError:
    try:
        operation(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] != code:
            raise
        return error
    raise AssertionError(f"{code} was expected")


def check_every_type_comes_back() -> None:
    item = {**place("types"), **EVERY_TYPE}
    dax.put_item(TableName=TABLE, Item=item)
    for consistent in (False, True):
        assert get("types", ConsistentRead=consistent) == item


def check_numbers_come_back_digit_by_digit() -> None:
    put("numbers", all={"L": [{"N": number} for number in NUMBERS]})
    assert [one["N"] for one in get("numbers", ConsistentRead=True)["all"]["L"]] == NUMBERS
    put("numbers", 1, small={"N": "1E-130"}, large={"N": "9.9E+125"})
    found = get("numbers", 1, ConsistentRead=True)
    assert float(found["small"]["N"]) == 1e-130
    assert float(found["large"]["N"]) == 9.9e125


def check_every_kind_of_key() -> None:
    keys: dict[str, list[Item]] = {
        "DaxHashS": [{"pk": {"S": MARK}}],
        "DaxHashN": [{"pk": {"N": "1.5"}}, {"pk": {"N": "-7"}}, {"pk": {"N": "100"}}],
        "DaxHashB": [{"pk": {"B": b"\x00\xff" + MARK.encode()}}],
        "DaxNB": [{"pk": {"N": "7"}, "sk": {"B": b"\xff\x00"}}],
        "DaxBS": [{"pk": {"B": b"\x01"}, "sk": {"S": "é"}}],
    }
    for table, places in keys.items():
        for key in places:
            dax.put_item(TableName=table, Item={**key, "v": {"S": MARK}})
            assert dax.get_item(TableName=table, Key=key)["Item"] == {**key, "v": {"S": MARK}}
            found = dax.scan(TableName=table, ConsistentRead=True)["Items"]
            assert {**key, "v": {"S": MARK}} in found, found
            dax.delete_item(TableName=table, Key=key)


def check_an_item_that_is_not_there() -> None:
    assert "Item" not in dax.get_item(TableName=TABLE, Key=place("nobody"))


def check_a_missing_table() -> None:
    fails("ResourceNotFoundException", dax.get_item, TableName="DaxNope", Key=place("x"))


def check_conditions() -> None:
    put("conditions", a={"S": "x"}, n={"N": "5"}, ls={"L": [{"N": "1"}]}, s={"SS": ["p", "q"]})
    values = {":x": {"S": "x"}, ":y": {"S": "y"}, ":one": {"N": "1"}, ":five": {"N": "5"}, ":t": {"S": "N"}}
    for condition in (
        "a = :x",
        "NOT a <> :x",
        "a <> :y AND a IN (:y, :x)",
        "n BETWEEN :one AND :five",
        "n >= :five AND n <= :five AND n > :one AND :one < n",
        "attribute_exists(a) OR attribute_exists(b)",
        "attribute_not_exists(b) AND attribute_type(n, :t)",
        "begins_with(a, :x) AND contains(a, :x)",
        "size(s) > :one AND size(a) = :one",
        "ls[0] = :one",
        "(a = :y OR n = :five) AND (NOT (a = :y))",
    ):
        used = {name: value for name, value in values.items() if name in condition}
        put_if = {
            "TableName": TABLE,
            "Key": place("conditions"),
            "UpdateExpression": "SET touched = :one",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {**used, ":one": {"N": "1"}},
        }
        dax.update_item(**put_if)
        put_if["ConditionExpression"] = f"NOT ({condition})"
        fails("ConditionalCheckFailedException", dax.update_item, **put_if)


def check_names_and_reserved_words() -> None:
    names = {"#s": "status", "#d": "a.b", "#u": "日本"}
    attributes: Item = {"status": {"S": "x"}, "a.b": {"N": "1"}, "日本": {"BOOL": True}}
    put("names", **attributes)
    found = get("names", ProjectionExpression="#s, #d, #u", ExpressionAttributeNames=names)
    assert found == attributes


def check_projections() -> None:
    dax.put_item(TableName=TABLE, Item={**place("projections"), **EVERY_TYPE})
    found = get(
        "projections",
        ProjectionExpression="text, list[1], list[0], #m.a.b[1], nope, sk",
        ExpressionAttributeNames={"#m": "map"},
    )
    assert found == {
        "text": EVERY_TYPE["text"],
        "list": {"L": [{"N": "1"}, {"S": "two"}]},
        "map": {"M": {"a": {"M": {"b": {"L": [{"N": "8"}]}}}}},
        "sk": {"N": "0"},
    }


def check_every_update_action_and_what_it_returns() -> None:
    dax.put_item(TableName=TABLE, Item={**place("updates"), **EVERY_TYPE})

    def update(returned: str, expression: str, values: Item, names: dict[str, str] | None = None) -> Answer:
        more = {"ExpressionAttributeNames": names} if names else {}
        answer: Answer = dax.update_item(
            TableName=TABLE,
            Key=place("updates"),
            UpdateExpression=expression,
            ExpressionAttributeValues=values,
            ReturnValues=returned,
            **more,
        )
        return answer

    assert update(
        "UPDATED_NEW",
        "SET #n = #n + :one, #l[0] = :x, fresh = if_not_exists(fresh, :one), more = list_append(#l, :l)"
        " REMOVE #b ADD counter :one DELETE texts :a",
        {":one": {"N": "1"}, ":x": {"S": "x"}, ":l": {"L": [{"NULL": True}]}, ":a": {"SS": ["a"]}},
        {"#n": "number", "#l": "list", "#b": "binary"},
    )["Attributes"] == {
        "number": {"N": "-0.5"},
        "list": {"L": [{"S": "x"}]},
        "fresh": {"N": "1"},
        "more": {"L": [*EVERY_TYPE["list"]["L"], {"NULL": True}]},
        "counter": {"N": "1"},
        "texts": {"SS": ["b"]},
    }
    assert update("UPDATED_OLD", "SET counter = counter - :v", {":v": {"N": "3"}})["Attributes"] == {
        "counter": {"N": "1"}
    }
    assert update("ALL_OLD", "SET counter = :v", {":v": {"N": "9"}})["Attributes"]["counter"] == {"N": "-2"}
    assert update("ALL_NEW", "SET counter = :v", {":v": {"N": "10"}})["Attributes"]["counter"] == {"N": "10"}
    assert "Attributes" not in update("NONE", "SET counter = :v", {":v": {"N": "11"}})


def check_old_images_of_puts_and_deletes() -> None:
    put("images", v={"S": "a"})
    request = {"TableName": TABLE, "Item": {**place("images"), "v": {"S": "b"}}, "ReturnValues": "ALL_OLD"}
    assert dax.put_item(**request)["Attributes"] == {**place("images"), "v": {"S": "a"}}
    deletion = {"TableName": TABLE, "Key": place("images"), "ReturnValues": "ALL_OLD"}
    assert dax.delete_item(**deletion)["Attributes"] == {**place("images"), "v": {"S": "b"}}
    assert "Attributes" not in dax.delete_item(**deletion)


def check_legacy_parameters() -> None:
    put("legacy", v={"N": "1"})
    dax.update_item(
        TableName=TABLE,
        Key=place("legacy"),
        AttributeUpdates={"v": {"Action": "ADD", "Value": {"N": "2"}}},
        Expected={"v": {"Value": {"N": "1"}}},
    )
    assert get("legacy", AttributesToGet=["v"]) == {"v": {"N": "3"}}
    found = dax.query(
        TableName=TABLE,
        KeyConditions={
            "pk": {"ComparisonOperator": "EQ", "AttributeValueList": [{"S": partition("legacy")}]}
        },
        QueryFilter={"v": {"ComparisonOperator": "GT", "AttributeValueList": [{"N": "2"}]}},
    )
    assert found["Count"] == 1


def pages(operation: Callable[..., Answer], **request: Any) -> Iterator[Answer]:
    while True:
        page = operation(**request)
        yield page
        if "LastEvaluatedKey" not in page:
            return
        request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def check_queries_page_in_both_directions() -> None:
    numbers = [-12.5, -1, 0, 2, 10, 1000]
    for number in numbers:
        put("pages", number, g={"S": partition("pages")}, i={"N": "1"})
    request = {
        "TableName": TABLE,
        "KeyConditionExpression": "pk = :p AND sk BETWEEN :low AND :high",
        "ExpressionAttributeValues": {
            ":p": {"S": partition("pages")},
            ":low": {"N": "-12.5"},
            ":high": {"N": "10"},
        },
        "Limit": 2,
    }
    for forward in (True, False):
        found = list(pages(dax.query, **request, ScanIndexForward=forward))
        seen = [float(item["sk"]["N"]) for page in found for item in page["Items"]]
        assert seen == sorted(numbers[:5], reverse=not forward)
        assert all(page["Count"] <= 2 for page in found)


def check_indexes_page() -> None:
    for number in range(5):
        put("indexed", number, g={"S": partition("indexed")}, l={"N": str(10 - number)})
    for index, condition in (("by-g", "g = :p"), ("by-l", "pk = :p")):
        request = {
            "TableName": TABLE,
            "IndexName": index,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": {":p": {"S": partition("indexed")}},
            "Limit": 2,
        }
        found = [item for page in pages(dax.query, **request) for item in page["Items"]]
        assert sorted(int(item["sk"]["N"]) for item in found) == list(range(5))
    part = dax.query(
        TableName=TABLE,
        IndexName="by-g",
        KeyConditionExpression="g = :p",
        ExpressionAttributeValues={":p": {"S": partition("indexed")}},
        ProjectionExpression="l",
    )
    assert sorted(item["l"]["N"] for item in part["Items"]) == ["10", "6", "7", "8", "9"]


def check_scans_in_segments_with_filters_and_counts() -> None:
    for number in range(8):
        put(f"scan{number}", number, mark={"S": MARK})
    request = {
        "TableName": TABLE,
        "FilterExpression": "mark = :m",
        "ExpressionAttributeValues": {":m": {"S": MARK}},
    }
    seen = [
        item["sk"]["N"]
        for segment in range(3)
        for page in pages(dax.scan, **request, Segment=segment, TotalSegments=3)
        for item in page["Items"]
    ]
    assert sorted(seen) == [str(number) for number in range(8)]
    counted = list(pages(dax.scan, **request, Select="COUNT"))
    assert sum(page["Count"] for page in counted) == 8
    assert all("Items" not in page or not page["Items"] for page in counted)


def check_batches() -> None:
    writes = [{"PutRequest": {"Item": {**place("batch", number), "v": {"N": "1"}}}} for number in range(25)]
    assert dax.batch_write_item(RequestItems={TABLE: writes})["UnprocessedItems"] == {}
    keys = [place("batch", number) for number in range(30)]
    answer = dax.batch_get_item(RequestItems={TABLE: {"Keys": keys}}, ReturnConsumedCapacity="TOTAL")
    assert answer["UnprocessedKeys"] == {}
    assert sorted(int(item["sk"]["N"]) for item in answer["Responses"][TABLE]) == list(range(25))
    part = dax.batch_get_item(
        RequestItems={TABLE: {"Keys": keys[:2], "ProjectionExpression": "v", "ConsistentRead": True}}
    )
    assert part["Responses"] == {TABLE: [{"v": {"N": "1"}}] * 2}
    deletions = [{"DeleteRequest": {"Key": key}} for key in keys[:25]]
    dax.batch_write_item(RequestItems={TABLE: deletions})
    assert find("batch", 3) is None


def check_transactions() -> None:
    put("transaction", 1, v={"N": "1"})
    put("transaction", 2)
    dax.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": TABLE, "Item": {**place("transaction", 0), "v": {"S": "new"}}}},
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": place("transaction", 1),
                    "UpdateExpression": "SET v = v + :one",
                    "ConditionExpression": "v = :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            },
            {"Delete": {"TableName": TABLE, "Key": place("transaction", 2)}},
            {
                "ConditionCheck": {
                    "TableName": TABLE,
                    "Key": place("transaction", 3),
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            },
        ],
        ReturnConsumedCapacity="TOTAL",
    )
    gets: list[dict[str, Any]] = [
        {"Get": {"TableName": TABLE, "Key": place("transaction", number)}} for number in range(3)
    ]
    gets[1]["Get"]["ProjectionExpression"] = "v"
    found = dax.transact_get_items(TransactItems=gets)["Responses"]
    assert found == [
        {"Item": {**place("transaction", 0), "v": {"S": "new"}}},
        {"Item": {"v": {"N": "2"}}},
        {},
    ]


def check_a_transaction_sent_twice_under_one_token() -> None:
    put("token", v={"N": "0"})
    request: dict[str, Any] = {
        "ClientRequestToken": f"token-{MARK}",
        "TransactItems": [
            {
                "Update": {
                    "TableName": TABLE,
                    "Key": place("token"),
                    "UpdateExpression": "ADD v :one",
                    "ExpressionAttributeValues": {":one": {"N": "1"}},
                }
            }
        ],
    }
    dax.transact_write_items(**request)
    dax.transact_write_items(**request)
    assert get("token", ConsistentRead=True)["v"] == {"N": "1"}
    request["TransactItems"][0]["Update"]["ExpressionAttributeValues"] = {":one": {"N": "2"}}
    fails("IdempotentParameterMismatchException", dax.transact_write_items, **request)


def check_why_a_transaction_was_cancelled() -> None:
    put("cancelled", v={"S": "x"})
    error = fails(
        "TransactionCanceledException",
        dax.transact_write_items,
        TransactItems=[
            {
                "Put": {
                    "TableName": TABLE,
                    "Item": place("cancelled"),
                    "ConditionExpression": "attribute_not_exists(pk)",
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
            },
            {"Delete": {"TableName": TABLE, "Key": place("cancelled", 1)}},
        ],
    )
    assert error.cancellation_reasons[0] == "ConditionalCheckFailed"
    assert error.cancellation_reasons[3:] == ["None", None, None]
    assert get("cancelled", ConsistentRead=True)["v"] == {"S": "x"}


def check_consumed_capacity_and_collection_metrics() -> None:
    answer = dax.put_item(
        TableName=TABLE,
        Item=place("costs"),
        ReturnConsumedCapacity="INDEXES",
        ReturnItemCollectionMetrics="SIZE",
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1.0
    assert answer["ItemCollectionMetrics"] == {
        "ItemCollectionKey": {"pk": {"S": partition("costs")}},
        "SizeEstimateRangeGB": [0.0, 1.0],
    }


def check_what_the_database_refuses() -> None:
    fails(
        "ValidationException",
        dax.put_item,
        TableName=TABLE,
        Item={**place("refused"), "v": {"S": "x" * 500_000}},
    )
    fails(
        "ValidationException",
        dax.query,
        TableName=TABLE,
        KeyConditionExpression="sk = :s",
        ExpressionAttributeValues={":s": {"N": "1"}},
    )


def check_large_items_and_many_threads() -> None:
    wrong: list[Exception] = []

    def work(number: int) -> None:
        try:
            text = chr(ord("a") + number) * 300_000
            put("large", number, v={"S": text})
            assert get("large", number)["v"]["S"] == text
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong, wrong


def check_the_resource_flavour_of_boto3() -> None:
    keys = {"aws_access_key_id": "anything", "aws_secret_access_key": "anything"}
    options = {"region_name": "us-east-1", "endpoint_url": ENDPOINT, **keys}
    with amazondax.AmazonDaxClient.resource(**options) as resource:
        table = resource.Table(TABLE)
        with table.batch_writer() as batch:
            for number in range(30):
                batch.put_item(Item={"pk": partition("resource"), "sk": number, "even": number % 2 == 0})
        found = table.query(
            KeyConditionExpression=Key("pk").eq(partition("resource")), FilterExpression=Attr("even").eq(True)
        )
        assert [item["sk"] for item in found["Items"]] == list(range(0, 30, 2))


def main() -> None:
    results: dict[str, str | None] = {}
    for name, check in list(globals().items()):
        if name.startswith("check_"):
            try:
                check()
                results[name] = None
            except Exception:
                results[name] = traceback.format_exc()
    dax.close()
    print(json.dumps(results))


if __name__ == "__main__":
    main()
