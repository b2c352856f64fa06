"""What can be done to one item: put it, update it, delete it, or only check it.

An action is a pure transition of a stored record, with the place where that record lives. The single-item
operations run one of them, transactions run many in one update, and PartiQL's statements become them too; so
conditions, returned images and errors are decided in one place. A request's members have the same names
wherever an action is described.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from dynalite import limits
from dynalite.capacity.meter import IndexBehind
from dynalite.capacity.refusals import THROTTLES
from dynalite.capacity.units import write_units
from dynalite.catalog.schema import Table
from dynalite.errors import (
    INVALID_VALUES,
    ConditionalCheckFailedException,
    DuplicateItemException,
    TransactionConflictException,
    ValidationException,
)
from dynalite.expressions import condition as conditions
from dynalite.expressions import prepare
from dynalite.expressions import update as updates
from dynalite.expressions.prepare import Prepared
from dynalite.items import indexes, vectors, write
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items.record import Record
from dynalite.operations.conflicts import TRANSACTION_CONFLICT
from dynalite.operations.context import Context
from dynalite.storage.engine import Batch
from dynalite.values.attribute import canonical_item, check_nesting
from dynalite.values.size import resized
from dynalite.values.types import Item, Request, Spliced

ITEM_TOO_LARGE = "Item size has exceeded the maximum allowed size"
UPDATE_TOO_LARGE = "Item size to update has exceeded the maximum allowed size"
CONDITION_FAILED = "The conditional request failed"

_NO_PARTITIONS: Mapping[str, bytes] = {}


class Outcome(NamedTuple):
    """What an action makes of a stored record; `updated` says which paths an update touched."""

    after: Record | None
    updated: updates.Updated | None = None


Prepare: TypeAlias = Callable[[Request], Prepared]
Transition: TypeAlias = Callable[[Record | None], Outcome]


class Action(NamedTuple):
    """A transition of one item of one table. `primary` is its primary key, `key` its place in storage.

    `size_bytes` is how large the item will be as far as the request tells: 0 but for a put.
    """

    table: Table
    primary: Item
    key: bytes
    transition: Transition
    size_bytes: int = 0


class Done(NamedTuple):
    """What an action did: both images, what an update touched, and what it cost."""

    before: Record | None
    after: Record | None
    updated: updates.Updated | None
    written: write.Written
    partitions: Mapping[str, bytes]
    """Those of the indexes it touched, where capacity is enforced."""


async def run(context: Context, action: Action) -> Done:
    """Apply one action to its item, atomically with everything that depends on the item, and charge it."""
    if action.key in context.held:
        raise TransactionConflictException(TRANSACTION_CONFLICT)
    try:
        return await apply(context, action)
    except THROTTLES as refusal:
        raise context.meter.request_refused(action.table, refusal) from None


async def apply(context: Context, action: Action) -> Done:
    """The same, whoever holds the item."""
    table, place, meter = action.table, action.key, context.meter
    if meter.enforcing:
        refusal = meter.write_refusal(table, place, action.primary)
        if refusal is not None:
            raise refusal
    at = context.clock.now()
    met: Record | None = None

    def decide(values: Sequence[bytes | None]) -> tuple[Done, Batch]:
        nonlocal met
        met = before = None if values[0] is None else records.unpack(values[0])
        outcome = action.transition(before)
        batch = Batch()
        change = write.Change(table, place, before, outcome.after, at, values[1:])
        written = write.apply(batch, change, context.hash)
        partitions = _NO_PARTITIONS
        if meter.enforcing and written.index_units:
            partitions = meter.check_indexes(table, written.index_units, batch.rows)
        return Done(before, outcome.after, outcome.updated, written, partitions), batch

    try:
        done = await context.engine.update(write.reads(table, place), decide)
    except (ConditionalCheckFailedException, DuplicateItemException):
        meter.condition_failed(table, place, action.primary, attempted_units(action, met))
        raise
    except IndexBehind as behind:
        raise meter.behind(table, behind) from None
    written = done.written
    meter.wrote(table, place, action.primary, written.table_units, written.index_units, done.partitions, done)
    return done


def attempted_units(action: Action, before: Record | None) -> float:
    """What a write costs that its condition refused: it is charged by the larger of the two images."""
    return write_units(max(action.size_bytes, before.size if before else 0))


class Reading:
    """What several actions read together in one update: each one's item, with what is read beside it.

    `keys` are all rows to read, `rows` takes the values apart again, action by action.
    """

    __slots__ = ("_counts", "keys")

    def __init__(self, actions: Sequence[Action]) -> None:
        named = [write.reads(action.table, action.key) for action in actions]
        self._counts = [len(rows) for rows in named]
        self.keys: list[bytes] = [key for rows in named for key in rows]

    def rows(self, values: Sequence[bytes | None]) -> Iterator[tuple[Record | None, Sequence[bytes | None]]]:
        """Each action's stored record and the rows beside it. `values` may go on after those of `keys`."""
        position = 0
        for count in self._counts:
            value = values[position]
            beside = values[position + 1 : position + count]
            yield None if value is None else records.unpack(value), beside
            position += count


# ------------------------------------------------------------------ from a request to an action


class Draft(NamedTuple):
    """An action as far as it can be judged from the request alone, before any table is looked at.

    `item` is the whole item of a put and the primary key of anything else, `size_bytes` its size.
    """

    table_name: str
    item: Item
    size_bytes: int
    prepared: Prepared
    returns_item_on_failure: bool = False


