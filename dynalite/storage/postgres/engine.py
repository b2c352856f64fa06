"""An engine whose rows are in a database that speaks PostgreSQL's protocol. Several servers can share it.

A read is one statement, one round trip. An update is two: its keys are read, it is decided here, and one
statement writes what was decided if nothing of it has changed. Neither locks anything in between, so a server
that stops at any point leaves nothing behind. How writes go is told in `commit.py`.
"""

import asyncio
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import Final

from dynalite.errors import InternalServerError
from dynalite.ids import Ids
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Decide, LogEntry, Row, T, decode_counter, encode_sequence, entry_of
from dynalite.storage.fence import GUARD, Fenced, reads_tables, writes_tables
from dynalite.storage.postgres import rows as reading
from dynalite.storage.postgres import statements
from dynalite.storage.postgres.commit import Commit
from dynalite.storage.postgres.connections import Connections
from dynalite.storage.postgres.group import Stale
from dynalite.storage.postgres.moments import Moment, MomentToReturnTo, difference
from dynalite.storage.postgres.rows import NOTHING, Stored

_HOLDER_BYTES: Final = 16


class PostgresEngine:
    """A store in a database, by `open`; the constructor takes a database that is known to be fit for it."""

    def __init__(self, connections: Connections) -> None:
        self.believed: bytes | None = None
        self.fencing = False
        self.commit = Commit(connections, lambda: self.believed)
        self.contention = self.commit.contention
        self._connections = connections
        self._holder = connections.ids.token(_HOLDER_BYTES)
        self._holds: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(cls, dsn: str, ids: Ids) -> "PostgresEngine":
        """Open the database that a DSN names, making its tables where they are missing. Raises StoreError."""
        connections = Connections(dsn, ids)
        await connections.prepare()
        return cls(connections)

    @property
    def refusal(self) -> str | None:
        return "The store is closed." if self.commit.closed else None  # else the next write may succeed

    # -------------------------------------------------------------- reading

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        if not keys:
            return []
        found = await self._look(keys, self.believed)
        return [found.get(key, NOTHING).value for key in keys]

    async def _look(self, keys: Sequence[bytes], believed: bytes | None) -> dict[bytes, Stored]:
        """What is under `keys`. Raises Fenced where they are of tables, and those are not as believed."""
        if not (self.fencing and reads_tables(keys)):
            return await reading.read(self._connections.fetch, keys)
        found = await reading.read(self._connections.fetch, (*keys, GUARD))
        if found.get(GUARD, NOTHING).row != believed:
            raise Fenced
        return found

    async def scan(
        self, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool = False
    ) -> list[Row]:
        believed = self.believed
        page = await reading.scan(
            self._connections.fetch, start, stop, limit=limit, max_bytes=max_bytes, reverse=reverse
        )
        if self.fencing and page.guard != believed and reads_tables((start,)):
            raise Fenced
        return page.rows

    # -------------------------------------------------------------- changing

    async def update(self, keys: Sequence[bytes], decide: Decide[T]) -> T:
        believed = self.believed
        known: dict[bytes, Stored] = {}
        present = True  # whether what is known was there after this update began
        while True:  # after whatever suspends, everything is looked at anew
            if self._holds:
                await asyncio.wait(self._holds)
            elif (group := self.commit.touching(keys)) is not None:
                await group.until_settled()
                known = {key: each for key in keys if (each := group.written(key)) is not None}
                present = False
            elif (group := self.commit.filling) is not None and (group.full or group.counts(keys)):
                await group.until_settled()
                known.clear()
            elif any(key not in known and (group is None or key not in group) for key in keys):
                known = dict.fromkeys(keys, NOTHING) | await self._look(keys, believed)
                present = True
            else:
                try:
                    return await self._decide(keys, known, decide, believed, present=present)
                except Stale:
                    known.clear()

    async def _decide(
        self,
        keys: Sequence[bytes],
        known: Mapping[bytes, Stored],
        decide: Decide[T],
        believed: bytes | None,
        *,
        present: bool,
    ) -> T:
        """Decide, and write what was decided. Raises Stale when that must be done again.

        What writes something is held against the database when it is written. What writes nothing is an
        answer as it stands, so it must be by what is `present`: a row that a group of ours left behind may
        have been replaced, and whoever did so told of it, before this update began.
        """
        group = self.commit.filling
        over = group is not None and any(key in group for key in keys)
        values = [known[key].value if group is None or key not in group else group.value(key) for key in keys]
        failure: Exception | None = None
        batch: Batch | None = None
        try:
            result, batch = decide(values)
        except Exception as error:
            if not over and present:
                raise
            failure = error
        if not batch and not over:
            if not present:
                raise Stale
            return result
        fenced = batch is not None and self.fencing and writes_tables(batch)
        if fenced and believed != self.believed:
            raise Fenced
        if batch:
            _check_lengths(batch)
            if group is not None and group.counts(batch.rows):
                await group.until_settled()
                raise Stale
        await self._written(keys, known, batch, believed, fenced=fenced)
        if failure is not None:
            raise failure
        return result

    async def _written(
        self,
        keys: Sequence[bytes],
        known: Mapping[bytes, Stored],
        batch: Batch | None,
        believed: bytes | None,
        *,
        fenced: bool,
    ) -> None:
        """Join the group that is filling, and return when it is written."""
        group = self.commit.group()
        expected = {key: known[key] for key in keys if key not in group}
        member, waiter = group.join(keys, expected, batch)
        if fenced:
            member.fence(believed)
        try:
            await waiter
        except Stale:
            if fenced and not reads_tables(keys):  # then reading them again would not tell
                await self._look_at_guard(believed)
            raise

    async def _look_at_guard(self, believed: bytes | None) -> None:
        found = await reading.read(self._connections.fetch, (GUARD,))
        if found.get(GUARD, NOTHING).row != believed:
            raise Fenced

    # -------------------------------------------------------------- logs

    async def read_log(self, log: bytes, *, after: int, limit: int, max_bytes: int) -> list[LogEntry]:
        start = log + encode_sequence(after + 1)
        rows = await self.scan(start, keyspace.after(log), limit=limit, max_bytes=max_bytes)
        return [entry_of(row) for row in rows]

    async def trim_log(self, log: bytes, *, before: int, limit: int) -> bool:
        return await self.delete_range(log, log + encode_sequence(before), limit=limit)

    async def last_sequence(self) -> int:
        (value,) = await self.read((keyspace.SEQUENCE,))
        return decode_counter(value)

    # -------------------------------------------------------------- background work

    async def delete_range(self, start: bytes, stop: bytes, *, limit: int) -> bool:
        while self._holds:
            await asyncio.wait(self._holds)
        await self.commit.until_written()
        for statement in (statements.DELETE_ROWS, statements.DELETE_COUNTERS):
            await self._connections.chore(statement, start, stop, limit)
        ((left,),) = await self._connections.fetch(statements.ANY_LEFT, start, stop)
        return not left

    async def lease(self, name: str, seconds: int) -> bool:
        return bool(await self._connections.chore(statements.LEASE, name, self._holder, seconds))

    async def release(self, name: str) -> None:
        await self._connections.chore(statements.RELEASE, name, self._holder)

    # -------------------------------------------------------------- moments

    def snapshot(self) -> Moment:
        moment = Moment(self._connections, self.commit.until_written)
        self._hold(moment.begun())
        return moment

    def savepoint(self) -> MomentToReturnTo:
        moment = MomentToReturnTo(self._connections, self.commit.until_written, self._return_to)
        self._hold(moment.begun())
        return moment

    async def _return_to(self, then: Moment, keeping: Collection[bytes]) -> None:
        """Make all rows what they were, while updates wait."""
        while self._holds:
            await asyncio.wait(self._holds)
        await self._hold(self._put_back(then, frozenset(keeping)))

    async def _put_back(self, then: Moment, keeping: Collection[bytes]) -> None:
        now = Moment(self._connections, self.commit.until_written)
        try:
            changed = await difference(then, now)
        finally:
            now.close()
        batch = Batch()
        batch.rows = {
            key: value
            for key, value in changed.items()
            if key not in keeping and key not in (keyspace.SEQUENCE, GUARD)
        }
        if batch:
            group = self.commit.group()
            _, waiter = group.join((), {}, batch)
            await waiter

    def _hold(self, until: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        """Let whatever changes anything wait until this is done."""
        task = asyncio.ensure_future(until)
        self._holds.add(task)
        task.add_done_callback(self._holds.discard)
        return task

    async def close(self) -> None:
        await self.commit.close()
        self._connections.close()


def _check_lengths(batch: Batch) -> None:
    longest = max(map(len, (*batch.rows, *batch.counts)), default=0)
    if longest > statements.LONGEST_KEY_BYTES:
        raise InternalServerError(f"A key of {longest} bytes is longer than the database can hold.")
