"""ExecuteStatement, BatchExecuteStatement and ExecuteTransaction: statements alone and together."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.oracle.answers import check_reason, compare, expect
from tests.oracle.batches import Tables, reports
from tests.oracle.capacity import Spent
from tests.oracle.intents import Request
from tests.oracle.model import ANYTHING, Answer, Done, Table
from tests.oracle.partiql import Erase, Insert, Lookup, Modify, Select, Statement, asked
from tests.oracle.reading import (
    PAGE_BYTES,
    Call,
    Page,
    check_capacity,
    check_rows,
    expect_same,
    follow,
    read_capacity,
)
from tests.oracle.schema import identity
from tests.oracle.transactions import Member, all_or_nothing, charged, read_together
from tests.oracle.values import Item, Refused, Unsure, canonical_item, item_size_bytes

Asked = tuple[str, Statement]
"""A statement and the name of its table."""


# One statement that writes


@dataclass(frozen=True)
class Execute:
    """INSERT, UPDATE or DELETE on its own."""

    table: str
    statement: Insert | Modify | Erase
    capacity: str | None = None
    operation: str = "ExecuteStatement"

    def request(self, rng: random.Random) -> Request:
        request = asked(self.statement, self.table, rng) | _on_failure(self.statement)
        return request if self.capacity is None else request | {"ReturnConsumedCapacity": self.capacity}

    def answer(self, tables: Tables) -> Answer:
        table = tables[self.table]
        done = self.statement.done(table)
        table.keep(done)
        return {"Items": _returned(done)} | table.capacity(self.capacity, done.spent)


def _on_failure(statement: Statement) -> Request:
    if statement.on_failure is None:
        return {}
    return {"ReturnValuesOnConditionCheckFailure": statement.on_failure}


def _returned(done: Done) -> object:
    attributes = done.answer.get("Attributes")
    if attributes is ANYTHING:
        return ANYTHING
    return [] if attributes is None else [attributes]


# One statement that reads


def select(call: Call, table: Table, one: Select, request: Request) -> None:
    """Follow a SELECT to its end and hold what it answers against the oracle's rows. Raises ServiceError."""
    pages = follow(call, "ExecuteStatement", request, ("NextToken", "NextToken"))
    for _, answer in pages:
        _check_page(table, one, answer, request)
    items: list[Item] = [item for _, answer in pages for item in answer["Items"]]
    if one.order is not None:
        check_rows(table, one.read, table.rows(one.read), items, request)
    views = [table.view(read, row) for read in one.reads for row in table.rows(read)]
    expect_same([view for view in views if view is not None], items, request)
    if len(pages) == 1 and not one.others:
        expected = read_capacity(table, one.read, table.rows(one.read))
        if expected is not None:
            check_capacity(expected, pages[0][1], request)
    elif one.read.filter is None:
        _check_full_pages(one, pages)


def _check_page(table: Table, one: Select, answer: Answer, request: Request) -> None:
    items = answer["Items"]
    assert isinstance(items, list)
    limit = one.read.limit
    expect(limit is None or len(items) <= limit, "a page evaluates at most Limit items", request, answer)
    if one.read.projection is None and one.read.filter is None and one.read.index is None:
        units = Spent(read=_read_units(items, bool(one.read.consistent)))
        if not one.others:
            check_capacity(table.capacity(one.read.capacity, units), answer, request)


