"""Random requests in the parameters from before expressions."""

from collections.abc import Sequence
from dataclasses import replace

from tests.oracle import conditions as c
from tests.oracle import updates as u
from tests.oracle.generator import ATTRIBUTES, SETS, Generator
from tests.oracle.intents import Change, Get, Guard, Read
from tests.oracle.legacy import Joined
from tests.oracle.paths import Path
from tests.oracle.schema import Schema
from tests.oracle.values import Item, Value


class LegacyGenerator(Generator):
    """Everything that has an old form is drawn in it."""

    def joined(self, names: Sequence[str]) -> Joined:
        chosen = self.rng.sample(list(names), min(len(names), self.rng.choice((1, 1, 2, 3))))
        operator = self.rng.choice(("AND", "OR", None)) if len(chosen) > 1 else None
        return Joined(tuple((name, self._test(name)) for name in chosen), operator)

    def _test(self, name: str) -> c.Condition:
        path, draw = (name,), self.rng.random()
        if draw < 0.3:
            return c.Compare(c.At(path), self.rng.choice(("=", "<>")), c.Given(self.value(name)))
        if draw < 0.45:
            return c.Compare(c.At(path), self.rng.choice(("<", "<=", ">", ">=")), c.Given(self._orderable()))
        if draw < 0.55:
            low, high = self._bounds(self._orderable())
            return c.Between(c.At(path), c.Given(low), c.Given(high))
        if draw < 0.62:
            return c.In(c.At(path), tuple(map(c.Given, self._of_one_type())))
        if draw < 0.8:
            return c.Exists(path, self.chance(0.5))
        if draw < 0.88:
            return c.BeginsWith(path, self.rng.choice(({"S": "a"}, {"S": "ab"}, {"B": "YQ=="})))
        contains = c.Contains(path, self._orderable())
        return c.Not(contains) if self.chance(0.3) else contains

    def _of_one_type(self) -> list[Value]:
        values = [self._orderable() for _ in range(self.rng.choice((1, 3, 6)))]
        return [value for value in values if value.keys() == values[0].keys()]

    def guard(self) -> Guard:
        condition = self.joined((*ATTRIBUTES, "pk")) if self.chance(0.5) else None
        return {"condition": condition, "capacity": self.capacity()}

    def change(self, schema: Schema) -> Change:
        return replace(super().change(schema), update=self._attribute_updates(schema), legacy=True)

    def _attribute_updates(self, schema: Schema) -> u.Update:
        keys = {key.name: key for index in schema.indexes for key in index.keys if key not in schema.keys}
        names = sorted({*ATTRIBUTES, *keys})
        sets: list[tuple[Path, c.Operand]] = []
        removes: list[Path] = []
        adds: list[tuple[Path, Value]] = []
        deletes: list[tuple[Path, Value]] = []
        for name in self.rng.sample(names, self.rng.choice((1, 1, 2, 4))):
            path: Path = (name,)
            draw = self.rng.random()
            if draw < 0.25:
                removes.append(path)
            elif name in SETS and draw < 0.5:
                (adds if draw < 0.4 else deletes).append((path, self.set_value(name)))
            elif name not in keys and draw < 0.45:
                adds.append((path, {"N": self.rng.choice(("1", "-2", "0.5"))}))
            else:
                value = self.key_value(keys[name]) if name in keys else self.value(name)
                sets.append((path, c.Given(value)))
        return u.Update(tuple(sets), tuple(removes), tuple(adds), tuple(deletes))

    def get(self, schema: Schema) -> Get:
        get = super().get(schema)
        return replace(get, projection=_names(get.projection), legacy=True)

    def read(self, schema: Schema, items: Sequence[Item] = ()) -> Read:
        """In the new form where the old one cannot say it: for index keys of several attributes."""
        read = super().read(schema, items)
        index = None if read.index is None else schema.index(read.index)
        if read.partition is not None and (len(read.partition) > 1 or read.sort_equals):
            return read
        names = [name for name in ATTRIBUTES if index is None or schema.visible_in(index, name)]
        tests = self.joined(names) if read.filter is not None and names else None
        return replace(read, filter=tests, projection=_names(read.projection), legacy=True)


def _names(paths: tuple[Path, ...] | None) -> tuple[Path, ...] | None:
    return None if paths is None else tuple(dict.fromkeys((path[0],) for path in paths))
