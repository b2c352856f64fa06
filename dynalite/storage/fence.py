"""What keeps a server that shares its store with others from acting on tables as they were.

Every server holds the descriptors of all tables in memory. One row, the guard, has a value that changes
whenever any descriptor does. A server remembers the guard's value from when it last read the descriptors, and
an engine that is shared compares it wherever rows of tables are read or written: in the same statement, so
that it costs no round trip, and as a single row, so that nothing is locked but this one. Where it is another
by now, the engine raises `Fenced` instead of answering, nothing is written, and the server reads the
descriptors again and runs the request anew.

So a write becomes durable only while the descriptors that it was decided with are the present ones. That is
what the catalog promises to backfills and drops (`catalog/store.py`), kept across servers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine

GUARD: Final = keyspace.system(b"guard")
"""The row that changes with every descriptor: to random bytes, so that no value comes twice."""
GUARD_BYTES: Final = 16

_FIRST: Final = keyspace.DATA
_LAST: Final = keyspace.after(keyspace.DATA)


class Fenced(Exception):
    """Another server has changed the tables. Nothing was written."""


@dataclass(slots=True)
class Contention:
    """How a server's writes have met those of others since it started.

    `commits` are the statements that wrote something, each for many updates; `conflicts` those that the store
    undid and that were sent again; `stale` the updates that were decided again because what they were decided
    from had changed; `doubtful` the commits whose answer was lost and whose fate was asked for.
    """

    commits: int = 0
    conflicts: int = 0
    stale: int = 0
    doubtful: int = 0


class SharedEngine(Engine, Protocol):
    """An engine whose store other servers use at the same time.

    `believed` is the guard's value when this server last read the descriptors; None before it has, and while
    there has never been a table. `fencing` is off until somebody reads descriptors at all. Every method may
    raise `Fenced` then.
    """

    believed: bytes | None
    fencing: bool
    contention: Contention

    async def lease(self, name: str, seconds: int) -> bool:
        """Take a lease, or renew it, by the store's own clock. Whether this server has it now."""
        ...

    async def release(self, name: str) -> None:
        """Let another server have a lease, if this one has it."""
        ...


def reads_tables(keys: Iterable[bytes]) -> bool:
    """Whether one of these keys is that of an item or an index row."""
    return any(_FIRST <= key < _LAST for key in keys)


def writes_tables(batch: Batch) -> bool:
    """Whether a batch holds anything that depends on what the tables are."""
    return bool(batch.appends) or GUARD in batch.rows or reads_tables(batch.rows)
