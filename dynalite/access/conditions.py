"""Conditions: an operator, a condition key, and the values that the key is compared with.

    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["${aws:username}", "shared-*"]}

An operator is a test of one fact against one of the values, from a table, and whether it is denied
(`NotEquals`). Around it stand what may be written before and behind its name:

- nothing: the key must be known, and one of its facts must pass (denied: none may fail, and a key that is not
  known passes);
- `ForAnyValue:`: the same, but a key that is not known does not pass;
- `ForAllValues:`: every fact must pass, so a key that is not known passes;
- `IfExists`: a key that is not known passes.

A fact passes that matches any of the values; where the operator is denied, one that matches none of them.
`Null` asks whether a key is known at all."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Final, Literal, TypeAlias

from dynalite.access.patterns import Facts, Pattern

Test: TypeAlias = Callable[[str, Facts], bool]
"""Whether a fact matches one value of a policy; that value is compiled in."""

Compile: TypeAlias = Callable[[str, bool], Test]
"""Makes a test from a policy's value, with or without variables. Raises ValueError for a value of the wrong
kind.
"""

_VARIABLE: Final = re.compile(r"\$\{[^{}]*\}")

Quantifier: TypeAlias = Literal["", "ForAnyValue", "ForAllValues"]


@dataclass(frozen=True, slots=True)
class Operator:
    """A row: how a value becomes a test, and whether a fact must match none of the values."""

    compile: Compile
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One key compared with its values."""

    key: str
    tests: tuple[Test, ...]
    denied: bool
    quantifier: Quantifier
    if_exists: bool
    wants_absent: bool | None = None
    """For `Null`: whether the key must be unknown. None for all other operators."""

    def holds(self, facts: Facts) -> bool:
        known = facts.get(self.key)
        if self.wants_absent is not None:
            return (known is None) is self.wants_absent
        if known is None:
            return (
                self.if_exists or self.quantifier == "ForAllValues" or (self.denied and not self.quantifier)
            )
        passed = [any(test(fact, facts) for test in self.tests) is not self.denied for fact in known]
        if self.quantifier == "ForAllValues" or (self.denied and not self.quantifier):
            return all(passed)
        return any(passed)


# ------------------------------------------------------------------ tests


def _text(value: str, variables: bool, *, wild: bool = False, ignore_case: bool = False) -> Test:
    return Pattern(value, wild=wild, variables=variables, ignore_case=ignore_case).matches


def _arn(value: str, variables: bool) -> Test:
    """Part by part: a `*` does not reach beyond the colon, except in the last part."""
    patterns = [Pattern(part, variables=variables) for part in _parts(value)]

    def test(fact: str, facts: Facts) -> bool:
        parts = _parts(fact)
        return len(parts) == len(patterns) and all(
            pattern.matches(part, facts) for pattern, part in zip(patterns, parts, strict=True)
        )

    return test


def _parts(arn: str) -> list[str]:
    """Its six parts. The colon in a variable's name separates nothing."""
    hidden = _VARIABLE.sub(lambda match: match[0].replace(":", "\0"), arn)
    return [part.replace("\0", ":") for part in hidden.split(":", 5)]


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a number")
    return number


def _moment(text: str) -> Decimal:
    """Epoch seconds, from those or from `2030-01-31T12:00:00Z`."""
    try:
        return _number(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date like 2030-01-31T12:00:00Z") from None
    return Decimal(str((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()))


Read: TypeAlias = Callable[[str], Decimal]
Compare: TypeAlias = Callable[[Decimal, Decimal], bool]


def _compared(read: Read, compare: Compare, value: str, variables: bool) -> Test:
    wanted = read(value)

    def test(fact: str, facts: Facts) -> bool:
        try:
            return compare(read(fact), wanted)
        except ValueError:
            return False

    return test


def _flag(value: str, variables: bool) -> Test:
    wanted = value.lower()
    if wanted not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
    return lambda fact, facts: fact.lower() == wanted


def _address(value: str, variables: bool) -> Test:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{value!r} is not an address or a range of them") from None

    def test(fact: str, facts: Facts) -> bool:
        try:
            return ip_address(fact) in network
        except ValueError:
            return False

    return test


_COMPARISONS: Final[Mapping[str, Compare]] = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}
_KINDS: Final[Mapping[str, Read]] = {"Numeric": _number, "Date": _moment}

OPERATORS: Final[Mapping[str, Operator]] = {
    "StringEquals": Operator(_text),
    "StringNotEquals": Operator(_text, denied=True),
    "StringEqualsIgnoreCase": Operator(partial(_text, ignore_case=True)),
    "StringNotEqualsIgnoreCase": Operator(partial(_text, ignore_case=True), denied=True),
    "StringLike": Operator(partial(_text, wild=True)),
    "StringNotLike": Operator(partial(_text, wild=True), denied=True),
    **{
        kind + name: Operator(partial(_compared, read, compare))
        for kind, read in _KINDS.items()
        for name, compare in _COMPARISONS.items()
    },
    **{
        f"{kind}NotEquals": Operator(partial(_compared, read, _COMPARISONS["Equals"]), denied=True)
        for kind, read in _KINDS.items()
    },
    "Bool": Operator(_flag),
    "BinaryEquals": Operator(lambda value, variables: _text(value, False)),
    "IpAddress": Operator(_address),
    "NotIpAddress": Operator(_address, denied=True),
    "ArnEquals": Operator(_arn),
    "ArnLike": Operator(_arn),
    "ArnNotEquals": Operator(_arn, denied=True),
    "ArnNotLike": Operator(_arn, denied=True),
}


# ------------------------------------------------------------------ reading


def read(name: str, key: str, values: Sequence[str], *, variables: bool) -> Condition:
    """The condition of an operator's name as it is written, a key and its values. Raises ValueError."""
    quantifier, colon, rest = name.rpartition(":")
    if quantifier not in ("", "ForAnyValue", "ForAllValues") or (colon and not quantifier):
        raise ValueError(f"{name!r} is no condition operator")
    if rest == "Null" and not quantifier:
        if len(values) != 1 or values[0].lower() not in ("true", "false"):
            raise ValueError("Null is true or false")
        return Condition(key.lower(), (), False, "", False, wants_absent=values[0].lower() == "true")
    base = rest.removesuffix("IfExists")
    operator = OPERATORS.get(base)
    if operator is None:
        raise ValueError(f"{name!r} is no condition operator")
    tests = tuple([operator.compile(value, variables) for value in values])
    return Condition(key.lower(), tests, operator.denied, _quantifier(quantifier), rest != base)


def _quantifier(text: str) -> Quantifier:
    if text == "ForAnyValue":
        return "ForAnyValue"
    return "ForAllValues" if text == "ForAllValues" else ""
