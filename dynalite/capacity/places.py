"""Where the partition hash is in a place of storage: capacity is counted and enforced by it."""

from collections.abc import Mapping
from typing import Final

from dynalite.catalog.schema import Index, Table
from dynalite.storage import keyspace

HASH: Final = slice(keyspace.ITEM_HASH_AT, keyspace.ITEM_HASH_AT + keyspace.HASH_BYTES)
"""In the place of an item."""

_INDEX_HASH: Final = slice(HASH.start + 2, HASH.stop + 2)
"""In the place of a row of an index."""


def hash_end(index: Index | None) -> int:
    """How much of a place tells its partition (bytes)."""
    return (HASH if index is None else _INDEX_HASH).stop


def hash_at(place: bytes, index: Index | None) -> bytes:
    """The partition hash of a place, or the lowest that can follow the part of one."""
    return place[HASH if index is None else _INDEX_HASH].ljust(keyspace.HASH_BYTES, b"\x00")


def index_hashes(
    table: Table, index_units: Mapping[str, float], rows: Mapping[bytes, object]
) -> dict[str, bytes]:
    """The partitions that a write touches in the indexes that it is charged for.

    Where an item moves within an index, it is the partition that it comes to, or else the one it leaves.
    """
    found: dict[str, bytes] = {}
    for name in index_units:
        index = table.index(name)
        if index is None:
            continue
        prefix = keyspace.index_rows(table.id, index.id)
        for key, value in rows.items():
            if key.startswith(prefix) and (name not in found or value is not None):
                found[name] = key[_INDEX_HASH]
    return found
