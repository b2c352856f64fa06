"""From a request to bound trees, with the service's complaints in the service's order.

    1  expressions and legacy parameters mixed; names or values without an expression that could use them
    2  the legacy parameters
    3  the maps of names and of values: empty, keys that are no placeholders, values
    4  every expression by itself: empty, too long, syntax, rules, names, values
    5  names and values that no expression used
    6  what a key condition may not say

All of it is judged from the request alone. Which members are read is a row for each kind of request: the item
operations share theirs with the blocks of a batch and the members of a transaction.

A request without any of these members costs one lookup, and one whose expressions are known (`plan`) a few.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from dynalite.errors import InvalidRequest, ValidationException
from dynalite.expressions import keycondition, legacy, plan
from dynalite.expressions.bind import Names
from dynalite.expressions.condition import Condition
from dynalite.expressions.keycondition import KeyClauses
from dynalite.expressions.plan import Keys, Plan, Planner
from dynalite.expressions.projection import Projection
from dynalite.expressions.rules import Values
from dynalite.expressions.update import Update
from dynalite.limits import NESTING_LEVELS, PLACEHOLDER_BYTES
from dynalite.values.attribute import (
    EMPTY_NAME,
    EmptyName,
    NameTooLong,
    NestedTooDeep,
    canonical_value,
    check_name,
)
from dynalite.values.types import AttributeValue, Request

T = TypeVar("T")

NAMES = "ExpressionAttributeNames"
VALUES = "ExpressionAttributeValues"


class Prepared(NamedTuple):
    """What a request's expressions say, or the legacy parameters in their place. None: nothing."""

    condition: Condition | None = None
    filter: Condition | None = None
    projection: Projection | None = None
    update: Update | None = None
    key_condition: KeyClauses | None = None


NOTHING = Prepared()


@dataclass(frozen=True, slots=True)
class Members:
    """The members that one kind of request has, in the order in which the service lists them when it
    complains. `condition` is the one that sets the condition.

    `uses_values` are the expressions in which values may occur; `every` holds all members, with the
    names, and the values if there is an expression for them.

    `in_transaction` marks the members of transactions, which are read more leniently: placeholders may stand
    without any expression, and a value may be nested deeper than an item's, which matters only where it is
    stored. `tells_whose_name` marks where an empty name in a value is told with the value's placeholder.
    """

    expressions: tuple[str, ...]
    legacy: tuple[str, ...]
    needs_keys: bool = False
    in_transaction: bool = False
    tells_whose_name: bool = False
    condition: str = "ConditionExpression"
    uses_values: tuple[str, ...] = field(init=False)
    every: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        uses_values = tuple([member for member in self.expressions if member != "ProjectionExpression"])
        names = {NAMES, VALUES} if uses_values else {NAMES}
        object.__setattr__(self, "uses_values", uses_values)
        object.__setattr__(self, "every", names.union(self.expressions, self.legacy))


_EXPECTED = ("Expected", "ConditionalOperator")

_GET = Members(("ProjectionExpression",), ("AttributesToGet",))
_WRITE = Members(("ConditionExpression",), _EXPECTED)
_UPDATE = Members(("UpdateExpression", "ConditionExpression"), ("AttributeUpdates", *_EXPECTED))
_MEMBER_GET = Members(("ProjectionExpression",), (), in_transaction=True)
_MEMBER_WRITE = Members(("ConditionExpression",), (), in_transaction=True, tells_whose_name=True)
_MEMBER_UPDATE = Members(
    ("UpdateExpression", "ConditionExpression"), (), in_transaction=True, tells_whose_name=True
)
_SCAN = Members(
    ("ProjectionExpression", "FilterExpression"),
    ("AttributesToGet", "ScanFilter", "ConditionalOperator"),
    tells_whose_name=True,
)
_QUERY = Members(
    ("ProjectionExpression", "FilterExpression", "KeyConditionExpression"),
    ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"),
    needs_keys=True,
)
_EXPORT = Members(_QUERY.expressions, ())
_SEARCH = Members(
    ("SearchConditionExpression", "ProjectionExpression"), (), condition="SearchConditionExpression"
)


def get(request: Request) -> Prepared:
    """GetItem, a block of BatchGetItem."""
    return prepare(request, _GET)


