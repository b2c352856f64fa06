"""Statements printed with their structure showing: every command and operation in parentheses, its name
first.
"""

import json

from dynalite.expressions.tree import Action, Literal, Node, Path, Placeholder
from dynalite.partiql.statement import Column, Command, Delete, Exists, Insert, Order, Select, Statement
from tests.expressions.printing import path_text


def structure(statement: Statement) -> str:
    """The command, or an exclamation mark and the objection to it."""
    return command(statement.command) if statement.objection is None else f"! {statement.objection}"


def command(tree: Command) -> str:
    if isinstance(tree, Exists):
        return f"(exists {command(tree.select)})"
    if isinstance(tree, Insert):
        members = " ".join(f"{name}:{value_text(value)}" for name, value in tree.attributes)
        return f"(insert {tree.table} {members})"
    parts = [*_head(tree), *([] if tree.where is None else [f"where {node(tree.where)}"])]
    if isinstance(tree, Select):
        parts += [_order(term) for term in tree.order]
    elif tree.returning is not None:
        parts.append("returning " + " ".join(tree.returning))
    return f"({' '.join(parts)})"


def _head(tree: Command) -> list[str]:
    if isinstance(tree, Select):
        columns = ["*"] if tree.columns is None else [_column(column) for column in tree.columns]
        return ["select", tree.table if tree.index is None else f"{tree.table}/{tree.index}", *columns]
    if isinstance(tree, Delete):
        return ["delete", tree.table]
    assert not isinstance(tree, Exists | Insert)
    return ["update", tree.table, *[_action(action) for action in tree.actions]]


def _column(column: Column) -> str:
    path = path_text(Path(column.path))
    return path if path == column.name else f"{column.name}={path}"


def _order(term: Order) -> str:
    return f"{'descending' if term.descending else 'ascending'} {term.name}"


def _action(action: Action) -> str:
    value = "" if action.value is None else " " + node(action.value)
    return f"({action.section} {path_text(action.path)}{value})"


def node(tree: Node) -> str:
    if isinstance(tree, Path):
        return path_text(tree)
    if isinstance(tree, Placeholder | Literal):
        return value_text(tree.value if isinstance(tree, Literal) else tree)
    return f"({' '.join([tree.operator, *map(node, tree.operands)])})"


def value_text(value: object) -> str:
    return value.name if isinstance(value, Placeholder) else json.dumps(value, separators=(",", ":"))
