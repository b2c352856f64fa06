"""Encoded key values: they sort as the values do, none begins another, and they can be read back."""

from base64 import b64decode, b64encode
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.storage.keyspace import after
from dynalite.values.number import canonical
from dynalite.values.order import decode, encode, encode_prefix
from tests.strategies import binaries, key_values, numbers, texts

KeyType = Literal["S", "N", "B"]

TYPES: tuple[KeyType, ...] = ("S", "N", "B")

typed_values = st.one_of([st.tuples(st.just(type), key_values(type)) for type in TYPES])
typed_pairs = st.one_of([st.tuples(st.just(type), key_values(type), key_values(type)) for type in TYPES])


def natural(type: KeyType, value: str) -> Any:
    """What the service sorts by."""
    return value.encode() if type == "S" else Decimal(value) if type == "N" else b64decode(value)


@given(typed_pairs)
def test_bytes_sort_as_the_values_do(pair: tuple[KeyType, str, str]) -> None:
    type, a, b = pair
    assert (encode(type, a) < encode(type, b)) == (natural(type, a) < natural(type, b))
    assert (encode(type, a) == encode(type, b)) == (a == b)


@given(typed_pairs)
def test_no_encoding_begins_another(pair: tuple[KeyType, str, str]) -> None:
    type, a, b = pair
    assert a == b or not encode(type, a).startswith(encode(type, b))


@given(st.lists(typed_values, min_size=1, max_size=4))
def test_several_encodings_in_a_row_can_be_read_back(values: list[tuple[KeyType, str]]) -> None:
    encoded = b"".join(encode(type, value) for type, value in values)
    at = 0
    for type, value in values:
        read, at = decode(type, encoded, at)
        assert read == value
    assert at == len(encoded)


@given(texts(), texts())
def test_strings_with_a_prefix_are_exactly_one_range(value: str, prefix: str) -> None:
    space = b"\x10"  # keys never begin with the value itself, so that there is something after any prefix
    start = space + encode_prefix("S", prefix)
    assert (start <= space + encode("S", value) < after(start)) == value.startswith(prefix)


@given(binaries(), binaries(max_size=2))
def test_binaries_with_a_prefix_are_exactly_one_range(value: str, prefix: str) -> None:
    start = b"\x10" + encode_prefix("B", prefix)
    assert (start <= b"\x10" + encode("B", value) < after(start)) == b64decode(value).startswith(
        b64decode(prefix)
    )


def test_numbers_in_order() -> None:
    ascending = ["-1e125", "-100", "-99.9", "-1.0001", "-1", "-1e-130", "0", "1e-130", "0.1", "1", "1.0001"]
    ascending += ["1.01", "9", "10", "99.99", "100", "9.9e125"]
    encoded = [encode("N", canonical(text)) for text in ascending]
    assert encoded == sorted(encoded)
    assert len(set(encoded)) == len(encoded)


def test_a_pair_of_zeros_inside_a_number_is_not_its_end() -> None:
    assert decode("N", encode("N", "100001")) == ("100001", len(encode("N", "100001")))
    assert encode("N", "10") < encode("N", "10.0001") < encode("N", "10.01")


@pytest.mark.parametrize("text", ["1e-130", "-1e125", "1e-129", "-1e124"])
def test_an_exponent_byte_that_looks_like_the_terminator_is_not_the_end(text: str) -> None:
    value = canonical(text)
    assert decode("N", encode("N", value))[0] == value


@given(numbers())
def test_numbers_take_at_most_22_bytes(value: str) -> None:
    assert len(encode("N", value)) <= 22


@pytest.mark.parametrize(
    ("type", "value", "encoded"),
    [
        ("S", "ab", "61 62 00"),
        ("S", "\x00\x01\x02", "01 01 01 02 02 00"),
        ("B", b64encode(b"\xff\x00").decode(), "ff 01 01 00"),
        ("N", "0", "02"),
        ("N", "1", "03 82 11 00"),
        ("N", "-1", "01 7d ee ff"),
        ("N", "123.4", "03 84 13 35 00"),
        ("N", "0.05", "03 80 51 00"),
    ],
)
def test_the_stored_form_does_not_change(type: KeyType, value: str, encoded: str) -> None:
    """Databases on disk hold these bytes."""
    assert encode(type, value) == bytes.fromhex(encoded)
