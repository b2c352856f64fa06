"""A table in the words of the API: `TableDescription` from a descriptor and its counters.

The service leaves members out rather than describing what was never asked for, and what it leaves out depends
on the table's status: a table that is being created has no warm throughput yet unless it was requested, one
that is being deleted has lost its key schema, its definitions, its indexes and its creation time. Definitions
and non-key attributes come back sorted by name, indexes in the order in which they were made. Times are
seconds since the epoch, with milliseconds.
"""

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from dynalite.catalog import arn
from dynalite.catalog.schema import (
    Index,
    KeyAttribute,
    KeySchema,
    Projection,
    Table,
    Throughput,
    VectorIndex,
)
from dynalite.storage import keyspace
from dynalite.storage.engine import decode_counter

Description: TypeAlias = dict[str, Any]


class Figures(NamedTuple):
    """How much a table or an index holds."""

    items: int = 0
    size_bytes: int = 0


def counters(table: Table) -> list[bytes]:
    """The storage keys of the table's figures, then of each of its indexes'."""
    owners = [keyspace.NO_INDEX, *(index.id for index in table.indexes)]
    return [
        keyspace.statistic(table.id, owner, figure)
        for owner in owners
        for figure in (keyspace.ITEM_COUNT, keyspace.SIZE_BYTES)
    ]


def figures(table: Table, values: Sequence[bytes | None]) -> Mapping[int, Figures]:
    """Figures by index id from the values of `counters(table)`; the table's own are under `NO_INDEX`."""
    owners = [keyspace.NO_INDEX, *(index.id for index in table.indexes)]
    numbers = [decode_counter(value) for value in values]
    return {owner: Figures(numbers[2 * at], numbers[2 * at + 1]) for at, owner in enumerate(owners)}


def description(table: Table, holding: Mapping[int, Figures], now: float) -> Description:
    """The members of a TableDescription. `holding` may be empty: nothing is held."""
    own = holding.get(keyspace.NO_INDEX, Figures())
    described: Description = {
        "TableName": table.name,
        "TableStatus": table.status,
        "ProvisionedThroughput": _throughput(table.throughput, now),
        "TableSizeBytes": own.size_bytes,
        "ItemCount": own.items,
        "TableArn": table.arn,
        "TableId": table.uuid,
        "DeletionProtectionEnabled": table.deletion_protection,
    }
    if table.status != "DELETING":
        described["AttributeDefinitions"] = definitions(table.definitions)
        described["KeySchema"] = key_schema(table.keys)
        described["CreationDateTime"] = _timestamp(table.created_at)
        described |= _indexes(table, holding, now)
    for member, value in _optional(table):
        if value:
            described[member] = value
    return described


def _optional(table: Table) -> list[tuple[str, object]]:
    return [
        ("BillingModeSummary", _billing_mode(table)),
        ("StreamSpecification", _stream(table)),
        ("LatestStreamLabel", table.latest_stream_label),
        ("LatestStreamArn", table.latest_stream_label and arn.stream(table.arn, table.latest_stream_label)),
        ("RestoreSummary", _restore(table)),
        ("SSEDescription", encryption(table)),
        ("TableClassSummary", table.settings.get("TableClassSummary")),
        ("OnDemandThroughput", table.settings.get("OnDemandThroughput")),
        ("WarmThroughput", _table_warm_throughput(table)),
    ]


# ------------------------------------------------------------------ parts


def key_schema(keys: KeySchema) -> list[Description]:
    return [
        *({"AttributeName": attribute.name, "KeyType": "HASH"} for attribute in keys.partition),
        *({"AttributeName": attribute.name, "KeyType": "RANGE"} for attribute in keys.sort),
    ]


def projection(projected: Projection) -> Description:
    described: Description = {"ProjectionType": projected.type}
    if projected.non_key_attributes:
        described["NonKeyAttributes"] = sorted(projected.non_key_attributes)
    return described


def definitions(attributes: Sequence[KeyAttribute]) -> list[Description]:
    return [
        {"AttributeName": attribute.name, "AttributeType": attribute.type}
        for attribute in sorted(attributes, key=lambda attribute: attribute.name)
    ]


def _throughput(throughput: Throughput, now: float) -> Description:
    described: Description = {
        "NumberOfDecreasesToday": decreases_today(throughput, now),
        "ReadCapacityUnits": throughput.read_units,
        "WriteCapacityUnits": throughput.write_units,
    }
    if throughput.increased_at is not None:
        described["LastIncreaseDateTime"] = _timestamp(throughput.increased_at)
    if throughput.decreased_at is not None:
        described["LastDecreaseDateTime"] = _timestamp(throughput.decreased_at)
    return described


