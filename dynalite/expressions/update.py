"""Updates at work: from an item to the item after the update.

Every right-hand side reads the item as it was, and every index means the list as it was. So an update
runs in two steps: first each action computes what it will put at its path (a value, or nothing: then what
is there is removed), then all of that is put in place in one walk. The paths of an update never contain
one another, hence they form a tree; along it, and only along it, maps and lists are copied. The item that
came in is never changed.

In a list, values are set at their indices first; those beyond the end are appended in the order of their
indices, without gaps; then what is removed leaves, and the rest closes up.

An update that came from AttributeUpdates is `legacy`: it complains of wrong types in the older words, its
ADD takes a list, and when all it does is delete it does not bring a missing item into being.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias

from dynalite.errors import ValidationException
from dynalite.expressions import condition, projection
from dynalite.expressions.projection import Projection
from dynalite.expressions.rules import Values, value_of
from dynalite.expressions.tree import Action, Literal, Node, Operation, Placeholder, UpdateTree
from dynalite.values import number
from dynalite.values.attribute import canonical_value
from dynalite.values.types import AttributeValue, Item

MISSING_OPERAND = "The provided expression refers to an attribute that does not exist in the item"
INVALID_PATH = "The document path provided in the update expression is invalid for update"
WRONG_OPERAND = "An operand in the update expression has an incorrect data type"
TYPE_MISMATCH = "Type mismatch for attribute to update"


Image: TypeAlias = OneOf["UPDATED_OLD", "UPDATED_NEW"]
Compute: TypeAlias = Callable[[Item, Values], AttributeValue | None]
"""From the item before the update to what will stand at the action's path; None: nothing will."""

Value: TypeAlias = Callable[[Item, Values], AttributeValue]

Outcomes: TypeAlias = list[AttributeValue | None]
Targets: TypeAlias = dict[str | int, "Targets | int"]
"""From a step to the steps behind it, or to the number of the action whose path ends there."""


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled update without its values.

    `cost_bytes` is what the service adds to an item's size for the actions themselves when it judges
    whether the updated item is too large. `assigned` are the attributes that get a value of the request's
    own, with that. `creates` is False if the update leaves a missing item missing.
    """

    tree: UpdateTree
    computations: tuple[Compute, ...]
    targets: Targets
    touched: Projection
    assigned: tuple[tuple[str, Node], ...]
    cost_bytes: int
    creates: bool = True


@dataclass(frozen=True, slots=True)
class Update:
    """An update with the values it speaks of."""

    program: Program
    values: Values


@dataclass(frozen=True, slots=True)
class Updated:
    """The item after an update. It may be nested too deep: `attribute.check_nesting` tells."""

    item: Item
    update: Update


def apply(update: Update, item: Item) -> Updated:
    """Run an update on an item, or on the key attributes where there is no item yet.

    Raises ValidationException for what only the item shows: a missing operand, a wrong type, a path
    without parent.
    """
    program = update.program
    values = update.values
    outcomes = [compute(item, values) for compute in program.computations]
    return Updated(_put_members(item, program.targets, outcomes), update)


def returned(updated: Updated, before: Item, after: Item, image: Image) -> Item | None:
    """What UPDATED_OLD or UPDATED_NEW shows: the paths that the update named, as they were or as they are."""
    touched = updated.update.program.touched
    return projection.project(touched, before if image == "UPDATED_OLD" else after) or None


def top_level_names(update: Update) -> frozenset[str]:
    """The attributes that the update changes, whole or in part."""
    return update.program.touched.names


def assigned(update: Update) -> Item:
    """The attributes that the update sets to what the request says, whatever the item has."""
    found = {}
    for name, node in update.program.assigned:
        value = value_of(node, update.values)
        assert value is not None  # it is a value
        found[name] = value
    return found


def of(tree: UpdateTree, *, legacy: bool = False) -> Update:
    """An update from a tree that holds its values itself and whose paths are apart."""
    return Update(compile_update(tree, legacy=legacy), {})


def compile_update(tree: UpdateTree, *, legacy: bool = False) -> Program:
    """A program from a bound tree whose paths were found to be apart."""
    actions = tree.actions
    return Program(
        tree,
        tuple([_computation(action, legacy) for action in actions]),
        _targets(actions),
        projection.of(tuple([action.path for action in actions])),
        tuple([assigned for assigned in map(_assigned, actions) if assigned is not None]),
        sum(map(_cost_bytes, actions)) + 3,
        not legacy or any(action.section in ("SET", "ADD") for action in actions),
    )


def _assigned(action: Action) -> tuple[str, Node] | None:
    name, *inner = action.path.steps
    if action.section == "SET" and not inner and isinstance(action.value, Literal | Placeholder):
        return str(name), action.value
    return None


def _targets(actions: tuple[Action, ...]) -> Targets:
    """The actions' paths as a tree. At every level, indices ascend."""
    targets: Targets = {}
    for position, action in enumerate(actions):
        inner = targets
        for step in action.path.steps[:-1]:
            behind = inner.setdefault(step, {})
            assert isinstance(behind, dict)  # overlapping paths were refused
            inner = behind
        inner[action.path.steps[-1]] = position
    return _in_order(targets)


def _in_order(targets: Targets) -> Targets:
    indices = sorted(step for step in targets if isinstance(step, int))
    ordered: Targets = {}
    for step in indices or targets:
        behind = targets[step]
        ordered[step] = _in_order(behind) if isinstance(behind, dict) else behind
    return ordered


