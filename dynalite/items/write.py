"""The one write path: a change of one item becomes everything that has to change with it, in one Batch.

Put, update, delete, batches, transactions, expiry, restore, import and backfill all end here. The base row,
the rows of every index, the row that says when the item expires, the record in the change log and the
statistics go into the same Batch, so that no crash can ever split them. A change that changes nothing writes
nothing.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from dynalite.capacity.units import write_units
from dynalite.catalog import filling
from dynalite.catalog.schema import Table
from dynalite.items import expiry, indexes, vectors
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items.key import Hash
from dynalite.items.record import Record
from dynalite.log import record as log_record
from dynalite.log.record import Cause
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch
from dynalite.values.types import Item

_NO_INDEXES: Mapping[str, float] = {}


class Change(NamedTuple):
    """One item's transition. `before` None: it did not exist; `after` None: it does not any more.

    `at` is when (epoch seconds), read from the clock before the update is decided, and `cause` is who.
    `beside` are the values of the further rows that `reads` names.
    """

    table: Table
    key: bytes
    before: Record | None
    after: Record | None
    at: float
    beside: Sequence[bytes | None] = ()
    cause: Cause = "user"


def check_put(table: Table, item: Item, size_bytes: int, too_large: str) -> None:
    """Refuse an item that the table, or one of its indexes, cannot hold. `too_large` is what is said of one
    that leaves an index no room.
    """
    keys.check_put(table.keys, item)
    if table.guarded:
        keys.check_index_keys(table, item)
        indexes.check_room(table, item, size_bytes, too_large)
        vectors.check(table, item)


def reads(table: Table, key: bytes) -> list[bytes]:
    """The rows that a change of the item at `key` is decided from: the item's own first."""
    return [key, *filling.keys(table, key)] if table.filling else [key]


class Written(NamedTuple):
    """What a change cost, in write units: the table's arm, and each index that it touched by name. Vector
    indexes are charged in request bytes instead.
    """

    table_units: float
    index_units: Mapping[str, float]
    vector_bytes: Mapping[str, float]


def larger_size(before: Record | None, after: Record | None) -> int:
    """The size in bytes that a change is charged by: the larger image's."""
    return max(before.size if before else 0, after.size if after else 0)


def apply(batch: Batch, change: Change, hash: Hash) -> Written:
    """Put everything that the change entails into the batch."""
    table, before, after = change.table, change.before, change.after
    written = write_units(larger_size(before, after))
    if after is None:
        if before is None:
            return Written(written, _NO_INDEXES, _NO_INDEXES)
        batch.delete(change.key)
        indexes.count(batch, table, keyspace.NO_INDEX, -1, -before.size)
    elif before is None:
        batch.put(change.key, records.pack(after))
        indexes.count(batch, table, keyspace.NO_INDEX, 1, after.size)
    else:
        # Whether two texts that differ are one item takes parsing the old one: only a log has to know.
        if after.json == before.json or (table.log is not None and after.same_item(before)):
            return Written(written, _NO_INDEXES, _NO_INDEXES)
        batch.put(change.key, records.pack(after))
        indexes.count(batch, table, keyspace.NO_INDEX, 0, after.size - before.size)
    if table.expiring is not None:
        expiry.move(batch, table, change.key, before, after, change.at)
    if table.log is not None:
        place = change.key[keyspace.ITEM_HASH_AT :]
        batch.append(table.log.of(change.key), log_record.pack(change.cause, change.at, place, before, after))
    if not table.guarded:
        return Written(written, _NO_INDEXES, _NO_INDEXES)
    vector_bytes = vectors.written_bytes(table, before, after) if table.live_vectors else _NO_INDEXES
    return Written(written, _apply_indexes(batch, change, hash), vector_bytes)


def _apply_indexes(batch: Batch, change: Change, hash: Hash) -> Mapping[str, float]:
    table, before, after = change.table, change.before, change.after
    if not table.live_indexes:  # its indexes are searched by vectors
        return _NO_INDEXES
    ahead = filling.ahead(table, change.key, change.beside)
    units: dict[str, float] = {}
    image = after or before
    assert image is not None  # a change that changes nothing does not come here
    identity = keys.identity(table, image.item, hash)
    for index in table.live_indexes:
        known = before
        if index.id in ahead:  # the backfill has not come here, and need not any more
            batch.put(ahead[index.id], b"")
            known = None
        start, end = indexes.entries(table, index, known, after, hash, identity)
        spent = indexes.apply(batch, table, index, start, end)
        if spent:
            units[index.name] = spent
    return units
