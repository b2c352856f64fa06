"""The engine that keeps its rows in LevelDB, an ordered store of bytes in the process itself.

Reads go straight to LevelDB, which holds only what is durable under the setting; updates go through
`commit.Commit`. LevelDB gives the rest: batches that are applied all or nothing, snapshots, and recovery of
whatever was synced.

plyvel lets go of the interpreter lock inside every call, so the commit thread's fsync stops nobody. Reads run
on the event loop all the same: one takes a microsecond or so from memory, and handing it to a thread would
cost fifty.

What it leaves out: a read that goes to a cold disk holds up the loop for as long as the disk takes.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, takewhile
from pathlib import Path
from typing import Any, Final, Protocol

from dynalite.limits import MIB
from dynalite.settings import Durability
from dynalite.storage import keyspace
from dynalite.storage.binding import plyvel
from dynalite.storage.commit import Commit, Store, said
from dynalite.storage.engine import Batch, Decide, LogEntry, Row, T, decode_counter, encode_sequence, entry_of
from dynalite.storage.folder import DataFolder, StoreDamaged, StoreError, StoreUnwritable

_OPTIONS: Final = {
    "create_if_missing": True,
    # About 1 % false positives: a put of a new key, which reads it first, rarely touches a block for nothing.
    "bloom_filter_bits": 10,
    # A block is then read where its file is mapped into memory, and neither copied nor unpacked nor cached:
    # 4 µs in place of 9 for a random row of 1 KB among 400,000 (docs/decisions/0024-no-compression.md).
    "compression": None,
    # For blocks of files that are not mapped (LevelDB maps a thousand) and of those that were compressed.
    "lru_cache_size": 64 * MIB,
    # What is gathered in memory before it becomes a table file. More makes fewer, larger files but a longer
    # recovery after a crash (all of it is read again, at roughly 100 MB/s).
    "write_buffer_size": 16 * MIB,
    # LevelDB keeps 1,000 files open; at its own 2 MiB each, a store of gigabytes would always be reopening.
    "max_file_size": 8 * MIB,
}

_NOWHERE: Final = b"\xff\xff"
"""Behind every key."""


class _Source(Protocol):
    """What a plyvel database and a plyvel snapshot can both be asked."""

    def get(self, key: bytes, default: None = None, *, verify_checksums: bool) -> bytes | None: ...

    # The tuples, or the keys alone, depending on what is asked for.
    def iterator(self, **options: Any) -> Iterator[Any]: ...


class _Moment(_Source, Protocol):
    def close(self) -> None: ...


class _Database(_Source, Store, Protocol):
    def snapshot(self) -> _Moment: ...
    def compact_range(self, *, start: bytes, stop: bytes) -> None: ...
    def close(self) -> None: ...


def _scan(source: _Source, start: bytes, stop: bytes, limit: int, max_bytes: int, reverse: bool) -> list[Row]:
    """One page. Checksums are verified on every read: a damaged block is an error, never a wrong answer."""
    rows: Iterator[Row]
    if reverse:
        # Without `start`: plyvel 1.5.1 overlooks the only row of a reversed range when its key is the start.
        rows = source.iterator(stop=stop, reverse=True, verify_checksums=True)
        rows = takewhile(lambda row: row[0] >= start, rows)
    else:
        rows = source.iterator(start=start, stop=stop, verify_checksums=True)
    page: list[Row] = []
    add = page.append
    left_bytes = max_bytes
    for row in islice(rows, limit):
        add(row)
        left_bytes -= len(row[1])
        if left_bytes <= 0:
            break
    return page


class LevelDBSnapshot:
    """The store as of one moment. Open snapshots keep LevelDB from dropping old rows, so close them."""

    __slots__ = ("_moment",)

    def __init__(self, moment: _Moment) -> None:
        self._moment = moment

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self._moment.get(key, verify_checksums=True) for key in keys]

    async def scan(
        self, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool = False
    ) -> list[Row]:
        return _scan(self._moment, start, stop, limit, max_bytes, reverse)

    def close(self) -> None:
        self._moment.close()


class LevelDBSavepoint(LevelDBSnapshot):
    """The store as of one moment, and the keys of the rows that have changed since.

    What was on its way to disk at that moment is not in the snapshot and counts as changed.
    """

    __slots__ = ("_changed", "_engine")

    def __init__(self, moment: _Moment, engine: "LevelDBEngine", changed: set[bytes]) -> None:
        super().__init__(moment)
        self._engine = engine
        self._changed = changed

    async def restore(self, keeping: Collection[bytes]) -> None:
        await self._engine.put_back(self._moment, self._changed, keeping)

    def close(self) -> None:
        self._engine.forget(self._changed)
        super().close()


class LevelDBEngine:
    """A store in a data folder, by `open`; the constructor takes a database that is open already."""

    __slots__ = ("_closed", "_commit", "_db", "_deleted_to", "_folder")

    def __init__(
        self,
        db: _Database,
        durability: Durability = "fsync",
        folder: DataFolder | None = None,
        flush: Callable[[], None] | None = None,
    ) -> None:
        self._db = db
        self._folder = folder
        self._commit = Commit(db, sync=durability == "fsync", flush=flush)
        self._closed = False
        self._deleted_to: dict[bytes, bytes] = {}

    @classmethod
    def open(cls, path: Path, durability: Durability = "fsync") -> "LevelDBEngine":
        """Open the data folder, creating it where there is none. Raises StoreError."""
        folder = DataFolder(path)
        try:
            with translated(path):
                db = _open_rows(folder)
                # Compacting a range, even one without rows, begins with what is in memory.
                return cls(db, durability, folder, lambda: db.compact_range(start=_NOWHERE, stop=_NOWHERE))
        except BaseException:
            folder.release()
            raise

    @property
    def refusal(self) -> str | None:
        return self._commit.refusal

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if len(keys) == 1:
            return [self._db.get(keys[0], verify_checksums=True)]
        moment = self._db.snapshot()  # the commit thread may write between two gets
        try:
            return [moment.get(key, verify_checksums=True) for key in keys]
        finally:
            moment.close()

    async def scan(
        self, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool = False
    ) -> list[Row]:
        return _scan(self._db, start, stop, limit, max_bytes, reverse)

    async def update(self, keys: Sequence[bytes], decide: Decide[T]) -> T:
        values, group = self._commit.newest(keys)
        try:
            result, batch = decide(values)
        except Exception:
            if group is not None:
                await group.written()
            raise
        if batch:
            group = self._commit.add(batch)
        if group is not None:
            await group.written()
        return result

    async def read_log(self, log: bytes, *, after: int, limit: int, max_bytes: int) -> list[LogEntry]:
        start = max(log + encode_sequence(after + 1), self._deleted_to.get(log, log))
        return [entry_of(row) for row in _scan(self._db, start, keyspace.after(log), limit, max_bytes, False)]

    async def trim_log(self, log: bytes, *, before: int, limit: int) -> bool:
        """What is trimmed stays noted in `_deleted_to`, since no record is ever added below another."""
        return await self._delete(log, log + encode_sequence(before), limit)

    async def last_sequence(self) -> int:
        return decode_counter(self._db.get(keyspace.SEQUENCE, verify_checksums=True))

    async def delete_range(self, start: bytes, stop: bytes, *, limit: int) -> bool:
        """Rows put behind its back are found in the end: only a look at the whole range calls it empty."""
        if not await self._delete(start, stop, limit):
            return False
        self._deleted_to.pop(start, None)
        return not _scan(self._db, start, stop, 1, 1, False)

    async def _delete(self, start: bytes, stop: bytes, limit: int) -> bool:
        """Delete up to `limit` rows from where the last call for `start` ended. True when it reached `stop`.

        LevelDB walks over every row deleted but not yet compacted. A range that is deleted piece by piece
        from its start would be walked again and again, so the place is remembered.
        """
        if (pending := self._commit.pending()) is not None:
            await pending.written()
        noted = self._deleted_to  # what is put back meanwhile is not covered: then there are other notes
        origin = max(start, noted.get(start, start))
        found = self._db.iterator(start=origin, stop=stop, include_value=False, verify_checksums=True)
        keys: list[bytes] = list(islice(found, limit + 1))
        batch = Batch()
        for key in keys[:limit]:
            batch.delete(key)
        if batch and (group := self._commit.add(batch)) is not None:
            await group.written()
        if keys:
            noted[start] = keys[-1]
        return len(keys) <= limit

    def snapshot(self) -> LevelDBSnapshot:
        return LevelDBSnapshot(self._db.snapshot())

    def savepoint(self) -> LevelDBSavepoint:
        changed = self._commit.unwritten()
        self._commit.watches.append(changed)
        return LevelDBSavepoint(self._db.snapshot(), self, changed)

    async def put_back(self, moment: _Moment, changed: set[bytes], keeping: Collection[bytes]) -> None:
        """Make the rows under `changed` what they were at `moment`, except those under `keeping`.

        A row that is as it was is not written, or it would count as changed for ever. From the first line to
        where the batch is taken nothing suspends.
        """
        keys = list((changed | self._commit.unwritten()).difference(keeping, (keyspace.SEQUENCE,)))
        values, group = self._commit.newest(keys)
        batch = Batch()
        for key, value in zip(keys, values, strict=True):
            before = moment.get(key, verify_checksums=True)
            if before != value:
                batch.rows[key] = before
        changed.clear()
        self._deleted_to = {}
        if batch:
            group = self._commit.add(batch)
        if group is not None:
            await group.written()

    def forget(self, changed: set[bytes]) -> None:
        watches = self._commit.watches
        watches[:] = [watch for watch in watches if watch is not changed]

    async def close(self) -> None:
        await self._commit.close()
        if self._closed:
            return
        self._closed = True
        self._db.close()
        if self._folder is not None:
            self._folder.release()


def _open_rows(folder: DataFolder) -> _Database:
    """The store in a folder, `paranoid`: a damaged block that LevelDB meets when it merges files stops all
    writes. Otherwise it would not look at the checksums, and write what it takes for rows with new ones.

    A power cut may leave garbage at the end of the log, which is damage to a paranoid LevelDB. One that is
    not reads the log up to there and begins a new one.
    """
    _check_complete(folder)
    rows = str(folder.rows)
    db: _Database
    try:
        db = plyvel.DB(rows, paranoid_checks=True, **_OPTIONS)
    except plyvel.CorruptionError:
        plyvel.DB(rows, **_OPTIONS).close()
        db = plyvel.DB(rows, paranoid_checks=True, **_OPTIONS)
    return db


def _check_complete(folder: DataFolder) -> None:
    """Refuse rows whose file CURRENT is missing, in a copy that is not whole, for one.

    LevelDB would begin a new store there and delete what is left of the old one. In its own beginning CURRENT
    is there before the first log or table.
    """
    left = (name for ending in ("log", "ldb", "sst") for name in folder.rows.glob(f"*.{ending}"))
    if not (folder.rows / "CURRENT").exists() and any(left):
        raise StoreDamaged(f"The store in {folder.path} is damaged: its file rows/CURRENT is missing.")


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """What LevelDB says while the store in a folder is opened and first read, as StoreError."""
    try:
        yield
    except plyvel.CorruptionError as error:
        raise StoreDamaged(f"The store in {path} is damaged: {said(error)}.") from error
    except plyvel.IOError as error:
        raise StoreUnwritable(f"The store in {path} cannot be opened: {said(error)}.") from error
    except plyvel.Error as error:
        raise StoreError(f"LevelDB does not open the store in {path}: {said(error)}.") from error
