"""Conditions and filters at work: a bound tree becomes one function of an item.

The tree is compiled into closures, one per operation, so that evaluating it is a chain of plain calls;
placeholders are looked up in the values handed in with each call, and so one compiled tree serves every
request with the same text.

What a path that leads nowhere means follows from the comparisons: no comparator holds for it but `<>`,
which always does; a function finds nothing in it; NOT turns either around. Values of different types are
never equal and have no order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from dynalite.expressions.rules import Values
from dynalite.expressions.tree import Literal, Node, Operation, Path, Placeholder, paths_of
from dynalite.values import compare, paths
from dynalite.values.types import AttributeValue, Item

Test: TypeAlias = Callable[[Item, Values], bool]
Operand: TypeAlias = Callable[[Item, Values], AttributeValue | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled condition without its values. `names` are the top-level attributes it looks at."""

    tree: Node
    test: Test
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition with the values it speaks of. `legacy` says that it came from a legacy parameter."""

    rule: Rule
    values: Values
    legacy: bool = False


def holds(condition: Condition, item: Item) -> bool:
    """Whether the condition is true of an item; of `{}` where there is none."""
    return condition.rule.test(item, condition.values)


def top_level_names(condition: Condition) -> frozenset[str]:
    """The attributes that the condition looks at or into."""
    return condition.rule.names


def document_paths(condition: Condition) -> tuple[paths.Path, ...]:
    """Every path in the condition, from left to right."""
    return paths_of(condition.rule.tree)


def of(tree: Node, *, legacy: bool = False) -> Condition:
    """A condition from a tree that holds its values itself."""
    return Condition(compile_condition(tree), {}, legacy)


def compile_condition(tree: Node) -> Rule:
    """A rule from a bound tree."""
    names = frozenset([str(path[0]) for path in paths_of(tree)])
    return Rule(tree, _test(tree), names)


# ------------------------------------------------------------------ operands


def operand(node: Node) -> Operand:
    """The function that finds what a path, value or `size` stands for; None when there is nothing."""
    if isinstance(node, Path):
        return _at(node.steps)
    if isinstance(node, Placeholder):
        name = node.name
        return lambda _, values: values[name]
    if isinstance(node, Literal):
        value = node.value
        return lambda _, values: value
    return _size(operand(node.operands[0]))


def _at(steps: paths.Path) -> Operand:
    if len(steps) == 1:
        name = str(steps[0])
        return lambda item, _: item.get(name)
    get = paths.get
    return lambda item, _: get(item, steps)


def _size(measured: Operand) -> Operand:
    def size(item: Item, values: Values) -> AttributeValue | None:
        value = measured(item, values)
        length = None if value is None else compare.size_of(value)
        return None if length is None else {"N": str(length)}

    return size


# ------------------------------------------------------------------ tests


def _test(node: Node) -> Test:
    assert isinstance(node, Operation)  # the parser lets nothing else stand where a condition must
    joined = _JOINED.get(node.operator)
    if joined is not None:
        tests = []
        for part in node.operands:
            tests.append(_test(part))  # noqa: PERF401 (a comprehension is one more stack frame)
        return joined(tests)
    return _COMPARED[node.operator]([operand(part) for part in node.operands])


def _not(tests: list[Test]) -> Test:
    (test,) = tests
    return lambda item, values: not test(item, values)


def _and(tests: list[Test]) -> Test:
    def every(item: Item, values: Values) -> bool:
        for test in tests:  # noqa: SIM110 (a generator would cost more than the tests)
            if not test(item, values):
                return False
        return True

    return every


def _or(tests: list[Test]) -> Test:
    def some(item: Item, values: Values) -> bool:
        for test in tests:  # noqa: SIM110
            if test(item, values):
                return True
        return False

    return some


_JOINED: Mapping[str, Callable[[list[Test]], Test]] = {"NOT": _not, "AND": _and, "OR": _or}


def _equal(operands: list[Operand]) -> Test:
    left, right = operands

    def equal(item: Item, values: Values) -> bool:
        value = left(item, values)
        return value is not None and value == right(item, values)

    return equal


def _unequal(operands: list[Operand]) -> Test:
    left, right = operands

    def unequal(item: Item, values: Values) -> bool:
        value = left(item, values)
        return value is None or value != right(item, values)

    return unequal


def _ordered(accepted: frozenset[int]) -> Callable[[list[Operand]], Test]:
    """The comparators that hold when the order of the operands (-1, 0, 1) is one of `accepted`."""

    def compiled(operands: list[Operand]) -> Test:
        left, right = operands
        order = compare.order

        def ordered(item: Item, values: Values) -> bool:
            value = left(item, values)
            if value is None:
                return False
            other = right(item, values)
            return other is not None and order(value, other) in accepted

        return ordered

    return compiled


def _between(operands: list[Operand]) -> Test:
    value_at, low_at, high_at = operands
    not_below = frozenset([0, 1])

    def between(item: Item, values: Values) -> bool:
        value, low, high = value_at(item, values), low_at(item, values), high_at(item, values)
        if value is None or low is None or high is None:
            return False
        return compare.order(value, low) in not_below and compare.order(high, value) in not_below

    return between


def _in(operands: list[Operand]) -> Test:
    value_at, *choices = operands

    def among(item: Item, values: Values) -> bool:
        value = value_at(item, values)
        if value is not None:
            for choice in choices:
                if choice(item, values) == value:
                    return True
        return False

    return among


def _exists(operands: list[Operand]) -> Test:
    (value_at,) = operands
    return lambda item, values: value_at(item, values) is not None


def _not_exists(operands: list[Operand]) -> Test:
    (value_at,) = operands
    return lambda item, values: value_at(item, values) is None


def _has_type(operands: list[Operand]) -> Test:
    value_at, type_at = operands

    def has_type(item: Item, values: Values) -> bool:
        value, type = value_at(item, values), type_at(item, values)
        return value is not None and type is not None and type["S"] in value

    return has_type


def _both(relation: Callable[[AttributeValue, AttributeValue], bool]) -> Callable[[list[Operand]], Test]:
    """A function of two operands, which holds only when both are there."""

    def compiled(operands: list[Operand]) -> Test:
        left, right = operands

        def related(item: Item, values: Values) -> bool:
            value, other = left(item, values), right(item, values)
            return value is not None and other is not None and relation(value, other)

        return related

    return compiled


_COMPARED: Mapping[str, Callable[[list[Operand]], Test]] = {
    "=": _equal,
    "<>": _unequal,
    "<": _ordered(frozenset([-1])),
    "<=": _ordered(frozenset([-1, 0])),
    ">": _ordered(frozenset([1])),
    ">=": _ordered(frozenset([0, 1])),
    "BETWEEN": _between,
    "IN": _in,
    "attribute_exists": _exists,
    "attribute_not_exists": _not_exists,
    "attribute_type": _has_type,
    "begins_with": _both(compare.begins_with),
    "contains": _both(compare.contains),
}
