"""Random tables, items, expressions and requests, all from one `random.Random`.

The alphabet is small on purpose: a handful of key values and attribute names, so that keys collide,
conditions hold, indexes move and ties happen. Names carry their usual type (`mapA` holds a map most of the
time), which keeps paths meaningful and keeps map steps and list steps under one parent apart; now and then
a value of another type stands there instead.
"""

import base64
import random
from collections.abc import Sequence
from dataclasses import replace

from tests.oracle import conditions as c
from tests.oracle import updates as u
from tests.oracle.intents import Change, Delete, Get, Guard, Put, Read, SortCondition
from tests.oracle.paths import Path, overlap
from tests.oracle.schema import Index, Key, Projection, Schema
from tests.oracle.values import Item, Value, canonical, order

KEY_VALUES: dict[str, list[Value]] = {
    "S": [
        {"S": text}
        for text in ("a", "ab", "abc", "b", "B", "é", "\U00010348", "\uffee", "a\x00", "a\x00b", "~")
    ],
    "N": [
        {"N": text}
        for text in (
            "-1",
            "0",
            "1",
            "2",
            "10",
            "+5",
            "1.50",
            "-1e-3",
            "9e40",
            "-9e40",
            "1E-130",
            "-12345678901234567890123456789012345678",
            "0.1",
            "99",
            "100",
        )
    ],
    "B": [
        {"B": base64.b64encode(raw).decode()}
        for raw in (b"\0", b"\0\0", b"\0\1", b"\1", b"a", b"a\xff", b"b", b"\xff", b"\xff\xff")
    ],
}
INDEX_KEYS = (
    Key("oneS", "S"),
    Key("twoS", "S"),
    Key("threeS", "S"),
    Key("oneN", "N"),
    Key("twoN", "N"),
    Key("oneB", "B"),
)
SCALARS = ("fieldA", "fieldB", "fieldC", "name", "with space", "dot.ted", "ünï")
MAPS = ("mapA", "mapB")
LISTS = ("listA", "listB")
SETS = ("bagS", "bagN", "bagB")
ATTRIBUTES = SCALARS + MAPS + LISTS + SETS
NUMBERS = (
    "0",
    "1",
    "-1",
    "2",
    "3.5",
    "-0.25",
    "007",
    "1e3",
    "+4",
    ".5",
    "12345678901234567890",
    "1e-20",
    "-0",
)
TEXTS = ("", "a", "ab", "abc", "hello", "\U0001f600", "ß", "x" * 90)
BYTES = (b"", b"a", b"ab", b"\0\xff", b"\xfe" * 5)
LARGE_TEXT_BYTES = (900, 1100, 3500, 4200, 20_000, 120_000, 390_000)


