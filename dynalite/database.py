"""The facade: one database, every client. HTTP, DAX, the console and in-process callers all come through
`execute`.

It joins the parts: an engine, the catalog, the clock and the ids, and the registry of operations. A request
passes through it as: find the operation's row, check the request's shape, run. Errors get their final wording
here, because only here are the operation, the request and the wording profile known together.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from dynalite.capacity.calls import Calls
from dynalite.capacity.meter import Capacity
from dynalite.capacity.tracking import Tracking
from dynalite.capacity.watch import Watch
from dynalite.catalog.codec import UnknownVersion
from dynalite.catalog.store import Catalog
from dynalite.changes import Changes
from dynalite.clock import Clock
from dynalite.errors import (
    AnothersResource,
    InternalServerError,
    InvalidRequest,
    ServiceError,
    UnknownOperationException,
    ValidationException,
)
from dynalite.ids import Ids
from dynalite.jobs import runner, shards, warming
from dynalite.jobs.scaling import Scaling
from dynalite.model.walker import check_wire, validate
from dynalite.operations.catalogue import OPERATIONS
from dynalite.operations.conflicts import Held
from dynalite.operations.context import Caller, Context
from dynalite.operations.faults import Faults
from dynalite.operations.rated import rated
from dynalite.operations.registry import Operation
from dynalite.recovery.buckets import Buckets
from dynalite.recovery.vault import Vault
from dynalite.settings import Settings
from dynalite.sharing import NEEDS_S3, NO_BACKUPS, OthersWork, Sharing
from dynalite.snapshots import Snapshots
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, write_batch
from dynalite.storage.fence import SharedEngine
from dynalite.storage.folder import StoreError, StoreTooNew, StoreUnwritable
from dynalite.storage.memory import MemoryEngine
from dynalite.values.types import Answer, Request

if TYPE_CHECKING:
    from dynalite.copying import Copied

__all__ = ["Caller", "Database"]

_SALT = keyspace.system(b"salt")
_CONTEXTS = 4_096
"""How many are kept. Anybody can name any number of regions."""
_PREFIX = "1 validation error detected: "


class Database:
    """An open database. Made by `open`; `close` lets go of the data folder."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        salt: bytes,
        settings: Settings,
        clock: Clock,
        ids: Ids,
        sharing: Sharing | None = None,
    ) -> None:
        self.engine = engine
        self.catalog = catalog
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.changes = Changes()
        """Moves whenever a write or a change of a table has been answered, or background work was done."""
        self.sharing = sharing
        """Set where other servers use the same store."""
        self._working = asyncio.Lock()
        folder = settings.data_folder
        self.vault = Vault(folder)
        self.snapshots = Snapshots(engine, catalog, self.vault, clock, self.changes, self._working)
        self.buckets = Buckets(None if folder is None else folder / "buckets", settings.s3_endpoint)
        if sharing is not None:
            self.vault.not_here = NO_BACKUPS
            self.buckets.not_here = "" if settings.s3_endpoint else NEEDS_S3
        self._hash = keyspace.hasher(salt)
        self._held = Held()
        self.capacity = Capacity(catalog, clock, enforcing=settings.enforce_capacity)
        self._calls = Calls(clock) if settings.enforce_capacity else None
        self._operations: dict[str, Operation] = {}
        """The rows that have been asked for: a dict, because every request looks here."""
        self.faults = Faults()
        self.tracking = Tracking()
        self.scaling = Scaling(self.capacity)
        self.snapshots.rewound.append(partial(self.tracking.load, engine))
        self._contexts: dict[tuple[str, str], Context] = {}

    @classmethod
    async def open(cls, settings: Settings, clock: Clock | None = None, ids: Ids | None = None) -> "Database":
        """Open the database in `settings.data_folder` or at `settings.engine`, or a new one in memory.

        Raises `storage.folder.StoreError` with one clear sentence when it cannot be used.
        """
        clock = clock or Clock()
        ids = ids or Ids()
        engine: Engine
        shared: SharedEngine | None = None
        if settings.engine is None:
            engine = _open_engine(settings)
        else:
            engine = shared = await _open_shared(settings.engine, ids)
        try:
            with _translated(settings):
                salt = await _salt(engine, ids)
                if shared is None:
                    catalog, sharing = await Catalog.open(engine, clock, settings.account), None
                else:
                    catalog = await Catalog.open_shared(shared, clock, settings.account, ids)
                    sharing = Sharing(shared, catalog)
                database = cls(engine, catalog, salt, settings, clock, ids, sharing)
                await database.tracking.load(engine)
        except UnknownVersion as error:
            await engine.close()
            raise StoreTooNew(f"The data was written by a later version: {error}.") from error
        except InternalServerError as error:
            refusal = engine.refusal
            await engine.close()
            raise StoreUnwritable(refusal or error.message) from error
        except BaseException:
            await engine.close()
            raise
        return database

    async def close(self) -> None:
        """Wait for writes in flight and close the engine. Closing twice is harmless."""
        self.snapshots.close()
        self.vault.close()
        if self.sharing is not None:
            with suppress(ServiceError):
                await self.sharing.leave()
        await self.engine.close()

    async def tick(self, retries: runner.Retries | None = None) -> bool:
        """Run the background work that is due: status transitions, backfills, deletions. Bounded; call it
        again. What fails is raised in the end, or left to `retries`. False when another server of a shared
        store has it to do, or the store could not say.
        """
        ours, work = True, partial(self._work, retries)
        async with self._working:
            if self.sharing is None:
                await work()
            else:
                ours = await runner.attempt(self.sharing.lead, self.context(""), retries)
                if ours:
                    await self.sharing.alone(work)
                else:
                    self.catalog.work.clear()  # it is found without, by whoever ticks next
        self.changes.announce()
        return ours

    async def _work(self, retries: runner.Retries | None) -> None:
        try:
            await runner.tick(self.context(""), retries)
        finally:
            await runner.attempt(self._scale, self.context("", "UpdateTable"), retries)
            await runner.attempt(self._warm, self.context(""), retries)

    async def _scale(self, context: Context) -> bool:
        await self.scaling.step(context)
        return False

    async def _warm(self, context: Context) -> bool:
        await warming.step(self.catalog, self.capacity)
        return False

    async def until_idle(self) -> None:
        """Run the background work that is due until nothing is left of it. Raises `sharing.OthersWork`."""
        self.catalog.work.set()
        while self.catalog.work.is_set():
            if not await self.tick():
                raise OthersWork

    async def until_work(self, at_most_seconds: float) -> None:
        """Return when a change has left something for `tick` to do at once, or when the time is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_seconds):
                await self.catalog.work.wait()

    def context(self, region: str, operation: str = "") -> Context:
        """What an operation sees from a region; background work is an operation without a name."""
        context = self._contexts.get((region, operation))
        if context is None:
            if len(self._contexts) >= _CONTEXTS:
                self._contexts.clear()
            context = self._contexts[region, operation] = Context(
                self.engine,
                self.catalog,
                self.clock,
                self.ids,
                self.settings,
                region,
                self.settings.account,
                self._hash,
                self._held,
                self.capacity.meter(operation),
                self.tracking,
                Watch(self.capacity, self.catalog, self.clock, region, operation),
                self.vault,
                self.buckets,
            )
        return context

    async def roll_shards(self, region: str, table_name: str) -> None:
        """Close every open shard of a table's streams now, and continue each in a child.

        Raises ResourceNotFoundException when there is no such table.
        """
        context = self.context(region)
        await self.catalog.refresh()
        await shards.roll(context, context.catalog.existing(region, table_name))
        self.changes.announce()

    async def copy_to(self, folder: Path) -> "Copied":
        """Copy the whole database as it is now into a new data folder. Raises `copying.CannotCopy`."""
        from dynalite.copying import copy  # seldom needed

        return await copy(self.engine, self.vault, self.settings.data_folder, folder, self._working)

    @property
    def refusal(self) -> str | None:
        """Why no write is taken any more, as a sentence; None while writes are taken."""
        return self.engine.refusal

    async def remembered(self, name: bytes) -> bytes | None:
        """What was last given to `remember` under a name; None when nothing was."""
        (value,) = await self.engine.read([keyspace.job(0, b"memory" + name)])
        return value

    async def remember(self, name: bytes, value: bytes | None) -> None:
        """Keep a value (None: nothing) for whoever works on the database from outside."""
        batch = Batch()
        batch.rows[keyspace.job(0, b"memory" + name)] = value
        await write_batch(self.engine, batch)

    def serves(self, api: str, operation: str) -> bool:
        """Whether there is such an operation, in the API of that name and version."""
        row = OPERATIONS.get(operation)
        return row is not None and row.api == api

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        """Run one API operation. `request` is the parsed JSON body; the database takes ownership of it.

        Raises a `ServiceError` whose message is final.
        """
        row = self._operations.get(operation) or self._row(operation)
        try:
            validate(row.shape, request)
            context = self.context(caller.region, operation)
            members, watch = cast(Request, request), context.watch
            running: Awaitable[Answer]
            if self.sharing is not None:
                running = self.sharing.run(row, members, partial(self._start, row, context))
            elif self.faults.scripts:
                running = self.faults.run(row, context, members)
            else:
                running = row.run(context, members)
            if watch.skip:
                watch.skip -= 1
                answer = await running
            else:
                answer = await watch.timed(running, members)
        except Exception as error:
            self.context(caller.region, operation).watch.failed(request, error)
            if isinstance(error, ValidationException):
                raise self.worded(operation, request, error) from None
            if isinstance(error, AnothersResource):
                raise self.denied(operation, error, caller) from None
            raise
        if row.effect != "reads":
            self.changes.announce()
        return answer

    def _row(self, operation: str) -> Operation:
        row = OPERATIONS.get(operation)
        if row is None:
            raise UnknownOperationException
        if self._calls is not None:
            row = rated(row, self._calls)
        self._operations[operation] = row
        return row

    def _start(self, row: Operation, context: Context, members: Request) -> Awaitable[Answer]:
        return self.faults.run(row, context, members) if self.faults.scripts else row.run(context, members)

    def accepts(self, operation: str, request: object) -> bool:
        """Whether a request's shape is right. If not, `execute` will say so and do nothing."""
        row = OPERATIONS.get(operation)
        if row is None:
            return False
        try:
            validate(row.shape, request)
        except ServiceError:
            return False
        return True

    def worded(self, operation: str, request: object, error: ValidationException) -> ServiceError:
        """The error as the service says it: wrong JSON types come first, then the wording profile decides."""
        row = OPERATIONS[operation]
        try:
            check_wire(row.shape, request)
        except ServiceError as wire_error:
            return wire_error
        if self.settings.wording == "classic":
            error.message = error.classic
        elif row.prefixes and isinstance(error, InvalidRequest):
            error.message = _PREFIX + error.message
        return error

    def denied(self, operation: str, error: AnothersResource, caller: Caller) -> ServiceError:
        """What the caller of an operation is told of another account's resource: no policy lets it in."""
        from dynalite.access.decision import RESOURCE, Ask, Denial  # few servers ever judge anybody
        from dynalite.access.principals import Principal

        root = Principal(f"arn:aws:iam::{self.settings.account}:root")
        principal = root if caller.identity is None else caller.identity.principal
        return Denial(Ask(f"dynamodb:{operation}", error.resource), principal, RESOURCE).error


def _open_engine(settings: Settings) -> Engine:
    if settings.data_folder is None:
        return MemoryEngine()
    try:  # not needed for a database in memory, and not to be had everywhere
        from dynalite.storage.leveldb import LevelDBEngine
    except ImportError as error:
        raise StoreError(f"A data folder needs LevelDB, and plyvel cannot be imported: {error}.") from error
    return LevelDBEngine.open(settings.data_folder, settings.durability)


def _translated(settings: Settings) -> AbstractContextManager[None]:
    """What a data folder's engine says while the database is first read, as StoreError."""
    if settings.engine is not None or settings.data_folder is None:
        return nullcontext()
    from dynalite.storage.leveldb import translated

    return translated(settings.data_folder)


async def _open_shared(dsn: str, ids: Ids) -> SharedEngine:
    try:
        from dynalite.storage.postgres.engine import PostgresEngine
    except ImportError as error:
        raise StoreError(
            f"A database needs asyncpg, which cannot be imported ({error}): pip install 'dynalite[postgres]'."
        ) from error
    return await PostgresEngine.open(dsn, ids)


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
