"""What every engine promises (`dynalite/storage/engine.py`), asked of each of them."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, decode_counter
from tests.storage.scenarios import (
    EVERYTHING,
    PLENTY,
    all_rows,
    append,
    names,
    on_loop,
    put,
    puts,
    records,
    row,
    value,
    writes,
)
from tests.storage.wrappers import StaleEngine

LOG = keyspace.log(1, 1)
OTHER_LOG = keyspace.log(1, 2)


class TestScan:
    @on_loop
    async def test_rows_come_in_the_order_of_their_keys_as_unsigned_bytes(self, engine: Engine) -> None:
        keys = [b"\x10", b"\x10\x00", b"\x10\x00\x00", b"\x10\x01", b"\x10\x7f", b"\x10\x80", b"\x10\xff\xff"]
        batch = Batch()
        for key in reversed(keys):
            batch.put(key, b"v")
        await engine.update((), writes(batch))
        assert [key for key, _ in await all_rows(engine)] == keys

    @on_loop
    async def test_start_is_included_and_stop_is_not(self, engine: Engine) -> None:
        await put(engine, a="1", b="2", c="3", d="4")
        for reverse, expected in ((False, [b"2", b"3"]), (True, [b"3", b"2"])):
            page = await engine.scan(row("b"), row("d"), limit=PLENTY, max_bytes=PLENTY, reverse=reverse)
            assert [found for _, found in page] == expected

    @on_loop
    async def test_bounds_need_not_be_rows(self, engine: Engine) -> None:
        await put(engine, b="1", d="2")
        for reverse, expected in ((False, [b"1", b"2"]), (True, [b"2", b"1"])):
            page = await engine.scan(row("a"), row("e"), limit=PLENTY, max_bytes=PLENTY, reverse=reverse)
            assert [found for _, found in page] == expected

    @on_loop
    async def test_a_page_holds_at_most_limit_rows(self, engine: Engine) -> None:
        await put(engine, a="1", b="2", c="3")
        assert await names(engine, limit=2) == "ab"
        assert await names(engine, limit=2, reverse=True) == "cb"
        assert await names(engine, limit=0) == ""

    @on_loop
    async def test_a_page_ends_with_the_row_that_reaches_max_bytes(self, engine: Engine) -> None:
        await put(engine, a="xx", b="xx", c="xx")
        assert await names(engine, max_bytes=3) == "ab"
        assert await names(engine, max_bytes=4) == "ab"
        assert await names(engine, max_bytes=5) == "abc"
        assert await names(engine, max_bytes=1) == "a"
        assert await names(engine, max_bytes=3, reverse=True) == "cb"

    @on_loop
    async def test_pages_put_together_are_the_range(self, engine: Engine) -> None:
        batch = Batch()
        for number in range(100):
            batch.put(EVERYTHING[0] + number.to_bytes(2, "big"), bytes(number))
        await engine.update((), writes(batch))
        found, start = [], EVERYTHING[0]
        while page := await engine.scan(start, EVERYTHING[1], limit=7, max_bytes=200):
            found += page
            start = page[-1][0] + b"\x00"
        assert found == await all_rows(engine)
        assert len(found) == 100

    @pytest.mark.parametrize("reverse", [False, True])
    @on_loop
    async def test_empty_ranges_give_empty_pages(self, engine: Engine, reverse: bool) -> None:
        await put(engine, b="1", d="2")
        for start, stop in (("c", "d"), ("b", "b"), ("d", "b"), ("e", "z"), ("A", "B")):
            page = await engine.scan(row(start), row(stop), limit=PLENTY, max_bytes=PLENTY, reverse=reverse)
            assert page == [], (start, stop)

    @on_loop
    async def test_a_reversed_range_whose_only_row_is_its_start_is_not_overlooked(
        self, engine: Engine
    ) -> None:
        """plyvel's reversed iterator gives nothing here."""
        await put(engine, b="1")
        page = await engine.scan(row("b"), row("c"), limit=PLENTY, max_bytes=PLENTY, reverse=True)
        assert page == [(row("b"), b"1")]

    @on_loop
    async def test_a_reversed_scan_may_end_the_key_space(self, engine: Engine) -> None:
        await engine.update((), writes(_single(b"\xff\xff\xff", b"last")))
        page = await engine.scan(b"\xf0", b"\xff\xff\xff\xff", limit=1, max_bytes=1, reverse=True)
        assert page == [(b"\xff\xff\xff", b"last")]


def _single(key: bytes, stored: bytes) -> Batch:
    batch = Batch()
    batch.put(key, stored)
    return batch


