"""Snapshots and savepoints: a connection with a transaction that stays at one moment.

Taking one must not wait, and a transaction can only be begun by asking the database. So the asking begins at
once, and whatever this engine is told to change afterwards waits until it is done. What other servers write
in between may be in the snapshot: it is a moment shortly after it was taken, never before.

While a transaction stays open the database keeps every row that has been replaced since; so they are closed
soon. One whose connection breaks is lost, and reading it fails.

A savepoint does not know which rows have changed, because other servers change rows too. Going back compares
all rows of then with all rows of now.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import TypeAlias

import asyncpg

from dynalite.errors import InternalServerError
from dynalite.storage.engine import Row
from dynalite.storage.postgres import rows as reading
from dynalite.storage.postgres import statements
from dynalite.storage.postgres.connections import LOST, MOMENTS, Connections, Found, hear_out

UntilWritten: TypeAlias = Callable[[], Awaitable[None]]
ReturnTo: TypeAlias = Callable[["Moment", Collection[bytes]], Awaitable[None]]

_EVERYTHING = (b"\x00", b"\xff")
_ROWS_PER_PAGE = 1000
_PAGE_BYTES = 1 << 20


class Moment:
    """The database as of the moment at which the constructor was called."""

    def __init__(self, connections: Connections, until_written: UntilWritten) -> None:
        self._connections = connections
        self._until_written = until_written
        self._one_at_a_time = asyncio.Lock()
        self._connection: asyncpg.Connection | None = None
        self._closed = False
        self._beginning = asyncio.ensure_future(self._begin())
        self._beginning.add_done_callback(hear_out)

    async def begun(self) -> None:
        """Return when the moment is fixed, or cannot be."""
        await asyncio.wait((self._beginning,))

    async def _begin(self) -> None:
        await self._until_written()  # what was decided before belongs to the moment
        connections = self._connections
        connection = await connections.connect(MOMENTS, dialect=connections.dialect)
        try:
            await connection.execute("BEGIN")
            await connection.fetchval(statements.STORED_FORMAT)  # the first look fixes the moment
        except BaseException:
            connections.drop(connection)
            raise
        self._connection = connection
        if self._closed:
            self.close()

    async def _fetch(self, statement: str, *arguments: object) -> Found:
        async with self._one_at_a_time:
            try:
                await asyncio.shield(self._beginning)
                if self._connection is None:
                    raise InternalServerError("The snapshot is closed.")
                return await self._connection.fetch(statement, *arguments)
            except LOST as error:
                raise InternalServerError("The snapshot was lost with its connection.") from error

    async def read(self, keys: Sequence[bytes]) -> list[bytes | None]:
        found = await reading.read(self._fetch, keys)
        return [found.get(key, reading.NOTHING).value for key in keys]

    async def scan(
        self, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool = False
    ) -> list[Row]:
        page = await reading.scan(
            self._fetch, start, stop, limit=limit, max_bytes=max_bytes, reverse=reverse
        )
        return page.rows

    def close(self) -> None:
        self._closed = True
        connection, self._connection = self._connection, None
        self._connections.drop(connection)


class MomentToReturnTo(Moment):
    """A moment that the engine can go back to."""

    def __init__(self, connections: Connections, until_written: UntilWritten, return_to: ReturnTo) -> None:
        super().__init__(connections, until_written)
        self._return_to = return_to

    async def restore(self, keeping: Collection[bytes]) -> None:
        await self._return_to(self, keeping)


async def difference(then: Moment, now: Moment) -> dict[bytes, bytes | None]:
    """The rows that are not what they were, as they were."""
    changed: dict[bytes, bytes | None] = {}
    former, present = everything(then), everything(now)
    old, new = await anext(former, None), await anext(present, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old[0] < new[0]):
            assert old is not None
            changed[old[0]] = old[1]
            old = await anext(former, None)
        elif old is None or new[0] < old[0]:
            changed[new[0]] = None
            new = await anext(present, None)
        else:
            if old[1] != new[1]:
                changed[old[0]] = old[1]
            old, new = await anext(former, None), await anext(present, None)
    return changed


async def everything(moment: Moment) -> AsyncIterator[Row]:
    """All rows of a moment, in order."""
    start, stop = _EVERYTHING
    while page := await moment.scan(start, stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES):
        for row in page:
            yield row
        start = page[-1][0] + b"\x00"
