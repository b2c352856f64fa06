"""SELECT: a page of a table or index, or one item by its key.

A statement is read like a Query or a Scan, or like several Queries one after the other (`partiql.plan`).
Three things differ from those. A local index that has to reach back to the table does it for every row it
walks, before the filter and not after. A column is named by the last name of its path: `SELECT a.b` answers
`{"b": ...}`. And where partition keys are given by IN, a page ends after ten items.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from dynalite.capacity.units import read_bytes, read_units
from dynalite.catalog.schema import Table
from dynalite.errors import INVALID_VALUES, ValidationException
from dynalite.expressions import condition as conditions
from dynalite.expressions.tree import Node, paths_of
from dynalite.items import ranges
from dynalite.items.page import Page, Range, read_page
from dynalite.items.record import Record
from dynalite.limits import PAGE_BYTES
from dynalite.operations import cursor, reading, statement_tokens
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


@dataclass(slots=True)
class _Walk:
    """What has been read so far, and what is charged to the table for reaching back, and fills the page.

    `number` and the page's `last` are where it stopped: in that range, behind that row, or before it begins.
    `number` None: nothing is left.
    """

    page: Page
    reached_back: float = 0.0
    fetched_bytes: int = 0
    number: int | None = None


async def select_page(
    context: Context, request: Request, select: Select, judged: Judged, parameters: list[AttributeValue]
) -> Answer:
    """One page of a SELECT."""
    consistent = request.get("ConsistentRead", False)
    source = _source(context, select, consistent)
    _check_columns(source, select)
    planned = plan.read(source.table, source.index, judged.where, select.order, context.hash)
    digest = statement_tokens.digest_of(request["Statement"], parameters, source)
    start = statement_tokens.start(request.get("NextToken"), digest, planned.ranges, context.hash)
    partition = _partition(source, planned.ranges)
    weigh = 0
    if context.meter.enforcing:
        weigh = reading.admit(context, source, _begins(source, planned.ranges, start), partition)
    ask = _Ask(request.get("Limit"), consistent, _reach(source, select, planned.filter), weigh)
    walk = await _walk(context, source, planned, start, ask)
    page = walk.page
    answer: Answer = {"Items": await reading.items_of(page.kept, _projecting(select.columns))}
    if walk.number is not None:
        place = statement_tokens.BEGINNING
        if page.last is not None:
            key = cursor.last_evaluated(source.table, source.index, page.last)
            place = cursor.place(source.table, source.index, key, context.hash)
            answer["LastEvaluatedKey"] = key
        answer["NextToken"] = statement_tokens.write(digest, walk.number, place, context.hash)
    spent = Spent(read_units(page.scanned_bytes, consistent=consistent), walk.reached_back)
    reading.charge(context, source, spent, page, partition)
    spent.into(answer, request, source)
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


def _reach(source: Source, select: Select, tree: Node | None) -> "_Reach | None":
    """What a local index has to fetch its rows' items for, if it has to."""
    index = source.index
    if index is None or index.is_global or index.projected is None:
        return None
    if _beyond(source, select):
        return "answer"
    filtered = tree is not None and any(str(path[0]) not in index.projected for path in paths_of(tree))
    return "filter" if filtered else None


# ------------------------------------------------------------------ walking


_Reach: TypeAlias = Literal["answer", "filter"]
"""What the table has to be asked for: what is answered (and filtered by), or only what is filtered by."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """How a statement is read."""

    limit: int | None
    consistent: bool
    reach: _Reach | None
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
        bounds = [ask.limit, planned.page_items if _holds_several(source) else None]
        room = min([bound - page.scanned_count for bound in bounds if bound is not None], default=None)
        if ask.reach:
            reach = reading.Reach(ask.reach == "answer", late=keep)
            found, fetched = await reading.read_reaching_back(
                context,
                source,
                range_,
                reach,
                limit=room,
                weigh=ask.weigh,
                used_bytes=page.scanned_bytes + walk.fetched_bytes,
            )
            walk.fetched_bytes += sum(read_bytes(one.size) for one in fetched)
            walk.reached_back += sum(read_units(one.size, consistent=ask.consistent) for one in fetched)
        else:
            found = await read_page(
                context.engine,
                range_,
                limit=room,
                most_bytes=PAGE_BYTES - page.scanned_bytes,
                keep=keep,
                weigh=ask.weigh,
            )
        page.take_in(found)
        if page.last is not None:
            walk.number = number
            break
        if _is_full(page, planned) and number + 1 < len(planned.ranges):
            walk.number = number + 1
            break
    return walk


def _holds_several(source: Source) -> bool:
    """Whether one partition key may have several rows."""
    return source.index is not None or bool(source.table.keys.sort)


def _is_full(page: Page, planned: plan.Reading) -> bool:
    most = planned.page_items
    return page.scanned_bytes >= PAGE_BYTES or (most is not None and page.scanned_count >= most)


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
