"""Table descriptors as bytes: one JSON object per table, so that a data folder can be read with any tool.

Members bear the names of the fields in `schema`; what holds its default is left out, so that a field added
later needs no rewriting of what is stored. `version` is the format's: a reader refuses what a newer server
wrote.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

import orjson

from dynalite.catalog.schema import (
    Destination,
    Index,
    KeyAttribute,
    KeySchema,
    Projection,
    Recovery,
    Restore,
    SearchAttribute,
    Shard,
    Stream,
    Table,
    Throughput,
    TimeToLive,
    VectorIndex,
)

VERSION = 1


class UnknownVersion(Exception):
    """A descriptor was written by a newer server."""


def encode(table: Table) -> bytes:
    return orjson.dumps({"version": VERSION, **_plain(table)})


def decode(stored: bytes) -> Table:
    """The table that `encode` was given. Raises `UnknownVersion` on a newer format."""
    members: dict[str, Any] = orjson.loads(stored)
    version = members.pop("version")
    if version > VERSION:
        raise UnknownVersion(f"a table descriptor has format {version}; this server reads up to {VERSION}")
    members["keys"] = _keys(members["keys"])
    members["definitions"] = _attributes(members["definitions"])
    members["indexes"] = tuple(_index(index) for index in members.get("indexes", ()))
    members["vector_indexes"] = tuple(_vector_index(index) for index in members.get("vector_indexes", ()))
    members["throughput"] = Throughput(**members.get("throughput", {}))
    if "stream" in members:
        members["stream"] = _stream(members["stream"])
    members["past_streams"] = tuple(_stream(stream) for stream in members.get("past_streams", ()))
    members["shards"] = tuple(Shard(**shard) for shard in members.get("shards", ()))
    members["destinations"] = tuple(_destination(one) for one in members.get("destinations", ()))
    if "ttl" in members:
        members["ttl"] = TimeToLive(**members["ttl"])
    if "recovery" in members:
        members["recovery"] = Recovery(**members["recovery"])
    if "restore" in members:
        members["restore"] = Restore(**members["restore"])
    for member in ("went_on_demand", "class_changes"):
        members[member] = tuple(members.get(member, ()))
    members["applying"] = tuple(members.get("applying", ()))
    return Table(**members)


def _plain(value: Any) -> dict[str, Any]:
    """A descriptor's fields that differ from their defaults. What does not compare is derived."""
    plain = {}
    for field in fields(value):
        member = getattr(value, field.name)
        if field.compare and member != _default(field):
            plain[field.name] = _json(member)
    return plain


def _default(field: "Field[Any]") -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _json(value: Any) -> Any:
    if is_dataclass(value):
        return _plain(value)
    if isinstance(value, tuple):
        return [_json(member) for member in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value


def _attributes(members: list[dict[str, Any]]) -> tuple[KeyAttribute, ...]:
    return tuple(KeyAttribute(**member) for member in members)


def _keys(members: dict[str, Any]) -> KeySchema:
    return KeySchema(_attributes(members["partition"]), _attributes(members.get("sort", [])))


def _stream(members: dict[str, Any]) -> Stream:
    return Stream(**{**members, "tags": tuple(members.get("tags", ()))})


def _destination(members: dict[str, Any]) -> Destination:
    return Destination(**{**members, "changed_at": tuple(members.get("changed_at", ()))})


def _projection(members: dict[str, Any]) -> Projection:
    return Projection(members["type"], tuple(members.get("non_key_attributes", ())))


def _vector_index(members: dict[str, Any]) -> VectorIndex:
    members["projection"] = _projection(members["projection"])
    members["search"] = tuple(SearchAttribute(**attribute) for attribute in members.get("search", ()))
    return VectorIndex(**members)


def _index(members: dict[str, Any]) -> Index:
    members["keys"] = _keys(members["keys"])
    members["projection"] = _projection(members["projection"])
    members["throughput"] = Throughput(**members.get("throughput", {}))
    return Index(**members)
