"""What requests ask for: actions, resources, and facts for conditions."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from dynalite.access import asks
from dynalite.access.decision import Ask
from dynalite.access.gate import Gate
from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.operations.catalogue import OPERATIONS
from dynalite.settings import Settings

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"
KEY = {"pk": {"S": "alice"}, "sk": {"N": "1"}}
NAMES = {"ExpressionAttributeNames": {"#a": "age"}}


@pytest.fixture(scope="module")
def gate() -> Iterator[Gate]:
    loop = asyncio.new_event_loop()
    database = loop.run_until_complete(Database.open(Settings()))
    table = {
        "TableName": "Music",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "N"},
            {"AttributeName": "genre", "AttributeType": "N"},
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "ByGenre",
                "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }
    loop.run_until_complete(database.execute("CreateTable", table, Caller()))
    yield Gate(database.catalog, database.clock, database.settings.account)
    loop.run_until_complete(database.close())
    loop.close()


def asked(gate: Gate, operation: str, **request: Any) -> list[Ask]:
    return list(asks.of(gate.scope("us-east-1"), operation, request))


def named(found: list[Ask]) -> list[str]:
    return [f"{ask.action.removeprefix('dynamodb:')} {ask.resource.removeprefix(ARN)}" for ask in found]


@pytest.mark.parametrize(
    ("operation", "request_", "expected"),
    [
        ("GetItem", {"TableName": "Music", "Key": KEY}, ["GetItem Music"]),
        ("GetItem", {"TableName": f"{ARN}Music", "Key": KEY}, ["GetItem Music"]),
        ("GetItem", {"TableName": "None", "Key": KEY}, ["GetItem None"]),
        ("Query", {"TableName": "Music"}, ["Query Music"]),
        ("Query", {"TableName": "Music", "IndexName": "ByGenre"}, ["Query Music/index/ByGenre"]),
        ("Scan", {"TableName": "Music", "IndexName": "ByGenre"}, ["Scan Music/index/ByGenre"]),
        (
            "DescribeGlobalTable",
            {"GlobalTableName": "Music"},
            ["DescribeGlobalTable arn:aws:dynamodb::000000000000:global-table/Music"],
        ),
        ("SearchVectors", {"TableName": "Music", "IndexName": "Near"}, ["SearchVectors Music/index/Near"]),
        (
            "BatchGetItem",
            {"RequestItems": {"Music": {"Keys": [KEY]}, "Other": {"Keys": []}}},
            ["BatchGetItem Music", "BatchGetItem Other"],
        ),
        ("BatchWriteItem", {"RequestItems": {"Music": []}}, ["BatchWriteItem Music"]),
        (
            "TransactGetItems",
            {"TransactItems": [{"Get": {"TableName": "Music", "Key": KEY}}]},
            ["GetItem Music"],
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "Music", "Item": KEY}},
                    {"Update": {"TableName": "A", "Key": KEY}},
                    {"Delete": {"TableName": "B", "Key": KEY}},
                    {"ConditionCheck": {"TableName": "C", "Key": KEY}},
                ]
            },
            ["PutItem Music", "UpdateItem A", "DeleteItem B", "ConditionCheckItem C"],
        ),
        ("ExecuteStatement", {"Statement": "SELECT * FROM Music"}, ["PartiQLSelect Music"]),
        (
            "ExecuteStatement",
            {"Statement": 'SELECT * FROM "Music"."ByGenre"'},
            ["PartiQLSelect Music/index/ByGenre"],
        ),
        (
            "BatchExecuteStatement",
            {
                "Statements": [
                    {"Statement": "INSERT INTO Music VALUE {'pk': 'a'}"},
                    {"Statement": "DELETE FROM Music WHERE pk = 'a'"},
                ]
            },
            ["PartiQLInsert Music", "PartiQLDelete Music"],
        ),
        (
            "ExecuteTransaction",
            {
                "TransactStatements": [
                    {"Statement": "UPDATE Music SET a = 1 WHERE pk = 'a'"},
                    {"Statement": "EXISTS(SELECT * FROM Other WHERE pk = 'a')"},
                ]
            },
            ["PartiQLUpdate Music", "PartiQLSelect Other"],
        ),
        ("ListTables", {}, ["ListTables *"]),
        ("CreateTable", {"TableName": "New"}, ["CreateTable New"]),
        (
            "CreateTable",
            {"TableName": "New", "Tags": [], "ResourcePolicy": ""},
            ["CreateTable New", "TagResource New", "PutResourcePolicy New"],
        ),
        ("DeleteTable", {"TableName": "Music"}, ["DeleteTable Music"]),
        ("DescribeLimits", {}, ["DescribeLimits *"]),
        ("ListStreams", {"TableName": "Music"}, ["ListStreams *"]),
        ("DescribeStream", {"StreamArn": f"{ARN}Music/stream/x"}, ["DescribeStream Music/stream/x"]),
        ("GetRecords", {"ShardIterator": f"{ARN}Music/stream/x|1|abc"}, ["GetRecords Music/stream/x"]),
        (
            "EnableKinesisStreamingDestination",
            {"TableName": "Music", "StreamArn": "arn:aws:kinesis:us-east-1:000000000000:stream/changes"},
            ["EnableKinesisStreamingDestination Music"],
        ),
        ("TagResource", {"ResourceArn": f"{ARN}Music"}, ["TagResource Music"]),
        ("TagResource", {"ResourceArn": f"{ARN}Music".replace("aws", "aws-cn")}, ["TagResource Music"]),
        ("DescribeBackup", {"BackupArn": f"{ARN}Music/backup/1"}, ["DescribeBackup Music/backup/1"]),
        ("ExportTableToPointInTime", {"TableArn": f"{ARN}Music"}, ["ExportTableToPointInTime Music"]),
        ("DescribeExport", {"ExportArn": f"{ARN}Music/export/1"}, ["DescribeExport Music/export/1"]),
        ("ImportTable", {"TableCreationParameters": {"TableName": "New"}}, ["ImportTable New"]),
        (
            "UpdateContributorInsights",
            {"TableName": "Music", "IndexName": "ByGenre"},
            ["UpdateContributorInsights Music/index/ByGenre"],
        ),
        ("WhateverComesNext", {"Something": "Music"}, ["WhateverComesNext *"]),
    ],
)
def test_actions_and_resources(
    gate: Gate, operation: str, request_: dict[str, Any], expected: list[str]
) -> None:
    found = named(asked(gate, operation, **request_))
    assert found == expected


def test_a_restore_needs_what_the_new_table_needs(gate: Gate) -> None:
    found = named(asked(gate, "RestoreTableToPointInTime", SourceTableName="Music", TargetTableName="New"))
    assert found[0] == "RestoreTableToPointInTime Music"
    assert {"PutItem New", "Scan New", "DeleteItem New"} < set(found)


def facts(gate: Gate, operation: str, **request: Any) -> dict[str, list[str]]:
    (ask,) = asked(gate, operation, **request)
    return {key.removeprefix("dynamodb:"): list(values) for key, values in ask.facts.items()}


def test_a_get(gate: Gate) -> None:
    assert facts(gate, "GetItem", TableName="Music", Key=KEY) == {
        "leadingkeys": ["alice"],
        "attributes": ["pk", "sk"],
        "select": ["ALL_ATTRIBUTES"],
        "returnconsumedcapacity": ["NONE"],
    }
    projected = {"ProjectionExpression": "#a, home.street, tags[0]", **NAMES}
    found = facts(gate, "GetItem", TableName="Music", Key=KEY, **projected)
    assert found["attributes"] == ["age", "home", "pk", "sk", "tags"]
    assert found["select"] == ["SPECIFIC_ATTRIBUTES"]
    assert facts(gate, "GetItem", TableName="Music", Key=KEY, AttributesToGet=["a"])["attributes"] == [
        *("a", "pk", "sk")
    ]


def test_writes(gate: Gate) -> None:
    found = facts(
        gate,
        "UpdateItem",
        TableName="Music",
        Key={"pk": {"S": "bob"}, "sk": {"N": "1"}},
        UpdateExpression="SET a.b = if_not_exists(c, d) REMOVE #a",
        ConditionExpression="attribute_exists(e) AND size(f) > g",
        ReturnValues="UPDATED_NEW",
        ReturnConsumedCapacity="TOTAL",
        **NAMES,
    )
    assert found == {
        "leadingkeys": ["bob"],
        "attributes": ["a", "age", "c", "d", "e", "f", "g", "pk", "sk"],
        "returnvalues": ["UPDATED_NEW"],
        "returnconsumedcapacity": ["TOTAL"],
    }
    legacy = {"AttributeUpdates": {"a": {"Action": "DELETE"}}, "Expected": {"b": {"Exists": False}}}
    found = facts(gate, "UpdateItem", TableName="Music", Key=KEY, **legacy)
    assert found["attributes"] == ["a", "b", "pk", "sk"]
    found = facts(gate, "PutItem", TableName="Music", Item={**KEY, "x": {"S": ""}})
    assert (found["attributes"], found["returnvalues"]) == (["pk", "sk", "x"], ["NONE"])
    on_failure = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    assert facts(gate, "DeleteItem", TableName="Music", Key=KEY, **on_failure)["returnvalues"] == ["ALL_OLD"]


def test_pages(gate: Gate) -> None:
    values = {"ExpressionAttributeValues": {":p": {"S": "alice"}, ":s": {"N": "1"}}}
    found = facts(gate, "Query", TableName="Music", KeyConditionExpression=":p = pk AND sk > :s", **values)
    assert (found["leadingkeys"], found["attributes"]) == (["alice"], ["pk", "sk"])
    assert found["select"] == ["ALL_ATTRIBUTES"]
    conditions = {"genre": {"ComparisonOperator": "EQ", "AttributeValueList": [{"N": "007"}]}}
    found = facts(gate, "Query", TableName="Music", IndexName="ByGenre", KeyConditions=conditions)
    assert found["leadingkeys"] == ["7"]
    assert found["select"] == ["ALL_PROJECTED_ATTRIBUTES"]
    found = facts(
        gate,
        "Scan",
        TableName="Music",
        FilterExpression="x = :p",
        Select="COUNT",
        ExpressionAttributeValues={":p": {"S": ""}},
    )
    assert found == {"attributes": ["x"], "select": ["COUNT"], "returnconsumedcapacity": ["NONE"]}
    found = facts(
        gate,
        "SearchVectors",
        TableName="Music",
        IndexName="Near",
        SearchConditionExpression="mood = :m",
        ProjectionExpression="title",
        ExpressionAttributeValues={":m": {"S": "calm"}},
    )
    assert (found["attributes"], found["select"]) == (["mood", "title"], ["SPECIFIC_ATTRIBUTES"])


def test_batches_and_transactions(gate: Gate) -> None:
    keys = [KEY, {"pk": {"S": "bob"}, "sk": {"N": "2"}}, KEY]
    found = facts(gate, "BatchGetItem", RequestItems={"Music": {"Keys": keys}})
    assert found["leadingkeys"] == ["alice", "bob"]
    writes = [{"PutRequest": {"Item": {**KEY, "x": {"S": ""}}}}, {"DeleteRequest": {"Key": keys[1]}}]
    found = facts(gate, "BatchWriteItem", RequestItems={"Music": writes})
    assert (found["leadingkeys"], found["attributes"]) == (["alice", "bob"], ["pk", "sk", "x"])
    found = facts(gate, "TransactGetItems", TransactItems=[{"Get": {"TableName": "Music", "Key": KEY}}])
    assert found["enclosingoperation"] == ["TransactGetItems"]
    unused = {"ExpressionAttributeNames": {"#n": "x"}}  # which transactions do not mind
    get = {"TableName": "Music", "Key": KEY, **unused}
    assert facts(gate, "TransactGetItems", TransactItems=[{"Get": get}])["leadingkeys"] == ["alice"]
    put = {"TableName": "Music", "Item": KEY, **unused}
    assert facts(gate, "TransactWriteItems", TransactItems=[{"Put": put}])["leadingkeys"] == ["alice"]
    check = {"TableName": "Music", "Key": KEY, "ConditionExpression": "attribute_exists(x)"}
    found = facts(gate, "TransactWriteItems", TransactItems=[{"ConditionCheck": check}])
    assert (found["attributes"], found["enclosingoperation"]) == (["pk", "sk", "x"], ["TransactWriteItems"])


def said(gate: Gate, text: str, *parameters: Any) -> dict[str, list[str]]:
    more = {"Parameters": list(parameters)} if parameters else {}
    return facts(gate, "ExecuteStatement", Statement=text, **more)


def test_statements(gate: Gate) -> None:
    found = said(gate, "SELECT a.b, c FROM Music WHERE pk = ? AND d > 1", {"S": "alice"})
    assert found == {
        "leadingkeys": ["alice"],
        "attributes": ["a", "c", "d", "pk"],
        "select": ["SPECIFIC_ATTRIBUTES"],
        "fulltablescan": ["false"],
    }
    assert said(gate, "SELECT * FROM Music WHERE pk IN ['a', 'b'] OR pk = 'c'")["leadingkeys"] == [*"abc"]
    found = said(gate, "SELECT * FROM Music WHERE d = 1")
    assert (found["fulltablescan"], found["select"]) == (["true"], ["ALL_ATTRIBUTES"])
    assert "leadingkeys" not in found
    found = said(gate, 'SELECT * FROM "Music"."ByGenre" WHERE genre = 7 AND pk = \'a\'')
    assert found["leadingkeys"] == ["7"]
    found = said(gate, "INSERT INTO Music VALUE {'pk': 'a', 'sk': 1, 'x': 2}")
    assert found == {"leadingkeys": ["a"], "attributes": ["pk", "sk", "x"]}
    found = said(
        gate, "UPDATE Music SET x = y + 1 REMOVE z WHERE pk = 'a' AND sk = 1 RETURNING MODIFIED NEW *"
    )
    assert found == {
        "leadingkeys": ["a"],
        "attributes": ["pk", "sk", "x", "y", "z"],
        "returnvalues": ["UPDATED_NEW"],
    }
    found = said(gate, "DELETE FROM Music WHERE pk = 'a' AND sk = 1 RETURNING ALL OLD *")
    assert (found["leadingkeys"], found["returnvalues"]) == (["a"], ["ALL_OLD"])


def test_a_request_that_is_wrong_has_no_facts(gate: Gate) -> None:
    for expression in ("a..b", "#b", ""):
        (ask,) = asked(gate, "GetItem", TableName="Music", Key=KEY, ProjectionExpression=expression)
        with pytest.raises(ServiceError):
            _ = ask.facts


def test_every_operation_asks_for_something_and_only_known_ones_for_anything(gate: Gate) -> None:
    """A new operation whose resource is named by another member needs a row, or nobody can allow it alone."""
    on_table = {"TableName": "Music"}
    statement = {"Statement": "SELECT * FROM Music"}
    fits: Any = {
        **on_table,
        **statement,
        "Key": KEY,
        "Item": KEY,
        "TransactItems": [{"Get": {**on_table, "Key": KEY}, "Put": {**on_table, "Item": KEY}}],
        "Statements": [statement],
        "TransactStatements": [statement],
        "ShardIterator": f"{ARN}Music/stream/x|",
        "TargetTableName": "Music",
        "SourceTableName": "Music",
        "TableCreationParameters": on_table,
    }
    for name, row in OPERATIONS.items():
        members = row.shape.members
        request = {member: fits.get(member, f"{ARN}Music") for member in members if member != "RequestItems"}
        if "RequestItems" in members:
            request["RequestItems"] = {"Music": {"Keys": [KEY]} if name == "BatchGetItem" else []}
        found = asked(gate, name, **request)
        assert found
        on_anything = any(ask.resource == asks.ANYTHING for ask in found)
        assert on_anything is (name in asks._ON_NOTHING), name