@dataclass(frozen=True, slots=True)
class Verb:
    """One kind of action: how its request is judged, and how the result is tied to a table.

    `prepare` reads the expressions that the request may carry.
    """

    judge: Callable[[Request, Prepare], Draft]
    bind: Callable[[Context, Draft], Action]
    prepare: Prepare

    def draft(self, request: Request) -> Draft:
        return self.judge(request, self.prepare)

    def action(self, context: Context, request: Request) -> Action:
        return self.bind(context, self.judge(request, self.prepare))


def _draft(request: Request, raw_item: object, prepare: Prepare) -> Draft:
    item, size_bytes = canonical_item(raw_item)
    returns_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return Draft(request["TableName"], item, size_bytes, prepare(request), returns_item)


def _draft_item(request: Request, prepare: Prepare) -> Draft:
    draft = _draft(request, request["Item"], prepare)
    if draft.size_bytes > limits.ITEM_SIZE_BYTES:
        raise ValidationException(ITEM_TOO_LARGE)
    return draft


def _draft_key(request: Request, prepare: Prepare) -> Draft:
    return _draft(request, request["Key"], prepare)


def _condition(draft: Draft) -> Callable[[Record | None], None]:
    """What refuses a stored record that does not meet the action's condition."""
    tree = draft.prepared.condition

    def check(before: Record | None) -> None:
        if tree is None or conditions.holds(tree, before.item if before else {}):
            return
        shown = {"Item": Spliced(before.json)} if draft.returns_item_on_failure and before else None
        raise ConditionalCheckFailedException(CONDITION_FAILED, fields=shown)

    return check


def _bind_put(context: Context, draft: Draft) -> Action:
    table = context.catalog.get(context.region, draft.table_name)
    write.check_put(table, draft.item, draft.size_bytes, ITEM_TOO_LARGE)
    check = _condition(draft)
    outcome = Outcome(records.of(draft.item, draft.size_bytes))

    def transition(before: Record | None) -> Outcome:
        check(before)
        return outcome

    place = keys.storage_key(table, draft.item, context.hash)
    return Action(table, draft.item, place, transition, draft.size_bytes)


def _bind_delete(context: Context, draft: Draft) -> Action:
    table, key = _place(context, draft)
    check = _condition(draft)

    def transition(before: Record | None) -> Outcome:
        check(before)
        return Outcome(None)

    return Action(table, draft.item, key, transition)


def _bind_check(context: Context, draft: Draft) -> Action:
    table, key = _place(context, draft)
    check = _condition(draft)

    def transition(before: Record | None) -> Outcome:
        check(before)
        return Outcome(before)

    return Action(table, draft.item, key, transition)


def _bind_update(context: Context, draft: Draft) -> Action:
    return _update(context, draft, limits.ITEM_SIZE_BYTES)


def _bind_update_item(context: Context, draft: Draft) -> Action:
    """An item that is nearly full leaves no room for the update's actions: the service takes the larger of
    the item's size, and its size without the key but with the actions.
    """
    tree = draft.prepared.update
    room = limits.ITEM_SIZE_BYTES
    if tree is not None:
        room -= max(0, tree.program.cost_bytes - draft.size_bytes)
    return _update(context, draft, room)


def _update(context: Context, draft: Draft, most_bytes: int) -> Action:
    table, key = _place(context, draft)
    tree = draft.prepared.update
    changed: Collection[str] = ()
    if tree is not None:
        changed = updates.top_level_names(tree)
        for attribute in table.keys.attributes:
            if attribute.name in changed:
                raise ValidationException(
                    f"{INVALID_VALUES}Cannot update attribute {attribute.name}."
                    " This attribute is part of the key"
                )
        if table.guarded:
            keys.check_assigned(table, updates.assigned(tree))
    check = _condition(draft)

    def transition(before: Record | None) -> Outcome:
        check(before)
        start = records.of(draft.item, draft.size_bytes) if before is None else before
        if tree is None:
            return Outcome(start)
        if before is None and not tree.program.creates:
            return Outcome(None)
        updated = updates.apply(tree, start.item)
        item = updated.item
        check_nesting([item[name] for name in changed if name in item])
        after = records.of(item, resized(start.size, start.item, item, changed))
        if after.size > most_bytes:
            raise ValidationException(UPDATE_TOO_LARGE)
        if table.guarded:
            keys.check_index_keys(table, after.item, start.item, by_update=True)
            indexes.check_room(table, after.item, after.size, UPDATE_TOO_LARGE)
            vectors.check(table, after.item, start.item)
        return Outcome(after, updated)

    return Action(table, draft.item, key, transition)


def _place(context: Context, draft: Draft) -> tuple[Table, bytes]:
    table = context.catalog.get(context.region, draft.table_name)
    keys.check_lookup(table.keys, draft.item)
    return table, keys.storage_key(table, draft.item, context.hash)


PUT = Verb(_draft_item, _bind_put, prepare.put)
UPDATE_ITEM = Verb(_draft_key, _bind_update_item, prepare.update)
"""A missing item is created from its key; large items are judged together with what the actions weigh."""
UPDATE = Verb(_draft_key, _bind_update, prepare.member_update)
"""An update in a transaction: items are judged by their size alone."""
DELETE = Verb(_draft_key, _bind_delete, prepare.delete)
CHECK = Verb(_draft_key, _bind_check, prepare.member_write)
"""Only a transaction can ask for it: the item stays as it is."""
