"""Group commit: updates are decided at once and written together.

An fsync costs as much for a hundred updates as for one. So an update does not write: it joins the `Group`
that is filling, and a thread of its own writes one group after another, each as one LevelDB batch with one
fsync. While the thread waits for the disk, the next group fills. That is how durable writes come close to the
speed of unsynced ones.

At any moment there are at most two groups: one `writing` and one `filling`. The rules:

1. An update is decided against the newest state, which is what is on disk with both groups laid over it.
   Decisions happen one after another on the event loop and nothing suspends between reading, deciding and
   joining, so there is no lock and no lost update.
2. Whoever decided anything from a row of a group, even to write nothing or to fail, waits for that group.
   Nobody is ever told of a write that a power cut could take back.
3. Reads do not come here. They see only LevelDB, which shows a batch once it is synced.
4. When a group cannot be written, the other was decided on top of it, so both fail and are forgotten, and no
   write is taken any more until the store is opened again. A write that failed may have left part of itself
   at the end of LevelDB's log. LevelDB would go on behind it as soon as there is room, but counts as if all
   of it were there, and what reads the log after a restart finds nothing from there on: everything
   acknowledged since would be lost. Opening the store reads the log up to the last whole batch and begins a
   new one. Reads go on all the time.

All state belongs to the event loop. The thread gets a finished LevelDB batch and gives back its fate, in one
`call_soon_threadsafe` for the whole group. The batch is built on the loop because plyvel lets go of the
interpreter lock at every `put`: a thread that builds one would have to win the lock back from a busy loop
hundreds of times.

Each waiter has a future of its own, so a request that is cancelled takes nobody with it; its update is
written all the same. With `sync` off there is no thread and no waiting: the write is a copy into the
operating system's memory, and is done inline.
"""

import asyncio
import logging
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple, Protocol

from dynalite.errors import InternalServerError
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, decode_counter, encode_counter, encode_sequence
from dynalite.storage.flush import Flush

log = logging.getLogger(__name__)


class WriteBatch(Protocol):
    """What plyvel collects before it writes."""

    def put(self, key: bytes, value: bytes) -> None: ...
    def delete(self, key: bytes) -> None: ...
    def write(self) -> None: ...


class Store(Protocol):
    """The part of a plyvel database that a commit needs."""

    def get(self, key: bytes, default: None = None, *, verify_checksums: bool) -> bytes | None: ...
    def write_batch(self, *, sync: bool) -> WriteBatch: ...


class Group:
    """Updates that reach the disk together: the rows they leave behind, and who waits to hear of it."""

    __slots__ = ("loop", "rows", "waiters")

    def __init__(self, loop: AbstractEventLoop) -> None:
        self.loop = loop
        self.rows: dict[bytes, bytes | None] = {}
        self.waiters: list[Future[None]] = []

    def written(self) -> Future[None]:
        """Done when the group is on disk; fails with InternalServerError when it cannot be written."""
        waiter = self.loop.create_future()
        self.waiters.append(waiter)
        return waiter


class _Job(NamedTuple):
    """What the commit thread gets: what to do, and whom to tell how it went."""

    write: Callable[[], None]
    loop: AbstractEventLoop
    settle: Callable[[Exception | None], None]


