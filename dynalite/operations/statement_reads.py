"""SELECT: a page of a table or index, or one item by its key.

A statement is read like a Query or a Scan, or like several Queries one after the other (`partiql.plan`).
Two things differ from those. A local index that has to reach back to the table does it for every row it
walks, before the filter and not after. And a column is named by the last name of its path: `SELECT a.b`
answers `{"b": ...}`.

A NextToken holds where the last page stopped: the number of the range and the key of its last row, with
a digest of the statement, its parameters and what they were read from. It depends on nothing that a
restart forgets.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

import msgpack
import orjson

from dynalite.capacity.units import read_units
from dynalite.catalog.schema import Table
from dynalite.errors import INVALID_VALUES, ValidationException
from dynalite.expressions import condition as conditions
from dynalite.items import ranges
from dynalite.items.page import Page, Range, read_page
from dynalite.items.record import Record
from dynalite.limits import PAGE_BYTES
from dynalite.operations import cursor, reading
from dynalite.operations.context import Context
from dynalite.operations.reading import Source, Spent
from dynalite.operations.statement_judging import Judged
from dynalite.partiql import meaning, plan
from dynalite.partiql.keys import named_item
from dynalite.partiql.statement import Column, Select
from dynalite.storage.keyspace import HASH_BYTES
from dynalite.values import paths
from dynalite.values.types import Answer, AttributeValue, Item, Request, Spliced

_NO_INDEX = "The table does not have the specified index"
_CONSISTENT = "Strongly consistent read is not supported on Global Secondary Indexes"
_INVALID_TOKEN = "Invalid NextToken"
_OTHER_TOKEN = "NextToken does not match request"
_DIGEST_BYTES = 16
_BEGINNING = b""
"""Stands in a token for a range of which nothing has been read."""


@dataclass(slots=True)
class _Walk:
    """What has been read so far, and what is charged to the table for reaching back.

    `number` and the page's `last` are where it stopped: in that range, behind that row, or before it begins.
    `number` None: nothing is left.
    """

    page: Page
    reached_back: float = 0.0
    number: int | None = None


async def select_page(
    context: Context, request: Request, select: Select, judged: Judged, parameters: list[AttributeValue]
) -> Answer:
    """One page of a SELECT."""
    consistent = request.get("ConsistentRead", False)
    source = _source(context, select, consistent)
    _check_columns(source, select)
    planned = plan.read(source.table, source.index, judged.where, select.order, context.hash)
    digest = _digest(request["Statement"], parameters, source)
    start = _start(request.get("NextToken"), digest, planned.ranges)
    partition = _partition(source, planned.ranges)
    weigh = 0
    if context.meter.enforcing:
        weigh = reading.admit(context, source, _begins(source, planned.ranges, start), partition)
    ask = _Ask(request.get("Limit"), consistent, bool(_beyond(source, select)), weigh)
    walk = await _walk(context, source, planned, start, ask)
    page = walk.page
    answer: Answer = {"Items": await reading.items_of(page.kept, _projecting(select.columns))}
    if walk.number is not None:
        place = _BEGINNING
        if page.last is not None:
            key = cursor.last_evaluated(source.table, source.index, page.last)
            place = cursor.place(source.table, source.index, key, context.hash)
            answer["LastEvaluatedKey"] = key
        answer["NextToken"] = urlsafe_b64encode(msgpack.packb((digest, walk.number, place))).decode()
    spent = Spent(read_units(page.scanned_bytes, consistent=consistent), walk.reached_back)
    reading.charge(context, source, spent, page, partition)
    mode = request.get("ReturnConsumedCapacity")
    if mode is not None and mode != "NONE":
        answer["ConsumedCapacity"] = spent.report(mode, source)
    return answer


def _source(context: Context, select: Select, consistent: bool) -> Source:
    table = context.catalog.get(context.region, select.table)
    if select.index is None:
        return Source(table, None)
    index = table.index(select.index)
    if index is None or index.status in ("CREATING", "DELETING"):
        raise ValidationException(_NO_INDEX)
    if index.is_global and consistent:
        raise ValidationException(_CONSISTENT)
    return Source(table, index)


def _check_columns(source: Source, select: Select) -> None:
    """A global index answers only with what it carries."""
    index = source.index
    if index is not None and index.is_global:
        missing = _beyond(source, select)
        if missing:
            raise ValidationException(
                f"{INVALID_VALUES}Global secondary index {index.name} does not project [{', '.join(missing)}]"
            )


def _beyond(source: Source, select: Select) -> list[str]:
    """The attributes asked for that the index does not carry; `*` asks for what it carries."""
    projected = None if source.index is None else source.index.projected
    if projected is None or select.columns is None:
        return []
    names = dict.fromkeys([str(column.path[0]) for column in select.columns])
    return [name for name in names if name not in projected]


# ------------------------------------------------------------------ walking


@dataclass(frozen=True, slots=True)
class _Ask:
    """How a statement is read. `reaches_back`: the table has to be asked for what the index lacks."""

    limit: int | None
    consistent: bool
    reaches_back: bool
    weigh: int


async def _walk(
    context: Context, source: Source, planned: plan.Reading, start: tuple[int, Range | None], ask: _Ask
) -> _Walk:
    tree = meaning.tested(planned.filter)
    keep = None if tree is None else lambda item: conditions.holds(tree, item)
    walk = _Walk(Page([], weights=Counter() if ask.weigh else None))
    page, (first, rest) = walk.page, start
    for number in range(first, len(planned.ranges)):
        range_ = planned.ranges[number] if rest is None or number > first else rest
        room = None if ask.limit is None else ask.limit - page.scanned_count
        early = None if ask.reaches_back else keep
        found = await read_page(context.engine, range_, limit=room, keep=early, weigh=ask.weigh)
        if ask.reaches_back:
            behind = await reading.from_table(context, source.table, found.kept)
            units = [read_units(one.size, consistent=ask.consistent) for one in behind if one]
            walk.reached_back += sum(units)
            pairs = zip(found.kept, behind, strict=True)
            found.kept = [whole for row, whole in pairs if whole and (keep is None or keep(row.item))]
        page.take_in(found)
        if page.last is not None:
            walk.number = number
            break
        if page.scanned_bytes >= PAGE_BYTES and number + 1 < len(planned.ranges):
            walk.number = number + 1
            break
    return walk


def _partition(source: Source, planned: Sequence[Range]) -> bytes | None:
    """What begins the keys of all ranges when they are of one partition."""
    length = len(ranges.prefix(source.table, source.index)) + HASH_BYTES
    beginnings = {range_.start[:length] for range_ in planned}
    only = beginnings.pop() if len(beginnings) == 1 else b""
    return only if len(only) == length else None


def _begins(source: Source, planned: Sequence[Range], start: tuple[int, Range | None]) -> Range:
    """The range that is walked first; when there is none to walk, an empty one."""
    number, rest = start
    if rest is not None:
        return rest
    prefix = ranges.prefix(source.table, source.index)
    return planned[number] if planned else Range(prefix, prefix)


def _projecting(columns: tuple[Column, ...] | None) -> Callable[[Item], Item] | None:
    return None if columns is None else partial(project, columns)


def project(columns: tuple[Column, ...], item: Item) -> Item:
    """What an item has of the columns, each under its column's name."""
    found = ((column.name, paths.get(item, column.path)) for column in columns)
    return {name: value for name, value in found if value is not None}


