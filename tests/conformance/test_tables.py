"""The control plane: schemas that are refused, and what the answers of a table's life contain."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import OMPVI, TABLE, Case, judge, table_of
from tests.oracle.client import Client

NEW = "conformance-new"
HASH = [{"AttributeName": "pk", "KeyType": "HASH"}]
BOTH = [*HASH, {"AttributeName": "sk", "KeyType": "RANGE"}]
THROUGHPUT = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


def attributes(**kinds: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()]


BASE: dict[str, Any] = {
    "TableName": NEW,
    "KeySchema": HASH,
    "AttributeDefinitions": attributes(pk="S"),
    "BillingMode": "PAY_PER_REQUEST",
}


def create(name: str, message: str, certainty: Any = "captured", **members: Any) -> Case:
    return Case(name, "CreateTable", BASE | members, OMPVI + message, certainty)


def index(name: str, keys: list[dict[str, str]], **projection: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": keys, "Projection": projection or {"ProjectionType": "ALL"}}


CASES = (
    create(
        "provisioned without throughput",
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
        BillingMode="PROVISIONED",
    ),
    create(
        "on demand with throughput",
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
        "when BillingMode is PAY_PER_REQUEST",
        ProvisionedThroughput=THROUGHPUT,
    ),
    Case(
        "table exists",
        "CreateTable",
        BASE | {"TableName": TABLE},
        f"Table already exists: {TABLE}",
        code="ResourceInUseException",
    ),
    create(
        "stream off with a view type",
        "Table is being created with a stream disabled, UpdateViewType should not be specified",
        StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"},
    ),
    create(
        "include without names",
        "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        GlobalSecondaryIndexes=[index("gsi", HASH, ProjectionType="INCLUDE")],
    ),
    create(
        "all with names",
        "ProjectionType is ALL, but NonKeyAttributes is specified",
        "reported",
        GlobalSecondaryIndexes=[index("gsi", HASH, ProjectionType="ALL", NonKeyAttributes=["a"])],
    ),
    create(
        "definitions too many",
        "Number of attributes in KeySchema does not exactly match number of attributes "
        "defined in AttributeDefinitions",
        "reported",
        AttributeDefinitions=attributes(pk="S", other="S"),
    ),
    create(
        "local index of a table without sort key",
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
        "reported",
        AttributeDefinitions=attributes(pk="S", sk="S"),
        LocalSecondaryIndexes=[index("lsi", BOTH)],
    ),
    create(
        "index name twice",
        "Duplicate index name: gsi",
        "reported",
        GlobalSecondaryIndexes=[index("gsi", HASH), index("gsi", HASH)],
    ),
    Case(
        "update of an index with undefined keys",
        "UpdateTable",
        {
            "GlobalSecondaryIndexUpdates": [
                {"Create": index("more", [{"AttributeName": "other", "KeyType": "HASH"}])}
            ],
            "AttributeDefinitions": attributes(pk="S"),
        },
        f"{OMPVI}Some index key attributes are not defined in AttributeDefinitions",
    ),
    Case(
        "delete of no table",
        "DeleteTable",
        {"TableName": "nowhere"},
        "Requested resource not found: Table: nowhere not found",
        code="ResourceNotFoundException",
    ),
)


@table_of(CASES)
def test_refused(call: Client, case: Case) -> None:
    judge(call, case)


@pytest.fixture
def drop(call: Client) -> Iterator[None]:
    yield
    call("DeleteTable", {"TableName": NEW})


@pytest.mark.usefixtures("drop")
def test_an_on_demand_table_while_it_is_created_and_after(call: Client) -> None:
    created: Any = call("CreateTable", BASE)["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    assert created["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    assert "WarmThroughput" not in created
    assert created["ProvisionedThroughput"] == {
        "NumberOfDecreasesToday": 0,
        "ReadCapacityUnits": 0,
        "WriteCapacityUnits": 0,
    }
    assert (created["ItemCount"], created["TableSizeBytes"]) == (0, 0)
    assert created["DeletionProtectionEnabled"] is False

    active: Any = call("DescribeTable", {"TableName": NEW})["Table"]
    assert active["TableStatus"] == "ACTIVE"
    assert active["TableId"] == created["TableId"]
    assert active["WarmThroughput"] == {
        "ReadUnitsPerSecond": 12000,
        "WriteUnitsPerSecond": 4000,
        "Status": "ACTIVE",
    }
    assert "LastUpdateToPayPerRequestDateTime" in active["BillingModeSummary"]


@pytest.mark.usefixtures("drop")
def test_a_provisioned_table_is_as_warm_as_its_throughput(call: Client) -> None:
    call("CreateTable", BASE | {"BillingMode": "PROVISIONED", "ProvisionedThroughput": THROUGHPUT})
    active: Any = call("DescribeTable", {"TableName": NEW})["Table"]
    warm = active["WarmThroughput"]
    assert (warm["ReadUnitsPerSecond"], warm["WriteUnitsPerSecond"]) == (5, 6)


@pytest.mark.usefixtures("drop")
def test_a_protected_table_is_not_deleted(call: Client) -> None:
    call("CreateTable", BASE | {"DeletionProtectionEnabled": True})
    judge(
        call,
        Case(
            "protected",
            "DeleteTable",
            {"TableName": NEW},
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first.",
        ),
    )
    call("UpdateTable", {"TableName": NEW, "DeletionProtectionEnabled": False})


def test_the_answer_to_a_deletion_leaves_the_schema_out(call: Client) -> None:
    call("CreateTable", BASE)
    deleted: Any = call("DeleteTable", {"TableName": NEW})["TableDescription"]
    assert deleted["TableStatus"] == "DELETING"
    assert not deleted.keys() & {"AttributeDefinitions", "KeySchema", "CreationDateTime"}
