"""The table that a restore or an import fills: how far that has come, and the writes that bring it on.

Every page goes through the one write path, with the progress in the same batch. So whoever is killed between
two pages goes on where it stopped, and of two who do the same, one has no effect.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from dynalite.catalog.schema import Table
from dynalite.catalog.store import Catalog
from dynalite.items import record as records
from dynalite.items import write
from dynalite.items.record import Record
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, write_batch

Images: TypeAlias = Mapping[bytes, Record | None]
"""What items become, by their place: the partition's hash and the encoded sort key."""


def progress_key(table: int) -> bytes:
    """Where a restore or an import to the table notes how far it has come."""
    return keyspace.job(table, b"restore")


async def bring(
    engine: Engine,
    hash: Callable[[bytes], bytes],
    target: Table,
    images: Images,
    at: float,
    *,
    stored: bytes | None,
    reached: bytes,
) -> None:
    """Bring items of the target to these images, and the progress from `stored` to `reached`. Nothing happens
    when it is not at `stored` any more.
    """
    progress = progress_key(target.id)
    keys = [target.items_prefix + place for place in images]

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch | None]:
        if values[0] != stored:  # another tick was here
            return None, None
        batch = Batch()
        batch.put(progress, reached)
        for key, present, after in zip(keys, values[1:], images.values(), strict=True):
            before = None if present is None else records.unpack(present)
            write.apply(batch, write.Change(target, key, before, after, at), hash)
        return None, batch

    await engine.update([progress, *keys], decide)


async def finish(engine: Engine, catalog: Catalog, target: Table, now: float) -> None:
    """The table has its items: from now on it is ACTIVE."""

    def decide(present: Table | None) -> tuple[None, Table | None]:
        if present is None or present.id != target.id:
            return None, present
        done = None if present.restore is None else replace(present.restore, done=True)
        return None, replace(present, due_at=now, restore=done)

    await catalog.change(target.region, target.name, decide)
    done = Batch()
    done.delete(progress_key(target.id))
    await write_batch(engine, done)
