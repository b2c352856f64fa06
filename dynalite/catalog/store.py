"""The catalog: every table's descriptor, in memory for the requests and in storage for ever.

Every request looks its table up here, so the descriptors are held in dicts and looking is all that it costs.
A change is made by one update of the descriptor's row, together with the rows that belong to it: a place in
the queue of things to drop for what has left, a cursor for an index that must be filled. Memory follows only
when that is durable.

The order matters to data. A write is decided with the descriptor that was visible when it was decided, so a
write may not know of an index that a descriptor already on its way to disk has. Changes are therefore made
one at a time, and whatever relies on all writers knowing (a backfill, a drop) begins after a further change
of the same table is durable: engines make updates durable in the order in which they were decided, so by then
every write of the uninformed is on disk, for all to see. The other half of the bargain is the operations':
get the table and call `engine.update` without awaiting anything in between.

Numeric ids, of tables and of logs, come from one counter and are never used again. They are reserved by the
block; a block not used up when the database closes is lost, which costs nothing.

Where several servers share the store, each change also changes the guard, and whoever believes in another
value of it has to read the descriptors again before anything of theirs becomes durable (`storage/fence.py`).
So the promise above holds across servers.

A table that is gone may have left a change log that can still be read for a day. Its descriptor, with all
shards closed, then moves to a row of its own among the departed.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, TypeVar

from dynalite.catalog import arn, backup, books, descriptors, emptying, lineage
from dynalite.catalog.codec import decode
from dynalite.catalog.schema import Table
from dynalite.catalog.standing import not_found
from dynalite.catalog.transitions import settled
from dynalite.clock import Clock
from dynalite.errors import ResourceNotFoundException
from dynalite.ids import Ids
from dynalite.storage import fence, keyspace
from dynalite.storage.engine import Batch, Engine, Reader, Savepoint, write_batch
from dynalite.storage.fence import Fenced, SharedEngine

T = TypeVar("T")
Decide: TypeAlias = Callable[[Table | None], tuple[T, Table | None]]
"""From a table as it is (None: there is none) to a result and the table as it shall be (None: none)."""


class Beside(NamedTuple):
    """Rows of somebody else's that a change of a table depends on, and what of theirs is written with it.
    `decide` is as pure as the change's own, is asked first, and may raise to refuse the change.
    """

    keys: Sequence[bytes]
    decide: Callable[[Sequence[bytes | None]], Mapping[bytes, bytes]]


_ALONE = Beside((), lambda _: {})

HIDDEN = "\x00"
"""What the names of regions begin with that no request can name, because no signature can."""

_NO_TABLES: Mapping[str, Table] = {}
_NEXT_ID = keyspace.system(b"next-id")
_ID_BYTES = 4
_IDS_PER_BLOCK = 64


class Catalog:
    """All tables of all regions of one account. Made by `open`."""

    def __init__(
        self, engine: Engine, clock: Clock, account: str, shared: tuple[SharedEngine, Ids] | None = None
    ) -> None:
        self._engine = engine
        self._shared = shared
        self._clock = clock
        self._account = account
        self._regions: dict[str, dict[str, Table]] = {}
        self._departed: dict[int, Table] = {}
        self._changing = asyncio.Lock()
        self._next_id = 0
        self._ids_end = 0
        self.work = asyncio.Event()
        """Set when a change has left something for the background jobs; who waits for it clears it."""

    @classmethod
    async def open(cls, engine: Engine, clock: Clock, account: str) -> "Catalog":
        """Load every descriptor, once what `clear` has begun is finished. Raises `codec.UnknownVersion` when
        a newer server wrote one.
        """
        catalog = cls(engine, clock, account)
        if (await engine.read([emptying.BEGUN])) != [None]:
            await emptying.empty(engine)
        await catalog._load(engine)
        catalog.work.set()
        return catalog

    @classmethod
    async def open_shared(cls, engine: SharedEngine, clock: Clock, account: str, ids: Ids) -> "Catalog":
        """The same, on an engine whose store other servers use too."""
        catalog = cls(engine, clock, account, (engine, ids))
        await catalog._reload(engine)
        engine.fencing = True
        catalog.work.set()
        return catalog

    # -------------------------------------------------------------- looking

    def find(self, region: str, name: str) -> Table | None:
        """The table of this name or ARN, in whatever status; None when there is none."""
        table = self._regions.get(region, _NO_TABLES).get(name)
        if table is None and name.startswith(arn.PREFIX):
            name = arn.table_name(name, region, self._account)
            table = self._regions.get(region, _NO_TABLES).get(name)
        if table is None or table.due_at is None:
            return table
        return settled(table, self._clock.now())

    def get(self, region: str, name: str) -> Table:
        """The table of this name or ARN, ready for reads and writes of items."""
        table = self._regions.get(region, _NO_TABLES).get(name)
        if table is not None and table.due_at is None:
            return table
        table = self.find(region, name)
        if table is None or table.status in ("CREATING", "DELETING"):
            raise ResourceNotFoundException("Requested resource not found")
        return table

    def by_id(self, identifier: int) -> Table | None:
        """The table with this id, in whatever status; None when it is gone."""
        return next((table for table in self.stored() if table.id == identifier), None)

    def existing(self, region: str, name: str) -> Table:
        """The table of this name or ARN in whatever status, as the control plane sees it."""
        table = self.find(region, name)
        if table is None:
            raise not_found(arn.table_name(name, region, self._account))
        return table

    def name(self, region: str, text: str) -> str:
        """The name that `text`, a table's name or ARN, stands for."""
        return arn.table_name(text, region, self._account)

    def names(self, region: str) -> list[str]:
        """The names of a region's tables in the order of their UTF-8 bytes."""
        return sorted(
            name for name in self._regions.get(region, _NO_TABLES) if self.find(region, name) is not None
        )

    def tables(self) -> list[Table]:
        """Every table that somebody has made, of every region, in whatever status: what is counted and shown.

        A table that the server made for a purpose of its own is not among them.
        """
        return [table for table in self.stored() if not table.region.startswith(HIDDEN)]

    def stored(self) -> list[Table]:
        """Every descriptor of every region as it was last written, which is what background jobs go by."""
        return [table for tables in self._regions.values() for table in tables.values()]

    def departed(self) -> list[Table]:
        """What is left of the deleted tables, of every region, whose change logs still exist."""
        return list(self._departed.values())

    def with_log(self, region: str, name: str | None = None) -> list[Table]:
        """The tables of a region, or all that have had a name there, whose change logs still exist.

        A deleted one is among them from the moment that its name is free.
        """
        tables = self._regions.get(region, _NO_TABLES)
        named = list(tables.values()) if name is None else [tables[name]] if name in tables else []
        now = self._clock.now()
        gone = [t for t in self._departed.values() if t.region == region and name in (None, t.name)]
        return [settled(table, now) or table for table in named if table.shards] + gone

    # -------------------------------------------------------------- changing

    async def change(self, region: str, name: str, decide: Decide[T], beside: Beside = _ALONE) -> T:
        """Change, make or delete the table `name`. Returns `decide`'s result once the change is durable and
        visible.

        `decide` is pure and sees the table as it is at this moment; what it raises reaches the caller and
        nothing is changed.
        """
        key = keyspace.catalog(region, name)
        alone = self._shared is None  # the backup of a deleted table is files in a server's folder
        async with self._changing:
            now = self._clock.now()

            def update(values: Sequence[bytes | None]) -> tuple[tuple[T, Table | None, Table | None], Batch]:
                rows = beside.decide(values[1:])
                stored = None if values[0] is None else decode(values[0])
                result, wanted = decide(None if stored is None else settled(stored, now))
                batch = Batch()
                batch.rows.update(rows)
                left = _left_behind(stored, wanted, now)
                if left is not None and stored is not None and stored.recovery is not None and alone:
                    backup.put(batch, backup.of_deleted(stored, now))
                if wanted != stored:
                    descriptors.put(batch, key, wanted)
                    books.keep(batch, stored, wanted)
                if left is not None:
                    descriptors.put(batch, keyspace.departed(left.id), left)
                return (result, wanted, left), batch

            result, wanted, left = await self._update([key, *beside.keys], update)
            if left is not None:
                self._departed[left.id] = left
            tables = self._regions.setdefault(region, {})
            if wanted is None:
                tables.pop(name, None)
            else:
                tables[name] = wanted
        self.work.set()
        return result

    async def _update(
        self, keys: Sequence[bytes], update: Callable[[Sequence[bytes | None]], tuple[T, Batch | None]]
    ) -> T:
        """Update descriptors, and with them the guard of a store that is shared. Memory must follow before
        anything is awaited: from here on the server believes in the guard's new value.
        """
        if self._shared is None:
            return await self._engine.update(keys, update)
        engine, ids = self._shared
        fresh = ids.token(fence.GUARD_BYTES)

        def guarded(values: Sequence[bytes | None]) -> tuple[tuple[T, bool], Batch | None]:
            result, batch = update(values)
            if batch:
                batch.put(fence.GUARD, fresh)
            return (result, bool(batch)), batch

        while True:
            try:
                result, changed = await engine.update(keys, guarded)
            except Fenced:
                await self._reload(engine)
                continue
            if changed:
                engine.believed = fresh
            return result

    async def refresh(self) -> None:
        """Read the descriptors again, if another server of a shared store has changed any."""
        if self._shared is None:
            return
        engine, _ = self._shared
        if await _guard(engine) == engine.believed:
            return
        async with self._changing:  # it may have been a change of our own, not yet followed by memory
            if await _guard(engine) == engine.believed:
                return
            await self._reload(engine)
        self.work.set()

    async def _reload(self, engine: SharedEngine) -> None:
        """Read the descriptors, as of one value of the guard."""
        while True:
            before = await _guard(engine)
            await self._load(engine)
            if await _guard(engine) == before:
                engine.believed = before
                return

    async def settle(self, table: Table) -> None:
        """Write down what a due table has become."""
        await self.change(table.region, table.name, lambda present: (None, present))

    async def change_log(self, table: Table, change: Callable[[Table], Table]) -> None:
        """Change what a table's descriptor says of its log. The table may have departed meanwhile; a departed
        one with neither shards nor streams is forgotten.
        """

        def decide(present: Table | None) -> tuple[bool, Table | None]:
            if present is None or present.id != table.id:
                return False, present
            return True, change(present)

        if not await self.change(table.region, table.name, decide):
            await self._change_departed(table.id, change)

    async def _change_departed(self, identifier: int, change: Callable[[Table], Table]) -> None:
        key = keyspace.departed(identifier)

        def update(values: Sequence[bytes | None]) -> tuple[Table | None, Batch | None]:
            if values[0] is None:
                return None, None
            wanted = change(decode(values[0]))
            kept = wanted if wanted.shards or wanted.past_streams else None
            batch = Batch()
            descriptors.put(batch, key, kept)
            return kept, batch

        async with self._changing:
            kept = await self._update([key], update)
            if kept is None:
                self._departed.pop(identifier, None)
            else:
                self._departed[identifier] = kept

    # -------------------------------------------------------------- other times

    async def return_to(self, savepoint: Savepoint) -> None:
        """Go back to a savepoint: every row, and the tables with them. Ids do not go back.

        Nothing suspends between the two, so no write is decided with the tables of one time from the rows of
        the other.
        """
        async with self._changing:
            await self._load(savepoint)
            try:
                await savepoint.restore((_NEXT_ID, emptying.BEGUN))
            except Exception:
                await self._load(self._engine)
                raise
        self.work.set()

    async def clear(self) -> None:
        """Forget every table, and delete every row but the system's; of backups there remains that they are
        deleted, for those who have their files. No background job may run meanwhile.

        Once the tables are gone nobody writes but who asks for a new one, and that waits for the lock. What a
        crash leaves is deleted when the database is opened.
        """
        async with self._changing:
            batch = Batch()
            batch.delete(keyspace.CATALOG)  # never there, but what was decided before is on disk when this is
            for table in self.stored():
                batch.delete(keyspace.catalog(table.region, table.name))
                batch.put(books.drop_key(table.id, keyspace.NO_INDEX), b"")
            batch.put(emptying.BEGUN, b"")
            before = self._regions, self._departed
            self._regions, self._departed = {}, {}
            try:
                await write_batch(self._engine, batch)
            except Exception:
                self._regions, self._departed = before
                raise
            await emptying.empty(self._engine)
        self.work.set()

    async def _load(self, reader: Reader) -> None:
        """Describe the tables that a reader's rows describe, and no others."""
        regions: dict[str, dict[str, Table]] = {}
        async for table in descriptors.stored(reader, keyspace.CATALOG):
            regions.setdefault(table.region, {})[table.name] = table
        departed = {table.id: table async for table in descriptors.stored(reader, keyspace.DEPARTED)}
        self._regions, self._departed = regions, departed

    async def new_id(self) -> int:
        """An id that no table and no log has ever had."""
        while self._next_id == self._ids_end:
            start = await self._engine.update([_NEXT_ID], _reserve)
            self._next_id, self._ids_end = start, start + _IDS_PER_BLOCK
        self._next_id += 1
        return self._next_id - 1


async def _guard(engine: SharedEngine) -> bytes | None:
    (value,) = await engine.read([fence.GUARD])
    return value


def _left_behind(stored: Table | None, wanted: Table | None, now: float) -> Table | None:
    """What readers of the log still need of a table that a change takes away; None when that is nothing."""
    if stored is None or not stored.shards or (wanted is not None and wanted.id == stored.id):
        return None
    return lineage.departing(stored, now)


def _reserve(values: Sequence[bytes | None]) -> tuple[int, Batch]:
    start = 1 if values[0] is None else int.from_bytes(values[0], "big")
    batch = Batch()
    batch.put(_NEXT_ID, (start + _IDS_PER_BLOCK).to_bytes(_ID_BYTES, "big"))
    return start, batch
