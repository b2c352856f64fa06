"""The rows that are neither items nor follow from items: descriptors, progress of jobs, tokens, backups.

One table says which rows there are and what each must be; a row that is not in it was written by another
version, or by nobody. Whose rows they are is judged by the descriptors: what belongs to a table that is
neither there, nor departed, nor waiting to be dropped, is left over.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

import msgpack
import orjson

from dynalite.catalog import backup as backups
from dynalite.catalog import codec, expiring, filling
from dynalite.catalog.backup import Backup
from dynalite.catalog.books import DROPS
from dynalite.catalog.schema import Table
from dynalite.checking.finding import DATABASE, Finding, named
from dynalite.checking.walk import Walk
from dynalite.storage import fence, keyspace
from dynalite.storage.engine import COUNTER_BYTES, Batch

_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, msgpack.UnpackException, codec.UnknownVersion)
_ID = slice(1, 5)
"""Where a table's id is in the keys of all spaces but the order of expiry."""
_NAME = 5
"""Where the name of a job's row begins, or whatever else follows a table's id."""

NEXT_ID = keyspace.system(b"next-id")
SALT = keyspace.system(b"salt")


@dataclass(slots=True)
class Books:
    """What the descriptors say: tables by id, also the departed, and what waits to be dropped."""

    tables: dict[int, Table] = field(default_factory=dict)
    departed: dict[int, Table] = field(default_factory=dict)
    drops: set[tuple[int, int]] = field(default_factory=set)
    backups: dict[bytes, Backup] = field(default_factory=dict)
    salt: bytes | None = None

    def knows(self, table: int) -> bool:
        return table in self.tables or table in self.departed or (table, keyspace.NO_INDEX) in self.drops

    def has_shard(self, table: int, number: int) -> bool:
        found = self.tables.get(table) or self.departed.get(table)
        return found is not None and any(shard.number == number for shard in found.shards)

    def has_index(self, table: int, index: int) -> bool:
        """Whether an index (0: the table itself) has rows and figures, or had and they wait to be dropped."""
        if (table, keyspace.NO_INDEX) in self.drops or (table, index) in self.drops:
            return True
        found = self.tables.get(table)
        return found is not None and index in (keyspace.NO_INDEX, *(i.id for i in found.indexes))


