"""The parameters from before expressions: Expected, filters, KeyConditions, AttributeUpdates and
AttributesToGet.

Their sentences are known second hand, the counts and types of arguments from the API reference. That they do
not go together with expressions is in `test_placeholders`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.conformance.cases import OMPVI, PREFIX, Case, judge, table_of
from tests.conformance.schema import KEY, TABLE, at, n, on, s
from tests.conformance.wire import Refusal, Wire

ITEM = at("legacy") | {
    "s": s("hello"),
    "n": n(5),
    "b": {"B": "AQID"},
    "ss": {"SS": ["a", "b"]},
    "l": {"L": [n(1), s("x")]},
    "m": {"M": {"k": {"BOOL": True}}},
    "z": {"NULL": True},
    "m.k": s("with a dot"),
    "status": s("reserved"),
}
PARTITION = {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [s("legacy")]}}


def compared(word: str, *arguments: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"ComparisonOperator": word}
    return given | ({"AttributeValueList": list(arguments)} if arguments else {})


HOLDS: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("s", compared("EQ", s("hello")), True),
    ("s", compared("EQ", n(5)), False),
    ("n", compared("EQ", n("5.0")), True),
    ("ss", compared("EQ", {"SS": ["b", "a"]}), True),
    ("m", compared("EQ", {"M": {"k": {"BOOL": True}}}), True),
    ("l", compared("EQ", {"L": [s("x"), n(1)]}), False),
    ("s", compared("NE", s("x")), True),
    ("s", compared("NE", s("hello")), False),
    ("n", compared("LT", n(6)), True),
    ("n", compared("LE", n(5)), True),
    ("n", compared("GT", n(10)), False),
    ("n", compared("GE", n(5)), True),
    ("n", compared("LT", s("6")), False),
    ("n", compared("BETWEEN", n(5), n(9)), True),
    ("n", compared("IN", n(1), n(5)), True),
    ("n", compared("IN", s("5")), False),
    ("s", compared("BEGINS_WITH", s("he")), True),
    ("b", compared("BEGINS_WITH", {"B": "AQI="}), True),
    ("s", compared("CONTAINS", s("ell")), True),
    ("ss", compared("CONTAINS", s("a")), True),
    ("l", compared("CONTAINS", n(1)), True),
    ("ss", compared("NOT_CONTAINS", s("a")), False),
    ("ss", compared("NOT_CONTAINS", s("c")), True),
    ("s", compared("NULL"), False),
    ("z", compared("NOT_NULL"), True),
    ("none", compared("NULL"), True),
    ("none", compared("NOT_NULL"), False),
    ("none", compared("EQ", s("x")), False),
    ("none", compared("LT", n(1)), False),
    ("none", compared("CONTAINS", s("x")), False),
)
NAMED: tuple[tuple[str, dict[str, Any], bool], ...] = (
    ("m.k", compared("EQ", s("with a dot")), True),
    ("status", compared("EQ", s("reserved")), True),
    ("l[0]", compared("NULL"), True),
    ("#n", compared("NULL"), True),
)
ROWS = (*(("B17.01", *row) for row in HOLDS), *(("B17.02", *row) for row in NAMED))


@pytest.mark.parametrize(
    ("behaviour", "name", "given", "truth"),
    ROWS,
    ids=[f"{row[0]}-{row[1]}-{row[2]['ComparisonOperator']}-{place}" for place, row in enumerate(ROWS)],
)
def test_filters_and_expectations_mean_the_same(
    wire: Wire, behaviour: str, name: str, given: dict[str, Any], truth: bool
) -> None:
    wire("PutItem", on(Item=ITEM))
    assert wire("Query", on(KeyConditions=PARTITION, QueryFilter={name: given}))["Count"] == truth
    key = at("legacy")
    expecting = on(Key=key, Expected={name: given}, AttributeUpdates={"none": {"Action": "DELETE"}})
    if truth:
        wire("UpdateItem", expecting)
    else:
        with pytest.raises(Refusal) as raised:
            wire("UpdateItem", expecting)
        assert raised.value.code == "ConditionalCheckFailedException"


@pytest.mark.parametrize(("joined", "truth"), [(None, False), ("AND", False), ("OR", True)])
def test_conditions_are_joined(wire: Wire, joined: str | None, truth: bool) -> None:
    """B17.03"""
    wire("PutItem", on(Item=ITEM))
    both = {"s": compared("EQ", s("hello")), "n": compared("EQ", n(6))}
    operator = {"ConditionalOperator": joined} if joined else {}
    assert wire("Query", on(KeyConditions=PARTITION, QueryFilter=both, **operator))["Count"] == truth


# ------------------------------------------------------------------ arguments

ARGUMENTS: Mapping[str, dict[str, Any]] = {
    "S": s("x"),
    "N": n(1),
    "B": {"B": "YQ=="},
    "BOOL": {"BOOL": True},
    "NULL": {"NULL": True},
    "SS": {"SS": ["a"]},
    "NS": {"NS": ["1"]},
    "BS": {"BS": ["YQ=="]},
    "L": {"L": []},
    "M": {"M": {}},
}
COUNTS: Mapping[str, tuple[int, ...]] = {
    **dict.fromkeys(("EQ", "NE", "LT", "LE", "GT", "GE", "BEGINS_WITH", "CONTAINS", "NOT_CONTAINS"), (0, 2)),
    "BETWEEN": (0, 1, 3),
    "IN": (0,),
    "NULL": (1, 2),
    "NOT_NULL": (1, 2),
}
"""Numbers of arguments that an operator does not take."""
REFUSED_TYPES: Mapping[str, str] = {
    **dict.fromkeys(("LT", "LE", "GT", "GE", "IN", "BETWEEN"), "BOOL NULL SS NS BS L M"),
    "BEGINS_WITH": "N BOOL NULL SS NS BS L M",
    "CONTAINS": "SS NS BS L M",
    "NOT_CONTAINS": "SS NS BS L M",
}


def everywhere(behaviour: str, name: str, given: dict[str, Any], message: str) -> Iterator[Case]:
    """A condition that is refused as a filter, and as an expectation behind the prefix of writes."""
    yield Case(behaviour, name, "Scan", on(ScanFilter={"a": given}), message)
    query = on(KeyConditions=PARTITION, QueryFilter={"a": given})
    yield Case(behaviour, name, "Query", query, message)
    if "AttributeValueList" in given:
        yield Case(behaviour, name, "PutItem", on(Item=KEY, Expected={"a": given}), PREFIX + message)
        yield Case(behaviour, name, "DeleteItem", on(Key=KEY, Expected={"a": given}), PREFIX + message)


def arguments() -> Iterator[Case]:
    for word, counts in COUNTS.items():
        for count in counts:
            message = f"{OMPVI}Invalid number of argument(s) for the {word} ComparisonOperator"
            yield from everywhere("B17.10", f"{word} of {count}", compared(word, *[s("x")] * count), message)
    for word, kinds in REFUSED_TYPES.items():
        for kind in kinds.split():
            given = compared(word, *[ARGUMENTS[kind]] * (2 if word == "BETWEEN" else 1))
            message = f"{OMPVI}ComparisonOperator {word} is not valid for {kind} AttributeValue type"
            yield from everywhere("B17.11", f"{word} of {kind}", given, message)
    for word in ("IN", "BETWEEN"):
        message = f"{OMPVI}AttributeValues inside AttributeValueList must be of same type"
        yield from everywhere("B17.12", word, compared(word, s("x"), n(1)), message)
    for low, high in ((s("b"), s("a")), (n(10), n(9)), ({"B": "/w=="}, {"B": "AA=="})):
        message = (
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )
        yield from everywhere("B17.13", str(low), compared("BETWEEN", low, high), message)


def operators() -> Iterator[Case]:
    alone = "ConditionalOperator cannot be used without Filter or Expected"
    single = "ConditionalOperator can only be used when Filter or Expected has two or more elements"
    one = {"a": compared("NULL")}
    for operation, base, member, prefix in (
        ("PutItem", on(Item=KEY), "Expected", PREFIX),
        ("DeleteItem", on(Key=KEY), "Expected", PREFIX),
        ("UpdateItem", on(Key=KEY), "Expected", PREFIX),
        ("Scan", on(), "ScanFilter", ""),
        ("Query", on(KeyConditions=PARTITION), "QueryFilter", ""),
    ):
        joined = base | {"ConditionalOperator": "OR"}
        yield Case("B17.14", "without conditions", operation, joined, prefix + alone)
        yield Case("B17.14", "with no condition", operation, joined | {member: {}}, prefix + alone)
        yield Case("B17.14", "with one condition", operation, joined | {member: one}, prefix + single)


EXPECTATIONS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("nothing", {}, "Value must be provided when Exists is null for Attribute: a"),
    ("exists alone", {"Exists": True}, "Value must be provided when Exists is true for Attribute: a"),
    (
        "a value of nothing",
        {"Exists": False, "Value": s("x")},
        "Value cannot be used when Exists is false for Attribute: a",
    ),
    (
        "value and list",
        {"ComparisonOperator": "EQ", "Value": s("x"), "AttributeValueList": [s("x")]},
        "Value and AttributeValueList cannot be used together for Attribute: a",
    ),
    (
        "exists and operator",
        {"ComparisonOperator": "LT", "Exists": True},
        "Exists and ComparisonOperator cannot be used together for Attribute: a",
    ),
    (
        "an operator alone",
        {"ComparisonOperator": "LT"},
        "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: a",
    ),
    (
        "a list alone",
        {"AttributeValueList": [s("x")]},
        "AttributeValueList can only be used with a ComparisonOperator for Attribute: a",
    ),
)


def expectations() -> Iterator[Case]:
    for name, given, message in EXPECTATIONS:
        for operation, base in (
            ("PutItem", on(Item=KEY)),
            ("UpdateItem", on(Key=KEY)),
            ("DeleteItem", on(Key=KEY)),
        ):
            request = base | {"Expected": {"a": given}}
            yield Case("B17.15", name, operation, request, PREFIX + OMPVI + message)


def changes() -> Iterator[Case]:
    rows: list[tuple[str, dict[str, Any], str]] = [
        ("PUT", {"Action": "PUT"}, "Only DELETE action is allowed when no attribute value is specified"),
        ("ADD", {"Action": "ADD"}, "Only DELETE action is allowed when no attribute value is specified"),
        ("no action", {}, "Only DELETE action is allowed when no attribute value is specified"),
    ]
    for kind in ("S", "N", "B", "BOOL", "NULL", "L", "M"):
        message = f"DELETE action with value is not supported for the type {kind}"
        rows.append((f"DELETE of {kind}", {"Action": "DELETE", "Value": ARGUMENTS[kind]}, message))
    for kind in ("S", "B", "BOOL", "NULL", "M"):
        message = f"ADD action is not supported for the type {kind}"
        rows.append((f"ADD of {kind}", {"Action": "ADD", "Value": ARGUMENTS[kind]}, message))
    for name, given, message in rows:
        request = on(Key=KEY, AttributeUpdates={"a": given})
        yield Case("B17.22", name, "UpdateItem", request, PREFIX + OMPVI + message)


def reads() -> Iterator[Case]:
    twice = f"{OMPVI}Duplicate value in attribute name: a"
    for operation, request in (
        ("GetItem", on(Key=KEY, AttributesToGet=["a", "a"])),
        ("Scan", on(AttributesToGet=["a", "b", "a"])),
        ("Query", on(KeyConditions=PARTITION, AttributesToGet=["a", "a"])),
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY], "AttributesToGet": ["a", "a"]}}}),
    ):
        yield Case("B17.31", "twice", operation, request, twice)
    for name, conditions, message in (
        ("no condition", {}, "Conditions can be of length 1 or 2 only"),
        (
            "three conditions",
            PARTITION | {"sk": compared("EQ", n(1)), "a": compared("EQ", n(1))},
            "Conditions can be of length 1 or 2 only",
        ),
        ("no partition key", {"sk": compared("EQ", n(1))}, "Query condition missed key schema element: pk"),
        ("a partition key not by EQ", {"pk": compared("GT", s("a"))}, "Query key condition not supported"),
        (
            "no key operator",
            PARTITION | {"sk": compared("NE", n(1))},
            "Attempted conditional constraint is not an indexable operation",
        ),
        (
            "another type",
            PARTITION | {"sk": compared("EQ", s("1"))},
            f"{OMPVI}Condition parameter type does not match schema type",
        ),
    ):
        yield Case("B17.41", name, "Query", on(KeyConditions=conditions), message)
    filtered = on(KeyConditions=PARTITION, QueryFilter={"sk": compared("NOT_NULL")})
    message = "QueryFilter can only contain non-primary key attributes: Primary key attribute: sk"
    yield Case("B17.42", "a filter on a key", "Query", filtered, message)


@table_of(arguments(), operators(), expectations(), changes(), reads())
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


# ------------------------------------------------------------------ what they do

UPDATES: tuple[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]], ...] = (
    ("B17.20", {}, {"a": {"Value": s("x")}}, {"a": s("x")}),
    ("B17.20", {"a": n(1)}, {"a": {"Action": "PUT", "Value": s("x")}}, {"a": s("x")}),
    ("B17.20", {"a": n(5)}, {"a": {"Action": "ADD", "Value": n(2)}}, {"a": n(7)}),
    ("B17.20", {}, {"a": {"Action": "ADD", "Value": n(2)}}, {"a": n(2)}),
    (
        "B17.20",
        {"a": {"SS": ["x"]}},
        {"a": {"Action": "ADD", "Value": {"SS": ["x", "y"]}}},
        {"a": {"SS": ["x", "y"]}},
    ),
    ("B17.20", {"a": n(1), "b": n(2)}, {"a": {"Action": "DELETE"}}, {"b": n(2)}),
    (
        "B17.20",
        {"a": {"SS": ["x", "y"]}},
        {"a": {"Action": "DELETE", "Value": {"SS": ["x", "z"]}}},
        {"a": {"SS": ["y"]}},
    ),
    ("B17.20", {"a": {"SS": ["x"]}}, {"a": {"Action": "DELETE", "Value": {"SS": ["x"]}}}, {}),
    (
        "B17.02",
        {},
        {"a.b": {"Value": s("x")}, "status": {"Value": s("y")}},
        {"a.b": s("x"), "status": s("y")},
    ),
)


@pytest.mark.parametrize(
    ("behaviour", "before", "changes", "after"), UPDATES, ids=[f"{row[0]}-{row[2]}" for row in UPDATES]
)
def test_after(
    wire: Wire, behaviour: str, before: dict[str, Any], changes: dict[str, Any], after: dict[str, Any]
) -> None:
    key = at("legacy changes")
    wire("PutItem", on(Item=key | before))
    answer = wire("UpdateItem", on(Key=key, AttributeUpdates=changes, ReturnValues="ALL_NEW"))
    found = answer["Attributes"]
    shown = {name: {"SS": sorted(value["SS"])} if "SS" in value else value for name, value in found.items()}
    assert shown == key | after


def test_deletions_alone_make_no_item(wire: Wire) -> None:
    """B17.21"""
    key = at("legacy changes", 2)
    wire("UpdateItem", on(Key=key, AttributeUpdates={"a": {"Action": "DELETE"}}))
    assert "Item" not in wire("GetItem", on(Key=key))
    wire("UpdateItem", on(Key=key, AttributeUpdates={"a": {"Value": s("x")}}))
    assert wire("GetItem", on(Key=key))["Item"] == key | {"a": s("x")}
    wire("DeleteItem", on(Key=key))


def test_attributes_to_get_are_names_and_not_paths(wire: Wire) -> None:
    """B17.30"""
    wire("PutItem", on(Item=ITEM))
    names = ["m.k", "status", "l[0]", "none"]
    shown = {"m.k": s("with a dot"), "status": s("reserved")}
    assert wire("GetItem", on(Key=at("legacy"), AttributesToGet=names))["Item"] == shown
    assert wire("Query", on(KeyConditions=PARTITION, AttributesToGet=names))["Items"] == [shown]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (None, [1, 2, 3, 4]),
        (compared("EQ", n(3)), [3]),
        (compared("LT", n(3)), [1, 2]),
        (compared("LE", n(3)), [1, 2, 3]),
        (compared("GT", n(3)), [4]),
        (compared("GE", n(3)), [3, 4]),
        (compared("BETWEEN", n(2), n(3)), [2, 3]),
    ],
)
def test_key_conditions_choose_a_range(
    wire: Wire, condition: dict[str, Any] | None, found: list[int]
) -> None:
    """B17.40"""
    for place in range(1, 5):
        wire("PutItem", on(Item=at("legacy range", place)))
    conditions = {"pk": compared("EQ", s("legacy range"))} | ({"sk": condition} if condition else {})
    answer = wire("Query", on(KeyConditions=conditions))
    assert [int(item["sk"]["N"]) for item in answer["Items"]] == found
