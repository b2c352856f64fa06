"""Enters the items of a table into the order of expiry when its TTL is enabled.

Writes keep an item's row from the moment they see the setting; this walk makes the rows of items that nobody
writes. Each page reads its items again in the update that makes their rows and moves the cursor, so a killed
server goes on at the cursor, and a row is never made of an item as it was. The first step only starts the
cursor: when that is durable, so is every write of those who did not know of the setting yet.
"""

from collections.abc import Sequence

from dynalite.catalog import expiring
from dynalite.catalog.schema import Table, TimeToLive
from dynalite.items import expiry
from dynalite.items import record as records
from dynalite.operations.context import Context
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch

_ITEMS_PER_PAGE = 200
_PAGE_BYTES = 256 * 1024


async def step(context: Context) -> bool:
    walking = [
        (table, table.ttl)
        for table in context.catalog.stored()
        if table.ttl is not None and table.ttl.filling
    ]
    for table, ttl in walking:
        await _advance(context, table, ttl)
    return bool(walking)


async def _advance(context: Context, table: Table, ttl: TimeToLive) -> None:
    (cursor,) = await context.engine.read([expiring.cursor_key(table.id)])
    if cursor is None:  # TTL was disabled, or the table is going
        return
    if cursor == expiring.NOTHING:
        await _enter(context, table, ttl, cursor, [], table.items_prefix)
        return
    rows = await context.engine.scan(
        cursor + b"\x00", keyspace.after(table.items_prefix), limit=_ITEMS_PER_PAGE, max_bytes=_PAGE_BYTES
    )
    if rows:
        keys = [key for key, _ in rows]
        await _enter(context, table, ttl, cursor, keys, keys[-1])
    else:
        await _finish(context, table, ttl)


async def _enter(
    context: Context, table: Table, ttl: TimeToLive, cursor: bytes, keys: Sequence[bytes], reached: bytes
) -> None:
    """Make the rows of the items at `keys`, and move the cursor from where it was."""
    cursor_key = expiring.cursor_key(table.id)
    at = context.clock.now()

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch | None]:
        if values[0] != cursor:  # another tick was here, or TTL was disabled
            return None, None
        batch = Batch()
        batch.put(cursor_key, reached)
        for key, value in zip(keys, values[1:], strict=True):
            record = None if value is None else records.unpack(value)
            second = expiry.second(ttl.attribute, record)
            if second is not None:
                expiry.put(batch, second, key, at)
        return None, batch

    await context.engine.update([cursor_key, *keys], decide)


async def _finish(context: Context, table: Table, ttl: TimeToLive) -> None:
    def decide(present: Table | None) -> tuple[None, Table | None]:
        if present is None or present.id != table.id:
            return None, present
        return None, expiring.filled(present, ttl)

    await context.catalog.change(table.region, table.name, decide)
