"""The bytes of counters, sequences and keys."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.storage import keyspace
from dynalite.storage.engine import (
    Batch,
    decode_counter,
    encode_counter,
    encode_sequence,
    entry_of,
)

SIGNED = st.integers(-(2**63), 2**63 - 1)
SEQUENCES = st.integers(0, 2**64 - 1)


@given(SIGNED)
def test_a_counter_comes_back(number: int) -> None:
    assert decode_counter(encode_counter(number)) == number
    assert len(encode_counter(number)) == 8


def test_a_missing_counter_is_zero() -> None:
    assert decode_counter(None) == 0


@given(SEQUENCES, SEQUENCES)
def test_sequences_sort_as_their_bytes_do(first: int, second: int) -> None:
    assert (first < second) == (encode_sequence(first) < encode_sequence(second))


@given(st.integers(0, 2**32 - 1), SEQUENCES, st.binary(max_size=5))
def test_a_log_row_says_its_sequence(shard: int, sequence: int, record: bytes) -> None:
    assert entry_of((keyspace.log(1, shard) + encode_sequence(sequence), record)) == (sequence, record)


@given(st.binary(max_size=4), st.binary(max_size=4))
def test_after_a_prefix_comes_everything_that_does_not_begin_with_it(tail: bytes, key: bytes) -> None:
    prefix = b"\x10" + tail
    end = keyspace.after(prefix)
    assert prefix < end
    other = b"\x10" + key
    assert (prefix <= other < end) == other.startswith(prefix)


def test_spaces_do_not_meet() -> None:
    spaces = [
        keyspace.SYSTEM, keyspace.CATALOG, keyspace.JOB, keyspace.STATISTIC, keyspace.TOKEN,
        keyspace.DEPARTED, keyspace.HORIZON, keyspace.DATA, keyspace.LOG, keyspace.EXPIRY,
    ]  # fmt: skip
    assert all(len(space) == 1 for space in spaces)
    assert len(set(spaces)) == len(spaces)


def test_the_partition_hash_depends_on_the_salt() -> None:
    salts = (bytes(16), b"\x01" + bytes(15))
    first, second = (keyspace.hasher(salt)(b"key") for salt in salts)
    assert first != second
    assert len(first) == keyspace.HASH_BYTES
    assert keyspace.hasher(salts[0])(b"key") == first


@pytest.mark.parametrize(
    ("change", "is_something"),
    [
        (lambda batch: batch.put(b"k", b"v"), True),
        (lambda batch: batch.delete(b"k"), True),
        (lambda batch: batch.append(b"l", b"r"), True),
        (lambda batch: batch.add(b"c", 1), True),
        (lambda batch: batch.add(b"c", 0), False),
        (lambda batch: None, False),
    ],
)
def test_a_batch_is_true_when_it_changes_something(
    change: Callable[[Batch], None], is_something: bool
) -> None:
    batch = Batch()
    change(batch)
    assert bool(batch) is is_something
