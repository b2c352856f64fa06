"""What Query and Scan share: where they read from, what they return, what it costs.

A read comes from a table or from one of its indexes. A local index that lacks attributes which the request
needs reaches back to the table for them, and the table's arm is charged for each item so fetched; a global
index never does.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import compress
from typing import NamedTuple

from dynalite.capacity import report
from dynalite.capacity.units import read_bytes, read_units
from dynalite.catalog.schema import Index, Table
from dynalite.errors import INVALID_VALUES, ValidationException
from dynalite.expressions import condition as conditions
from dynalite.expressions import keycondition
from dynalite.expressions import projection as projections
from dynalite.expressions.prepare import Prepared
from dynalite.expressions.projection import Projection
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items.page import SLICE_BYTES, SLICE_ROWS, Page, Range, read_page
from dynalite.items.record import Record
from dynalite.limits import PAGE_BYTES
from dynalite.operations import cursor
from dynalite.operations.context import Context
from dynalite.values.types import Answer, Item, Request, Spliced

NOT_CONSISTENT = "Consistent reads are not supported on global secondary indexes"
_STRIDE_ROWS = 16
"""How many rows of a local index are walked before their items are fetched; all items may be of 400 KB."""

_MUST_SPECIFY = (
    "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
)


@dataclass(frozen=True, slots=True)
class Source:
    """What is read: a table, or an index of it."""

    table: Table
    index: Index | None


def source(context: Context, request: Request, of_vectors: str) -> Source:
    """The table or index that a request names, ready to be read. `of_vectors` is what the operation says of a
    vector index, which is searched instead.
    """
    table = context.catalog.get(context.region, request["TableName"])
    name = request.get("IndexName")
    if name is None:
        return Source(table, None)
    index = table.index(name)
    if index is None and any(vectors.name == name for vectors in table.live_vectors):
        raise ValidationException(of_vectors)
    if index is None or index.status == "DELETING":
        raise ValidationException(f"The table does not have the specified index: {name}")
    if index.status == "CREATING":
        raise ValidationException(f"Cannot read from backfilling global secondary index: {name}")
    if index.is_global and request.get("ConsistentRead"):
        raise ValidationException(NOT_CONSISTENT)
    return Source(table, index)


def select_problem(request: Request) -> str | None:
    """What is wrong with the request's Select, judged from the request alone."""
    select = request.get("Select")
    for member in ("ProjectionExpression", "AttributesToGet"):
        if member in request and select not in (None, "SPECIFIC_ATTRIBUTES"):
            return f"Cannot specify the {member} when choosing to get {select}"
    if select == "SPECIFIC_ATTRIBUTES" and not (
        "ProjectionExpression" in request or "AttributesToGet" in request
    ):
        return _MUST_SPECIFY
    if select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in request:
        return "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"
    return None


def check_projected(source: Source, request: Request, prepared: Prepared) -> None:
    """A global index answers only with what it carries."""
    index = source.index
    if index is None or not index.is_global or index.projected is None:
        return
    if request.get("Select") == "ALL_ATTRIBUTES":
        raise ValidationException(
            f"{INVALID_VALUES}Select type ALL_ATTRIBUTES is not supported for global secondary index"
            f" {index.name} because its projection type is not ALL"
        )
    if prepared.projection is not None:
        missing = sorted(projections.top_level_names(prepared.projection) - index.projected)
        if missing:
            raise ValidationException(
                f"{INVALID_VALUES}Global secondary index {index.name} does not project [{', '.join(missing)}]"
            )


def check_paths(table: Table, prepared: Prepared) -> None:
    """Document paths lead into no key, of the table or of an index: keys are scalars."""
    paths = [] if prepared.projection is None else list(prepared.projection.paths)
    if prepared.filter is not None:
        paths += conditions.document_paths(prepared.filter)
    if all(len(path) == 1 for path in paths):
        return
    keycondition.paths_must_not_enter(paths, [key.name for key in table.keys.attributes])
    index_keys = [key.name for index in table.indexes for key in index.keys.attributes]
    keycondition.paths_must_not_enter(paths, index_keys, "IndexKey")


async def answer(
    context: Context,
    request: Request,
    source: Source,
    range_: Range,
    prepared: Prepared,
    partition: bytes | None = None,
    key: Item | None = None,
) -> Answer:
    """Read one page of the range and answer with it. `partition` begins all its keys where it is of one
    partition, and `key` is that one's.
    """
    filter_tree = prepared.filter
    keep = None if filter_tree is None else lambda item: conditions.holds(filter_tree, item)
    limit = request.get("Limit")
    fetched: Sequence[Record] = ()
    needs = _beyond_index(source, request, prepared)
    weigh = 0
    if context.meter.enforcing:
        weigh = admit(context, source, range_, partition, key)
    if needs.filter or needs.answer:
        reach = Reach(needs.answer, late=keep) if needs.filter else Reach(needs.answer, early=keep)
        page, fetched = await read_reaching_back(context, source, range_, reach, limit=limit, weigh=weigh)
    else:
        page = await read_page(context.engine, range_, limit=limit, keep=keep, weigh=weigh)
    result: Answer = {}
    if request.get("Select") != "COUNT":
        result["Items"] = await items_of(page.kept, _projecting(prepared.projection))
    result["Count"] = len(page.kept)
    result["ScannedCount"] = page.scanned_count
    if page.last is not None:
        result["LastEvaluatedKey"] = cursor.last_evaluated(source.table, source.index, page.last)
    spent = _spent(source, page, fetched, request.get("ConsistentRead", False))
    charge(context, source, spent, page, partition, key)
    spent.into(result, request, source)
    return result


def _projecting(projection: Projection | None) -> Callable[[Item], Item] | None:
    return None if projection is None else partial(projections.project, projection)


