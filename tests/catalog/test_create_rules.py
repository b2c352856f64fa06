"""What CreateTable refuses, each rule with its exact sentence."""

from typing import Any

import pytest

from dynalite.errors import INVALID_VALUES as OMPVI
from dynalite.errors import ValidationException
from tests.catalog.world import (
    FIVE,
    a_request,
    a_world,
    an_index,
    attributes,
    keys,
    provisioned,
    with_index,
)
from tests.storage.scenarios import on_loop

TOO_MUCH = {"ReadCapacityUnits": 10**12 + 1, "WriteCapacityUnits": 5}
NINE = attributes(pk="S", sk="S", a="S", b="S", c="S", d="S", e="S", f="S", g="S")


def locally(*elements: str, **members: Any) -> dict[str, Any]:
    usual = {
        "AttributeDefinitions": attributes(pk="S", sk="S", l="S"),
        "LocalSecondaryIndexes": [an_index("loc", *elements)] if elements else [],
    }
    return a_request(**usual | members)


def projecting(**projection: Any) -> dict[str, Any]:
    return with_index(GlobalSecondaryIndexes=[an_index("by-g", "g", Projection=projection)])


RULES: dict[str, tuple[dict[str, Any], str]] = {
    "no throughput": (
        a_request(BillingMode=None),
        OMPVI
        + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED",
    ),
    "throughput on demand": (
        a_request(ProvisionedThroughput=FIVE),
        OMPVI + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
        " PAY_PER_REQUEST",
    ),
    "throughput of an index on demand": (
        with_index(GlobalSecondaryIndexes=[an_index("by-g", "g", ProvisionedThroughput=FIVE)]),
        OMPVI
        + "ProvisionedThroughput should not be specified for index: by-g when BillingMode is PAY_PER_REQUEST",
    ),
    "more throughput than there can be": (
        provisioned(ProvisionedThroughput=TOO_MUCH),
        "Given value 1000000000001 for ReadCapacityUnits is out of bounds",
    ),
    "more throughput of an index than there can be": (
        provisioned(GlobalSecondaryIndexes=[an_index("by-g", "g", ProvisionedThroughput=TOO_MUCH)]),
        "Given value 1000000000001 for ReadCapacityUnits is out of bounds for index by-g",
    ),
    "an index without throughput": (
        provisioned(GlobalSecondaryIndexes=[an_index("by-g", "g")]),
        OMPVI + "ProvisionedThroughput is not specified for index: by-g",
    ),
    "ceilings on a provisioned table": (
        provisioned(OnDemandThroughput={"MaxWriteRequestUnits": 0}),
        OMPVI + "MaxWriteRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is"
        " PROVISIONED.",
    ),
    "ceilings on a provisioned table, read first": (
        provisioned(OnDemandThroughput={"MaxWriteRequestUnits": 1, "MaxReadRequestUnits": 1}),
        OMPVI + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is"
        " PROVISIONED.",
    ),
    "a ceiling of zero": (
        a_request(OnDemandThroughput={"MaxReadRequestUnits": 0}),
        OMPVI + "Requested MaxReadRequestUnits for OnDemandThroughput for table is outside of valid range",
    ),
    "a ceiling removed before there is one": (
        with_index(
            GlobalSecondaryIndexes=[an_index("by-g", "g", OnDemandThroughput={"MaxReadRequestUnits": -1})]
        ),
        OMPVI
        + "Requested MaxReadRequestUnits for OnDemandThroughput for index : by-g is outside of valid range",
    ),
    "warm throughput below on-demand's own": (
        a_request(WarmThroughput={"ReadUnitsPerSecond": 100}),
        OMPVI
        + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than initial throughput for"
        " OnDemand. See:"
        " https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html"
        "#on-demand-capacity-mode-initial",
    ),
    "warm throughput below what is provisioned": (
        provisioned(WarmThroughput={"WriteUnitsPerSecond": 4}),
        OMPVI
        + "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than WriteCapacityUnits of"
        " ProvisionedThroughput",
    ),
    "no key schema": (
        a_request(KeySchema=None),
        "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: Member must"
        " not be null",
    ),
    "an attribute defined twice": (
        a_request(AttributeDefinitions=[*attributes(pk="S", sk="S"), *attributes(pk="N")]),
        "Attribute Name is duplicated: pk",
    ),
    "a key that is not defined": (
        a_request(KeySchema=keys("x"), AttributeDefinitions=attributes(pk="S")),
        OMPVI + "Some index key attributes are not defined in AttributeDefinitions. Keys: [x],"
        " AttributeDefinitions: [pk]",
    ),
    "one of two keys not defined": (
        a_request(KeySchema=keys("pk", "-x")),
        "Invalid KeySchema: Some index key attribute have no definition",
    ),
    "a definition too many": (
        a_request(AttributeDefinitions=attributes(pk="S", sk="S", extra="S")),
        OMPVI + "Number of attributes in KeySchema does not exactly match number of attributes defined in"
        " AttributeDefinitions",
    ),
    "a definition that no index uses either": (
        with_index(AttributeDefinitions=attributes(pk="S", sk="S", g="S", extra="S")),
        OMPVI + "Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk, g, extra],"
        " keys used: [pk, sk, g]",
    ),
    "unused definitions come before what is wrong with an index": (
        with_index(
            AttributeDefinitions=attributes(pk="S", sk="S", g="S", extra="S"),
            GlobalSecondaryIndexes=[an_index("by-g", "-g", Projection={})],
        ),
        OMPVI + "Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk, g, extra],"
        " keys used: [pk, sk, g]",
    ),
    "an index key that is not defined": (
        with_index(GlobalSecondaryIndexes=[an_index("by-g", "g", "-q")]),
        OMPVI + "Some index key attributes are not defined in AttributeDefinitions. Keys: [g, q],"
        " AttributeDefinitions: [pk, sk, g]",
    ),
    "the sort key first": (
        a_request(KeySchema=keys("-sk", "pk")),
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    "two partition keys": (
        a_request(KeySchema=keys("pk", "sk")),
        "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
    ),
    "one attribute as both keys": (
        a_request(KeySchema=keys("pk", "-pk"), AttributeDefinitions=attributes(pk="S")),
        "Both the Hash Key and the Range Key element in the KeySchema have the same name",
    ),
    "no local indexes in the list": (
        a_request(LocalSecondaryIndexes=[]),
        OMPVI + "List of LocalSecondaryIndexes is empty",
    ),
    "no global indexes in the list": (
        a_request(GlobalSecondaryIndexes=[]),
        OMPVI + "List of GlobalSecondaryIndexes is empty",
    ),
    "a local index without a sort key to share": (
        locally("pk", "-l", KeySchema=keys("pk"), AttributeDefinitions=attributes(pk="S", l="S")),
        OMPVI + "Table KeySchema does not have a range key, which is required when specifying a"
        " LocalSecondaryIndex",
    ),
    "a local index on another partition key": (
        locally("l", "-sk"),
        OMPVI + "Index KeySchema does not have the same leading hash key as table KeySchema for index: loc."
        " index hash key: l, table hash key: pk",
    ),
    "a local index without a sort key": (
        locally("pk", AttributeDefinitions=attributes(pk="S", sk="S")),
        OMPVI + "Index KeySchema does not have a range key for index: loc",
    ),
    "a local index of three attributes, which were not echoed": (
        locally("pk", "-l", "-sk"),
        "1 validation error detected: Value '[KeySchemaElement(attributeName=pk, keyType=HASH),"
        " KeySchemaElement(attributeName=l, keyType=RANGE),"
        " KeySchemaElement(attributeName=sk, keyType=RANGE)]'"
        " at 'localSecondaryIndexes.1.member.keySchema' failed to satisfy constraint:"
        " Member must have length less than or equal to 2",
    ),
    "six local indexes": (
        locally(LocalSecondaryIndexes=[an_index(f"loc{n}", "pk", "-l") for n in range(6)]),
        OMPVI + "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
    ),
    "twenty-one global indexes": (
        with_index(GlobalSecondaryIndexes=[an_index(f"by-g{n}", "g") for n in range(21)]),
        OMPVI + "GlobalSecondaryIndex count exceeds the per-table limit of 20",
    ),
    "one name for a local and a global index": (
        with_index(
            LocalSecondaryIndexes=[an_index("by-g", "pk", "-g")],
        ),
        OMPVI + "Duplicate index name: by-g",
    ),
    "a global index that starts with a sort key": (
        with_index(GlobalSecondaryIndexes=[an_index("by-g", "-g")]),
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    "a partition key after a sort key": (
        with_index(GlobalSecondaryIndexes=[an_index("by-g", "g", "-sk", "pk")]),
        OMPVI + "All HASH key attributes must precede RANGE key attributes in the KeySchema",
    ),
    "five partition keys": (
        with_index(
            AttributeDefinitions=NINE,
            GlobalSecondaryIndexes=[an_index("by-g", "a", "b", "c", "d", "e", "-f", "-g")],
        ),
        OMPVI + "The KeySchema exceeds the maximum allowed number of HASH key attributes",
    ),
    "five sort keys": (
        with_index(
            AttributeDefinitions=NINE,
            GlobalSecondaryIndexes=[an_index("by-g", "a", "b", "-c", "-d", "-e", "-f", "-g")],
        ),
        OMPVI + "The KeySchema exceeds the maximum allowed number of RANGE key attributes",
    ),
    "one attribute three times in an index": (
        with_index(GlobalSecondaryIndexes=[an_index("by-g", "g", "-sk", "-g")]),
        "The KeySchema contains multiple key attributes with the same name",
    ),
    "a projection of nothing said": (projecting(), OMPVI + "Unknown ProjectionType: null"),
    "a list to include that is missing": (
        projecting(ProjectionType="INCLUDE"),
        OMPVI + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
    ),
    "a list to include beside everything": (
        projecting(ProjectionType="ALL", NonKeyAttributes=["x"]),
        OMPVI + "ProjectionType is ALL, but NonKeyAttributes is specified",
    ),
    "a list to include beside only keys": (
        projecting(ProjectionType="KEYS_ONLY", NonKeyAttributes=["x"]),
        OMPVI + "ProjectionType is KEYS_ONLY, but NonKeyAttributes is specified",
    ),
    "a name included twice": (
        projecting(ProjectionType="INCLUDE", NonKeyAttributes=["x", "x"]),
        OMPVI + "Duplicate element in NonKeyAttributes: x",
    ),
    "a stream without a view": (
        a_request(StreamSpecification={"StreamEnabled": True}),
        OMPVI + "Table is being created with a stream enabled, UpdateViewType is required",
    ),
    "a view without a stream": (
        a_request(StreamSpecification={"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}),
        OMPVI + "Table is being created with a stream disabled, UpdateViewType should not be specified",
    ),
    "a kind of encryption when it is off": (
        a_request(SSESpecification={"Enabled": False, "SSEType": "KMS"}),
        OMPVI + "SSEType can not be specified if Enabled is false",
    ),
    "a key without its kind": (
        a_request(SSESpecification={"Enabled": True, "KMSMasterKeyId": "k"}),
        OMPVI + "SSEType KMS is required if KMSMasterKeyId is specified",
    ),
    "the other kind of encryption": (
        a_request(SSESpecification={"Enabled": True, "SSEType": "AES256"}),
        OMPVI + "SSEType AES256 is not supported",
    ),
    "a tag of the service's own": (
        a_request(Tags=[{"Key": "aws:x", "Value": "1"}]),
        "Tag Key cannot be prefixed with aws:, Key: aws:x",
    ),
    "a tag twice": (
        a_request(Tags=[{"Key": "x", "Value": "1"}, {"Key": "x", "Value": "2"}]),
        "Duplicate Tag Keys provided as input: Duplicate Tag Key found x",
    ),
    "fifty-one tags": (
        a_request(Tags=[{"Key": f"k{n}", "Value": ""} for n in range(51)]),
        "Number of Tags exceed the current limit for the provided ResourceArn",
    ),
    "a policy that is no JSON": (
        a_request(ResourcePolicy="{"),
        OMPVI + "Invalid policy document: This policy contains invalid Json",
    ),
}


@pytest.mark.parametrize(("request_", "message"), RULES.values(), ids=RULES)
@on_loop
async def test_is_refused(request_: dict[str, Any], message: str) -> None:
    world = await a_world()
    error = await world.refused("CreateTable", **request_)
    assert type(error) is ValidationException
    assert error.message == message
    assert (await world.call("ListTables"))["TableNames"] == []


MOST = {"ReadCapacityUnits": 10**12, "WriteCapacityUnits": 10**12}
ACCEPTED: dict[str, dict[str, Any]] = {
    "all the throughput that there can be": provisioned(
        ProvisionedThroughput=MOST,
        GlobalSecondaryIndexes=[an_index("by-g", "g", ProvisionedThroughput=MOST)],
    ),
    "eight index keys": with_index(
        AttributeDefinitions=[*NINE, *attributes(h="N")],
        GlobalSecondaryIndexes=[an_index("by-g", "a", "b", "c", "d", "-e", "-f", "-g", "-h")],
    ),
    "a local index on the table's own keys": a_request(LocalSecondaryIndexes=[an_index("loc", "pk", "-sk")]),
    "a global index on the table's own keys": a_request(
        GlobalSecondaryIndexes=[an_index("Music", "pk", "-sk")]
    ),
    "keys among the included names": projecting(ProjectionType="INCLUDE", NonKeyAttributes=["pk", "g"]),
    "empty tags and ceilings": a_request(Tags=[], OnDemandThroughput={}),
    "a stream that is off": a_request(StreamSpecification={"StreamEnabled": False}),
}


@pytest.mark.parametrize("request_", ACCEPTED.values(), ids=ACCEPTED)
@on_loop
async def test_is_accepted(request_: dict[str, Any]) -> None:
    world = await a_world()
    await world.call("CreateTable", **request_)
    assert (await world.describe())["TableStatus"] == "ACTIVE"


@on_loop
async def test_a_table_that_exists_is_in_use() -> None:
    world = await a_world()
    await world.call("CreateTable", **a_request())
    error = await world.refused("CreateTable", **a_request())
    assert (error.code, error.message) == ("ResourceInUseException", "Table already exists: Music")
