"""What a backfill and the writes that go on beside it must know of each other.

An index added to a table that holds items is filled by walking the table in storage order, while writes
maintain the index from the moment they see it. Its rows come out right whoever writes an item first; its
statistics do so only if every item is counted exactly once. Two kinds of rows settle that, and every write to
a table with an index being filled names them beside the item itself:

- the cursor: the storage key up to which the walk has come. Items up to it are in the index and counted.
- a mark per item that a write has put into the index ahead of the walk. The walk skips a marked item.

An item that is neither behind the cursor nor marked has no row in the index, so a write treats it as if it
entered the index only now. Marks that the walk never met, because their item was deleted or came after a page
was read, are swept up before the index becomes ACTIVE.
"""

from collections.abc import Mapping, Sequence

from dynalite.catalog.schema import Table
from dynalite.storage import keyspace

NOTHING = b""
"""A cursor before every item."""
EVERYTHING = b"\xff"
"""A cursor behind every item: no storage key begins with this byte."""

_NONE: Mapping[int, bytes] = {}


def cursor_key(table: int, index: int) -> bytes:
    return keyspace.job(table, b"fill" + index.to_bytes(2, "big"))


def mark_key(table: int, index: int, key: bytes) -> bytes:
    """The mark of the item at storage key `key`."""
    return cursor_key(table, index) + key


def marks(table: int, index: int) -> tuple[bytes, bytes]:
    """Where the marks of an index begin and end; its cursor is not among them."""
    cursor = cursor_key(table, index)
    return cursor + b"\x00", keyspace.after(cursor)


def keys(table: Table, key: bytes) -> list[bytes]:
    """The rows that a write of the item at `key` reads beside it: none unless an index is being filled."""
    named: list[bytes] = []
    for index in table.filling:
        named += (cursor_key(table.id, index.id), mark_key(table.id, index.id, key))
    return named


def ahead(table: Table, key: bytes, values: Sequence[bytes | None]) -> Mapping[int, bytes]:
    """The indexes that do not hold the item at `key` yet, by id, each with the mark to put when the item is
    written.

    `values` are those of `keys(table, key)`.
    """
    if not table.filling:
        return _NONE
    found = {}
    for position, index in enumerate(table.filling):
        cursor, mark = values[2 * position], values[2 * position + 1]
        if cursor is not None and key > cursor and mark is None:
            found[index.id] = mark_key(table.id, index.id, key)
    return found
