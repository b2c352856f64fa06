"""TransactGetItems and TransactWriteItems: all or nothing, and serializable.

A transaction is one update of the engine: every item is read, every action decided against what was read, and
one Batch makes all changes, or one error lists every action's reason. What is wrong with the request itself,
and not with an item, is refused before, without reasons.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from dynalite import limits
from dynalite.capacity.report import Ledger
from dynalite.capacity.units import read_units
from dynalite.catalog.schema import Table
from dynalite.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    ServiceError,
    TransactionCanceledException,
    TransactionInProgressException,
    ValidationException,
)
from dynalite.expressions import prepare, projection
from dynalite.expressions.prepare import Prepared
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items import write
from dynalite.items.key import EmptyKey, KeyMismatch
from dynalite.items.record import Record
from dynalite.model.catalogue import SHAPES
from dynalite.operations import actions, item_collections, tokens
from dynalite.operations.actions import Action, Draft, Reading, Verb
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.operations.tokens import Token
from dynalite.storage.engine import Batch
from dynalite.values.attribute import NestedTooDeep, canonical_item
from dynalite.values.types import Answer, Item, Request, Spliced

_ONE_ACTION = "TransactItems can only contain one of Check, Put, Update or Delete"
_SAME_ITEM = "Transaction request cannot include multiple operations on one item"
_TOO_LARGE = "Transaction request exceeds the maximum allowed size of 4 MB"
_IN_PROGRESS = "Transaction is in progress for the specified client token"
_FACTOR = 2  # a transactional read or write is charged twice

Reason = dict[str, object]


class _Doomed(Exception):
    """An action whose expressions hold a value that no item could."""

    def __init__(self, failure: NestedTooDeep) -> None:
        self.failure = failure


def _in_transaction(verb: Verb) -> Verb:
    """The verb, telling values that are nested too deep in its expressions from those in its item."""

    def prepare_in_transaction(request: Request) -> Prepared:
        try:
            return verb.prepare(request)
        except NestedTooDeep as error:
            raise _Doomed(error) from None

    return replace(verb, prepare=prepare_in_transaction)


_VERBS: Mapping[str, Verb] = {
    "ConditionCheck": _in_transaction(actions.CHECK),
    "Put": _in_transaction(actions.PUT),
    "Delete": _in_transaction(actions.DELETE),
    "Update": _in_transaction(actions.UPDATE),
}

_CODES: Mapping[type[ServiceError], str] = {
    ConditionalCheckFailedException: "ConditionalCheckFailed",
    DuplicateItemException: "DuplicateItem",
}


def cancelled(reasons: Sequence[Reason | None]) -> TransactionCanceledException:
    """The error that cancels a transaction: a reason for each action, None for one that was fine."""
    listed = [{"Code": "None"} if reason is None else reason for reason in reasons]
    codes = ", ".join(str(reason["Code"]) for reason in listed)
    return TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        fields={"CancellationReasons": listed},
    )


def reason(error: ServiceError) -> Reason:
    """An action's failure as a cancellation reason."""
    return {**error.fields, "Code": _CODES.get(type(error), "ValidationError"), "Message": error.message}


# ------------------------------------------------------------------ TransactWriteItems


@dataclass(frozen=True, slots=True)
class Member:
    """One action of a transaction, tied to its table; `failure` when its key does not even fit the table."""

    action: Action | None
    failure: ServiceError | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """A transaction's cost: an entry per action, or, for a replayed token, what a replay is charged by table
    id.
    """

    written: Sequence[tuple[Table, float, Mapping[str, float]]] = ()
    replayed: Sequence[tuple[int, float]] | None = None


