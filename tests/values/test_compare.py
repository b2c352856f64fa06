"""What conditions ask of two values."""

from base64 import b64decode
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from dynalite.values.attribute import canonical_value
from dynalite.values.compare import begins_with, contains, equal, order, size_of
from tests.strategies import attribute_values, key_values


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"N": "1"}, {"N": "1.0"}),
        ({"NS": ["1", "20"]}, {"NS": ["2e1", "1.00"]}),
        ({"SS": ["a", "b"]}, {"SS": ["b", "a"]}),
        ({"BS": ["AA==", "AQ=="]}, {"BS": ["AQ==", "AA=="]}),
        ({"M": {"a": {"N": "1"}, "b": {"S": ""}}}, {"M": {"b": {"S": ""}, "a": {"N": "01"}}}),
        ({"L": [{"SS": ["a", "b"]}]}, {"L": [{"SS": ["b", "a"]}]}),
    ],
)
def test_values_that_mean_the_same_are_equal(a: Any, b: Any) -> None:
    assert equal(canonical_value(a)[0], canonical_value(b)[0])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({"S": "1"}, {"N": "1"}),
        ({"BOOL": True}, {"N": "1"}),
        ({"BOOL": True}, {"BOOL": False}),
        ({"L": [{"S": "a"}, {"S": "b"}]}, {"L": [{"S": "b"}, {"S": "a"}]}),
        ({"SS": ["a"]}, {"L": [{"S": "a"}]}),
        ({"N": "1" * 37 + "1"}, {"N": "1" * 37 + "2"}),
    ],
)
def test_values_that_differ_are_not_equal(a: Any, b: Any) -> None:
    assert not equal(a, b)


@given(key_values("N"), key_values("N"))
def test_numbers_are_ordered_by_value(a: str, b: str) -> None:
    x, y = Decimal(a), Decimal(b)
    assert order({"N": a}, {"N": b}) == (x > y) - (x < y)


@given(key_values("S"), key_values("S"))
def test_strings_are_ordered_by_their_utf8_bytes(a: str, b: str) -> None:
    x, y = a.encode(), b.encode()
    assert order({"S": a}, {"S": b}) == (x > y) - (x < y)


@given(key_values("B"), key_values("B"))
def test_binaries_are_ordered_by_unsigned_bytes(a: str, b: str) -> None:
    x, y = b64decode(a), b64decode(b)
    assert order({"B": a}, {"B": b}) == (x > y) - (x < y)


def test_binary_is_not_ordered_as_its_base64_text_is() -> None:
    assert order({"B": "+A=="}, {"B": "AA=="}) == 1


@given(attribute_values(), attribute_values())
def test_only_values_of_one_scalar_type_have_an_order(a: Any, b: Any) -> None:
    comparable = a.keys() == b.keys() and next(iter(a)) in ("S", "N", "B")
    assert (order(a, b) is not None) == comparable


@pytest.mark.parametrize(
    ("value", "operand", "expected"),
    [
        ({"S": "hello"}, {"S": "ell"}, True),
        ({"S": "hello"}, {"S": ""}, True),
        ({"S": "hello"}, {"S": "elo"}, False),
        ({"S": "123"}, {"N": "2"}, False),
        ({"B": "AQID"}, {"B": "Ag=="}, True),
        ({"B": "AQID"}, {"B": "AQM="}, False),
        ({"SS": ["", "a"]}, {"S": ""}, True),
        ({"SS": ["ab"]}, {"S": "a"}, False),
        ({"SS": ["1"]}, {"N": "1"}, False),
        ({"SS": ["a"]}, {"SS": ["a"]}, False),
        ({"NS": ["1", "2"]}, {"N": "2"}, True),
        ({"NS": ["12"]}, {"N": "1"}, False),
        ({"BS": ["AA=="]}, {"B": "AA=="}, True),
        ({"L": [{"N": "1"}, {"SS": ["a"]}]}, {"SS": ["a"]}, True),
        ({"L": [{"BOOL": True}]}, {"N": "1"}, False),
        ({"L": [{"BOOL": True}]}, {"BOOL": True}, True),
        ({"L": [{"L": [{"S": "a"}]}]}, {"S": "a"}, False),
        ({"M": {"a": {"S": "a"}}}, {"S": "a"}, False),
        ({"N": "12"}, {"N": "1"}, False),
        ({"BOOL": True}, {"BOOL": True}, False),
        ({"NULL": True}, {"NULL": True}, False),
        ({"M": {"a": {"S": "a"}}}, {"M": {"a": {"S": "a"}}}, False),
    ],
)
def test_contains(value: Any, operand: Any, expected: bool) -> None:
    assert contains(value, operand) is expected


@pytest.mark.parametrize(
    ("value", "prefix", "expected"),
    [
        ({"S": "hello"}, {"S": "he"}, True),
        ({"S": "hello"}, {"S": ""}, True),
        ({"S": "hello"}, {"S": "el"}, False),
        ({"B": "AQID"}, {"B": "AQ=="}, True),
        ({"B": "AQID"}, {"B": "Ag=="}, False),
        ({"S": "AQID"}, {"B": "AQ=="}, False),
        ({"N": "12"}, {"N": "1"}, False),
        ({"SS": ["a"]}, {"S": "a"}, False),
    ],
)
def test_begins_with(value: Any, prefix: Any, expected: bool) -> None:
    assert begins_with(value, prefix) is expected


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": ""}, 0),
        ({"S": "abc"}, 3),
        ({"S": "é"}, 1),
        ({"S": "😀"}, 2),
        ({"B": "AAE="}, 2),
        ({"SS": ["a", "bcd"]}, 2),
        ({"NS": ["100"]}, 1),
        ({"BS": ["AAAA"]}, 1),
        ({"L": [{"S": "abc"}] * 3}, 3),
        ({"M": {"a": {"S": "abc"}}}, 1),
        ({"N": "100"}, None),
        ({"BOOL": True}, None),
        ({"NULL": True}, None),
    ],
)
def test_size(value: Any, size: int | None) -> None:
    assert size_of(value) == size
