"""LevelDB's list in memory is written out when writing has come to rest."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from dynalite.settings import Durability
from dynalite.storage import flush
from dynalite.storage.flush import ROWS, Flush
from dynalite.storage.leveldb import LevelDBEngine
from tests.storage.scenarios import DURABILITIES, names, on_loop, put


@dataclass
class Loop:
    """An event loop in which time passes when the test says so."""

    pending: Callable[[], None] | None = None
    closed: bool = False
    flushing: list[Thread] = field(default_factory=list)

    def call_later(self, _: float, call: Callable[[], None]) -> "Loop":
        assert self.pending is None, "one timer at a time"
        self.pending = call
        return self

    def cancel(self) -> None:
        self.pending = None

    def is_closed(self) -> bool:
        return self.closed

    def pass_time(self) -> None:
        """As long as a rest is, and until flushes that could end have ended."""
        call, self.pending = self.pending, None
        if call is not None:
            call()
        for thread in self.flushing:
            thread.join(0.2)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Loop:
    loop = Loop()
    monkeypatch.setattr(flush, "get_running_loop", lambda: loop)

    def thread(**settings: Any) -> Thread:
        loop.flushing.append(Thread(**settings))
        return loop.flushing[-1]

    monkeypatch.setattr(flush, "Thread", thread)
    return loop


@pytest.fixture
def flushes() -> list[int]:
    """One for every flush."""
    return []


@pytest.fixture
def watch(flushes: list[int]) -> Flush:
    return Flush(lambda: flushes.append(1))


def test_enough_rows_and_then_a_rest_make_one_flush(loop: Loop, watch: Flush, flushes: list[int]) -> None:
    watch.wrote(ROWS - 1)
    loop.pass_time()
    assert flushes == []
    watch.wrote(1)
    loop.pass_time()
    assert flushes == [1]
    loop.pass_time()
    assert flushes == [1], "nothing has been written since"
    watch.wrote(ROWS)
    loop.pass_time()
    assert flushes == [1, 1]


def test_while_writing_goes_on_there_is_none(loop: Loop, watch: Flush, flushes: list[int]) -> None:
    watch.wrote(ROWS)
    for _ in range(5):
        watch.wrote(1)
        loop.pass_time()
    assert flushes == []
    loop.pass_time()
    assert flushes == [1]


def test_a_slow_flush_holds_nobody_up_and_is_waited_for_at_the_end(loop: Loop) -> None:
    begun, go_on, ended = Event(), Event(), []

    def slowly() -> None:
        begun.set()
        go_on.wait(10)
        ended.append(1)

    watch = Flush(slowly)
    watch.wrote(ROWS)
    loop.pass_time()
    assert begun.wait(10)
    watch.wrote(ROWS)
    loop.pass_time()
    assert ended == []
    go_on.set()
    watch.close()
    assert ended == [1]


def test_nothing_begins_once_it_is_closed(loop: Loop, watch: Flush, flushes: list[int]) -> None:
    watch.wrote(ROWS)
    watch.close()
    loop.pass_time()
    watch.wrote(ROWS)
    loop.pass_time()
    assert flushes == []


def test_a_loop_that_is_gone_is_not_waited_for(
    loop: Loop, watch: Flush, flushes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    watch.wrote(ROWS)
    loop.closed = True
    another = Loop(flushing=loop.flushing)
    monkeypatch.setattr(flush, "get_running_loop", lambda: another)
    watch.wrote(1)
    another.pass_time()
    assert flushes == [1]


@pytest.mark.parametrize("durability", DURABILITIES)
@on_loop
async def test_what_was_flushed_is_in_a_table_file_and_still_there(
    tmp_path: Path, durability: Durability, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flush, "REST_SECONDS", 0.0)
    monkeypatch.setattr(flush, "ROWS", 10)
    engine = LevelDBEngine.open(tmp_path, durability)
    await put(engine, **dict.fromkeys("abcdefghijkl", "1"))
    while not list(tmp_path.rglob("*.ldb")):
        await asyncio.sleep(0.01)
    await put(engine, m="2")
    assert await names(engine) == "abcdefghijklm"
    await engine.close()
    again = LevelDBEngine.open(tmp_path, durability)
    assert await names(again) == "abcdefghijklm"
    await again.close()