class TestRead:
    @on_loop
    async def test_values_come_in_the_order_of_the_keys_with_none_for_a_missing_row(
        self, engine: Engine
    ) -> None:
        await put(engine, a="1", b="2")
        assert await engine.read([row("b"), row("x"), row("a"), row("b")]) == [b"2", None, b"1", b"2"]
        assert await engine.read([row("x")]) == [None]
        assert await engine.read([]) == []

    @on_loop
    async def test_an_empty_value_is_a_value(self, engine: Engine) -> None:
        await put(engine, a="")
        assert await engine.read([row("a")]) == [b""]

    @on_loop
    async def test_several_keys_are_read_as_of_one_moment(self, engine: Engine) -> None:
        """Two rows that always change together are never seen apart."""
        await put(engine, a="0", b="0")
        stop = False

        async def change() -> None:
            for number in range(200):
                await put(engine, a=str(number), b=str(number))
                await asyncio.sleep(0)

        async def look() -> None:
            while not stop:
                first, second = await engine.read([row("a"), row("b")])
                assert first == second
                await asyncio.sleep(0)

        looking = asyncio.gather(look(), look())
        await change()
        stop = True
        await looking


class TestUpdate:
    @on_loop
    async def test_a_batch_is_visible_as_a_whole(self, engine: Engine) -> None:
        await put(engine, a="old", b="old")
        batch = puts(a="new", c="new")
        batch.delete(row("b"))
        batch.append(LOG, b"record")
        batch.add(row("n"), 3)
        await engine.update((), writes(batch))
        assert await engine.read([row("a"), row("b"), row("c")]) == [b"new", None, b"new"]
        assert await records(engine, LOG) == ["record"]
        assert decode_counter((await engine.read([row("n")]))[0]) == 3

    @on_loop
    async def test_decide_gets_the_values_of_the_keys_and_its_result_is_returned(
        self, engine: Engine
    ) -> None:
        await put(engine, a="1")
        assert await engine.update([row("a"), row("x")], lambda values: (list(values), None)) == [b"1", None]

    @on_loop
    async def test_deciding_to_write_nothing_writes_nothing(self, engine: Engine) -> None:
        await put(engine, a="1")
        assert await engine.update([row("a")], lambda values: ("kept", None)) == "kept"
        assert await engine.update([row("a")], lambda values: ("empty", Batch())) == "empty"
        assert await names(engine) == "a"

    @on_loop
    async def test_when_decide_raises_nothing_is_written_and_the_caller_gets_the_exception(
        self, engine: Engine
    ) -> None:
        await put(engine, a="1")

        def refuse(values: Sequence[bytes | None]) -> tuple[None, Batch]:
            puts(a="2")
            raise LookupError(values[0])

        with pytest.raises(LookupError, match="1"):
            await engine.update([row("a")], refuse)
        assert await value(engine, "a") == "1"
        await put(engine, a="3")
        assert await value(engine, "a") == "3"

    @on_loop
    async def test_the_last_put_of_a_key_in_a_batch_wins(self, engine: Engine) -> None:
        batch = puts(a="1", b="1")
        batch.put(row("a"), b"2")
        batch.delete(row("b"))
        await engine.update((), writes(batch))
        assert await names(engine) == "a"
        assert await value(engine, "a") == "2"

    @on_loop
    async def test_deleting_a_missing_row_is_harmless(self, engine: Engine) -> None:
        batch = Batch()
        batch.delete(row("a"))
        await engine.update((), writes(batch))
        assert await names(engine) == ""

    @on_loop
    async def test_no_update_is_lost_between_concurrent_writers(self, engine: Engine) -> None:
        def increment(values: Sequence[bytes | None]) -> tuple[int, Batch]:
            number = int(values[0] or b"0") + 1
            return number, puts(n=str(number))

        async def writer() -> list[int]:
            return [await engine.update([row("n")], increment) for _ in range(10)]

        results = await asyncio.gather(*(writer() for _ in range(20)))
        assert await value(engine, "n") == "200"
        assert sorted(number for each in results for number in each) == list(range(1, 201))

    @on_loop
    async def test_of_many_conditional_creations_exactly_one_succeeds(self, engine: Engine) -> None:
        def create(writer: str) -> Any:
            def decide(values: Sequence[bytes | None]) -> tuple[str, Batch]:
                if values[0] is not None:
                    raise FileExistsError(values[0].decode())
                return writer, puts(a=writer)

            return engine.update([row("a")], decide)

        outcomes = await asyncio.gather(*(create(str(n)) for n in range(30)), return_exceptions=True)
        winners = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert winners == [await value(engine, "a")]
        assert {str(o) for o in outcomes if isinstance(o, FileExistsError)} == set(winners)

    @on_loop
    async def test_a_transfer_between_two_rows_never_changes_their_sum(self, engine: Engine) -> None:
        await put(engine, a="1000", b="0")

        def move(values: Sequence[bytes | None]) -> tuple[None, Batch]:
            first, second = (int(found or b"0") for found in values)
            return None, puts(a=str(first - 1), b=str(second + 1))

        await asyncio.gather(*(engine.update([row("a"), row("b")], move) for _ in range(50)))
        assert [await value(engine, "a"), await value(engine, "b")] == ["950", "50"]

    @on_loop
    async def test_a_decision_taken_twice_counts_once(self, engine: Engine) -> None:
        stale = StaleEngine(engine)

        def increment(values: Sequence[bytes | None]) -> tuple[int, Batch]:
            number = int(values[0] or b"0") + 1
            batch = puts(n=str(number))
            batch.append(LOG, str(number).encode())
            batch.add(row("count"), 1)
            return number, batch

        assert [await stale.update([row("n")], increment) for _ in range(5)] == [1, 2, 3, 4, 5]
        assert await records(engine, LOG) == ["1", "2", "3", "4", "5"]
        assert decode_counter((await engine.read([row("count")]))[0]) == 5


