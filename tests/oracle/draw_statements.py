"""Random PartiQL statements."""

from dataclasses import replace

from tests.oracle import conditions as c
from tests.oracle import updates as u
from tests.oracle.batches import Tables, some_keys, some_tables
from tests.oracle.generator import ATTRIBUTES, Generator
from tests.oracle.model import Table
from tests.oracle.partiql import Assure, Erase, Insert, Lookup, Modify, Select, Statement
from tests.oracle.paths import Path
from tests.oracle.schema import Schema, identity
from tests.oracle.statements import BatchExecute, Execute, ExecuteTransaction
from tests.oracle.values import Item, canonical_item

RETURNING = ("ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW")


class StatementGenerator(Generator):
    """Conditions of statements that write have no OR: whether it is allowed there is not documented."""

    differs_from_missing = False

    def only_and(self, names: tuple[str, ...]) -> c.Condition:
        self.joins = (c.Both,)
        condition = self.condition(names)
        self.joins = (c.Both, c.Either)
        return condition

    def update(self, schema: Schema) -> u.Update:
        """Numbers are added with `+`: set_add takes sets only."""
        while True:
            update = super().update(schema)
            adds = tuple((path, amount) for path, amount in update.adds if "N" not in amount)
            update = replace(update, adds=adds)
            if any(update.touched()):
                return update

    def statement(self, table: Table, key: Item, *, alone: bool) -> Insert | Modify | Erase:
        """`alone`: it may have RETURNING."""
        draw = self.rng.random()
        if draw < 0.35:
            return Insert(self.item(table.schema) | key)
        condition = self.only_and(ATTRIBUTES) if self.chance(0.35) else None
        returning = self.rng.choice((None, *RETURNING)) if alone else None
        if draw < 0.75:
            return Modify(key, self.update(table.schema), condition, returning)
        return Erase(key, condition, "ALL OLD" if returning else None)

    def lookup(self, key: Item) -> Lookup:
        return Lookup(key, self.columns() if self.chance(0.4) else None)

    def columns(self) -> tuple[Path, ...]:
        """Attributes only: what the column of a path is called is not documented."""
        return tuple((name,) for name in self.rng.sample((*ATTRIBUTES, "pk"), self.rng.choice((1, 2, 3))))


def execute(draw: StatementGenerator, tables: Tables) -> Execute:
    (table, *_) = some_tables(draw, tables)
    statement = draw.statement(table, some_keys(draw, table, 1)[0], alone=True)
    if not isinstance(statement, Insert) and draw.chance(0.4):
        statement = replace(statement, on_failure="ALL_OLD")
    return Execute(table.name, statement, draw.capacity())


def select(draw: StatementGenerator, table: Table) -> Select:
    schema, items = table.schema, list(table.items.values())
    read = replace(draw.read(schema, items), select=None, segment=None, forward=None, sort_equals=())
    index = None if read.index is None else schema.index(read.index)
    if index is not None and (len(index.partition) > 1 or len(index.sort) > 1):
        index, read = None, replace(read, index=None, partition=None, sort=None, filter=None)
    read = replace(read, projection=draw.columns() if read.projection else None)
    if read.partition is None:
        return Select(read)
    sort = schema.keys[1:] if index is None else index.sort
    if sort and draw.chance(0.4):
        order = draw.rng.choice(("ASC", "DESC"))
        return Select(replace(read, forward=order == "ASC"), order=(sort[0].name, order))
    if draw.chance(0.7):
        return Select(read)
    (partition,) = schema.keys[:1] if index is None else index.partition
    others = [{partition.name: draw.key_value(partition)} for _ in range(draw.rng.choice((1, 2, 4)))]
    apart = {identity(canonical_item(one)): one for one in (read.partition, *others)}
    first, *rest = apart.values()
    return Select(replace(read, partition=first), tuple(rest))


def batch_execute(draw: StatementGenerator, tables: Tables) -> BatchExecute:
    members: list[tuple[str, Statement]] = []
    reads = draw.chance(0.4)
    for table in some_tables(draw, tables):
        for key in some_keys(draw, table, 4):
            lookup = replace(draw.lookup(key), consistent=draw.rng.choice((True, False, None)))
            mixed = draw.chance(0.01)
            writes = draw.statement(table, key, alone=True)
            members.append((table.name, lookup if reads != mixed else writes))
    return BatchExecute(tuple(members), draw.capacity())


def execute_transaction(draw: StatementGenerator, tables: Tables, token: str | None) -> ExecuteTransaction:
    members: list[tuple[str, Statement]] = []
    reads = draw.chance(0.3)
    for table in some_tables(draw, tables):
        for key in some_keys(draw, table, 3):
            mixed = draw.chance(0.01)
            one = draw.lookup(key) if reads != mixed else _in_transaction(draw, table, key)
            members.append((table.name, one))
    draw.rng.shuffle(members)
    return ExecuteTransaction(tuple(members), None if reads else token, draw.capacity())


def _in_transaction(draw: StatementGenerator, table: Table, key: Item) -> Statement:
    if draw.chance(0.15):
        return Assure(key, draw.only_and(ATTRIBUTES), draw.rng.choice(("ALL_OLD", None)))
    there = table.stored(canonical_item(key)) is not None
    statement: Insert | Modify | Erase = draw.statement(table, key, alone=False)
    if (
        isinstance(statement, Modify | Insert)
        and there is isinstance(statement, Insert)
        and draw.chance(0.85)
    ):
        return Modify(key, draw.update(table.schema)) if there else Insert(draw.item(table.schema) | key)
    if isinstance(statement, Insert):
        return statement
    return replace(statement, on_failure=draw.rng.choice(("ALL_OLD", None)))
