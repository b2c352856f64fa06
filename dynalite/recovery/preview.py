"""What a restore to a moment would bring, without making a table: a look, not a copy.

The idea is the restore's own (`jobs/restoring.py`): an item's state at the time T is the `before` image of
its first change after T, or its present state when there is none. So the log is walked backwards from its end
to T, which gives every item that has changed since, and the rest of the table is as it stands. Everything is
read from one snapshot of the engine, so the two halves fit together, and nothing is written at all.

A restore keeps its progress in rows and may take as long as it likes; a look has to be quick and fit into
memory, so it gives up (`TooMuchHasChanged`) where a restore would go on.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from dynalite.catalog import describe
from dynalite.catalog.schema import Table
from dynalite.items import record as records
from dynalite.items.record import Record
from dynalite.limits import MIB
from dynalite.log.record import Logged, unpack
from dynalite.storage import keyspace
from dynalite.storage.engine import LogEntry, Reader, entry_of

MOST_CHANGES: Final = 50_000
MOST_BYTES: Final = 64 * MIB
"""Of log records that are held at the same time."""

_ROWS_PER_STEP = 500
_PAGE_BYTES = 512 * 1024


class TooMuchHasChanged(Exception):
    """The table has changed too often since that moment for a quick look."""


class Difference(NamedTuple):
    """An item that has changed since: as a restore would bring it, and as it is. None: there is none."""

    then: Record | None
    now: Record | None


@dataclass(slots=True)
class Preview:
    """`changes` were made after the moment. Items are `gone` that a restore would bring back, are `new` that
    it would leave out, or are `different`. `differences` and `items`, the state at that moment, hold the
    first few in the table's own order; `item_count` counts all that a restore would bring.
    """

    changes: int = 0
    gone: int = 0
    new: int = 0
    different: int = 0
    item_count: int = 0
    differences: list[Difference] = field(default_factory=list)
    items: list[Record] = field(default_factory=list)


_Undone: TypeAlias = Mapping[bytes, Record | None]
"""What every item that has changed since was at the moment, by its place."""


async def look(reader: Reader, table: Table, at: float, limit: int) -> Preview:
    """A table's state at a time, its first `limit` items. `reader` shows one moment throughout.

    Raises `TooMuchHasChanged`.
    """
    changes = await _changes_since(reader, table, at)
    before: dict[bytes, Record | None] = {}
    for change in changes:
        image = change.before
        before[change.place] = None if image is None else Record(image.size, image.json)
    preview = Preview(len(changes))
    await _compare(reader, table, before, limit, preview)
    holding = describe.figures(table, await reader.read(describe.counters(table)))
    preview.item_count = holding[keyspace.NO_INDEX].items + preview.gone - preview.new
    preview.items = [record async for record in _state(reader, table, before, limit)]
    return preview


# ------------------------------------------------------------------ the log, backwards


async def _changes_since(reader: Reader, table: Table, at: float) -> list[Logged]:
    """Every change after the moment, the newest of each shard first: those above the one cut through all
    shards, as a restore makes it.
    """
    found: list[LogEntry] = []
    cut = held_bytes = 0
    for shard in table.shards:
        async for entry in _backwards(reader, keyspace.log(table.id, shard.number)):
            if unpack(entry.record).at <= at:
                cut = max(cut, entry.sequence)
                break
            found.append(entry)
            held_bytes += len(entry.record)
            if len(found) > MOST_CHANGES or held_bytes > MOST_BYTES:
                raise TooMuchHasChanged
    found.sort(key=lambda entry: entry.sequence, reverse=True)
    return [unpack(entry.record) for entry in found if entry.sequence > cut]


async def _backwards(reader: Reader, log: bytes) -> AsyncIterator[LogEntry]:
    stop = keyspace.after(log)
    while True:
        rows = await reader.scan(log, stop, limit=_ROWS_PER_STEP, max_bytes=_PAGE_BYTES, reverse=True)
        for row in rows:
            yield entry_of(row)
        if not rows:
            return
        stop = rows[-1][0]
        await asyncio.sleep(0)  # others want to be answered too


# ------------------------------------------------------------------ then and now


async def _compare(reader: Reader, table: Table, before: _Undone, limit: int, preview: Preview) -> None:
    for places in _pieces(sorted(before)):
        stored = await reader.read([table.items_prefix + place for place in places])
        for place, value in zip(places, stored, strict=True):
            then, now = before[place], None if value is None else records.unpack(value)
            if then is None and now is None:
                continue  # made and deleted since
            if then is None:
                preview.new += 1
            elif now is None:
                preview.gone += 1
            elif then.same_item(now):
                continue
            else:
                preview.different += 1
            if len(preview.differences) < limit:
                preview.differences.append(Difference(then, now))
        await asyncio.sleep(0)


def _pieces(places: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(places), _ROWS_PER_STEP):
        yield places[start : start + _ROWS_PER_STEP]


async def _state(reader: Reader, table: Table, before: _Undone, limit: int) -> AsyncIterator[Record]:
    """The first items of the state at the moment: what is stored and what was, merged by place."""
    returning = sorted(place for place, record in before.items() if record is not None)
    prefix, at = table.items_prefix, 0
    start, stop = prefix, keyspace.after(prefix)
    while limit > 0:
        rows = await reader.scan(start, stop, limit=_ROWS_PER_STEP, max_bytes=_PAGE_BYTES)
        present = {key[len(prefix) :]: value for key, value in rows if key[len(prefix) :] not in before}
        until = rows[-1][0][len(prefix) :] if rows else None
        behind = at
        while behind < len(returning) and (until is None or returning[behind] <= until):
            behind += 1
        for place in sorted([*present, *returning[at:behind]]):
            record = before[place] if place in before else records.unpack(present[place])
            assert record is not None
            yield record
            limit -= 1
            if limit == 0:
                return
        if until is None:
            return
        at, start = behind, rows[-1][0] + b"\x00"
