"""The reference engine: a sorted dictionary, nothing on disk.

It is the shortest honest reading of the protocol, and the one that the others are compared with. Nothing
suspends in it, so every method runs from end to end without another in between, and that alone makes it
atomic.

A snapshot shares the dictionary with the engine; the first write after it copies the dictionary and leaves
the old one to the snapshot. So a snapshot costs nothing until somebody writes, and then one copy of the key
list and the references (about 0.1 s for a million rows), never of the values.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from sortedcontainers import SortedDict

from dynalite.storage import keyspace
from dynalite.storage.engine import (
    Batch,
    Decide,
    LogEntry,
    Row,
    T,
    decode_counter,
    encode_counter,
    encode_sequence,
    entry_of,
)


class _SortedRows:
    """The read side, the same for the engine and for a snapshot of it."""

    __slots__ = ("_rows",)

    def __init__(self, rows: SortedDict) -> None:
        self._rows = rows

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return [self._rows.get(key) for key in keys]

    async def scan(
        self, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool = False
    ) -> list[Row]:
        page: list[Row] = []
        size_bytes = 0
        for key in islice(self._keys(start, stop, reverse), limit):
            value = self._rows[key]
            page.append((key, value))
            size_bytes += len(value)
            if size_bytes >= max_bytes:
                break
        return page

    def _keys(self, start: bytes, stop: bytes, reverse: bool = False) -> Iterator[bytes]:
        if start >= stop:
            return iter(())
        keys: Iterator[bytes] = self._rows.irange(start, stop, inclusive=(True, False), reverse=reverse)
        return keys


class MemorySnapshot(_SortedRows):
    """Rows that no longer change."""

    __slots__ = ()

    def close(self) -> None:
        self._rows = SortedDict()


class MemorySavepoint(_SortedRows):
    """The rows of a moment, and the keys of those that have changed since."""

    __slots__ = ("_engine", "changed")

    def __init__(self, rows: SortedDict, engine: "MemoryEngine") -> None:
        super().__init__(rows)
        self._engine = engine
        self.changed: set[bytes] = set()

    async def restore(self, keeping: Collection[bytes]) -> None:
        changed, self.changed = self.changed, set()
        self._engine.put_back(self._rows, changed.difference(keeping))

    def close(self) -> None:
        self._engine.forget(self)
        self._rows = SortedDict()


class MemoryEngine(_SortedRows):
    """Everything in one sorted dictionary, gone when the process is."""

    __slots__ = ("_savepoints", "_sequence", "_shared")

    def __init__(self) -> None:
        super().__init__(SortedDict())
        self._sequence = 0
        self._shared = False
        self._savepoints: list[MemorySavepoint] = []

    @property
    def refusal(self) -> str | None:
        return None

    async def update(self, keys: Sequence[bytes], decide: Decide[T]) -> T:
        result, batch = decide([self._rows.get(key) for key in keys])
        if batch:
            self._apply(batch)
        return result

    async def read_log(self, log: bytes, *, after: int, limit: int, max_bytes: int) -> list[LogEntry]:
        start = log + encode_sequence(after + 1)
        rows = await self.scan(start, keyspace.after(log), limit=limit, max_bytes=max_bytes)
        return [entry_of(row) for row in rows]

    async def trim_log(self, log: bytes, *, before: int, limit: int) -> bool:
        return await self.delete_range(log, log + encode_sequence(before), limit=limit)

    async def last_sequence(self) -> int:
        return self._sequence

    async def delete_range(self, start: bytes, stop: bytes, *, limit: int) -> bool:
        batch = Batch()
        for key in islice(self._keys(start, stop), limit):
            batch.delete(key)
        self._apply(batch)
        return next(self._keys(start, stop), None) is None

    def snapshot(self) -> MemorySnapshot:
        self._shared = True
        return MemorySnapshot(self._rows)

    def savepoint(self) -> MemorySavepoint:
        self._shared = True
        savepoint = MemorySavepoint(self._rows, self)
        self._savepoints.append(savepoint)
        return savepoint

    def put_back(self, rows: SortedDict, keys: Collection[bytes]) -> None:
        """Make the rows under `keys` what they are in `rows`."""
        batch = Batch()
        batch.rows = {key: rows.get(key) for key in keys if rows.get(key) != self._rows.get(key)}
        self._apply(batch)

    def forget(self, savepoint: MemorySavepoint) -> None:
        if savepoint in self._savepoints:
            self._savepoints.remove(savepoint)

    async def close(self) -> None:
        """Nothing is in flight and there is nothing to let go of."""

    def _apply(self, batch: Batch) -> None:
        if self._shared:
            self._rows = self._rows.copy()
            self._shared = False
        rows = self._rows
        for key, value in batch.rows.items():
            if value is None:
                rows.pop(key, None)
            else:
                rows[key] = value
        appended = []
        for log, record in batch.appends:
            self._sequence += 1
            key = log + encode_sequence(self._sequence)
            rows[key] = record
            appended.append(key)
        for counter, amount in batch.counts.items():
            rows[counter] = encode_counter(decode_counter(rows.get(counter)) + amount)
        for savepoint in self._savepoints:
            savepoint.changed.update(batch.rows, appended, batch.counts)
