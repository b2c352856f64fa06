"""The control plane: schemas and changes that are refused, and what the answers of a table's life contain."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import OMPVI, PREFIX, Case, Like, No, judge, table_of
from tests.conformance.schema import NEW, NOWHERE, TABLE, attributes, index, keys, on
from tests.conformance.wire import Refusal, Wire

THROUGHPUT = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
BASE: dict[str, Any] = {
    "TableName": NEW,
    "KeySchema": keys("pk"),
    "AttributeDefinitions": attributes(pk="S"),
    "BillingMode": "PAY_PER_REQUEST",
}
TWO = {"KeySchema": keys("pk", "sk"), "AttributeDefinitions": attributes(pk="S", sk="S")}
PROVISIONED = {"BillingMode": "PROVISIONED", "ProvisionedThroughput": THROUGHPUT}
FAILED = "failed to satisfy constraint:"


def element(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "KeyType": kind}


def gsi(*args: Any, **members: Any) -> dict[str, Any]:
    return {"GlobalSecondaryIndexes": [index(*args) | members]}


def lsi(*args: Any) -> dict[str, Any]:
    return {"LocalSecondaryIndexes": [index(*args)]}


CREATE: tuple[tuple[str, str, dict[str, Any], Any], ...] = (
    (
        "B4.01",
        "provisioned without throughput",
        {"BillingMode": "PROVISIONED"},
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    ),
    (
        "B4.01",
        "no mode and no throughput",
        {"BillingMode": None},
        "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    ),
    (
        "B4.02",
        "on demand with throughput",
        {"ProvisionedThroughput": THROUGHPUT},
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified "
        "when BillingMode is PAY_PER_REQUEST",
    ),
    (
        "B4.04",
        "stream off with a view",
        {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
        "Table is being created with a stream disabled, UpdateViewType should not be specified",
    ),
    (
        "B4.05",
        "stream on without a view",
        {"StreamSpecification": {"StreamEnabled": True}},
        Like((f"{OMPVI}Table is being created with a stream enabled, ",)),
    ),
    (
        "B4.06",
        "include without names",
        gsi("gsi", keys("pk"), "INCLUDE"),
        "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
    ),
    (
        "B4.06",
        "include without names, local",
        TWO | lsi("lsi", keys("pk", "sk"), "INCLUDE"),
        "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
    ),
    *(
        (
            "B4.07",
            f"{kind} with names",
            gsi("gsi", keys("pk"), kind, "a"),
            f"ProjectionType is {kind}, but NonKeyAttributes is specified",
        )
        for kind in ("ALL", "KEYS_ONLY")
    ),
    ("B4.08", "no projection type", gsi("gsi", keys("pk"), Projection={}), "Unknown ProjectionType: null"),
    (
        "B4.09",
        "a definition too many",
        {"AttributeDefinitions": attributes(pk="S", a="S")},
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions",
    ),
    (
        "B4.10",
        "index keys undefined",
        gsi("gsi", keys("a")),
        Like((f"{OMPVI}Some index key attributes are not defined in AttributeDefinitions",)),
    ),
    (
        "B4.11",
        "a definition too many beside an index",
        {"AttributeDefinitions": attributes(pk="S", a="S")} | gsi("gsi", keys("pk")),
        Like((f"{OMPVI}Some AttributeDefinitions are not used",)),
    ),
    (
        "B4.15",
        "local index without a sort key",
        {"AttributeDefinitions": attributes(pk="S", sk="S")} | lsi("lsi", keys("pk", "sk")),
        "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex",
    ),
    (
        "B4.16",
        "local index of another partition key",
        TWO | lsi("lsi", keys("sk", "pk")),
        "Index KeySchema does not have the same leading hash key as table KeySchema for index: lsi. "
        "index hash key: sk, table hash key: pk",
    ),
    (
        "B4.17",
        "local index without a sort key of its own",
        TWO | lsi("lsi", keys("pk")),
        "Index KeySchema does not have a range key for index: lsi",
    ),
    (
        "B4.18",
        "an index name twice",
        {"GlobalSecondaryIndexes": [index("gsi", keys("pk"))] * 2},
        "Duplicate index name: gsi",
    ),
    (
        "B4.18",
        "an index name twice, local and global",
        TWO | lsi("gsi", keys("pk", "sk")) | gsi("gsi", keys("pk")),
        "Duplicate index name: gsi",
    ),
    (
        "B4.19",
        "6 local indexes",
        TWO | {"LocalSecondaryIndexes": [index(f"lsi{i}", keys("pk", "sk")) for i in range(6)]},
        "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    (
        "B4.19",
        "21 global indexes",
        {"GlobalSecondaryIndexes": [index(f"gsi{i}", keys("pk")) for i in range(21)]},
        "GlobalSecondaryIndex count exceeds the per-table limit of 20",
    ),
    (
        "B4.12",
        "index on demand with throughput",
        gsi("gsi", keys("pk"), ProvisionedThroughput=THROUGHPUT),
        "ProvisionedThroughput should not be specified for index: gsi when BillingMode is PAY_PER_REQUEST",
    ),
    (
        "B4.12",
        "index without throughput",
        PROVISIONED | gsi("gsi", keys("pk")),
        "ProvisionedThroughput is not specified for index: gsi",
    ),
)
CREATE_BARE: tuple[tuple[str, str, dict[str, Any], Any], ...] = (
    (
        "B4.13",
        "first key RANGE",
        {"KeySchema": [element("pk", "RANGE")]},
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    (
        "B4.13",
        "second key HASH",
        TWO | {"KeySchema": [element("pk", "HASH"), element("sk", "HASH")]},
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
    ),
    (
        "B4.14",
        "one name twice",
        {"KeySchema": keys("pk", "pk")},
        "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    *(
        (
            "B1.25",
            f"attribute type {kind}",
            {"AttributeDefinitions": attributes(pk=kind)},
            f"{PREFIX}Value '{kind}' at 'attributeDefinitions.1.member.attributeType' {FAILED} "
            "Member must satisfy enum value set: [B, N, S]",
        )
        for kind in ("SS", "s", "BOOL", "X")
    ),
    (
        "B1.25",
        "key type",
        {"KeySchema": [element("pk", "hash")]},
        f"{PREFIX}Value 'hash' at 'keySchema.1.member.keyType' {FAILED} "
        "Member must satisfy enum value set: [HASH, RANGE]",
    ),
    (
        "B1.25",
        "projection type",
        gsi("gsi", keys("pk"), "EVERYTHING"),
        f"{PREFIX}Value 'EVERYTHING' at 'globalSecondaryIndexes.1.member.projection.projectionType' {FAILED} "
        "Member must satisfy enum value set: [ALL, INCLUDE, KEYS_ONLY]",
    ),
    *(
        (
            "B4.20",
            f"{member} 0",
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": THROUGHPUT | {member: 0}},
            f"{PREFIX}Value '0' at 'provisionedThroughput.{member[0].lower()}{member[1:]}' {FAILED} "
            "Member must have value greater than or equal to 1",
        )
        for member in ("ReadCapacityUnits", "WriteCapacityUnits")
    ),
    (
        "B2.08",
        "a ceiling on a provisioned table, out of range too",
        PROVISIONED | {"OnDemandThroughput": {"MaxReadRequestUnits": -7}},
        Like(("", "OnDemandThroughput")),
    ),
)


def creations() -> Iterator[Case]:
    for behaviour, name, members, message in CREATE:
        expected = message if isinstance(message, Like) else OMPVI + message
        yield Case(behaviour, name, "CreateTable", BASE | members, expected)
    for behaviour, name, members, message in CREATE_BARE:
        yield Case(behaviour, name, "CreateTable", BASE | members, message)


CREATE_INDEX = {"Create": index("more", keys("more"))}
UPDATES = (
    Case("B4.30", "nothing", "UpdateTable", on(), Like(("At least one of ProvisionedThroughput, ",))),
    Case(
        "B4.10",
        "an index whose keys this request does not define",
        "UpdateTable",
        on(GlobalSecondaryIndexUpdates=[CREATE_INDEX], AttributeDefinitions=attributes(pk="S")),
        Like((f"{OMPVI}Some index key attributes are not defined in AttributeDefinitions",)),
    ),
    Case(
        "B4.31",
        "two creations",
        "UpdateTable",
        on(
            AttributeDefinitions=attributes(more="S"),
            GlobalSecondaryIndexUpdates=[CREATE_INDEX, {"Create": index("other", keys("more"))}],
        ),
        No(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or "
            "deleted simultaneously per table",
        ),
    ),
    Case(
        "B4.32",
        "deletion of no index",
        "UpdateTable",
        on(GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "nowhere"}}]),
        Like(("",), "ResourceNotFoundException"),
    ),
    Case(
        "B3.18",
        "no such table",
        "UpdateTable",
        on(NOWHERE, DeletionProtectionEnabled=True),
        No("ResourceNotFoundException", f"Requested resource not found: Table: {NOWHERE} not found"),
    ),
)


@table_of(creations(), UPDATES)
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


def described(wire: Wire) -> dict[str, Any]:
    wire.until_active(NEW)
    table: dict[str, Any] = wire("DescribeTable", {"TableName": NEW})["Table"]
    return table


def test_an_on_demand_table_while_it_is_created_and_after(new: Wire) -> None:
    """B4.40, B4.41"""
    created = new("CreateTable", BASE)["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    assert created["BillingModeSummary"] == {"BillingMode": "PAY_PER_REQUEST"}
    assert "WarmThroughput" not in created
    none = {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0}
    assert created["ProvisionedThroughput"] == none
    assert (created["ItemCount"], created["TableSizeBytes"]) == (0, 0)
    assert created["DeletionProtectionEnabled"] is False
    active = described(new)
    assert active["TableId"] == created["TableId"]
    warm = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
    assert active["WarmThroughput"] == warm
    assert "LastUpdateToPayPerRequestDateTime" in active["BillingModeSummary"]


def test_a_provisioned_table_is_as_warm_as_its_throughput(new: Wire) -> None:
    """B4.41"""
    created = new("CreateTable", BASE | PROVISIONED)["TableDescription"]
    assert "BillingModeSummary" not in created
    warm = described(new)["WarmThroughput"]
    assert (warm["ReadUnitsPerSecond"], warm["WriteUnitsPerSecond"]) == (5, 6)


def test_warm_throughput_that_was_asked_for_is_echoed(new: Wire) -> None:
    """B4.42"""
    asked = {"ReadUnitsPerSecond": 13_000, "WriteUnitsPerSecond": 5_000}
    created = new("CreateTable", BASE | {"WarmThroughput": asked})["TableDescription"]
    assert created["WarmThroughput"] == asked | {"Status": "UPDATING"}


def test_the_answer_to_a_deletion_leaves_the_schema_out(new: Wire) -> None:
    """B4.43"""
    new.create(BASE)
    deleted = new("DeleteTable", {"TableName": NEW})["TableDescription"]
    assert deleted["TableStatus"] == "DELETING"
    assert not deleted.keys() & {"AttributeDefinitions", "KeySchema", "CreationDateTime"}


def test_a_protected_table_is_not_deleted(new: Wire) -> None:
    """B4.44"""
    new.create(BASE | {"DeletionProtectionEnabled": True})
    with pytest.raises(Refusal) as raised:
        new("DeleteTable", {"TableName": NEW})
    assert (raised.value.code, raised.value.message) == (
        "ValidationException",
        "Resource cannot be deleted as it is currently protected against deletion. "
        "Disable deletion protection first.",
    )
    new("UpdateTable", {"TableName": NEW, "DeletionProtectionEnabled": False})
    new.until_active(NEW)


def test_definitions_are_a_delta_and_go_with_their_index(new: Wire) -> None:
    """B4.45"""
    new.create(BASE)
    change = {
        "GlobalSecondaryIndexUpdates": [CREATE_INDEX],
        "AttributeDefinitions": attributes(more="S", unused="N"),
    }
    new("UpdateTable", {"TableName": NEW, **change})
    defined = {each["AttributeName"] for each in described(new)["AttributeDefinitions"]}
    assert defined == {"pk", "more"}
    new("UpdateTable", {"TableName": NEW, "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "more"}}]})
    for _ in range(200):
        table = described(new)
        if not table.get("GlobalSecondaryIndexes"):
            break
    assert table["AttributeDefinitions"] == attributes(pk="S")


def test_an_sse_key_of_aws(new: Wire) -> None:
    """B4.46"""
    new.create(BASE | {"SSESpecification": {"Enabled": True, "SSEType": "KMS"}})
    sse = described(new)["SSEDescription"]
    assert (sse["Status"], sse["SSEType"]) == ("ENABLED", "KMS")
    assert sse["KMSMasterKeyArn"].startswith("arn:aws:kms:")


def test_ceilings_merge_and_minus_one_takes_one_away(new: Wire) -> None:
    """B4.47"""
    new.create(BASE | {"OnDemandThroughput": {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}})
    change = {"TableName": NEW, "OnDemandThroughput": {"MaxReadRequestUnits": -1}}
    answer = new("UpdateTable", change)["TableDescription"]
    assert answer["OnDemandThroughput"]["MaxReadRequestUnits"] == -1
    left = described(new)["OnDemandThroughput"]
    assert left["MaxWriteRequestUnits"] == 20
    assert left.get("MaxReadRequestUnits", -1) == -1


def test_no_names_are_listed_twice_and_pages_are_in_order(wire: Wire) -> None:
    """B4.48"""
    page = wire("ListTables", {"Limit": 1})
    names, last = page["TableNames"], page.get("LastEvaluatedTableName")
    while last:
        page = wire("ListTables", {"Limit": 1, "ExclusiveStartTableName": last})
        names += page["TableNames"]
        last = page.get("LastEvaluatedTableName")
    assert len(names) == len(set(names))
    assert TABLE in names