async def read(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    """Fill the books with what the descriptors say, and tell what they should not say."""
    books.salt = await walk.value(SALT)
    if books.salt is None and await walk.first(b"") is None:
        return  # a folder that was made, and no more
    if books.salt is None or len(books.salt) != keyspace.SALT_BYTES:
        books.salt = None
        yield Finding("system row", DATABASE, SALT, "there is no salt: no item can be found")
    async for key, value in walk.rows(keyspace.CATALOG):
        async for finding in _descriptor(books, key, value, departed=False):
            yield finding
    async for key, value in walk.rows(keyspace.DEPARTED):
        async for finding in _descriptor(books, key, value, departed=True):
            yield finding
    async for key, _ in walk.rows(DROPS):
        ids = key[len(DROPS) :]
        books.drops.add((int.from_bytes(ids[:4], "big"), int.from_bytes(ids[4:], "big")))
    used = max((*books.tables, *books.departed), default=0)
    next_id = await walk.value(NEXT_ID)
    if used and int.from_bytes(next_id or b"", "big") <= used:
        mend = {NEXT_ID: (used + 1).to_bytes(4, "big")}
        yield Finding("system row", DATABASE, NEXT_ID, f"the table id {used} would be given out again", mend)


async def _descriptor(books: Books, key: bytes, value: bytes, *, departed: bool) -> AsyncIterator[Finding]:
    kind = "departed table" if departed else "descriptor"
    try:
        table = codec.decode(value)
    except _UNREADABLE as error:
        yield Finding(kind, DATABASE, key, f"cannot be decoded ({error})")
        return
    right = keyspace.departed(table.id) if departed else keyspace.catalog(table.region, table.name)
    if right != key:
        yield Finding(kind, named(table), key, "is not where a table of this name belongs")
    known = books.departed if departed else books.tables
    if table.id in known:
        yield Finding(kind, named(table), key, f"has the id {table.id}, as {named(known[table.id])} has")
    known[table.id] = table


# ------------------------------------------------------------------ what rows must be


def _bytes(*lengths: int) -> Callable[[bytes], object]:
    def judge(value: bytes) -> None:
        if len(value) not in lengths:
            raise ValueError(f"it is {len(value)} bytes long")

    return judge


def _texts(value: bytes) -> None:
    if not all(isinstance(text, str) for text in msgpack.unpackb(value)):
        raise ValueError("it holds what is no name")


def _token(value: bytes) -> None:
    expires_at, stands_for, *units = msgpack.unpackb(value)
    if not isinstance(stands_for, bytes | str) or float(expires_at) < 0:
        raise ValueError("it is no token")
    dict(*units)


def _anything(value: bytes) -> None:
    pass


_COUNTER = _bytes(COUNTER_BYTES)

SYSTEM_ROWS: Mapping[bytes, Callable[[bytes], object]] = {
    b"salt": _bytes(keyspace.SALT_BYTES),
    b"next-id": _bytes(4),
    b"sequence": _COUNTER,
    b"emptying": _bytes(0),
    b"dax-attributes/": _texts,
    b"guard": _bytes(fence.GUARD_BYTES),
}
DATABASE_JOBS: Mapping[bytes, Callable[[bytes], object]] = {
    b"drop": _bytes(0),
    b"tokens": msgpack.unpackb,
    b"expiry-swept": _anything,
    b"expiry-late": _bytes(0),
    b"backup": msgpack.unpackb,
    b"scaling": orjson.loads,
    b"memory": _anything,
    b"bulk": msgpack.unpackb,
    b"report": orjson.loads,
}
TABLE_JOBS: Mapping[bytes, Callable[[bytes], object]] = {
    b"fill": _anything,
    b"expire": _anything,
    b"recovery": _bytes(8),
    b"restore": msgpack.unpackb,
    b"gathered": msgpack.unpackb,
}
"""What the rows of each name must hold; more may follow the name. A judge raises what makes it unreadable."""


def _judged(rows: Mapping[bytes, Callable[[bytes], object]], name: bytes, value: bytes) -> str | None:
    """What is wrong with a row that has a name; None when nothing is."""
    judge = next((judge for known, judge in rows.items() if name.startswith(known)), None)
    if judge is None:
        return "is not known to this version"
    return _unreadable(judge, value)


def _unreadable(judge: Callable[[bytes], object], value: bytes) -> str | None:
    try:
        judge(value)
    except _UNREADABLE as error:
        return f"cannot be decoded ({error})"
    return None


# ------------------------------------------------------------------ the rows


async def system(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    async for key, value in walk.rows(keyspace.SYSTEM):
        what = _judged(SYSTEM_ROWS, key[1:], value)
        if what is not None:
            yield Finding("system row", DATABASE, key, what)


async def jobs(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    async for key, value in walk.rows(keyspace.JOB):
        table, name = int.from_bytes(key[_ID], "big"), key[_NAME:]
        what = _judged(TABLE_JOBS if table else DATABASE_JOBS, name, value)
        if what is not None:
            yield Finding("job row", _whose(books, table), key, what)
        elif table and not books.knows(table):
            yield Finding("job row", _whose(books, table), key, "is of a table that is gone", {key: None})
    for table_of in books.tables.values():
        wanted = [filling.cursor_key(table_of.id, index.id) for index in table_of.filling]
        if table_of.ttl is not None and table_of.ttl.filling:
            wanted.append(expiring.cursor_key(table_of.id))
        for key, found in zip(wanted, await walk.values(wanted), strict=True):
            if found is None:
                yield Finding("job row", named(table_of), key, "the place of a walk under way is missing")


async def tokens(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    async for key, value in walk.rows(keyspace.TOKEN):
        what = _unreadable(_token, value)
        if what is not None:
            yield Finding("token", DATABASE, key, what)


async def horizons(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    async for key, value in walk.rows(keyspace.HORIZON):
        table, shard = int.from_bytes(key[_ID], "big"), int.from_bytes(key[5:9], "big")
        what = _unreadable(_COUNTER, value)
        if what is not None:
            yield Finding("horizon", _whose(books, table), key, what)
        elif not books.has_shard(table, shard):
            yield Finding("horizon", _whose(books, table), key, "is of a shard that is gone", {key: None})


async def figures(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    """Only whose they are: what they say is compared with the items (`items.py`)."""
    async for key, _ in walk.rows(keyspace.STATISTIC):
        table, index = int.from_bytes(key[_ID], "big"), int.from_bytes(key[5:7], "big")
        if not books.has_index(table, index):
            yield Finding("figure", _whose(books, table), key, "is of what is gone", {key: None})


async def backup_rows(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    """Backups' descriptors, and their places in the queue of what is left to do."""
    expected: dict[bytes, bytes | None] = {}
    async for key, value in walk.rows(keyspace.BACKUP):
        try:
            backup = backups.decode(value)
        except _UNREADABLE as error:
            yield Finding("backup", DATABASE, key, f"cannot be decoded ({error})")
            continue
        books.backups[key] = backup
        rows = Batch()
        backups.put(rows, backup)
        expected |= {place: row for place, row in rows.rows.items() if not place.startswith(keyspace.BACKUP)}
        if key not in rows.rows:
            yield Finding("backup", f"backup {backup.id}", key, "is not where a backup of this id belongs")
    queue = keyspace.job(0, b"backup")
    async for place, _ in walk.rows(queue):
        if expected.pop(place, None) is None:
            yield Finding("job row", DATABASE, place, "is of a backup with nothing left to do", {place: None})
    for place, row in expected.items():
        if row is not None:
            what = "what is left to do for a backup is missing"
            yield Finding("job row", DATABASE, place, what, {place: row})


async def transfers(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    async for key, value in walk.rows(keyspace.TRANSFER):
        what = _unreadable(_transfer, value)
        if what is not None:
            yield Finding("transfer", DATABASE, key, what)


def _transfer(value: bytes) -> None:
    members = orjson.loads(value)
    for name in ("version", "arn", "request", "description", "state"):
        members[name]


async def expiry_rows(walk: Walk, books: Books) -> AsyncIterator[Finding]:
    """A row that no item bears out is a hint that has gone stale, and no mistake; one without a place is."""
    shortest = len(keyspace.expiry_row(0, keyspace.items(0) + bytes(keyspace.HASH_BYTES)))
    async for key, _ in walk.rows(keyspace.EXPIRY):
        if len(key) < shortest:
            yield Finding("expiry row", DATABASE, key, "names no item", {key: None})


def _whose(books: Books, table: int) -> str:
    found = books.tables.get(table) or books.departed.get(table)
    return DATABASE if table == 0 else f"table id {table}" if found is None else named(found)
