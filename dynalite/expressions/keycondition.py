"""Key conditions: which rows of a table or index a Query walks.

Two steps, because they know different things. `clauses` looks at the expression alone: conditions joined
by AND, each comparing one attribute with values. `resolve` then holds the clauses against the key schema
of the table or index: every partition attribute with `=`, sort attributes from left to right without a
gap, and anything but `=` only on the last of them that is used. A table has one partition attribute and
at most one sort attribute; a global index may have up to four of each.

How the service words the refusal of a condition on a key of several attributes is not documented; the
words for simple keys are used.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from dynalite.errors import INVALID_VALUES, InvalidRequest, ValidationException
from dynalite.expressions.complaint import Complaint
from dynalite.expressions.condition import Condition, top_level_names
from dynalite.expressions.rules import Values, value_of
from dynalite.expressions.tree import MIRRORED, Node, Operation, Path
from dynalite.limits import PARTITION_KEY_BYTES, SORT_KEY_BYTES
from dynalite.values.paths import Path as Steps
from dynalite.values.size import value_size
from dynalite.values.types import AttributeValue

KeyAttributes: TypeAlias = Sequence[tuple[str, str]]
"""Names and types (S, N, B) of a schema's partition or sort attributes, in order."""

_NESTED = Complaint("KeyConditionExpressions cannot have conditions on nested attributes")
HASH_TOO_LONG = (  # the service does leave out a space
    f"{INVALID_VALUES}Size of hashkey has exceeded the maximum size limit of{PARTITION_KEY_BYTES} bytes"
)
RANGE_TOO_LONG = (
    f"{INVALID_VALUES}Aggregated size of all range keys has exceeded the size limit of {SORT_KEY_BYTES} bytes"
)

NOT_VALID = "One or more parameter values are not valid. "
EMPTY_KEY = {
    "S": "The AttributeValue for a key attribute cannot contain an empty string value.",
    "B": "The AttributeValue for a key attribute cannot contain an empty binary value.",
}

