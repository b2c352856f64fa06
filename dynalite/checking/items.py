"""A table's items, and what follows from them: index rows, rows in the order of expiry, figures.

First every index row is held against its item, then every item against its rows. A repair of the first may
leave the second to do: an index row that cannot be decoded is deleted, and its item will miss it. Items that
a backfill has not come to yet are in the index only when a write put them there (`catalog/filling.py`).
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import msgpack
import orjson

from dynalite.catalog import expiring, filling
from dynalite.catalog.schema import Index, Table
from dynalite.checking.finding import Finding, named
from dynalite.checking.walk import Walk
from dynalite.errors import ServiceError
from dynalite.items import expiry, indexes
from dynalite.items import record as records
from dynalite.items.indexes import Entry
from dynalite.items.key import Hash, check_put, storage_key
from dynalite.items.record import Record
from dynalite.storage import keyspace
from dynalite.storage.engine import Row, decode_counter, encode_counter
from dynalite.values.attribute import canonical_item

_FIGURES = {keyspace.ITEM_COUNT: "items", keyspace.SIZE_BYTES: "bytes"}


class Wrong(Exception):
    """A stored value is not what the server writes; the message says how."""


def decoded(value: bytes) -> Record:
    """A stored record whose item is canonical. Its size is what is stored. Raises Wrong."""
    try:
        size, json, *_ = msgpack.unpackb(value)
        item, _ = canonical_item(orjson.loads(json))
    except (ValueError, TypeError, ServiceError) as error:
        raise Wrong(f"cannot be decoded ({type(error).__name__})") from error
    if not isinstance(size, int) or orjson.dumps(item) != json:
        raise Wrong("is not canonical")
    return Record(size, json, item)


def _size(record: Record) -> int:
    return canonical_item(orjson.loads(record.json))[1]


def _place(table: Table, record: Record, hash: Hash) -> bytes:
    """Where the item of a record belongs. Raises Wrong."""
    try:
        check_put(table.keys, record.item)
    except ServiceError as error:
        raise Wrong("has no key of this table") from error
    return storage_key(table, record.item, hash)


@dataclass(slots=True)
class _Sums:
    items: int = 0
    size_bytes: int = 0

    def add(self, record: Record) -> None:
        self.items += 1
        self.size_bytes += record.size


class TableCheck:
    """The check of one table's rows."""

    def __init__(self, walk: Walk, table: Table, hash: Hash) -> None:
        self._walk = walk
        self._table = table
        self._hash = hash
        self._where = named(table)
        self._sums = {index: _Sums() for index in (keyspace.NO_INDEX, *(i.id for i in table.live_indexes))}
        self._unreadable = False
        self._expiry_filled_to: bytes | None = None

    async def findings(self) -> AsyncIterator[Finding]:
        table = self._table
        for index in table.live_indexes:
            async for page in self._walk.pages(*_range(keyspace.index_rows(table.id, index.id))):
                for wrong in await self._index_rows(index, page):
                    yield wrong
        if table.ttl is not None and table.ttl.filling:
            self._expiry_filled_to = await self._walk.value(expiring.cursor_key(table.id)) or b""
        async for page in self._walk.pages(*_range(table.items_prefix)):
            items = []
            for key, value in page:
                record, finding = self._item(key, value)
                if finding is not None:
                    yield finding
                if record is not None:
                    items.append((key, record))
            for wrong in [*await self._in_indexes(items), *await self._expiring(items)]:
                yield wrong
        for wrong in await self._figures():
            yield wrong

    # -------------------------------------------------------------- items

    def _item(self, key: bytes, value: bytes) -> tuple[Record | None, Finding | None]:
        """The record to go on with, and what is wrong with it."""
        finding = None
        try:
            record = decoded(value)
            if _place(self._table, record, self._hash) != key:
                raise Wrong("belongs elsewhere: its place is not that of its key")
        except Wrong as error:
            self._unreadable = True
            return None, Finding("item", self._where, key, str(error))
        size = _size(record)
        if size != record.size:
            what = f"is {size} bytes long, not {record.size}"
            record = records.of(record.item, size)
            finding = Finding("item", self._where, key, what, {key: records.pack(record)})
        self._sums[keyspace.NO_INDEX].add(record)
        return record, finding

    # -------------------------------------------------------------- indexes

    async def _index_rows(self, index: Index, rows: Sequence[Row]) -> list[Finding]:
        """Every index row of a page, held against its item."""
        where = named(self._table, index)
        findings = []
        places: dict[bytes, bytes] = {}
        for key, value in rows:
            try:
                places[key] = _place(self._table, decoded(value), self._hash)
            except Wrong as error:
                findings.append(Finding("index row", where, key, str(error), {key: None}))
        values = await self._walk.values(list(places.values()))
        items: list[tuple[bytes, Record]] = []
        rows_of: list[bytes] = []
        for (key, place), stored in zip(places.items(), values, strict=True):
            if stored is None:
                findings.append(Finding("index row", where, key, "has no item", {key: None}))
                continue
            try:
                items.append((place, decoded(stored)))
            except Wrong:
                continue  # told when the items are walked; what it should have here is not known
            rows_of.append(key)
        for key, expected in zip(rows_of, await self._entries(index, items), strict=True):
            if expected is None or expected.key != key:
                what = "is not where its item has one"
                findings.append(Finding("index row", where, key, what, {key: None}))
        return findings

    async def _entries(self, index: Index, items: Sequence[tuple[bytes, Record]]) -> list[Entry | None]:
        """What an index has to hold of each item."""
        table = self._table
        ahead = await self._ahead(index, items) if index.backfilling is not None else frozenset()
        return [
            None if key in ahead else indexes.entry(table, index, record, self._hash) for key, record in items
        ]

    async def _ahead(self, index: Index, items: Sequence[tuple[bytes, Record]]) -> frozenset[bytes]:
        """The items that the backfill of an index has not come to and no write has put into it."""
        named_rows = [filling.keys(self._table, key) for key, _ in items]
        values = iter(await self._walk.values([row for rows in named_rows for row in rows]))
        ahead = set()
        for (key, _), rows in zip(items, named_rows, strict=True):
            beside = [next(values) for _ in rows]
            if index.id in filling.ahead(self._table, key, beside):
                ahead.add(key)
        return frozenset(ahead)

    async def _in_indexes(self, items: Sequence[tuple[bytes, Record]]) -> list[Finding]:
        """Every item of a page, held against its rows in the indexes."""
        findings = []
        for index in self._table.live_indexes:
            expected = [entry for entry in await self._entries(index, items) if entry is not None]
            values = await self._walk.values([entry.key for entry in expected])
            for entry, value in zip(expected, values, strict=True):
                self._sums[index.id].add(entry.record)
                what = _difference(entry, value)
                if what is not None:
                    mend = {entry.key: records.pack(entry.record)}
                    findings.append(Finding("index row", named(self._table, index), entry.key, what, mend))
        return findings

    # -------------------------------------------------------------- expiry

    async def _expiring(self, items: Sequence[tuple[bytes, Record]]) -> list[Finding]:
        """Every item of a page that expires, held against its row in the order of expiry."""
        name = self._table.expiring
        if name is None:
            return []
        rows = []
        for key, record in items:
            second = expiry.second(name, record)
            if second is not None and (self._expiry_filled_to is None or key <= self._expiry_filled_to):
                rows.append(keyspace.expiry_row(second, key))
        values = await self._walk.values(rows)
        return [
            Finding("expiry row", self._where, row, "is missing", {row: b"", _late_mark(row): b""})
            for row, value in zip(rows, values, strict=True)
            if value is None
        ]

    # -------------------------------------------------------------- figures

    async def _figures(self) -> list[Finding]:
        """The stored figures, held against what was counted, if all could be."""
        if self._unreadable:
            return []
        findings = []
        for index in (None, *self._table.live_indexes):
            sums = self._sums[keyspace.NO_INDEX if index is None else index.id]
            identifier = keyspace.NO_INDEX if index is None else index.id
            for figure, counted in (
                (keyspace.ITEM_COUNT, sums.items),
                (keyspace.SIZE_BYTES, sums.size_bytes),
            ):
                key = keyspace.statistic(self._table.id, identifier, figure)
                value = await self._walk.value(key)
                if value is not None and len(value) != len(encode_counter(0)):
                    what = "is not a counter"
                elif decode_counter(value) != counted:
                    what = f"says {decode_counter(value)} {_FIGURES[figure]}; there are {counted}"
                else:
                    continue
                where = named(self._table, index)
                findings.append(Finding("figure", where, key, what, {key: encode_counter(counted)}))
        return findings


def _difference(entry: Entry, value: bytes | None) -> str | None:
    """What is wrong with an index row; None when nothing is. One that cannot be decoded was told before."""
    if value is None:
        return "is missing"
    try:
        stored = decoded(value)
    except Wrong:
        return None
    if stored.size != entry.record.size:
        return f"is {entry.record.size} bytes long, not {stored.size}"
    return None if entry.record.same_item(stored) else "differs from its item"


def _late_mark(row: bytes) -> bytes:
    """The mark that makes the sweep return to an expiry row, which it may have passed already."""
    return expiring.late_mark(int.from_bytes(row[1:9], "big"))


def _range(prefix: bytes) -> tuple[bytes, bytes]:
    return prefix, keyspace.after(prefix)