def put(request: Request) -> Prepared:
    """PutItem."""
    return prepare(request, _WRITE)


def delete(request: Request) -> Prepared:
    """DeleteItem."""
    return prepare(request, _WRITE)


def update(request: Request) -> Prepared:
    """UpdateItem."""
    return prepare(request, _UPDATE)


def member_get(request: Request) -> Prepared:
    """A Get of a transaction."""
    return prepare(request, _MEMBER_GET)


def member_write(request: Request) -> Prepared:
    """A Put, Delete or ConditionCheck of a transaction."""
    return prepare(request, _MEMBER_WRITE)


def member_update(request: Request) -> Prepared:
    """An Update of a transaction."""
    return prepare(request, _MEMBER_UPDATE)


def query(request: Request) -> Prepared:
    """Query. There is a key condition in what it returns, always."""
    return prepare(request, _QUERY)


def scan(request: Request) -> Prepared:
    """Scan, which is still refused in the words of before 2026."""
    try:
        return prepare(request, _SCAN)
    except InvalidRequest as error:
        raise InvalidRequest(error.classic) from None


def export(specification: Request) -> Prepared:
    """The FilterSpecification of an export. A key condition is optional."""
    return prepare(specification, _EXPORT)


def search(request: Request) -> Prepared:
    """SearchVectors."""
    return prepare(request, _SEARCH)


