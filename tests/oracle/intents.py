"""What a client wants, as data: the generator makes it, the oracle answers it, and `request` writes it for
the wire.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypedDict

from tests.oracle import legacy
from tests.oracle.conditions import Condition
from tests.oracle.legacy import Joined
from tests.oracle.paths import Path, Placeholders, render
from tests.oracle.updates import Update
from tests.oracle.values import Item, Value

Request = dict[str, object]


class Intent(Protocol):
    """An operation on one table."""

    operation: str

    def request(self, table: str, rng: random.Random) -> Request: ...


def _options(*members: tuple[str, object]) -> Iterable[tuple[str, object]]:
    return ((name, value) for name, value in members if value is not None)


class Guard(TypedDict, total=False):
    """What every write may say: a condition, what it wants to be shown when that fails, and its cost."""

    condition: Condition | Joined | None
    on_failure: str | None
    capacity: str | None


@dataclass(frozen=True)
class Put:
    item: Item
    condition: Condition | Joined | None = None
    returns: str | None = None
    on_failure: str | None = None
    capacity: str | None = None
    operation: str = "PutItem"

    def request(self, table: str, rng: random.Random) -> Request:
        return {"TableName": table, "Item": self.item} | _write_members(self, Placeholders(rng))


@dataclass(frozen=True)
class Delete:
    key: Item
    condition: Condition | Joined | None = None
    returns: str | None = None
    on_failure: str | None = None
    capacity: str | None = None
    operation: str = "DeleteItem"

    def request(self, table: str, rng: random.Random) -> Request:
        return {"TableName": table, "Key": self.key} | _write_members(self, Placeholders(rng))


@dataclass(frozen=True)
class Change:
    """`legacy` writes the update as AttributeUpdates."""

    key: Item
    update: Update | None = None
    condition: Condition | Joined | None = None
    returns: str | None = None
    on_failure: str | None = None
    capacity: str | None = None
    legacy: bool = False
    operation: str = "UpdateItem"

    def request(self, table: str, rng: random.Random) -> Request:
        placeholders = Placeholders(rng)
        request: Request = {"TableName": table, "Key": self.key}
        if self.update is not None and self.legacy:
            request["AttributeUpdates"] = self.update.attribute_updates()
        elif self.update is not None:
            request["UpdateExpression"] = self.update.text(placeholders)
        return request | _write_members(self, placeholders)


@dataclass(frozen=True)
class Check:
    """The action that only a transaction has: the item stays as it is."""

    key: Item
    condition: Condition
    on_failure: str | None = None
    operation: str = "ConditionCheck"

    def request(self, table: str, rng: random.Random) -> Request:
        placeholders = Placeholders(rng)
        members = _options(
            ("ConditionExpression", self.condition.text(placeholders)),
            ("ReturnValuesOnConditionCheckFailure", self.on_failure),
        )
        return {"TableName": table, "Key": self.key} | dict(members) | placeholders.members()


Write: TypeAlias = Put | Delete | Change | Check


def _write_members(intent: Put | Delete | Change, placeholders: Placeholders) -> Request:
    members = _options(
        ("ReturnValues", intent.returns),
        ("ReturnValuesOnConditionCheckFailure", intent.on_failure),
        ("ReturnConsumedCapacity", intent.capacity),
    )
    return dict(members) | _condition(intent.condition, placeholders) | placeholders.members()


def _condition(condition: Condition | Joined | None, placeholders: Placeholders) -> Request:
    if condition is None:
        return {}
    if isinstance(condition, Joined):
        return condition.members("Expected", placeholders.rng)
    return {"ConditionExpression": condition.text(placeholders)}


def projected(paths: tuple[Path, ...] | None, old: bool, placeholders: Placeholders) -> Request:
    """A projection as the members of a request: the `old` one has no paths, only names."""
    if not paths:
        return {}
    if old:
        return {"AttributesToGet": [path[0] for path in paths]}
    return {"ProjectionExpression": render(paths, placeholders)}


@dataclass(frozen=True)
class Get:
    key: Item
    projection: tuple[Path, ...] | None = None
    consistent: bool | None = None
    capacity: str | None = None
    legacy: bool = False
    operation: str = "GetItem"

    def request(self, table: str, rng: random.Random) -> Request:
        placeholders = Placeholders(rng)
        members = _options(("ConsistentRead", self.consistent), ("ReturnConsumedCapacity", self.capacity))
        request = {"TableName": table, "Key": self.key} | dict(members)
        request |= projected(self.projection, self.legacy, placeholders)
        return request | placeholders.members()


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
    """A Query when `partition` is given, else a Scan. `segment` is (number, of how many). `legacy` writes key
    conditions and projection in the old parameters; the filter is then a `Joined`.
    """

    index: str | None = None
    partition: Item | None = None
    sort_equals: tuple[tuple[str, Value], ...] = ()
    sort: SortCondition | None = None
    filter: Condition | Joined | None = None
    projection: tuple[Path, ...] | None = None
    select: str | None = None
    forward: bool | None = None
    limit: int | None = None
    consistent: bool | None = None
    capacity: str | None = None
    segment: tuple[int, int] | None = None
    legacy: bool = False

    @property
    def operation(self) -> str:
        return "Scan" if self.partition is None else "Query"

    def request(self, table: str, rng: random.Random) -> Request:
        placeholders = Placeholders(rng)
        members = _options(
            ("IndexName", self.index),
            ("Select", self.select),
            ("ScanIndexForward", self.forward),
            ("Limit", self.limit),
            ("ConsistentRead", self.consistent),
            ("ReturnConsumedCapacity", self.capacity),
            ("Segment", self.segment and self.segment[0]),
            ("TotalSegments", self.segment and self.segment[1]),
        )
        request = {"TableName": table} | dict(members) | self._key_condition(placeholders)
        request |= self._filter(placeholders) | projected(self.projection, self.legacy, placeholders)
        return request | placeholders.members()

    def _filter(self, placeholders: Placeholders) -> Request:
        if self.filter is None:
            return {}
        if isinstance(self.filter, Joined):
            return self.filter.members(f"{self.operation}Filter", placeholders.rng)
        return {"FilterExpression": self.filter.text(placeholders)}

    def _key_condition(self, placeholders: Placeholders) -> Request:
        if self.partition is None:
            return {}
        equal = list(self.partition.items()) + list(self.sort_equals)
        if self.legacy:
            conditions = {name: legacy.comparison("=", (value,)) for name, value in equal}
            if self.sort is not None:
                conditions[self.sort.name] = legacy.comparison(self.sort.operator, self.sort.operands)
            return {"KeyConditions": conditions}
        parts = [f"{placeholders.path((name,))} = {placeholders.value(value)}" for name, value in equal]
        if self.sort is not None:
            parts.append(self.sort.text(placeholders))
        placeholders.rng.shuffle(parts)
        return {"KeyConditionExpression": " AND ".join(parts)}