class TestDeleteRange:
    @on_loop
    async def test_it_deletes_piece_by_piece_and_leaves_the_rest_alone(self, engine: Engine) -> None:
        await put(engine, a="1", b="2", c="3", d="4", e="5", f="6")
        assert not await engine.delete_range(row("b"), row("f"), limit=3)
        assert await names(engine) == "aef"
        assert await engine.delete_range(row("b"), row("f"), limit=3)
        assert await names(engine) == "af"

    @on_loop
    async def test_it_says_at_once_that_a_range_is_empty_afterwards(self, engine: Engine) -> None:
        await put(engine, a="1", b="2")
        assert await engine.delete_range(row("a"), row("c"), limit=2)
        assert await engine.delete_range(row("a"), row("c"), limit=2)
        assert await engine.delete_range(row("c"), row("a"), limit=2)

    @on_loop
    async def test_rows_put_behind_its_back_are_found_before_it_calls_the_range_empty(
        self, engine: Engine
    ) -> None:
        await put(engine, b="1", c="2", d="3")
        assert not await engine.delete_range(*EVERYTHING, limit=2)
        await put(engine, a="late")
        finished = [await engine.delete_range(*EVERYTHING, limit=1) for _ in range(4)]
        assert finished[-1]
        assert await names(engine) == ""

    @on_loop
    async def test_it_deletes_what_was_written_before_it_was_called_though_not_yet_on_disk(
        self, engine: Engine
    ) -> None:
        writing = asyncio.ensure_future(put(engine, a="1"))
        await asyncio.sleep(0)
        assert await engine.delete_range(*EVERYTHING, limit=10)
        await writing
        assert await names(engine) == ""

    @on_loop
    async def test_a_log_is_dropped_with_its_range(self, engine: Engine) -> None:
        await append(engine, LOG, "a", "b")
        await append(engine, OTHER_LOG, "c")
        assert await engine.delete_range(LOG, keyspace.after(LOG), limit=10)
        assert await records(engine, LOG) == []
        assert await records(engine, OTHER_LOG) == ["c"]


class TestSnapshots:
    @on_loop
    async def test_a_snapshot_does_not_see_later_writes(self, engine: Engine) -> None:
        await put(engine, a="1", b="1")
        snapshot = engine.snapshot()
        batch = puts(a="2", c="2")
        batch.delete(row("b"))
        await engine.update((), writes(batch))
        await engine.delete_range(row("a"), row("b"), limit=10)
        assert await snapshot.read([row("a"), row("b"), row("c")]) == [b"1", b"1", None]
        assert await names(snapshot) == "ab"
        assert await names(snapshot, reverse=True) == "ba"
        snapshot.close()
        assert await names(engine) == "c"

    @on_loop
    async def test_each_snapshot_has_a_moment_of_its_own(self, engine: Engine) -> None:
        await put(engine, a="1")
        first = engine.snapshot()
        await put(engine, a="2")
        second = engine.snapshot()
        await put(engine, a="3")
        assert [await value(reader, "a") for reader in (first, second, engine)] == ["1", "2", "3"]
        first.close()
        assert await value(second, "a") == "2"
        second.close()

    @on_loop
    async def test_a_snapshot_holds_the_logs(self, engine: Engine) -> None:
        await append(engine, LOG, "a")
        snapshot = engine.snapshot()
        await engine.trim_log(LOG, before=9, limit=9)
        page = await snapshot.scan(LOG, keyspace.after(LOG), limit=9, max_bytes=9)
        assert [record for _, record in page] == [b"a"]
        snapshot.close()


@on_loop
async def test_closing_twice_is_harmless(engine: Engine) -> None:
    await engine.close()
    await engine.close()
