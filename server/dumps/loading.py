"""From a dump to a table.

How far a load has come is a number of lines, noted beside the file; to load the same file into the same
table again goes on behind them. A few items may be put twice, which makes no difference to them.

The settings of a dump belong to the table that it makes. A table that was there before only gets the items.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Final

from server.client import tables
from server.client.api import Request
from server.client.patient import Patient
from server.client.tables import Description
from server.dumps import definition
from server.dumps.batches import Batches
from server.dumps.note import Note
from server.dumps.source import Line, Source
from server.dumps.writing import VERSION
from server.outcome import Failure, Refused
from server.terminal import Watch

_NOTE_ITEMS: Final = 1000


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded: the table, the items of the whole file, and how many of them an earlier load had put.

    `made`: the load has made the table.
    """

    table: str
    items: int
    earlier: int
    made: bool


@dataclass(slots=True)
class _Reached:
    """How far a load is; what its note says."""

    lines: int = 0
    items: int = 0
    made: bool = False


async def load(api: Patient, source: Source, name: str | None, watch: Watch, at_once: int) -> Loaded:
    """Load a dump into the table that it names, or into `name`; the table is made if need be. Up to `at_once`
    batches are on their way at a time.
    """
    first = next(iter(source), None)
    header = _header(first, source)
    table = name or (header["TableName"] if header else None)
    if table is None:
        raise Failure(f"{source.name} does not say which table its items belong to: name one with --table.")
    note = _note(source, api.place, table)
    reached = _Reached(**((note and note.read()) or {}))
    described = await tables.find(api, table)
    if described is None:
        if header is None:
            raise Failure(f"There is no table {table}, and {source.name} does not say how to make it.")
        reached = _Reached(made=True)
        await _make(api, {**header["CreateTable"], "TableName": table}, note, reached)
    described = await tables.active(api, table)
    if header is not None:
        _compare(described, header["CreateTable"], source)
    earlier = reached.items
    source.skip(reached.lines)
    unread = [first] if header is None and first is not None and not reached.lines else []

    def landed(line: int, items: int) -> None:
        before = reached.items
        reached.lines, reached.items = line, before + items
        if reached.items // _NOTE_ITEMS > before // _NOTE_ITEMS:
            _write(note, reached)
        watch(source.read_bytes, source.size_bytes, reached.items)

    key = [one["AttributeName"] for one in described["KeySchema"]]
    batches = Batches(api, table, key, at_once, landed)
    try:
        promised = await _put(batches, chain(unread, source), source)
    except BaseException:
        await batches.abandon()
        _write(note, reached)
        raise
    if header is not None and promised != reached.items:
        raise Failure(_cut_short(source, promised, reached.items))
    if header is not None and reached.made:
        await _settle(api, table, header["Afterwards"])
    _remove(note)
    return Loaded(table, reached.items, earlier, reached.made)


def _header(first: Line | None, source: Source) -> dict[str, Any] | None:
    """What the first line says of the table; None when it is an item already."""
    if first is None:
        raise Failure(f"{source.name} is empty.")
    if "Item" in first.members:
        return None
    header = first.members.get("Dump")
    if not isinstance(header, dict) or not isinstance(version := header.get("Version"), int):
        raise Failure(f"{source.name} is not a dump.")
    if version > VERSION:
        raise Failure(f"{source.name} was written by a later version of dynalite.")
    return header


# ------------------------------------------------------------------ the table


async def _make(api: Patient, request: Request, note: Note | None, reached: _Reached) -> None:
    """Make the table. It is noted before that it is ours: whoever goes on must know what is left to set."""
    _write(note, reached)
    try:
        await api.call("CreateTable", request)
    except Refused:
        _remove(note)
        raise


def _compare(described: Description, wanted: Description, source: Source) -> None:
    if _keys(described) != _keys(wanted):
        raise Failure(f"The table {described['TableName']} has other keys than the one in {source.name}.")


def _keys(table: Description) -> list[tuple[str, str, str]]:
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    return [(one["KeyType"], one["AttributeName"], types[one["AttributeName"]]) for one in table["KeySchema"]]


async def _settle(api: Patient, table: str, wanted: Description) -> None:
    """Set what is to be set when the items are there, unless a load that was stopped has set it already."""
    there = await definition.settings(api, table)
    for operation in definition.SETTINGS:
        if operation in wanted and operation not in there:
            await api.call(operation, {**wanted[operation], "TableName": table})
            await tables.active(api, table)


# ------------------------------------------------------------------ the items


async def _put(batches: Batches, lines: Iterable[Line], source: Source) -> int | None:
    """Put the items of the lines. Returns how many the last line says there are; None when it does not."""
    promised = None
    for line in lines:
        if promised is not None:
            raise Failure(f"Line {line.number} of {source.name} is behind the end of the dump.")
        if isinstance(line.members.get("Item"), dict):
            await batches.add(line)
        elif isinstance(end := line.members.get("End"), dict):
            promised = end.get("Items")
        else:
            raise Failure(f"Line {line.number} of {source.name} is not an item.")
    await batches.finish()
    return promised


def _cut_short(source: Source, promised: int | None, items: int) -> str:
    if promised is None:
        return f"{source.name} was cut short: it has no last line. Its {items:,} items were loaded."
    return f"{source.name} should have {promised:,} items, but {items:,} were found; these were loaded."


# ------------------------------------------------------------------ the note


def _note(source: Source, place: str, table: str) -> Note | None:
    """The note beside the file; None for what is no file."""
    if source.path is None:
        return None
    file = os.stat(source.path)
    subject = {"place": place, "table": table, "bytes": file.st_size, "modified": file.st_mtime_ns}
    return Note(source.path.with_name(source.path.name + ".loading"), subject)


def _write(note: Note | None, reached: _Reached) -> None:
    """Where the note cannot be written, there is nothing to go on from, and that is all."""
    if note is not None:
        with suppress(OSError):
            note.write(asdict(reached))


def _remove(note: Note | None) -> None:
    if note is not None:
        with suppress(OSError):
            note.remove()
