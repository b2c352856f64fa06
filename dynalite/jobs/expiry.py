"""Deletes expired items. They are found by their rows in the order of expiry, a page at a time; no other item
is read.

A row is a hint. Whether its item is there and expires at the row's second is decided from the item itself, in
the update that deletes it, so a write that moves the expiry forward saves the item up to the last moment. A
row that no item bears out (TTL was disabled, the table is gone) is deleted. Items that expired more than five
years ago are left alone, with their rows.

The place up to which rows were handled is stored in the batch that handles them, and the next page starts
behind it. It goes back when a late row was written before it, or when the clock was set back.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dynalite import limits
from dynalite.catalog import expiring
from dynalite.catalog.schema import Table
from dynalite.items import expiry, write
from dynalite.items import record as records
from dynalite.operations.context import Context
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch

_ITEMS_PER_STEP = 50  # about a millisecond in which nobody else has a turn
_MARKS_PER_STEP = 100
_PAGE_BYTES = 1 << 20
_SECOND = slice(1, 9)
_TABLE = slice(9, 13)
_PLACE = 13


class _Hint(NamedTuple):
    """A row in the order of expiry, and the rows that its item is decided from; `table` None: no such table
    expires items.
    """

    row: bytes
    table: Table | None
    reads: list[bytes]

    @property
    def second(self) -> int:
        return int.from_bytes(self.row[_SECOND], "big")


async def step(context: Context) -> bool:
    now = context.clock.now()
    due = int(now - context.settings.ttl_delay_seconds)
    if due < 0:
        return False
    swept = await _swept(context, due)
    start = keyspace.EXPIRY if swept is None else swept + b"\x00"
    rows = await context.engine.scan(
        start, keyspace.expiry(due + 1), limit=_ITEMS_PER_STEP, max_bytes=_PAGE_BYTES
    )
    if rows:
        await _sweep(context, swept, [row for row, _ in rows], now)
    return bool(rows)


async def _swept(context: Context, due: int) -> bytes | None:
    """The row that was handled last; None when the sweep is to start from the beginning."""
    engine = context.engine
    (swept,) = await engine.read([expiring.SWEPT])
    late = expiring.LATE
    marks = await engine.scan(late, keyspace.after(late), limit=_MARKS_PER_STEP, max_bytes=_PAGE_BYTES)
    went_back = swept is not None and int.from_bytes(swept[_SECOND], "big") > due
    if not marks and not went_back:
        return swept
    first = 0 if went_back else expiring.marked(marks[0][0])

    def decide(values: Sequence[bytes | None]) -> tuple[bytes | None, Batch]:
        batch = Batch()
        for mark, _ in marks:
            batch.delete(mark)
        place = values[0]
        if place is not None and place >= keyspace.expiry(first):
            place = keyspace.expiry(first)
            batch.put(expiring.SWEPT, place)
        return place, batch

    return await engine.update([expiring.SWEPT], decide)


async def _sweep(context: Context, swept: bytes | None, rows: Sequence[bytes], at: float) -> None:
    """Handle a page of rows in one update, as of the time that they were found due at."""
    tables = {table.id: table for table in context.catalog.stored() if table.expiring is not None}
    hints = [_hint(tables, row) for row in rows]
    named = [key for hint in hints for key in hint.reads]

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch | None]:
        if values[0] != swept:  # another tick was here
            return None, None
        batch = Batch()
        batch.put(expiring.SWEPT, rows[-1])
        position = 1
        for hint in hints:
            read = values[position : position + len(hint.reads)]
            position += len(hint.reads)
            _handle(context, batch, hint, read, at)
        return None, batch

    await context.engine.update([expiring.SWEPT, *named], decide)


def _hint(tables: Mapping[int, Table], row: bytes) -> _Hint:
    table = tables.get(int.from_bytes(row[_TABLE], "big"))
    if table is None:
        return _Hint(row, None, [])
    return _Hint(row, table, write.reads(table, table.items_prefix + row[_PLACE:]))


def _handle(context: Context, batch: Batch, hint: _Hint, read: Sequence[bytes | None], at: float) -> None:
    """Put what becomes of one row and its item into the batch."""
    table = hint.table
    if table is not None and table.expiring is not None:
        before = None if read[0] is None else records.unpack(read[0])
        if expiry.second(table.expiring, before) == hint.second:
            if hint.second < at - limits.TTL_PAST_SECONDS:
                return
            change = write.Change(table, hint.reads[0], before, None, at, read[1:], "ttl")
            write.apply(batch, change, context.hash)
    batch.delete(hint.row)
