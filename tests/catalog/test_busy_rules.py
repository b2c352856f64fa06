"""What has to wait: changes and deletions of a table that is busy, each refusal with its exact sentence."""

from typing import Any

import pytest

from dynalite.errors import ResourceInUseException, ServiceError, ValidationException
from tests.catalog.test_update_rules import (
    ON_DEMAND,
    PROVISIONED,
    SIX,
    SSE,
    STREAM,
    creating,
    deleting,
    updating,
)
from tests.catalog.world import FIVE, a_request, a_world, with_index
from tests.storage.scenarios import on_loop

IN_USE = "Attempt to change a resource which is still in use: "

BUSY: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any], str]] = {
    "throughput and throughput": (
        PROVISIONED,
        {"ProvisionedThroughput": SIX},
        {"ProvisionedThroughput": FIVE},
        "Table IOPS are currently being updated. Table: Music",
    ),
    "throughput and billing mode": (
        PROVISIONED,
        {"ProvisionedThroughput": SIX},
        {"BillingMode": "PAY_PER_REQUEST"},
        "Table IOPS are currently being updated. Table: Music",
    ),
    "billing mode and ceilings": (
        PROVISIONED,
        {"BillingMode": "PAY_PER_REQUEST"},
        {"OnDemandThroughput": {"MaxReadRequestUnits": 9}},
        "OnDemandThroughput cannot be updated while BillingMode update is in progress",
    ),
    "throughput and a stream": (
        PROVISIONED,
        {"ProvisionedThroughput": SIX},
        {"StreamSpecification": STREAM},
        "Can't enable or disable stream while table IOPS are being updated. Table: Music",
    ),
    "throughput and an index": (
        PROVISIONED,
        {"ProvisionedThroughput": SIX},
        creating(ProvisionedThroughput=FIVE),
        "Can't create or delete indexes while table IOPS are being updated. Table: Music",
    ),
    "a stream and an index": (
        ON_DEMAND,
        {"StreamSpecification": STREAM},
        creating(),
        "Can't create or delete an index when stream status is being updated.",
    ),
    "a table class and an index": (
        ON_DEMAND,
        {"TableClass": "STANDARD_INFREQUENT_ACCESS"},
        creating(),
        "Can't create or delete an index when a table class update is in progress.",
    ),
    "an index and a stream": (
        ON_DEMAND,
        creating(),
        {"StreamSpecification": STREAM},
        "Can't change stream status when an index is being created",
    ),
    "an index and ceilings": (
        ON_DEMAND,
        creating(),
        {"OnDemandThroughput": {"MaxReadRequestUnits": 9}},
        "OnDemandThroughput cannot be updated while index creation is in progress for indexes: [new]",
    ),
    "an index being allocated and its deletion": (
        ON_DEMAND,
        creating(),
        deleting("new"),
        "Index creation is in resource allocation phase. Retry deletion during backfilling phase or when"
        " the index is"
        " active. Table: Music Index: new",
    ),
    "an index going and throughput": (
        PROVISIONED,
        deleting("by-g"),
        {"ProvisionedThroughput": SIX},
        "Can't change table IOPS when an index is being deleted. Table: Music Indexes: [by-g]",
    ),
    "an index going and its update": (
        PROVISIONED,
        deleting("by-g"),
        updating(ProvisionedThroughput=SIX),
        "Index is being deleted. Table: Music Index: by-g",
    ),
    "an index twice": (
        PROVISIONED,
        updating(ProvisionedThroughput=SIX),
        updating(ProvisionedThroughput=FIVE),
        "Index is being updated. Table: Music Index: by-g",
    ),
    "encryption on and off": (
        ON_DEMAND,
        {"SSESpecification": SSE},
        {"SSESpecification": {"Enabled": False}},
        "Server-Side Encryption is still being updated",
    ),
}