async def items_of(kept: list[Record], project: Callable[[Item], Item] | None) -> object:
    """An answer's items. What has to be decoded, to `project` it, is so in slices, as in `read_page`."""
    if project is None:
        return Spliced(b"[" + b",".join([record.json for record in kept]) + b"]")
    items: list[Item] = []
    slice_bytes = 0
    for number, record in enumerate(kept, 1):
        items.append(project(record.item))
        slice_bytes += record.size
        if slice_bytes >= SLICE_BYTES or number % SLICE_ROWS == 0:
            slice_bytes = 0
            await asyncio.sleep(0)
    return items


# ------------------------------------------------------------------ reaching back from a local index


class _Needs(NamedTuple):
    """Whether the filter, or only the answer, needs attributes that the index does not carry."""

    filter: bool = False
    answer: bool = False


def _beyond_index(source: Source, request: Request, prepared: Prepared) -> _Needs:
    index = source.index
    if index is None or index.is_global or index.projected is None:
        return _Needs()
    select = request.get("Select")
    if prepared.projection is not None:
        wanted = not projections.top_level_names(prepared.projection) <= index.projected
    else:
        wanted = select == "ALL_ATTRIBUTES"
    filtered = (
        prepared.filter is not None and not conditions.top_level_names(prepared.filter) <= index.projected
    )
    return _Needs(filtered, wanted and select != "COUNT")


@dataclass(frozen=True, slots=True)
class Reach:
    """What a local index fetches items for: to show them (`answer`), otherwise its own rows are shown, or to
    filter by them (`late`). A row that `early` does not accept is not fetched for.
    """

    answer: bool
    early: Callable[[Item], bool] | None = None
    late: Callable[[Item], bool] | None = None


async def read_reaching_back(
    context: Context,
    source: Source,
    range_: Range,
    reach: Reach,
    *,
    limit: int | None,
    weigh: int = 0,
    used_bytes: int = 0,
) -> tuple[Page, list[Record]]:
    """Read a page of a local index, and every record of the table that was fetched for it. An item that was
    deleted in the meantime is left out.

    Such a page ends earlier than others: 1 MB are the rows, rounded up to 4 KB, together with the items
    fetched, each rounded up (developer guide, "Local secondary indexes"). `used_bytes` of it are gone.
    """
    table, index = source.table, source.index
    assert index is not None
    page = Page([], weights=Counter() if weigh else None)
    fetched: list[Record] = []
    fetched_bytes = used_bytes
    rest = range_
    while True:
        stride = _STRIDE_ROWS if limit is None else min(limit - page.scanned_count, _STRIDE_ROWS)
        walked = await read_page(context.engine, rest, limit=stride, weigh=weigh)
        if page.weights is not None and walked.weights is not None:
            page.weights.update(walked.weights)
        wanted = [reach.early is None or reach.early(row.item) for row in walked.kept]
        places = [keys.storage_key(table, row.item, context.hash) for row in compress(walked.kept, wanted)]
        values = iter(await context.engine.read(places))
        for row, is_wanted in zip(walked.kept, wanted, strict=True):
            page.scanned_count += 1
            page.scanned_bytes += row.size
            value = next(values) if is_wanted else None
            if value is not None:
                whole = records.unpack(value)
                fetched.append(whole)
                fetched_bytes += read_bytes(whole.size)
                if reach.late is None or reach.late(whole.item):
                    page.kept.append(whole if reach.answer else row)
            if read_bytes(page.scanned_bytes) + fetched_bytes >= PAGE_BYTES or page.scanned_count == limit:
                page.last = row
                return page, fetched
        if walked.last is None:
            return page, fetched
        rest = rest.beyond(keys.index_key(table, index, walked.last.item, context.hash))
        await asyncio.sleep(0)


# ------------------------------------------------------------------ what it costs


class Spent(NamedTuple):
    """The read units of a page: of what it walked, and of reaching back to the table."""

    walking: float
    reaching_back: float = 0.0

    def into(self, answer: Answer, request: Request, source: Source) -> None:
        """Add the ConsumedCapacity of the page to an answer whose request asked for it."""
        if source.index is None:
            report.into(answer, request, source.table, self.walking)
        else:
            on_index = {source.index.name: self.walking}
            report.into(answer, request, source.table, self.reaching_back, on_index)


def _spent(source: Source, page: Page, fetched: Sequence[Record], consistent: bool) -> Spent:
    units = read_units(page.scanned_bytes, consistent=consistent)
    return Spent(units, sum((read_units(record.size, consistent=consistent) for record in fetched), 0.0))


def admit(
    context: Context, source: Source, range_: Range, partition: bytes | None, key: Item | None = None
) -> int:
    """Refuse a page that capacity does not allow. Returns by how many first bytes of its keys it is weighed.

    A page of one partition is let in by that one and charged to it; any other is let in by the partition in
    which it begins and charged to each that it walks, as its weights say.
    """
    meter = context.meter
    if partition is not None:
        meter.admit_read(source.table, source.index, partition, key)
        return 0
    meter.admit_read(source.table, source.index, range_.start, None, walking=True)
    return meter.weigh(source.index)


def charge(
    context: Context,
    source: Source,
    spent: Spent,
    page: Page,
    partition: bytes | None = None,
    key: Item | None = None,
) -> None:
    """Charge a page to whoever runs. Where nobody says the `key` of its partition, an item of it does."""
    if key is None and partition is not None and page.kept:
        key = page.kept[0].item
    context.meter.read_page(
        source.table,
        source.index,
        units=spent.walking,
        on_table=spent.reaching_back,
        scanned=page.scanned_count,
        returned=len(page.kept),
        place=partition,
        item=key,
        weights=page.weights,
    )
