"""What UpdateTable and DeleteTable refuse, each rule with its exact sentence."""

from typing import Any

import pytest

from dynalite.errors import INVALID_VALUES as OMPVI
from dynalite.errors import (
    LimitExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from tests.catalog.world import (
    ALL,
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

SIX = {"ReadCapacityUnits": 6, "WriteCapacityUnits": 6}
TOO_MUCH = {"ReadCapacityUnits": 10**12, "WriteCapacityUnits": 10**12 + 1}
STREAM = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
NOTHING = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates,"
    " SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, ReplicaTransitRoleArn,"
    " MultiRegionConsistency,"
    " DeletionProtectionEnabled, OnDemandThroughput, WarmThroughput or TableClass is required"
)


def creating(name: str = "new", *elements: str, **members: Any) -> dict[str, Any]:
    """The members of an update that adds an index on `n`."""
    index = an_index(name, *(elements or ("n",)), **members)
    return {
        "AttributeDefinitions": attributes(n="S"),
        "GlobalSecondaryIndexUpdates": [{"Create": index}],
    }


def updating(**members: Any) -> dict[str, Any]:
    return {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "by-g"} | members}]}


def deleting(*names: str) -> dict[str, Any]:
    return {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": name}} for name in names]}


def alone(what: str) -> str:
    return f"{OMPVI}{what} modification must be the only operation in the request"


ON_DEMAND, PROVISIONED = with_index(), provisioned()
SSE = {"Enabled": True, "SSEType": "KMS"}

RULES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "nothing": (ON_DEMAND, {}, NOTHING),
    "definitions alone": (ON_DEMAND, {"AttributeDefinitions": attributes(pk="S")}, NOTHING),
    "an empty list alone": (ON_DEMAND, {"GlobalSecondaryIndexUpdates": []}, NOTHING),
    "an empty list beside a change": (
        ON_DEMAND,
        {"GlobalSecondaryIndexUpdates": [], "DeletionProtectionEnabled": True},
        OMPVI + "List of GlobalSecondaryIndexUpdates is empty",
    ),
    "encryption beside all else": (
        ON_DEMAND,
        {"SSESpecification": SSE, "TableClass": "STANDARD", "DeletionProtectionEnabled": True},
        alone("Server-Side Encryption"),
    ),
    "a table class beside protection": (
        ON_DEMAND,
        {"TableClass": "STANDARD", "DeletionProtectionEnabled": True},
        alone("TableClass"),
    ),
    "protection beside warm throughput": (
        ON_DEMAND,
        {"DeletionProtectionEnabled": True, "WarmThroughput": {"ReadUnitsPerSecond": 13000}},
        alone("DeletionProtection"),
    ),
    "protection beside a new index": (
        ON_DEMAND,
        {"DeletionProtectionEnabled": True, **creating()},
        alone("DeletionProtection"),
    ),
    "ceilings beside a stream": (
        ON_DEMAND,
        {"OnDemandThroughput": {"MaxReadRequestUnits": 5}, "StreamSpecification": STREAM},
        OMPVI + "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
    ),
    "warm throughput beside a new index": (
        ON_DEMAND,
        {"WarmThroughput": {"ReadUnitsPerSecond": 13000}, **creating()},
        OMPVI + "Create global secondary index cannot be specified when updating WarmThroughput",
    ),
    "warm throughput beside a stream": (
        ON_DEMAND,
        {"WarmThroughput": {"ReadUnitsPerSecond": 13000}, "StreamSpecification": STREAM},
        OMPVI + "WarmThroughput must be the only operation in the request",
    ),
    "a stream beside throughput": (
        PROVISIONED,
        {"StreamSpecification": STREAM, "ProvisionedThroughput": SIX},
        OMPVI + "You cannot modify stream status while updating table IOPS",
    ),
    "a new index beside throughput": (
        PROVISIONED,
        {"ProvisionedThroughput": SIX, **creating()},
        OMPVI + "You cannot create or delete index while updating table IOPS",
    ),
    "a new index beside a stream": (
        ON_DEMAND,
        {"StreamSpecification": STREAM, **creating()},
        OMPVI + "You cannot create or delete index while changing stream status",
    ),
    "on demand with throughput": (
        PROVISIONED,
        {"BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": SIX},
        OMPVI + "ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST",
    ),
    "provisioned without throughput": (
        ON_DEMAND,
        {"BillingMode": "PROVISIONED"},
        OMPVI + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
    ),
    "throughput on demand": (
        ON_DEMAND,
        {"ProvisionedThroughput": SIX},
        OMPVI + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is"
        " PAY_PER_REQUEST",
    ),
    "provisioned without its indexes": (
        ON_DEMAND,
        {"BillingMode": "PROVISIONED", "ProvisionedThroughput": SIX},
        OMPVI + "ProvisionedThroughput must be specified for index: by-g",
    ),
    "more throughput than there can be": (
        PROVISIONED,
        {"ProvisionedThroughput": TOO_MUCH},
        "Given value 1000000000001 for WriteCapacityUnits is out of bounds",
    ),
    "more throughput of an index than there can be": (
        PROVISIONED,
        updating(ProvisionedThroughput=TOO_MUCH),
        "Given value 1000000000001 for WriteCapacityUnits is out of bounds for index by-g",
    ),
    "a new index with more throughput than there can be": (
        PROVISIONED,
        creating(ProvisionedThroughput=TOO_MUCH),
        "Given value 1000000000001 for WriteCapacityUnits is out of bounds for index new",
    ),
    "provisioned without several of its indexes": (
        with_index(GlobalSecondaryIndexes=[an_index(f"by-g{n}", "g") for n in range(3)]),
        {
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": SIX,
            "GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "by-g1", "ProvisionedThroughput": SIX}}],
        },
        OMPVI + "ProvisionedThroughput must be specified for index: by-g0,by-g2",
    ),
    "the same throughput": (
        PROVISIONED,
        {"BillingMode": "PROVISIONED", "ProvisionedThroughput": FIVE},
        "The provisioned throughput for the table will not change. The requested value equals the current"
        " value."
        " Current ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: 5."
        " Current WriteCapacityUnits provisioned for the table: 5. Requested WriteCapacityUnits: 5."
        " Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
    ),
    "the same throughput of an index": (
        PROVISIONED,
        updating(ProvisionedThroughput=FIVE),
        "The provisioned throughput for the index by-g will not change. The requested value equals the"
        " current value."
        " Current ReadCapacityUnits provisioned for index by-g: 5. Requested ReadCapacityUnits: 5."
        " Current WriteCapacityUnits provisioned for index by-g: 5. Requested WriteCapacityUnits: 5."
        " Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.",
    ),
    "ceilings on a provisioned table, before their range": (
        PROVISIONED,
        {"OnDemandThroughput": {"MaxReadRequestUnits": 0}},
        OMPVI + "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is"
        " PROVISIONED",
    ),
    "ceilings of an index of a provisioned table": (
        PROVISIONED,
        updating(OnDemandThroughput={"MaxWriteRequestUnits": 9}),
        OMPVI
        + "MaxWriteRequestUnits for OnDemandThroughput for index : by-g cannot be specified when the table"
        " BillingMode is PROVISIONED",
    ),
    "a ceiling of zero": (
        ON_DEMAND,
        {"OnDemandThroughput": {"MaxWriteRequestUnits": 0}},
        OMPVI + "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid range",
    ),
    "less warm throughput": (
        ON_DEMAND,
        {"WarmThroughput": {"ReadUnitsPerSecond": 11999}},
        OMPVI
        + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current WarmThroughput,"
        " decreasing WarmThroughput is not supported",
    ),
    "less warm throughput of an index": (
        ON_DEMAND,
        updating(WarmThroughput={"WriteUnitsPerSecond": 1}),
        OMPVI + "Requested WriteUnitsPerSecond for WarmThroughput for index by-g is lower than current"
        " WarmThroughput, decreasing WarmThroughput is not supported",
    ),
    "warm throughput of an index, nothing said": (
        ON_DEMAND,
        updating(WarmThroughput={}),
        OMPVI
        + "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for"
        " index: by-g",
    ),
    "throughput of an index on demand": (
        ON_DEMAND,
        updating(ProvisionedThroughput=SIX),
        OMPVI + "The only Updates for index: by-g when TableThroughputMode is PAY_PER_REQUEST can be to"
        " OnDemandThroughput, WarmThroughput",
    ),
    "an update of nothing": (
        ON_DEMAND,
        updating(),
        OMPVI + "The only Updates for index: by-g when TableThroughputMode is PAY_PER_REQUEST can be to"
        " OnDemandThroughput, WarmThroughput",
    ),
    "a stream without a view": (
        ON_DEMAND,
        {"StreamSpecification": {"StreamEnabled": True}},
        OMPVI + "If stream is being enabled then UpdateViewType is required",
    ),
    "a view without a stream": (
        ON_DEMAND,
        {"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},
        OMPVI + "If stream is being disabled, then UpdateViewType must not be specified",
    ),
    "no stream to disable": (
        ON_DEMAND,
        {"StreamSpecification": {"StreamEnabled": False}},
        "Table has no stream to disable: TableName: Music",
    ),
    "a second stream": (
        with_index(StreamSpecification=STREAM),
        {"StreamSpecification": STREAM},
        "Table already has an enabled stream: TableName: Music",
    ),
    "no encryption twice": (
        ON_DEMAND,
        {"SSESpecification": {"Enabled": False}},
        OMPVI + "Table is already encrypted by default",
    ),
    "an entry of nothing": (
        ON_DEMAND,
        {"GlobalSecondaryIndexUpdates": [{}]},
        OMPVI + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create,"
        " GlobalSecondaryIndexUpdate.Delete must not be null",
    ),
    "an entry of two actions": (
        ON_DEMAND,
        {
            "GlobalSecondaryIndexUpdates": [
                {"Delete": {"IndexName": "by-g"}, "Update": {"IndexName": "by-g", "WarmThroughput": {}}}
            ]
        },
        OMPVI + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object",
    ),
    "one index twice": (
        ON_DEMAND,
        deleting("by-g", "by-g"),
        OMPVI + "Only one global secondary index update per index is allowed simultaneously. Index: by-g",
    ),
    "a new index without definitions": (
        ON_DEMAND,
        {"GlobalSecondaryIndexUpdates": [{"Create": an_index("new", "n")}]},
        OMPVI + "AttributeDefinitions is not specified for index: new",
    ),
    "a new index key that this request does not define": (
        ON_DEMAND,
        {
            "AttributeDefinitions": attributes(n="S"),
            "GlobalSecondaryIndexUpdates": [{"Create": an_index("new", "n", "-pk")}],
        },
        OMPVI + "Some index key attributes are not defined in AttributeDefinitions",
    ),
    "a new index of a wrong schema": (
        ON_DEMAND,
        creating("new", "-n"),
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
    ),
    "a new index without throughput": (
        PROVISIONED,
        creating(),
        OMPVI + "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: new",
    ),
    "a new index with throughput, on demand": (
        ON_DEMAND,
        creating(ProvisionedThroughput=FIVE),
        OMPVI + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: new when"
        " BillingMode is"
        " PAY_PER_REQUEST",
    ),
    "an index that exists": (
        ON_DEMAND,
        creating("by-g"),
        "Attempting to create an index which already exists",
    ),
    "a local index deleted": (
        with_index(LocalSecondaryIndexes=[an_index("loc", "pk", "-g")]),
        deleting("loc"),
        "Cannot delete an index that is not a GlobalSecondaryIndex: loc",
    ),
    "replicas": (
        ON_DEMAND,
        {"ReplicaUpdates": [{"Create": {"RegionName": "eu-west-1"}}]},
        "ReplicaUpdates is not supported by this server",
    ),
}


@pytest.mark.parametrize(("table", "update", "message"), RULES.values(), ids=RULES)
@on_loop
async def test_is_refused_and_changes_nothing(
    table: dict[str, Any], update: dict[str, Any], message: str
) -> None:
    world = await a_world()
    await world.call("CreateTable", **table)
    before = await world.describe()
    error = await world.refused("UpdateTable", TableName="Music", **update)
    assert type(error) is ValidationException
    assert error.message == message
    assert await world.describe() == before


def one_at_a_time() -> str:
    return "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"


@on_loop
async def test_one_index_may_be_created_or_deleted_at_a_time() -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **with_index())
    world.advance(10)
    two = creating()["GlobalSecondaryIndexUpdates"] + deleting("by-g")["GlobalSecondaryIndexUpdates"]
    both = {"AttributeDefinitions": attributes(n="S"), "GlobalSecondaryIndexUpdates": two}
    error = await world.refused("UpdateTable", TableName="Music", **both)
    assert (type(error), error.message) == (LimitExceededException, one_at_a_time())
    await world.call("UpdateTable", TableName="Music", **creating())
    error = await world.refused("UpdateTable", TableName="Music", **deleting("by-g"))
    assert (type(error), error.message) == (LimitExceededException, one_at_a_time())


