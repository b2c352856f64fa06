"""The parameters from before expressions, as the same trees.

    Expected, QueryFilter, ScanFilter   a condition per attribute, joined by ConditionalOperator
    KeyConditions                       key clauses
    AttributeUpdates                    an update: PUT is SET, ADD is ADD, DELETE is DELETE or,
                                        without value, REMOVE
    AttributesToGet                     a projection

Attribute names are taken as they are: no aliases, no paths, no reserved words. What remains of the old
dialect after translation is little: EQ, NE and their like are the comparators of today, NOT_CONTAINS is
NOT contains, NULL and NOT_NULL ask whether the attribute exists. The rules on arguments and their wording
are its own, and are all judged from the request alone.

Values are made canonical here. Nothing that is translated needs binding.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dynalite.errors import INVALID_VALUES, InvalidRequest
from dynalite.expressions import condition as conditions
from dynalite.expressions import projection, update
from dynalite.expressions.condition import Condition
from dynalite.expressions.keycondition import Clause, KeyClauses
from dynalite.expressions.projection import Projection
from dynalite.expressions.tree import (
    Action,
    Literal,
    Node,
    Operation,
    Path,
    Section,
    UpdateTree,
)
from dynalite.expressions.tree import Clause as UpdateClause
from dynalite.expressions.update import Update
from dynalite.values import compare
from dynalite.values.attribute import canonical_value
from dynalite.values.types import SET_TYPES, AttributeValue, Request

_ANY_TYPE = frozenset(["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"])
_ORDERED = frozenset(["S", "N", "B"])
_SOUGHT = _ORDERED | {"BOOL", "NULL"}
_PREFIXES = frozenset(["S", "B"])
_NO_TYPE: frozenset[str] = frozenset()

_MANY = 1 << 30


@dataclass(frozen=True, slots=True)
class ComparisonOperator:
    """One value of ComparisonOperator: the tree's operator, how many arguments, and of which types."""

    operator: str
    least: int = 1
    most: int = 1
    types: frozenset[str] = _ANY_TYPE
    negated: bool = False


COMPARISON_OPERATORS: Mapping[str, ComparisonOperator] = {
    "EQ": ComparisonOperator("="),
    "NE": ComparisonOperator("<>"),
    "LT": ComparisonOperator("<", types=_ORDERED),
    "LE": ComparisonOperator("<=", types=_ORDERED),
    "GT": ComparisonOperator(">", types=_ORDERED),
    "GE": ComparisonOperator(">=", types=_ORDERED),
    "BETWEEN": ComparisonOperator("BETWEEN", 2, 2, _ORDERED),
    "IN": ComparisonOperator("IN", 1, _MANY, _ORDERED),
    "BEGINS_WITH": ComparisonOperator("begins_with", types=_PREFIXES),
    "CONTAINS": ComparisonOperator("contains", types=_SOUGHT),
    "NOT_CONTAINS": ComparisonOperator("contains", types=_SOUGHT, negated=True),
    "NULL": ComparisonOperator("attribute_not_exists", 0, 0, _NO_TYPE),
    "NOT_NULL": ComparisonOperator("attribute_exists", 0, 0, _NO_TYPE),
}


def _invalid(complaint: str) -> InvalidRequest:
    return InvalidRequest(INVALID_VALUES + complaint)


# ------------------------------------------------------------------ conditions


def condition(request: Request, member: str) -> Condition | None:
    """What Expected, QueryFilter or ScanFilter means; None when it names no attribute."""
    read = _expectation if member == "Expected" else _compared
    nodes = [read(name, given) for name, given in request[member].items()]
    if not nodes:
        return None
    if len(nodes) == 1:
        return conditions.of(nodes[0], legacy=True)
    return conditions.of(Operation(request.get("ConditionalOperator", "AND"), tuple(nodes)), legacy=True)


def key_clauses(request: Request) -> KeyClauses:
    """What KeyConditions demand. Raises InvalidRequest."""
    found = []
    for name, given in request["KeyConditions"].items():
        word, arguments = _arguments(given)
        meaning = COMPARISON_OPERATORS[word]
        # NOT_CONTAINS keeps its own name: no key condition may be anything like it
        operator = word if meaning.negated else meaning.operator
        found.append(Clause(name, operator, tuple([Literal(value) for value in arguments])))
    return KeyClauses(tuple(found), {})


def check_conditional_operator(request: Request, member: str | None) -> None:
    """ConditionalOperator must have two conditions to join; `member` is where they are, if anywhere."""
    if "ConditionalOperator" not in request:
        return
    conditions = 0 if member is None else len(request[member])
    if conditions == 0:
        raise InvalidRequest("ConditionalOperator cannot be used without Filter or Expected")
    if conditions == 1:
        raise InvalidRequest(
            "ConditionalOperator can only be used when Filter or Expected has two or more elements"
        )


