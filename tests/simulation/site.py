"""A server process as far as a simulation needs one: a database that can be asked, that fails, and that dies.

Everything runs in one thread, and nothing waits for real time, so a run depends on its seed alone. What would
be real concurrency is played: an engine's answers take a seeded number of turns of the event loop, and the
commit thread is an actor that has its turn when the seed says so (`Disk.write`).

A crash abandons the database where it stands. On LevelDB, what was on its way to disk is then lost, or was
written and not told to anybody, or is torn: the last record of LevelDB's log is cut short. What had been
synced stays, which is what the operating system promises with `fsync`. In memory the rows outlive the
database, as if they were on a disk without delay.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random
from typing import Any, Literal, Protocol, TypeAlias, TypeVar
from unittest.mock import patch

from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.errors import InternalServerError
from dynalite.ids import Ids
from dynalite.settings import Settings
from dynalite.storage import commit, keyspace
from dynalite.storage.binding import plyvel
from dynalite.storage.engine import Batch, Engine
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine
from tests.streams.world import SALT, START, plain

T = TypeVar("T")

MOST_TURNS = 3
FAULTS = 0.02
"""How probable it is that a call of the engine, or a write to the disk, fails while there are faults."""

Fault: TypeAlias = Literal["before", "after"]
"""Something fails before anything is done, or when all is done and only the answer is lost."""


class Faults:
    """Draws what fails; nothing does until `on`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.on = False

    def draw(self) -> Fault | None:
        if not self.on or self._random.random() >= FAULTS:
            return None
        return self._random.choice(("before", "after"))


class Lost(Exception):
    """The server died before it answered."""


GONE = (Lost, InternalServerError)
"""No answer, or one that says nothing: the call may have had its effect or not."""


class Frail:
    """An engine that answers late, and sometimes not. A dead one does nothing more.

    An update is begun at once, as every engine does: only its answer is late.
    """

    def __init__(self, engine: Engine, random: Random, faults: Faults) -> None:
        self._engine = engine
        self._random = random
        self._faults = faults
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._engine, name)

        async def call(*arguments: Any, **named: Any) -> Any:
            fault = self._faults.draw()
            if fault == "before":
                raise InternalServerError("A call was made to fail.")
            self._check()
            answer = await method(*arguments, **named)
            for _ in range(self._random.randrange(MOST_TURNS + 1)):
                await asyncio.sleep(0)
            self._check()
            if fault == "after":
                raise InternalServerError("An answer was made to get lost.")
            return answer

        return call

    def _check(self) -> None:
        if self.dead:
            raise Lost


class Storage(Protocol):
    """What outlives a process."""

    def open(self) -> Engine:
        """Open the rows as a new process does."""
        ...

    def write(self, faults: Faults) -> bool:
        """The disk has its turn. False when it failed: the process takes no writes any more."""
        ...

    def crash(self, random: Random) -> None:
        """The process ends here."""
        ...


class Memory:
    """Rows in memory. Nothing is ever on its way."""

    def __init__(self) -> None:
        self._engine = MemoryEngine()

    def open(self) -> Engine:
        return self._engine

    def write(self, faults: Faults) -> bool:
        return True

    def crash(self, random: Random) -> None:
        pass


class _NoThread:
    """In place of the commit thread: `Disk.write` does its work."""

    def __init__(self, **_: object) -> None: ...
    def start(self) -> None: ...
    def join(self) -> None: ...


class Unsynced:
    """A LevelDB store that does not wait for the disk: nothing here survives more than the process."""

    def __init__(self, db: Any) -> None:
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def write_batch(self, *, sync: bool) -> Any:
        assert sync
        return self._db.write_batch()


class Disk:
    """A LevelDB store in a folder, with group commit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._db: Any = None
        self._jobs: Any = None

    def open(self) -> Engine:
        self._db = plyvel.DB(str(self._folder), create_if_missing=True)
        with patch.object(commit, "Thread", _NoThread):
            engine = LevelDBEngine(Unsynced(self._db), "fsync")
        self._jobs = engine._commit._jobs
        return engine

    def write(self, faults: Faults) -> bool:
        if self._jobs.empty():
            return True
        job = self._jobs.get()
        fault = faults.draw()

        def write() -> None:
            if fault != "before":
                job.write()
            if fault is not None:
                raise OSError("A write was made to fail.")

        self._jobs.put(job._replace(write=write))
        self._jobs.put(None)
        commit._work(self._jobs)
        return fault is None

    def crash(self, random: Random) -> None:
        fate = random.choice(("lost", "written", "torn"))
        under_way = None if self._jobs.empty() or fate == "lost" else self._jobs.get()
        before = {path: path.stat().st_size for path in self._logs()}
        if under_way is not None:
            under_way.write()
        self._db.close()
        if fate == "torn":
            for path in self._logs():
                size = path.stat().st_size
                if size > before.get(path, 0):
                    with path.open("r+b") as file:
                        file.truncate(random.randrange(before.get(path, 0), size))

    def _logs(self) -> list[Path]:
        return sorted(self._folder.glob("*.log"))


class Site:
    """A server, its storage and its clock. `start` begins a process, `crash` ends it."""

    def __init__(self, storage: Storage, random: Random, settings: Settings) -> None:
        self.storage = storage
        self.clock = Clock()
        self.clock.freeze()
        self.clock.set(START)
        self.faults = Faults(Random(random.getrandbits(64)))
        self._random = random
        self._settings = settings
        self._asked: set[asyncio.Task[Any]] = set()
        self._processes = 0

    async def start(self) -> None:
        """Open the database. The disk must have its turns meanwhile; nothing fails before all is open."""
        self._processes += 1
        self._frail = Frail(self.storage.open(), Random(self._random.getrandbits(64)), self.faults)
        engine: Any = self._frail
        salt = Batch()
        salt.put(keyspace.system(b"salt"), SALT)
        await engine.update([], lambda _: (None, salt))
        catalog = await Catalog.open(engine, self.clock, self._settings.account)
        self.database = Database(engine, catalog, SALT, self._settings, self.clock, Ids(seed=self._processes))

    def crash(self) -> None:
        self._frail.dead = True
        self.storage.crash(self._random)
        for task in self._asked:
            task.cancel()

    @property
    def busy(self) -> bool:
        """Whether somebody waits for an answer."""
        return bool(self._asked)

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do something in the server's process. Raises Lost when the process ends before."""

        async def in_process() -> T:
            return await work()

        task = asyncio.create_task(in_process())
        self._asked.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            raise Lost from None
        finally:
            self._asked.discard(task)

    async def call(self, operation: str, **request: Any) -> Any:
        """Ask the server, as a client does."""
        return plain(await self.run(lambda: self.database.execute(operation, request, Caller())))