def decreases_today(throughput: Throughput, now: float) -> int:
    """How often throughput was decreased on the UTC day of `now`."""
    if throughput.decreased_at is None or time.gmtime(throughput.decreased_at)[:3] != time.gmtime(now)[:3]:
        return 0
    return throughput.decreases_today


def _billing_mode(table: Table) -> Description | None:
    if table.on_demand_since is None:
        return None
    described: Description = {"BillingMode": table.billing_mode}
    if table.status != "CREATING" and "BillingMode" not in table.applying:
        described["LastUpdateToPayPerRequestDateTime"] = _timestamp(table.on_demand_since)
    return described


def _stream(table: Table) -> Description | None:
    if table.stream is None:
        return None
    return {"StreamEnabled": True, "StreamViewType": table.stream.view_type}


def _restore(table: Table) -> Description | None:
    restore = table.restore
    if restore is None:
        return None
    described: Description = {
        "SourceTableArn": restore.source_arn,
        "RestoreDateTime": _timestamp(restore.at),
        "RestoreInProgress": not restore.done,
    }
    if restore.backup_arn is not None:
        described["SourceBackupArn"] = restore.backup_arn
    return described


def encryption(table: Table) -> Description | None:
    specification = table.settings.get("SSESpecification")
    if specification is None:
        return None
    status = "UPDATING" if "SSESpecification" in table.applying else "ENABLED"
    return {"Status": status, "SSEType": "KMS", "KMSMasterKeyArn": specification["KMSMasterKeyArn"]}


def _table_warm_throughput(table: Table) -> Description | None:
    applying = "WarmThroughput" in table.applying
    if table.status == "DELETING" or (table.status == "CREATING" and not applying):
        return None
    return {**table.settings["WarmThroughput"], "Status": "UPDATING" if applying else "ACTIVE"}


# ------------------------------------------------------------------ indexes


def _indexes(table: Table, holding: Mapping[int, Figures], now: float) -> Description:
    """The lists of indexes that have any."""
    described = {
        "LocalSecondaryIndexes": [_index(table, i, holding) for i in table.indexes if not i.is_global],
        "GlobalSecondaryIndexes": [
            _global_index(table, i, holding, now) for i in table.indexes if i.is_global
        ],
        "VectorIndexes": [_vector_index(table, index) for index in table.vector_indexes],
    }
    return {member: indexes for member, indexes in described.items() if indexes}


def _index(table: Table, index: Index, holding: Mapping[int, Figures]) -> Description:
    held = holding.get(index.id, Figures())
    return {
        "IndexName": index.name,
        "KeySchema": key_schema(index.keys),
        "Projection": projection(index.projection),
        "IndexSizeBytes": held.size_bytes,
        "ItemCount": held.items,
        "IndexArn": arn.index(table.arn, index.name),
    }


def _global_index(table: Table, index: Index, holding: Mapping[int, Figures], now: float) -> Description:
    described = _index(table, index, holding)
    described["IndexStatus"] = index.status
    described["ProvisionedThroughput"] = _throughput(index.throughput, now)
    if index.backfilling is not None:
        described["Backfilling"] = index.backfilling
    if index.on_demand_throughput:
        described["OnDemandThroughput"] = dict(index.on_demand_throughput)
    if index.warm_throughput and table.status != "CREATING":
        applying = index.status == "CREATING" or f"WarmThroughput/{index.name}" in table.applying
        described["WarmThroughput"] = {
            **index.warm_throughput,
            "Status": "UPDATING" if applying else "ACTIVE",
        }
    return described


def _vector_index(table: Table, index: VectorIndex) -> Description:
    described: Description = {
        **vector_definition(index),
        "IndexStatus": index.status,
        "IndexSizeBytes": 0,  # it has no rows of its own to be counted
        "ItemCount": 0,
        "IndexArn": arn.index(table.arn, index.name),
    }
    if index.backfilling is not None:
        described["Backfilling"] = index.backfilling
    return described


def vector_definition(index: VectorIndex) -> Description:
    """The members that define a vector index."""
    definition: Description = {
        "IndexName": index.name,
        "VectorAttribute": {"AttributeName": index.attribute},
        "Projection": projection(index.projection),
        "Dimensions": index.dimensions,
        "DistanceFunction": index.distance,
    }
    if index.search:
        definition["SearchSchema"] = [
            {
                "AttributeName": attribute.name,
                "SearchSchemaElementType": "HASH" if attribute.partitions else "INLINE_FILTER",
            }
            for attribute in index.search
        ]
    return definition


def _timestamp(epoch_seconds: float) -> float:
    return round(epoch_seconds, 3)
