"""Engines and stores that misbehave on purpose, to show that what stands on them does not.

`StaleEngine` decides twice, the first time from values that are out of date, as an engine may that shares its
store with others. `FaultyEngine` fails its n-th call. `GatedStore` and `FailingStore` stand between the
LevelDB engine and plyvel: one holds writes back until they are let through, the other refuses them.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event
from typing import Any, TypeVar

from dynalite.errors import InternalServerError
from dynalite.storage.engine import Decide, Engine, LogEntry, Row, Savepoint, Snapshot

T = TypeVar("T")


class StaleEngine:
    """Calls `decide` first with the values that the keys had when they were last asked for, then in earnest.

    Whoever counts on `decide` running once, or keeps anything from its first run, is found out.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._seen: dict[bytes, bytes | None] = {}

    @property
    def refusal(self) -> str | None:
        return self._engine.refusal

    async def update(self, keys: Sequence[bytes], decide: Decide[T]) -> T:
        def twice(values: Sequence[bytes | None]) -> Any:
            stale = [self._seen.get(key) for key in keys]
            self._seen.update(zip(keys, values, strict=True))
            with suppress(Exception):
                decide(stale)
            return decide(values)

        return await self._engine.update(keys, twice)

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        return await self._engine.read(keys)

    async def scan(
        self, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool = False
    ) -> list[Row]:
        return await self._engine.scan(start, stop, limit=limit, max_bytes=max_bytes, reverse=reverse)

    async def read_log(self, log: bytes, *, after: int, limit: int, max_bytes: int) -> list[LogEntry]:
        return await self._engine.read_log(log, after=after, limit=limit, max_bytes=max_bytes)

    async def trim_log(self, log: bytes, *, before: int, limit: int) -> bool:
        return await self._engine.trim_log(log, before=before, limit=limit)

    async def last_sequence(self) -> int:
        return await self._engine.last_sequence()

    async def delete_range(self, start: bytes, stop: bytes, *, limit: int) -> bool:
        return await self._engine.delete_range(start, stop, limit=limit)

    def snapshot(self) -> Snapshot:
        return self._engine.snapshot()

    def savepoint(self) -> Savepoint:
        return self._engine.savepoint()

    async def close(self) -> None:
        await self._engine.close()


class FaultyEngine:
    """Fails its `fail_at`-th call (counted from 1) with InternalServerError; every other call passes through.

    The call fails before anything is done, or with `after`, when all is done and only the answer is lost. A
    test that wants to fail everywhere counts up `fail_at` until `calls` stays below it.
    """

    def __init__(self, engine: Engine, fail_at: int, *, after: bool = False) -> None:
        self._engine = engine
        self._fail_at = fail_at
        self._after = after
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._engine, name)
        if name in {"snapshot", "savepoint", "close"}:
            return method

        async def counted(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            fails = self.calls == self._fail_at
            if fails and not self._after:
                raise InternalServerError(f"Call {self.calls} was made to fail.")
            answer = await method(*arguments, **named)
            if fails:
                raise InternalServerError(f"The answer of call {self.calls} was made to get lost.")
            return answer

        return counted


class _WatchedBatch:
    """A plyvel write batch that asks before it writes."""

    def __init__(self, batch: Any, before_write: Callable[[int], None]) -> None:
        self._batch = batch
        self._before_write = before_write
        self._rows = 0

    def put(self, key: bytes, value: bytes) -> None:
        self._rows += 1
        self._batch.put(key, value)

    def delete(self, key: bytes) -> None:
        self._rows += 1
        self._batch.delete(key)

    def write(self) -> None:
        self._before_write(self._rows)
        self._batch.write()


class _WatchedStore:
    """A plyvel database that is told the number of rows of each batch before it is written.

    `synced` says of each batch whether it is to be synced.
    """

    def __init__(self, db: Any) -> None:
        self._db = db
        self.synced: list[bool] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def write_batch(self, *, sync: bool) -> _WatchedBatch:
        self.synced.append(sync)
        return _WatchedBatch(self._db.write_batch(sync=sync), self._before_write)

    def _before_write(self, rows: int) -> None:
        raise NotImplementedError


class GatedStore(_WatchedStore):
    """Holds writes back while the gate is shut. `writes` has the number of rows of every write begun."""

    def __init__(self, db: Any) -> None:
        super().__init__(db)
        self.writes: list[int] = []
        self._gate = Event()
        self._gate.set()

    def shut(self) -> None:
        self._gate.clear()

    def open(self) -> None:
        self._gate.set()

    def _before_write(self, rows: int) -> None:
        self.writes.append(rows)
        if not self._gate.wait(timeout=10):
            raise TimeoutError("nobody opened the gate")


class FailingStore(GatedStore):
    """Refuses a write while `refuses` is set (once the gate lets it through)."""

    refuses = False

    def _before_write(self, rows: int) -> None:
        super()._before_write(rows)
        if self.refuses:
            raise OSError("the disk is gone")
