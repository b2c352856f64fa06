"""BatchExecuteStatement: statements one by one, each with an answer or an error of its own.

What concerns the batch as a whole is judged before anything runs: it only reads or only writes, and
names no item twice. A member that fails says so in its place and the others run. A read must name one
item by its key and say nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dynalite.capacity.report import Ledger
from dynalite.capacity.units import read_units
from dynalite.catalog.schema import Table
from dynalite.errors import (
    AccessDeniedException,
    ConditionalCheckFailedException,
    DuplicateItemException,
    ItemCollectionSizeLimitExceededException,
    ProvisionedThroughputExceededException,
    RequestLimitExceeded,
    ResourceNotFoundException,
    ServiceError,
    ThrottlingException,
    TransactionConflictException,
    ValidationException,
)
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items.record import Record
from dynalite.model.catalogue import SHAPES
from dynalite.operations import actions, statement_reads, statement_writes
from dynalite.operations.actions import Action, Draft, Outcome, Verb
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.operations.statement_judging import EXISTS_ELSEWHERE, Judged, judge
from dynalite.partiql import parameters as given
from dynalite.partiql.statement import Exists, table_of
from dynalite.values.types import Answer, Item, Request

_MIXED = "BatchExecuteStatement API does not support both read and write operations in the same request."
_DUPLICATES = "Provided list of item keys contains duplicates"
_NEEDS_KEY = (
    "Select statements within BatchExecuteStatement must specify the primary key in the where clause."
)

_CODES: Mapping[type[ServiceError], str] = {
    ValidationException: "ValidationError",
    ConditionalCheckFailedException: "ConditionalCheckFailed",
    DuplicateItemException: "DuplicateItem",
    ResourceNotFoundException: "ResourceNotFound",
    ItemCollectionSizeLimitExceededException: "ItemCollectionSizeLimitExceeded",
    ProvisionedThroughputExceededException: "ProvisionedThroughputExceeded",
    RequestLimitExceeded: "RequestLimitExceeded",
    ThrottlingException: "ThrottlingError",
    TransactionConflictException: "TransactionConflict",
    AccessDeniedException: "AccessDenied",
}


@dataclass(frozen=True, slots=True)
class _Read:
    """A member that reads one item. `place` is the item's, in storage."""

    judged: Judged
    key: Item
    place: bytes
    table: Table
    consistent: bool


@dataclass(frozen=True, slots=True)
class _Write:
    """A member that writes one item. It is tied to its table again when it runs."""

    judged: Judged
    place: bytes
    verb: Verb
    draft: Draft


@dataclass(frozen=True, slots=True)
class _Cost:
    """What a member was charged, whether it succeeded or not."""

    table: Table
    read: float = 0.0
    written: float = 0.0
    on_indexes: Mapping[str, float] | None = None
    on_vectors: Mapping[str, float] | None = None
    succeeded: bool = True


async def batch_execute_statement(context: Context, request: Request) -> Answer:
    requests = request["Statements"]
    judged = [_judged(context, one) for one in requests]
    if len({one.reads for one in judged if isinstance(one, Judged)}) > 1:
        raise ValidationException(_MIXED)
    members = [_member(context, one, member) for one, member in zip(judged, requests, strict=True)]
    places = [member.place for member in members if not isinstance(member, ServiceError)]
    if len(set(places)) < len(places):
        raise ValidationException(_DUPLICATES)
    costs: list[_Cost] = []
    answer: Answer = {"Responses": [await _response(context, member, costs) for member in members]}
    if any(cost.succeeded for cost in costs):
        _ledger(costs).into(answer, request)
    return answer


def _judged(context: Context, request: Request) -> Judged | ServiceError:
    try:
        judged = judge(context, request["Statement"], given.of(request))
    except ServiceError as error:
        return error
    return ValidationException(EXISTS_ELSEWHERE) if isinstance(judged.command, Exists) else judged


