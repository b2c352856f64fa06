"""The lines of an export's data files.

A full export has a line for every item, an incremental one for every item that changed: its key, when it was
last written, and its images before and after. An item that came and went within the span leaves no line.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import orjson

from dynalite.catalog.schema import KeySchema, Table
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items.record import Record
from dynalite.log.record import LoggedImage
from dynalite.recovery import gathered, ion
from dynalite.recovery.gathered import Gathered
from dynalite.recovery.transfers import Transfer
from dynalite.storage import keyspace
from dynalite.values.types import Item


class Line(NamedTuple):
    """A line, and how much it stands for, in bytes as charged."""

    text: bytes
    size: int


Make: TypeAlias = Callable[[bytes], Line | None]
"""From a stored row to its line; None when it has none."""


class Source(NamedTuple):
    """The rows that an export is written from: storage keys from `start` up to `stop`."""

    start: bytes
    stop: bytes
    line: Make


def source(transfer: Transfer, scratch: Table) -> Source:
    """What an export is written from, once it has been restored or gathered beside a table of its own."""
    format_ = transfer.description["ExportFormat"]
    specification = transfer.description.get("IncrementalExportSpecification")
    if specification is None:
        prefix = scratch.items_prefix
        return Source(prefix, keyspace.after(prefix), _FULL[format_])
    prefix = gathered.prefix(scratch.id)
    write = _CHANGES[format_]
    old = specification["ExportViewType"] == "NEW_AND_OLD_IMAGES"
    return Source(prefix, keyspace.after(prefix), lambda row: _change(row, scratch.keys, old, write))


def _full_json(row: bytes) -> Line:
    record = records.unpack(row)
    return Line(b'{"Item":' + record.json + b"}\n", record.size)


def _full_ion(row: bytes) -> Line:
    record = records.unpack(row)
    return Line(ion.write(record.item), record.size)


_FULL: Mapping[str, Make] = {"DYNAMODB_JSON": _full_json, "ION": _full_ion}

_WriteChange: TypeAlias = Callable[[Mapping[str, Item], int], bytes]


def _change(row: bytes, schema: KeySchema, old: bool, write: _WriteChange) -> Line | None:
    found = gathered.unpack(row)
    image = found.after or found.before
    if image is None:
        return None
    images = {"Keys": keys.primary(schema, _item(image))}
    if old and found.before is not None:
        images["OldImage"] = _item(found.before)
    if found.after is not None:
        images["NewImage"] = _item(found.after)
    return Line(write(images, _micros(found)), found.size)


def _item(image: LoggedImage) -> Item:
    return Record(image.size, image.json).item


def _micros(found: Gathered) -> int:
    return round(found.at * 1_000_000)


def _json_change(images: Mapping[str, Item], micros: int) -> bytes:
    return orjson.dumps({"Metadata": {"WriteTimestampMicros": str(micros)}, **images}) + b"\n"


_CHANGES: Mapping[str, _WriteChange] = {"DYNAMODB_JSON": _json_change, "ION": ion.write_change}
