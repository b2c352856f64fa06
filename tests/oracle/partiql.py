"""PartiQL: the oracle's trees written as statements.

The conditions and operands are those of the expression language and write themselves through a `Writer`,
which puts names into quotes and values into the text or into Parameters. A statement says what it would do
to its table (`done`) in the terms of the single-item writes: INSERT is a put that wants nothing to be
there, UPDATE an update that wants something, DELETE a delete that is content when there is nothing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from tests.oracle import conditions as c
from tests.oracle import paths
from tests.oracle.conditions import Condition, inside
from tests.oracle.intents import Change, Check, Delete, Get, Put, Read, Request
from tests.oracle.legacy import Joined
from tests.oracle.model import Done, Table
from tests.oracle.paths import PLAIN, RESERVED_AMONG_OURS, Path, Placeholders
from tests.oracle.updates import Update
from tests.oracle.values import Item, Refused, Unsure, Value, canonical, canonical_item, split

_LITERAL_CHARACTERS = 100


class Writer(Placeholders):
    """One per statement. Values must be asked for in the order in which they stand in the text."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__(rng)
        self.parameters: list[Value] = []

    def path(self, path: Path) -> str:
        steps = [f"[{step}]" if isinstance(step, int) else f".{self.name(step)}" for step in path]
        return "".join(steps).removeprefix(".")

    def name(self, name: str) -> str:
        plain = PLAIN.fullmatch(name) and name not in RESERVED_AMONG_OURS and self.rng.random() < 0.4
        return name if plain else '"' + name.replace('"', '""') + '"'

    def value(self, value: Value) -> str:
        written = literal(value) if self.rng.random() < 0.6 else None
        if written is not None and len(written) <= _LITERAL_CHARACTERS:
            return written
        self.parameters.append(value)
        return "?"

    def exists(self, path: Path, wanted: bool) -> str:
        return f"{self.path(path)} IS {'NOT ' if wanted else ''}MISSING"

    def members(self) -> Request:
        return {"Parameters": self.parameters} if self.parameters else {}


def literal(value: Value) -> str | None:
    """The value as it stands in a text; None for one that can only be a parameter."""
    kind, content = split(value)
    if kind == "S":
        return _text(content) if content.isprintable() else None
    if kind == "N":
        return str(canonical(value)["N"])
    if kind in ("BOOL", "NULL"):
        return str(content).upper() if kind == "BOOL" else "NULL"
    if kind in ("SS", "NS"):
        return _enclosed("<<>>", [literal({kind[0]: member}) for member in content])
    if kind == "L":
        return _enclosed("[]", [literal(element) for element in content])
    if kind == "M":
        inner = [(name, literal(element)) for name, element in content.items()]
        return _enclosed("{}", [text and f"{_text(name)}: {text}" for name, text in inner])
    return None


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _enclosed(brackets: str, parts: list[str | None]) -> str | None:
    written = [part for part in parts if part is not None]
    half = len(brackets) // 2
    return None if len(written) < len(parts) else brackets[:half] + ", ".join(written) + brackets[half:]


def _in_any_order(parts: list[Callable[[], str]], rng: random.Random) -> list[str]:
    """The parts are written when their place is known: parameters are counted from the left."""
    rng.shuffle(parts)
    return [part() for part in parts]


def _where(key: Item, condition: Condition | None, writer: Writer) -> str:
    def equal(name: str, value: Value) -> Callable[[], str]:
        return lambda: f"{writer.path((name,))} = {writer.value(value)}"

    parts = [equal(name, value) for name, value in key.items()]
    if condition is not None:
        parts.append(lambda: inside(condition, 2, writer))
    return " AND ".join(_in_any_order(parts, writer.rng))


def _checked(check: Callable[[], None]) -> None:
    """A key that does not fit its table: whether a transaction is refused or cancelled is not documented."""
    try:
        check()
    except Refused as refused:
        raise Refused(*refused.codes, whole=None) from None


@dataclass(frozen=True)
class Insert:
    item: Item
    on_failure: str | None = None

    def key_in(self, table: Table) -> Item:
        return table.schema.key_of(self.item)

    def text(self, table: str, writer: Writer) -> str:
        members = [f"{_text(name)}: {writer.value(value)}" for name, value in self.item.items()]
        return f'INSERT INTO "{table}" VALUE {{{", ".join(members)}}}'

    def done(self, table: Table) -> Done:
        item = canonical_item(self.item)
        _checked(lambda: table.schema.check_put(item))

        def nothing_is_there() -> None:
            if table.stored(table.schema.key_of(item)) is not None:
                raise Refused("DuplicateItemException")

        return table.check_together(nothing_is_there, lambda: table.write(Put(item)))


@dataclass(frozen=True)
class Modify:
    """UPDATE. `returning` is as in RETURNING, without the star."""

    key: Item
    update: Update
    condition: Condition | None = None
    returning: str | None = None
    on_failure: str | None = None

    def key_in(self, table: Table) -> Item:
        return self.key

    def text(self, table: str, writer: Writer) -> str:
        actions = _in_any_order(list(self._actions(writer)), writer.rng)
        where = _where(self.key, self.condition, writer)
        return f'UPDATE "{table}" {" ".join(actions)} WHERE {where}{_returning(self.returning)}'

    def _actions(self, writer: Writer) -> list[Callable[[], str]]:
        update = self.update
        return [
            *(partial(_set, writer, path, operand) for path, operand in update.sets),
            *(partial(_call, writer, "set_add", path, value) for path, value in update.adds),
            *(partial(_call, writer, "set_delete", path, value) for path, value in update.deletes),
            *(partial(_remove, writer, path) for path in update.removes),
        ]

    def done(self, table: Table) -> Done:
        key = canonical_item(self.key)
        _checked(lambda: table.schema.check_key(key))
        if not any(path[0] in key for path in self.update.touched()):
            _checked(lambda: table.schema.check_assigned(self.update.assigned()))
        before = table.stored(key)
        if before is None and any(path[0] in key for path in self.update.touched()):
            raise Refused("ConditionalCheckFailedException", "ValidationException", whole=None)
        if before is None:
            raise Refused("ConditionalCheckFailedException")
        for path, _ in (*self.update.adds, *self.update.deletes):
            if paths.find(before, path) is None:
                raise Unsure("set_add and set_delete of what is not there")
        returns = _RETURNS[self.returning]
        return table.write(Change(key, self.update, self.condition, returns, self.on_failure))


