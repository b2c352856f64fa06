"""Attribute values: which are refused and how, on every surface that takes one, and how they come back."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import OK, OMPVI, PREFIX, Case, No, judge, table_of
from tests.conformance.schema import KEY, NOWHERE, TABLE, at, nested, on
from tests.conformance.wire import Wire

NUMERIC = "The parameter cannot be converted to a numeric value: "
PRECISE = "Attempting to store more than 38 significant digits in a Number"
LARGE = "Number overflow. Attempting to store a number with magnitude larger than supported range"
SMALL = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
SEVERAL = (
    "Supplied AttributeValue has more than one datatypes set, "
    "must contain exactly one of the supported datatypes"
)
NAMELESS = "Empty attribute name"
LONG_NAME = "Attribute name is too large, must be less than 65536 bytes"
DEEP = (
    "Nesting Levels have exceeded supported limits: "
    "Attributes in the item have nested levels beyond supported limit"
)
TRUE_ONLY = f"{OMPVI}Null attribute value types must have the value of true"
TWICE = "Input collection contains duplicates"
NINES = "9" * 38

REFUSED: tuple[tuple[str, str, Any, str], ...] = (
    ("B6.10", "empty string set", {"SS": []}, f"{OMPVI}An string set  may not be empty"),
    ("B6.10", "empty number set", {"NS": []}, f"{OMPVI}An number set  may not be empty"),
    ("B6.11", "empty binary set", {"BS": []}, f"{OMPVI}Binary sets should not be empty"),
    (
        "B6.12",
        "strings twice",
        {"SS": ["a", "a"]},
        f'{OMPVI}Input collection ["a", "a"] contains duplicates.',
    ),
    ("B6.12", "empties twice", {"SS": ["", ""]}, f'{OMPVI}Input collection ["", ""] contains duplicates.'),
    (
        "B6.13",
        "binaries twice",
        {"BS": ["", ""]},
        f'{OMPVI}Input collection ["",""]of type BS contains duplicates.',
    ),
    (
        "B6.13",
        "binaries of a letter twice",
        {"BS": ["YQ==", "YQ=="]},
        f'{OMPVI}Input collection ["YQ==","YQ=="]of type BS contains duplicates.',
    ),
    ("B6.14", "numbers twice", {"NS": ["1", "1"]}, TWICE),
    ("B6.14", "numbers twice in other words", {"NS": ["1", "1.0"]}, TWICE),
    ("B6.14", "numbers twice by exponent", {"NS": ["100", "2", "1e2"]}, TWICE),
    ("B6.15", "null false", {"NULL": False}, TRUE_ONLY),
    ("B6.16", "no number", {"N": ""}, NUMERIC),
    ("B6.16", "a word", {"N": "abc"}, f"{NUMERIC}abc"),
    ("B6.16", "a sum", {"N": "1+2"}, f"{NUMERIC}1+2"),
    ("B6.16", "two points", {"N": "1.2.3"}, f"{NUMERIC}1.2.3"),
    ("B6.16", "an exponent alone", {"N": "+e2"}, f"{NUMERIC}+e2"),
    ("B6.16", "an exponent without digits", {"N": "1e"}, f"{NUMERIC}1e"),
    ("B6.16", "a signed exponent without digits", {"N": "1e+"}, f"{NUMERIC}1e+"),
    ("B6.16", "a space before", {"N": " 1"}, f"{NUMERIC} 1"),
    ("B6.16", "a space after", {"N": "1 "}, f"{NUMERIC}1 "),
    ("B6.16", "a space inside", {"N": "1 2"}, f"{NUMERIC}1 2"),
    ("B6.16", "a point", {"N": "."}, f"{NUMERIC}."),
    ("B6.16", "a sign", {"N": "-"}, f"{NUMERIC}-"),
    ("B6.16", "two signs", {"N": "--1"}, f"{NUMERIC}--1"),
    ("B6.16", "hexadecimal", {"N": "0x10"}, f"{NUMERIC}0x10"),
    ("B6.16", "NaN", {"N": "NaN"}, f"{NUMERIC}NaN"),
    ("B6.16", "infinity", {"N": "Infinity"}, f"{NUMERIC}Infinity"),
    ("B6.16", "underscores", {"N": "1_000"}, f"{NUMERIC}1_000"),
    ("B6.16", "a comma", {"N": "1,5"}, f"{NUMERIC}1,5"),
    ("B6.16", "a word in a set", {"NS": ["1", "x"]}, f"{NUMERIC}x"),
    ("B6.17", "39 digits", {"N": "1" * 39}, PRECISE),
    ("B6.17", "39 digits about a point", {"N": f"1.{'1' * 38}"}, PRECISE),
    ("B6.17", "39 digits in a set", {"NS": ["1" * 39]}, PRECISE),
    ("B6.18", "1E126", {"N": "1E126"}, LARGE),
    ("B6.18", "-1E126", {"N": "-1E126"}, LARGE),
    ("B6.18", "1E999", {"N": "1E999"}, LARGE),
    ("B6.18", "1E126 in a set", {"NS": ["1E126"]}, LARGE),
    ("B6.19", "1E-131", {"N": "1E-131"}, SMALL),
    ("B6.19", "-1E-131", {"N": "-1E-131"}, SMALL),
    ("B6.21", "32 maps", nested(32), DEEP),
    ("B6.21", "32 lists", nested(32, "L"), DEEP),
    ("B6.21", "40 maps", nested(40), DEEP),
    ("B6.24", "an empty name", {"M": {"": {"S": "x"}}}, NAMELESS),
    ("B6.24", "an empty name deep down", {"L": [{"M": {"a": {"M": {"": {"N": "1"}}}}}]}, NAMELESS),
    ("B6.23", "a name of 65,536 bytes", {"M": {"n" * 65_536: {"S": "x"}}}, LONG_NAME),
    ("B6.23", "a name of 65,536 bytes of UTF-8", {"M": {"ä" * 32_768: {"S": "x"}}}, LONG_NAME),
)
SAID_ALIKE = {"B6.21", "B6.23", "B6.24"}
"""What is said of a placeholder's value as of any other."""
BARE: tuple[tuple[str, str, Any, str], ...] = (
    ("B6.20", "no type", {}, EMPTY),
    ("B6.20", "two types", {"S": "a", "N": "1"}, SEVERAL),
    ("B6.20", "two types, one a map", {"M": {}, "L": []}, SEVERAL),
)
"""What is told without the prefix."""
TYPES: tuple[tuple[str, str, Any, str], ...] = (
    ("B3.17", "null as a word", {"NULL": "no"}, "Unexpected token received from parser"),
    ("B3.16", "flag as a word", {"BOOL": "true"}, "Unexpected token received from parser"),
    ("B3.14", "number as a number", {"N": 1}, "NUMBER_VALUE cannot be converted to String"),
    ("B3.14", "string as a number", {"S": 1}, "NUMBER_VALUE cannot be converted to String"),
    ("B3.14", "string as true", {"S": True}, "TRUE_VALUE cannot be converted to String"),
    ("B3.11", "string as an object", {"S": {}}, "Start of structure or map found where not expected"),
    ("B3.12", "string as an array", {"S": []}, "Start of list found where not expected"),
    ("B3.13", "map as a string", {"M": "x"}, "Unexpected field type"),
    ("B3.13", "list as a string", {"L": "x"}, "Unexpected field type"),
    ("B3.13", "set as a string", {"SS": "x"}, "Unexpected field type"),
    ("B3.14", "a number in a string set", {"SS": [1]}, "NUMBER_VALUE cannot be converted to String"),
    ("B3.14", "a number in a number set", {"NS": [1]}, "NUMBER_VALUE cannot be converted to String"),
    ("B3.13", "a scalar in a list", {"L": ["x"]}, "Unexpected value type in payload"),
    ("B3.13", "a scalar in a map", {"M": {"a": 1}}, "Unexpected value type in payload"),
    ("B3.14", "a flag as a number", {"BOOL": 1}, "NUMBER_VALUE cannot be converted to Boolean"),
    ("B3.14", "null as a number", {"NULL": 0}, "NUMBER_VALUE cannot be converted to Boolean"),
    ("B3.14", "bytes as a number", {"B": 1}, "only base-64-encoded strings are convertible to bytes"),
    ("B3.23", "a type tag in a map", {"M": {"__type": {"S": "Date"}}}, "No assembly name on stack!"),
    ("B3.23", "a type tag deep down", {"L": [{"M": {"__type": {"S": "x"}}}]}, "No assembly name on stack!"),
)


