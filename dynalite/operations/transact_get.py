"""TransactGetItems: several items as of one moment."""

from collections.abc import Sequence
from typing import NamedTuple

from dynalite import limits
from dynalite.capacity.report import Ledger
from dynalite.capacity.units import read_units
from dynalite.catalog.schema import Table
from dynalite.errors import ValidationException
from dynalite.expressions import prepare, projection
from dynalite.expressions.prepare import Prepared
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items.key import KeyMismatch
from dynalite.items.record import Record
from dynalite.model.catalogue import SHAPES
from dynalite.operations import reading, transact
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.attribute import canonical_item
from dynalite.values.types import Answer, Item, Request, Spliced


class Get(NamedTuple):
    """One read of a transaction."""

    table_name: str
    key: Item
    prepared: Prepared


async def transact_get_items(context: Context, request: Request) -> Answer:
    gets = [
        Get(one["Get"]["TableName"], canonical_item(one["Get"]["Key"])[0], prepare.member_get(one["Get"]))
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
    reasons: list[transact.Reason | None] = []
    places: list[bytes | None] = []
    tables: list[Table] = []
    for get in gets:
        table = context.catalog.get(context.region, get.table_name)
        tables.append(table)
        if get.prepared.projection is not None:
            reading.check_paths(table, get.prepared)
        try:
            keys.check_lookup(table.keys, get.key)
            places.append(keys.storage_key(table, get.key, context.hash))
            reasons.append(None)
        except KeyMismatch as error:
            places.append(None)
            reasons.append(transact.reason(error))
    if any(reasons):
        raise transact.cancelled(reasons)
    known = [place for place in places if place is not None]
    if len(set(known)) < len(known):
        raise ValidationException(transact.SAME_ITEM)
    conflicts = transact.conflicting(context, places)
    if any(conflicts):
        raise transact.cancelled(conflicts)
    if context.meter.enforcing:
        meter = context.meter
        refusals: list[transact.Refusal | None] = []
        for get, table, place in zip(gets, tables, known, strict=True):
            refused = meter.read_refusal(table, None, place, get.key)
            refusals.append((table, refused) if refused else None)
        transact.check_admitted(meter, refusals)
    found = [None if value is None else records.unpack(value) for value in await context.engine.read(known)]
    if sum(record.size for record in found if record) > limits.TRANSACTION_BYTES:
        raise ValidationException(transact.TOO_LARGE)
    entries = Ledger()
    for get, table, place, record in zip(gets, tables, known, found, strict=True):
        units = transact.FACTOR * read_units(record.size if record else 0, consistent=True)
        entries.reads(table, units)
        context.meter.read(table, units, place, get.key)
    return found, entries


def _response(prepared: Prepared, record: Record | None) -> dict[str, object]:
    if record is None:
        return {}
    if prepared.projection is None:
        return {"Item": Spliced(record.json)}
    shown = projection.project(prepared.projection, record.item)
    return {"Item": shown} if shown else {}


OPERATIONS = (Operation("TransactGetItems", SHAPES["TransactGetItems"], transact_get_items, "reads"),)