def _expectation(name: str, given: Request) -> Node:
    """One member of Expected: a comparison, or the older pair of Exists and Value."""
    if "Value" in given and "AttributeValueList" in given:
        raise _invalid(f"Value and AttributeValueList cannot be used together for Attribute: {name}")
    if "ComparisonOperator" in given:
        word = given["ComparisonOperator"]
        if "Exists" in given:
            raise _invalid(f"Exists and ComparisonOperator cannot be used together for Attribute: {name}")
        if "Value" in given:
            given = {"ComparisonOperator": word, "AttributeValueList": [given["Value"]]}
        elif "AttributeValueList" not in given and COMPARISON_OPERATORS[word].least:
            raise _invalid(
                "Value or AttributeValueList must be used with"
                f" ComparisonOperator: {word} for Attribute: {name}"
            )
        return _compared(name, given)
    if "AttributeValueList" in given:
        raise _invalid(f"AttributeValueList can only be used with a ComparisonOperator for Attribute: {name}")
    exists = given.get("Exists")
    if exists is False:
        if "Value" in given:
            raise _invalid(f"Value cannot be used when Exists is false for Attribute: {name}")
        return Operation("attribute_not_exists", (Path((name,)),))
    if "Value" not in given:
        written = "null" if exists is None else "true"
        raise _invalid(f"Value must be provided when Exists is {written} for Attribute: {name}")
    return Operation("=", (Path((name,)), Literal(canonical_value(given["Value"])[0])))


def _compared(name: str, given: Request) -> Node:
    """A member of a filter, or of Expected with a ComparisonOperator."""
    word, arguments = _arguments(given)
    meaning = COMPARISON_OPERATORS[word]
    node = Operation(meaning.operator, (Path((name,)), *[Literal(value) for value in arguments]))
    return Operation("NOT", (node,)) if meaning.negated else node


def _arguments(given: Request) -> tuple[str, list[AttributeValue]]:
    """The operator's name and its canonical arguments: as many as it takes, of one type, which it knows."""
    word: str = given["ComparisonOperator"]
    meaning = COMPARISON_OPERATORS[word]
    arguments = [canonical_value(raw)[0] for raw in given.get("AttributeValueList", ())]
    if not meaning.least <= len(arguments) <= meaning.most:
        raise _invalid(f"Invalid number of argument(s) for the {word} ComparisonOperator")
    types = [next(iter(value)) for value in arguments]
    if len(set(types)) > 1:
        raise _invalid("AttributeValues inside AttributeValueList must be of same type")
    for type in types:
        if type not in meaning.types:
            raise _invalid(f"ComparisonOperator {word} is not valid for {type} AttributeValue type")
    if word == "BETWEEN" and compare.order(arguments[0], arguments[1]) == 1:
        raise InvalidRequest(
            "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound"
        )
    return word, arguments


# ------------------------------------------------------------------ updates and projections


def attribute_updates(request: Request) -> Update | None:
    """The update that AttributeUpdates mean; None when they name no attribute. Raises InvalidRequest."""
    actions = [_action(name, given) for name, given in request["AttributeUpdates"].items()]
    if not actions:
        return None
    clauses = tuple([UpdateClause(action.section, (action,)) for action in actions])
    return update.of(UpdateTree(clauses), legacy=True)


def _action(name: str, given: Request) -> Action:
    word = given.get("Action", "PUT")
    path = Path((name,))
    if "Value" not in given:
        if word != "DELETE":
            raise _invalid("Only DELETE action is allowed when no attribute value is specified")
        return Action("REMOVE", path)
    value = canonical_value(given["Value"])[0]
    (type,) = value
    if word == "DELETE" and type not in SET_TYPES:
        raise _invalid(f"DELETE action with value is not supported for the type {type}")
    if word == "ADD" and type not in SET_TYPES | {"N", "L"}:
        raise _invalid(f"ADD action is not supported for the type {type}")
    return Action(_SECTIONS[word], path, Literal(value))


_SECTIONS: Mapping[str, Section] = {"PUT": "SET", "ADD": "ADD", "DELETE": "DELETE"}


def attributes_to_get(request: Request) -> Projection:
    """The projection that AttributesToGet means. Raises InvalidRequest for a name that comes twice."""
    names = request["AttributesToGet"]
    seen = set()
    for name in names:
        if name in seen:
            raise _invalid(f"Duplicate value in attribute name: {name}")
        seen.add(name)
    return projection.of(tuple([Path((name,)) for name in names]))