async def transact_write_items(context: Context, request: Request) -> Answer:
    token = tokens.of(
        "TransactWriteItems",
        context.account,
        context.region,
        request.get("ClientRequestToken"),
        request["TransactItems"],
    )
    drafts = [_draft(one) for one in request["TransactItems"]]
    check_size(draft for _, draft in drafts if isinstance(draft, Draft))
    members = [bind(context, verb, draft) for verb, draft in drafts]
    committed = await commit(context, members, token)
    answer: Answer = {}
    ledger(context, committed).into(answer, request, transactional=True)
    if request.get("ReturnItemCollectionMetrics") == "SIZE":
        touched = [
            (draft.table_name, member.action.table, member.action.primary)
            for (_, draft), member in zip(drafts, members, strict=True)
            if member.action is not None and isinstance(draft, Draft)
        ]
        answer["ItemCollectionMetrics"] = await item_collections.metrics_by_table(context, touched)
    return answer


def _draft(one: Request) -> tuple[Verb, Draft | ServiceError]:
    """A member as far as the request tells; an error when the request tells that it will fail."""
    named = [name for name in _VERBS if name in one]
    if len(named) != 1:
        raise ValidationException(_ONE_ACTION)
    verb = _VERBS[named[0]]
    try:
        return verb, verb.draft(one[named[0]])
    except _Doomed as doomed:
        return verb, doomed.failure


def check_size(drafts: Iterable[Draft]) -> None:
    """Refuse a transaction whose items are too large together."""
    if sum(draft.size_bytes for draft in drafts) > limits.TRANSACTION_BYTES:
        raise ValidationException(_TOO_LARGE)


def bind(context: Context, verb: Verb, draft: Draft | ServiceError) -> Member:
    """Tie an action to its table. A key of the wrong shape cancels the transaction instead of refusing it."""
    if isinstance(draft, ServiceError):
        return Member(None, draft)
    try:
        return Member(verb.bind(context, draft))
    except KeyMismatch as error:
        return Member(None, error)


async def commit(context: Context, members: Sequence[Member], token: Token | None) -> Committed:
    """Run all actions as one update. Raises TransactionCanceledException with every action's reason."""
    bound = [member.action for member in members if member.action is not None]
    places = [action.key for action in bound]
    if len(set(places)) < len(places):
        raise ValidationException(_SAME_ITEM)
    if token is not None and context.held.running(token.key):
        raise TransactionInProgressException(_IN_PROGRESS)
    now = context.clock.now()
    conflicts = _conflicts(context, [member.action.key if member.action else None for member in members])
    if any(conflicts):
        replayed = None if token is None else await _replayed(context, token, now)
        if replayed is None:
            raise cancelled(conflicts)
        return replayed
    reading = Reading(bound)
    read_keys = reading.keys if token is None else [*reading.keys, token.key]

    def decide(values: Sequence[bytes | None]) -> tuple[Committed, Batch | None]:
        if token is not None:
            replayed = tokens.recall(token, values[-1], now)
            if replayed is not None:
                return Committed(replayed=replayed), None
        return _decide(context, members, reading.rows(values), token, now)

    with context.held.hold(places, token.key if token else None):
        return await context.engine.update(read_keys, decide)


def _conflicts(context: Context, places: Sequence[bytes | None]) -> list[Reason | None]:
    """For each place, the reason why a transaction cannot have it now: another one holds it."""
    conflict: Reason = {"Code": "TransactionConflict", "Message": actions.TRANSACTION_CONFLICT}
    return [conflict if place is not None and place in context.held else None for place in places]


async def _replayed(context: Context, token: Token, now: float) -> Committed | None:
    """The outcome of a transaction that this token has run already: that needs nothing of its items."""
    (row,) = await context.engine.read([token.key])
    units = tokens.recall(token, row, now)
    return None if units is None else Committed(replayed=units)


