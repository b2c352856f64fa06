"""Token buckets by arithmetic."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.capacity.bucket import Bucket


def test_a_bucket_lets_pass_until_it_is_empty_and_then_as_it_fills() -> None:
    bucket = Bucket(10, 3, now=0)
    for _ in range(30):
        assert bucket.open(0)
        bucket.take(1, 0)
    assert not bucket.open(0)
    assert bucket.open(0.05)


def test_what_cost_more_than_was_there_is_paid_back_first() -> None:
    bucket = Bucket(10, 1, now=0)
    bucket.take(35, 0)
    assert not bucket.open(2.5)
    assert bucket.open(2.6)


def test_no_more_is_saved_up_than_the_burst() -> None:
    bucket = Bucket(10, 3, now=0)
    assert bucket.open(1e6)
    assert bucket.level == 30


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    bucket = Bucket(10, 3, now=100)
    bucket.take(20, 100)
    assert bucket.open(50)
    assert bucket.level == 10
    assert bucket.open(51)
    assert bucket.level == 20


def test_another_rate_keeps_what_was_saved_as_far_as_it_fits() -> None:
    bucket = Bucket(10, 300, now=0)
    bucket.retune(20, 300, now=0)
    assert bucket.level == 3000
    bucket.retune(5, 300, now=0)
    assert bucket.level == 1500


@given(
    rate=st.integers(1, 1000),
    steps=st.lists(st.tuples(st.floats(0, 10), st.integers(1, 100)), min_size=1, max_size=60),
)
def test_over_any_time_no_more_passes_than_burst_rate_and_one_request(
    rate: int, steps: list[tuple[float, int]]
) -> None:
    bucket = Bucket(rate, 2, now=0)
    now, passed = 0.0, 0
    for wait_seconds, units in steps:
        now += wait_seconds
        if bucket.open(now):
            bucket.take(units, now)
            passed += units
    assert passed <= rate * (2 + now) + 100 + 1e-6


@pytest.mark.parametrize("at", [0.0, 1_800_000_000.0])
def test_small_steps_of_the_clock_lose_nothing(at: float) -> None:
    bucket = Bucket(100, 1, now=at)
    bucket.take(100, at)
    for step in range(1, 10_001):
        bucket.open(at + step / 20_000)
    assert bucket.level == pytest.approx(50, rel=1e-3)
