"""What operators and functions allow, as tables.

Three groups of rules, applied in the service's order:

    what the text alone shows   `check_condition`, `check_update`, `check_projection`: too many operators,
                                reserved words, functions that do not exist or stand in the wrong place,
                                sections used twice
    how operands relate         `check_count`, `check_distinct`: how many there are, and that none of them
                                repeats the first
    what operands are           `TYPE_CHECKS`, `check_action`: types known before any item is read, bounds

A type is known beforehand when the operand is a value, or the call of a function that always answers the
same type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias

from dynalite.expressions.complaint import Complaint
from dynalite.expressions.parser import COMPARATORS, TOO_MANY_OPERATORS
from dynalite.expressions.reserved import RESERVED_WORDS
from dynalite.expressions.tree import (
    HIGHEST_INDEX,
    LOGICAL,
    Action,
    Literal,
    Node,
    Operation,
    Path,
    Placeholder,
    ProjectionTree,
    UpdateTree,
    path_text,
)
from dynalite.limits import EXPRESSION_OPERATORS, IN_OPERANDS, NESTING_LEVELS
from dynalite.values import compare
from dynalite.values.types import SET_TYPES, AttributeValue

Values: TypeAlias = Mapping[str, AttributeValue]
"""The request's canonical values by placeholder."""

Place: TypeAlias = OneOf["condition", "operand", "update"]


@dataclass(frozen=True, slots=True)
class Function:
    """How many operands a function takes, where it may stand, and what type it always answers, if any."""

    operands: int
    place: Place
    answers: str | None = None


FUNCTIONS: Mapping[str, Function] = {
    "attribute_exists": Function(1, "condition"),
    "attribute_not_exists": Function(1, "condition"),
    "attribute_type": Function(2, "condition"),
    "begins_with": Function(2, "condition"),
    "contains": Function(2, "condition"),
    "size": Function(1, "operand", answers="N"),
    "if_not_exists": Function(2, "update"),
    "list_append": Function(2, "update", answers="L"),
}

_CONDITION_OPERATORS = COMPARATORS | LOGICAL | {"BETWEEN", "IN"}
_UPDATE_OPERATORS = frozenset(["+", "-"])


# ------------------------------------------------------------------ what the text alone shows


def check_condition(tree: Node) -> None:
    """Raises Complaint for what is wrong with a parsed condition whatever its names and values are."""
    _check_operator_count([tree])
    _check_in_condition(tree, "condition")


def check_update(tree: UpdateTree) -> None:
    """The same for a parsed update."""
    actions = tree.actions
    _check_operator_count([action.value for action in actions if action.value is not None])
    for action in actions:
        _check_steps(action.path)
        if action.value is not None:
            _check_in_update(action.value)
    seen = set()
    for clause in tree.clauses:
        if clause.section in seen:
            raise Complaint(f'The "{clause.section}" section can only be used once in an update expression;')
        seen.add(clause.section)


def check_projection(tree: ProjectionTree) -> None:
    """The same for a parsed projection."""
    for path in tree.paths:
        _check_steps(path)


def _check_operator_count(nodes: list[Node]) -> None:
    count = 0
    while nodes:
        node = nodes.pop()
        if isinstance(node, Operation):
            # a AND b AND c is one node with two operators
            count += len(node.operands) - 1 if node.operator in ("AND", "OR") else 1
            nodes.extend(node.operands)
    if count > EXPRESSION_OPERATORS:
        raise Complaint(TOO_MANY_OPERATORS)


def _check_in_condition(node: Node, place: Place) -> None:
    if isinstance(node, Path):
        _check_steps(node)
    elif isinstance(node, Operation):
        if node.operator not in _CONDITION_OPERATORS:
            function = _function(node)
            if function.place == "update":
                raise Complaint(
                    f"The function is not allowed in a condition expression; function: {node.operator}"
                )
            if function.place != place:
                raise Complaint(
                    "The function is not allowed to be used this way in an expression;"
                    f" function: {node.operator}"
                )
            check_count(node)
        inner: Place = "condition" if node.operator in LOGICAL else "operand"
        for operand in node.operands:
            _check_in_condition(operand, inner)


def _check_in_update(node: Node) -> None:
    if isinstance(node, Path):
        _check_steps(node)
    elif isinstance(node, Operation):
        if node.operator not in _UPDATE_OPERATORS and _function(node).place != "update":
            raise Complaint(f"The function is not allowed in an update expression; function: {node.operator}")
        for operand in node.operands:
            _check_in_update(operand)


def _function(node: Operation) -> Function:
    function = FUNCTIONS.get(node.operator)
    if function is None:
        raise Complaint(f"Invalid function name; function: {node.operator}")
    return function


def _check_steps(path: Path) -> None:
    for step in path.steps:
        if isinstance(step, int):
            if step > HIGHEST_INDEX:
                raise Complaint(f"List index is not within the allowable range; index: [{step}]")
        elif step.upper() in RESERVED_WORDS:  # an alias never is: it begins with #
            raise Complaint(f"Attribute name is a reserved keyword; reserved keyword: {step}")
    if len(path.steps) > NESTING_LEVELS:
        raise Complaint(f"The document path has too many nesting levels; nesting levels: {len(path.steps)}")


# ------------------------------------------------------------------ how operands relate


