"""Update expressions as trees: what UpdateItem does to an item, action by action.

All right-hand sides read the item as it was. List positions mean positions before the update; a SET past
the end appends; a REMOVE closes the gap. Where the documentation leaves a case open (ADD or DELETE under a
parent that is not there, say) the oracle is `Unsure`.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

from tests.oracle import paths
from tests.oracle.conditions import Given, Operand
from tests.oracle.paths import Path, Placeholders
from tests.oracle.values import SET_MEMBER, Item, Unsure, Value, add, canonical, invalid, split


@dataclass(frozen=True)
class IfNotExists:
    path: Path
    otherwise: Operand

    def text(self, placeholders: Placeholders) -> str:
        return f"if_not_exists({placeholders.path(self.path)}, {self.otherwise.text(placeholders)})"

    def of(self, item: Item) -> Value | None:
        found = paths.find(item, self.path)
        return self.otherwise.of(item) if found is None else found


@dataclass(frozen=True)
class ListAppend:
    first: Operand
    second: Operand

    def text(self, placeholders: Placeholders) -> str:
        return f"list_append({self.first.text(placeholders)}, {self.second.text(placeholders)})"

    def of(self, item: Item) -> Value | None:
        first, second = _present(self.first, item).get("L"), _present(self.second, item).get("L")
        if not isinstance(first, list) or not isinstance(second, list):
            raise invalid()
        return {"L": first + second}


@dataclass(frozen=True)
class Sum:
    first: Operand
    sign: int
    second: Operand

    def text(self, placeholders: Placeholders) -> str:
        operator = "+" if self.sign > 0 else "-"
        return f"{self.first.text(placeholders)} {operator} {self.second.text(placeholders)}"

    def of(self, item: Item) -> Value | None:
        first, second = _present(self.first, item), _present(self.second, item)
        if "N" not in first or "N" not in second:
            raise invalid()
        return add(first, second, self.sign)


def _present(operand: Operand, item: Item) -> Value:
    value = operand.of(item)
    if value is None:
        raise invalid()
    return value


@dataclass(frozen=True)
class Update:
    """The four sections. An empty one is not written."""

    sets: tuple[tuple[Path, Operand], ...] = ()
    removes: tuple[Path, ...] = ()
    adds: tuple[tuple[Path, Value], ...] = ()
    deletes: tuple[tuple[Path, Value], ...] = ()

    def text(self, placeholders: Placeholders) -> str:
        at, value = placeholders.path, placeholders.value
        sections = {
            "SET": [f"{at(path)} = {operand.text(placeholders)}" for path, operand in self.sets],
            "REMOVE": [at(path) for path in self.removes],
            "ADD": [f"{at(path)} {value(amount)}" for path, amount in self.adds],
            "DELETE": [f"{at(path)} {value(members)}" for path, members in self.deletes],
        }
        written = [f"{keyword} {', '.join(actions)}" for keyword, actions in sections.items() if actions]
        placeholders.rng.shuffle(written)
        return " ".join(written)

    def attribute_updates(self) -> dict[str, object]:
        """The same in the parameter from before expressions: every path is a name, every value given."""
        updates: dict[str, object] = {str(path[0]): {"Action": "DELETE"} for path in self.removes}
        for action, changes in (("ADD", self.adds), ("DELETE", self.deletes)):
            updates |= {str(path[0]): {"Action": action, "Value": value} for path, value in changes}
        for path, operand in self.sets:
            assert isinstance(operand, Given)
            updates[str(path[0])] = {"Action": "PUT", "Value": operand.value}
        return updates

    def touched(self) -> Iterator[Path]:
        yield from (path for path, _ in self.sets)
        yield from self.removes
        yield from (path for path, _ in self.adds)
        yield from (path for path, _ in self.deletes)

    def assigned(self) -> Item:
        """The attributes that get a value which the request itself holds."""
        return {
            str(path[0]): canonical(operand.value)
            for path, operand in self.sets
            if len(path) == 1 and isinstance(operand, Given)
        }

    def apply(self, before: Item) -> Item:
        self._refuse_unclear_lists(before)
        after = copy.deepcopy(before)
        assigned = [(path, _present(operand, before)) for path, operand in self.sets]
        for path, value in assigned:
            _assign(after, path, copy.deepcopy(value))
        for path, amount in self.adds:
            _assign(after, path, _added(paths.find(before, path), canonical(amount)), may_append=False)
        for path, members in self.deletes:
            self._delete(after, path, canonical(members))
        for path in sorted(self.removes, key=_last_position_first, reverse=True):
            _remove(after, path)
        return after

    def refuse_unclear_creation(self) -> None:
        """Of AttributeUpdates the reference says that ADD can create an item with a number or numbers."""
        if any(amount.keys() & {"SS", "BS"} for _, amount in self.adds):
            raise Unsure("an item created by adding strings or binaries to a set")

    def _refuse_unclear_lists(self, before: Item) -> None:
        """One action past the end of a list is clear; what two of them mean together is not."""
        past_the_end = [
            path[:-1]
            for path in (*(path for path, _ in self.sets), *self.removes)
            if isinstance(path[-1], int) and paths.find(before, path) is None
        ]
        if len(past_the_end) != len(set(past_the_end)):
            raise Unsure("two actions past the end of one list")

    def _delete(self, after: Item, path: Path, members: Value) -> None:
        present = paths.find(after, path)
        if present is None:
            if len(path) > 1:
                raise Unsure("DELETE below what may not be there")
            return
        left = _without(present, members)
        if left is not None:
            _assign(after, path, left, may_append=False)
        elif isinstance(path[-1], int):
            raise Unsure("DELETE of the last member of a set inside a list")
        else:
            _remove(after, path)


def _parent(item: Item, path: Path) -> object:
    """The dict or list that holds the last step of the path, or None."""
    parent = paths.find(item, path[:-1])
    if parent is None:
        return None
    inside = parent.get("L" if isinstance(path[-1], int) else "M")
    return inside if isinstance(inside, list | dict) else None


def _assign(item: Item, path: Path, value: Value, may_append: bool = True) -> None:
    parent, step = _parent(item, path), path[-1]
    if isinstance(parent, dict):
        parent[step] = value
    elif isinstance(parent, list):
        assert isinstance(step, int)
        if step < len(parent):
            parent[step] = value
        elif may_append:
            parent.append(value)
        else:
            raise Unsure("ADD past the end of a list")
    elif may_append:
        raise invalid()
    else:
        raise Unsure("ADD below what is not there")


def _remove(item: Item, path: Path) -> None:
    parent, step = _parent(item, path), path[-1]
    if isinstance(parent, dict):
        parent.pop(step, None)
    elif isinstance(parent, list):
        assert isinstance(step, int)
        del parent[step : step + 1]
    else:
        raise Unsure("REMOVE below what is not there")


def _last_position_first(path: Path) -> list[tuple[int, str]]:
    return [(step, "") if isinstance(step, int) else (-1, step) for step in path]


def _added(present: Value | None, amount: Value) -> Value:
    if present is None:
        return amount
    kind, members = split(amount)
    if split(present)[0] != kind:
        raise invalid()
    if kind == "N":
        return add(present, amount)
    old = present[kind]
    return canonical({kind: old + [member for member in members if member not in old]})


def _without(present: Value, members: Value) -> Value | None:
    kind, gone = split(members)
    assert kind in SET_MEMBER
    assert isinstance(gone, list)
    old = present.get(kind)
    if not isinstance(old, list):
        raise invalid()
    left = [member for member in old if member not in gone]
    return {kind: left} if left else None
