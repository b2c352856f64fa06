"""What an index stores of an item, and what a change of the item does to it.

An index is sparse: an item is in it only when it holds every key attribute of the index with the declared
type. The row carries the projected attributes as a record of their own, so that reading an index never
touches the table.
"""

from typing import NamedTuple

from dynalite import limits
from dynalite.capacity.units import write_units
from dynalite.catalog.schema import Index, Table
from dynalite.errors import ValidationException
from dynalite.items import record as records
from dynalite.items.key import Hash, fits, index_key, indexable
from dynalite.items.record import Record
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch
from dynalite.values.size import item_size
from dynalite.values.types import Item


class Entry(NamedTuple):
    """One index row: its storage key and what it holds."""

    key: bytes
    record: Record


def entry(
    table: Table, index: Index, record: Record, hash: Hash, identified: bytes | None = None
) -> Entry | None:
    """The row that the index keeps of a stored item; None when the item is not in the index. `identified` is
    the item's `key.identity`, where it is known.
    """
    item = record.item
    if not indexable(index, item) or not fits(index.keys, item):
        return None
    return Entry(index_key(table, index, item, hash, identified), _projected(index, record))


def entries(
    table: Table, index: Index, before: Record | None, after: Record | None, hash: Hash, identified: bytes
) -> tuple[Entry | None, Entry | None]:
    """The index's rows before and after a change of one item. Most changes leave its place as it was."""
    start = None if before is None else entry(table, index, before, hash, identified)
    if after is None:
        return start, None
    if before is None or any(before.item.get(name) != after.item.get(name) for name in index.keys.names):
        return start, entry(table, index, after, hash, identified)
    return start, None if start is None else Entry(start.key, _projected(index, after))


def _projected(index: Index, record: Record) -> Record:
    """What the index keeps of an item."""
    if index.projected is None:
        return record
    item = record.item
    kept = {name: value for name, value in item.items() if name in index.projected}
    return record if len(kept) == len(item) else records.of(kept, item_size(kept))


def check_room(table: Table, item: Item, size_bytes: int, refusal: str) -> None:
    """Refuse an item that fits into the table, but not together with what a local index keeps of it."""
    if 2 * size_bytes <= limits.ITEM_SIZE_BYTES:  # no index keeps more than the item
        return
    for index in table.live_indexes:
        if index.is_global or not indexable(index, item):
            continue
        kept = item if index.projected is None else {n: v for n, v in item.items() if n in index.projected}
        if size_bytes + item_size(kept) > limits.ITEM_SIZE_BYTES:
            raise ValidationException(refusal)


def apply(batch: Batch, table: Table, index: Index, before: Entry | None, after: Entry | None) -> float:
    """Bring the index from one row to the other. Returns the write units that this costs: 0 when nothing
    changes.

    Entering, leaving or changing in place costs one write of the larger image; moving to another key costs a
    delete and an insert, each rounded by itself.
    """
    if before is None and after is None:
        return 0.0
    if before is not None and after is not None and before.key == after.key:
        if after.record.same_item(before.record):
            return 0.0
        batch.put(after.key, records.pack(after.record))
        count(batch, table, index.id, 0, after.record.size - before.record.size)
        return write_units(max(before.record.size, after.record.size))
    units, items, size_bytes = 0.0, 0, 0
    if before is not None:
        batch.delete(before.key)
        units += write_units(before.record.size)
        items, size_bytes = -1, -before.record.size
    if after is not None:
        batch.put(after.key, records.pack(after.record))
        units += write_units(after.record.size)
        items, size_bytes = items + 1, size_bytes + after.record.size
    count(batch, table, index.id, items, size_bytes)
    return units


def count(batch: Batch, table: Table, index: int, items: int, size_bytes: int) -> None:
    """Keep the statistics of a table (`keyspace.NO_INDEX`) or of one of its indexes."""
    if items:
        batch.add(keyspace.statistic(table.id, index, keyspace.ITEM_COUNT), items)
    if size_bytes:
        batch.add(keyspace.statistic(table.id, index, keyspace.SIZE_BYTES), size_bytes)
