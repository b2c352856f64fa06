"""Tables and indexes as the oracle sees them: key attributes with types, and what an index keeps of an
item.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from tests.oracle.values import Item, Unsure, Value, invalid, order, size_bytes, split

Projection: TypeAlias = Literal["ALL", "KEYS_ONLY", "INCLUDE"]


@dataclass(frozen=True)
class Key:
    name: str
    kind: str


@dataclass(frozen=True)
class Index:
    name: str
    partition: tuple[Key, ...]
    sort: tuple[Key, ...]
    projection: Projection
    included: tuple[str, ...]
    local: bool

    @property
    def keys(self) -> tuple[Key, ...]:
        return self.partition + self.sort

    def wire(self) -> dict[str, object]:
        projection: dict[str, object] = {"ProjectionType": self.projection}
        if self.projection == "INCLUDE":
            projection["NonKeyAttributes"] = list(self.included)
        return {
            "IndexName": self.name,
            "KeySchema": _key_schema(self.partition, self.sort),
            "Projection": projection,
        }


@dataclass(frozen=True)
class Schema:
    partition: Key
    sort: Key | None
    indexes: tuple[Index, ...] = ()

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.partition,) if self.sort is None else (self.partition, self.sort)

    def index(self, name: str) -> Index:
        return next(index for index in self.indexes if index.name == name)

    def create_request(self, table: str) -> dict[str, object]:
        request: dict[str, object] = {
            "TableName": table,
            "KeySchema": _key_schema((self.partition,), self.keys[1:]),
            "AttributeDefinitions": definitions(
                *self.keys, *(key for index in self.indexes for key in index.keys)
            ),
            "BillingMode": "PAY_PER_REQUEST",
        }
        for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
            indexes = [index.wire() for index in self.indexes if index.local is local]
            if indexes:
                request[member] = indexes
        return request

    def key_of(self, item: Item) -> Item:
        return {key.name: item[key.name] for key in self.keys}

    def visible_in(self, index: Index, name: str) -> bool:
        """Whether the index keeps attributes of this name."""
        always = {key.name for key in self.keys + index.keys}
        return index.projection == "ALL" or name in always or name in index.included

    def entry(self, index: Index, item: Item) -> Item | None:
        """What the index keeps of an item: nothing unless the item has every key attribute in its declared
        type.
        """
        for key in index.keys:
            value = item.get(key.name)
            if value is None or split(value)[0] != key.kind or split(value)[1] == "":
                return None
        return {name: value for name, value in item.items() if self.visible_in(index, name)}

    def check_key(self, key: Item) -> None:
        if set(key) != {part.name for part in self.keys}:
            raise invalid()
        self._check_parts(self.keys, key)

    def check_put(self, item: Item) -> None:
        if any(part.name not in item for part in self.keys):
            raise invalid()
        self._check_parts(self.keys, item)
        for index in self.indexes:
            self._check_parts(index.keys, item)
            _check_size(index, item)

    def check_assigned(self, assigned: Item) -> None:
        """What an update sets an index key to is judged before there is an item."""
        for index in self.indexes:
            self._check_parts(index.keys, assigned)

    def check_changed_index_keys(self, before: Item, after: Item) -> None:
        """An update answers only for the index keys that it changes."""
        for index in self.indexes:
            changed = tuple(key for key in index.keys if before.get(key.name) != after.get(key.name))
            self._check_parts(changed, after)
            if changed:
                _check_size(index, after)

    @staticmethod
    def _check_parts(parts: tuple[Key, ...], item: Item) -> None:
        for part in parts:
            value = item.get(part.name)
            if value is None:
                continue
            kind, content = split(value)
            if kind != part.kind:
                raise invalid()
            if content == "":
                raise invalid(whole=True)


def _check_size(index: Index, item: Item) -> None:
    for parts, limit_bytes in ((index.partition, 2048), (index.sort, 1024)):
        sizes = [size_bytes(item[part.name]) for part in parts if part.name in item]
        if sum(sizes) > limit_bytes:
            if len(sizes) == 1:
                raise invalid(whole=None)
            raise Unsure("whether the limits hold for the attributes of a key alone or together")


def definitions(*keys: Key) -> list[dict[str, str]]:
    kinds = {key.name: key.kind for key in keys}
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()]


def _key_schema(partition: tuple[Key, ...], sort: tuple[Key, ...]) -> list[dict[str, str]]:
    hashes = [{"AttributeName": key.name, "KeyType": "HASH"} for key in partition]
    return hashes + [{"AttributeName": key.name, "KeyType": "RANGE"} for key in sort]


def identity(key: Item) -> tuple[tuple[str, str, str], ...]:
    """A key as something that can be looked up by."""
    return tuple(sorted((name, *_texts(value)) for name, value in key.items()))


def _texts(value: Value) -> tuple[str, str]:
    kind, content = split(value)
    return kind, str(content)


def sort_values(keys: tuple[Key, ...], item: Item) -> tuple[object, ...]:
    return tuple(order(item[key.name]) for key in keys)
