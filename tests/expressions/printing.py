"""Two ways to print a parsed tree: with its structure showing, and as text that parses again."""

from dynalite.expressions.parser import COMPARATORS
from dynalite.expressions.tree import Literal, Node, Operation, Path, Placeholder, ProjectionTree, UpdateTree

_BINDING = {"OR": 1, "AND": 2, "NOT": 3}
_LEAF = 4
_WORDS = COMPARATORS | {"BETWEEN", "IN", "+", "-", *_BINDING}


def path_text(path: Path) -> str:
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in path.steps]
    return "".join(steps).removeprefix(".")


# ------------------------------------------------------------------ structure


def structure(tree: Node | UpdateTree | ProjectionTree) -> str:
    """`(= a :v)`: every operation in parentheses, its operator first."""
    if isinstance(tree, ProjectionTree):
        return " ".join(path_text(path) for path in tree.paths)
    if isinstance(tree, UpdateTree):
        return " ".join(
            f"({clause.section} "
            + " ".join(
                path_text(action.path)
                if action.value is None
                else f"({path_text(action.path)} {structure(action.value)})"
                for action in clause.actions
            )
            + ")"
            for clause in tree.clauses
        )
    if isinstance(tree, Path):
        return path_text(tree)
    if isinstance(tree, Placeholder):
        return tree.name
    assert not isinstance(tree, Literal)
    return f"({tree.operator} {' '.join(structure(operand) for operand in tree.operands)})"


# ------------------------------------------------------------------ text


def text(tree: Node | UpdateTree | ProjectionTree) -> str:
    """An expression that parses to this tree, with no more parentheses than it needs."""
    if isinstance(tree, ProjectionTree):
        return ", ".join(path_text(path) for path in tree.paths)
    if isinstance(tree, UpdateTree):
        return " ".join(
            f"{clause.section} "
            + ", ".join(_action(action.section, action.path, action.value) for action in clause.actions)
            for clause in tree.clauses
        )
    if isinstance(tree, Path):
        return path_text(tree)
    if isinstance(tree, Placeholder):
        return tree.name
    assert not isinstance(tree, Literal)
    return _operation(tree)


def _action(section: str, path: Path, value: Node | None) -> str:
    between = " = " if section == "SET" else " "
    return path_text(path) + ("" if value is None else between + text(value))


def _operation(node: Operation) -> str:
    operator = node.operator
    if operator in ("AND", "OR"):
        return f" {operator} ".join(_inside(part, _BINDING[operator] + 1) for part in node.operands)
    if operator == "NOT":
        return f"NOT {_inside(node.operands[0], _BINDING['NOT'])}"
    parts = [_operand(part) for part in node.operands]
    if operator == "BETWEEN":
        return f"{parts[0]} BETWEEN {parts[1]} AND {parts[2]}"
    if operator == "IN":
        return f"{parts[0]} IN ({', '.join(parts[1:])})"
    if operator in _WORDS:
        return f"{parts[0]} {operator} {parts[1]}"
    return f"{operator}({', '.join(parts)})"


def _inside(node: Node, weakest: int) -> str:
    """A condition inside another; in parentheses if it binds more weakly than its place allows."""
    assert isinstance(node, Operation)
    written = text(node)
    return written if _BINDING.get(node.operator, _LEAF) >= weakest else f"({written})"


def _operand(node: Node) -> str:
    arithmetic = isinstance(node, Operation) and node.operator in ("+", "-")
    return f"({text(node)})" if arithmetic else text(node)
