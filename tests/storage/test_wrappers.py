"""The wrappers that other rooms test with do what they say."""

from collections.abc import Sequence
from functools import partial

import pytest

from dynalite.errors import InternalServerError
from dynalite.storage.engine import Batch
from dynalite.storage.memory import MemoryEngine
from tests.storage.scenarios import names, on_loop, put, puts, row
from tests.storage.wrappers import FaultyEngine, StaleEngine


@on_loop
async def test_a_stale_engine_decides_first_from_what_was_there_before() -> None:
    engine = StaleEngine(MemoryEngine())
    seen = []

    def note(values: Sequence[bytes | None], text: str) -> tuple[None, Batch]:
        seen.append(values[0])
        return None, puts(a=text)

    for text in "012":
        await engine.update([row("a")], partial(note, text=text))
    assert seen == [None, None, None, b"0", b"0", b"1"]


@pytest.mark.parametrize(("after", "written"), [(False, "ac"), (True, "abc")])
@on_loop
async def test_a_faulty_engine_fails_one_call_before_or_after_it_is_done(after: bool, written: str) -> None:
    inner = MemoryEngine()
    engine = FaultyEngine(inner, 2, after=after)
    await put(engine, a="1")
    with pytest.raises(InternalServerError):
        await put(engine, b="1")
    await put(engine, c="1")
    assert engine.calls == 3
    assert await names(inner) == written