# ------------------------------------------------------------------ NextToken


def _digest(statement: str, parameters: list[AttributeValue], source: Source) -> bytes:
    read_from = [source.table.id, None if source.index is None else source.index.id]
    return blake2b(orjson.dumps([statement, parameters, read_from]), digest_size=_DIGEST_BYTES).digest()


def _start(token: str | None, digest: bytes, planned: Sequence[Range]) -> tuple[int, Range | None]:
    """Where to begin: the number of a range, and what is left of it."""
    if token is None:
        return 0, None
    try:
        of, number, place = msgpack.unpackb(urlsafe_b64decode(token.encode()))
    except (ValueError, TypeError, msgpack.UnpackException):
        raise ValidationException(_INVALID_TOKEN) from None
    if not (isinstance(of, bytes) and isinstance(number, int) and isinstance(place, bytes)):
        raise ValidationException(_INVALID_TOKEN)
    if of != digest:
        raise ValidationException(_OTHER_TOKEN)
    if not 0 <= number < len(planned):
        raise ValidationException(_INVALID_TOKEN)
    if place == _BEGINNING:
        return number, None
    if not planned[number].start <= place < planned[number].stop:
        raise ValidationException(_INVALID_TOKEN)
    return number, planned[number].beyond(place)


# ------------------------------------------------------------------ one item


def only_key(judged: Judged, table: Table) -> Item | None:
    """The key of a SELECT that names one item of the table and says nothing else; None for any other."""
    select = judged.command
    named = named_item(judged.where, table.keys, by_in=True)
    if not isinstance(select, Select) or select.index is not None or select.order:
        return None
    return named.key if len(named.key) == len(table.keys.attributes) and not named.rest else None


def shown(judged: Judged, record: Record) -> object:
    """What a SELECT of one item shows of it."""
    select = judged.command
    assert isinstance(select, Select)
    return Spliced(record.json) if select.columns is None else project(select.columns, record.item)
