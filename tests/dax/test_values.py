"""AttributeValues as CBOR: what clients send is understood, what we send is what all clients can read."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.errors import ValidationException
from dynalite.values.attribute import canonical_value
from dynalite.values.types import AttributeValue
from server.dax.cbor import Incomplete, Malformed, Tagged, read
from server.dax.values import read_value, write_number, write_value
from tests.strategies import attribute_values, numbers


def value_of(encoded: str) -> AttributeValue:
    data = bytes.fromhex(encoded)
    value, at = read_value(data, 0)
    assert at == len(data)
    return canonical_value(value)[0]


@pytest.mark.parametrize(
    ("encoded", "value"),
    [
        ("c482200f", {"N": "1.5"}),
        ("26", {"N": "-7"}),
        ("c249010000000000000000", {"N": "18446744073709551616"}),
        ("c349010000000000000000", {"N": "-18446744073709551617"}),
        ("c4822220", {"N": "-0.001"}),
        ("c482181e01", {"N": "1000000000000000000000000000000"}),
        ("fb3ff8000000000000", {"N": "1.5"}),
        ("f93e00", {"N": "1.5"}),
        ("c482211896", {"N": "1.5"}),
        ("d90cf9816161", {"SS": ["a"]}),
        ("d90cfa8201c482201819", {"NS": ["1", "2.5"]}),
        ("d90cfb814178", {"BS": ["eA=="]}),
        ("6161", {"S": "a"}),
        ("4178", {"B": "eA=="}),
        ("f5", {"BOOL": True}),
        ("f4", {"BOOL": False}),
        ("f6", {"NULL": True}),
        ("8201f6", {"L": [{"N": "1"}, {"NULL": True}]}),
        ("bf616180ff", {"M": {"a": {"L": []}}}),
    ],
)
def test_what_clients_send(encoded: str, value: AttributeValue) -> None:
    assert value_of(encoded) == value


@pytest.mark.parametrize(
    ("number", "encoded"),
    [
        ("0", "00"),
        ("-7", "26"),
        ("9007199254740991", "1b001fffffffffffff"),
        # from here on JavaScript would print an integer as 9.0e+15: it prints a decimal in full
        ("9007199254740992", "c482001b0020000000000000"),
        ("18446744073709551616", "c48200c249010000000000000000"),
        ("-18446744073709551616", "c482003bffffffffffffffff"),
        ("1.5", "c482200f"),
        ("1" + "0" * 125, "c482187d01"),
    ],
)
def test_how_numbers_are_written(number: str, encoded: str) -> None:
    assert write_number(number).hex() == encoded


@given(numbers())
def test_a_number_is_never_written_as_a_float_nor_with_more_digits_than_python_reads(number: str) -> None:
    value, _ = read(write_number(number), 0)
    if isinstance(value, Tagged):
        assert isinstance(value.value, list)
        exponent, mantissa = value.value
        if isinstance(mantissa, Tagged):
            assert isinstance(mantissa.value, bytes)
            magnitude = int.from_bytes(mantissa.value, "big")
            mantissa = magnitude if mantissa.tag == 2 else -1 - magnitude
        assert len(str(abs(mantissa))) <= 38
        assert Decimal(f"{mantissa}E{exponent}") == Decimal(number)
    else:
        assert value == int(number)


@given(attribute_values())
def test_values_come_back(value: AttributeValue) -> None:
    written = write_value(value)
    found, at = read_value(written, 0)
    assert at == len(written)
    assert canonical_value(found)[0] == value


def test_a_number_in_a_set_of_strings_is_malformed() -> None:
    with pytest.raises(Malformed):
        read_value(bytes.fromhex("d90cf98101"), 0)


def test_a_huge_bignum_is_refused_without_being_computed() -> None:
    data = b"\xc2\x5a" + (1 << 20).to_bytes(4, "big") + b"\xff" * (1 << 20)
    value, _ = read_value(data, 0)
    assert len(value["N"]) < 1000
    with pytest.raises(ValidationException):
        canonical_value(value)


def test_a_value_that_is_nested_too_deep_is_refused_in_the_services_words() -> None:
    with pytest.raises(ValidationException, match="Nesting Levels have exceeded supported limits"):
        read_value(b"\x81" * 40 + b"\x00", 0)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_or_an_error(data: bytes) -> None:
    with contextlib.suppress(Malformed, Incomplete, ValidationException):
        read_value(data, 0)
