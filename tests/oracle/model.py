"""The oracle: tables as dicts, every read a walk over all items.

`get` and `write` say what a single request finds or would do; `keep` does it. So a transaction can ask all
its members before anything changes, and a table's history is what `keep` was told. A Query or Scan is
answered as all its rows in order (`rows`): how they fall into pages, and in what order rows of equal keys
come, is the server's choice, which `reading.py` follows and checks.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from tests.oracle import conditions, paths
from tests.oracle.capacity import Spent, index_write_units, larger_bytes, read_units, write_units
from tests.oracle.conditions import Condition
from tests.oracle.intents import Change, Delete, Get, Put, Read, Write
from tests.oracle.legacy import Joined
from tests.oracle.schema import Index, Schema, identity, sort_values
from tests.oracle.updates import Update
from tests.oracle.values import (
    Item,
    Refused,
    Unsure,
    canonical,
    canonical_item,
    invalid,
    item_size_bytes,
    precedes,
)

Answer = dict[str, Any]
Result = TypeVar("Result")

ITEM_SIZE_BYTES = 400 * 1024
_UPDATE_ACTIONS_BYTES = 1000
"""UpdateItem counts a few bytes for every action on top of the item; more than any update here can add up
to.
"""

ANYTHING = object()
"""Stands in an expected answer where the documentation does not say what comes."""


@dataclass(frozen=True)
class Row:
    """One row that a Query or Scan evaluates: an item, or what an index keeps of it."""

    item: Item
    base: Item
    tie: tuple[object, ...]
    """Rows of equal `tie` come in no particular order."""


@dataclass(frozen=True)
class Done:
    """What a write does to its item, what it costs, and the Attributes of a single write's answer."""

    before: Item | None
    after: Item | None
    spent: Spent
    answer: Answer