def _member(
    context: Context, judged: Judged | ServiceError, request: Request
) -> _Read | _Write | ServiceError:
    """A member tied to its table, or why it cannot run."""
    if isinstance(judged, ServiceError):
        return judged
    try:
        if judged.reads:
            return _read(context, judged, request.get("ConsistentRead", False))
        verb, draft = statement_writes.draft(context, judged, returns_item=False)
        return _Write(judged, verb.bind(context, draft).key, verb, draft)
    except ServiceError as error:
        return error


def _read(context: Context, judged: Judged, consistent: bool) -> _Read:
    table = context.catalog.get(context.region, table_of(judged.command))
    key = statement_reads.only_key(judged, table)
    if key is None:
        raise ValidationException(_NEEDS_KEY)
    keys.check_lookup(table.keys, key)
    return _Read(judged, key, keys.storage_key(table, key, context.hash), table, consistent)


async def _response(
    context: Context, member: _Read | _Write | ServiceError, costs: list[_Cost]
) -> dict[str, object]:
    if isinstance(member, ServiceError):
        return {"Error": _error(context, member)}
    response: dict[str, object] = {"TableName": table_of(member.judged.command)}
    try:
        if isinstance(member, _Read):
            item = await _run_read(context, member, costs)
        else:
            item = await _run_write(context, member, costs)
    except ValidationException as error:  # captured: it names no table, whenever it is found
        return {"Error": _error(context, error)}
    except ServiceError as error:
        return {"Error": _error(context, error), **response}
    return response if item is None else {**response, "Item": item}


def _error(context: Context, error: ServiceError) -> dict[str, object]:
    code = next((_CODES[kind] for kind in type(error).__mro__ if kind in _CODES), "InternalServerError")
    return {
        "Code": code,
        "Message": error.classic if context.settings.wording == "classic" else error.message,
    }


async def _run_read(context: Context, member: _Read, costs: list[_Cost]) -> object | None:
    if context.meter.enforcing:
        context.meter.admit_read(member.table, None, member.place, member.key)
    (value,) = await context.engine.read((member.place,))
    record = None if value is None else records.unpack(value)
    units = read_units(record.size if record else 0, consistent=member.consistent)
    context.meter.read(member.table, units, member.place, member.key)
    costs.append(_Cost(member.table, read=units))
    return None if record is None else statement_reads.shown(member.judged, record)


async def _run_write(context: Context, member: _Write, costs: list[_Cost]) -> object | None:
    action = member.verb.bind(context, member.draft)
    met: list[Record | None] = []
    try:
        done = await actions.run(context, _remembering(action, met))
    except ServiceError:
        attempted = actions.attempted_units(action, met[-1] if met else None)
        costs.append(_Cost(action.table, written=attempted, succeeded=False))
        raise
    written = done.written
    costs.append(
        _Cost(
            action.table,
            written=written.table_units,
            on_indexes=written.index_units,
            on_vectors=written.vector_bytes,
        )
    )
    return statement_writes.returned(member.judged, done)


def _remembering(action: Action, met: list[Record | None]) -> Action:
    """The same action, which notes the record that it met: a failed write is charged for it."""

    def transition(before: Record | None) -> Outcome:
        met.append(before)
        return action.transition(before)

    return action._replace(transition=transition)


def _ledger(costs: list[_Cost]) -> Ledger:
    """What the batch cost. A table none of whose statements succeeded is left out."""
    served = {cost.table.id for cost in costs if cost.succeeded}
    ledger = Ledger()
    for cost in costs:
        if cost.table.id not in served:
            continue
        if cost.read:
            ledger.reads(cost.table, cost.read)
        else:
            ledger.writes(cost.table, cost.written, cost.on_indexes or {}, cost.on_vectors or {})
    return ledger


OPERATIONS = (
    Operation("BatchExecuteStatement", SHAPES["BatchExecuteStatement"], batch_execute_statement, "writes"),
)