_RANGE_OPERATORS = frozenset(["=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"])
_SIMPLE_CONDITIONS = 2


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition on one attribute; the operands still as nodes."""

    name: str
    operator: str
    operands: tuple[Node, ...]


class KeyClauses(NamedTuple):
    """What a key condition demands of which attribute, before a key schema is known."""

    clauses: tuple[Clause, ...]
    values: Values


class KeyCondition(NamedTuple):
    """A range of rows: the partition, the leading sort attributes that are fixed, and a condition on the
    next.

    `operator` is None when there is none; `operands` are its values (two for BETWEEN).
    """

    partition: tuple[AttributeValue, ...]
    sort_equals: tuple[AttributeValue, ...] = ()
    operator: str | None = None
    operands: tuple[AttributeValue, ...] = ()


# ------------------------------------------------------------------ the expression alone


def clauses(tree: Node) -> tuple[Clause, ...]:
    """The conditions of a bound key condition. Raises InvalidRequest."""
    found: dict[str, Clause] = {}
    for node in _conjuncts(tree):
        clause = _clause(node)
        if clause.name in found:
            raise InvalidRequest("KeyConditionExpressions must only contain one condition per key")
        found[clause.name] = clause
    return tuple(found.values())


def _conjuncts(tree: Node) -> Iterable[Operation]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        assert isinstance(node, Operation)  # a condition is never a bare operand
        if node.operator == "AND":
            waiting.extend(reversed(node.operands))
        else:
            yield node


def _clause(node: Operation) -> Clause:
    if node.operator not in _RANGE_OPERATORS:
        raise InvalidRequest(f"Invalid operator used in KeyConditionExpression: {node.operator}")
    if node.operator not in MIRRORED and not isinstance(node.operands[0], Path):
        raise _invalid(f"{node.operator} operator must have the key attribute as its first operand")
    named: Path | None = None
    for operand in node.operands:
        if isinstance(operand, Operation):
            raise InvalidRequest("KeyConditionExpressions cannot contain nested operations")
        if isinstance(operand, Path):
            if named is not None:
                raise _invalid("Multiple attribute names used in one condition")
            if len(operand.steps) > 1:
                raise _NESTED.about("KeyConditionExpression")
            named = operand
    if named is None:
        raise _invalid("No key attribute specified")
    if named is node.operands[0]:
        return Clause(str(named.steps[0]), node.operator, node.operands[1:])
    return Clause(str(named.steps[0]), MIRRORED[node.operator], node.operands[:1])


def _invalid(what: str) -> InvalidRequest:
    return InvalidRequest(f"Invalid condition in KeyConditionExpression: {what}")


# ------------------------------------------------------------------ against a key schema


def resolve(condition: KeyClauses, partition: KeyAttributes, sort: KeyAttributes) -> KeyCondition:
    """The range that a key condition means under a key schema. Raises ValidationException."""
    by_name = {clause.name: clause for clause in condition.clauses}
    simple = len(partition) == 1 and len(sort) <= 1
    if simple and not 1 <= len(by_name) <= _SIMPLE_CONDITIONS:
        raise ValidationException("Conditions can be of length 1 or 2 only")
    if len(by_name) > len(partition) + len(sort):
        raise _not_supported()
    fixed = []
    for name, type in partition:
        clause = by_name.pop(name, None)
        if clause is None:
            raise _missed(name)
        operands = _operands(clause, type, condition.values)
        if clause.operator != "=":
            raise _not_supported()
        fixed.append(operands[0])
    _check_sizes(fixed, PARTITION_KEY_BYTES, HASH_TOO_LONG)
    return _resolve_sort(tuple(fixed), by_name, sort, condition.values)


def _resolve_sort(
    partition: tuple[AttributeValue, ...], by_name: dict[str, Clause], sort: KeyAttributes, values: Values
) -> KeyCondition:
    """The range within a partition that the clauses left in `by_name` mean."""
    equals: list[AttributeValue] = []
    operator: str | None = None
    last: tuple[AttributeValue, ...] = ()
    names = [name for name, _ in sort]
    for number, (name, type) in enumerate(sort):
        if not by_name:
            break
        clause = by_name.pop(name, None)
        operands = () if clause is None else _operands(clause, type, values)
        if clause is not None and clause.operator == "=":
            equals.append(operands[0])
            continue
        behind = next((other for other in names[number + 1 :] if other in by_name), None)
        if behind is not None:
            raise ValidationException(
                f"RANGE key attributes {name} must have equality conditions specified in the query because"
                f" a condition is present on key attribute {behind}"
            )
        if clause is None:
            raise _missed(name)
        operator, last = clause.operator, operands
    if by_name:
        raise _not_supported()
    _check_sizes(equals, SORT_KEY_BYTES, RANGE_TOO_LONG)
    for bound in last:
        _check_sizes([*equals, bound], SORT_KEY_BYTES, RANGE_TOO_LONG)
    return KeyCondition(partition, tuple(equals), operator, last)


def _operands(clause: Clause, type: str, values: Values) -> tuple[AttributeValue, ...]:
    """A clause's values, which must have the attribute's type and not be empty."""
    if clause.operator not in _RANGE_OPERATORS:  # only KeyConditions can get here with another one
        raise ValidationException("Attempted conditional constraint is not an indexable operation")
    found = []
    for node in clause.operands:
        value = value_of(node, values)
        assert value is not None  # `clauses` lets only values be operands
        if type not in value:
            raise ValidationException(f"{INVALID_VALUES}Condition parameter type does not match schema type")
        if value[type] == "":
            raise ValidationException(f"{NOT_VALID}{EMPTY_KEY[type]} Key: {clause.name}")
        found.append(value)
    return tuple(found)


def _check_sizes(values: Iterable[AttributeValue], limit_bytes: int, complaint: str) -> None:
    if sum(map(value_size, values)) > limit_bytes:
        raise ValidationException(complaint)


def _missed(name: str) -> ValidationException:
    return ValidationException(f"Query condition missed key schema element: {name}")


def _not_supported() -> ValidationException:
    return ValidationException("Query key condition not supported")


# ------------------------------------------------------------------ what other expressions may do with keys


def filter_must_not_touch(condition: Condition, key_names: Iterable[str]) -> None:
    """Refuse a Query's filter that looks at a key attribute: the key condition is for that."""
    names = top_level_names(condition)
    for name in key_names:
        if name in names:
            member = "QueryFilter" if condition.legacy else "Filter Expression"
            raise ValidationException(
                f"{member} can only contain non-primary key attributes: Primary key attribute: {name}"
            )


def filters_beyond(index_name: str, names: Iterable[str]) -> ValidationException:
    """What a keyed read of an index is told whose filter looks at attributes that the index does not have."""
    return ValidationException(
        f"{INVALID_VALUES}Secondary index {index_name} does not project one or more filter attributes:"
        f" [{', '.join(names)}]"
    )


def paths_must_not_enter(paths: Iterable[Steps], key_names: Iterable[str], what: str = "Key") -> None:
    """Refuse document paths into key attributes, which are scalars; `what` is `Key` or `IndexKey`."""
    entered = {path[0] for path in paths if len(path) > 1}
    for name in key_names:
        if name in entered:
            raise ValidationException(
                "Key attributes must be scalars; list random access '[]' and map lookup '.'"
                f" are not allowed: {what}: {name}"
            )
