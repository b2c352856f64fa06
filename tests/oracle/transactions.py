"""TransactGetItems and TransactWriteItems: all members or none, and what a token makes of a second call.

`all_or_nothing` asks every member before any of them happens. What is wrong with the request refuses it as
a whole; what is wrong with a member cancels it, and every member has its reason.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from tests.oracle.batches import NO_TABLE, Tables, reports, some_keys, some_tables
from tests.oracle.capacity import Spent, larger_bytes, read_units
from tests.oracle.generator import ATTRIBUTES, Generator
from tests.oracle.intents import Change, Check, Delete, Get, Put, Request, Write
from tests.oracle.model import Answer, Done, Table
from tests.oracle.schema import identity
from tests.oracle.values import Cancelled, Item, Refused, canonical_item

Result = TypeVar("Result")


@dataclass(frozen=True)
class Member(Generic[Result]):
    """One action of a transaction: the item it is about, and what it comes to."""

    table: str
    key: Item
    result: Callable[[Table], Result]


def all_or_nothing(members: Sequence[Member[Result]], tables: Tables) -> list[Result]:
    """Every member's result. Raises Refused, Cancelled."""
    results: list[Result] = []
    reasons: list[Refused | None] = []
    for member in members:
        try:
            results.append(_result(member, tables))
            reasons.append(None)
        except Refused as refused:
            reasons.append(refused)
    failures = [reason for reason in reasons if reason is not None]
    if any(failure.whole for failure in failures):
        raise Refused(*(code for failure in failures if failure.whole is not False for code in failure.codes))
    places = [(member.table, identity(canonical_item(member.key))) for member in members]
    if len(set(places)) < len(places):
        # nobody says whether a member whose key does not even fit its table counts as one of two
        raise Cancelled(reasons, "ValidationException") if failures else Refused("ValidationException")
    if failures:
        either = [code for failure in failures if failure.whole is None for code in failure.codes]
        raise Cancelled(reasons, *either)
    return results


def _result(member: Member[Result], tables: Tables) -> Result:
    if member.table not in tables:
        raise Refused("ResourceNotFoundException", whole=True)
    return member.result(tables[member.table])


@dataclass(frozen=True)
class TransactGet:
    gets: tuple[tuple[str, Get], ...]
    capacity: str | None = None
    operation: str = "TransactGetItems"

    def request(self, rng: random.Random) -> Request:
        request: Request = {"TransactItems": [{"Get": get.request(table, rng)} for table, get in self.gets]}
        return request if self.capacity is None else request | {"ReturnConsumedCapacity": self.capacity}

    def answer(self, tables: Tables) -> Answer:
        found = read_together(self.gets, tables)
        responses = [{"Item": item} if item else {} for item, _ in found]
        return {"Responses": responses} | charged(self.gets, [spent for _, spent in found], self.capacity)


def read_together(gets: Sequence[tuple[str, Get]], tables: Tables) -> list[tuple[Item | None, Spent]]:
    """What each Get finds and costs."""

    def reading(get: Get) -> Callable[[Table], tuple[Item | None, Spent]]:
        return lambda table: _read(table, get)

    return all_or_nothing([Member(table, get.key, reading(get)) for table, get in gets], tables)


def _read(table: Table, get: Get) -> tuple[Item | None, Spent]:
    try:
        item, spent = table.get(replace(get, consistent=True))
    except Refused as refused:
        raise Refused(*refused.codes, whole=None) from None
    return item, spent.twice_on_the_table()


def charged(members: Sequence[tuple[str, object]], spent: Sequence[Spent], mode: str | None) -> Answer:
    """ConsumedCapacity: a table's entry sums up its members."""
    by_table: dict[str, list[Spent]] = {}
    for (table, _), part in zip(members, spent, strict=True):
        by_table.setdefault(table, []).append(part)
    return reports(by_table, mode, transactional=True)


@dataclass(frozen=True)
class TransactWrite:
    """The actions return nothing and ask for no capacity of their own."""

    actions: tuple[tuple[str, Write], ...]
    token: str | None = None
    capacity: str | None = None
    operation: str = "TransactWriteItems"

    def request(self, rng: random.Random) -> Request:
        members = [{_NAMES[type(one)]: one.request(table, rng)} for table, one in self.actions]
        request: Request = {"TransactItems": members}
        if self.token is not None:
            request["ClientRequestToken"] = self.token
        return request if self.capacity is None else request | {"ReturnConsumedCapacity": self.capacity}

    def done(self, tables: Tables) -> list[Done]:
        """What every action would do. Raises Refused, Cancelled."""

        def writing(one: Write) -> Callable[[Table], Done]:
            return lambda table: table.write(one)

        members = [Member(name, _key(one, tables.get(name)), writing(one)) for name, one in self.actions]
        return all_or_nothing(members, tables)


_NAMES: Mapping[type, str] = {Put: "Put", Delete: "Delete", Change: "Update", Check: "ConditionCheck"}


def _key(write: Write, table: Table | None) -> Item:
    if not isinstance(write, Put):
        return write.key
    return write.item if table is None else table.schema.key_of(write.item)


def written(members: Sequence[tuple[str, object]], done: Sequence[Done], mode: str | None) -> Answer:
    """The answer to a transaction that was just committed."""
    return charged(members, [one.spent.twice_on_the_table() for one in done], mode)


def replayed(members: Sequence[tuple[str, object]], done: Sequence[Done], mode: str | None) -> Answer:
    """The answer to the same transaction under the same token: its images are read (measured)."""
    units = [2 * read_units(larger_bytes(one.before, one.after), consistent=True) for one in done]
    return charged(members, [Spent(read=each) for each in units], mode)


# Random transactions


def transact_get(draw: Generator, tables: Tables) -> TransactGet:
    gets = []
    for table in some_tables(draw, tables):
        for key in some_keys(draw, table, 3):
            projection = tuple(draw.paths((*ATTRIBUTES, "pk"), 3)) if draw.chance(0.4) else None
            gets.append((table.name, Get(key, projection)))
    if draw.chance(0.02):
        gets.append((NO_TABLE, Get({"pk": {"S": "a"}})))
    draw.rng.shuffle(gets)
    return TransactGet(tuple(gets), draw.capacity())


def transact_write(draw: Generator, tables: Tables, token: str | None) -> TransactWrite:
    actions: list[tuple[str, Write]] = []
    for table in some_tables(draw, tables):
        actions += [(table.name, _action(draw, table, key)) for key in some_keys(draw, table, 3)]
    if draw.chance(0.02):
        actions.append((NO_TABLE, Delete({"pk": {"S": "a"}})))
    draw.rng.shuffle(actions)
    return TransactWrite(tuple(actions), token, draw.capacity())


def _action(draw: Generator, table: Table, key: Item) -> Write:
    names = (*ATTRIBUTES, "pk")
    condition = draw.condition(names) if draw.chance(0.2) else None
    on_failure = draw.rng.choice(("ALL_OLD", "NONE", None)) if condition is not None else None
    kind = draw.rng.choice(("put", "put", "update", "update", "delete", "delete", "check"))
    if kind == "put":
        return Put(draw.item(table.schema) | key, condition, on_failure=on_failure)
    if kind == "update":
        return Change(key, draw.update(table.schema), condition, on_failure=on_failure)
    if kind == "delete":
        return Delete(key, condition, on_failure=on_failure)
    return Check(key, condition or draw.condition(names), on_failure)
