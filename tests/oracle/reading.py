"""Follow a Query or Scan page by page and hold every page against the oracle's rows.

The server chooses the order of a Scan, the order of index rows with equal keys, and (within a Query)
nothing else. So a Query's pages are compared row by row, except that rows of one tie may stand in any
order; a page that ends inside a tie is compared together with the next. A Scan is compared as a whole, and
its partitions must come in one piece, sorted.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from tests.oracle.answers import Divergence, expect
from tests.oracle.capacity import Spent, read_units
from tests.oracle.intents import Read, Request
from tests.oracle.model import Answer, Row, Table
from tests.oracle.schema import identity, sort_values
from tests.oracle.values import Item, fingerprint, item_size_bytes

PAGE_BYTES = 1024 * 1024
_MORE_PAGES_THAN_ANY = 2000

Page = tuple[Request, Answer]
Call = Callable[[str, Request], Answer]


def follow(
    call: Call,
    operation: str,
    request: Request,
    cursor: tuple[str, str] = ("LastEvaluatedKey", "ExclusiveStartKey"),
) -> list[Page]:
    """All pages of a read, each with the request that it answers. `cursor` names the member of an answer that
    says where to go on, and the member of a request that takes it.
    """
    last, start = cursor
    pages: list[Page] = []
    while len(pages) < _MORE_PAGES_THAN_ANY:
        answer = call(operation, request)
        pages.append((request, answer))
        if last not in answer:
            return pages
        request = request | {start: answer[last]}
    raise Divergence(f"the pages of {request!r} never end")


def check(table: Table, read: Read, pages: list[Page]) -> None:
    """`pages` are those of one whole read; for a parallel scan, of all its segments together."""
    rows = table.rows(read)
    for request, answer in pages:
        _check_members(table, read, request, answer)
    if read.operation == "Query":
        _check_query(table, read, rows, pages)
    else:
        _check_scan(table, read, rows, pages)


def _check_members(table: Table, read: Read, request: Request, answer: Answer) -> None:
    expect(
        ("Items" in answer) == (read.select != "COUNT"),
        "Items belong to every answer but a COUNT",
        request,
        answer,
    )
    items = answer.get("Items", [])
    assert isinstance(items, list)
    count, scanned = _count(answer)
    expect(read.select == "COUNT" or count == len(items), "Count is the number of Items", request, answer)
    expect(count <= scanned, "Count is part of ScannedCount", request, answer)
    if read.filter is None:
        expect(count == scanned, "without a filter everything evaluated is returned", request, answer)
    if read.limit is not None:
        expect(scanned <= read.limit, "a page evaluates at most Limit items", request, answer)
        expect(
            scanned < read.limit or "LastEvaluatedKey" in answer, "a page of Limit items has a key", answer
        )
    key = answer.get("LastEvaluatedKey")
    if key is not None:
        assert isinstance(key, dict)
        index = None if read.index is None else table.schema.index(read.index)
        parts = table.schema.keys + (() if index is None else index.keys)
        expect(set(key) == {part.name for part in parts}, "LastEvaluatedKey: index and table keys", answer)


def _count(answer: Answer) -> tuple[int, int]:
    count, scanned = answer["Count"], answer["ScannedCount"]
    assert isinstance(count, int)
    assert isinstance(scanned, int)
    return count, scanned


def _check_query(table: Table, read: Read, rows: list[Row], pages: list[Page]) -> None:
    start = position = 0
    returned: list[Item] = []
    for request, answer in pages:
        count, scanned = _count(answer)
        page = rows[position : position + scanned]
        position += scanned
        expect(position <= len(rows), "more evaluated than there is", request, answer, rows)
        last = position == len(rows)
        if "LastEvaluatedKey" not in answer:
            expect(last, "the pages end before the rows do", request, answer, rows[position:])
        items = answer.get("Items", [])
        assert isinstance(items, list)
        returned += items
        if not last and rows[position - 1].tie == rows[position].tie and position:
            continue  # the page ends inside a tie: which of its rows came is the server's choice
        whole = rows[start:position]
        check_rows(table, read, whole, returned, request)
        if start == position - scanned:
            passed = [row for row in page if table.view(read, row) is not None]
            expect(count == len(passed), "Count", request, answer, passed)
            _check_page(table, read, page, request, answer)
        start, returned = position, []
    expect(position == len(rows), "rows are missing", rows[position:])


def check_rows(table: Table, read: Read, rows: list[Row], items: list[Item], request: Request) -> None:
    if read.select == "COUNT":
        return
    came = iter(items)
    for _, tied in groupby(rows, key=lambda row: row.tie):
        expected = [view for view in (table.view(read, row) for row in tied) if view is not None]
        got = [item for _, item in zip(expected, came, strict=False)]
        expect_same(expected, got, request)
    expect(next(came, None) is None, "items that the oracle does not have", request, items, rows)


def expect_same(expected: Sequence[Item], got: Sequence[Item], request: Request) -> None:
    wanted, found = sorted(map(fingerprint, expected)), sorted(map(fingerprint, got))
    if wanted != found:
        missing = [item for item in wanted if item not in found]
        needless = [item for item in found if item not in wanted]
        raise Divergence(
            f"the items differ\n  request {request!r}\n  missing {missing}\n  needless {needless}"
        )


def _check_page(table: Table, read: Read, page: list[Row], request: Request, answer: Answer) -> None:
    """A page whose rows are known: where it stops, its key, and what it costs."""
    size = sum(item_size_bytes(row.item) for row in page)
    before_last = size - (item_size_bytes(page[-1].item) if page else 0)
    if not table.fetches_base(read):
        expect(before_last < PAGE_BYTES, "a page goes on after 1 MB", request, len(page), size)
        key = answer.get("LastEvaluatedKey")
        full = read.limit is not None and len(page) == read.limit
        expect(
            key is None or full or size >= PAGE_BYTES, "a page stops before Limit and 1 MB", request, answer
        )
        if key is not None:
            assert isinstance(key, dict)
            tied = [row.item for row in page if row.tie == page[-1].tie]
            known = [{name: item[name] for name in key} for item in tied]
            expect(key in known, "LastEvaluatedKey is not the last row's", request, answer, known)
    expected = read_capacity(table, read, page)
    if expected is not None:
        check_capacity(expected, answer, request)


def read_capacity(table: Table, read: Read, rows: list[Row]) -> Answer | None:
    """What reading these rows costs, as the ConsumedCapacity of one answer; None where that is not
    documented.
    """
    size = sum(item_size_bytes(row.item) for row in rows)
    units = read_units(size, bool(read.consistent))
    if read.index is None:
        return table.capacity(read.capacity, Spent(units))
    base = 0.0
    if table.fetches_base(read):
        if read.filter is not None:
            return None
        base = sum(read_units(item_size_bytes(row.base), bool(read.consistent)) for row in rows)
    return table.capacity(read.capacity, Spent(base, indexes={table.schema.index(read.index): units}))


def check_capacity(expected: Answer, answer: Answer, request: Request) -> None:
    wanted, got = expected.get("ConsumedCapacity"), answer.get("ConsumedCapacity")
    if isinstance(wanted, dict) and isinstance(got, dict):
        wanted, got = (
            {"Table": {"CapacityUnits": 0.0}} | one if "Table" in wanted else one for one in (wanted, got)
        )
    expect(wanted == got, "ConsumedCapacity", request, f"expected {wanted}", f"got      {got}")


def _check_scan(table: Table, read: Read, rows: list[Row], pages: list[Page]) -> None:
    request = pages[0][0]
    scanned = sum(_count(answer)[1] for _, answer in pages)
    expect(scanned == len(rows), "a scan evaluates every row once", request, scanned, len(rows))
    views = [view for view in (table.view(read, row) for row in rows) if view is not None]
    expect(sum(_count(answer)[0] for _, answer in pages) == len(views), "Count", request, len(views))
    if read.select == "COUNT":
        return
    got = [item for _, answer in pages for item in answer["Items"]]
    expect_same(views, got, request)
    if read.projection is None and read.filter is None:
        _check_scan_pages(table, read, rows, pages)


def _check_scan_pages(table: Table, read: Read, rows: list[Row], pages: list[Page]) -> None:
    """With every item shown whole, each page's rows are known again."""
    schema = table.schema
    by_key = {identity(schema.key_of(row.item)): row for row in rows}
    for request, answer in pages:
        page = [by_key[identity(schema.key_of(item))] for item in answer["Items"]]
        if read.index is None:
            _check_partitions(table, [row.item for row in page], request)
            page = [Row(row.item, row.base, (identity(schema.key_of(row.item)),)) for row in page]
            _check_page(table, read, page, request, answer)
        elif (expected := read_capacity(table, read, page)) is not None:
            check_capacity(expected, answer, request)


def _check_partitions(table: Table, items: list[Item], request: Request) -> None:
    partition, sort = table.schema.partition.name, table.schema.keys[1:]
    seen = []
    for value, members in groupby(items, key=lambda item: item[partition]):
        expect(value not in seen, "a scan comes back to a partition", request, value)
        seen.append(value)
        keys = [sort_values(sort, item) for item in members]
        expect(keys == sorted(keys), "a partition comes unsorted", request, value)