def _cost_bytes(action: Action) -> int:
    """19 for writing a value, 1 more through a list index, 50 more for arithmetic; 2 for clearing."""
    if action.section in ("REMOVE", "DELETE"):
        return 2
    indexed = any(isinstance(step, int) for step in action.path.steps)
    arithmetic = isinstance(action.value, Operation) and action.value.operator in ("+", "-")
    return 19 + (1 if indexed else 0) + (50 if arithmetic else 0)


# ------------------------------------------------------------------ right-hand sides


def _computation(action: Action, legacy: bool) -> Compute:
    if action.value is None:
        return lambda item, values: None
    value = _value(action.value)
    if action.section == "SET":
        return value
    present = condition.operand(action.path)
    combine = _add if action.section == "ADD" else _delete
    mismatch = TYPE_MISMATCH if legacy else WRONG_OPERAND

    def compute(item: Item, values: Values) -> AttributeValue | None:
        return combine(present(item, values), value(item, values), mismatch)

    return compute


def _value(node: Node) -> Value:
    """The function that computes a value or complains that the item does not have what it takes."""
    if isinstance(node, Operation):
        return _VALUES[node.operator](node.operands)
    find = condition.operand(node)

    def required(item: Item, values: Values) -> AttributeValue:
        value = find(item, values)
        if value is None:
            raise ValidationException(MISSING_OPERAND)
        return value

    return required


def _arithmetic(calculate: Callable[[str, str], str]) -> Callable[[tuple[Node, ...]], Value]:
    def compiled(operands: tuple[Node, ...]) -> Value:
        left, right = (_value(operand) for operand in operands)

        def compute(item: Item, values: Values) -> AttributeValue:
            one, two = left(item, values), right(item, values)
            if "N" not in one or "N" not in two:
                raise ValidationException(WRONG_OPERAND)
            return {"N": calculate(one["N"], two["N"])}

        return compute

    return compiled


def _list_append(operands: tuple[Node, ...]) -> Value:
    first, second = (_value(operand) for operand in operands)

    def append(item: Item, values: Values) -> AttributeValue:
        one, two = first(item, values), second(item, values)
        if "L" not in one or "L" not in two:
            raise ValidationException(WRONG_OPERAND)
        return {"L": one["L"] + two["L"]}

    return append


def _if_not_exists(operands: tuple[Node, ...]) -> Value:
    present, otherwise = condition.operand(operands[0]), _value(operands[1])

    def choose(item: Item, values: Values) -> AttributeValue:
        value = present(item, values)
        return otherwise(item, values) if value is None else value

    return choose


_VALUES: Mapping[str, Callable[[tuple[Node, ...]], Value]] = {
    "+": _arithmetic(number.add),
    "-": _arithmetic(number.subtract),
    "list_append": _list_append,
    "if_not_exists": _if_not_exists,
}


# ------------------------------------------------------------------ ADD and DELETE


def _add(present: AttributeValue | None, value: AttributeValue, mismatch: str) -> AttributeValue:
    """The sum of two numbers, the union of two sets, one list after the other."""
    if present is None:
        return value
    ((type, added),) = value.items()
    content = present.get(type)
    if content is None:
        raise ValidationException(mismatch)
    if type == "N":
        return {"N": number.add(content, added)}
    if type == "L":
        return {"L": content + added}
    known = frozenset(content)
    new = [member for member in added if member not in known]
    return canonical_value({type: content + new})[0] if new else present


def _delete(present: AttributeValue | None, value: AttributeValue, mismatch: str) -> AttributeValue | None:
    """What remains of a set; nothing when no member does."""
    if present is None:
        return None
    ((type, deleted),) = value.items()
    content = present.get(type)
    if content is None:
        raise ValidationException(mismatch)
    leaving = frozenset(deleted)
    remaining = [member for member in content if member not in leaving]
    return {type: remaining} if remaining else None


# ------------------------------------------------------------------ putting outcomes in place


def _put_members(members: Item, targets: Targets, outcomes: Outcomes) -> Item:
    """A copy of an item, or of a map's members, with the outcomes at their places."""
    result = dict(members)
    for step, target in targets.items():
        name = str(step)
        if isinstance(target, dict):
            result[name] = _put_inside(members.get(name), target, outcomes)
        elif (value := outcomes[target]) is not None:
            result[name] = value
        else:
            result.pop(name, None)
    return result


def _put_inside(value: AttributeValue | None, targets: Targets, outcomes: Outcomes) -> AttributeValue:
    """A copy of a map or list with the outcomes at their places in it."""
    into_list = isinstance(next(iter(targets)), int)  # steps of both kinds conflict, and were refused
    content = None if value is None else value.get("L" if into_list else "M")
    if content is None:
        raise ValidationException(INVALID_PATH)
    if into_list:
        return {"L": _put_elements(content, targets, outcomes)}
    return {"M": _put_members(content, targets, outcomes)}


def _put_elements(
    elements: list[AttributeValue], targets: Targets, outcomes: Outcomes
) -> list[AttributeValue]:
    result = list(elements)
    leaving = []
    for step, target in targets.items():
        index = int(step)
        present = index < len(elements)
        if isinstance(target, dict):
            result[index] = _put_inside(elements[index] if present else None, target, outcomes)
        elif (value := outcomes[target]) is not None:
            result[index : index + 1] = [value]  # beyond the end, this appends
        elif present:
            leaving.append(index)
    for index in reversed(leaving):
        del result[index]
    return result
