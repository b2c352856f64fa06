"""Brings a restored table its items: those that another table had at a moment of the past.

An item's state at the time T is the `before` image of its first change after T, or its present state when
there is none. So a restore needs neither base images nor a snapshot, and it can be interrupted anywhere:

1. The cut. The last change made at or before T, looked for backwards from the end of the log, is where the
   state ends: whatever has a higher sequence is undone. It is one cut through all shards, so a transaction is
   restored as a whole or not at all. Should the clock have been set back, this is the state at the last time
   that it stood at T.
2. The copy. The source's items go into the target, page by page, as they happen to be: the source takes
   writes all the time.
3. The rollback. The log is walked backwards, from where it ends after the copy to the cut, and each change is
   undone in the target. What was written meanwhile, before or after the page with its item was copied, is
   undone with the rest, because the last thing that is undone for an item is its first change after the cut.

An incremental export wants the changes between two moments, not the state at one. Then two cuts are looked
for, and the log is walked backwards from the later to the earlier one, gathering for every item the image
before its first change, and its last change (`recovery/gathered.py`).

Every page goes through the one write path, with the progress in the same batch, so a killed server goes on
where it stopped. Undoing is the same whether done once or twice. The source's log is kept, and its items too
if it is deleted, until the restore is done (`recovery/window.py`).
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import msgpack

from dynalite.catalog.schema import Restore, Table
from dynalite.items import record as records
from dynalite.items.record import Record
from dynalite.log.record import time_of, unpack
from dynalite.operations import pitr
from dynalite.operations.context import Context
from dynalite.recovery import gathered, target
from dynalite.recovery.target import Images
from dynalite.storage import keyspace
from dynalite.storage.engine import SEQUENCE_BYTES, LogEntry, encode_sequence, entry_of

_ROWS_PER_STEP = 500
_PAGE_BYTES = 512 * 1024
_HIGHEST = 2 ** (8 * SEQUENCE_BYTES) - 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a restore has come, as of its row: `stored` is that row's value.

    `cut` is the highest sequence known to belong to the state at the time that is looked for, `top` that of
    the later of two times. `shard` is the one that is being walked backwards, `above` the sequence below
    which it has not been walked yet. `copied` is the storage key of the last item that was copied.
    """

    phase: str = "cut"
    cut: int = 0
    shard: int = _HIGHEST
    above: int = _HIGHEST
    copied: bytes = b""
    top: int = _HIGHEST - 1
    stored: bytes | None = None

    def pack(self) -> bytes:
        fields = (self.phase, self.cut, self.shard, self.above, self.copied, self.top)
        packed: bytes = msgpack.packb(fields)
        return packed


async def step(context: Context) -> bool:
    starting = [
        table
        for table in context.catalog.stored()
        if table.recovery is not None and table.recovery.since is None
    ]
    for table in starting:
        await pitr.confirm(context, table)
    under_way = [
        (table, table.restore)
        for table in context.catalog.stored()
        if table.restore is not None and not table.restore.done and table.restore.source is not None
    ]
    for table, restore in under_way:
        await _advance(context, table, restore)
    return bool(under_way or starting)


async def _advance(context: Context, table: Table, restore: Restore) -> None:
    source = _source(context, restore)
    (stored,) = await context.engine.read([target.progress_key(table.id)])
    progress = Progress() if stored is None else replace(Progress(*msgpack.unpackb(stored)), stored=stored)
    await _PHASES[progress.phase](context, _Work(source, table, restore, progress))


def _source(context: Context, restore: Restore) -> Table:
    """The source as it is, or as it was when it was deleted: its items and its log are kept either way."""
    known = (*context.catalog.stored(), *context.catalog.departed())
    return next(table for table in known if table.id == restore.source)


@dataclass(frozen=True, slots=True)
class _Work:
    source: Table
    target: Table
    restore: Restore
    progress: Progress

    def shard(self) -> int | None:
        """The shard to be walked: the newest that is not newer than where the walk is."""
        numbers = [s.number for s in self.source.shards if s.number <= self.progress.shard]
        return max(numbers, default=None)


# ------------------------------------------------------------------ the phases


async def _find_cut(context: Context, work: _Work) -> None:
    following = Progress("copy", cut=work.progress.cut)
    if work.restore.since is not None:
        following = Progress("start", top=work.progress.cut)
    await _look_for(context, work, work.restore.at, following)


