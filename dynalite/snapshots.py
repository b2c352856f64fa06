"""The whole database as it was at a named moment, and the way back there: what a test suite wants between two
tests.

A snapshot is an engine's savepoint. To take one costs nothing (in memory, the first write after it copies the
list of keys). To go back costs as much as has changed since: the engine knows which rows those are, and puts
them back in one batch. So a test may begin with a million items and is charged for the three that it wrote.

Everything goes back: items, indexes, tables, streams with their records, TTL, idempotency tokens, the
progress of background jobs. Three things do not. Sequence numbers and table ids go on rising, so that a
reader of a stream never sees a number again that meant something else. The clock stays where it is. And what
was decided before the restore but answered after it was undone with the rest.

A backup is a row and files. The row goes back; the files of a backup that is deleted are kept while there is
a snapshot, and a backup that was made after the moment gets a row again that says it is deleted. So what is
described can be restored, and what is not described does not stay on the disk for ever. Buckets, and the
logs of imports, are outside of the database: they stay as they are.

A mark is a moment without a name that is gone back to once, and takes the snapshots along: whatever was
taken, replaced or removed since is undone too. Marks nest.

Snapshots live as long as the database is open. They are not backups: nothing of them is on disk.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from dynalite.catalog import backup as backups
from dynalite.catalog.backup import Backup
from dynalite.catalog.store import Catalog
from dynalite.changes import Changes
from dynalite.clock import Clock
from dynalite.recovery.vault import Vault
from dynalite.storage.engine import Batch, Engine, Savepoint, write_batch


class NoSuchSnapshot(Exception):
    """There is no snapshot of this name."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A moment to go back to. `taken_at` is in epoch seconds of the server's clock."""

    name: str
    taken_at: float
    tables: int
    savepoint: Savepoint


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment without a name, and the snapshots that there were."""

    savepoint: Savepoint
    snapshots: Mapping[str, Snapshot]


class Snapshots:
    """A database's snapshots by name. `working` is held by background work while it runs."""

    def __init__(
        self,
        engine: Engine,
        catalog: Catalog,
        vault: Vault,
        clock: Clock,
        changes: Changes,
        working: asyncio.Lock,
    ) -> None:
        self._engine = engine
        self._catalog = catalog
        self._vault = vault
        self._clock = clock
        self._changes = changes
        self._working = working
        self._snapshots: dict[str, Snapshot] = {}
        self._marks: list[Mark] = []
        self.rewound: list[Callable[[], Awaitable[None]]] = []
        """Called when the database has been taken to another time: whoever caches what it said forgets it."""

    def all(self) -> list[Snapshot]:
        """Every snapshot, oldest first."""
        return list(self._snapshots.values())

    def take(self, name: str) -> Snapshot:
        """Remember this moment under a name, instead of the moment that had the name before."""
        earlier = self._snapshots.pop(name, None)
        if earlier is not None:
            self._let_go(earlier)
        tables = len(self._catalog.tables())
        snapshot = Snapshot(name, self._clock.now(), tables, self._engine.savepoint())
        self._snapshots[name] = snapshot
        self._vault.keeping = True
        return snapshot

    async def restore(self, name: str) -> Snapshot:
        """Go back to a moment. The snapshot stays and can be restored again. Raises NoSuchSnapshot."""
        async with self._working:
            snapshot = self._get(name)
            await self._return_to(snapshot.savepoint)
        await self._tell()
        return snapshot

    def remove(self, name: str) -> None:
        """Forget a moment. Raises NoSuchSnapshot."""
        snapshot = self._get(name)
        del self._snapshots[name]
        self._let_go(snapshot)

    def mark(self) -> Mark:
        """Begin something that will be undone as a whole. Marks nest: the latest is to be undone first."""
        mark = Mark(self._engine.savepoint(), dict(self._snapshots))
        self._marks.append(mark)
        self._vault.keeping = True
        return mark

    async def undo(self, mark: Mark) -> None:
        """Go back to a mark, and give it up. Snapshots are those of that moment again, too."""
        async with self._working:
            await self._return_to(mark.savepoint)
        self._marks.remove(mark)
        mark.savepoint.close()
        taken_since = [one for name, one in self._snapshots.items() if mark.snapshots.get(name) is not one]
        self._snapshots = dict(mark.snapshots)
        for snapshot in taken_since:
            self._let_go(snapshot)
        self._keep_what_is_needed()
        await self._tell()

    async def reset(self) -> None:
        """Empty the database, in all regions. Snapshots stay, so that one can go back from there too."""
        async with self._working:
            await self._catalog.clear()
            while self._vault.snapshots:
                self._vault.snapshots.popitem()[1].close()
        await self._tell()

    def close(self) -> None:
        """Forget every moment."""
        moments = [one.savepoint for held in self._held() for one in held.values()]
        moments += [mark.savepoint for mark in self._marks]
        for savepoint in {id(one): one for one in moments}.values():
            savepoint.close()
        self._marks.clear()
        self._snapshots.clear()
        self._keep_what_is_needed()

    def _let_go(self, snapshot: Snapshot) -> None:
        if not any(held.get(snapshot.name) is snapshot for held in self._held()):
            snapshot.savepoint.close()
        self._keep_what_is_needed()

    def _held(self) -> list[Mapping[str, Snapshot]]:
        """The snapshots that can be restored now, and those of the marks."""
        return [self._snapshots, *(mark.snapshots for mark in self._marks)]

    def _keep_what_is_needed(self) -> None:
        """Have the files of deleted backups go, unless there is a moment at which they were not deleted."""
        self._vault.keeping = bool(self._snapshots or self._marks)
        self._catalog.work.set()

    async def _return_to(self, savepoint: Savepoint) -> None:
        backed_up = await backups.everywhere(self._engine)
        await self._catalog.return_to(savepoint)
        await self._take_leave(backed_up)

    async def _take_leave(self, backed_up: Sequence[Backup]) -> None:
        """Of the backups that there were, let those be deleted that there are not any more."""
        present = {backup.id for backup in await backups.everywhere(self._engine)}
        batch = Batch()
        for backup in backed_up:
            if backup.id not in present:
                backups.put(batch, replace(backup, status="DELETED"))
        await write_batch(self._engine, batch)
        for identifier in self._vault.snapshots.keys() - present:
            self._vault.snapshots.pop(identifier).close()

    async def _tell(self) -> None:
        for told in self.rewound:
            await told()
        self._changes.announce()

    def _get(self, name: str) -> Snapshot:
        snapshot = self._snapshots.get(name)
        if snapshot is None:
            raise NoSuchSnapshot(f"There is no snapshot named {name}.")
        return snapshot
