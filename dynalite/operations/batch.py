"""BatchGetItem and BatchWriteItem.

Everything in a batch is judged before anything is read or written. The reads of a batch come from one
snapshot and its writes go into one Batch: more than the service promises, and cheaper than one by one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import orjson

from dynalite import limits
from dynalite.capacity.refusals import THROTTLES
from dynalite.capacity.report import Ledger
from dynalite.capacity.units import read_units
from dynalite.catalog.schema import Table
from dynalite.errors import ServiceError, ValidationException
from dynalite.expressions import prepare, projection
from dynalite.expressions.prepare import NOTHING, Prepared
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items import write
from dynalite.items.record import Record
from dynalite.model.catalogue import SHAPES
from dynalite.operations import actions, item_collections, reading
from dynalite.operations.actions import Action, Draft
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.storage.engine import Batch
from dynalite.values.attribute import SEVERAL_TYPES, canonical_item
from dynalite.values.json_types import EMPTY
from dynalite.values.types import Answer, Item, Request, Spliced

_DUPLICATES = "Provided list of item keys contains duplicates"
_TOO_MANY_KEYS = "Too many items requested for the BatchGetItem call"
_TOO_MANY_WRITES = "Too many items requested for the BatchWriteItem call"
_STYLES = ("ProjectionExpression", "AttributesToGet")


# ------------------------------------------------------------------ BatchGetItem


class _Block(NamedTuple):
    """What is asked of one table: `asked` is the request's own block, so that it can be handed back
    unprocessed.
    """

    name: str
    asked: Request
    keys: list[Item]
    prepared: Prepared
    consistent: bool


_Wanted: TypeAlias = tuple[_Block, Table, Item, bytes]
"""One item of a batch: its block, its table, its key and its place in storage."""


async def batch_get_item(context: Context, request: Request) -> Answer:
    blocks = _blocks(request)
    wanted: list[_Wanted] = []
    for block in blocks:
        table = context.catalog.get(context.region, block.name)
        if block.prepared.projection is not None:
            reading.check_paths(table, block.prepared)
        for key in block.keys:
            keys.check_lookup(table.keys, key)
            wanted.append((block, table, key, keys.storage_key(table, key, context.hash)))
    if len({place for *_, place in wanted}) < len(wanted):  # a table may be named twice, once by its ARN
        raise ValidationException(_DUPLICATES)
    found: dict[str, list[object]] = {block.name: [] for block in blocks}
    unprocessed: dict[str, Request] = {}
    values = await context.engine.read([place for *_, place in wanted])
    ledger = Ledger()
    meter = context.meter
    refusals: list[tuple[Table, ServiceError]] = []
    answered_bytes = 0
    for (block, table, key, place), value in zip(wanted, values, strict=True):
        refusal = meter.read_refusal(table, None, place, key) if meter.enforcing else None
        if refusal is not None:
            refusals.append((table, refusal))
            _hand_back(unprocessed, block, key)
            continue
        record = None if value is None else records.unpack(value)
        size_bytes = record.size if record else 0
        if answered_bytes + size_bytes > limits.BATCH_BYTES:
            _hand_back(unprocessed, block, key)
            continue
        answered_bytes += size_bytes
        units = read_units(size_bytes, consistent=block.consistent)
        ledger.reads(table, units)
        meter.read(table, units, place, key)
        if record is not None:
            found[block.name].append(_shown(record, block.prepared))
    if len(refusals) == len(wanted):
        raise meter.request_refused(*refusals[0])
    answer: Answer = {"Responses": found, "UnprocessedKeys": unprocessed}
    ledger.into(answer, request)
    return answer


def _hand_back(unprocessed: dict[str, Request], block: _Block, key: Item) -> None:
    unprocessed.setdefault(block.name, {**block.asked, "Keys": []})["Keys"].append(key)


def _blocks(request: Request) -> list[_Block]:
    asked: dict[str, Request] = request["RequestItems"]
    if sum(len(block["Keys"]) for block in asked.values()) > limits.BATCH_GET_KEYS:
        raise ValidationException(_TOO_MANY_KEYS)
    check_one_style(asked.values())
    blocks = [
        _Block(
            name,
            block,
            [canonical_item(raw)[0] for raw in block["Keys"]],
            prepare.get(block),
            block.get("ConsistentRead", False),
        )
        for name, block in asked.items()
    ]
    for block in blocks:  # that two keys are one is told before whether there is such a table
        if len({orjson.dumps(key, option=orjson.OPT_SORT_KEYS) for key in block.keys}) < len(block.keys):
            raise ValidationException(_DUPLICATES)
    return blocks


def check_one_style(blocks: Iterable[Request]) -> None:
    """Both styles of projection in one request are refused, though each be in a block of its own."""
    styles = {member: block[member] for block in blocks for member in _STYLES if member in block}
    if len(styles) > 1:
        prepare.get(styles)


def _shown(record: Record, prepared: Prepared) -> object:
    if prepared.projection is None:
        return Spliced(record.json)
    return projection.project(prepared.projection, record.item)


# ------------------------------------------------------------------ BatchWriteItem


async def batch_write_item(context: Context, request: Request) -> Answer:
    drafts = _drafts(request)
    bound = [(verb.bind(context, draft), draft.table_name) for verb, draft in drafts]
    if len({action.key for action, _ in bound}) < len(bound):
        raise ValidationException(_DUPLICATES)
    unprocessed: dict[str, list[Request]] = {}
    if context.meter.enforcing:
        written = await _write_admitted(context, bound, _asked(request), unprocessed)
    else:
        written = await _write(context, [action for action, _ in bound])
    ledger = Ledger()
    for action, one in written:
        ledger.writes(action.table, one.table_units, one.index_units, one.vector_bytes)
    answer: Answer = {"UnprocessedItems": unprocessed}
    ledger.into(answer, request)
    touched = ((name, action.table, action.primary) for action, name in bound)
    await item_collections.into(answer, request, context, touched)
    return answer


def _asked(request: Request) -> list[Request]:
    """The batch's writes as they were asked for, in the order in which they are tied to their tables."""
    return [one for writes in request["RequestItems"].values() for one in writes]


