"""What a statement says, as the parser found it.

Conditions and values are nodes of the one expression tree (`expressions.tree`), with three liberties
that `meaning` takes away again: a parameter is a `Placeholder` named by its position, a condition may be
compared with a boolean, and `<>` means what PartiQL says it means.

The service reads a whole statement before it judges any of it, so what is wrong with the meaning of a
statement is kept in `Statement.objection` (the first one found) and said when its turn comes.
"""

from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias

from dynalite.expressions.tree import Action, Node, Placeholder
from dynalite.values.types import AttributeValue

Returning: TypeAlias = tuple[OneOf["ALL", "MODIFIED"], OneOf["OLD", "NEW"]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a SELECT: the name that it has in the answer, and the document path it is read from."""

    name: str
    path: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """One term of ORDER BY."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Select:
    """`columns` None is `*`."""

    table: str
    index: str | None
    columns: tuple[Column, ...] | None
    where: Node | None
    order: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class Insert:
    """The item's attributes in the order of the text; a whole attribute may be a parameter."""

    table: str
    attributes: tuple[tuple[str, AttributeValue | Placeholder], ...]


@dataclass(frozen=True, slots=True)
class Update:
    """SET and REMOVE actions; set_add and set_delete are the ADD and DELETE of an update expression."""

    table: str
    actions: tuple[Action, ...]
    where: Node | None
    returning: Returning | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    table: str
    where: Node | None
    returning: Returning | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """A condition check: EXISTS(SELECT ...) in a transaction of writes."""

    select: Select


Write: TypeAlias = Insert | Update | Delete
Command: TypeAlias = Select | Write | Exists


@dataclass(frozen=True, slots=True)
class Statement:
    """A parsed statement, how many parameters it has, and what is objectionable about its meaning."""

    command: Command
    parameters: int
    objection: str | None = None


def table_of(command: Command) -> str:
    """The table that a command names."""
    return command.select.table if isinstance(command, Exists) else command.table
