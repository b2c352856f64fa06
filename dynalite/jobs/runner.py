"""Background work: what becomes true in time, or takes longer than an answer may.

A job is a function that takes one bounded step of everything of its kind that is due, and says whether there
was anything. It keeps no state but what is stored: descriptors, and rows of its own in the same batches as
its work. So a killed server goes on where it stopped, and two ticks at once do no harm. Between steps other
requests have their turn.

Jobs that most servers never have work for are loaded when there first is some: their modules are a quarter of
what a server would otherwise load at its first tick.

`Catalog.work` is set when there is something to do at once; a server waits for it, or for its next period,
and ticks.

A job that fails stops none of the others. Whoever ticks once is told of the first failure when all have had
their turn. Whoever ticks for ever has `Retries`: they write the failure into the log, and try the job again
after a pause that becomes longer as it goes on failing.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Final, TypeAlias

from dynalite.capacity.simultaneous import IMPORTED_BY
from dynalite.catalog import backup
from dynalite.jobs import backfill, dropping, expiry, expiry_rows, retention, shards, tokens, transitions
from dynalite.operations.context import Context
from dynalite.recovery import bulk
from dynalite.storage.fence import Fenced

Job: TypeAlias = Callable[[Context], Awaitable[bool]]


def _seldom(module: str, wanted: Job) -> Job:
    """The job of a module that is loaded when something is first `wanted` of it."""

    async def step(context: Context) -> bool:
        if not await wanted(context):
            return False
        job: Job = import_module(f"dynalite.jobs.{module}").step
        return await job(context)

    step.__module__ = f"dynalite.jobs.{module}"  # for the log
    return step


async def _recovery(context: Context) -> bool:
    tables = context.catalog.stored()
    return any(table.recovery is not None or table.restore is not None for table in tables)


async def _restored(context: Context) -> bool:
    return any(table.restore is not None for table in context.catalog.stored())


async def _backups(context: Context) -> bool:
    return bool(await backup.queue(context.engine))


async def _imported(context: Context) -> bool:
    return any(IMPORTED_BY in table.settings for table in context.catalog.stored())


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

log = logging.getLogger(__name__)

_ROUNDS_PER_TICK = 256
_LONGEST_PAUSE_SECONDS: Final = 60.0


class Retries:
    """The jobs that failed when they were last tried: how often in a row, and when it is their turn again."""

    __slots__ = ("_failed",)

    def __init__(self) -> None:
        self._failed: dict[Job, tuple[int, float]] = {}

    def wait_for(self, job: Job, now: float) -> bool:
        """Whether it is too early for a job. Seconds are real ones, however the database's clock is moved."""
        return job in self._failed and now < self._failed[job][1]

    def failed(self, job: Job, now: float) -> float:
        """How many seconds to wait for a job that has failed once more."""
        times = self._failed.get(job, (0, 0.0))[0] + 1
        seconds: float = min(2.0 ** (times - 1), _LONGEST_PAUSE_SECONDS)
        self._failed[job] = times, now + seconds
        return seconds

    def succeeded(self, job: Job) -> None:
        self._failed.pop(job, None)


async def tick(context: Context, retries: Retries | None = None) -> None:
    """Run what is due, in all regions, in bounded steps, until nothing is left or many steps are done.

    Without `retries`, raises what the first job raised that failed.
    """
    context.catalog.work.clear()
    for _ in range(_ROUNDS_PER_TICK):
        if not await step(context, retries):
            return
        await asyncio.sleep(0)
    context.catalog.work.set()


async def step(context: Context, retries: Retries | None = None) -> bool:
    """One step of every kind of job. Whether any had something to do."""
    worked, failures = False, []
    for job in JOBS:
        try:
            worked |= await attempt(job, context, retries)
        except Exception as error:
            failures.append(error)
    if failures:
        raise failures[0]
    return worked


async def attempt(job: Job, context: Context, retries: Retries | None) -> bool:
    """One step of a job, and whether it had something to do. With `retries`, a failure is only logged."""
    if retries is None:
        return await job(context)
    now = context.clock.elapsed()
    if retries.wait_for(job, now):
        return False
    try:
        worked = await job(context)
    except Fenced:  # no failure: another server has changed the tables, and the work is begun anew with them
        raise
    except Exception:
        seconds = retries.failed(job, now)
        log.exception("background work failed (%s); it is tried again in %g s", job.__module__, seconds)
        return False
    retries.succeeded(job)
    return worked
