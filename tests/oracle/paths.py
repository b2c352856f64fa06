"""Document paths, placeholders and projections.

A path is a tuple of map steps (str) and list steps (int). `Placeholders` turns paths and values into the
text of an expression and collects the two maps that go with it.
"""

import random
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from tests.oracle.values import Item, Value

Path: TypeAlias = tuple[str | int, ...]
Tree: TypeAlias = dict[str | int, "Tree"]
"""Paths with their common beginnings laid together; an empty tree is the end of a path."""

PLAIN = re.compile(r"[a-z][A-Za-z0-9]*")
RESERVED_AMONG_OURS = frozenset({"name", "size", "status", "data"})


class Placeholders:
    """One per request: every expression of a request shares the two maps."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names: dict[str, str] = {}
        self.values: dict[str, Value] = {}

    def path(self, path: Path) -> str:
        text = ""
        for step in path:
            text += f"[{step}]" if isinstance(step, int) else f".{self._name(step)}"
        return text.removeprefix(".")

    def value(self, value: Value) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = value
        return placeholder

    def exists(self, path: Path, wanted: bool) -> str:
        return f"{'attribute_exists' if wanted else 'attribute_not_exists'}({self.path(path)})"

    def members(self) -> dict[str, object]:
        """The two request members; an empty map may not be sent."""
        found: dict[str, object] = {}
        if self.names:
            found["ExpressionAttributeNames"] = self.names
        if self.values:
            found["ExpressionAttributeValues"] = self.values
        return found

    def _name(self, name: str) -> str:
        plain = PLAIN.fullmatch(name) and name not in RESERVED_AMONG_OURS
        if plain and self.rng.random() < 0.6:
            return name
        for placeholder, known in self.names.items():
            if known == name:
                return placeholder
        placeholder = f"#n{len(self.names)}"
        self.names[placeholder] = name
        return placeholder


def find(item: Item, path: Path) -> Value | None:
    value: Value | None = {"M": item}
    for step in path:
        if value is None:
            return None
        inside = value.get("L" if isinstance(step, int) else "M")
        if isinstance(step, int):
            value = inside[step] if isinstance(inside, list) and step < len(inside) else None
        else:
            value = inside.get(step) if isinstance(inside, dict) else None
    return value


def overlap(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def project(item: Item, paths: Iterable[Path]) -> Item:
    """Only what the paths reach: maps keep their shape, lists are closed up in index order."""
    tree: Tree = {}
    for path in paths:
        branch = tree
        for step in path:
            branch = branch.setdefault(step, {})
    kept = _prune({"M": item}, tree)
    return {} if kept is None else kept["M"]


def _prune(value: Value, tree: Tree) -> Value | None:
    if not tree:
        return value
    positions = sorted(step for step in tree if isinstance(step, int))
    if positions:
        elements = value.get("L")
        if not isinstance(elements, list):
            return None
        inside = [_prune(elements[step], tree[step]) for step in positions if step < len(elements)]
        found = [element for element in inside if element is not None]
        return {"L": found} if found else None
    fields = value.get("M")
    if not isinstance(fields, dict):
        return None
    members = {name: _prune(fields[name], branch) for name, branch in tree.items() if name in fields}
    present = {name: member for name, member in members.items() if member is not None}
    return {"M": present} if present else None


def render(paths: Sequence[Path], placeholders: Placeholders) -> str:
    return ", ".join(placeholders.path(path) for path in paths)