class Generator:
    """`joins` are the operators between conditions. `differs_from_missing`: see `conditions.Compare`."""

    joins: tuple[type[c.Both] | type[c.Either], ...] = (c.Both, c.Either)
    differs_from_missing = True

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    # Schemas

    def schema(self) -> Schema:
        partition = Key("pk", self.rng.choice("SSNB"))
        sort = Key("sk", self.rng.choice("SNB")) if self.chance(0.75) else None
        locals_ = (
            []
            if sort is None
            else [self.local_index(n, partition) for n in range(self.rng.choice((0, 1, 2)))]
        )
        schema = Schema(partition, sort)
        globals_ = [self.global_index(f"global{n}", schema) for n in range(self.rng.choice((0, 1, 1, 2)))]
        return Schema(partition, sort, tuple(locals_ + globals_))

    def local_index(self, number: int, partition: Key) -> Index:
        return Index(
            f"local{number}", (partition,), (self.rng.choice(INDEX_KEYS),), *self._projection(), local=True
        )

    def global_index(self, name: str, schema: Schema) -> Index:
        candidates = list(INDEX_KEYS + schema.keys)
        self.rng.shuffle(candidates)
        partitions = self.rng.choice((1, 1, 1, 2, 4))
        sorts = self.rng.choice((0, 1, 1, 2, 3))
        keys = candidates[: partitions + sorts]
        return Index(
            name, tuple(keys[:partitions]), tuple(keys[partitions:]), *self._projection(), local=False
        )

    def _projection(self) -> tuple[Projection, tuple[str, ...]]:
        kind: Projection = self.rng.choice(("ALL", "KEYS_ONLY", "INCLUDE"))
        return kind, tuple(self.rng.sample(ATTRIBUTES, 2)) if kind == "INCLUDE" else ()

    # Values and items

    def key_value(self, key: Key) -> Value:
        return dict(self.rng.choice(KEY_VALUES[key.kind][:4] if self.chance(0.6) else KEY_VALUES[key.kind]))

    def scalar(self) -> Value:
        draw = self.rng.random()
        if draw < 0.4:
            return {"N": self.rng.choice(NUMBERS)}
        if draw < 0.75:
            return {"S": self.rng.choice(TEXTS)}
        if draw < 0.85:
            return {"B": base64.b64encode(self.rng.choice(BYTES)).decode()}
        return self.rng.choice(({"BOOL": True}, {"BOOL": False}, {"NULL": True}))

    def set_value(self, name: str) -> Value:
        size = self.rng.choice((1, 1, 2, 3))
        if name == "bagS":
            return {"SS": self.rng.sample(TEXTS, size)}
        if name == "bagN":
            return {"NS": self.rng.sample(("1", "2", "3", "-4", "5e2", "0.5"), size)}
        return {"BS": [base64.b64encode(one).decode() for one in self.rng.sample(BYTES, size)]}

    def map_value(self) -> Value:
        makers = {
            "x": lambda: {"M": {"y": self.scalar()} if self.chance(0.7) else {}},
            "y": self.scalar,
            "z": self.list_value,
            "size": self.scalar,
        }
        return {"M": {name: make() for name, make in makers.items() if self.chance(0.55)}}

    def list_value(self) -> Value:
        length = self.rng.choice((0, 1, 2, 3, 4))
        return {
            "L": [{"M": {"y": self.scalar()}} if self.chance(0.3) else self.scalar() for _ in range(length)]
        }

    def value(self, name: str) -> Value:
        if self.chance(0.07):
            return self.rng.choice(
                (self.scalar, self.map_value, self.list_value, lambda: self.set_value("bagN"))
            )()
        if name in MAPS:
            return self.map_value()
        if name in LISTS:
            return self.list_value()
        if name in SETS:
            return self.set_value(name)
        if self.chance(0.03):
            return {"S": "L" * self.rng.choice(LARGE_TEXT_BYTES)}
        return self.scalar()

    def key(self, schema: Schema) -> Item:
        """Few partitions with many items each, so that queries find something."""
        key = {part.name: dict(self.rng.choice(KEY_VALUES[part.kind])) for part in schema.keys}
        if schema.sort is not None and self.chance(0.8):
            key[schema.partition.name] = dict(self.rng.choice(KEY_VALUES[schema.partition.kind][:2]))
        if self.chance(0.02):
            key[schema.partition.name] = self.rng.choice(({"BOOL": True}, {"S": ""}, {"N": "1"}, {"S": "a"}))
        return key

    def item(self, schema: Schema) -> Item:
        item = self.key(schema)
        for key in {key for index in schema.indexes for key in index.keys} - set(schema.keys):
            if self.chance(0.8):
                item[key.name] = self.key_value(key)
        for name in self.rng.sample(ATTRIBUTES, self.rng.choice((0, 1, 2, 3, 5))):
            item[name] = self.value(name)
        if self.chance(0.02):
            item[self.rng.choice(INDEX_KEYS).name] = self.rng.choice(({"BOOL": True}, {"S": ""}, {"N": "1"}))
        return item

    # Paths and expressions

    def path(self, names: tuple[str, ...] = ATTRIBUTES) -> Path:
        name = self.rng.choice(names)
        if name in MAPS and self.chance(0.7):
            return (
                name,
                *self.rng.choice((("x",), ("y",), ("size",), ("x", "y"), ("z",), ("z", 0), ("z", 1))),
            )
        if name in LISTS and self.chance(0.6):
            return (name, self.rng.choice((0, 1, 2, 3, 6)), *(("y",) if self.chance(0.2) else ()))
        return (name,)

    def paths(self, names: tuple[str, ...], count: int) -> list[Path]:
        found: list[Path] = []
        for _ in range(count):
            path = self.path(names)
            if not any(overlap(path, other) for other in found):
                found.append(path)
        return found

    def condition(self, names: tuple[str, ...], depth: int = 2) -> c.Condition:
        if depth and self.chance(0.45):
            first = self.condition(names, depth - 1)
            if self.chance(0.25):
                return c.Not(first)
            return self.rng.choice(self.joins)(first, self.condition(names, depth - 1))
        return self._atom(names)

    def _atom(self, names: tuple[str, ...]) -> c.Condition:
        path, draw = self.path(names), self.rng.random()
        if draw < 0.25:
            operator, value = self.rng.choice(("=", "<>")), c.Given(self.value(str(path[0])))
            return c.Compare(c.At(path), operator, value, self.differs_from_missing)
        if draw < 0.45:
            operands: list[c.Operand] = [c.At(path), c.Given(self._orderable())]
            if self.chance(0.15):
                operands.reverse()
            return c.Compare(operands[0], self.rng.choice(("<", "<=", ">", ">=")), operands[1])
        if draw < 0.52:
            other = self.path(names)
            if other != path:
                operator = self.rng.choice(("=", "<>", "<", "<=", ">", ">="))
                return c.Compare(c.At(path), operator, c.At(other), self.differs_from_missing)
        if draw < 0.6:
            low, high = self._bounds(self._orderable())
            return c.Between(c.At(path), c.Given(low), c.Given(high))
        if draw < 0.67:
            return c.In(c.At(path), tuple(c.Given(self.scalar()) for _ in range(self.rng.choice((1, 2, 5)))))
        if draw < 0.75:
            return c.Exists(path, self.chance(0.5))
        if draw < 0.8:
            return c.IsType(
                path, self.rng.choice(("S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"))
            )
        if draw < 0.86:
            return c.BeginsWith(path, self.rng.choice(({"S": "a"}, {"S": "ab"}, {"B": "YQ=="})))
        if draw < 0.93:
            return c.Contains(path, self._orderable())
        size: list[c.Operand] = [c.Size(path), c.Given({"N": self.rng.choice(("0", "1", "2", "3", "90"))})]
        return c.Compare(size[0], self.rng.choice(("=", "<", "<=", ">", ">=")), size[1])

    def _orderable(self) -> Value:
        while True:
            value = self.scalar()
            if not value.keys() & {"BOOL", "NULL"}:
                return value

    def _bounds(self, value: Value) -> tuple[Value, Value]:
        other = self._orderable()
        while other.keys() != value.keys():
            other = self._orderable()
        low, high = sorted((value, other), key=lambda one: order(canonical(one)))
        return low, high

    def update(self, schema: Schema) -> u.Update:
        index_keys = tuple(key for index in schema.indexes for key in index.keys if key not in schema.keys)
        names = ATTRIBUTES + tuple(key.name for key in index_keys)
        if self.chance(0.02):
            names += (schema.partition.name,)
        kinds = {key.name: key for key in index_keys}
        sets: list[tuple[Path, c.Operand]] = []
        removes: list[Path] = []
        adds: list[tuple[Path, Value]] = []
        deletes: list[tuple[Path, Value]] = []
        for path in self.paths(names, self.rng.choice((1, 1, 2, 3, 4))):
            name, draw = str(path[0]), self.rng.random()
            if name in kinds and self.chance(0.9):
                key_value = c.Given(self.key_value(kinds[name]))
                sets.append((path, key_value)) if draw < 0.7 else removes.append(path)
            elif draw < 0.25:
                removes.append(path)
            elif draw < 0.4:
                amount = self.set_value(name) if name in SETS else {"N": self.rng.choice(NUMBERS)}
                adds.append((path, amount))
            elif draw < 0.5 and name in SETS:
                deletes.append((path, self.set_value(name)))
            else:
                sets.append((path, self._assignment(path)))
        return u.Update(tuple(sets), tuple(removes), tuple(adds), tuple(deletes))

    def _assignment(self, path: Path) -> c.Operand:
        draw, name = self.rng.random(), str(path[0])
        number = c.Given({"N": self.rng.choice(NUMBERS)})
        if draw < 0.2:
            start = u.IfNotExists(path, c.Given({"N": "0"})) if self.chance(0.6) else c.At(path)
            return u.Sum(start, self.rng.choice((1, -1)), number)
        if draw < 0.3:
            return u.IfNotExists(self.path(), c.Given(self.scalar()))
        if draw < 0.4:
            return c.At(self.path())
        if draw < 0.5 or (name in LISTS and draw < 0.7):
            parts: list[c.Operand] = [u.IfNotExists(path, c.Given({"L": []})), c.Given(self.list_value())]
            self.rng.shuffle(parts)
            return u.ListAppend(*parts)
        return c.Given(self.value(name) if len(path) == 1 else self.scalar())

    # Requests

    def capacity(self) -> str | None:
        return self.rng.choice(("INDEXES", "INDEXES", "TOTAL", "NONE", None))

    def guard(self) -> Guard:
        condition = self.condition((*ATTRIBUTES, "pk")) if self.chance(0.4) else None
        on_failure = self.rng.choice(("ALL_OLD", "NONE", None)) if condition is not None else None
        return {"condition": condition, "on_failure": on_failure, "capacity": self.capacity()}

    def put(self, schema: Schema) -> Put:
        return Put(self.item(schema), returns=self.rng.choice(("ALL_OLD", "NONE", None)), **self.guard())

    def delete(self, schema: Schema) -> Delete:
        return Delete(self.key(schema), returns=self.rng.choice(("ALL_OLD", "NONE", None)), **self.guard())

    def change(self, schema: Schema) -> Change:
        update = self.update(schema) if self.chance(0.95) else None
        returns = self.rng.choice(("ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW", "NONE", None))
        return Change(self.key(schema), update, returns=returns, **self.guard())

    def get(self, schema: Schema) -> Get:
        projection = tuple(self.paths((*ATTRIBUTES, "pk"), 3)) if self.chance(0.4) else None
        return Get(self.key(schema), projection, self.rng.choice((True, False, None)), self.capacity())

    def read(self, schema: Schema, items: Sequence[Item] = ()) -> Read:
        """A Query or Scan of the table or an index. A Query mostly asks for what one of `items` has."""
        index = self.rng.choice((None, *schema.indexes))
        keys = schema.keys if index is None else index.keys
        filterable = tuple(name for name in ATTRIBUTES if index is None or schema.visible_in(index, name))
        read = Read(
            index=None if index is None else index.name,
            filter=self.condition(filterable) if filterable and self.chance(0.35) else None,
            projection=tuple(self.paths((*ATTRIBUTES, "pk"), 3)) if self.chance(0.3) else None,
            limit=self.rng.choice((None, None, 1, 2, 3, 7, 100)),
            consistent=self.rng.choice((True, False, None, None)),
            capacity=self.capacity(),
        )
        if self.chance(0.25):
            select = ("COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES")
            read = replace(read, select=self.rng.choice(select))
        if self.chance(0.35):
            return replace(read, segment=(0, self.rng.choice((1, 2, 3, 7)))) if self.chance(0.3) else read
        partition = (schema.partition,) if index is None else index.partition
        sort = tuple(key for key in keys if key not in partition)
        like = self.rng.choice(items) if items and self.chance(0.8) else {}
        read = replace(
            read,
            partition={key.name: self._as_in(like, key) for key in partition},
            forward=self.rng.choice((True, False, None)),
        )
        return self._narrowed(read, sort, like)

    def _as_in(self, item: Item, key: Key) -> Value:
        value = item.get(key.name, {})
        return value if value.get(key.kind) else self.key_value(key)

    def _narrowed(self, read: Read, sort: tuple[Key, ...], like: Item) -> Read:
        used = self.rng.choice((0, self.rng.randint(0, len(sort))))
        if not used:
            return read
        *equal, last = sort[:used]
        operator = self.rng.choice(("=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"))
        operands = [self.key_value(last)]
        if operator == "BETWEEN":
            operands = sorted((*operands, self.key_value(last)), key=lambda one: order(canonical(one)))
        if operator == "begins_with" and last.kind == "N":
            operator = ">="
        condition = SortCondition(last.name, operator, tuple(operands))
        equals = tuple((key.name, self._as_in(like, key)) for key in equal)
        return replace(read, sort_equals=equals, sort=condition)
