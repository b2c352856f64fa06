"""Deletes what tables and indexes have left behind.

A dropped table or index is gone for everybody the moment its descriptor says so; numeric ids are never used
again, so nobody reads or writes its rows any more, and they can be deleted at leisure. The queue of what to
drop is a range of rows, written in the batch that takes the descriptor away (`catalog/store.py`).
"""

from collections.abc import Collection
from typing import TypeAlias

from dynalite.catalog import backup, filling
from dynalite.catalog.books import DROPS
from dynalite.operations.context import Context
from dynalite.recovery import window
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, write_batch

_PLACES_PER_STEP = 16
_PAGE_BYTES = 1 << 20
_ROWS_PER_STEP = 2000

Range: TypeAlias = tuple[bytes, bytes]
"""Storage keys from the first up to, and not including, the second."""


async def step(context: Context) -> bool:
    places = await context.engine.scan(
        DROPS, keyspace.after(DROPS), limit=_PLACES_PER_STEP, max_bytes=_PAGE_BYTES
    )
    if not places:
        return False
    needed = {work.table for work in await backup.queue(context.engine)}
    wanted = [place for place, _ in places if not _needed(context, place, needed)]
    for place in wanted:
        await _drop(context, place)
    return bool(wanted)


def _needed(context: Context, place: bytes, backed_up: Collection[int]) -> bool:
    """Whether the items of a table in the queue are still being backed up, or restored from."""
    table = int.from_bytes(place[len(DROPS) : len(DROPS) + 4], "big")
    return table in backed_up or window.held(table, context.catalog.stored())


async def _drop(context: Context, place: bytes) -> None:
    """One step of emptying what a place in the queue stands for; its figures and the place itself go last."""
    ids = place[len(DROPS) :]
    table, index = int.from_bytes(ids[:4], "big"), int.from_bytes(ids[4:], "big")
    emptied, figures = _whole_table(table) if index == keyspace.NO_INDEX else _one_index(table, index)
    for start, stop in emptied:
        if not await context.engine.delete_range(start, stop, limit=_ROWS_PER_STEP):
            return
    counters = await context.engine.scan(*figures, limit=_ROWS_PER_STEP, max_bytes=_PAGE_BYTES)
    done = Batch()
    for key, _ in counters:
        done.delete(key)
    done.delete(place)
    await write_batch(context.engine, done)


def _whole_table(table: int) -> tuple[list[Range], Range]:
    """What to empty of a table, and the range of its figures."""
    rows = keyspace.table_rows(table)
    progress = (keyspace.job(table, b""), keyspace.job(table + 1, b""))
    figures = (keyspace.statistic(table, 0, b""), keyspace.statistic(table + 1, 0, b""))
    return [(rows, keyspace.after(rows)), progress], figures


def _one_index(table: int, index: int) -> tuple[list[Range], Range]:
    rows = keyspace.index_rows(table, index)
    figures = (keyspace.statistic(table, index, b""), keyspace.statistic(table, index + 1, b""))
    return [(rows, keyspace.after(rows)), filling.marks(table, index)], figures
