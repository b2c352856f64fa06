"""Background work: what becomes true in time, or takes longer than an answer may.

A job is a function that takes one bounded step of everything of its kind that is due, and says whether there
was anything. It keeps no state but what is stored: descriptors, and rows of its own in the same batches as
its work. So a killed server goes on where it stopped, and two ticks at once do no harm. Between steps other
requests have their turn.

`Catalog.work` is set when there is something to do at once; a server waits for it, or for its next period,
and ticks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from dynalite.jobs import (
    backfill,
    backing_up,
    bulk_putting,
    dropping,
    expiry,
    expiry_rows,
    exporting,
    importing,
    loading,
    restoring,
    retention,
    shards,
    tokens,
    transitions,
)
from dynalite.operations.context import Context

Job: TypeAlias = Callable[[Context], Awaitable[bool]]

JOBS: tuple[Job, ...] = (
    transitions.step,
    backfill.step,
    dropping.step,
    tokens.step,
    expiry_rows.step,
    expiry.step,
    shards.step,
    retention.step,
    restoring.step,
    backing_up.step,
    loading.step,
    exporting.step,
    importing.step,
    bulk_putting.step,
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