class Table:
    """`changes` are the images of every change of an item, in order, by the item's identity. `view_type` is
    that of the table's stream, None for a table without one.
    """

    def __init__(self, name: str, schema: Schema, view_type: str | None = None) -> None:
        self.name = name
        self.schema = schema
        self.view_type = view_type
        self.items: dict[object, Item] = {}
        self.changes: dict[object, list[tuple[Item | None, Item | None]]] = {}

    # Writes and point reads

    def stored(self, key: Item) -> Item | None:
        return self.items.get(identity(key))

    def get(self, intent: Get) -> tuple[Item | None, Spent]:
        """What a GetItem shows; None for no item. Raises `Refused`."""
        key = canonical_item(intent.key)
        self.schema.check_key(key)
        found = self.stored(key)
        spent = Spent(read=read_units(larger_bytes(found), bool(intent.consistent)))
        if found is None or intent.projection is None:
            return found, spent
        return paths.project(found, intent.projection), spent

    def write(self, intent: Write) -> Done:
        """What a write would do; raises `Refused`. Nothing changes before `keep`."""
        if isinstance(intent, Put):
            return self._put(intent)
        if isinstance(intent, Delete):
            return self._delete(intent)
        if isinstance(intent, Change):
            return self._change(intent)
        key = canonical_item(intent.key)
        self.schema.check_key(key)
        before = self.stored(key)
        _check(intent.condition, before, intent.on_failure)
        return Done(before, before, Spent(written=write_units(before)), {})

    def keep(self, done: Done) -> None:
        image = done.after or done.before
        if image is None or done.before == done.after:
            return
        place = identity(self.schema.key_of(image))
        self.changes.setdefault(place, []).append((done.before, done.after))
        if done.after is None:
            del self.items[place]
        else:
            self.items[place] = done.after

    def _put(self, intent: Put) -> Done:
        item = canonical_item(intent.item)
        self.schema.check_put(item)
        before = self.stored(self.schema.key_of(item))
        self.check_together(
            lambda: _check(intent.condition, before, intent.on_failure),
            lambda: self._check_size(item, whole=True),
        )
        return self._done(before, item, _old(before, intent.returns))

    def _delete(self, intent: Delete) -> Done:
        key = canonical_item(intent.key)
        self.schema.check_key(key)
        before = self.stored(key)
        _check(intent.condition, before, intent.on_failure)
        return self._done(before, None, _old(before, intent.returns))

    def _change(self, intent: Change) -> Done:
        key = canonical_item(intent.key)
        self.schema.check_key(key)
        update = intent.update or Update()
        if {path[0] for path in update.touched()} & set(key):
            raise invalid(whole=None)
        self.schema.check_assigned(update.assigned())
        before = self.stored(key)
        if before is None and intent.legacy:
            update.refuse_unclear_creation()
        if before is None and intent.legacy and not (update.sets or update.adds):
            _check(intent.condition, before, intent.on_failure)
            return self._done(None, None, {})
        base = key if before is None else before
        after = self.check_together(
            lambda: _check(intent.condition, before, intent.on_failure), lambda: self._updated(update, base)
        )
        return self._done(before, after, _returned(intent.returns, update, before, after))

    def _updated(self, update: Update, base: Item) -> Item:
        after = update.apply(base)
        self.schema.check_changed_index_keys(base, after)
        self._check_size(after)
        return after

    def _check_size(self, item: Item, whole: bool = False) -> None:
        size = item_size_bytes(item)
        if size > ITEM_SIZE_BYTES:
            raise invalid(whole)
        local = [self.schema.entry(index, item) for index in self.schema.indexes if index.local]
        size += sum(item_size_bytes(entry) for entry in local if entry is not None)
        if size > ITEM_SIZE_BYTES - _UPDATE_ACTIONS_BYTES:
            raise Unsure(
                "an item so close to the limit that its local indexes or the update's own cost decide"
            )

    @staticmethod
    def check_together(condition: Callable[[], None], result: Callable[[], Result]) -> Result:
        """Two checks whose order is not documented: when both fail, either error will do."""
        failure: Refused | None = None
        try:
            condition()
        except Refused as refused:
            failure = refused
        try:
            done = result()
        except Refused as refused:
            if failure is None:
                raise
            whole = refused.whole if refused.whole == failure.whole else None
            raise Refused(*failure.codes, *refused.codes, item=failure.item, whole=whole) from None
        if failure is not None:
            raise failure
        return done

    def _done(self, before: Item | None, after: Item | None, answer: Answer) -> Done:
        indexes: dict[Index, float] = {}
        for index in self.schema.indexes:
            old = None if before is None else self.schema.entry(index, before)
            new = None if after is None else self.schema.entry(index, after)
            indexes[index] = float(index_write_units(old, new, index))
        return Done(before, after, Spent(written=float(write_units(before, after)), indexes=indexes), answer)

    def capacity(self, mode: str | None, spent: Spent) -> Answer:
        """ConsumedCapacity as a member of a single request's answer."""
        report = spent.report(self.name, mode)
        return {} if report is None else {"ConsumedCapacity": report}

    # Query and Scan

    def rows(self, read: Read) -> list[Row]:
        """Every row that the key condition selects; those of a Query in order."""
        index = None if read.index is None else self.schema.index(read.index)
        found = list(self._rows_of(index))
        if read.partition is None:
            return found
        sort = self.schema.keys[1:] if index is None else index.sort
        selected = [row for row in found if _selected(read, row.item)]
        ordered = [Row(row.item, row.base, sort_values(sort, row.item)) for row in selected]
        return sorted(ordered, key=lambda row: row.tie, reverse=read.forward is False)

    def _rows_of(self, index: Index | None) -> Iterator[Row]:
        for item in self.items.values():
            entry = item if index is None else self.schema.entry(index, item)
            if entry is not None:
                yield Row(entry, item, ())

    def fetches_base(self, read: Read) -> bool:
        """Whether a local index is asked for what it does not keep, and has to look into the table."""
        index = None if read.index is None else self.schema.index(read.index)
        if index is None or not index.local or index.projection == "ALL":
            return False
        if read.select == "ALL_ATTRIBUTES":
            return True
        return any(not self.schema.visible_in(index, str(path[0])) for path in read.projection or ())

    def check_read(self, read: Read) -> None:
        """What a Query or Scan may not ask of an index, and what may not be asked together."""
        index = None if read.index is None else self.schema.index(read.index)
        if read.projection is not None and read.select not in (None, "SPECIFIC_ATTRIBUTES"):
            raise invalid()
        if read.projection is None and read.select == "SPECIFIC_ATTRIBUTES":
            raise invalid()
        if index is None:
            if read.select == "ALL_PROJECTED_ATTRIBUTES":
                raise invalid()
            return
        if index.local:
            return
        if read.consistent or (read.select == "ALL_ATTRIBUTES" and index.projection != "ALL"):
            raise invalid()
        if any(not self.schema.visible_in(index, str(path[0])) for path in read.projection or ()):
            raise invalid()

    def view(self, read: Read, row: Row) -> Item | None:
        """What the answer shows of a row; None when the filter drops it."""
        shown = row.base if self.fetches_base(read) else row.item
        if read.filter is not None and not read.filter.holds(shown):
            return None
        return shown if read.projection is None else paths.project(shown, read.projection)


def _check(condition: Condition | Joined | None, before: Item | None, on_failure: str | None) -> None:
    if condition is not None and not condition.holds(before or {}):
        raise Refused("ConditionalCheckFailedException", item=before if on_failure == "ALL_OLD" else None)


def _old(before: Item | None, returns: str | None) -> Answer:
    return {"Attributes": before} if returns == "ALL_OLD" and before is not None else {}


def _returned(returns: str | None, update: Update, before: Item | None, after: Item) -> Answer:
    if returns in (None, "NONE"):
        return {}
    if returns in ("ALL_OLD", "ALL_NEW"):
        image = before if returns == "ALL_OLD" else after
        return {} if image is None else {"Attributes": copy.deepcopy(image)}
    touched = list(update.touched())
    if any(isinstance(step, int) for path in touched for step in path):
        return {"Attributes": ANYTHING}
    image = (before or {}) if returns == "UPDATED_OLD" else after
    changed = paths.project(image, touched)
    return {"Attributes": changed} if touched and changed else {}


def _selected(read: Read, item: Item) -> bool:
    assert read.partition is not None
    equal = list(read.partition.items()) + list(read.sort_equals)
    if any(item[name] != canonical(value) for name, value in equal):
        return False
    if read.sort is None:
        return True
    value, operands = item[read.sort.name], [canonical(one) for one in read.sort.operands]
    if read.sort.operator == "begins_with":
        return conditions.begins_with(value, operands[0])
    if read.sort.operator == "BETWEEN":
        return not precedes(value, operands[0]) and not precedes(operands[1], value)
    return conditions.Compare(
        conditions.Given(value), read.sort.operator, conditions.Given(operands[0])
    ).holds({})
