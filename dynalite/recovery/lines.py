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
from dynalite.items.key import Hash
from dynalite.items.record import Record
from dynalite.log.record import LoggedImage
from dynalite.recovery import gathered, ion, selection
from dynalite.recovery.gathered import Gathered
from dynalite.recovery.selection import EVERYTHING, Selection
from dynalite.recovery.transfers import Transfer
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


def source(transfer: Transfer, scratch: Table, hash: Hash) -> Source:
    """What an export is written from, once it has been restored or gathered beside a table of its own."""
    format_ = transfer.description["ExportFormat"]
    wanted = EVERYTHING
    if "FilterSpecification" in transfer.request:
        wanted = selection.of(selection.prepared(transfer.request["FilterSpecification"]), scratch.keys)
    specification = transfer.description.get("IncrementalExportSpecification")
    if specification is None:
        rows = wanted.range(scratch.items_prefix, scratch.keys, hash)
        return Source(rows.start, rows.stop, lambda row: _full(row, wanted, _FULL[format_]))
    rows = wanted.range(gathered.prefix(scratch.id), scratch.keys, hash)
    images = _Images(scratch.keys, wanted, specification["ExportViewType"] == "NEW_AND_OLD_IMAGES")
    return Source(rows.start, rows.stop, lambda row: _change(row, images, _CHANGES[format_]))


_WriteItem: TypeAlias = Callable[[Record, Selection], bytes]


def _full(row: bytes, wanted: Selection, write: _WriteItem) -> Line | None:
    record = records.unpack(row)
    if wanted.filter is not None and not wanted.keeps(record.item):
        return None
    return Line(write(record, wanted), record.size)


_FULL: Mapping[str, _WriteItem] = {
    "DYNAMODB_JSON": lambda record, wanted: b'{"Item":' + wanted.json(record) + b"}\n",
    "ION": lambda record, wanted: ion.write(wanted.shown(record.item)),
}


class _Images(NamedTuple):
    """What the lines of an incremental export hold: of which items, and whether the old images too."""

    keys: KeySchema
    wanted: Selection
    old: bool


_WriteChange: TypeAlias = Callable[[Mapping[str, Item], int], bytes]


def _change(row: bytes, images: _Images, write: _WriteChange) -> Line | None:
    found = gathered.unpack(row)
    before, after = _item(found.before), _item(found.after)
    either = [item for item in (after, before) if item is not None]
    if not any(map(images.wanted.keeps, either)):
        return None
    line = {"Keys": keys.primary(images.keys, either[0])}
    if images.old and before is not None:
        line["OldImage"] = images.wanted.shown(before)
    if after is not None:
        line["NewImage"] = images.wanted.shown(after)
    return Line(write(line, _micros(found)), found.size)


def _item(image: LoggedImage | None) -> Item | None:
    return None if image is None else Record(image.size, image.json).item


def _micros(found: Gathered) -> int:
    return round(found.at * 1_000_000)


def _json_change(images: Mapping[str, Item], micros: int) -> bytes:
    return orjson.dumps({"Metadata": {"WriteTimestampMicros": str(micros)}, **images}) + b"\n"


_CHANGES: Mapping[str, _WriteChange] = {"DYNAMODB_JSON": _json_change, "ION": ion.write_change}
