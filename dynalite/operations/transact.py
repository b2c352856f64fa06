"""TransactWriteItems: all or nothing, and serializable. What TransactGetItems shares with it is here, too.

A transaction is one update of the engine: every item is read, every action decided against what was read, and
one Batch makes all changes, or one error lists every action's reason. What is wrong with the request itself,
and not with an item, is refused before, without reasons.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from dynalite import limits
from dynalite.capacity.meter import IndexBehind, Meter
from dynalite.capacity.refusals import THROTTLES
from dynalite.capacity.report import Ledger
from dynalite.capacity.units import read_units, write_units
from dynalite.catalog.schema import Table
from dynalite.errors import (
    ConditionalCheckFailedException,
    DuplicateItemException,
    ProvisionedThroughputExceededException,
    RequestLimitExceeded,
    ServiceError,
    ThrottlingException,
    TransactionCanceledException,
    TransactionConflictException,
    TransactionInProgressException,
    ValidationException,
)
from dynalite.expressions import prepare
from dynalite.items import write
from dynalite.items.key import EmptyKey, KeyMismatch
from dynalite.items.record import Record
from dynalite.model.catalogue import SHAPES
from dynalite.operations import actions, item_collections, tokens
from dynalite.operations.actions import Action, Draft, Reading, Verb
from dynalite.operations.conflicts import TRANSACTION_CONFLICT
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.operations.tokens import Token
from dynalite.storage.engine import Batch
from dynalite.values.types import Answer, Request

_ONE_ACTION = "TransactItems can only contain one of Check, Put, Update or Delete"
SAME_ITEM = "Transaction request cannot include multiple operations on one item"
TOO_LARGE = "Transaction request exceeds the maximum allowed size of 4 MB"
_IN_PROGRESS = "Transaction from previous request is still in progress"
FACTOR = 2  # a transactional read or write is charged twice

_NO_UNITS: Mapping[str, float] = {}
_NO_PARTITIONS: Mapping[str, bytes] = {}

Reason = dict[str, object]
Refusal: TypeAlias = tuple[Table, ServiceError]
"""A member's table, and what it is refused with for want of capacity."""

_VERBS: Mapping[str, Verb] = {
    "ConditionCheck": actions.CHECK,
    "Put": replace(actions.PUT, prepare=prepare.member_write),
    "Delete": replace(actions.DELETE, prepare=prepare.member_write),
    "Update": actions.UPDATE,
}

