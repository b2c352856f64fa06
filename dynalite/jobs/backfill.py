"""Fills an index that was added to a table which may hold items already, while the table is in use.

The table is walked in storage order, a page at a time. One update per page reads the page's items again, so
what is put into the index is what the items are at that moment, and moves the cursor in the same batch: a
killed server goes on at the cursor. How a page and the writes beside it keep out of each other's way is told
in `catalog/filling.py`. Items whose index keys are missing, of another type, empty or too long are not in the
index, and are passed over.

The walk begins once the stored descriptor says that the index is being backfilled. That was written after
every writer could see the index (`catalog/store.py`), so an item that this walk does not see yet was put into
the index by its writer.
"""

from collections.abc import Sequence
from dataclasses import replace

from dynalite.catalog import filling
from dynalite.catalog.schema import Index, Table
from dynalite.catalog.transitions import AnyIndex
from dynalite.items import indexes, record
from dynalite.operations.context import Context
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch

_ITEMS_PER_PAGE = 200
_PAGE_BYTES = 256 * 1024
_MARKS_PER_STEP = 1000


async def step(context: Context) -> bool:
    under_way = [
        (table, index) for table in context.catalog.stored() for index in table.filling if index.backfilling
    ]
    for table, index in under_way:
        await _advance(context, table, index)
    filled = [
        (table, index)
        for table in context.catalog.stored()
        for index in table.vector_indexes
        if index.backfilling
    ]
    for table, vectors in filled:  # a search of them reads the table: there is nothing to fill
        await _finish(context, table, vectors.id)
    return bool(under_way or filled)


async def _advance(context: Context, table: Table, index: Index) -> None:
    (cursor,) = await context.engine.read([filling.cursor_key(table.id, index.id)])
    if cursor is None:  # given up: the index is being deleted
        return
    if cursor != filling.EVERYTHING:
        await _fill_page(context, table, index, cursor)
    elif await context.engine.delete_range(*filling.marks(table.id, index.id), limit=_MARKS_PER_STEP):
        await _finish(context, table, index.id)


async def _fill_page(context: Context, table: Table, index: Index, cursor: bytes) -> None:
    prefix = table.items_prefix
    start = max(prefix, cursor + b"\x00")
    rows = await context.engine.scan(
        start, keyspace.after(prefix), limit=_ITEMS_PER_PAGE, max_bytes=_PAGE_BYTES
    )
    keys = [key for key, _ in rows]
    full = len(rows) == _ITEMS_PER_PAGE or sum(len(value) for _, value in rows) >= _PAGE_BYTES
    reached = keys[-1] if full else filling.EVERYTHING
    cursor_key = filling.cursor_key(table.id, index.id)
    marks = [filling.mark_key(table.id, index.id, key) for key in keys]

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch | None]:
        if values[0] != cursor:  # another tick was here, or the index is being deleted
            return None, None
        batch = Batch()
        batch.put(cursor_key, reached)
        items, marked = values[1 : len(keys) + 1], values[len(keys) + 1 :]
        for item, mark, mark_key in zip(items, marked, marks, strict=True):
            if mark is not None:
                batch.delete(mark_key)
            elif item is not None:
                entry = indexes.entry(table, index, record.unpack(item), context.hash)
                indexes.apply(batch, table, index, None, entry)
        return None, batch

    await context.engine.update([cursor_key, *keys, *marks], decide)


async def _finish(context: Context, table: Table, index_id: int) -> None:
    def decide(present: Table | None) -> tuple[None, Table | None]:
        if present is None or present.id != table.id:
            return None, present
        return None, replace(
            present,
            indexes=_with_active(present.indexes, index_id),
            vector_indexes=_with_active(present.vector_indexes, index_id),
        )

    await context.catalog.change(table.region, table.name, decide)


def _with_active(indexes: tuple[AnyIndex, ...], index_id: int) -> tuple[AnyIndex, ...]:
    return tuple(
        replace(index, status="ACTIVE", backfilling=None)
        if index.id == index_id and index.backfilling
        else index
        for index in indexes
    )