async def _find_start(context: Context, work: _Work) -> None:
    assert work.restore.since is not None
    await _look_for(context, work, work.restore.since, replace(work.progress, phase="gather"))


async def _look_for(context: Context, work: _Work, at: float, following: Progress) -> None:
    """Look for the last change made at or before a time; when all shards have been walked, go on."""
    progress, shard = work.progress, work.shard()
    if shard is None:
        await _note(context, work, replace(following, shard=_HIGHEST, above=_HIGHEST))
        return
    above = min(progress.above, work.restore.until + 1, progress.top + 1)
    entries = await _backwards(context, work, shard, above, progress.cut)
    for entry in entries:
        if time_of(entry.record) <= at:
            await _note(context, work, replace(_next_shard(progress, shard), cut=entry.sequence))
            return
    reached = _below(progress, shard, entries[-1].sequence) if entries else _next_shard(progress, shard)
    await _note(context, work, reached)


async def _copy(context: Context, work: _Work) -> None:
    source = work.source.items_prefix
    start = work.progress.copied + b"\x00" if work.progress.copied else source
    rows = await context.engine.scan(
        start, keyspace.after(source), limit=_ROWS_PER_STEP, max_bytes=_PAGE_BYTES
    )
    if rows:
        images = {row[keyspace.ITEM_HASH_AT :]: records.unpack(value) for row, value in rows}
        await _write(context, work, images, replace(work.progress, copied=rows[-1][0]))
    else:
        await _note(context, work, replace(work.progress, phase="rollback", shard=_HIGHEST, above=_HIGHEST))


async def _roll_back(context: Context, work: _Work) -> None:
    progress, shard = work.progress, work.shard()
    if shard is None:
        await target.finish(context.engine, context.catalog, work.target, context.clock.now())
        return
    entries = await _backwards(context, work, shard, progress.above, progress.cut)
    images: dict[bytes, Record | None] = {}
    for entry in entries:
        logged = unpack(entry.record)
        before = logged.before
        images[logged.place] = None if before is None else Record(before.size, before.json)
    if entries:
        await _write(context, work, images, _below(progress, shard, entries[-1].sequence))
    else:
        await _note(context, work, _next_shard(progress, shard))


async def _gather(context: Context, work: _Work) -> None:
    progress, shard = work.progress, work.shard()
    if shard is None:
        await target.finish(context.engine, context.catalog, work.target, context.clock.now())
        return
    above = min(progress.above, progress.top + 1)
    entries = await _backwards(context, work, shard, above, progress.cut)
    reached = _below(progress, shard, entries[-1].sequence) if entries else _next_shard(progress, shard)
    await gathered.add(
        context.engine,
        work.target,
        [unpack(entry.record) for entry in entries],
        stored=progress.stored,
        reached=reached.pack(),
    )


_PHASES: Mapping[str, Callable[[Context, _Work], Awaitable[None]]] = {
    "cut": _find_cut,
    "copy": _copy,
    "rollback": _roll_back,
    "start": _find_start,
    "gather": _gather,
}


# ------------------------------------------------------------------ walking a log backwards


async def _backwards(context: Context, work: _Work, shard: int, above: int, until: int) -> list[LogEntry]:
    """The next entries of a shard below the sequence `above` and over `until`, the newest first."""
    if above <= until + 1:
        return []
    log = keyspace.log(work.source.id, shard)
    rows = await context.engine.scan(
        log + encode_sequence(until + 1),
        log + encode_sequence(above),
        limit=_ROWS_PER_STEP,
        max_bytes=_PAGE_BYTES,
        reverse=True,
    )
    return [entry_of(row) for row in rows]


def _below(progress: Progress, shard: int, sequence: int) -> Progress:
    return replace(progress, shard=shard, above=sequence)


def _next_shard(progress: Progress, shard: int) -> Progress:
    return replace(progress, shard=shard - 1, above=_HIGHEST)


# ------------------------------------------------------------------ writing


async def _note(context: Context, work: _Work, progress: Progress) -> None:
    await _write(context, work, {}, progress)


async def _write(context: Context, work: _Work, images: Images, progress: Progress) -> None:
    await target.bring(
        context.engine,
        context.hash,
        work.target,
        images,
        context.clock.now(),
        stored=work.progress.stored,
        reached=progress.pack(),
    )
