"""GetItem, PutItem, UpdateItem and DeleteItem."""

from collections.abc import Mapping

from dynalite.capacity import report
from dynalite.capacity.units import read_units
from dynalite.errors import InvalidRequest
from dynalite.expressions import prepare, projection
from dynalite.expressions import update as updates
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.model.catalogue import SHAPES
from dynalite.operations import actions, item_collections, reading
from dynalite.operations.actions import Action, Done
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.attribute import canonical_item
from dynalite.values.types import Answer, Request, Spliced


async def get_item(context: Context, request: Request) -> Answer:
    key, _ = canonical_item(request["Key"])
    prepared = prepare.get(request)
    table = context.catalog.get(context.region, request["TableName"])
    if prepared.projection is not None:
        reading.check_paths(table, prepared)
    keys.check_lookup(table.keys, key)
    place = keys.storage_key(table, key, context.hash)
    meter = context.meter
    if meter.enforcing:
        meter.admit_read(table, None, place, key)
    (value,) = await context.engine.read((place,))
    answer: Answer = {}
    size = 0
    if value is not None:
        record = records.unpack(value)
        size = record.size
        if prepared.projection is None:
            answer["Item"] = Spliced(record.json)
        else:
            answer["Item"] = projection.project(prepared.projection, record.item)
    units = read_units(size, consistent=request.get("ConsistentRead", False))
    meter.read(table, units, place, key)
    report.into(answer, request, table, units)
    return answer


async def put_item(context: Context, request: Request) -> Answer:
    _only_old_values(request)
    action = actions.PUT.action(context, request)
    return await _written(context, request, action, await actions.run(context, action))


async def delete_item(context: Context, request: Request) -> Answer:
    _only_old_values(request)
    action = actions.DELETE.action(context, request)
    return await _written(context, request, action, await actions.run(context, action))


async def update_item(context: Context, request: Request) -> Answer:
    action = actions.UPDATE_ITEM.action(context, request)
    return await _written(context, request, action, await actions.run(context, action))


def _only_old_values(request: Request) -> None:
    if request.get("ReturnValues", "NONE") not in ("NONE", "ALL_OLD"):
        raise InvalidRequest("ReturnValues can only be ALL_OLD or NONE")


async def _written(context: Context, request: Request, action: Action, done: Done) -> Answer:
    """The answer of a single write: the images asked for, and what it cost."""
    answer: Answer = {}
    attributes = _attributes(request.get("ReturnValues", "NONE"), done)
    if attributes is not None:
        answer["Attributes"] = attributes
    written = done.written
    report.into(answer, request, action.table, written.table_units, written.index_units, written.vector_bytes)
    if request.get("ReturnItemCollectionMetrics") == "SIZE" and action.table.has_local_index:
        answer["ItemCollectionMetrics"] = await item_collections.metrics(
            context, action.table, action.primary
        )
    return answer


_UPDATED: Mapping[str, updates.Image] = {"UPDATED_OLD": "UPDATED_OLD", "UPDATED_NEW": "UPDATED_NEW"}


def _attributes(mode: str, done: Done) -> object | None:
    if mode == "ALL_OLD":
        return None if done.before is None else Spliced(done.before.json)
    if mode == "ALL_NEW":
        return None if done.after is None else Spliced(done.after.json)
    if mode in _UPDATED and done.updated is not None:
        before = done.before.item if done.before else {}
        return updates.returned(done.updated, before, done.updated.item, _UPDATED[mode])
    return None


OPERATIONS = (
    Operation("GetItem", SHAPES["GetItem"], get_item, "reads"),
    Operation("PutItem", SHAPES["PutItem"], put_item, "writes", prefixes=True),
    Operation("UpdateItem", SHAPES["UpdateItem"], update_item, "writes", prefixes=True),
    Operation("DeleteItem", SHAPES["DeleteItem"], delete_item, "writes", prefixes=True),
)
