"""Room for others: what is used stays, what is not leaves, and bytes are what counts."""

from hypothesis import given
from hypothesis import strategies as st

from dynalite.cache.lru import Lru


def test_the_entry_that_was_unused_for_longest_leaves_first() -> None:
    cache: Lru[str, int] = Lru(30, None)
    for number, name in enumerate("abc"):
        cache.put(name, number, 10, 0)
    assert cache.get("a", 0) is not None
    cache.put("d", 3, 10, 0)
    assert [name for name in "abcd" if cache.get(name, 0)] == ["a", "c", "d"]
    assert cache.figures.evictions == 1
    assert cache.figures.evicted_bytes == 10


def test_what_is_larger_than_the_cache_is_not_held_nor_what_it_replaces() -> None:
    cache: Lru[str, int] = Lru(10, None)
    cache.put("a", 1, 10, 0)
    cache.put("a", 2, 11, 0)
    assert cache.get("a", 0) is None
    assert cache.figures.entries == cache.figures.size_bytes == 0


def test_an_entry_is_too_old_when_its_time_is_over() -> None:
    cache: Lru[str, int] = Lru(10, 5.0)
    cache.put("a", 1, 1, 100.0)
    assert cache.get("a", 104.9) is not None
    assert cache.get("a", 105.0) is None
    assert (cache.figures.hits, cache.figures.misses, cache.figures.entries) == (1, 1, 0)


def test_a_new_time_to_live_counts_for_what_is_held_already() -> None:
    cache: Lru[str, int] = Lru(10, 5.0)
    cache.put("a", 1, 1, 100.0)
    cache.seconds_to_live = None
    assert cache.get("a", 1e9) is not None


@given(
    st.integers(0, 50),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(1, 20), st.booleans()), max_size=40),
)
def test_it_never_holds_more_than_it_may(capacity: int, steps: list[tuple[str, int, bool]]) -> None:
    cache: Lru[str, int] = Lru(capacity, None)
    sizes: dict[str, int] = {}
    for name, size, looks in steps:
        if looks:
            entry = cache.get(name, 0)
            assert entry is None or (entry.value, entry.size_bytes) == (sizes[name], sizes[name])
        else:
            cache.put(name, size, size, 0)
            sizes[name] = size
        held = [name for name in "abcdef" if cache._entries.get(name)]
        assert cache.figures.size_bytes == sum(sizes[name] for name in held) <= capacity
        assert cache.figures.entries == len(held)