def _read_units(items: Sequence[Item], consistent: bool) -> float:
    size = sum(map(item_size_bytes, items))
    return max(1, -(-size // 4096)) * (1.0 if consistent else 0.5)


def _check_full_pages(one: Select, pages: Sequence[Page]) -> None:
    """Nothing is filtered away: a page that is not the last has Limit items, or 1 MB of them."""
    for request, answer in pages[:-1]:
        items = answer["Items"]
        assert isinstance(items, list)
        full = one.read.limit is not None and len(items) == one.read.limit
        large = one.read.projection is not None or sum(map(item_size_bytes, items)) >= PAGE_BYTES
        expect(full or large, "a page stops before Limit and 1 MB", request, answer)


def check_select(table: Table, one: Select) -> None:
    """Raises Refused or Unsure for what a SELECT may not ask, or what nobody knows."""
    for read in one.reads:
        table.check_read(read)
        for row in table.rows(read):
            table.view(read, row)


# A batch


@dataclass(frozen=True)
class BatchExecute:
    members: tuple[Asked, ...]
    capacity: str | None = None
    operation: str = "BatchExecuteStatement"

    def request(self, rng: random.Random) -> Request:
        statements = []
        for table, statement in self.members:
            one = asked(statement, table, rng)
            if isinstance(statement, Lookup) and statement.consistent is not None:
                one["ConsistentRead"] = statement.consistent
            statements.append(one)
        request: Request = {"Statements": statements}
        return request if self.capacity is None else request | {"ReturnConsumedCapacity": self.capacity}

    def answer(self, tables: Tables) -> Answer:
        """Members that fail stand in Responses as what is raised for them."""
        if len({isinstance(one, Lookup) for _, one in self.members}) > 1:
            raise Refused("ValidationException")
        self._refuse_repeated(tables)
        responses: list[Answer | Refused] = []
        spent: dict[str, list[Spent]] = {}
        kept: list[tuple[Table, Done]] = []
        for name, one in self.members:
            try:
                response, cost = self._run(tables[name], one, kept)
                spent.setdefault(name, []).append(cost)
                responses.append({"TableName": name} | response)
            except Refused as refused:
                responses.append(refused)
        for table, done in kept:
            table.keep(done)
        answer: Answer = {"Responses": responses} | reports(spent, self.capacity)
        if not spent:
            answer.pop("ConsumedCapacity", None)
        elif "ConsumedCapacity" in answer and any(isinstance(one, Refused) for one in responses):
            answer["ConsumedCapacity"] = ANYTHING  # what a failed statement attempted is charged too
        return answer

    def _refuse_repeated(self, tables: Tables) -> None:
        places = [(name, identity(canonical_item(one.key_in(tables[name])))) for name, one in self.members]
        if len(set(places)) == len(places):
            return
        for name, one in self.members:
            try:
                tables[name].schema.check_key(canonical_item(one.key_in(tables[name])))
            except Refused:
                raise Unsure("whether a member that cannot run names an item") from None
        raise Refused("ValidationException")

    @staticmethod
    def _run(table: Table, one: Statement, kept: list[tuple[Table, Done]]) -> tuple[Answer, Spent]:
        if isinstance(one, Lookup):
            item, spent = table.get(one.get)
            return {} if item is None else {"Item": item}, spent
        done = one.done(table)
        kept.append((table, done))
        attributes = done.answer.get("Attributes")
        return {} if attributes is None else {"Item": attributes}, done.spent


def compare_batch(expected: Answer, answer: Answer, told: Sequence[object]) -> None:
    """As `compare`, for answers in whose Responses some members failed."""
    wanted, got = expected["Responses"], answer["Responses"]
    assert isinstance(wanted, list)
    assert isinstance(got, list)
    expect(len(wanted) == len(got), "a response for each statement", *told, answer)
    for one, response in zip(wanted, got, strict=True):
        if not isinstance(one, Refused):
            compare(one, response, [*told, response])
            continue
        expect("Error" in response and "Item" not in response, "an error", *told, one, response)
        check_reason(one, response["Error"], told)
        if response["Error"]["Code"] in ("ConditionalCheckFailed", "DuplicateItem"):  # of others: unclear
            expect("TableName" in response, "TableName beside an error", *told, response)
    compare(expected | {"Responses": ANYTHING}, answer, told)


# A transaction


@dataclass(frozen=True)
class ExecuteTransaction:
    """All of them are Lookups, or none."""

    members: tuple[Asked, ...]
    token: str | None = None
    capacity: str | None = None
    operation: str = "ExecuteTransaction"

    def request(self, rng: random.Random) -> Request:
        statements = [asked(one, table, rng) | _on_failure(one) for table, one in self.members]
        request: Request = {"TransactStatements": statements}
        if self.token is not None:
            request["ClientRequestToken"] = self.token
        return request if self.capacity is None else request | {"ReturnConsumedCapacity": self.capacity}

    @property
    def writes(self) -> bool:
        return not any(isinstance(one, Lookup) for _, one in self.members)

    def answer(self, tables: Tables) -> Answer:
        """Of a transaction that reads."""
        gets = [(name, one.get) for name, one in self.members if isinstance(one, Lookup)]
        if len(gets) < len(self.members):
            raise Refused("ValidationException")
        found = read_together(gets, tables)
        responses = [{} if item is None else {"Item": item} for item, _ in found]
        return {"Responses": responses} | charged(gets, [spent for _, spent in found], self.capacity)

    def done(self, tables: Tables) -> list[Done]:
        """Of a transaction that writes: what every statement would do. Raises Refused, Cancelled."""

        def writing(one: Statement) -> Callable[[Table], Done]:
            assert not isinstance(one, Lookup)
            return one.done

        return all_or_nothing(
            [Member(name, one.key_in(tables[name]), writing(one)) for name, one in self.members], tables
        )