def surfaces(name: str, value: Any) -> Iterator[tuple[str, str, dict[str, Any], bool]]:
    """Where a value may stand: operation, name, request, and whether errors are told behind the prefix."""
    values = {":v": value}
    item = KEY | {"v": value}
    yield "PutItem", name, on(Item=item), True
    yield "PutItem", f"{name}, in a map", on(Item=KEY | {"v": {"M": {"a": {"L": [value]}}}}), True
    yield (
        "UpdateItem",
        f"{name}, in values",
        on(Key=KEY, UpdateExpression="SET v = :v", ExpressionAttributeValues=values),
        True,
    )
    yield (
        "PutItem",
        f"{name}, in a condition",
        on(Item=KEY, ConditionExpression="v = :v", ExpressionAttributeValues=values),
        True,
    )
    yield "BatchWriteItem", name, {"RequestItems": {TABLE: [{"PutRequest": {"Item": item}}]}}, False
    yield "TransactWriteItems", name, {"TransactItems": [{"Put": on(Item=item)}]}, False


LONG_NAMES = (
    Case("B6.23", "an attribute", "PutItem", on(Item=KEY | {"n" * 65_536: {"S": "x"}}), PREFIX + LONG_NAME),
    Case(
        "B6.23",
        "a placeholder's name",
        "UpdateItem",
        on(
            Key=KEY,
            UpdateExpression="SET #n = :v",
            ExpressionAttributeNames={"#n": "n" * 65_536},
            ExpressionAttributeValues={":v": {"S": "x"}},
        ),
        PREFIX + LONG_NAME,
    ),
    Case("B6.23", "65,535 bytes", "PutItem", on(Item=at("values") | {"n" * 65_535: {"S": "x"}}), OK),
)

