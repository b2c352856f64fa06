"""Going back: after a restore every row is what it was, whatever happened in between."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.storage.engine import Batch, Engine
from dynalite.storage.leveldb import LevelDBEngine
from tests.storage.conftest import KINDS
from tests.storage.scenarios import (
    EVERYTHING,
    add,
    all_rows,
    append,
    new_store,
    on_loop,
    put,
    puts,
    records,
    row,
    value,
    writes,
)
from tests.storage.wrappers import GatedStore

LOG = b"\x10log"
OTHER_LOG = b"\x10other"


@on_loop
async def test_every_kind_of_change_is_undone(engine: Engine) -> None:
    await put(engine, a="1", b="2")
    await add(engine, "count", 5)
    await append(engine, LOG, "first")
    before = await all_rows(engine)
    savepoint = engine.savepoint()
    await put(engine, a="changed", c="new")
    await engine.delete_range(row("b"), row("b") + b"\x00", limit=10)
    await add(engine, "count", 7)
    await append(engine, LOG, "second")
    await engine.trim_log(LOG, before=2, limit=10)
    await savepoint.restore(())
    assert await all_rows(engine) == before
    assert await records(engine, LOG) == ["first"]


@on_loop
async def test_a_counter_goes_on_from_where_it_was(engine: Engine) -> None:
    await add(engine, "count", 5)
    savepoint = engine.savepoint()
    await add(engine, "count", 7)
    await savepoint.restore(())
    await add(engine, "count", 1)
    [counted] = await engine.read((row("count"),))
    assert counted is not None
    assert int.from_bytes(counted, "big") == 6


@on_loop
async def test_sequences_do_not_go_back(engine: Engine) -> None:
    savepoint = engine.savepoint()
    await append(engine, LOG, "lost")
    [lost] = await engine.read_log(LOG, after=0, limit=1, max_bytes=1000)
    await savepoint.restore(())
    await append(engine, LOG, "kept")
    [kept] = await engine.read_log(LOG, after=0, limit=9, max_bytes=1000)
    assert kept.sequence > lost.sequence
    assert await engine.last_sequence() == kept.sequence


@on_loop
async def test_rows_to_be_kept_are_kept(engine: Engine) -> None:
    await put(engine, a="1", b="1")
    savepoint = engine.savepoint()
    await put(engine, a="2", b="2")
    await savepoint.restore((row("b"),))
    assert [await value(engine, name) for name in "ab"] == ["1", "2"]


@on_loop
async def test_a_savepoint_can_be_restored_again_and_others_stay_true(engine: Engine) -> None:
    await put(engine, a="1")
    first = engine.savepoint()
    await put(engine, a="2", b="2")
    second = engine.savepoint()
    await put(engine, a="3", c="3")
    for savepoint, expected in ((first, ["1", None, None]), (second, ["2", "2", None])) * 2:
        await savepoint.restore(())
        assert [await value(engine, name) for name in "abc"] == expected
        await put(engine, b="more", c="more")
    first.close()
    await second.restore(())
    assert await value(engine, "a") == "2"


@on_loop
async def test_the_rows_of_a_savepoint_can_be_read_while_the_engine_goes_on(engine: Engine) -> None:
    await put(engine, a="1")
    savepoint = engine.savepoint()
    await put(engine, a="2", b="2")
    assert await value(savepoint, "a") == "1"
    assert await all_rows(savepoint) == [(row("a"), b"1")]


@on_loop
async def test_a_restore_is_charged_for_what_changed_since_the_last_one(tmp_path: Path) -> None:
    """The rows that a restore writes once counted as changed for ever: each cost more than the last."""
    store = GatedStore(new_store(tmp_path))
    engine = LevelDBEngine(store, "os")
    await put(engine, a="1")
    savepoint = engine.savepoint()
    for round_ in range(5):
        await engine.update((), writes(puts(a="2", **{f"new{round_}-{n}": "x" for n in range(20)})))
        store.writes.clear()
        await savepoint.restore(())
        assert store.writes == [21]
    await engine.close()


@on_loop
async def test_writes_on_their_way_when_a_savepoint_is_taken_are_not_in_it(tmp_path: Path) -> None:
    store = GatedStore(new_store(tmp_path))
    engine = LevelDBEngine(store, "fsync")
    store.shut()
    writing = asyncio.ensure_future(put(engine, a="1"))
    while not store.writes:
        await asyncio.sleep(0.001)
    filling = asyncio.ensure_future(put(engine, b="1"))
    await asyncio.sleep(0)
    savepoint = engine.savepoint()
    store.open()
    await asyncio.gather(writing, filling)
    await savepoint.restore(())
    assert await all_rows(engine) == []
    await engine.close()


@on_loop
async def test_writes_on_their_way_when_a_savepoint_is_restored_are_undone(tmp_path: Path) -> None:
    store = GatedStore(new_store(tmp_path))
    engine = LevelDBEngine(store, "fsync")
    savepoint = engine.savepoint()
    store.shut()
    first = asyncio.ensure_future(put(engine, a="1"))
    while not store.writes:
        await asyncio.sleep(0.001)
    second = asyncio.ensure_future(put(engine, b="1"))
    await asyncio.sleep(0)
    restoring = asyncio.ensure_future(savepoint.restore(()))
    await asyncio.sleep(0)
    later = asyncio.ensure_future(put(engine, c="1"))
    store.open()
    await asyncio.gather(first, second, restoring, later)
    assert await all_rows(engine) == [(row("c"), b"1")]
    await engine.close()


@on_loop
async def test_records_that_are_restored_while_they_are_trimmed_are_seen(tmp_path: Path) -> None:
    """The trim noted afterwards that there was nothing left where the records were again."""
    store = GatedStore(new_store(tmp_path))
    engine = LevelDBEngine(store, "fsync")
    await append(engine, LOG, "a", "b", "c")
    savepoint = engine.savepoint()
    store.writes.clear()
    store.shut()
    trimming = asyncio.ensure_future(engine.trim_log(LOG, before=3, limit=9))
    while not store.writes:
        await asyncio.sleep(0.001)
    restoring = asyncio.ensure_future(savepoint.restore(()))
    await asyncio.sleep(0)
    store.open()
    await asyncio.gather(trimming, restoring)
    assert await records(engine, LOG) == ["a", "b", "c"]
    await engine.close()


NAMES = st.sampled_from("abcdef")
CHANGE = st.one_of(
    st.tuples(st.just("put"), NAMES, st.sampled_from("123")),
    st.tuples(st.just("delete"), NAMES, st.none()),
    st.tuples(st.just("add"), NAMES, st.none()),
    st.tuples(st.just("append"), st.sampled_from([LOG, OTHER_LOG]), st.none()),
    st.tuples(st.just("trim"), st.sampled_from([LOG, OTHER_LOG]), st.none()),
    st.tuples(st.just("clear"), NAMES, st.none()),
)


async def change(engine: Engine, kind: str, name: Any, text: Any) -> None:
    batch = Batch()
    if kind == "put":
        batch.put(row(name), text.encode())
    elif kind == "delete":
        batch.delete(row(name))
    elif kind == "add":
        batch.add(row("counter-" + name), 3)
    elif kind == "append":
        batch.append(name, b"record")
    elif kind == "trim":
        await engine.trim_log(name, before=await engine.last_sequence(), limit=2)
        return
    else:
        await engine.delete_range(row(name), EVERYTHING[1], limit=2)
        return
    await engine.update((), writes(batch))


@pytest.mark.parametrize("kind", ["memory", "leveldb-os"])
@given(st.lists(st.one_of(CHANGE, st.just("save"), st.integers(0, 3)), max_size=30))
@settings(max_examples=60)
def test_any_history_can_be_undone(kind: str, history: list[Any]) -> None:
    """Changes, savepoints, and restores of any of them, checked against what the rows were."""

    async def run() -> None:
        saved: list[tuple[Any, Any]] = []
        for step in history:
            if step == "save":
                saved.append((engine.savepoint(), await all_rows(engine)))
            elif isinstance(step, int):
                if step < len(saved):
                    await saved[step][0].restore(())
                    assert await all_rows(engine) == saved[step][1]
            else:
                await change(engine, *step)
        for savepoint, rows in saved:
            await savepoint.restore(())
            assert await all_rows(engine) == rows
            savepoint.close()
        await engine.close()

    with TemporaryDirectory() as folder:
        engine = KINDS[kind](Path(folder))
        asyncio.run(run())
