"""Names of tables and indexes, wherever a request may carry one."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.bases import BASES, members_of
from tests.conformance.cases import OMPVI, PREFIX, Case, Expected, Like, No, judge, missing_table, table_of
from tests.conformance.schema import KEY, NOWHERE, TABLE, keys, on
from tests.conformance.test_members import NEW_LAYER
from tests.conformance.wire import Wire

NAMED = [operation for operation in BASES if any(name == "TableName" for name, _ in members_of(operation))]
CONTROL = {
    *("UpdateTable", "DeleteTable", "DescribeTable", "DescribeTimeToLive", "UpdateTimeToLive"),
    *("DescribeContributorInsights", "UpdateContributorInsights", "ListContributorInsights"),
    *("EnableKinesisStreamingDestination", "DisableKinesisStreamingDestination"),
    *("UpdateKinesisStreamingDestination", "DescribeKinesisStreamingDestination"),
}
RECOVERY = {"DescribeContinuousBackups", "UpdateContinuousBackups", "CreateBackup"}
"""Operations with an error of their own for a table that is not there."""
LONG = "a" * 256
PATTERN = "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
FAILED = "failed to satisfy constraint:"
LONGEST = "Member must have length less than or equal to 255"
SHORTEST = "Member must have length greater than or equal to 1"
BAD_NAMES = ("bad table!@#", "a b c", "täble", "a/b/c", "a\nb", "名前名前", "abc ", "a:b")


def table_names() -> Iterator[Case]:
    for operation in NAMED:
        base = BASES[operation]
        yield Case(
            "B1.03",
            "256 characters",
            operation,
            base | {"TableName": LONG},
            f"{PREFIX}Value '{LONG}' at 'tableName' {FAILED} {LONGEST}",
        )
        for name in BAD_NAMES:
            message = f"{PREFIX}Value '{name}' at 'tableName' {FAILED} {PATTERN}"
            yield Case("B1.04", ascii(name), operation, base | {"TableName": name}, message)
        if operation != "CreateTable":
            classic = f"{PREFIX}Value '' at 'tableName' {FAILED} {SHORTEST}"
            new = f"{PREFIX}Value at 'TableName' {FAILED} {SHORTEST}"
            message = new if operation in NEW_LAYER else classic
            yield Case("B1.02", "empty", operation, base | {"TableName": ""}, message)
            error: Expected = missing_table(NOWHERE if operation in CONTROL else "")
            behaviour = "B3.18" if operation in CONTROL else "B3.19"
            if operation in RECOVERY:
                behaviour, error = "B13.01", No("TableNotFoundException", f"Table not found: {NOWHERE}")
            if operation == "ListBackups":  # tables that are gone have backups
                behaviour, error = "B13.02", {"BackupSummaries": []}
            yield Case(behaviour, "no such table", operation, base | {"TableName": NOWHERE}, error)


SHORT = ("ab", "a")
BATCHED: dict[str, dict[str, Any]] = {
    "BatchGetItem": {"RequestItems": {NOWHERE: {"Keys": [KEY]}}},
    "BatchWriteItem": {"RequestItems": {NOWHERE: [{"DeleteRequest": {"Key": KEY}}]}},
    "TransactGetItems": {"TransactItems": [{"Get": on(NOWHERE, Key=KEY)}]},
    "TransactWriteItems": {"TransactItems": [{"Put": on(NOWHERE, Item=KEY)}]},
}
NAMES = (
    *(
        Case(
            "B1.05",
            f"{len(name)} characters",
            "CreateTable",
            BASES["CreateTable"] | {"TableName": name},
            f"{PREFIX}Value '{name}' at 'tableName' {FAILED} Member must have "
            "length greater than or equal to 3",
        )
        for name in SHORT
    ),
    *(Case("B3.19", "no such table", name, request, missing_table()) for name, request in BATCHED.items()),
    Case(
        "B1.27",
        "an empty table name hides a bad enum",
        "PutItem",
        on("", Item=KEY, ReturnValues="INVALID"),
        f"{PREFIX}Value at 'TableName' {FAILED} {SHORTEST}",
    ),
    Case(
        "B1.27",
        "an empty table name hides an empty item",
        "PutItem",
        on("", Item={}),
        f"{PREFIX}Value at 'TableName' {FAILED} {SHORTEST}",
    ),
    Case(
        "B1.27",
        "an empty table name hides an empty key",
        "UpdateItem",
        on("", Key={}),
        f"{PREFIX}Value at 'TableName' {FAILED} {SHORTEST}",
    ),
    *(
        Case(
            "B3.21",
            f"index of another name: {name}",
            operation,
            BASES[operation] | {"IndexName": name},
            f"The table does not have the specified index: {name}",
        )
        for operation in ("Query", "Scan")
        for name in ("nowhere", "GSI", "gsi-")
    ),
    Case(
        "B1.06",
        "three elements in a key schema",
        "CreateTable",
        BASES["CreateTable"]
        | {"KeySchema": [*keys("pk", "sk"), {"AttributeName": "more", "KeyType": "RANGE"}]},
        f"{PREFIX}Value '[KeySchemaElement(attributeName=pk, keyType=HASH), "
        "KeySchemaElement(attributeName=sk, "
        "keyType=RANGE), KeySchemaElement(attributeName=more, keyType=RANGE)]' at 'keySchema' "
        f"{FAILED} Member must have length less than or equal to 2",
    ),
    Case(
        "B2.12",
        "no throughput, and three elements in a key schema",
        "CreateTable",
        BASES["CreateTable"]
        | {"BillingMode": None, "KeySchema": [*keys("pk", "sk"), {"AttributeName": "x", "KeyType": "RANGE"}]},
        f"{OMPVI}ReadCapacityUnits and WriteCapacityUnits must both be specified "
        "when BillingMode is PROVISIONED",
    ),
    Case(
        "B1.31",
        "name and definitions are told together",
        "CreateTable",
        BASES["CreateTable"] | {"TableName": "ab", "KeySchema": []},
        Like(("2 validation errors detected: ",)),
    ),
    Case(
        "B2.10",
        "a bad expression before the missing table",
        "Query",
        on(NOWHERE, KeyConditionExpression="pk = :p"),
        "Invalid KeyConditionExpression: An expression attribute value used in expression is not defined; "
        "attribute value: :p",
    ),
    Case(
        "B2.10",
        "a bad expression before the missing table",
        "Scan",
        on(NOWHERE, FilterExpression="a ="),
        'Invalid FilterExpression: Syntax error; token: "<EOF>", near: "="',
    ),
    Case(
        "B2.01",
        "a bad value before the missing table",
        "PutItem",
        on(NOWHERE, Item=KEY | {"v": {"SS": []}}),
        f"{PREFIX}{OMPVI}An string set  may not be empty",
    ),
    Case(
        "B4.03",
        "a table that exists",
        "CreateTable",
        BASES["CreateTable"] | {"TableName": TABLE},
        No("ResourceInUseException", f"Table already exists: {TABLE}"),
    ),
)


@table_of(table_names(), NAMES)
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


BY_ARN = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DescribeTable")


@pytest.mark.parametrize("operation", BY_ARN)
def test_a_table_may_be_named_by_its_arn(wire: Wire, operation: str) -> None:
    """B3.04"""
    arn = wire("DescribeTable", {"TableName": TABLE})["Table"]["TableArn"]
    wire(operation, BASES[operation] | {"TableName": arn})


def test_batches_and_transactions_take_arns_too(wire: Wire) -> None:
    """B3.04"""
    arn = wire("DescribeTable", {"TableName": TABLE})["Table"]["TableArn"]
    item = {"pk": {"S": "by arn"}, "sk": {"N": "1"}}
    wire("TransactWriteItems", {"TransactItems": [{"Put": on(arn, Item=item)}]})
    got = wire("TransactGetItems", {"TransactItems": [{"Get": on(arn, Key=item)}]})
    assert got["Responses"] == [{"Item": item}]
    assert wire("BatchGetItem", {"RequestItems": {arn: {"Keys": [item]}}})["UnprocessedKeys"] == {}
    wire("BatchWriteItem", {"RequestItems": {arn: [{"DeleteRequest": {"Key": item}}]}})
