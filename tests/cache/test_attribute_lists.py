"""Numbers for attribute names: the same names, the same number, for ever and everywhere."""

import asyncio
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.cache import attribute_lists
from dynalite.cache.attribute_lists import EMPTY_LIST, AttributeLists
from dynalite.database import Database
from dynalite.settings import Settings
from dynalite.storage.memory import MemoryEngine

names = st.lists(st.text(max_size=6), max_size=5).map(tuple)


@settings(max_examples=50)
@given(st.lists(names, max_size=8))
def test_numbers_and_names_belong_together(lists: list[tuple[str, ...]]) -> None:
    async def run() -> None:
        engine = MemoryEngine()
        registry, other = AttributeLists(engine), AttributeLists(engine)
        ids = [await registry.id_of(one) for one in lists]
        assert ids == [await other.id_of(one) for one in lists]
        assert [await other.names_of(one) for one in ids] == lists
        assert len(set(ids)) == len(set(lists))
        assert all(EMPTY_LIST <= one < 1 << 53 for one in ids)

    asyncio.run(run())


def test_the_empty_list_is_one() -> None:
    async def run() -> None:
        registry = AttributeLists(MemoryEngine())
        assert await registry.id_of(()) == EMPTY_LIST == 1
        assert await registry.names_of(1) == ()

    asyncio.run(run())


def test_a_number_outlives_the_server_that_gave_it_out(tmp_path: Path) -> None:
    async def run() -> None:
        database = await Database.open(Settings(tmp_path / "data"))
        given_out = await AttributeLists(database.engine).id_of(("colour", "price"))
        await database.close()
        database = await Database.open(Settings(tmp_path / "data"))
        assert await AttributeLists(database.engine).names_of(given_out) == ("colour", "price")
        await database.close()

    asyncio.run(run())


def test_another_database_gives_out_the_same_number() -> None:
    async def run() -> None:
        one = await AttributeLists(MemoryEngine()).id_of(("a", "b"))
        assert one == await AttributeLists(MemoryEngine()).id_of(("a", "b"))

    asyncio.run(run())


def test_a_number_that_was_never_given_out_means_nothing() -> None:
    async def run() -> None:
        registry = AttributeLists(MemoryEngine())
        for identifier in (-1, 0, 2, 1 << 52, 1 << 53, 1 << 64):
            assert await registry.names_of(identifier) is None

    asyncio.run(run())


def test_lists_that_share_a_hash_get_numbers_of_their_own() -> None:
    async def run() -> None:
        registry = AttributeLists(MemoryEngine())
        original = attribute_lists._candidates
        attribute_lists._candidates = lambda names: [5, 6, 7, 8]
        try:
            assert [await registry.id_of((name,)) for name in "abc"] == [5, 6, 7]
            fresh = AttributeLists(registry._engine)
            assert [await fresh.id_of((name,)) for name in "cba"] == [7, 6, 5]
        finally:
            attribute_lists._candidates = original

    asyncio.run(run())