_CODES: Mapping[type[ServiceError], str] = {
    ConditionalCheckFailedException: "ConditionalCheckFailed",
    DuplicateItemException: "DuplicateItem",
    ProvisionedThroughputExceededException: "ProvisionedThroughputExceeded",
    ThrottlingException: "ThrottlingError",
    RequestLimitExceeded: "ThrottlingError",
    TransactionConflictException: "TransactionConflict",
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
    fields = {} if isinstance(error, THROTTLES) else error.fields  # a reason has no reasons of its own
    return {**fields, "Code": _CODES.get(type(error), "ValidationError"), "Message": error.message}


# ------------------------------------------------------------------ TransactWriteItems


class Member(NamedTuple):
    """One action of a transaction, tied to its table; `failure` when its key does not even fit the table."""

    action: Action | None
    failure: ServiceError | None = None


class Charge(NamedTuple):
    """What one action cost. `partitions` are those of the indexes it touched, where capacity is enforced."""

    action: Action
    units: float
    index_units: Mapping[str, float] = _NO_UNITS
    partitions: Mapping[str, bytes] = _NO_PARTITIONS
    vector_bytes: Mapping[str, float] = _NO_UNITS
    change: write.Change | None = None


class _Behind(Exception):
    """A global index has nothing left for one of the actions."""

    def __init__(self, action: Action, index: IndexBehind) -> None:
        super().__init__(str(index))
        self.action = action
        self.index = index


class Committed(NamedTuple):
    """A transaction's cost: an entry per action, or, for a replayed token, what a replay is charged by table
    id.
    """

    written: Sequence[Charge] = ()
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
    check_size(draft for _, draft in drafts)
    members = [bind(context, verb, draft) for verb, draft in drafts]
    committed = await commit(context, members, token)
    answer: Answer = {}
    ledger(context, committed).into(answer, request, transactional=True)
    touched = (
        (draft.table_name, member.action.table, member.action.primary)
        for (verb, draft), member in zip(drafts, members, strict=True)
        if member.action is not None and verb is not actions.CHECK
    )
    await item_collections.into(answer, request, context, touched)
    return answer


def _draft(one: Request) -> tuple[Verb, Draft]:
    """A member as far as the request tells."""
    named = [name for name in _VERBS if name in one]
    if len(named) != 1:
        raise ValidationException(_ONE_ACTION)
    verb = _VERBS[named[0]]
    return verb, verb.draft(one[named[0]])


def check_size(drafts: Iterable[Draft]) -> None:
    """Refuse a transaction whose items are too large together."""
    if sum(draft.size_bytes for draft in drafts) > limits.TRANSACTION_BYTES:
        raise ValidationException(TOO_LARGE)


def bind(context: Context, verb: Verb, draft: Draft) -> Member:
    """Tie an action to its table. A key that does not fit cancels the transaction instead of refusing it."""
    try:
        return Member(verb.bind(context, draft))
    except KeyMismatch as error:
        return Member(None, error)


async def commit(context: Context, members: Sequence[Member], token: Token | None) -> Committed:
    """Run all actions as one update. Raises TransactionCanceledException with every action's reason."""
    bound = [member.action for member in members if member.action is not None]
    places = [action.key for action in bound]
    if len(set(places)) < len(places):
        raise ValidationException(SAME_ITEM)
    if token is not None and context.held.running(token.key):
        raise TransactionInProgressException(_IN_PROGRESS)
    now = context.clock.now()
    conflicts = conflicting(context, [member.action.key if member.action else None for member in members])
    if any(conflicts):
        replayed = None if token is None else await _replayed(context, token, now)
        if replayed is None:
            raise cancelled(conflicts)
        return replayed
    if context.meter.enforcing:
        _admit(context, members)
    reading = Reading(bound)
    read_keys = reading.keys if token is None else [*reading.keys, token.key]
    decided: list[Charge] = []

    def decide(values: Sequence[bytes | None]) -> tuple[Committed, Batch | None]:
        if token is not None:
            replayed = tokens.recall(token, values[-1], now)
            if replayed is not None:
                return Committed(replayed=replayed), None
        decided.clear()
        return _decide(context, members, reading.rows(values), token, now, decided)

    try:
        with context.held.hold(places, token.key if token else None):
            committed = await context.engine.update(read_keys, decide)
    except _Behind as behind:
        refusal = (behind.action.table, context.meter.behind(behind.action.table, behind.index))
        check_admitted(context.meter, [refusal if action is behind.action else None for action, _ in members])
        raise
    finally:
        _charge(context, decided)
    for table_id, units in committed.replayed or ():
        _charge_replay(context, table_id, units)
    return committed


def _charge_replay(context: Context, table_id: int, units: float) -> None:
    table = context.catalog.by_id(table_id)
    if table is not None:
        context.meter.read_page(
            table, None, units=units, on_table=0.0, scanned=0, returned=0, place=None, item=None
        )


def _charge(context: Context, charges: Sequence[Charge]) -> None:
    """Charge what was decided: a transaction that is cancelled consumes as much as one that is not."""
    for action, units, index_units, partitions, _, change in charges:
        context.meter.wrote(action.table, action.key, action.primary, units, index_units, partitions, change)


def _admit(context: Context, members: Sequence[Member]) -> None:
    """Cancel the transaction when a table has no capacity left for one of its members."""
    meter = context.meter
    refusals: list[Refusal | None] = []
    for action, _ in members:
        refused = action and meter.write_refusal(action.table, action.key, action.primary)
        refusals.append((action.table, refused) if action and refused else None)
    check_admitted(meter, refusals)


def check_admitted(meter: Meter, refusals: Sequence[Refusal | None]) -> None:
    """Cancel a transaction of which some members are refused for want of capacity. It counts as one request
    of each table that refuses.
    """
    if not any(refusals):
        return
    by_table = {refusal[0].id: refusal for refusal in refusals if refusal is not None}
    for table, refused in by_table.values():
        meter.request_refused(table, refused)
    raise cancelled([None if refusal is None else reason(refusal[1]) for refusal in refusals])


def conflicting(context: Context, places: Sequence[bytes | None]) -> list[Reason | None]:
    """For each place, the reason why a transaction cannot have it now: another one holds it."""
    conflict: Reason = {"Code": "TransactionConflict", "Message": TRANSACTION_CONFLICT}
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
    charges: list[Charge],
) -> tuple[Committed, Batch]:
    """The transaction's Batch. `charges` receives what each action costs, also where it is cancelled."""
    meter = context.meter
    reasons: list[Reason | None] = []
    changes: list[tuple[Action, write.Change]] = []
    for member in members:
        if member.action is None:
            reasons.append(None if member.failure is None else reason(member.failure))
            continue
        action = member.action
        before, beside = next(stored)
        try:
            after = action.transition(before).after
            changes.append((action, write.Change(action.table, action.key, before, after, now, beside)))
            reasons.append(None)
            size_bytes = write.larger_size(before, after)
        except EmptyKey:
            raise
        except (ConditionalCheckFailedException, DuplicateItemException, ValidationException) as error:
            reasons.append(reason(error))
            size_bytes = max(action.size_bytes, before.size if before else 0)
        charges.append(Charge(action, FACTOR * write_units(size_bytes)))
    if any(reasons):
        raise cancelled(reasons)
    total_bytes = sum(write.larger_size(change.before, change.after) for _, change in changes)
    if total_bytes > limits.TRANSACTION_BYTES:
        raise ValidationException(TOO_LARGE)
    batch = Batch()
    written: list[Charge] = []
    replay: dict[int, float] = {}
    for action, change in changes:
        done = write.apply(batch, change, context.hash)
        partitions = _NO_PARTITIONS
        if meter.enforcing and done.index_units:
            partitions = _check_indexes(context, action, done.index_units, batch)
        units = FACTOR * done.table_units
        written.append(Charge(action, units, done.index_units, partitions, done.vector_bytes, change))
        spent = FACTOR * read_units(write.larger_size(change.before, change.after), consistent=True)
        replay[change.table.id] = replay.get(change.table.id, 0.0) + spent
    if token is not None:
        batch.put(token.key, tokens.row(token, now, list(replay.items())))
    charges[:] = written
    return Committed(written), batch


def _check_indexes(
    context: Context, action: Action, units: Mapping[str, float], batch: Batch
) -> Mapping[str, bytes]:
    """The partitions that an action touches in indexes. Raises _Behind when one of them has no capacity."""
    try:
        return context.meter.check_indexes(action.table, units, batch.rows)
    except IndexBehind as index:
        raise _Behind(action, index) from None


def ledger(context: Context, committed: Committed) -> Ledger:
    """What the transaction cost, by table. A replay is charged as reads."""
    entries = Ledger()
    for action, units, index_units, _, vector_bytes, _ in committed.written:
        entries.writes(action.table, units, index_units, vector_bytes)
    for table_id, units in committed.replayed or ():
        still_there = context.catalog.by_id(table_id)
        if still_there is not None:
            entries.reads(still_there, units)
    return entries


OPERATIONS = (Operation("TransactWriteItems", SHAPES["TransactWriteItems"], transact_write_items, "writes"),)
