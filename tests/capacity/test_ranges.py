"""Partitions: ceilings, splits for heat, hot keys in isolation."""

from hashlib import blake2b

from dynalite.capacity.ranges import SPLIT_SECONDS, Ranges


def hash_of(number: int) -> bytes:
    return blake2b(str(number).encode(), digest_size=16).digest()


def passed(ranges: Ranges, hash_: bytes, now: float, at_most: int = 5000) -> int:
    """How many requests of one unit a key gets through at a moment."""
    for number in range(at_most):
        if not ranges.admits(hash_, now):
            return number
        ranges.take(hash_, 1, now)
    return at_most


def neighbours(ranges: Ranges) -> tuple[bytes, bytes]:
    """Two keys of the lower half of the hashes."""
    low = [hash_ for number in range(100) if (hash_ := hash_of(number))[0] < 0x80]
    return low[0], low[1]


def test_a_partition_has_a_ceiling_of_its_own() -> None:
    ranges = Ranges(1000, 2, now=0)
    low, _ = neighbours(ranges)
    high = bytes([0xFF]) * 16
    assert passed(ranges, low, 0) == 1000
    assert passed(ranges, high, 0) == 1000
    assert passed(ranges, low, 0.5) == 500


def test_a_hot_key_is_isolated_after_a_minute_and_frees_its_neighbours() -> None:
    ranges = Ranges(1000, 2, now=0)
    hot, cool = neighbours(ranges)
    for second in range(int(SPLIT_SECONDS)):
        passed(ranges, hot, second)
        assert not ranges.admits(cool, second)
    assert passed(ranges, hot, SPLIT_SECONDS) > 0
    assert ranges.admits(cool, SPLIT_SECONDS)
    passed(ranges, cool, SPLIT_SECONDS)
    assert passed(ranges, hot, SPLIT_SECONDS + 1) == 1000
    assert passed(ranges, cool, SPLIT_SECONDS + 1) == 1000


def test_a_single_key_never_gets_more_than_one_partition() -> None:
    ranges = Ranges(1000, 1, now=0)
    hot = hash_of(1)
    counts = [passed(ranges, hot, second) for second in range(400)]
    assert sum(counts[-100:]) == 100_000
    assert len(ranges) == 3


def test_even_load_splits_through_its_middle() -> None:
    ranges = Ranges(1000, 1, now=0)
    keys = [hash_of(number) for number in range(40)]
    for second in range(121):
        for key in keys:
            for _ in range(60):
                if ranges.admits(key, second):
                    ranges.take(key, 1, second)
    assert len(ranges) >= 2
    through = sum(passed(ranges, key, 122, at_most=60) for key in keys)
    assert through > 1900


def test_refusals_with_quiet_between_them_are_no_heat() -> None:
    ranges = Ranges(1000, 1, now=0)
    for second in range(0, 1000, 100):
        passed(ranges, hash_of(1), second)
    assert len(ranges) == 1


def test_more_partitions_are_made_by_halving_the_widest() -> None:
    ranges = Ranges(1000, 1, now=0)
    ranges.reserve(4, now=0)
    assert len(ranges) == 4
    assert [passed(ranges, bytes([quarter << 6]) + bytes(15), 0) for quarter in range(4)] == [1000] * 4