def _drafts(request: Request) -> list[tuple[actions.Verb, Draft]]:
    if sum(map(len, request["RequestItems"].values())) > limits.BATCH_WRITES:
        raise ValidationException(_TOO_MANY_WRITES)
    drafts = []
    for name, writes in request["RequestItems"].items():
        for one in writes:
            verb, member = _verb(one)
            drafts.append((verb, verb.draft({**member, "TableName": name})))
    return drafts


def _verb(one: Request) -> tuple[actions.Verb, Request]:
    """The one write that is asked for. None or two are refused in the words for an AttributeValue."""
    put, delete = one.get("PutRequest"), one.get("DeleteRequest")
    if put is not None and delete is not None:
        raise ValidationException(SEVERAL_TYPES)
    if put is not None:
        return _PUT, put
    if delete is not None:
        return _DELETE, delete
    raise ValidationException(EMPTY)


def _bind_put(context: Context, draft: Draft) -> Action:
    """As for a single put, but a batch says of every key that does not fit what is said of a lookup key."""
    table = context.catalog.get(context.region, draft.table_name)
    keys.check_lookup(
        table.keys, {a.name: draft.item[a.name] for a in table.keys.attributes if a.name in draft.item}
    )
    return actions.PUT.bind(context, draft)


def _no_expressions(_: Request) -> Prepared:
    return NOTHING


_PUT = replace(actions.PUT, bind=_bind_put, prepare=_no_expressions)
_DELETE = replace(actions.DELETE, prepare=_no_expressions)


_Written: TypeAlias = list[tuple[Action, write.Written]]
"""The actions that were done, with what each cost."""


async def _write(context: Context, batch_actions: Sequence[Action]) -> _Written:
    reading = actions.Reading(batch_actions)
    at = context.clock.now()

    def decide(
        values: Sequence[bytes | None],
    ) -> tuple[list[tuple[Action, write.Change, write.Written]], Batch]:
        batch = Batch()
        decided = []
        for action, (before, beside) in zip(batch_actions, reading.rows(values), strict=True):
            after = action.transition(before).after
            change = write.Change(action.table, action.key, before, after, at, beside)
            decided.append((action, change, write.apply(batch, change, context.hash)))
        return decided, batch

    written: _Written = []
    for action, change, done in await context.engine.update(reading.keys, decide):
        context.meter.wrote(
            action.table, action.key, action.primary, done.table_units, done.index_units, images=change
        )
        written.append((action, done))
    return written


async def _write_admitted(
    context: Context,
    bound: Sequence[tuple[Action, str]],
    asked: Sequence[Request],
    unprocessed: dict[str, list[Request]],
) -> _Written:
    """Write one after another, so that each is admitted by what the ones before it have left; hand back those
    that are not. Raises the first refusal when nothing was admitted.
    """
    written = []
    refusals: list[tuple[Table, ServiceError]] = []
    for (action, name), one in zip(bound, asked, strict=True):
        try:
            written.append((action, (await actions.apply(context, action)).written))
        except THROTTLES as refusal:
            refusals.append((action.table, refusal))
            unprocessed.setdefault(name, []).append(one)
    if not written:
        raise context.meter.request_refused(*refusals[0])
    return written


OPERATIONS = (
    Operation("BatchGetItem", SHAPES["BatchGetItem"], batch_get_item, "reads"),
    Operation("BatchWriteItem", SHAPES["BatchWriteItem"], batch_write_item, "writes"),
)
