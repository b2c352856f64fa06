"""The rows that a change of a table takes along, for the work that it leaves to the jobs.

What has left is queued to be dropped; what is new, an index or an order of expiry, has a cursor that says how
far it has been filled. They are written with the descriptor itself, so no work is ever forgotten or invented.
"""

from typing import Final

from dynalite.catalog import expiring, filling
from dynalite.catalog.schema import Table
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch

DROPS: Final = keyspace.job(0, b"drop")


def drop_key(table: int, index: int) -> bytes:
    """A place in the queue of what to drop: an index of a table, or a whole table (`keyspace.NO_INDEX`).

    All places begin with `DROPS`, so that the queue is one range.
    """
    return DROPS + table.to_bytes(4, "big") + index.to_bytes(2, "big")


def keep(batch: Batch, stored: Table | None, wanted: Table | None) -> None:
    """Write what belongs to the change of a table from `stored` to `wanted`."""
    if stored is not None and (wanted is None or wanted.id != stored.id):
        batch.put(drop_key(stored.id, keyspace.NO_INDEX), b"")
        stored = None
    before = {index.id: index for index in stored.indexes} if stored else {}
    after = {index.id: index for index in wanted.indexes} if wanted else {}
    if wanted is None:
        return
    for gone in before.keys() - after.keys():
        batch.put(drop_key(wanted.id, gone), b"")
    was_filling = {index.id for index in stored.filling} if stored else set()
    is_filling = {index.id for index in wanted.filling}
    for index in is_filling - was_filling:
        batch.put(filling.cursor_key(wanted.id, index), filling.NOTHING)
    for index in was_filling - is_filling:
        batch.delete(filling.cursor_key(wanted.id, index))
    _keep_expiry_books(batch, stored, wanted)


def _keep_expiry_books(batch: Batch, stored: Table | None, wanted: Table) -> None:
    """The cursor of the walk that enters a table's items into the order of expiry: new with each walk."""
    before = stored.ttl if stored is not None else None
    if before == wanted.ttl:
        return
    if wanted.ttl is not None and wanted.ttl.filling:
        batch.put(expiring.cursor_key(wanted.id), expiring.NOTHING)
    else:
        batch.delete(expiring.cursor_key(wanted.id))
