"""Tables' descriptors as rows of a store: all that there are, and one of them changed."""

from collections.abc import AsyncIterator

from dynalite.catalog.codec import decode, encode
from dynalite.catalog.schema import Table
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Reader

_ROWS_PER_PAGE = 1000
_PAGE_BYTES = 1 << 20


async def stored(reader: Reader, space: bytes) -> AsyncIterator[Table]:
    """Every table that is described under a prefix of the keyspace."""
    start, stop = space, keyspace.after(space)
    while rows := await reader.scan(start, stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES):
        for _, value in rows:
            yield decode(value)
        start = rows[-1][0] + b"\x00"


def put(batch: Batch, key: bytes, wanted: Table | None) -> None:
    """Describe the table at its key; None: not any more."""
    if wanted is None:
        batch.delete(key)
    else:
        batch.put(key, encode(wanted))
