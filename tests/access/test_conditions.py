"""Condition operators: a table of what holds."""

from typing import Any

import pytest

from dynalite.access.conditions import OPERATORS, read
from dynalite.access.patterns import Facts

FACTS: Facts = {
    "key": ("alice",),
    "keys": ("alice", "bob"),
    "none": (),
    "number": ("10",),
    "when": ("2026-11-23T12:00:00Z",),
    "flag": ("true",),
    "from": ("192.0.2.7",),
    "from6": ("2001:db8::7",),
    "arn": ("arn:aws:iam::000000000000:user/alice",),
    "text": ("ten",),
}


def holds(operator: str, key: str, *values: str) -> bool:
    return read(operator, key, values, variables=True).holds(FACTS)


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", "key", ["bob", "alice"], True),
        ("StringEquals", "KEY", ["alice"], True),
        ("StringEquals", "key", ["Alice"], False),
        ("StringEquals", "key", ["al*"], False),
        ("StringEquals", "absent", ["alice"], False),
        ("StringNotEquals", "key", ["bob", "carol"], True),
        ("StringNotEquals", "key", ["bob", "alice"], False),
        ("StringNotEquals", "absent", ["alice"], True),
        ("StringEqualsIgnoreCase", "key", ["ALICE"], True),
        ("StringNotEqualsIgnoreCase", "key", ["ALICE"], False),
        ("StringLike", "key", ["al*", "x"], True),
        ("StringLike", "key", ["a?ice"], True),
        ("StringLike", "key", ["b*"], False),
        ("StringNotLike", "key", ["al*"], False),
        ("StringNotLike", "key", ["b*"], True),
        ("StringEquals", "key", ["${key}"], True),
        ("NumericEquals", "number", ["10.0"], True),
        ("NumericNotEquals", "number", ["11"], True),
        ("NumericLessThan", "number", ["10"], False),
        ("NumericLessThanEquals", "number", ["10"], True),
        ("NumericGreaterThan", "number", ["9.5"], True),
        ("NumericGreaterThanEquals", "number", ["11", "10"], True),
        ("NumericEquals", "text", ["10"], False),
        ("DateEquals", "when", ["1795435200"], True),
        ("DateLessThan", "when", ["2026-11-24"], True),
        ("DateGreaterThan", "when", ["2026-11-23T13:00:00+02:00"], True),
        ("DateNotEquals", "when", ["2026-11-23T12:00:00Z"], False),
        ("Bool", "flag", ["true"], True),
        ("Bool", "flag", ["false"], False),
        ("Bool", "absent", ["false"], False),
        ("BinaryEquals", "key", ["alice"], True),
        ("IpAddress", "from", ["192.0.2.0/24"], True),
        ("IpAddress", "from", ["192.0.2.8", "2001:db8::/32"], False),
        ("IpAddress", "from6", ["192.0.2.8", "2001:db8::/32"], True),
        ("NotIpAddress", "from", ["192.0.2.0/24"], False),
        ("IpAddress", "text", ["192.0.2.0/24"], False),
        ("ArnEquals", "arn", ["arn:aws:iam::*:user/*"], True),
        ("ArnLike", "arn", ["arn:aws:iam::*"], False),
        ("ArnLike", "arn", ["arn:aws:iam::000000000000:user/${key}"], True),
        ("ArnNotLike", "arn", ["arn:aws:iam::*:role/*"], True),
        ("Null", "absent", ["true"], True),
        ("Null", "key", ["true"], False),
        ("Null", "key", ["false"], True),
        ("StringEqualsIfExists", "absent", ["x"], True),
        ("StringEqualsIfExists", "key", ["x"], False),
        ("ForAllValues:StringEquals", "keys", ["alice", "bob", "carol"], True),
        ("ForAllValues:StringEquals", "keys", ["alice"], False),
        ("ForAllValues:StringEquals", "none", ["alice"], True),
        ("ForAllValues:StringEquals", "absent", ["alice"], True),
        ("ForAllValues:StringNotEquals", "keys", ["carol"], True),
        ("ForAllValues:StringNotEquals", "keys", ["bob"], False),
        ("ForAnyValue:StringEquals", "keys", ["alice"], True),
        ("ForAnyValue:StringEquals", "keys", ["carol"], False),
        ("ForAnyValue:StringEquals", "absent", ["alice"], False),
        ("ForAnyValue:StringEqualsIfExists", "absent", ["alice"], True),
        ("ForAnyValue:StringNotEquals", "keys", ["bob"], True),
        ("ForAnyValue:StringNotEquals", "absent", ["bob"], False),
        ("ForAllValues:StringLike", "keys", ["a*", "b*"], True),
    ],
)
def test_what_holds(operator: str, key: str, values: list[str], expected: bool) -> None:
    assert holds(operator, key, *values) is expected


@pytest.mark.parametrize(
    ("operator", "values", "complaint"),
    [
        ("StringIs", ["x"], "'StringIs' is no condition operator"),
        ("stringequals", ["x"], "is no condition operator"),
        ("ForSome:StringEquals", ["x"], "is no condition operator"),
        (":StringEquals", ["x"], "is no condition operator"),
        ("ForAllValues:Null", ["true"], "is no condition operator"),
        ("NullIfExists", ["true"], "is no condition operator"),
        ("Null", ["maybe"], "Null is true or false"),
        ("NumericEquals", ["ten"], "'ten' is not a number"),
        ("NumericEquals", ["NaN"], "'NaN' is not a number"),
        ("DateEquals", ["tomorrow"], "'tomorrow' is not a date"),
        ("Bool", ["perhaps"], "'perhaps' is neither true nor false"),
        ("IpAddress", ["here"], "'here' is not an address"),
    ],
)
def test_what_cannot_be_read(operator: str, values: list[str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        read(operator, "key", values, variables=True)


SENSIBLE: dict[str, str] = {
    "Numeric": "1",
    "Date": "2026-01-01",
    "Bool": "true",
    "IpAddress": "::/0",
    "NotIpAddress": "::/0",
}


@pytest.mark.parametrize("name", OPERATORS)
def test_a_key_that_is_not_known_passes_what_denies_and_fails_the_rest(name: str) -> None:
    value = next((value for start, value in SENSIBLE.items() if name.startswith(start)), "arn:a:b:c:d:e")
    condition: Any = read(name, "absent", [value], variables=True)
    assert condition.holds(FACTS) is ("Not" in name)
