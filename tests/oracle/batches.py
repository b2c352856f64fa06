"""BatchGetItem and BatchWriteItem.

A batch is judged as a whole before anything happens; then every member stands for itself. What it finds
comes in no particular order, and what it costs is one sum per table.
"""

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tests.oracle.capacity import Spent, total
from tests.oracle.generator import ATTRIBUTES, Generator
from tests.oracle.intents import Delete, Get, Put, Request, projected
from tests.oracle.model import Answer, Table
from tests.oracle.paths import Path, Placeholders
from tests.oracle.schema import identity
from tests.oracle.values import Item, Refused, Unsure, canonical_item, item_size_bytes

BATCH_BYTES = 16_000_000
NO_TABLE = "no.such-table"

Tables = Mapping[str, Table]


@dataclass(frozen=True)
class Block:
    """What a BatchGetItem asks of one table."""

    keys: tuple[Item, ...]
    projection: tuple[Path, ...] | None = None
    consistent: bool | None = None
    legacy: bool = False


@dataclass(frozen=True)
class BatchGet:
    blocks: Mapping[str, Block]
    capacity: str | None = None
    operation: str = "BatchGetItem"

    def request(self, rng: random.Random) -> Request:
        asked = {}
        for table, block in self.blocks.items():
            placeholders = Placeholders(rng)
            one = {"Keys": list(block.keys)} | projected(block.projection, block.legacy, placeholders)
            if block.consistent is not None:
                one["ConsistentRead"] = block.consistent
            asked[table] = one | placeholders.members()
        return _with_capacity({"RequestItems": asked}, self.capacity)

    def answer(self, tables: Tables) -> Answer:
        found: dict[str, list[Item]] = {name: [] for name in self.blocks}
        spent: dict[str, list[Spent]] = {name: [] for name in self.blocks}
        faults: set[str] = set()
        for name, block in self.blocks.items():
            faults |= _faults(name, tables, block.keys)
            for key in block.keys if name in tables else ():
                try:
                    item, cost = tables[name].get(Get(key, block.projection, block.consistent))
                except Refused as refused:
                    faults |= refused.codes
                    continue
                spent[name].append(cost)
                found[name] += [] if item is None else [item]
        if faults:
            raise Refused(*faults)
        if sum(item_size_bytes(item) for items in found.values() for item in items) > BATCH_BYTES:
            raise Unsure("which of the items do not fit into 16 MB")
        return {"Responses": found, "UnprocessedKeys": {}} | reports(spent, self.capacity)


@dataclass(frozen=True)
class BatchWrite:
    """The puts and deletes have no conditions and return nothing."""

    writes: Mapping[str, tuple[Put | Delete, ...]]
    capacity: str | None = None
    operation: str = "BatchWriteItem"

    def request(self, rng: random.Random) -> Request:
        asked = {
            table: [
                {"PutRequest": {"Item": one.item}}
                if isinstance(one, Put)
                else {"DeleteRequest": {"Key": one.key}}
                for one in writes
            ]
            for table, writes in self.writes.items()
        }
        return _with_capacity({"RequestItems": asked}, self.capacity)

    def answer(self, tables: Tables) -> Answer:
        done = []
        faults: set[str] = set()
        for name, writes in self.writes.items():
            faults |= _faults(name, tables, [_place(one, tables.get(name)) for one in writes])
            for one in writes if name in tables else ():
                try:
                    done.append((tables[name], tables[name].write(one)))
                except Refused as refused:
                    faults |= refused.codes
        if faults:
            raise Refused(*faults)
        spent: dict[str, list[Spent]] = {name: [] for name in self.writes}
        for table, outcome in done:
            table.keep(outcome)
            spent[table.name].append(outcome.spent)
        return {"UnprocessedItems": {}} | reports(spent, self.capacity)


def _faults(name: str, tables: Tables, keys: Iterable[Item]) -> set[str]:
    if name not in tables:
        return {"ResourceNotFoundException"}
    places = [identity(canonical_item(key)) for key in keys]
    return {"ValidationException"} if len(set(places)) < len(places) else set()


def _place(write: Put | Delete, table: Table | None) -> Item:
    item = write.item if isinstance(write, Put) else write.key
    return item if table is None else table.schema.key_of(item)


def _with_capacity(request: Request, capacity: str | None) -> Request:
    return request if capacity is None else request | {"ReturnConsumedCapacity": capacity}


def reports(spent: Mapping[str, list[Spent]], mode: str | None, *, transactional: bool = False) -> Answer:
    """ConsumedCapacity as a list, one entry per table that anything was spent on."""
    if mode in (None, "NONE"):
        return {}
    return {
        "ConsumedCapacity": [
            total(parts).report(table, mode, transactional=transactional)
            for table, parts in spent.items()
            if parts
        ]
    }


# Random batches


def some_keys(draw: Generator, table: Table, most: int) -> list[Item]:
    """Keys of items that are there and of some that are not; rarely one of them twice, spelt differently."""
    keys: list[Item] = []
    stored = [table.schema.key_of(item) for item in table.items.values()]
    for _ in range(draw.rng.randint(1, most)):
        key = draw.rng.choice(stored) if stored and draw.chance(0.6) else draw.key(table.schema)
        places = {identity(canonical_item(one)) for one in keys}
        if identity(canonical_item(key)) not in places:
            keys.append(key)
    if draw.chance(0.03):
        keys.append(_respelt(draw.rng.choice(keys)))
    return keys


def _respelt(key: Item) -> Item:
    """The same key, its numbers with a zero before their digits."""
    return {
        name: {"N": re.sub(r"(?=\d)", "0", value["N"], count=1)} if "N" in value else value
        for name, value in key.items()
    }


def some_tables(draw: Generator, tables: Tables) -> list[Table]:
    """One or more tables in random order."""
    return draw.rng.sample(list(tables.values()), draw.rng.randint(1, len(tables)))


def batch_get(draw: Generator, tables: Tables) -> BatchGet:
    legacy = draw.chance(0.2)
    blocks = {}
    for table in some_tables(draw, tables):
        projection = tuple(draw.paths((*ATTRIBUTES, "pk"), 3)) if draw.chance(0.4) else None
        if projection and legacy:
            projection = tuple(dict.fromkeys((path[0],) for path in projection))
        keys = some_keys(draw, table, draw.rng.choice((3, 12)))
        blocks[table.name] = Block(tuple(keys), projection, draw.rng.choice((True, False, None)), legacy)
    if draw.chance(0.02):
        blocks[NO_TABLE] = Block(({"pk": {"S": "a"}},))
    return BatchGet(blocks, draw.capacity())


def batch_write(draw: Generator, tables: Tables) -> BatchWrite:
    writes: dict[str, tuple[Put | Delete, ...]] = {}
    for table in some_tables(draw, tables):
        chosen: list[Put | Delete] = []
        for key in some_keys(draw, table, draw.rng.choice((3, 10))):
            one = Put(draw.item(table.schema) | key) if draw.chance(0.65) else Delete(key)
            chosen.append(one)
        writes[table.name] = tuple(chosen)
    if draw.chance(0.02):
        writes[NO_TABLE] = (Delete({"pk": {"S": "a"}}),)
    return BatchWrite(writes, draw.capacity())
