"""What is different when several servers share one store.

Most of a server keeps nothing but what is stored, so it does not notice others. Three things it would notice.
The descriptors of tables are in memory: a request whose tables are not the present ones is run again, with
the present ones (`storage/fence.py`). Background work is for one server at a time: whoever has the lease does
it, and the lease ends by the store's clock when its holder is gone. And some things are one server's own, in
its memory or in its folder; those are refused, in so many words, rather than done by halves.

A request is run again only where nothing of it has been done. A batch of statements is not one update, so
where other servers change a table in the middle of one it ends as the service's own do when a part of it
fails: with an error, after which nobody knows how far it came.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from copy import deepcopy
from typing import Final, TypeAlias

from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.errors import (
    ConditionalCheckFailedException,
    InternalServerError,
    ServiceError,
    ValidationException,
)
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.storage.fence import Fenced, SharedEngine
from dynalite.values.types import Answer, Request

Run: TypeAlias = Callable[[Request], Awaitable[Answer]]

LEASE_SECONDS: Final = 10
_RENEW_SECONDS: Final = 3.0
_JOBS: Final = "jobs"
_MOST_RUNS: Final = 20

_OPTIMISTIC: Final = frozenset(
    {
        "GetItem",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "Query",
        "Scan",
        "BatchGetItem",
        "BatchWriteItem",
        "TransactWriteItems",
        "TransactGetItems",
        "ExecuteStatement",
        "ExecuteTransaction",
    }
)
"""What runs with the descriptors at hand, and finds out by reading, writing or failing whether they are the
present ones. Everything else asks first; so does BatchExecuteStatement, because its errors are in its answer.
"""
_IN_PARTS: Final = frozenset({"BatchExecuteStatement"})
"""What may have been done in part when it is fenced."""

NO_BACKUPS: Final = (
    "Backups are files in the folder of one server, and several servers share this database: "
    "restore to a point in time, or back up the database itself."
)
NEEDS_S3: Final = (
    "Buckets in a folder belong to one server, and several servers share this database: start them all with"
    " --s3-endpoint."
)
ONE_SCALES: Final = (
    "Auto scaling follows the traffic of one server, and several servers share this database."
)
_CHANGED: Final = "A table changed in the meantime; the statements may have run in part."

_REFUSED: Final[Mapping[str, str]] = {"UpdateTableReplicaAutoScaling": ONE_SCALES}


class OthersWork(Exception):
    """Another server has the background work to do."""


class Sharing:
    """One of several servers on one store."""

    def __init__(self, engine: SharedEngine, catalog: Catalog) -> None:
        self._engine = engine
        self.contention = engine.contention
        self._catalog = catalog
        self._leases: dict[str, tuple[float, bool]] = {}
        """When a lease was last asked for (`Clock.elapsed`), and whether it was had."""

    async def run(self, row: Operation, request: Request, run: Run) -> Answer:
        """Run an operation with the tables as they are now. `run` may be called more than once."""
        if row.name in _REFUSED:
            raise ValidationException(_REFUSED[row.name])
        optimistic = row.name in _OPTIMISTIC
        if not optimistic:
            await self._catalog.refresh()
        for _ in range(_MOST_RUNS):
            believed = self._engine.believed
            try:
                return await run(deepcopy(request))  # running takes it apart
            except Fenced:
                await self._catalog.refresh()
                if row.name in _IN_PARTS:
                    raise InternalServerError(_CHANGED) from None
            except ConditionalCheckFailedException:
                raise  # it was judged by a row that was read with the guard, so of the present table
            except ServiceError:
                if not optimistic:
                    raise
                await self._catalog.refresh()
                if self._engine.believed == believed:
                    raise
        raise InternalServerError("The tables do not stop changing; nothing was done.")

    async def lead(self, context: Context) -> bool:
        """Take background work, or keep it, with the tables as they are now. False when another server has it
        to do.
        """
        if not await self._engine.lease(_JOBS, LEASE_SECONDS):
            return False
        await self._catalog.refresh()
        return True

    async def alone(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do background work, after `lead` has said that it is this server's to do."""
        renewing = asyncio.create_task(self._renew())
        try:
            await work()
        except Fenced:
            self._catalog.work.set()  # a table changed in the middle of it: go on with the present ones
        finally:
            renewing.cancel()

    async def has(self, work: str) -> bool:
        """Take a kind of work that one server does at a time, or keep it. Whether this one has it, for what
        takes less than half of a lease.
        """
        asked_at, answer = self._leases.get(work, (-math.inf, False))
        now = Clock.elapsed()
        if now - asked_at >= _RENEW_SECONDS:
            answer = await self._engine.lease(work, LEASE_SECONDS)
            self._leases[work] = now, answer
        return answer

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(InternalServerError):  # the work will meet the same trouble, and says so
                await self._engine.lease(_JOBS, LEASE_SECONDS)

    async def leave(self) -> None:
        """Let another server do at once what this one did for all."""
        for work in (_JOBS, *self._leases):
            await self._engine.release(work)
