"""Attribute values: which are refused and how, which are stored and how they come back, and what an item
weighs.
"""

from typing import Any

import pytest

from tests.conformance.cases import KEY, OMPVI, PREFIX, TABLE, Case, judge, table_of
from tests.oracle.client import Client

SCHEMA = "The provided key element does not match the schema"
EMPTY_KEY = (
    "One or more parameter values are not valid. "
    "The AttributeValue for a key attribute cannot contain an empty string value. Key: pk"
)
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits: "
    "Attributes in the item have nested levels beyond supported limit"
)


def nested(maps: int) -> dict[str, Any]:
    value: dict[str, Any] = {"S": "bottom"}
    for _ in range(maps):
        value = {"M": {"m": value}}
    return value


def put(name: str, value: dict[str, Any], message: str, certainty: Any = "captured") -> Case:
    return Case(name, "PutItem", {"Item": KEY | {"v": value}}, message, certainty)


CASES = (
    put("empty string set", {"SS": []}, f"{PREFIX}{OMPVI}An string set  may not be empty"),
    put("empty number set", {"NS": []}, f"{PREFIX}{OMPVI}An number set  may not be empty"),
    put("empty binary set", {"BS": []}, f"{PREFIX}{OMPVI}Binary sets should not be empty"),
    put(
        "strings twice",
        {"SS": ["a", "a"]},
        f'{PREFIX}{OMPVI}Input collection ["a", "a"] contains duplicates.',
    ),
    put(
        "binaries twice",
        {"BS": ["YQ==", "YQ=="]},
        f'{PREFIX}{OMPVI}Input collection ["YQ==","YQ=="]of type BS contains duplicates.',
    ),
    put(
        "null false",
        {"NULL": False},
        f"{PREFIX}{OMPVI}Null attribute value types must have the value of true",
    ),
    put("not a number", {"N": "1+2"}, f"{PREFIX}The parameter cannot be converted to a numeric value: 1+2"),
    put("no digits", {"N": ""}, f"{PREFIX}The parameter cannot be converted to a numeric value: "),
    put("two points", {"N": "1.2.3"}, f"{PREFIX}The parameter cannot be converted to a numeric value: 1.2.3"),
    put("a space", {"N": " 1"}, f"{PREFIX}The parameter cannot be converted to a numeric value:  1"),
    put("exponent alone", {"N": "+e2"}, f"{PREFIX}The parameter cannot be converted to a numeric value: +e2"),
    put("32 maps", nested(32), PREFIX + TOO_DEEP),
    put(
        "no type",
        {},
        "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
        "reported",
    ),
    put(
        "two types",
        {"S": "a", "N": "1"},
        "Supplied AttributeValue has more than one datatypes set, "
        "must contain exactly one of the supported datatypes",
        "reported",
    ),
    Case(
        "key of the wrong type, put",
        "PutItem",
        {"Item": KEY | {"pk": {"N": "1"}}},
        f"{OMPVI}Type mismatch for key pk expected: S actual: N",
        "reported",
    ),
    Case("key of the wrong type, get", "GetItem", {"Key": KEY | {"pk": {"N": "1"}}}, SCHEMA),
    Case("key of the wrong type, delete", "DeleteItem", {"Key": KEY | {"pk": {"N": "1"}}}, SCHEMA),
    Case("key of the wrong type, update", "UpdateItem", {"Key": KEY | {"sk": {"S": "1"}}}, SCHEMA),
    Case("empty key, put", "PutItem", {"Item": KEY | {"pk": {"S": ""}}}, EMPTY_KEY),
    Case("empty key, get", "GetItem", {"Key": KEY | {"pk": {"S": ""}}}, EMPTY_KEY),
    Case(
        "key missing",
        "PutItem",
        {"Item": {"pk": {"S": "a"}}},
        f"{OMPVI}Missing the key sk in the item",
        "documented",
    ),
    Case(
        "index key of the wrong type",
        "PutItem",
        {"Item": KEY | {"gpk": {"N": "1"}}},
        f"{OMPVI}Type mismatch for Index Key gpk Expected: S Actual: N IndexName: gsi",
    ),
    Case(
        "index key empty",
        "PutItem",
        {"Item": KEY | {"gpk": {"S": ""}}},
        "One or more parameter values are not valid. A value specified for a secondary index key is not "
        "supported. The AttributeValue for a key attribute cannot contain an empty string value. "
        "IndexName: gsi, IndexKey: gpk",
        "reported",
    ),
    Case(
        "updating a key",
        "UpdateItem",
        {"Key": KEY, "UpdateExpression": "SET pk = :v", "ExpressionAttributeValues": {":v": {"S": "b"}}},
        f"{OMPVI}Cannot update attribute pk. This attribute is part of the key",
    ),
    Case(
        "one byte too large, put",
        "PutItem",
        {"Item": KEY | {"v": {"S": "x" * (409_600 - 7)}}},
        "Item size has exceeded the maximum allowed size",
    ),
    Case(
        "too large, update",
        "UpdateItem",
        {
            "Key": KEY,
            "UpdateExpression": "SET v = :v",
            "ExpressionAttributeValues": {":v": {"S": "x" * 409_600}},
        },
        "Item size to update has exceeded the maximum allowed size",
    ),
)


@table_of(CASES)
def test_refused(call: Client, case: Case) -> None:
    judge(call, case)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1.e5", "100000"),
        ("007", "7"),
        ("1.500", "1.5"),
        ("-0", "0"),
        ("1E-3", "0.001"),
        ("1E125", "1" + "0" * 125),
        ("-9.9999999999999999999999999999999999999E+125", "-" + "9" * 38 + "0" * 88),
    ],
)
def test_a_number_comes_back_in_its_plain_form(call: Client, written: str, read: str) -> None:
    assert stored(call, {"N": written}) == {"N": read}


@pytest.mark.parametrize(
    "value",
    [{"S": ""}, {"B": ""}, {"SS": [""]}, {"BS": [""]}, {"M": {}}, {"L": []}, {"NULL": True}, nested(31)],
    ids=["S", "B", "SS", "BS", "M", "L", "NULL", "31 maps"],
)
def test_empty_values_and_31_levels_are_stored(call: Client, value: dict[str, Any]) -> None:
    assert stored(call, value) == value


def test_the_largest_item_is_exactly_400_kb(call: Client) -> None:
    text = "x" * (409_600 - len("pk" + "a" + "sk" + "v") - 2)
    assert stored(call, {"S": text}) == {"S": text}


def stored(call: Client, value: dict[str, Any]) -> Any:
    call("PutItem", {"TableName": TABLE, "Item": KEY | {"v": value}})
    return call("GetItem", {"TableName": TABLE, "Key": KEY})["Item"]["v"]  # type: ignore[index]
