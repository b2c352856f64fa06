"""A table in the words in which it was asked for, read back from what describes it: what a tool such as
Terraform does to find out whether a table is still the one that was wanted.

Each member of CreateTable has a row here. Where order means nothing, both sides are sorted.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from botocore.model import ListShape, Shape, StructureShape

Members: TypeAlias = dict[str, Any]

NOT_SERVED = {
    "CreateTable": {"GlobalTableSourceArn", "GlobalTableSettingsReplicationMode", "VectorIndexes"},
    "UpdateTable": {
        "DisassociationProtectionEnabled",
        "GlobalTableSettingsReplicationMode",
        "GlobalTableWitnessUpdates",
        "MultiRegionConsistency",
        "ReplicaUpdates",
        "VectorIndexUpdates",
    },
}
"""Members that ask for what the server does not do, and that it says so of."""

_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")
_SORTED_BY = ("IndexName", "AttributeName", "Key")


class Seen(NamedTuple):
    """What there is to read from: boto3's client, and the table's description."""

    client: Any
    table: Members


def state(client: Any, name: str) -> Members:
    """Every member of a CreateTable request that would make the table that there is."""
    seen = Seen(client, client.describe_table(TableName=name)["Table"])
    read = {member: row(seen) for member, row in _ROWS.items()}
    return {member: value for member, value in in_order(read).items() if value is not None}


def lacking(wanted: Members, found: Members) -> Members:
    """What was asked for and is not there. Figures beside those that were asked for do no harm."""
    return {
        member: (value, found.get(member))
        for member, value in in_order(wanted).items()
        if not _within(value, found.get(member))
    }


def in_order(value: Any) -> Any:
    """The value with its lists sorted, except key schemas."""
    if isinstance(value, dict):
        return {name: one if name == "KeySchema" else in_order(one) for name, one in value.items()}
    if isinstance(value, list):
        return sorted(map(in_order, value), key=_place)
    return value


def leaves(shape: Shape, path: str = "") -> Iterator[str]:
    """The paths of everything that a shape can say."""
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            yield from leaves(member, f"{path}.{name}" if path else name)
    elif isinstance(shape, ListShape):
        yield from leaves(shape.member, path)
    else:
        yield path


def said(value: Any, path: str = "") -> Iterator[str]:
    """The paths of everything that a request says."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from said(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for one in value:
            yield from said(one, path)
    else:
        yield path


def sample(shape: Shape) -> Any:
    """Some value of a shape."""
    if isinstance(shape, StructureShape):
        return {name: sample(member) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [sample(shape.member)]
    if shape.type_name == "string":
        return shape.metadata.get("enum", ["x" * max(3, shape.metadata.get("min", 0))])[0]
    return {"long": 1, "integer": 1, "boolean": True}[shape.type_name]


def _place(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    return next(str(value[name]) for name in _SORTED_BY if name in value)


def _within(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(_within(one, found.get(name)) for name, one in wanted.items())
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(wanted) != len(found):
            return False
        return all(_within(one, other) for one, other in zip(wanted, found, strict=True))
    return bool(wanted == found)


# ------------------------------------------------------------------ one row a member


def _plain(member: str, default: Any = None) -> Callable[[Seen], Any]:
    return lambda seen: seen.table.get(member, default)


def _billing_mode(seen: Seen) -> str:
    mode: str = seen.table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED")
    return mode


def _units(described: Members) -> Members | None:
    units = {name: described["ProvisionedThroughput"][name] for name in _UNITS}
    return units if any(units.values()) else None


def _global_indexes(seen: Seen) -> list[Members]:
    indexes = seen.table.get("GlobalSecondaryIndexes", [])
    return [{**index, "ProvisionedThroughput": _units(index)} for index in indexes]


def _encryption(seen: Seen) -> Members:
    described = seen.table.get("SSEDescription")
    if described is None or described["Status"] in ("DISABLED", "DISABLING"):
        return {"Enabled": False}
    return {"Enabled": True, "SSEType": described["SSEType"], "KMSMasterKeyId": described["KMSMasterKeyArn"]}


def _tags(seen: Seen) -> list[Members]:
    pages = seen.client.get_paginator("list_tags_of_resource").paginate(ResourceArn=seen.table["TableArn"])
    return [tag for page in pages for tag in page["Tags"]]


def _policy(seen: Seen) -> str | None:
    try:
        policy: str = seen.client.get_resource_policy(ResourceArn=seen.table["TableArn"])["Policy"]
    except seen.client.exceptions.PolicyNotFoundException:
        return None
    return policy


_ROWS: Mapping[str, Callable[[Seen], Any]] = {
    "TableName": _plain("TableName"),
    "AttributeDefinitions": _plain("AttributeDefinitions"),
    "KeySchema": _plain("KeySchema"),
    "LocalSecondaryIndexes": _plain("LocalSecondaryIndexes", []),
    "GlobalSecondaryIndexes": _global_indexes,
    "BillingMode": _billing_mode,
    "ProvisionedThroughput": lambda seen: _units(seen.table),
    "OnDemandThroughput": _plain("OnDemandThroughput"),
    "WarmThroughput": _plain("WarmThroughput"),
    "StreamSpecification": _plain("StreamSpecification", {"StreamEnabled": False}),
    "SSESpecification": _encryption,
    "Tags": _tags,
    "TableClass": lambda seen: seen.table.get("TableClassSummary", {}).get("TableClass", "STANDARD"),
    "DeletionProtectionEnabled": _plain("DeletionProtectionEnabled"),
    "ResourcePolicy": _policy,
}
READ = frozenset(_ROWS)