EMPTY_NAME = {"": {"S": "x"}}
OF_NAMELESS = {"ExpressionAttributeValues": {":v": {"M": EMPTY_NAME}}}
WHOSE = f"ExpressionAttributeValues contains invalid value: {NAMELESS} for key :v"
EMPTY_NAMES = (
    Case("B6.24", "an attribute", "PutItem", on(Item=KEY | EMPTY_NAME), PREFIX + NAMELESS),
    Case("B6.24", "no table", "PutItem", on(NOWHERE, Item=KEY | EMPTY_NAME), PREFIX + NAMELESS),
    Case(
        "B6.24",
        "before an expression",
        "DeleteItem",
        on(Key=EMPTY_NAME, ConditionExpression="no expression"),
        PREFIX + NAMELESS,
    ),
    Case("B6.24", "a key", "GetItem", on(Key=EMPTY_NAME), NAMELESS),
    Case(
        "B6.24",
        "a key in a batch",
        "BatchGetItem",
        {"RequestItems": {TABLE: {"Keys": [EMPTY_NAME]}}},
        NAMELESS,
    ),
    Case("B6.24", "AttributesToGet", "GetItem", on(Key=KEY, AttributesToGet=[""]), NAMELESS),
    Case("B6.24", "Expected", "PutItem", on(Item=KEY, Expected={"": {"Exists": False}}), PREFIX + NAMELESS),
    Case(
        "B6.24",
        "AttributeUpdates",
        "UpdateItem",
        on(Key=KEY, AttributeUpdates={"": {"Action": "DELETE"}}),
        PREFIX + NAMELESS,
    ),
    Case("B6.24", "ScanFilter", "Scan", on(ScanFilter={"": {"ComparisonOperator": "NULL"}}), NAMELESS),
    Case(
        "B6.24",
        "a value of a Query",
        "Query",
        on(KeyConditionExpression="pk = :v", **OF_NAMELESS),
        NAMELESS,
    ),
    Case("B6.24", "a value of a Scan", "Scan", on(FilterExpression="v = :v", **OF_NAMELESS), WHOSE),
    Case(
        "B6.24",
        "a value of a transaction",
        "TransactWriteItems",
        {"TransactItems": [{"Put": on(Item=KEY, ConditionExpression="v = :v", **OF_NAMELESS)}]},
        WHOSE,
    ),
    Case(
        "B6.24",
        "a starting key of a Scan",
        "Scan",
        on(ExclusiveStartKey=EMPTY_NAME),
        f"The provided starting key is invalid: {NAMELESS}",
    ),
    Case(
        "B6.24",
        "a starting key of a Query",
        "Query",
        on(
            KeyConditionExpression="pk = :v",
            ExpressionAttributeValues={":v": {"S": "x"}},
            ExclusiveStartKey=EMPTY_NAME,
        ),
        NAMELESS,
    ),
    Case(
        "B6.24",
        "a parameter",
        "ExecuteStatement",
        {"Statement": f'SELECT * FROM "{TABLE}" WHERE v = ?', "Parameters": [{"M": EMPTY_NAME}]},
        NAMELESS,
    ),
)


def wrapped(inner: str, where: str) -> str:
    """A complaint about a value of a placeholder says which."""
    if "in values" in where or "in a condition" in where:
        return f"ExpressionAttributeValues contains invalid value: {inner} for key :v"
    return inner