def _decide(
    context: Context,
    members: Sequence[Member],
    stored: Iterator[tuple[Record | None, Sequence[bytes | None]]],
    token: Token | None,
    now: float,
) -> tuple[Committed, Batch]:
    reasons: list[Reason | None] = []
    changes: list[write.Change] = []
    for member in members:
        if member.action is None:
            reasons.append(None if member.failure is None else reason(member.failure))
            continue
        action = member.action
        before, beside = next(stored)
        try:
            after = action.transition(before).after
            changes.append(write.Change(action.table, action.key, before, after, beside))
            reasons.append(None)
        except EmptyKey:
            raise
        except (ConditionalCheckFailedException, DuplicateItemException, ValidationException) as error:
            reasons.append(reason(error))
    if any(reasons):
        raise cancelled(reasons)
    if sum(write.larger_size(change.before, change.after) for change in changes) > limits.TRANSACTION_BYTES:
        raise ValidationException(_TOO_LARGE)
    batch = Batch()
    written = []
    replay: dict[int, float] = {}
    for change in changes:
        done = write.apply(batch, change, context.hash)
        written.append((change.table, _FACTOR * done.table_units, done.index_units))
        spent = _FACTOR * read_units(write.larger_size(change.before, change.after), consistent=True)
        replay[change.table.id] = replay.get(change.table.id, 0.0) + spent
    if token is not None:
        batch.put(token.key, tokens.row(token, now, list(replay.items())))
    return Committed(written), batch


def ledger(context: Context, committed: Committed) -> Ledger:
    """What the transaction cost, by table. A replay is charged as reads."""
    entries = Ledger()
    for table, units, index_units in committed.written:
        entries.writes(table, units, index_units)
    for table_id, units in committed.replayed or ():
        still_there = context.catalog.by_id(table_id)
        if still_there is not None:
            entries.reads(still_there, units)
    return entries


# ------------------------------------------------------------------ TransactGetItems


@dataclass(frozen=True, slots=True)
class Get:
    """One read of a transaction."""

    table_name: str
    key: Item
    prepared: Prepared


async def transact_get_items(context: Context, request: Request) -> Answer:
    gets = [
        Get(one["Get"]["TableName"], canonical_item(one["Get"]["Key"])[0], prepare.get(one["Get"]))
        for one in request["TransactItems"]
    ]
    found, entries = await read(context, gets)
    answer: Answer = {
        "Responses": [_response(get.prepared, record) for get, record in zip(gets, found, strict=True)]
    }
    entries.into(answer, request, transactional=True)
    return answer


async def read(context: Context, gets: Sequence[Get]) -> tuple[list[Record | None], Ledger]:
    """Read all items as of one moment. A key that does not fit its table cancels the transaction."""
    reasons: list[Reason | None] = []
    places: list[bytes | None] = []
    tables: list[Table] = []
    for get in gets:
        table = context.catalog.get(context.region, get.table_name)
        tables.append(table)
        try:
            keys.check_lookup(table.keys, get.key)
            places.append(keys.storage_key(table, get.key, context.hash))
            reasons.append(None)
        except KeyMismatch as error:
            places.append(None)
            reasons.append(reason(error))
    if any(reasons):
        raise cancelled(reasons)
    known = [place for place in places if place is not None]
    if len(set(known)) < len(known):
        raise ValidationException(_SAME_ITEM)
    conflicts = _conflicts(context, places)
    if any(conflicts):
        raise cancelled(conflicts)
    found = [None if value is None else records.unpack(value) for value in await context.engine.read(known)]
    if sum(record.size for record in found if record) > limits.TRANSACTION_BYTES:
        raise ValidationException(_TOO_LARGE)
    entries = Ledger()
    for table, record in zip(tables, found, strict=True):
        entries.reads(table, _FACTOR * read_units(record.size if record else 0, consistent=True))
    return found, entries


def _response(prepared: Prepared, record: Record | None) -> dict[str, object]:
    if record is None:
        return {}
    if prepared.projection is None:
        return {"Item": Spliced(record.json)}
    shown = projection.project(prepared.projection, record.item)
    return {"Item": shown} if shown else {}


OPERATIONS = (
    Operation("TransactWriteItems", SHAPES["TransactWriteItems"], transact_write_items, "writes"),
    Operation("TransactGetItems", SHAPES["TransactGetItems"], transact_get_items, "reads"),
)