def prepare(request: Request, members: Members) -> Prepared:
    """The bound trees of a request whose shape was checked. Makes its values canonical in place.

    Raises InvalidRequest; ValidationException for a value that has no type, or several.
    """
    if request.keys().isdisjoint(members.every) and not members.needs_keys:
        return NOTHING
    present = [member for member in members.expressions if member in request]
    old = not request.keys().isdisjoint(members.legacy)
    if old and present:
        _check_not_mixed(request, members, present)
    if not members.in_transaction:
        _check_names_and_values_belong(request, members, present)
    prepared = _from_legacy(request, members) if old else NOTHING
    if members.needs_keys and prepared.key_condition is None and "KeyConditionExpression" not in present:
        raise InvalidRequest(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    return _from_expressions(request, members, present, prepared) if present else prepared


# ------------------------------------------------------------------ styles


def _check_not_mixed(request: Request, members: Members, present: Sequence[str]) -> None:
    old = [member for member in members.legacy if member in request]
    if "KeyConditions" in old and "KeyConditionExpression" not in present:
        old.remove("KeyConditions")  # they may stand beside the other expressions of a Query
    if old:
        raise InvalidRequest(
            "Can not use both expression and non-expression parameters in the same request:"
            f" Non-expression parameters: {{{', '.join(old)}}}"
            f" Expression parameters: {{{', '.join(present)}}}"
        )


def _check_names_and_values_belong(request: Request, members: Members, present: Sequence[str]) -> None:
    """Names belong to expressions, and values to expressions in which values may occur."""
    if not present and NAMES in request:
        raise InvalidRequest(f"{NAMES} can only be specified when using expressions")
    users = members.uses_values
    if VALUES in request and users and request.keys().isdisjoint(users):
        said = f"{VALUES} can only be specified when using expressions"
        absent = f"{' and '.join(users)} {'are' if len(users) > 1 else 'is'} null"
        raise InvalidRequest(said, classic=f"{said}: {absent}")


def _from_legacy(request: Request, members: Members) -> Prepared:
    """What the legacy parameters say."""
    present = [member for member in members.legacy if member in request]
    if any("" in request[member] for member in present if member != "ConditionalOperator"):
        raise EmptyName(EMPTY_NAME)
    changes = legacy.attribute_updates(request) if "AttributeUpdates" in present else None
    conditions_in = next((member for member in _LEGACY_CONDITIONS if member in present), None)
    translated = None if conditions_in is None else legacy.condition(request, conditions_in)
    legacy.check_conditional_operator(request, conditions_in)
    return Prepared(
        condition=translated if conditions_in == "Expected" else None,
        filter=None if conditions_in == "Expected" else translated,
        projection=legacy.attributes_to_get(request) if "AttributesToGet" in present else None,
        update=changes,
        key_condition=legacy.key_clauses(request) if "KeyConditions" in present else None,
    )


_LEGACY_CONDITIONS = ("Expected", "QueryFilter", "ScanFilter")


# ------------------------------------------------------------------ expressions


def _from_expressions(
    request: Request, members: Members, present: Sequence[str], prepared: Prepared
) -> Prepared:
    """The expressions of a request, beside what the legacy parameters said."""
    names: Names = request.get(NAMES, {})
    values: dict[str, AttributeValue] = request.get(VALUES, {}) if members.uses_values else {}
    if NAMES in request:
        _check_names(names)
    if VALUES in request and members.uses_values:
        _canonicalise(values, members)
    used: list[Plan[Any]] = []

    def planned(planner: Planner[T], member: str) -> T | None:
        if member not in present:
            return None
        made = planner.plan(member, request[member], names, values)
        used.append(made)
        return made.compiled

    program = planned(plan.UPDATES, "UpdateExpression")
    rule = planned(plan.CONDITIONS, members.condition)
    keys = planned(plan.KEY_CONDITIONS, "KeyConditionExpression")
    filter_rule = planned(plan.CONDITIONS, "FilterExpression")
    chosen = planned(plan.PROJECTIONS, "ProjectionExpression")
    if names:
        _check_used(NAMES, names, [made.aliases for made in used])
    if values:
        _check_used(VALUES, values, [made.placeholders for made in used])
    return Prepared(
        None if rule is None else Condition(rule, values),
        None if filter_rule is None else Condition(filter_rule, values),
        chosen,
        None if program is None else Update(program, values),
        prepared.key_condition if keys is None else _clauses(keys, values),
    )


def _clauses(keys: Keys, values: Values) -> KeyClauses:
    return KeyClauses(keycondition.clauses(keys.tree) if keys.clauses is None else keys.clauses, values)


_IS_ALIAS = re.compile("#[A-Za-z0-9_]+").fullmatch
_IS_PLACEHOLDER = re.compile(":[A-Za-z0-9_]+").fullmatch


def _check_names(names: Names) -> None:
    if not names:
        raise InvalidRequest(f"{NAMES} must not be empty")
    for alias, name in names.items():
        if not _IS_ALIAS(alias) or len(alias) > PLACEHOLDER_BYTES:
            raise _invalid_key(NAMES, alias)
        if not name:
            raise InvalidRequest(f"{NAMES} contains invalid value: {EMPTY_NAME} for key {alias}")
        check_name(name)


_SAID_ALIKE = (NestedTooDeep, NameTooLong, EmptyName)
"""What is said of a placeholder's value in the same words as of an item."""
_LEVELS_IN_TRANSACTION = 150
"""Somewhere the walk over a value has to end. It is far beyond what any item can hold."""


def _canonicalise(values: dict[str, AttributeValue], members: Members) -> None:
    """Check the placeholders, then make their values canonical in place."""
    levels = _LEVELS_IN_TRANSACTION if members.in_transaction else NESTING_LEVELS
    said_alike = (NestedTooDeep, NameTooLong) if members.tells_whose_name else _SAID_ALIKE
    if not values:
        raise InvalidRequest(f"{VALUES} must not be empty")
    for placeholder in values:
        if not _IS_PLACEHOLDER(placeholder) or len(placeholder) > PLACEHOLDER_BYTES:
            raise _invalid_key(VALUES, placeholder)
    for placeholder, raw in values.items():
        try:
            canonical_value(raw, levels)
        except said_alike:
            raise
        except ValidationException as error:
            said = f"{VALUES} contains invalid value: {{}} for key {placeholder}"
            raise type(error)(said.format(error.message), classic=said.format(error.classic)) from None


def _invalid_key(member: str, key: str) -> InvalidRequest:
    if len(key) > PLACEHOLDER_BYTES:
        what = f"The expression attribute map contains a key that is too long; size of key: {len(key)}"
    else:
        what = f'Syntax error; key: "{key}"'
    return InvalidRequest(f"{member} contains invalid key: {what}")


def _check_used(member: str, given: Mapping[str, object], used: Sequence[frozenset[str]]) -> None:
    known = used[0] if len(used) == 1 else frozenset[str]().union(*used)
    if not given.keys() <= known:
        unused = ", ".join([key for key in given if key not in known])
        raise InvalidRequest(f"Value provided in {member} unused in expressions: keys: {{{unused}}}")