def refused() -> Iterator[Case]:
    for behaviour, name, value, message in REFUSED:
        for operation, where, request, prefixed in surfaces(name, value):
            prefix = PREFIX if prefixed else ""
            said = message if behaviour in SAID_ALIKE else wrapped(message, where)
            yield Case(behaviour, where, operation, request, prefix + said)
    for behaviour, name, value, message in BARE:
        for operation, where, request, _ in surfaces(name, value):
            yield Case(behaviour, where, operation, request, wrapped(message, where))
    for behaviour, name, value, message in TYPES:
        for operation, where, request, _ in surfaces(name, value):
            error = No("SerializationException", message)
            yield Case(behaviour, where, operation, request, error)


@table_of(refused(), LONG_NAMES, EMPTY_NAMES)
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


READ_BACK: tuple[tuple[str, str, str], ...] = (
    ("B6.30", "+5", "5"),
    ("B6.30", ".5", "0.5"),
    ("B6.30", "-.5", "-0.5"),
    ("B6.30", "5.", "5"),
    ("B6.30", "1.e5", "100000"),
    ("B6.30", "007", "7"),
    ("B6.30", "-007", "-7"),
    ("B6.30", "1.500", "1.5"),
    ("B6.30", "100", "100"),
    ("B6.30", "1E3", "1000"),
    ("B6.30", "1e+3", "1000"),
    ("B6.30", "12.5e-1", "1.25"),
    ("B6.30", "0.000", "0"),
    ("B6.30", "0E100", "0"),
    ("B6.30", f"0{NINES}", NINES),
    ("B6.30", f"{NINES}.000", NINES),
    ("B6.30", f"0.{NINES}", f"0.{NINES}"),
    ("B6.31", "-0", "0"),
    ("B6.31", "-0.0", "0"),
    ("B6.31", "1E-3", "0.001"),
    ("B6.31", "1E125", "1" + "0" * 125),
    ("B6.31", "1E-130", "0." + "0" * 129 + "1"),
    ("B6.31", "9.9999999999999999999999999999999999999E+125", NINES + "0" * 88),
    ("B6.31", "-9.9999999999999999999999999999999999999E+125", "-" + NINES + "0" * 88),
)


def stored(wire: Wire, value: dict[str, Any]) -> Any:
    key = at("values")
    wire("PutItem", on(Item=key | {"v": value}))
    return wire("GetItem", on(Key=key))["Item"]["v"]


@pytest.mark.parametrize(("behaviour", "written", "read"), READ_BACK)
def test_a_number_comes_back_in_its_plain_form(wire: Wire, behaviour: str, written: str, read: str) -> None:
    assert stored(wire, {"N": written}) == {"N": read}


@pytest.mark.parametrize(("behaviour", "written", "read"), READ_BACK)
def test_a_number_of_a_set_comes_back_in_its_plain_form(
    wire: Wire, behaviour: str, written: str, read: str
) -> None:
    assert stored(wire, {"NS": [written]}) == {"NS": [read]}


KEPT: tuple[Any, ...] = (
    {"S": ""},
    {"S": 'ä€😀\u0000"\\'},
    {"B": ""},
    {"B": "AP8="},
    {"SS": [""]},
    {"BS": [""]},
    {"M": {}},
    {"L": []},
    {"L": [{"L": []}, {"M": {}}, {"NULL": True}]},
    {"NULL": True},
    {"BOOL": False},
    {"BOOL": True},
    {"M": {"n" * 65_535: {"S": "x"}}},
    nested(31),
    nested(31, "L"),
)


@pytest.mark.parametrize("value", KEPT, ids=[str(value)[:40] for value in KEPT])
def test_b6_22_empty_values_and_31_levels_are_kept(wire: Wire, value: dict[str, Any]) -> None:
    """B6.22, B6.21"""
    assert stored(wire, value) == value


@pytest.mark.parametrize("kind", ["SS", "BS"])
def test_deleting_the_last_member_removes_the_attribute(wire: Wire, kind: str) -> None:
    """B6.22"""
    stored(wire, {kind: [""]})
    change = {"UpdateExpression": "DELETE v :v", "ExpressionAttributeValues": {":v": {kind: [""]}}}
    answer = wire("UpdateItem", on(Key=at("values"), **change, ReturnValues="ALL_NEW"))
    assert "v" not in answer["Attributes"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [({"S": "x", "N": None}, {"S": "x"}), ({"L": [{"S": "x", "M": None}]}, {"L": [{"S": "x"}]})],
)
def test_a_null_member_of_a_value_is_absent(wire: Wire, sent: Any, kept: Any) -> None:
    """B1.35"""
    assert stored(wire, sent) == kept
