"""When an item expires, and the row that says so.

Only a top-level Number counts, and it means seconds of the epoch; a fraction rounds up. Any number from zero
up gets a row, also one that lies far in the past: whether the item has expired is judged by the clock when
the row's second comes, and the clock may be moved.

The sweep starts where it last ended (a store need not walk over all that was deleted before). A row put
behind that place would never be met, so whoever puts one that lies in the past, or so near ahead that the
sweep might pass it while the write is on its way to disk, leaves a mark, in the same batch, that makes the
sweep return to it.
"""

from decimal import Decimal

from dynalite.catalog import expiring
from dynalite.catalog.schema import Table
from dynalite.items.record import Record
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch

_DIGITS = 15
"""A second with more digits, thirty million years ahead, never comes."""
_NEAR_SECONDS = 60


def second(name: str, record: Record | None) -> int | None:
    """The second of the epoch at which an item expires by its attribute `name`; None when it never does."""
    value = record.item.get(name) if record is not None else None
    text = value.get("N") if value is not None else None
    if text is None:
        return None
    if text.isdecimal():
        return int(text) if len(text) <= _DIGITS else None
    number = Decimal(text)
    if number < 0 or number.adjusted() >= _DIGITS:
        return None
    whole = int(number)
    return whole if number == whole else whole + 1


def move(
    batch: Batch, table: Table, key: bytes, before: Record | None, after: Record | None, at: float
) -> None:
    """Bring an item's row from where it was to where it shall be. The table has TTL enabled."""
    name = table.expiring
    assert name is not None
    was, becomes = second(name, before), second(name, after)
    if was == becomes:  # it is there, or a walk in the background will put it there
        return
    if was is not None:
        batch.delete(keyspace.expiry_row(was, key))
    if becomes is not None:
        put(batch, becomes, key, at)


def put(batch: Batch, second: int, key: bytes, at: float) -> None:
    """Enter the item at a storage key. `at` is the present time."""
    batch.put(keyspace.expiry_row(second, key), b"")
    if second <= at + _NEAR_SECONDS:
        batch.put(expiring.late_mark(second), b"")
