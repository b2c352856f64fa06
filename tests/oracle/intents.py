"""What a client wants, as data: the generator makes it, the oracle answers it, and `request` writes it for
the wire.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from tests.oracle.conditions import Condition
from tests.oracle.paths import Path, Placeholders, render
from tests.oracle.updates import Update
from tests.oracle.values import Item, Value

Request = dict[str, object]


class Intent(Protocol):
    operation: str

    def request(self, table: str, rng: random.Random) -> Request: ...


def _options(*members: tuple[str, object]) -> Iterable[tuple[str, object]]:
    return ((name, value) for name, value in members if value is not None)


@dataclass(frozen=True)
class Put:
    item: Item
    condition: Condition | None = None
    returns: str | None = None
    on_failure: str | None = None
    capacity: str | None = None
    operation: str = "PutItem"

    def request(self, table: str, rng: random.Random) -> Request:
        return {"TableName": table, "Item": self.item} | _write_members(self, Placeholders(rng))


@dataclass(frozen=True)
class Delete:
    key: Item
    condition: Condition | None = None
    returns: str | None = None
    on_failure: str | None = None
    capacity: str | None = None
    operation: str = "DeleteItem"

    def request(self, table: str, rng: random.Random) -> Request:
        return {"TableName": table, "Key": self.key} | _write_members(self, Placeholders(rng))


@dataclass(frozen=True)
class Change:
    key: Item
    update: Update | None = None
    condition: Condition | None = None
    returns: str | None = None
    on_failure: str | None = None
    capacity: str | None = None
    operation: str = "UpdateItem"

    def request(self, table: str, rng: random.Random) -> Request:
        placeholders = Placeholders(rng)
        request: Request = {"TableName": table, "Key": self.key}
        if self.update is not None:
            request["UpdateExpression"] = self.update.text(placeholders)
        return request | _write_members(self, placeholders)


def _write_members(intent: Put | Delete | Change, placeholders: Placeholders) -> Request:
    condition = None if intent.condition is None else intent.condition.text(placeholders)
    members = _options(
        ("ConditionExpression", condition),
        ("ReturnValues", intent.returns),
        ("ReturnValuesOnConditionCheckFailure", intent.on_failure),
        ("ReturnConsumedCapacity", intent.capacity),
    )
    return dict(members) | placeholders.members()


@dataclass(frozen=True)
class Get:
    key: Item
    projection: tuple[Path, ...] | None = None
    consistent: bool | None = None
    capacity: str | None = None
    operation: str = "GetItem"

    def request(self, table: str, rng: random.Random) -> Request:
        placeholders = Placeholders(rng)
        members = _options(
            ("ProjectionExpression", self.projection and render(self.projection, placeholders)),
            ("ConsistentRead", self.consistent),
            ("ReturnConsumedCapacity", self.capacity),
        )
        return {"TableName": table, "Key": self.key} | dict(members) | placeholders.members()


@dataclass(frozen=True)
class SortCondition:
    """On the last sort attribute that is named: `operator` is one of = < <= > >= BETWEEN begins_with."""

    name: str
    operator: str
    operands: tuple[Value, ...]

    def text(self, placeholders: Placeholders) -> str:
        name, values = placeholders.path((self.name,)), [placeholders.value(one) for one in self.operands]
        if self.operator == "BETWEEN":
            return f"{name} BETWEEN {values[0]} AND {values[1]}"
        if self.operator == "begins_with":
            return f"begins_with({name}, {values[0]})"
        return f"{name} {self.operator} {values[0]}"


@dataclass(frozen=True)
class Read:
    """A Query when `partition` is given, else a Scan. `segment` is (number, of how many)."""

    index: str | None = None
    partition: Item | None = None
    sort_equals: tuple[tuple[str, Value], ...] = ()
    sort: SortCondition | None = None
    filter: Condition | None = None
    projection: tuple[Path, ...] | None = None
    select: str | None = None
    forward: bool | None = None
    limit: int | None = None
    consistent: bool | None = None
    capacity: str | None = None
    segment: tuple[int, int] | None = None

    @property
    def operation(self) -> str:
        return "Scan" if self.partition is None else "Query"

    def request(self, table: str, rng: random.Random) -> Request:
        placeholders = Placeholders(rng)
        members = _options(
            ("IndexName", self.index),
            ("KeyConditionExpression", self._key_condition(placeholders)),
            ("FilterExpression", None if self.filter is None else self.filter.text(placeholders)),
            ("ProjectionExpression", self.projection and render(self.projection, placeholders)),
            ("Select", self.select),
            ("ScanIndexForward", self.forward),
            ("Limit", self.limit),
            ("ConsistentRead", self.consistent),
            ("ReturnConsumedCapacity", self.capacity),
            ("Segment", self.segment and self.segment[0]),
            ("TotalSegments", self.segment and self.segment[1]),
        )
        return {"TableName": table} | dict(members) | placeholders.members()

    def _key_condition(self, placeholders: Placeholders) -> str | None:
        if self.partition is None:
            return None
        equal = list(self.partition.items()) + list(self.sort_equals)
        parts = [f"{placeholders.path((name,))} = {placeholders.value(value)}" for name, value in equal]
        if self.sort is not None:
            parts.append(self.sort.text(placeholders))
        placeholders.rng.shuffle(parts)
        return " AND ".join(parts)
