"""Rows of tables, indexes and shards that nobody knows any more.

They are found without being read: a jump from one prefix to the next meets each table, index and shard once.
Rows that wait to be dropped are no leftovers. An index's rows can be deleted, they were made from items;
items and logs cannot be made again, so they are left where they are.
"""

from collections.abc import AsyncIterator

from dynalite.checking.books import Books
from dynalite.checking.finding import DATABASE, Finding, named
from dynalite.checking.walk import Walk
from dynalite.storage import keyspace

_INDEX_KEY_BYTES = len(keyspace.index_rows(0, 0))
_ITEMS_KEY_BYTES = len(keyspace.items(0))
_LOG_KEY_BYTES = len(keyspace.log(0, 0))


async def data(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    """Items and index rows of what is gone."""
    start, stop = keyspace.DATA, keyspace.after(keyspace.DATA)
    while (key := await walk.first(start, stop)) is not None:
        is_index = key[5:6] == keyspace.INDEX
        prefix = key[: _INDEX_KEY_BYTES if is_index else _ITEMS_KEY_BYTES]
        table = int.from_bytes(key[1:5], "big")
        index = int.from_bytes(prefix[6:8], "big") if is_index else keyspace.NO_INDEX
        start = keyspace.after(prefix)
        if prefix[5:6] not in (keyspace.ITEMS, keyspace.INDEX):
            yield Finding("row", f"table id {table}", key, "is not known to this version")
        elif not books.has_index(table, index):
            async for finding in _left(walk, books, prefix, table, is_index):
                yield finding


async def _left(
    walk: Walk, books: Books, prefix: bytes, table: int, is_index: bool
) -> AsyncIterator[Finding]:
    if is_index and table in books.tables:
        where = named(books.tables[table])
        async for key, _ in walk.rows(prefix):
            yield Finding("index row", where, key, "is of an index that is gone", {key: None})
        return
    rows = 0
    async for page in walk.pages(prefix, keyspace.after(prefix)):
        rows += len(page)
    what = f"{rows} rows begin with this, of a table that nobody knows"
    yield Finding("index rows" if is_index else "items", f"table id {table}", prefix, what)


async def logs(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    """Logs of shards that are gone."""
    start, stop = keyspace.LOG, keyspace.after(keyspace.LOG)
    while (key := await walk.first(start, stop)) is not None:
        prefix = key[:_LOG_KEY_BYTES]
        table, shard = int.from_bytes(prefix[1:5], "big"), int.from_bytes(prefix[5:], "big")
        start = keyspace.after(prefix)
        if not books.has_shard(table, shard):
            what = "records are in a shard that nobody knows"
            yield Finding("log", f"table id {table}", prefix, what)


async def spaces(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    """Rows outside every space that there is."""
    start = b""
    while (key := await walk.first(start)) is not None:
        space = key[:1]
        start = keyspace.after(space)
        if space not in keyspace.SPACES:
            yield Finding("row", DATABASE, key, "is in a space that this version does not know")