def check_count(node: Operation) -> None:
    """That a function has the number of operands it takes."""
    function = FUNCTIONS.get(node.operator)
    if function is not None and len(node.operands) != function.operands:
        raise Complaint(
            "Incorrect number of operands for operator or function;"
            f" operator or function: {node.operator}, number of operands: {len(node.operands)}"
        )


_MAY_REPEAT = LOGICAL | _UPDATE_OPERATORS | {"list_append"}


def check_distinct(node: Operation) -> None:
    """That the first operand, if it is a path, does not come again among the others."""
    first = node.operands[0]
    if isinstance(first, Path) and first in node.operands[1:] and node.operator not in _MAY_REPEAT:
        raise Complaint(
            "The first operand must be distinct from the remaining operands for this operator or function;"
            f" operator: {node.operator}, first operand: {path_text(first.steps)}"
        )


# ------------------------------------------------------------------ what operands are


_TYPES = "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}"
_TYPE_NAMES = frozenset(_TYPES[1:-1].split(","))
_ANY_TYPE = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}"
_LONG_NAMES = {
    "S": "STRING",
    "N": "NUMBER",
    "B": "BINARY",
    "BOOL": "BOOLEAN",
    "NULL": "NULL",
    "L": "LIST",
    "M": "MAP",
    "SS": "STRING_SET",
    "NS": "NUMBER_SET",
    "BS": "BINARY_SET",
}
_ACTION_TYPES: Mapping[str, frozenset[str]] = {"ADD": SET_TYPES | {"N"}, "DELETE": SET_TYPES}

TypeCheck: TypeAlias = Callable[[Operation, Values], None]


def value_of(node: Node, values: Values) -> AttributeValue | None:
    """The value that a node stands for whatever the item; None for paths and operations."""
    if isinstance(node, Placeholder):
        return values[node.name]
    return node.value if isinstance(node, Literal) else None


def _type_of(node: Node, values: Values) -> str | None:
    """The type that an operand has whatever the item, or None."""
    value = value_of(node, values)
    if value is not None:
        return next(iter(value))
    if isinstance(node, Operation) and (function := FUNCTIONS.get(node.operator)):
        return function.answers
    return None


def _wrong_type(operator: str, type: str) -> Complaint:
    return Complaint(
        "Incorrect operand type for operator or function;"
        f" operator or function: {operator}, operand type: {type}"
    )


def _each_of(*types: str) -> TypeCheck:
    """Every operand whose type is known has one of these types."""

    def check(node: Operation, values: Values) -> None:
        for operand in node.operands:
            type = _type_of(operand, values)
            if type is not None and type not in types:
                raise _wrong_type(node.operator, type)

    return check


def _path_first(node: Operation, values: Values) -> None:
    if not isinstance(node.operands[0], Path):
        raise Complaint(
            f"Operator or function requires a document path; operator or function: {node.operator}"
        )


def _attribute_type(node: Operation, values: Values) -> None:
    _path_first(node, values)
    value = value_of(node.operands[1], values)
    if value is None or "S" not in value:
        raise _wrong_type(node.operator, _type_of(node.operands[1], values) or _ANY_TYPE)
    if value["S"] not in _TYPE_NAMES:
        raise Complaint(f"Invalid attribute type name found; type: {value['S']}, valid types: {_TYPES}")


_orderable = _each_of("S", "N", "B")


def _between(node: Operation, values: Values) -> None:
    _orderable(node, values)
    low, high = (value_of(bound, values) for bound in node.operands[1:])
    if low is None or high is None:
        return
    bounds = f"lower bound operand: {_bound_text(low)}, upper bound operand: {_bound_text(high)}"
    order = compare.order(low, high)
    if order is None:
        raise Complaint(f"The BETWEEN operator requires same data type for lower and upper bounds; {bounds}")
    if order > 0:
        raise Complaint(
            f"The BETWEEN operator requires upper bound to be greater than or equal to lower bound; {bounds}"
        )


def _bound_text(value: AttributeValue) -> str:
    ((type, content),) = value.items()
    return f"AttributeValue: {{{type}:{content}}}"


def _in(node: Operation, values: Values) -> None:
    choices = len(node.operands) - 1
    if choices > IN_OPERANDS:
        raise Complaint(f"The IN operator is provided with too many operands; number of operands: {choices}")


TYPE_CHECKS: Mapping[str, TypeCheck] = {
    "<": _orderable,
    "<=": _orderable,
    ">": _orderable,
    ">=": _orderable,
    "BETWEEN": _between,
    "IN": _in,
    "attribute_exists": _path_first,
    "attribute_not_exists": _path_first,
    "attribute_type": _attribute_type,
    "begins_with": _each_of("S", "B"),
    "size": _each_of("S", "B", "SS", "NS", "BS", "L", "M"),
    "if_not_exists": _path_first,
    "list_append": _each_of("L"),
    "+": _each_of("N"),
    "-": _each_of("N"),
}


def check_action(action: Action, values: Values) -> None:
    """That ADD and DELETE are given what they can add or delete."""
    allowed = _ACTION_TYPES.get(action.section)
    if allowed is None or action.value is None:
        return
    type = _type_of(action.value, values)
    if type is not None and type not in allowed:
        classic = (
            "Incorrect operand type for operator or function;"
            f" operator: {action.section}, operand type: {_LONG_NAMES[type]}"
        )
        raise Complaint(f"{classic}, typeSet: ALLOWED_FOR_{action.section}_OPERAND", classic)
