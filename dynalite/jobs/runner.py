"""Background work: what becomes true in time, or takes longer than an answer may.

A job is a function that takes one bounded step of everything of its kind that is due, and says whether there
was anything. It keeps no state but what is stored: descriptors, and rows of its own in the same batches as
its work. So a killed server goes on where it stopped, and two ticks at once do no harm. Between steps other
requests have their turn.

Jobs that most servers never have work for are loaded when there first is some: their modules are a quarter of
what a server would otherwise load at its first tick.

`Catalog.work` is set when there is something to do at once; a server waits for it, or for its next period,
and ticks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import TypeAlias

from dynalite.catalog import backup
from dynalite.jobs import backfill, dropping, expiry, expiry_rows, retention, shards, tokens, transitions
from dynalite.operations.context import Context
from dynalite.recovery import bulk

Job: TypeAlias = Callable[[Context], Awaitable[bool]]


def _seldom(module: str, wanted: Job) -> Job:
    """The job of a module that is loaded when something is first `wanted` of it."""

    async def step(context: Context) -> bool:
        if not await wanted(context):
            return False
        job: Job = import_module(f"dynalite.jobs.{module}").step
        return await job(context)

    return step


async def _recovery(context: Context) -> bool:
    tables = context.catalog.stored()
    return any(table.recovery is not None or table.restore is not None for table in tables)


async def _restored(context: Context) -> bool:
    return any(table.restore is not None for table in context.catalog.stored())


async def _backups(context: Context) -> bool:
    return bool(await backup.queue(context.engine))


async def _imported(context: Context) -> bool:
    return any("ImportedBy" in table.settings for table in context.catalog.stored())


async def _bulk_puts(context: Context) -> bool:
    return bool(await bulk.under_way(context.engine))


JOBS: tuple[Job, ...] = (
    transitions.step,
    backfill.step,
    dropping.step,
    tokens.step,
    expiry_rows.step,
    expiry.step,
    shards.step,
    retention.step,
    _seldom("restoring", _recovery),
    _seldom("backing_up", _backups),
    _seldom("loading", _restored),
    _seldom("exporting", _restored),
    _seldom("importing", _imported),
    _seldom("bulk_putting", _bulk_puts),
)

_ROUNDS_PER_TICK = 256


async def tick(context: Context) -> None:
    """Run what is due, in all regions, in bounded steps, until nothing is left or many steps are done."""
    context.catalog.work.clear()
    for _ in range(_ROUNDS_PER_TICK):
        if not await step(context):
            return
        await asyncio.sleep(0)
    context.catalog.work.set()


async def step(context: Context) -> bool:
    """One step of every kind of job. Whether any had something to do."""
    worked = [await job(context) for job in JOBS]
    return any(worked)
