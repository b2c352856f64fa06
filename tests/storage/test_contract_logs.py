"""What every engine promises of its logs and counters."""

import asyncio
from collections.abc import Sequence

from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, LogEntry, decode_counter
from tests.storage.scenarios import (
    EVERYTHING,
    PLENTY,
    add,
    append,
    on_loop,
    records,
    row,
    writes,
)

LOG = keyspace.log(1, 1)
OTHER_LOG = keyspace.log(1, 2)


class TestLogs:
    @on_loop
    async def test_records_keep_their_order_across_batches_and_within_one(self, engine: Engine) -> None:
        await append(engine, LOG, "a", "b")
        await append(engine, LOG, "c")
        assert await records(engine, LOG) == ["a", "b", "c"]

    @on_loop
    async def test_sequences_start_at_1_and_rise_across_all_logs(self, engine: Engine) -> None:
        assert await engine.last_sequence() == 0
        await append(engine, LOG, "a")
        await append(engine, OTHER_LOG, "b", "c")
        await append(engine, LOG, "d")
        assert await engine.read_log(LOG, after=0, limit=9, max_bytes=99) == [
            LogEntry(1, b"a"),
            LogEntry(4, b"d"),
        ]
        assert [e.sequence for e in await engine.read_log(OTHER_LOG, after=0, limit=9, max_bytes=99)] == [
            2,
            3,
        ]
        assert await engine.last_sequence() == 4

    @on_loop
    async def test_reading_goes_on_after_a_sequence(self, engine: Engine) -> None:
        await append(engine, LOG, "a", "b", "c", "d")
        assert await records(engine, LOG, after=2) == ["c", "d"]
        assert await records(engine, LOG, after=1, limit=2) == ["b", "c"]
        assert await records(engine, LOG, after=4) == []
        assert len(await engine.read_log(LOG, after=0, limit=9, max_bytes=2)) == 2

    @on_loop
    async def test_concurrent_appends_are_each_there_exactly_once_in_the_order_decided(
        self, engine: Engine
    ) -> None:
        async def writer(name: int) -> None:
            for number in range(10):
                await append(engine, LOG, f"{name}.{number}")

        await asyncio.gather(*(writer(name) for name in range(10)))
        found = await records(engine, LOG)
        assert len(found) == len(set(found)) == 100
        for name in range(10):
            assert [r for r in found if r.startswith(f"{name}.")] == [f"{name}.{n}" for n in range(10)]
        sequences = [e.sequence for e in await engine.read_log(LOG, after=0, limit=PLENTY, max_bytes=PLENTY)]
        assert sequences == list(range(1, 101))

    @on_loop
    async def test_trim_deletes_the_oldest_first_and_says_when_it_is_done(self, engine: Engine) -> None:
        await append(engine, LOG, "a", "b", "c", "d")
        assert not await engine.trim_log(LOG, before=4, limit=2)
        assert await records(engine, LOG) == ["c", "d"]
        assert await engine.trim_log(LOG, before=4, limit=2)
        assert await records(engine, LOG) == ["d"]
        assert await engine.trim_log(LOG, before=4, limit=2)
        assert await engine.last_sequence() == 4

    @on_loop
    async def test_a_trim_beyond_the_end_does_not_hide_what_comes_later(self, engine: Engine) -> None:
        await append(engine, LOG, "a")
        assert await engine.trim_log(LOG, before=1000, limit=10)
        await append(engine, LOG, "b")
        assert await records(engine, LOG) == ["b"]
        assert await engine.trim_log(LOG, before=1000, limit=10)
        assert await records(engine, LOG) == []

    @on_loop
    async def test_a_sequence_is_not_used_again_after_its_record_is_trimmed(self, engine: Engine) -> None:
        await append(engine, LOG, "a", "b")
        assert await engine.trim_log(LOG, before=3, limit=10)
        await append(engine, LOG, "c")
        assert await engine.read_log(LOG, after=0, limit=9, max_bytes=99) == [LogEntry(3, b"c")]

    @on_loop
    async def test_logs_do_not_run_into_each_other(self, engine: Engine) -> None:
        last = keyspace.log(0xFFFFFFFF, 0xFFFFFFFF)
        await append(engine, last, "z")
        await append(engine, LOG, "a")
        assert await engine.trim_log(LOG, before=100, limit=10)
        assert await records(engine, LOG) == []
        assert await records(engine, last) == ["z"]


class TestCounters:
    @on_loop
    async def test_amounts_add_up_across_concurrent_batches(self, engine: Engine) -> None:
        await asyncio.gather(*(add(engine, "n", number) for number in range(-10, 31)))
        assert decode_counter((await engine.read([row("n")]))[0]) == sum(range(-10, 31))

    @on_loop
    async def test_amounts_add_up_within_a_batch(self, engine: Engine) -> None:
        batch = Batch()
        batch.add(row("n"), 5)
        batch.add(row("n"), -7)
        await engine.update((), writes(batch))
        assert decode_counter((await engine.read([row("n")]))[0]) == -2

    @on_loop
    async def test_a_counter_is_eight_bytes_signed_big_endian(self, engine: Engine) -> None:
        await add(engine, "n", -1)
        assert await engine.read([row("n")]) == [b"\xff" * 8]

    @on_loop
    async def test_a_counter_whose_row_is_replaced_or_deleted_goes_on_from_there(
        self, engine: Engine
    ) -> None:
        await add(engine, "n", 5)
        batch = Batch()
        batch.delete(row("n"))
        await engine.update((), writes(batch))
        await add(engine, "n", 1)
        assert decode_counter((await engine.read([row("n")]))[0]) == 1
        batch = Batch()
        batch.put(row("n"), (40).to_bytes(8, "big"))
        batch.add(row("n"), 2)
        await engine.update((), writes(batch))
        assert decode_counter((await engine.read([row("n")]))[0]) == 42

    @on_loop
    async def test_a_counter_starts_over_after_its_range_is_deleted(self, engine: Engine) -> None:
        await add(engine, "n", 5)
        assert await engine.delete_range(*EVERYTHING, limit=10)
        await add(engine, "n", 1)
        assert decode_counter((await engine.read([row("n")]))[0]) == 1

    @on_loop
    async def test_decide_may_read_a_counter(self, engine: Engine) -> None:
        async def grow() -> int:
            def decide(values: Sequence[bytes | None]) -> tuple[int, Batch]:
                batch = Batch()
                batch.add(row("n"), 1)
                return decode_counter(values[0]), batch

            return await engine.update([row("n")], decide)

        assert sorted(await asyncio.gather(*(grow() for _ in range(10)))) == list(range(10))
