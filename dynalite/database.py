"""The facade: one database, every client. HTTP, DAX, the console and in-process callers all come through
`execute`.

It joins the parts: an engine, the catalog, the clock and the ids, and the registry of operations. A request
passes through it as: find the operation's row, check the request's shape, run. Errors get their final wording
here, because only here are the operation, the request and the wording profile known together.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.errors import InvalidRequest, ServiceError, UnknownOperationException, ValidationException
from dynalite.ids import Ids
from dynalite.jobs import runner
from dynalite.model.walker import check_wire, validate
from dynalite.operations.catalogue import OPERATIONS
from dynalite.operations.conflicts import Held
from dynalite.operations.context import Caller, Context
from dynalite.operations.registry import Operation
from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine
from dynalite.storage.memory import MemoryEngine
from dynalite.values.types import Answer, Request

__all__ = ["Caller", "Database"]

_SALT = keyspace.system(b"salt")
_PREFIX = "1 validation error detected: "


class Database:
    """An open database. Made by `open`; `close` lets go of the data folder."""

    def __init__(
        self, engine: Engine, catalog: Catalog, salt: bytes, settings: Settings, clock: Clock, ids: Ids
    ) -> None:
        self.engine = engine
        self.catalog = catalog
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self._hash = keyspace.hasher(salt)
        self._held = Held()
        self._contexts: dict[str, Context] = {}

    @classmethod
    async def open(cls, settings: Settings, clock: Clock | None = None, ids: Ids | None = None) -> "Database":
        """Open the database in `settings.data_folder`, or a new one in memory.

        Raises `storage.StoreError` with one clear sentence when the folder cannot be used.
        """
        clock = clock or Clock()
        ids = ids or Ids()
        engine = _open_engine(settings)
        try:
            salt = await _salt(engine, ids)
            catalog = await Catalog.open(engine, clock, settings.account)
        except BaseException:
            await engine.close()
            raise
        return cls(engine, catalog, salt, settings, clock, ids)

    async def close(self) -> None:
        """Wait for writes in flight and close the engine. Closing twice is harmless."""
        await self.engine.close()

    async def tick(self) -> None:
        """Run the background work that is due: status transitions, backfills, deletions. Bounded; call it
        again.
        """
        await runner.tick(self.context(""))

    async def until_work(self, at_most_seconds: float) -> None:
        """Return when a change has left something for `tick` to do at once, or when the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_seconds):
                await self.catalog.work.wait()

    def context(self, region: str) -> Context:
        """What an operation sees from a region."""
        context = self._contexts.get(region)
        if context is None:
            context = self._contexts[region] = Context(
                self.engine,
                self.catalog,
                self.clock,
                self.ids,
                self.settings,
                region,
                self.settings.account,
                self._hash,
                self._held,
            )
        return context

    def serves(self, api: str, operation: str) -> bool:
        """Whether there is such an operation, in the API of that name and version."""
        row = OPERATIONS.get(operation)
        return row is not None and row.api == api

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        """Run one API operation. `request` is the parsed JSON body; the database takes ownership of it.

        Raises a `ServiceError` whose message is final.
        """
        row = OPERATIONS.get(operation)
        if row is None:
            raise UnknownOperationException
        try:
            validate(row.shape, request)
            return await row.run(self.context(caller.region), cast(Request, request))
        except ValidationException as error:
            raise self._worded(row, request, error) from None

    def _worded(self, row: Operation, request: object, error: ValidationException) -> ServiceError:
        """The error as the service says it: wrong JSON types come first, then the wording profile decides."""
        try:
            check_wire(row.shape, request)
        except ServiceError as wire_error:
            return wire_error
        if self.settings.wording == "classic":
            error.message = error.classic
        elif row.prefixes and isinstance(error, InvalidRequest):
            error.message = _PREFIX + error.message
        return error


def _open_engine(settings: Settings) -> Engine:
    if settings.data_folder is None:
        return MemoryEngine()
    from dynalite.storage.leveldb import (
        LevelDBEngine,  # not needed, and perhaps not to be had, for a database in memory
    )

    return LevelDBEngine.open(settings.data_folder, settings.durability)


async def _salt(engine: Engine, ids: Ids) -> bytes:
    """The database's salt for partition hashes, drawn once when the database is made."""
    fresh = ids.token(keyspace.SALT_BYTES)

    def decide(values: Sequence[bytes | None]) -> tuple[bytes, Batch | None]:
        stored = values[0]
        if stored is not None:
            return stored, None
        batch = Batch()
        batch.put(_SALT, fresh)
        return fresh, batch

    return await engine.update([_SALT], decide)
