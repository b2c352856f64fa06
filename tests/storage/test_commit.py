"""Group commit: what updates in flight may see and tell, how they are written together, and how they fail."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest

from dynalite.errors import InternalServerError
from dynalite.settings import Durability
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, decode_counter
from dynalite.storage.leveldb import LevelDBEngine
from tests.storage.scenarios import (
    DURABILITIES,
    add,
    append,
    names,
    new_store,
    on_loop,
    put,
    puts,
    records,
    row,
    value,
)
from tests.storage.wrappers import FailingStore, GatedStore

T = TypeVar("T")

LOG = keyspace.log(1, 1)


@asynccontextmanager
async def gated(folder: Path) -> AsyncIterator[tuple[LevelDBEngine, GatedStore]]:
    """An engine whose writes can be held back."""
    store = GatedStore(new_store(folder))
    engine = LevelDBEngine(store)
    yield engine, store
    store.open()
    await engine.close()


async def held(update: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
    """Start an update and let it get as far as it can while the gate is shut."""
    task = asyncio.create_task(update)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not task.done()
    return task


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class TestInFlight:
    @on_loop
    async def test_reads_do_not_see_what_is_not_yet_on_disk(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            await put(engine, a="old")
            store.shut()
            writing = await held(put(engine, a="new", b="new"))
            assert await value(engine, "a") == "old"
            assert await engine.read([row("a"), row("b")]) == [b"old", None]
            assert await names(engine) == "a"
            snapshot = engine.snapshot()
            store.open()
            await writing
            assert await value(engine, "a") == "new"
            assert await value(snapshot, "a") == "old"
            snapshot.close()

    @on_loop
    async def test_logs_counters_and_sequences_in_flight_are_not_seen_either(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            await append(engine, LOG, "a")
            store.shut()
            appending = await held(append(engine, LOG, "b"))
            adding = await held(add(engine, "n", 1))
            assert await records(engine, LOG) == ["a"]
            assert await engine.last_sequence() == 1
            assert await engine.read([row("n")]) == [None]
            store.open()
            await asyncio.gather(appending, adding)
            assert await records(engine, LOG) == ["a", "b"]
            assert await engine.last_sequence() == 2

    @on_loop
    async def test_updates_are_decided_from_what_is_in_flight(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            store.shut()
            first = await held(put(engine, a="1"))
            seen = []

            def decide(values: Sequence[bytes | None]) -> tuple[None, Batch]:
                seen.append(values[0])
                return None, puts(a="2")

            second = await held(engine.update([row("a")], decide))
            third = await held(engine.update([row("a")], decide))
            assert seen == [b"1", b"2"]
            store.open()
            await asyncio.gather(first, second, third)
            assert await value(engine, "a") == "2"

    @on_loop
    async def test_a_deletion_in_flight_is_a_missing_row(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            await put(engine, a="1")
            store.shut()
            batch = Batch()
            batch.delete(row("a"))
            deleting = await held(engine.update((), lambda values: (None, batch)))
            asking = await held(engine.update([row("a")], lambda values: (values[0], None)))
            store.open()
            await deleting
            assert await asking is None

    @pytest.mark.parametrize("queued", [False, True])
    @on_loop
    async def test_an_answer_decided_from_a_batch_in_flight_waits_for_it(
        self, tmp_path: Path, queued: bool
    ) -> None:
        """Also when nothing is written, and whether the batch is being written or still queues."""
        async with gated(tmp_path) as (engine, store):
            store.shut()
            before = [await held(put(engine, other="1"))] if queued else []
            writing = await held(put(engine, a="1"))
            asking = await held(engine.update([row("a")], lambda values: (values[0], None)))
            store.open()
            assert await asking == b"1"
            assert await value(engine, "a") == "1"
            await asyncio.gather(writing, *before)

    @on_loop
    async def test_an_exception_decided_from_a_batch_in_flight_waits_for_it(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            store.shut()
            writing = await held(put(engine, a="1"))

            def refuse(values: Sequence[bytes | None]) -> tuple[None, None]:
                raise FileExistsError(values[0])

            refusing = await held(engine.update([row("a")], refuse))
            store.open()
            with pytest.raises(FileExistsError):
                await refusing
            assert await value(engine, "a") == "1"
            await writing

    @on_loop
    async def test_an_answer_that_rests_on_disk_alone_waits_for_nobody(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            await put(engine, b="2")
            store.shut()
            writing = await held(put(engine, a="1"))
            assert await engine.update([row("b")], lambda values: (values[0], None)) == b"2"
            store.open()
            await writing

    @on_loop
    async def test_an_update_that_waits_for_nothing_does_not_suspend(self, tmp_path: Path) -> None:
        """Operations are driven by hand, without a task, until they have something to wait for."""
        engine = LevelDBEngine.open(tmp_path, "os")
        for decide in (lambda values: ("done", None), lambda values: ("done", puts(a="1"))):
            with pytest.raises(StopIteration) as stopped:
                engine.update([row("a")], decide).send(None)
            assert stopped.value.value == "done"
        await engine.close()

    @on_loop
    async def test_counters_go_on_from_what_is_in_flight(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            store.shut()
            adding = [await held(add(engine, "n", 1)) for _ in range(3)]
            store.open()
            await asyncio.gather(*adding)
            assert decode_counter((await engine.read([row("n")]))[0]) == 3


class TestGroups:
    @on_loop
    async def test_what_waits_is_written_in_one_batch(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            store.shut()
            first = await held(put(engine, first="1"))
            rest = [await held(put(engine, **{f"k{number}": "1"})) for number in range(20)]
            store.open()
            await asyncio.gather(first, *rest)
            assert store.writes == [1, 20]

    @on_loop
    async def test_updates_that_come_in_one_turn_of_the_loop_share_the_first_write(
        self, tmp_path: Path
    ) -> None:
        async with gated(tmp_path) as (engine, store):
            await asyncio.gather(*(put(engine, **{f"k{number}": "1"}) for number in range(20)))
            assert store.writes == [20]

    @on_loop
    async def test_a_counter_is_written_once_per_group(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            await asyncio.gather(*(add(engine, "n", 1) for _ in range(20)))
            assert store.writes == [1]

    @on_loop
    async def test_a_waiter_that_is_cancelled_takes_nobody_with_it(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            store.shut()
            writing = [await held(put(engine, **{name: "1"})) for name in "abc"]
            writing[1].cancel()
            await settle()
            assert [task.done() for task in writing] == [False, True, False]
            store.open()
            await asyncio.gather(writing[0], writing[2])
            assert await names(engine) == "abc"

    @on_loop
    async def test_close_waits_for_what_is_on_its_way(self, tmp_path: Path) -> None:
        async with gated(tmp_path) as (engine, store):
            store.shut()
            writing = [await held(put(engine, **{name: "1"})) for name in "ab"]
            closing = await held(engine.close())
            with pytest.raises(InternalServerError):
                await put(engine, c="1")
            store.open()
            await asyncio.gather(closing, *writing)
        again = LevelDBEngine(new_store(tmp_path))
        assert await names(again) == "ab"
        await again.close()

    def test_an_engine_may_move_to_another_loop_when_nothing_is_in_flight(self, tmp_path: Path) -> None:
        engine = LevelDBEngine.open(tmp_path)
        asyncio.run(put(engine, a="1"))
        asyncio.run(put(engine, b="2"))
        assert asyncio.run(names(engine)) == "ab"
        asyncio.run(engine.close())

    def test_a_loop_that_dies_before_its_writes_does_not_keep_the_engine_from_closing(
        self, tmp_path: Path
    ) -> None:
        store = GatedStore(new_store(tmp_path))
        engine = LevelDBEngine(store)

        async def abandon() -> None:
            store.shut()
            await held(put(engine, a="1"))

        asyncio.run(abandon())
        store.open()
        asyncio.run(engine.close())


@pytest.mark.parametrize("durability", DURABILITIES)
@on_loop
async def test_fsync_syncs_every_write_and_os_none(tmp_path: Path, durability: Durability) -> None:
    store = GatedStore(new_store(tmp_path))
    engine = LevelDBEngine(store, durability)
    await put(engine, a="1")
    await engine.delete_range(row("a"), row("b"), limit=1)
    assert store.synced == [durability == "fsync"] * 2
    await engine.close()


class TestFailingWrites:
    @on_loop
    async def test_a_failed_write_fails_its_group_and_all_that_was_decided_on_top(
        self, tmp_path: Path
    ) -> None:
        store = FailingStore(new_store(tmp_path))
        engine = LevelDBEngine(store)
        await put(engine, a="old")
        store.shut()
        store.refuses = True
        writing = await held(put(engine, a="new"))
        on_top = await held(put(engine, b="new"))
        asking = await held(engine.update([row("a")], lambda values: (values[0], None)))
        store.open()
        outcomes = await asyncio.gather(writing, on_top, asking, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [InternalServerError] * 3
        assert outcomes[0] is not None
        assert isinstance(outcomes[0].__cause__, OSError)
        assert len(store.writes) == 2, "what was decided on top is not even tried"
        assert [await value(engine, "a"), await value(engine, "b")] == ["old", None]

        await engine.close()

    @pytest.mark.parametrize("durability", DURABILITIES)
    @on_loop
    async def test_no_write_is_taken_after_one_failed_until_the_store_is_opened_again(
        self, tmp_path: Path, durability: Durability
    ) -> None:
        """LevelDB would go on behind half a record, and lose all of it at the next start."""
        db = new_store(tmp_path)
        store = FailingStore(db)
        engine = LevelDBEngine(store, durability)
        await put(engine, a="old")
        store.refuses = True
        with pytest.raises(InternalServerError, match="whether a restart will show it is not known"):
            await put(engine, a="new")
        store.refuses = False
        with pytest.raises(
            InternalServerError, match=r"takes no writes.*: the disk is gone\. Start it again"
        ):
            await put(engine, a="later")
        assert await engine.update([row("a")], lambda values: (values[0], None)) == b"old"
        assert await value(engine, "a") == "old"
        await engine.close()
        engine = LevelDBEngine(new_store(tmp_path), durability)
        await put(engine, a="later")
        assert await value(engine, "a") == "later"
        await engine.close()

    @on_loop
    async def test_an_exception_decided_from_a_batch_that_fails_is_not_shown(self, tmp_path: Path) -> None:
        store = FailingStore(new_store(tmp_path))
        engine = LevelDBEngine(store)
        store.shut()
        store.refuses = True
        writing = await held(put(engine, a="1"))

        def refuse(values: Sequence[bytes | None]) -> tuple[None, None]:
            raise FileExistsError(values[0])

        refusing = await held(engine.update([row("a")], refuse))
        store.open()
        outcomes = await asyncio.gather(writing, refusing, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [InternalServerError] * 2
        await engine.close()

    @pytest.mark.parametrize("durability", DURABILITIES)
    @on_loop
    async def test_a_batch_that_cannot_even_be_built_fails_its_group_alone(
        self, tmp_path: Path, durability: Durability
    ) -> None:
        """LevelDB has heard nothing of it: counters and sequences go on from what is on disk."""
        engine = LevelDBEngine(new_store(tmp_path), durability)
        await add(engine, "n", 1)
        await append(engine, LOG, "a")
        with pytest.raises(InternalServerError):
            await put_not_bytes(engine)
        assert await engine.last_sequence() == 1
        await add(engine, "n", 1)
        await append(engine, LOG, "c")
        assert decode_counter((await engine.read([row("n")]))[0]) == 2
        assert [tuple(entry) for entry in await engine.read_log(LOG, after=0, limit=9, max_bytes=99)] == [
            (1, b"a"),
            (3, b"c"),
        ]
        await engine.close()

    @on_loop
    async def test_a_closed_store_refuses_writes_plainly(self, tmp_path: Path) -> None:
        engine = LevelDBEngine.open(tmp_path)
        await engine.close()
        with pytest.raises(InternalServerError):
            await engine.update((), lambda values: (None, puts(a="1")))


async def put_not_bytes(engine: LevelDBEngine) -> None:
    batch = Batch()
    batch.put(row("a"), "text")  # type: ignore[arg-type]
    batch.append(LOG, b"b")
    batch.add(row("n"), 10)
    await engine.update((), lambda values: (None, batch))
