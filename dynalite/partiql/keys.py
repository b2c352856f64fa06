"""What a WHERE clause says about the key: conditions on key attributes, and the one item that they name.

Everything here takes trees that `meaning` has made.
"""

from dataclasses import dataclass

from dynalite.catalog.schema import KeySchema
from dynalite.expressions.tree import MIRRORED, Literal, Node, Operation, Path
from dynalite.values.types import AttributeValue, Item

_PATH_FIRST = frozenset(["BETWEEN", "IN", "begins_with"])


@dataclass(frozen=True, slots=True)
class KeyTest:
    """One condition on one key attribute, with its values."""

    name: str
    operator: str
    values: tuple[AttributeValue, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """The key attributes that a condition fixes with `=`, each once, and the conditions that remain."""

    key: Item
    rest: tuple[Node, ...]


def key_test(node: Node, schema: KeySchema) -> KeyTest | None:
    """The condition on a key attribute that a node is, with the attribute on whichever side; None if it is
    none.
    """
    if not isinstance(node, Operation):
        return None
    operator, operands = node.operator, node.operands
    if operator in MIRRORED and isinstance(operands[1], Path):
        operator, operands = MIRRORED[operator], (operands[1], operands[0])
    elif operator not in MIRRORED and operator not in _PATH_FIRST:
        return None
    path, *others = operands
    if not isinstance(path, Path) or len(path.steps) != 1 or path.steps[0] not in schema.names:
        return None
    values = tuple([other.value for other in others if isinstance(other, Literal)])
    return KeyTest(str(path.steps[0]), operator, values) if len(values) == len(others) else None


def conjuncts(tree: Node | None) -> list[Node]:
    """The conditions that must all hold, taken apart at every AND."""
    if tree is None:
        return []
    if not isinstance(tree, Operation) or tree.operator != "AND":
        return [tree]
    found = []
    for operand in tree.operands:
        found.extend(conjuncts(operand))
    return found


def joined(nodes: tuple[Node, ...]) -> Node | None:
    """The condition that all these hold; None for no condition at all."""
    if len(nodes) > 1:
        return Operation("AND", nodes)
    return nodes[0] if nodes else None


def named_item(tree: Node | None, schema: KeySchema, *, by_in: bool = False) -> Named:
    """The key that a condition names. `by_in`: an IN of one value names it, too.

    The first `=` on an attribute counts. Another one with the same value says nothing new; one with
    another value remains, and can never hold.
    """
    key: Item = {}
    rest = []
    for node in conjuncts(tree):
        test = key_test(node, schema)
        names_one = test is not None and (
            test.operator == "=" or (by_in and test.operator == "IN" and len(test.values) == 1)
        )
        if test is None or not names_one or key.setdefault(test.name, test.values[0]) != test.values[0]:
            rest.append(node)
    return Named(key, tuple(rest))