def _set(writer: Writer, path: Path, operand: c.Operand) -> str:
    return f"SET {writer.path(path)} = {operand.text(writer)}"


def _call(writer: Writer, function: str, path: Path, value: Value) -> str:
    return f"SET {writer.path(path)} = {function}({writer.path(path)}, {writer.value(value)})"


def _remove(writer: Writer, path: Path) -> str:
    return f"REMOVE {writer.path(path)}"


_RETURNS = {
    None: None,
    "ALL OLD": "ALL_OLD",
    "ALL NEW": "ALL_NEW",
    "MODIFIED OLD": "UPDATED_OLD",
    "MODIFIED NEW": "UPDATED_NEW",
}


def _returning(returning: str | None) -> str:
    return "" if returning is None else f" RETURNING {returning} *"


@dataclass(frozen=True)
class Erase:
    """DELETE."""

    key: Item
    condition: Condition | None = None
    returning: str | None = None
    on_failure: str | None = None

    def key_in(self, table: Table) -> Item:
        return self.key

    def text(self, table: str, writer: Writer) -> str:
        where = _where(self.key, self.condition, writer)
        return f'DELETE FROM "{table}" WHERE {where}{_returning(self.returning)}'

    def done(self, table: Table) -> Done:
        key = canonical_item(self.key)
        _checked(lambda: table.schema.check_key(key))
        condition = self.condition if table.stored(key) is not None else None
        return table.write(Delete(key, condition, _RETURNS[self.returning], self.on_failure))


@dataclass(frozen=True)
class Assure:
    """EXISTS, which only a transaction has."""

    key: Item
    condition: Condition
    on_failure: str | None = None

    def key_in(self, table: Table) -> Item:
        return self.key

    def text(self, table: str, writer: Writer) -> str:
        return f'EXISTS(SELECT * FROM "{table}" WHERE {_where(self.key, self.condition, writer)})'

    def done(self, table: Table) -> Done:
        _checked(lambda: table.schema.check_key(canonical_item(self.key)))
        return table.write(Check(self.key, self.condition, self.on_failure))


@dataclass(frozen=True)
class Lookup:
    """SELECT of one item by its whole key."""

    key: Item
    columns: tuple[Path, ...] | None = None
    consistent: bool | None = None
    on_failure: None = None

    def key_in(self, table: Table) -> Item:
        return self.key

    def text(self, table: str, writer: Writer) -> str:
        return (
            f'SELECT {_columns(self.columns, writer)} FROM "{table}" WHERE {_where(self.key, None, writer)}'
        )

    @property
    def get(self) -> Get:
        return Get(self.key, self.columns, self.consistent)


@dataclass(frozen=True)
class Select:
    """SELECT of many: what `read` asks for, and the same of `others`, which are further partitions. `order`
    is the sort key's name with ASC or DESC.
    """

    read: Read
    others: tuple[Item, ...] = ()
    order: tuple[str, str] | None = None

    @property
    def reads(self) -> list[Read]:
        return [self.read, *(replace(self.read, partition=other) for other in self.others)]

    def text(self, table: str, writer: Writer) -> str:
        read = self.read
        source = f'"{table}"' if read.index is None else f'"{table}"."{read.index}"'
        text = f"SELECT {_columns(read.projection, writer)} FROM {source}"
        parts: list[Callable[[], str]] = []
        if read.partition is not None:
            parts.append(lambda: self._partition(writer))
        if read.sort is not None:
            sort = read.sort
            parts.append(lambda: sort.text(writer))
        if read.filter is not None:
            filter = read.filter
            assert not isinstance(filter, Joined)
            parts.append(lambda: inside(filter, 2, writer))
        if parts:
            text += " WHERE " + " AND ".join(_in_any_order(parts, writer.rng))
        return (
            text if self.order is None else f"{text} ORDER BY {writer.path(self.order[:1])} {self.order[1]}"
        )

    def _partition(self, writer: Writer) -> str:
        values = [read.partition for read in self.reads]
        ((name, first), *_) = (self.read.partition or {}).items()
        if not self.others:
            return f"{writer.path((name,))} = {writer.value(first)}"
        asked = ", ".join(writer.value(partition[name]) for partition in values if partition is not None)
        return f"{writer.path((name,))} IN [{asked}]"


def _columns(columns: tuple[Path, ...] | None, writer: Writer) -> str:
    return "*" if columns is None else ", ".join(map(writer.path, columns))


Statement: TypeAlias = Insert | Modify | Erase | Assure | Lookup
"""A statement about one item."""


def asked(statement: Statement | Select, table: str, rng: random.Random) -> Request:
    """The members that every operation on statements has."""
    writer = Writer(rng)
    return {"Statement": statement.text(table, writer)} | writer.members()