@pytest.mark.parametrize(("table", "first", "second", "message"), BUSY.values(), ids=BUSY)
@on_loop
async def test_what_is_under_way_is_waited_for(
    table: dict[str, Any], first: dict[str, Any], second: dict[str, Any], message: str
) -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **table)
    world.advance(10)
    await world.call("UpdateTable", TableName="Music", **first)
    error = await world.refused("UpdateTable", TableName="Music", **second)
    assert type(error) is ResourceInUseException
    assert error.message == IN_USE + message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (creating(), {"DeletionProtectionEnabled": True}),
        (creating(), updating(WarmThroughput={"ReadUnitsPerSecond": 13000})),
        ({"StreamSpecification": STREAM}, {"DeletionProtectionEnabled": True}),
        ({"SSESpecification": SSE}, creating()),
    ],
    ids=["index, protection", "index, another index", "stream, protection", "encryption, index"],
)
@on_loop
async def test_what_goes_together_is_admitted(first: dict[str, Any], second: dict[str, Any]) -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **with_index())
    world.advance(10)
    await world.call("UpdateTable", TableName="Music", **first)
    await world.call("UpdateTable", TableName="Music", **second)


# ------------------------------------------------------------------ another of the same name


@on_loop
async def test_a_table_that_comes_or_goes_cannot_be_created_again_yet() -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **a_request())
    error = await world.refused("CreateTable", **a_request())
    assert (type(error), error.message) == (ResourceInUseException, IN_USE + "Table is being created: Music")
    world.advance(10)
    await world.call("DeleteTable", TableName="Music")
    error = await world.refused("CreateTable", **a_request())
    assert (type(error), error.message) == (ResourceInUseException, IN_USE + "Table is being deleted: Music")


# ------------------------------------------------------------------ deletion


async def refused_deletion(before: dict[str, Any] | None, **table: Any) -> ServiceError:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **(table or a_request()))
    if before is not None:
        world.advance(10)
        await world.call("UpdateTable", TableName="Music", **before)
    return await world.refused("DeleteTable", TableName="Music")


INDEXES_BUSY = IN_USE + "Cannot delete table while indexes are being created, updated, or deleted."


@pytest.mark.parametrize(
    ("before", "table", "message"),
    [
        (None, ON_DEMAND, IN_USE + "Table is being created: Music"),
        (creating(), ON_DEMAND, INDEXES_BUSY),
        (deleting("by-g"), ON_DEMAND, INDEXES_BUSY),
        (updating(ProvisionedThroughput=SIX), PROVISIONED, INDEXES_BUSY),
        (
            {"StreamSpecification": STREAM},
            ON_DEMAND,
            IN_USE + "Table: Music is in the process of being updated.",
        ),
    ],
    ids=["created", "index created", "index deleted", "index updated", "updated"],
)
@on_loop
async def test_a_busy_table_is_not_deleted(before: dict[str, Any] | None, table: Any, message: str) -> None:
    error = await refused_deletion(before, **table)
    assert type(error) is ResourceInUseException
    assert error.message == message


@on_loop
async def test_a_table_is_deleted_once() -> None:
    world = await a_world(transition_seconds=10)
    await world.call("CreateTable", **a_request())
    world.advance(10)
    await world.call("DeleteTable", TableName="Music")
    for operation, change in (("DeleteTable", {}), ("UpdateTable", {"DeletionProtectionEnabled": True})):
        error = await world.refused(operation, TableName="Music", **change)
        assert (type(error), error.message) == (
            ResourceInUseException,
            IN_USE + "Table is being deleted: Music",
        )


@on_loop
async def test_a_protected_table_is_not_deleted() -> None:
    world = await a_world()
    await world.call("CreateTable", **a_request(DeletionProtectionEnabled=True))
    error = await world.refused("DeleteTable", TableName="Music")
    assert type(error) is ValidationException
    assert error.message == (
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion"
        " protection first."
    )
    await world.call("UpdateTable", TableName="Music", DeletionProtectionEnabled=False)
    await world.call("DeleteTable", TableName="Music")
