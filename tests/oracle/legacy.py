"""Conditions in the parameters from before expressions: one test per attribute, joined by
ConditionalOperator.

The tests are the conditions of today, of attributes only and without paths, written as ComparisonOperator
and AttributeValueList. (Developer guide, "Legacy conditional parameters".)
"""

import random
from dataclasses import dataclass
from typing import TypeAlias

from tests.oracle import conditions as c
from tests.oracle.values import Item, Unsure, Value

Member: TypeAlias = dict[str, object]

_COMPARISONS = {"=": "EQ", "<>": "NE", "<": "LT", "<=": "LE", ">": "GT", ">=": "GE"}


@dataclass(frozen=True)
class Joined:
    """`tests` are of attributes of different names. They all hold, or for OR one of them does."""

    tests: tuple[tuple[str, c.Condition], ...]
    operator: str | None = None

    def holds(self, item: Item) -> bool:
        _refuse_unclear(self.tests, item)
        found = [test.holds(item) for _, test in self.tests]
        return any(found) if self.operator == "OR" else all(found)

    def members(self, parameter: str, rng: random.Random) -> Member:
        """The request members. `parameter` is Expected, QueryFilter or ScanFilter."""
        older = parameter == "Expected" and rng.random() < 0.5
        tests = {name: (_older(test) if older else None) or _compared(test) for name, test in self.tests}
        found: Member = {parameter: tests}
        if self.operator is not None:
            found["ConditionalOperator"] = self.operator
        return found


def _refuse_unclear(tests: tuple[tuple[str, c.Condition], ...], item: Item) -> None:
    if any(isinstance(test, c.Not) and name not in item for name, test in tests):
        raise Unsure("NOT_CONTAINS of an attribute that is not there")


def comparison(operator: str, values: tuple[Value, ...]) -> Member:
    """One condition of KeyConditions: `operator` is as in a `SortCondition`."""
    word = {**_COMPARISONS, "begins_with": "BEGINS_WITH"}.get(operator, operator)
    return {"ComparisonOperator": word, "AttributeValueList": list(values)}


def _older(test: c.Condition) -> Member | None:
    """The pair of Exists and Value, where that can say it."""
    if isinstance(test, c.Exists) and not test.wanted:
        return {"Exists": False}
    if isinstance(test, c.Compare) and test.operator == "=" and isinstance(test.right, c.Given):
        return {"Value": test.right.value}
    return None


def _compared(test: c.Condition) -> Member:
    if isinstance(test, c.Exists):
        return {"ComparisonOperator": "NOT_NULL" if test.wanted else "NULL"}
    if isinstance(test, c.Compare):
        return comparison(test.operator, _given(test.right))
    if isinstance(test, c.Between):
        return comparison("BETWEEN", _given(test.low, test.high))
    if isinstance(test, c.In):
        return comparison("IN", _given(*test.options))
    if isinstance(test, c.BeginsWith):
        return comparison("BEGINS_WITH", (test.start,))
    negated = isinstance(test, c.Not)
    inner = test.operand if isinstance(test, c.Not) else test
    assert isinstance(inner, c.Contains)
    return comparison("NOT_CONTAINS" if negated else "CONTAINS", (inner.wanted,))


def _given(*operands: c.Operand) -> tuple[Value, ...]:
    values = []
    for operand in operands:
        assert isinstance(operand, c.Given)
        values.append(operand.value)
    return tuple(values)
