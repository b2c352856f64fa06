"""How a restored table is made: as a CreateTable request that its source would have been made by.

A restore brings back keys, indexes, billing, throughput, encryption and table class, as the source has them
now. It does not bring back what the service does not: streams, time to live, tags, policies, deletion
protection, point-in-time recovery. The restore's own overrides are put into the request, and then it is
judged like any other.
"""

from collections.abc import Mapping, Sequence

from dynalite.catalog import describe
from dynalite.catalog.rules import Members, invalid
from dynalite.catalog.schema import BillingMode, Index, Table, Throughput

_OVERRIDES = {
    "ProvisionedThroughputOverride": "ProvisionedThroughput",
    "OnDemandThroughputOverride": "OnDemandThroughput",
    "SSESpecificationOverride": "SSESpecification",
}
_INDEXES = {
    "LocalSecondaryIndexOverride": "LocalSecondaryIndexes",
    "GlobalSecondaryIndexOverride": "GlobalSecondaryIndexes",
    "VectorIndexOverride": "VectorIndexes",
}
_IDENTITY = ("KeySchema", "VectorAttribute", "SearchSchema", "Dimensions", "DistanceFunction")
"""What makes an index what it is, with its projection."""
_IMPOSSIBLE: Mapping[BillingMode, str] = {
    "PROVISIONED": "OnDemandThroughput",
    "PAY_PER_REQUEST": "ProvisionedThroughput",
}
"""What a table or index of a billing mode cannot have."""


def of(table: Table) -> Members:
    """The request that makes a table like this one; its name is left to the restore."""
    request: Members = {
        "AttributeDefinitions": describe.definitions(table.definitions),
        "KeySchema": describe.key_schema(table.keys),
        "BillingMode": table.billing_mode,
    }
    indexes = [index for index in table.live_indexes if index.backfilling is None]
    for member, is_global in (("LocalSecondaryIndexes", False), ("GlobalSecondaryIndexes", True)):
        described = [_index(table, index) for index in indexes if index.is_global == is_global]
        if described:
            request[member] = described
    vectors = [index for index in table.live_vectors if index.backfilling is None]
    if vectors:
        request["VectorIndexes"] = [describe.vector_definition(index) for index in vectors]
    if table.billing_mode == "PROVISIONED":
        request["ProvisionedThroughput"] = _units(table.throughput)
    if "OnDemandThroughput" in table.settings:
        request["OnDemandThroughput"] = dict(table.settings["OnDemandThroughput"])
    encryption = table.settings.get("SSESpecification")
    if encryption is not None:
        request["SSESpecification"] = {
            "Enabled": True,
            "SSEType": "KMS",
            "KMSMasterKeyId": encryption["KMSMasterKeyArn"],
        }
    if "TableClassSummary" in table.settings:
        request["TableClass"] = table.settings["TableClassSummary"]["TableClass"]
    return request


def _index(table: Table, index: Index) -> Members:
    described: Members = {
        "IndexName": index.name,
        "KeySchema": describe.key_schema(index.keys),
        "Projection": describe.projection(index.projection),
    }
    if index.is_global and table.billing_mode == "PROVISIONED":
        described["ProvisionedThroughput"] = _units(index.throughput)
    if index.on_demand_throughput:
        described["OnDemandThroughput"] = dict(index.on_demand_throughput)
    return described


def _units(throughput: Throughput) -> Members:
    return {"ReadCapacityUnits": throughput.read_units, "WriteCapacityUnits": throughput.write_units}


def overridden(blueprint: Members, restore: Members) -> Members:
    """The request with a restore's overrides and target. Raises ValidationException."""
    request = {**blueprint, "TableName": restore["TargetTableName"]}
    mode: BillingMode = restore.get("BillingModeOverride") or blueprint["BillingMode"]
    request["BillingMode"] = mode
    for override, member in _OVERRIDES.items():
        if override in restore:
            request[member] = restore[override]
    for override, member in _INDEXES.items():
        if override in restore:
            _check_known(restore[override], blueprint.get(member, ()))
            request[member] = restore[override]
    impossible = _IMPOSSIBLE[mode]
    if impossible + "Override" not in restore:
        request.pop(impossible, None)
    if "GlobalSecondaryIndexes" in request and "GlobalSecondaryIndexOverride" not in restore:
        request["GlobalSecondaryIndexes"] = [
            {member: value for member, value in index.items() if member != impossible}
            for index in request["GlobalSecondaryIndexes"]
        ]
    for member in _INDEXES.values():
        if not request.get(member, True):
            del request[member]
    request["AttributeDefinitions"] = _used(request)
    return request


def _check_known(wanted: Sequence[Members], known: Sequence[Members]) -> None:
    """Indexes may be left out of a restore, but not added or changed."""
    identities = {index["IndexName"]: _identity(index) for index in known}
    for index in wanted:
        name = index["IndexName"]
        if name not in identities:
            invalid(f"Cannot add index to restored table: {name}")
        if identities[name] != _identity(index):
            invalid(f"Cannot change the key schema or the projection of an index on restore: {name}")


def _identity(index: Members) -> Members:
    projection = dict(index["Projection"])
    if "NonKeyAttributes" in projection:
        projection["NonKeyAttributes"] = sorted(projection["NonKeyAttributes"])
    return {"Projection": projection} | {member: index[member] for member in _IDENTITY if member in index}


def _used(request: Mapping[str, Sequence[Members]]) -> list[Members]:
    """The attribute definitions that the table's keys, or those of an index that it keeps, are made of."""
    schemas = [request["KeySchema"]]
    for member in _INDEXES.values():
        for index in request.get(member, ()):
            schemas += [index.get("KeySchema", ()), index.get("SearchSchema", ())]
    names = {element["AttributeName"] for schema in schemas for element in schema}
    return [one for one in request["AttributeDefinitions"] if one["AttributeName"] in names]
