"""Plans: what an expression's text and the names beside it come to, whatever the values are.

Clients send the same few expressions over and over, with other values each time. So everything that does
not depend on the values is done once and remembered: parsing, the rules, binding of names, compilation.
What is left to do for other values are the plan's `checks`; whatever they or a missing value find is
complained of as if nothing had been remembered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from dynalite.errors import InvalidRequest
from dynalite.expressions import condition as conditions
from dynalite.expressions import keycondition, rules
from dynalite.expressions import projection as projections
from dynalite.expressions import update as updates
from dynalite.expressions.bind import Bound, Check, Names, bind_condition, bind_projection, bind_update
from dynalite.expressions.cache import Cache
from dynalite.expressions.complaint import Complaint
from dynalite.expressions.keycondition import Clause
from dynalite.expressions.parser import parse_condition, parse_projection, parse_update
from dynalite.expressions.projection import Projection
from dynalite.expressions.rules import Values
from dynalite.expressions.tree import Node
from dynalite.limits import EXPRESSION_BYTES
from dynalite.values.types import Parsed

T = TypeVar("T")

_REMEMBERED_CHARACTERS = 64 * 1024
"""How much text and names the plans of one kind may come from. A plan grows with its text, by some 140 bytes
for each character, so those of one kind take 9 MB at most.
"""


@dataclass(frozen=True, slots=True)
class Plan(Generic[T]):
    """What an expression's text and the names beside it come to, whatever the values are."""

    compiled: T
    aliases: frozenset[str]
    placeholders: frozenset[str]
    checks: tuple[Check, ...]


Expression: TypeAlias = str | Parsed[Any]
"""An expression's text, or its tree when the client has parsed it."""

_Key: TypeAlias = tuple[Expression, tuple[tuple[str, str], ...]]
_Build: TypeAlias = Callable[[Expression, Names, Values], Plan[T]]


class Planner(Generic[T]):
    """Plans by text and names; `build` makes one that is not known."""

    __slots__ = ("_build", "_plans")

    def __init__(self, build: _Build[T]) -> None:
        self._build = build
        self._plans: Cache[_Key, Plan[T]] = Cache(_REMEMBERED_CHARACTERS)

    def __len__(self) -> int:
        """How many plans are remembered."""
        return len(self._plans)

    def plan(self, member: str, expression: Expression, names: Names, values: Values) -> Plan[T]:
        """The plan of an expression that is right with these values. Raises InvalidRequest."""
        key = (expression, tuple(names.items()))
        plan = self._plans.get(key)
        try:
            if plan is None or not plan.placeholders <= values.keys():
                plan = self._make(expression, names, values)
                self._plans.put(key, plan, _length(expression) + sum(map(len, names.values())))
            else:
                for check in plan.checks:
                    check(values)
        except Complaint as complaint:
            raise complaint.about(member) from None
        return plan

    def _make(self, expression: Expression, names: Names, values: Values) -> Plan[T]:
        if isinstance(expression, str):
            if not expression.strip(" \t\r\n"):
                raise Complaint("The expression can not be empty;")
            size_bytes = len(expression.encode(errors="surrogatepass"))
            if size_bytes > EXPRESSION_BYTES:
                said = "Expression size has exceeded the maximum allowed size;"
                raise Complaint(said, classic=f"{said} expression size: {size_bytes}")
        return self._build(expression, names, values)


def _length(expression: Expression) -> int:
    return len(expression) if isinstance(expression, str) else expression.size_bytes


def _tree(expression: str | Parsed[T], parse: Callable[[str], T]) -> T:
    return parse(expression) if isinstance(expression, str) else expression.tree


def _plan(bound: Bound[Node], compiled: T) -> Plan[T]:
    return Plan(compiled, bound.aliases, bound.placeholders, bound.checks)


def _bound_condition(expression: Expression, names: Names, values: Values) -> Bound[Node]:
    tree = _tree(expression, parse_condition)
    rules.check_condition(tree)
    return bind_condition(tree, names, values)


def _condition(expression: Expression, names: Names, values: Values) -> Plan[conditions.Rule]:
    bound = _bound_condition(expression, names, values)
    return _plan(bound, conditions.compile_condition(bound.tree))


@dataclass(frozen=True, slots=True)
class Keys:
    """A key condition's tree and its clauses, None when it has none: that is complained of later."""

    tree: Node
    clauses: tuple[Clause, ...] | None


def _key_condition(expression: Expression, names: Names, values: Values) -> Plan[Keys]:
    bound = _bound_condition(expression, names, values)
    try:
        clauses = keycondition.clauses(bound.tree)
    except InvalidRequest:
        return _plan(bound, Keys(bound.tree, None))
    return _plan(bound, Keys(bound.tree, clauses))


def _update(expression: Expression, names: Names, values: Values) -> Plan[updates.Program]:
    tree = _tree(expression, parse_update)
    rules.check_update(tree)
    bound = bind_update(tree, names, values)
    return Plan(updates.compile_update(bound.tree), bound.aliases, bound.placeholders, bound.checks)


def _projection(expression: Expression, names: Names, _: Values) -> Plan[Projection]:
    tree = _tree(expression, parse_projection)
    rules.check_projection(tree)
    bound = bind_projection(tree, names)
    chosen = projections.of(bound.tree.paths, by_position=bound.tree.by_position)
    return Plan(chosen, bound.aliases, bound.placeholders, bound.checks)


UPDATES = Planner(_update)
CONDITIONS = Planner(_condition)
KEY_CONDITIONS = Planner(_key_condition)
PROJECTIONS = Planner(_projection)
