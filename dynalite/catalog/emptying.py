"""Deleting everything but the system's own rows: what a reset does once the tables' descriptors are gone.

It takes many steps, so a row says that it has begun. What a crash leaves is deleted when the database is
opened.
"""

from dataclasses import replace
from typing import Final

from dynalite.catalog import backup
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, write_batch

BEGUN: Final = keyspace.system(b"emptying")
"""There from the batch that deletes the tables to the one that ends it all."""

_ROWS_PER_STEP = 1000
_END = b"\xff"


async def empty(engine: Engine) -> None:
    """Delete everything behind the tables' descriptors. Can be begun again at any point."""
    for start, stop in ((keyspace.CATALOG, keyspace.BACKUP), (keyspace.TRANSFER, _END)):
        while not await engine.delete_range(start, stop, limit=_ROWS_PER_STEP):
            pass
    batch = Batch()
    for one in await backup.everywhere(engine):
        backup.put(batch, replace(one, status="DELETED"))
    batch.delete(BEGUN)
    await write_batch(engine, batch)
