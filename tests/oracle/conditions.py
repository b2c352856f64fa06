"""Condition and filter expressions as trees that write themselves and judge an item.

Every comparison with a path that is not there is false, except `<>`, which is true. Values of different
types are never equal and have no order. (Developer guide, "Comparison operator and function reference".)
"""

from dataclasses import dataclass
from typing import Protocol

from tests.oracle import paths
from tests.oracle.paths import Path, Placeholders
from tests.oracle.values import (
    ORDERED,
    SET_MEMBER,
    Item,
    Unsure,
    Value,
    as_bytes,
    canonical,
    precedes,
    raw_bytes,
    split,
)


class Operand(Protocol):
    def text(self, placeholders: Placeholders) -> str: ...
    def of(self, item: Item) -> Value | None: ...


class Condition(Protocol):
    @property
    def level(self) -> int:
        """How tightly it binds: 1 OR, 2 AND, 3 NOT, 4 everything else."""

    def text(self, placeholders: Placeholders) -> str: ...
    def holds(self, item: Item) -> bool: ...


@dataclass(frozen=True)
class Given:
    value: Value

    def text(self, placeholders: Placeholders) -> str:
        return placeholders.value(self.value)

    def of(self, item: Item) -> Value | None:
        return canonical(self.value)


@dataclass(frozen=True)
class At:
    path: Path

    def text(self, placeholders: Placeholders) -> str:
        return placeholders.path(self.path)

    def of(self, item: Item) -> Value | None:
        return paths.find(item, self.path)


@dataclass(frozen=True)
class Size:
    """UTF-16 code units of a string, bytes of a binary, members of anything that has members."""

    path: Path

    def text(self, placeholders: Placeholders) -> str:
        return f"size({placeholders.path(self.path)})"

    def of(self, item: Item) -> Value | None:
        value = paths.find(item, self.path)
        if value is None:
            return None
        kind, content = split(value)
        if kind == "S":
            return {"N": str(len(str(content).encode("utf-16-le")) // 2)}
        if kind == "B":
            return {"N": str(len(as_bytes(content)))}
        if isinstance(content, list | dict):
            return {"N": str(len(content))}
        raise Unsure("the size of a number, a boolean or a null")


def _ordered(left: Value | None, right: Value | None, operator: str) -> bool:
    if left is None or right is None:
        return False
    kind = split(left)[0]
    if kind not in ORDERED or kind != split(right)[0]:
        return False
    if operator in ("<", ">="):
        return precedes(left, right) == (operator == "<")
    return precedes(right, left) == (operator == ">")


@dataclass(frozen=True)
class Compare:
    left: Operand
    operator: str
    right: Operand
    differs_from_missing: bool = True
    """Whether `<>` is true of what is not there. In PartiQL it is not."""
    level: int = 4

    def text(self, placeholders: Placeholders) -> str:
        return f"{self.left.text(placeholders)} {self.operator} {self.right.text(placeholders)}"

    def holds(self, item: Item) -> bool:
        left, right = self.left.of(item), self.right.of(item)
        if self.operator == "<>":
            if left is None or right is None:
                return self.differs_from_missing
            return left != right
        if self.operator == "=":
            return left is not None and left == right
        return _ordered(left, right, self.operator)


@dataclass(frozen=True)
class Between:
    operand: Operand
    low: Operand
    high: Operand
    level: int = 4

    def text(self, placeholders: Placeholders) -> str:
        operand = self.operand.text(placeholders)
        return f"{operand} BETWEEN {self.low.text(placeholders)} AND {self.high.text(placeholders)}"

    def holds(self, item: Item) -> bool:
        value = self.operand.of(item)
        return _ordered(self.low.of(item), value, "<=") and _ordered(value, self.high.of(item), "<=")


@dataclass(frozen=True)
class In:
    operand: Operand
    options: tuple[Operand, ...]
    level: int = 4

    def text(self, placeholders: Placeholders) -> str:
        operand = self.operand.text(placeholders)
        return f"{operand} IN ({', '.join(option.text(placeholders) for option in self.options)})"

    def holds(self, item: Item) -> bool:
        value = self.operand.of(item)
        return value is not None and any(value == option.of(item) for option in self.options)


@dataclass(frozen=True)
class Exists:
    path: Path
    wanted: bool
    level: int = 4

    def text(self, placeholders: Placeholders) -> str:
        return placeholders.exists(self.path, self.wanted)

    def holds(self, item: Item) -> bool:
        return (paths.find(item, self.path) is not None) == self.wanted


@dataclass(frozen=True)
class IsType:
    path: Path
    kind: str
    level: int = 4

    def text(self, placeholders: Placeholders) -> str:
        return f"attribute_type({placeholders.path(self.path)}, {placeholders.value({'S': self.kind})})"

    def holds(self, item: Item) -> bool:
        value = paths.find(item, self.path)
        return value is not None and split(value)[0] == self.kind


@dataclass(frozen=True)
class BeginsWith:
    path: Path
    start: Value
    level: int = 4

    def text(self, placeholders: Placeholders) -> str:
        return f"begins_with({placeholders.path(self.path)}, {placeholders.value(self.start)})"

    def holds(self, item: Item) -> bool:
        return begins_with(paths.find(item, self.path), canonical(self.start))


def begins_with(value: Value | None, start: Value) -> bool:
    if value is None or split(value)[0] != split(start)[0] or split(start)[0] not in ("S", "B"):
        return False
    return raw_bytes(value).startswith(raw_bytes(start))


@dataclass(frozen=True)
class Contains:
    path: Path
    wanted: Value
    level: int = 4

    def text(self, placeholders: Placeholders) -> str:
        return f"contains({placeholders.path(self.path)}, {placeholders.value(self.wanted)})"

    def holds(self, item: Item) -> bool:
        value = paths.find(item, self.path)
        if value is None:
            return False
        kind, content = split(value)
        looked_for = canonical(self.wanted)
        wanted_kind, wanted = split(looked_for)
        if kind == "L":
            return looked_for in content
        if kind in SET_MEMBER:
            return SET_MEMBER[kind] == wanted_kind and wanted in content
        if kind != wanted_kind or kind not in ("S", "B"):
            return False
        return raw_bytes(looked_for) in raw_bytes(value)


def inside(condition: Condition, level: int, placeholders: Placeholders) -> str:
    """Written inside something that binds at `level`: parentheses where they are needed, and at times where
    not.
    """
    text = condition.text(placeholders)
    return f"({text})" if condition.level < level or placeholders.rng.random() < 0.2 else text


@dataclass(frozen=True)
class Both:
    left: Condition
    right: Condition
    level: int = 2

    def text(self, placeholders: Placeholders) -> str:
        return f"{inside(self.left, 2, placeholders)} AND {inside(self.right, 2, placeholders)}"

    def holds(self, item: Item) -> bool:
        left, right = self.left.holds(item), self.right.holds(item)
        return left and right


@dataclass(frozen=True)
class Either:
    left: Condition
    right: Condition
    level: int = 1

    def text(self, placeholders: Placeholders) -> str:
        return f"{inside(self.left, 1, placeholders)} OR {inside(self.right, 1, placeholders)}"

    def holds(self, item: Item) -> bool:
        left, right = self.left.holds(item), self.right.holds(item)
        return left or right


@dataclass(frozen=True)
class Not:
    operand: Condition
    level: int = 3

    def text(self, placeholders: Placeholders) -> str:
        return f"NOT {inside(self.operand, 3, placeholders)}"

    def holds(self, item: Item) -> bool:
        return not self.operand.holds(item)
