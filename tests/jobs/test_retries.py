"""A job that fails: the others go on, it is tried again after longer and longer pauses, and it is told."""

import asyncio
import logging

import pytest

from dynalite.database import Database
from dynalite.jobs import runner
from dynalite.jobs.runner import Retries
from dynalite.operations.context import Context
from dynalite.settings import Settings


class Jobs:
    """Three jobs: one that fails for so long, and one on either side of it."""

    def __init__(self, failures: int) -> None:
        self.done: list[str] = []
        self._failures = failures

    async def before(self, context: Context) -> bool:
        self.done.append("before")
        return False

    async def broken(self, context: Context) -> bool:
        self.done.append("broken")
        self._failures -= 1
        if self._failures >= 0:
            raise RuntimeError("the secret reason")
        return False

    async def after(self, context: Context) -> bool:
        self.done.append("after")
        return False


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> Jobs:
    jobs = Jobs(failures=1)
    monkeypatch.setattr(runner, "JOBS", (jobs.before, jobs.broken, jobs.after))
    return jobs


def ticks(retries: Retries | None, count: int = 1) -> None:
    async def tick() -> None:
        database = await Database.open(Settings())
        try:
            for _ in range(count):
                await database.tick(retries)
        finally:
            await database.close()

    asyncio.run(tick())


def test_whoever_ticks_once_is_told_when_all_jobs_have_had_their_turn(jobs: Jobs) -> None:
    with pytest.raises(RuntimeError, match="the secret reason"):
        ticks(None)
    assert jobs.done == ["before", "broken", "after"]


def test_whoever_ticks_for_ever_finds_it_in_the_log(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    ticks(Retries())
    assert jobs.done == ["before", "broken", "after"]
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info
    assert "it is tried again in 1 s" in record.getMessage()


def test_a_job_that_waits_holds_up_nobody(jobs: Jobs) -> None:
    ticks(Retries(), count=3)
    assert jobs.done == ["before", "broken", "after", "before", "after", "before", "after"]


def test_the_pauses_become_longer_up_to_a_minute_and_are_forgotten_when_it_succeeds() -> None:
    retries, jobs = Retries(), Jobs(0)
    assert [retries.failed(jobs.broken, 0.0) for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert retries.wait_for(jobs.broken, 59.9)
    assert not retries.wait_for(jobs.broken, 60.0)
    assert not retries.wait_for(jobs.before, 0.0)
    retries.succeeded(jobs.broken)
    assert not retries.wait_for(jobs.broken, 0.0)
    assert retries.failed(jobs.broken, 0.0) == 1
