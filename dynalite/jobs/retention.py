"""Forgets what nobody need read any more: the change log's records, then the shards and streams they were in.

A stream shows a record for a day, and a Kinesis destination that has not got it by then may never get it.
Point-in-time recovery needs it for the recovery period, and a restore under way until it is done
(`recovery/window.py`). So a record leaves in two steps, which fall together where there is no recovery: it is
hidden from streams, and it is deleted.

A record's time is compared with the clock, oldest first, and trimming ends at the first that is young enough.
Shards opened within the day hold nothing to trim, and are not looked at. A shard goes when it has been closed
for long enough and is empty, a disabled stream after a day, a deleted table when the last of both is gone.
"""

from itertools import takewhile
from typing import NamedTuple

from dynalite import limits
from dynalite.catalog import lineage
from dynalite.catalog.schema import Shard, Table
from dynalite.log import horizon
from dynalite.log.record import time_of
from dynalite.operations.context import Context
from dynalite.recovery import window
from dynalite.storage import keyspace
from dynalite.storage.engine import LogEntry

_RECORDS_PER_STEP = 500
_PAGE_BYTES = 1 << 20


class _Oldest(NamedTuple):
    """What was made up to these times is hidden from streams, or deleted. `kept` is never later."""

    shown: float
    kept: float

    @property
    def alike(self) -> bool:
        return self.kept == self.shown


async def step(context: Context) -> bool:
    now, tables = context.clock.now(), context.catalog.stored()
    shown = now - limits.STREAM_SECONDS
    worked = False
    for table in (*tables, *context.catalog.departed()):
        if table.shards or table.past_streams:
            oldest = _Oldest(shown, min(shown, window.kept_since(table, tables, now)))
            worked |= await _forget(context, table, oldest)
    return worked


async def _forget(context: Context, table: Table, oldest: _Oldest) -> bool:
    worked = False
    hidden, gone = set(), set()
    for shard in table.shards:
        hiding = shard.opened_at <= oldest.shown and (oldest.alike or lineage.shown(table, shard))
        trimming = shard.opened_at <= oldest.kept
        busy = hiding and await _hide(context, table, shard, oldest.shown)
        busy |= trimming and await _trim(context, table, shard, oldest)
        if busy:
            worked = True
        elif trimming and _ended(shard, oldest.kept) and not await _page(context, table, shard, 0, 1):
            gone.add(shard.number)
        elif hiding and not oldest.alike and _ended(shard, oldest.shown):
            hidden.add(shard.number)

    def without(present: Table) -> Table:
        return lineage.without(lineage.hidden(present, hidden | gone), gone, oldest.shown)

    if gone or without(table) != table:
        for number in gone:
            await horizon.forget(context.engine, table.id, number)
        await context.catalog.change_log(table, without)
        worked = True
    return worked


def _ended(shard: Shard, by: float) -> bool:
    return shard.end is not None and shard.closed_at is not None and shard.closed_at <= by


async def _hide(context: Context, table: Table, shard: Shard, until: float) -> bool:
    """Hide one step of a shard's records up to a time. Whether there was anything to hide."""
    old = await _old(context, table, shard, horizon.STREAMS, until)
    if old:
        await horizon.move(context.engine, table.id, shard.number, old[-1].sequence)
    return bool(old)


async def _trim(context: Context, table: Table, shard: Shard, oldest: _Oldest) -> bool:
    """Delete one step of a shard's records. Whether there was anything to delete."""
    engine = context.engine
    whose = horizon.STREAMS if oldest.alike else horizon.RECOVERY
    old = [] if oldest.alike else await _old(context, table, shard, whose, oldest.kept)
    if old:
        await window.trim(engine, table.id, max(time_of(entry.record) for entry in old))
        await horizon.move(engine, table.id, shard.number, old[-1].sequence, whose)
    trimmed = await horizon.of(engine, table.id, shard.number, whose)
    if trimmed == 0:
        return False
    log = keyspace.log(table.id, shard.number)
    emptied = await engine.trim_log(log, before=trimmed + 1, limit=_RECORDS_PER_STEP)
    return bool(old) or not emptied


async def _old(context: Context, table: Table, shard: Shard, whose: bytes, until: float) -> list[LogEntry]:
    """The shard's next records behind a reader's horizon, as far as they were made up to a time."""
    trimmed = await horizon.of(context.engine, table.id, shard.number, whose)
    first = await _page(context, table, shard, trimmed, 1)
    if not first or time_of(first[0].record) > until:
        return []
    page = await _page(context, table, shard, trimmed, _RECORDS_PER_STEP)
    return list(takewhile(lambda entry: time_of(entry.record) <= until, page))


async def _page(context: Context, table: Table, shard: Shard, after: int, limit: int) -> list[LogEntry]:
    log = keyspace.log(table.id, shard.number)
    return await context.engine.read_log(log, after=after, limit=limit, max_bytes=_PAGE_BYTES)