class Commit:
    """The way of every batch into one LevelDB store. To be used from one event loop at a time."""

    __slots__ = (
        "_counts",
        "_filling",
        "_flush",
        "_jobs",
        "_sequence",
        "_store",
        "_thread",
        "_writing",
        "refusal",
        "watches",
    )

    def __init__(self, store: Store, *, sync: bool, flush: Callable[[], None] | None = None) -> None:
        """`flush` has the store write to its files what it keeps in memory; it blocks."""
        self._store = store
        self._flush = Flush(flush)
        self._filling: Group | None = None
        self._writing: Group | None = None
        self.refusal: str | None = None
        """Why no write is taken any more."""
        self.watches: list[set[bytes]] = []
        """Sets that learn the key of every row that is written."""
        self._counts: dict[bytes, int] = {}  # as the groups will leave them; a few per table and index in use
        self._sequence = decode_counter(store.get(keyspace.SEQUENCE, verify_checksums=True))
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._thread: Thread | None = None
        if sync:
            self._thread = Thread(target=_work, args=(self._jobs,), name="dynalite-commit", daemon=True)
            self._thread.start()

    # -------------------------------------------------------------- reading the newest state

    def newest(self, keys: Sequence[bytes]) -> tuple[list[bytes | None], Group | None]:
        """The values of `keys`, and the youngest group that one of them comes from (None: all on disk)."""
        get = self._store.get
        filling, writing = self._filling, self._writing
        if filling is None and writing is None:
            return [get(key, verify_checksums=True) for key in keys], None
        values = []
        source = None
        for key in keys:
            if filling is not None and key in filling.rows:
                source = filling
                values.append(filling.rows[key])
            elif writing is not None and key in writing.rows:
                source = source or writing
                values.append(writing.rows[key])
            else:
                values.append(get(key, verify_checksums=True))
        return values, source

    def pending(self) -> Group | None:
        """The group that will be on disk last, None when nothing is on its way."""
        return self._filling or self._writing

    def unwritten(self) -> set[bytes]:
        """The keys of all rows on their way to disk."""
        groups = (self._filling, self._writing)
        return {key for group in groups if group is not None for key in group.rows}

    # -------------------------------------------------------------- joining a group

    def add(self, batch: Batch) -> Group | None:
        """Take a batch. Returns the group to wait for; None when it is written already.

        Raises InternalServerError when it could not be written, and when the store takes no writes any more.
        """
        if self.refusal is not None:
            raise InternalServerError(self.refusal)
        if self._thread is None:
            self._write_inline(batch)
            return None
        group = self._filling
        if group is None:
            group = self._filling = Group(asyncio.get_running_loop())
            if self._writing is None:
                # Let everything that is ready to run now join first: it costs a lone writer microseconds.
                group.loop.call_soon(self._depart)
        self._merge(batch, group.rows)
        return group

    def _merge(self, batch: Batch, rows: dict[bytes, bytes | None]) -> None:
        """Turn a batch into rows: log records get their sequence, counters their new sum."""
        sums = {counter: self._count(counter, batch) + amount for counter, amount in batch.counts.items()}
        # From here on nothing can fail, so that no half of a batch ever joins a group.
        counts = self._counts
        if not counts.keys().isdisjoint(batch.rows):
            for key in batch.rows:
                counts.pop(key, None)
        rows.update(batch.rows)
        if batch.appends:
            for log, record in batch.appends:
                self._sequence += 1
                rows[log + encode_sequence(self._sequence)] = record
            rows[keyspace.SEQUENCE] = encode_counter(self._sequence)
        if sums:
            counts.update(sums)
            for counter, count in sums.items():
                rows[counter] = encode_counter(count)

    def _count(self, counter: bytes, batch: Batch) -> int:
        """What a counter stands at before `batch` adds to it."""
        if counter in batch.rows:
            return decode_counter(batch.rows[counter])
        count = self._counts.get(counter)
        if count is None:
            count = decode_counter(self.newest((counter,))[0][0])
        return count

    # -------------------------------------------------------------- writing

    def _prepare(self, rows: dict[bytes, bytes | None]) -> WriteBatch:
        for watch in self.watches:
            watch.update(rows)
        batch = self._store.write_batch(sync=self._thread is not None)
        put, delete = batch.put, batch.delete
        for key, value in rows.items():
            if value is None:
                delete(key)
            else:
                put(key, value)
        self._flush.wrote(len(rows))
        return batch

    def _write_inline(self, batch: Batch) -> None:
        rows: dict[bytes, bytes | None] = {}
        self._merge(batch, rows)
        try:
            write = self._prepare(rows).write
        except Exception as error:
            self._counts.clear()
            raise _unwritten() from error
        try:
            write()
        except Exception as error:
            self._stop(error)
            raise _unwritten() from error

    def _stop(self, failure: Exception) -> None:
        """Take no more writes: LevelDB's log may end in half of one."""
        self._counts.clear()
        self.refusal = (
            f"The server takes no writes, because one could not be stored: {said(failure).rstrip('.')}."
            " Start it again when the cause is gone."
        )
        log.error("%s Reads go on.", self.refusal)

    def _depart(self) -> None:
        """Send the group that was filling on its way."""
        group, self._filling = self._filling, None
        if group is None:
            return
        self._writing = group
        try:
            write = self._prepare(group.rows).write
        except Exception as error:
            self._counts.clear()
            self._tell(error)
        else:
            self._jobs.put(_Job(write, group.loop, self._settle))

    def _settle(self, failure: Exception | None) -> None:
        """The fate of the group on its way is known."""
        if failure is not None:
            self._stop(failure)
        self._tell(failure)

    def _tell(self, failure: Exception | None) -> None:
        """Start the next group, then tell everybody who waited. One that fails takes the next with it."""
        settled = [self._writing]
        self._writing = None
        if failure is None:
            self._depart()
        else:
            settled.append(self._filling)
            self._filling = None
        for group in settled:
            for waiter in group.waiters if group is not None else ():
                if not waiter.done():
                    _answer(waiter, failure)

    async def close(self) -> None:
        """Take nothing more, wait for what is on its way, and end the thread."""
        self.refusal = "The store is closed."
        loop = asyncio.get_running_loop()
        while (group := self.pending()) is not None and group.loop is loop:
            with suppress(InternalServerError):
                await group.written()
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
        self._flush.close()


def _work(jobs: "SimpleQueue[_Job | None]") -> None:
    """The commit thread: write what comes, report, until there is no more."""
    while (job := jobs.get()) is not None:
        failure = None
        try:
            job.write()
        except Exception as error:
            failure = error
        # A loop that was closed meanwhile takes nothing more; whoever waited on it is gone as well.
        with suppress(RuntimeError):
            job.loop.call_soon_threadsafe(job.settle, failure)
        del job  # it keeps the store alive


def _answer(waiter: Future[None], failure: Exception | None) -> None:
    if failure is None:
        waiter.set_result(None)
        return
    error = _unwritten()
    error.__cause__ = failure
    waiter.set_exception(error)


def said(error: BaseException) -> str:
    """LevelDB's own words, which plyvel hands on as bytes."""
    words = error.args[0] if error.args else ""
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)


def _unwritten() -> InternalServerError:
    return InternalServerError("The write could not be stored; whether a restart will show it is not known.")
