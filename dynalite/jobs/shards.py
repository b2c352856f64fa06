"""Ends the shards of change logs and begins their successors: on a schedule, and when somebody asks.

Why this takes two steps, and what is between them, is told in `catalog/lineage.py`. A server that is killed
between the two finds the unsealed shards in the descriptor and seals them when it is back.
"""

from dynalite.catalog import lineage
from dynalite.catalog.schema import Table
from dynalite.log import horizon
from dynalite.operations.context import Context
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, entry_of, write_batch


async def step(context: Context) -> bool:
    now, shard_seconds = context.clock.now(), context.settings.shard_seconds

    def rolled_if_due(table: Table) -> Table:
        return lineage.rolled(table, now) if lineage.roll_due(table, now, shard_seconds) else table

    due = [table for table in context.catalog.stored() if lineage.roll_due(table, now, shard_seconds)]
    for table in due:
        await context.catalog.change_log(table, rolled_if_due)
    return await _seal_all(context) or bool(due)


async def roll(context: Context, table: Table) -> None:
    """Close every open shard of a table's log now, and open a child of each."""
    now = context.clock.now()
    await context.catalog.change_log(table, lambda present: lineage.rolled(present, now))
    await _seal_all(context)


async def _seal_all(context: Context) -> bool:
    catalog = context.catalog
    open_ended = [table for table in (*catalog.stored(), *catalog.departed()) if lineage.unsealed(table)]
    if open_ended:
        await _settle_writes(context)
    for table in open_ended:
        await _seal(context, table)
    return bool(open_ended)


async def _settle_writes(context: Context) -> None:
    """Wait until every write that was decided before now is durable: updates become so in their order."""
    barrier = Batch()
    barrier.delete(keyspace.horizon(0, 0))  # a row that is never there
    await write_batch(context.engine, barrier)


async def _seal(context: Context, table: Table) -> None:
    last = {}
    for shard in lineage.unsealed(table):
        log = keyspace.log(table.id, shard.number)
        rows = await context.engine.scan(log, keyspace.after(log), limit=1, max_bytes=1, reverse=True)
        trimmed = await horizon.of(context.engine, table.id, shard.number)
        last[shard.number] = entry_of(rows[0]).sequence if rows else trimmed
    await context.catalog.change_log(table, lambda present: lineage.sealed(present, last))
