"""Lex-decimal: the order of the bytes is the order of the numbers."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.errors import ValidationException
from dynalite.values.number import canonical
from server.dax.cbor import Malformed
from server.dax.lexdecimal import decode, encode
from tests.strategies import numbers

VECTORS = {
    "0": "80",
    "1": "c11c0000",
    "-1": "3ee3fff0",
    "10": "c21c0010",
    "-10": "3de3ffe0",
    "1.5": "c1288010",
    "123": "c321c020",
    "1000": "c41c00c000",
    "99999": "c5fcfea004",
    "0.001": "be1c0000",
    "1E-130": "817fffff7f1c0000",
    "9.9E+125": "fe8000007efa8010",
    "-9.9E+125": "017fffff81057fe0",
    "12345678901234567890123456789012345678": "e621dd4c8418596b2e44f690f8621dd4c60010",
}


@pytest.mark.parametrize(("number", "encoded"), VECTORS.items())
def test_vectors(number: str, encoded: str) -> None:
    assert encode(canonical(number)).hex() == encoded
    assert canonical(decode(bytes.fromhex(encoded))) == canonical(number)


@given(numbers())
def test_numbers_come_back(number: str) -> None:
    assert canonical(decode(encode(number))) == number


@given(numbers(), numbers())
def test_bytes_are_in_the_order_of_the_numbers(one: str, two: str) -> None:
    if Decimal(one) < Decimal(two):
        assert encode(one) < encode(two)


def test_one_number_has_several_encodings() -> None:
    # a key's bytes must never be compared: clients write 1.0 as it was spelled
    assert canonical(decode(bytes.fromhex("c11c0000"))) == canonical(decode(bytes.fromhex("c11c0010")))


@settings(max_examples=200)
@given(st.binary(max_size=30))
def test_any_bytes_are_a_number_or_malformed(data: bytes) -> None:
    try:
        spelled = decode(data)
    except Malformed:
        return
    with suppress(ValidationException):  # out of range, which is not for this room to say
        canonical(spelled)