@on_loop
async def test_the_twenty_first_index_is_a_matter_of_limits() -> None:
    world = await a_world()
    await world.call(
        "CreateTable", **with_index(GlobalSecondaryIndexes=[an_index(f"by-g{n}", "g") for n in range(20)])
    )
    error = await world.refused("UpdateTable", TableName="Music", **creating())
    assert type(error) is LimitExceededException
    assert (
        error.message
        == "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit of 20"
    )


def including(*names: str) -> dict[str, Any]:
    return {"Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(names)}}


@on_loop
async def test_the_projected_names_of_a_new_index_are_counted_with_those_of_the_others() -> None:
    world = await a_world()
    full = [an_index(f"by-g{n}", "g", **including(*(f"a{i}" for i in range(20)))) for n in range(5)]
    await world.call("CreateTable", **with_index(GlobalSecondaryIndexes=full))
    error = await world.refused("UpdateTable", TableName="Music", **creating(**including("z")))
    assert type(error) is ValidationException
    assert error.message == (
        f"{OMPVI}Number of user-specified non-key attributes projected into all indexes exceeds the per-table"
        " limit of 100"
    )
    await world.call("UpdateTable", TableName="Music", **creating())


GHOST_UPDATE = {"IndexName": "ghost", "WarmThroughput": {"ReadUnitsPerSecond": 13000}}


@pytest.mark.parametrize(
    "update",
    [deleting("ghost"), {"GlobalSecondaryIndexUpdates": [{"Update": GHOST_UPDATE}]}],
    ids=["delete", "update"],
)
@on_loop
async def test_an_unknown_index_is_not_found(update: dict[str, Any]) -> None:
    world = await a_world()
    await world.call("CreateTable", **with_index())
    error = await world.refused("UpdateTable", TableName="Music", **update)
    assert type(error) is ResourceNotFoundException
    assert error.message == "Requested resource not found: Index ghost for table Music"


@pytest.mark.parametrize("operation", ["DescribeTable", "DeleteTable", "UpdateTable"])
@on_loop
async def test_an_unknown_table_is_not_found(operation: str) -> None:
    world = await a_world()
    change = {"DeletionProtectionEnabled": True} if operation == "UpdateTable" else {}
    error = await world.refused(operation, TableName="Ghost", **change)
    assert type(error) is ResourceNotFoundException
    assert error.message == "Requested resource not found: Table: Ghost not found"


@on_loop
async def test_the_last_attribute_definition_wins_nothing() -> None:
    """A definition sent along that contradicts the table's is ignored, as is one that nothing uses."""
    world = await a_world()
    await world.call("CreateTable", **a_request())
    index = {"IndexName": "new", "KeySchema": keys("n", "-pk"), "Projection": ALL}
    await world.call(
        "UpdateTable",
        TableName="Music",
        AttributeDefinitions=attributes(n="N", pk="N", unused="S"),
        GlobalSecondaryIndexUpdates=[{"Create": index}],
    )
    assert (await world.describe())["AttributeDefinitions"] == attributes(n="N", pk="S", sk="S")
