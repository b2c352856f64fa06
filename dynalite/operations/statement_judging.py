"""A PartiQL statement as far as it can be judged without running it.

The three operations that take statements share this, and the service's order of complaints: parameters,
the text's syntax, an index that PartiQL cannot read, what is objectionable about the statement's
meaning, the types of operands. Whether the table exists comes after all of it.
"""

from dataclasses import dataclass

from dynalite.catalog.schema import Index
from dynalite.errors import ValidationException
from dynalite.expressions.tree import Node
from dynalite.expressions.update import Update as UpdateProgram
from dynalite.operations.context import Context
from dynalite.partiql import meaning
from dynalite.partiql import parameters as given
from dynalite.partiql.parser import parse
from dynalite.partiql.statement import Command, Exists, Insert, Select, Update
from dynalite.values.types import AttributeValue, Item

EXISTS_ELSEWHERE = "EXISTS can only be used in ExecuteTransaction write requests."
_SEVERAL_KEYS = (
    "PartiQL statements cannot be executed on tables"
    " with multi-attribute HASH keys or multi-attribute RANGE keys."
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement with its parameters filled in: `where` of all but INSERT, `update` of UPDATE, `item` of
    INSERT.
    """

    command: Command
    where: Node | None
    update: UpdateProgram | None = None
    item: Item | None = None

    @property
    def reads(self) -> bool:
        return isinstance(self.command, Select)


def judge(context: Context, text: str, parameters: list[AttributeValue]) -> Judged:
    """Judge a statement. Raises ValidationException."""
    statement = parse(text)
    command = statement.command
    if isinstance(command, Select):
        _refuse_several_keys(context, command)
    given.check_count(statement.parameters, parameters)
    if statement.objection is not None:
        raise ValidationException(statement.objection)
    if isinstance(command, Insert):
        return Judged(command, None, item=meaning.item(command.attributes, parameters))
    update = meaning.update(command.actions, parameters) if isinstance(command, Update) else None
    clause = command.select.where if isinstance(command, Exists) else command.where
    where = None if clause is None else meaning.where(clause, parameters)
    return Judged(command, where, update)


def _refuse_several_keys(context: Context, select: Select) -> None:
    table = None if select.index is None else context.catalog.find(context.region, select.table)
    index: Index | None = None if table is None or select.index is None else table.index(select.index)
    if index is not None and (len(index.keys.partition) > 1 or len(index.keys.sort) > 1):
        raise ValidationException(_SEVERAL_KEYS)
