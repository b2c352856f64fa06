"""From a parsed WHERE clause to a condition of the expression language, with the parameters filled in.

Three things mean something else in PartiQL. A parameter stands for its value. `a <> x` is not true of an
item without `a`, so it asks for `a` as well. And a condition may be compared with a boolean:
`contains(a, 'x') = true`.

What operators and functions allow is judged by the rules of the expression language
(`expressions.bind`), whose complaints the service makes here without saying which expression it means.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from dynalite.errors import InvalidRequest, ValidationException
from dynalite.expressions import bind, condition
from dynalite.expressions import update as updates
from dynalite.expressions.complaint import Complaint
from dynalite.expressions.condition import Condition
from dynalite.expressions.tree import Action, Clause, Literal, Node, Operation, Path, Placeholder, UpdateTree
from dynalite.values.types import AttributeValue, Item

T = TypeVar("T")

_CONDITIONS = frozenset(
    [
        *("AND", "OR", "NOT", "=", "<>", "<", "<=", ">", ">=", "IN", "BETWEEN"),
        *("attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"),
    ]
)
_ARITHMETIC = {"+": "Plus", "-": "Minus"}
_ZERO, _ONE = Literal({"N": "0"}), Literal({"N": "1"})
_ALWAYS = Operation("=", (_ONE, _ONE))
_NEVER = Operation("=", (_ZERO, _ONE))
_NO_CONDITION = "The WHERE clause must be a condition"
_WRONG_TYPE = "Incorrect operand type for operator or function; operator or function: {}, operand type: {}"


def where(node: Node, parameters: Sequence[AttributeValue]) -> Node:
    """The tree of a WHERE clause, judged, without parameters and in the expression language's own terms."""
    filled = _fill(node, parameters)
    if not _is_condition(filled):
        raise ValidationException(_NO_CONDITION)
    _refuse_arithmetic(filled)
    return _judged(lambda: bind.bind_condition(filled, {}, {}).tree)


def _refuse_arithmetic(node: Node) -> None:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Operation):
            if current.operator in _ARITHMETIC:
                raise ValidationException(f"Unsupported operation: {_ARITHMETIC[current.operator]}")
            waiting.extend(current.operands)


def tested(tree: Node | None) -> Condition | None:
    """A judged tree, ready to be evaluated."""
    return None if tree is None else condition.of(tree)


def update(actions: Sequence[Action], parameters: Sequence[AttributeValue]) -> updates.Update:
    """The actions of an UPDATE, judged and ready to be applied."""
    filled = [
        Action(action.section, action.path, action.value and _fill(action.value, parameters))
        for action in actions
    ]
    tree = UpdateTree(tuple([Clause(action.section, (action,)) for action in filled]))
    bound = _judged(lambda: bind.bind_update(tree, {}, {}).tree)
    return updates.Update(updates.compile_update(bound), {})


def item(
    attributes: Sequence[tuple[str, AttributeValue | Placeholder]], parameters: Sequence[AttributeValue]
) -> Item:
    """The item of an INSERT."""
    return {
        name: parameters[_number(value)] if isinstance(value, Placeholder) else value
        for name, value in attributes
    }


def _judged(judge: Callable[[], T]) -> T:
    try:
        return judge()
    except Complaint as complaint:
        raise InvalidRequest(complaint.detail, classic=complaint.classic) from None


def _number(placeholder: Placeholder) -> int:
    return int(placeholder.name[1:]) - 1


def _fill(node: Node, parameters: Sequence[AttributeValue]) -> Node:
    if isinstance(node, Placeholder):
        return Literal(parameters[_number(node)])
    if not isinstance(node, Operation):
        return node
    operands = []
    for operand in node.operands:
        operands.append(_fill(operand, parameters))  # noqa: PERF401 (a comprehension is one more stack frame)
    return _meant(Operation(node.operator, tuple(operands)))


def _meant(node: Operation) -> Operation:
    """An operation whose operands mean what they say, as the expression language has it."""
    if any(map(_is_condition, node.operands)) and node.operator not in ("AND", "OR", "NOT"):
        return _compared_with_booleans(node)
    if node.operator in ("AND", "OR", "NOT") and not all(map(_is_condition, node.operands)):
        raise ValidationException(_NO_CONDITION)
    if node.operator == "<>":
        looked_at = [path for path in map(_path_in, node.operands) if path is not None]
        return Operation("AND", (*[Operation("attribute_exists", (path,)) for path in looked_at], node))
    return node


def _is_condition(node: Node | None) -> bool:
    return isinstance(node, Operation) and node.operator in _CONDITIONS


def _path_in(node: Node | None) -> Path | None:
    """The path that an operand needs: itself, or what `size` measures."""
    if isinstance(node, Operation) and node.operands:
        node = node.operands[0]
    return node if isinstance(node, Path) else None


def _compared_with_booleans(node: Operation) -> Operation:
    """A comparison one side of which is a condition: the other side must be values."""
    test, *choices = node.operands
    if node.operator == "=" and _is_condition(choices[0]):
        choices, test = [test], choices[0]
    if node.operator == "<>":
        return Operation("NOT", (_compared_with_booleans(Operation("=", node.operands)),))
    values = [choice.value for choice in choices if isinstance(choice, Literal)]
    if node.operator not in ("=", "IN") or not isinstance(test, Operation) or len(values) < len(choices):
        raise ValidationException(_WRONG_TYPE.format(node.operator, "BOOL"))
    on_true, on_false = {"BOOL": True} in values, {"BOOL": False} in values
    if on_true == on_false:
        return _ALWAYS if on_true else _NEVER
    return test if on_true else Operation("NOT", (test,))
