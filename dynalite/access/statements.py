"""What a PartiQL statement asks for: an action named after its verb, on the table or index it names.

The facts are those of the operation that would do the same. A SELECT whose condition fixes no partition key
is a full table scan, and has no leading keys; `EXISTS(SELECT ...)` in a transaction reads, and is a
PartiQLSelect."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from dynalite.access.facts import (
    ATTRIBUTES,
    FULL_TABLE_SCAN,
    LEADING_KEYS,
    RETURN_VALUES,
    SELECT,
    leading,
    values,
)
from dynalite.access.patterns import Facts
from dynalite.catalog.schema import Table
from dynalite.expressions.tree import Node, paths_of
from dynalite.partiql import meaning, plan
from dynalite.partiql import parameters as given
from dynalite.partiql.keys import named_item
from dynalite.partiql.statement import Command, Delete, Exists, Insert, Select, Statement, Update
from dynalite.values.types import AttributeValue, Request

_ACTIONS: Final[Mapping[type[Command], str]] = {
    Select: "PartiQLSelect",
    Exists: "PartiQLSelect",
    Insert: "PartiQLInsert",
    Update: "PartiQLUpdate",
    Delete: "PartiQLDelete",
}


def action(command: Command) -> str:
    return _ACTIONS[type(command)]


def index_of(command: Command) -> str | None:
    """The index that is read, if one is."""
    select = command.select if isinstance(command, Exists) else command
    return select.index if isinstance(select, Select) else None


def finder(statement: Statement, request: Request, table: Table | None) -> Callable[[], Facts]:
    """How to find the facts of a statement; `request` holds its parameters."""

    def find() -> Facts:
        parameters = given.of(request)
        given.check_count(statement.parameters, parameters)
        command = statement.command
        if isinstance(command, Exists):
            return _selected(command.select, parameters, table)
        if isinstance(command, Select):
            return _selected(command, parameters, table)
        if isinstance(command, Insert):
            item = meaning.item(command.attributes, parameters)
            keys = {} if table is None else {LEADING_KEYS: leading(table.keys, [item])}
            return {**keys, ATTRIBUTES: tuple(sorted(item))}
        return _changed(command, parameters, table)

    return find


def _selected(select: Select, parameters: list[AttributeValue], table: Table | None) -> Facts:
    where = None if select.where is None else meaning.where(select.where, parameters)
    columns = [] if select.columns is None else [str(column.path[0]) for column in select.columns]
    everything = "ALL_ATTRIBUTES" if select.index is None else "ALL_PROJECTED_ATTRIBUTES"
    facts: dict[str, tuple[str, ...]] = {
        ATTRIBUTES: tuple(sorted({*columns, *_names(where), *(term.name for term in select.order)})),
        SELECT: (everything if select.columns is None else "SPECIFIC_ATTRIBUTES",),
    }
    index = None if table is None or select.index is None else table.index(select.index)
    schema = index.keys if index is not None else None if table is None else table.keys
    if schema is not None:
        walked = plan.partitions(schema, where)
        facts[FULL_TABLE_SCAN] = ("true" if walked is None else "false",)
        if walked is not None:
            facts[LEADING_KEYS] = values(walked)
    return facts


def _changed(command: Update | Delete, parameters: list[AttributeValue], table: Table | None) -> Facts:
    where = None if command.where is None else meaning.where(command.where, parameters)
    names = set(_names(where))
    if isinstance(command, Update):
        for one in command.actions:
            names.update(_names(one.path))
            names.update(_names(one.value))
    returning = "NONE" if command.returning is None else "_".join(command.returning)
    facts = {ATTRIBUTES: tuple(sorted(names)), RETURN_VALUES: (returning.replace("MODIFIED", "UPDATED"),)}
    if table is None:
        return facts
    return {**facts, LEADING_KEYS: leading(table.keys, [named_item(where, table.keys).key])}


def _names(node: Node | None) -> Iterable[str]:
    return [] if node is None else [str(steps[0]) for steps in paths_of(node)]
