"""Contributors in bounded memory: what must be exact, and what may be forgotten."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dynalite.capacity.contributors import KEYS, KEYS_OF_THE_PAST, Contributors
from dynalite.capacity.figures import SERIES_MINUTES

MINUTE = 60.0


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from("abcdef"), st.integers(1, 100)), max_size=200))
def test_few_keys_are_counted_exactly(requests: list[tuple[int, str, int]]) -> None:
    """As a dictionary would count them, by the minute."""
    counted, expected, largest = Contributors(), Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for minute, key, units in sorted(requests, key=lambda one: one[0]):
        counted.add((key,), units, minute * MINUTE + 59.9)
        expected[minute, key] += units
        largest[minute, key] = max(largest[minute, key], units)
    found = list(counted.minutes(0, 6 * MINUTE))
    shares = {(int(one.begins // 60), key): share for one in found for (key,), share in one.shares.items()}
    assert {at: share.units for at, share in shares.items()} == expected
    assert {at: share.most for at, share in shares.items()} == largest
    assert [one.contributors for one in found] == [len(one.shares) for one in found]


@given(st.lists(st.integers(0, 3 * KEYS), min_size=KEYS, max_size=6 * KEYS), st.integers(1, 50))
def test_among_many_keys_the_sums_are_exact_and_what_leads_is_kept(keys: list[int], every: int) -> None:
    counted = Contributors()
    leading = 0
    for number, key in enumerate(keys):
        counted.add((str(key),), 1.0, 0.0)
        if number % every == 0:
            counted.add(("leader",), 100.0, 0.0)
            leading += 1
    (minute,) = counted.minutes(0, MINUTE)
    assert len(minute.shares) <= KEYS
    assert (minute.count, minute.total) == (len(keys) + leading, len(keys) + 100 * leading)
    assert (minute.least, minute.most) == (1, 100)
    assert minute.shares[("leader",)].units == 100 * leading
    assert minute.contributors >= len({str(key) for key in keys})


def test_of_a_minute_that_is_over_the_largest_are_kept() -> None:
    counted = Contributors()
    for number in range(2 * KEYS_OF_THE_PAST):
        counted.add((str(number),), number, 0.0)
    counted.add(("later",), 1.0, MINUTE)
    past, present = counted.minutes(0, 2 * MINUTE)
    assert set(past.shares) == {(str(number),) for number in range(KEYS_OF_THE_PAST, 2 * KEYS_OF_THE_PAST)}
    assert past.contributors == 2 * KEYS_OF_THE_PAST
    assert set(present.shares) == {("later",)}


def test_minutes_are_kept_for_a_day() -> None:
    counted = Contributors()
    for minute in range(2 * SERIES_MINUTES):
        counted.add(("a",), 1.0, minute * MINUTE)
    assert len(list(counted.minutes(0, 1e9))) == SERIES_MINUTES + 1
    assert list(counted.minutes(0, SERIES_MINUTES * MINUTE - MINUTE)) == []


def test_a_clock_that_is_set_back_begins_another_minute() -> None:
    counted = Contributors()
    for at in (MINUTE, 0.0):
        counted.add(("a",), 1.0, at)
    assert sorted(minute.begins for minute in counted.minutes(0, 1e9)) == [0.0, MINUTE]
