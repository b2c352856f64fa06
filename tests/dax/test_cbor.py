"""CBOR: what is accepted, what will never be right, and what is only not there yet."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.dax import cbor
from server.dax.cbor import Incomplete, Malformed, Tagged, read

EXAMPLES = [
    ("00", 0),
    ("17", 23),
    ("1818", 24),
    ("1903e8", 1000),
    ("1b0000000000000001", 1),
    ("20", -1),
    ("3903e7", -1000),
    ("3bffffffffffffffff", -(2**64)),
    ("40", b""),
    ("43010203", b"\x01\x02\x03"),
    ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
    ("6161", "a"),
    ("7f657374726561646d696e67ff", "streaming"),
    ("83010203", [1, 2, 3]),
    ("9f0102ff", [1, 2]),
    ("a10102", {1: 2}),
    ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
    ("c249010000000000000000", Tagged(2, b"\x01" + bytes(8))),
    ("c48221196ab3", Tagged(4, [-2, 27315])),
    ("f4", False),
    ("f5", True),
    ("f6", None),
    ("f93e00", 1.5),
    ("fa47c35000", 100000.0),
    ("fb3ff199999999999a", 1.1),
]


@pytest.mark.parametrize(("encoded", "value"), EXAMPLES)
def test_examples(encoded: str, value: object) -> None:
    data = bytes.fromhex(encoded)
    assert read(data, 0) == (value, len(data))


@pytest.mark.parametrize(("encoded", "value"), EXAMPLES)
def test_whatever_is_cut_off_is_incomplete(encoded: str, value: object) -> None:
    data = bytes.fromhex(encoded)
    for length in range(len(data)):
        with pytest.raises(Incomplete):
            read(data[:length], 0)


def test_the_last_of_two_equal_keys_counts() -> None:
    # the Python client sends ConditionExpression as text first, and compiled afterwards
    assert read(bytes.fromhex("bf044161044162ff"), 0)[0] == {4: b"b"}


@pytest.mark.parametrize(
    "encoded",
    [
        "1c",  # a length that CBOR does not have
        "1f",  # an integer of indefinite length
        "5f6161ff",  # a byte string with a text in it
        "61ff",  # text that is not UTF-8
        "a18001",  # an array for a key
        "f8ff",  # a simple value without meaning
        "81" * 70 + "00",  # too deep
        "c4" * 70 + "00",
    ],
)
def test_what_is_malformed(encoded: str) -> None:
    with pytest.raises(Malformed):
        read(bytes.fromhex(encoded), 0)


def test_an_announced_length_costs_nothing() -> None:
    for major in (cbor.BYTES, cbor.TEXT, cbor.ARRAY, cbor.MAP):
        with pytest.raises(Incomplete):
            read(cbor.write_head(major, 2**63), 0)


@given(st.integers(-(2**64), 2**64 - 1))
def test_integers_come_back(number: int) -> None:
    written = cbor.write_int(number)
    assert read(written, 0) == (number, len(written))


@given(st.floats(allow_nan=False))
def test_floats_come_back_and_are_nine_bytes(number: float) -> None:
    written = cbor.write_float(number)
    assert read(written, 0) == (number, 9)
    assert written[1:] == struct.pack(">d", number)


@given(st.lists(st.binary(max_size=40)), st.dictionaries(st.text(max_size=30), st.binary(max_size=4)))
def test_arrays_and_maps_come_back(elements: list[bytes], members: dict[str, bytes]) -> None:
    array = cbor.write_array([cbor.write_bytes(one) for one in elements])
    assert read(array, 0) == (elements, len(array))
    pairs = [cbor.write_text(name) + cbor.write_bytes(value) for name, value in members.items()]
    written = cbor.write_map(pairs)
    assert read(written, 0) == (members, len(written))


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_one_of_the_two_errors(data: bytes) -> None:
    try:
        _, at = read(data, 0)
    except (Malformed, Incomplete):
        return
    assert 0 < at <= len(data)
