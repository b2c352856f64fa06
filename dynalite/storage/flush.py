"""What LevelDB gathers in memory goes into its files when writing has come to rest.

LevelDB keeps what was written last in a skip list of up to 16 MiB, and writes it to a file when that is full.
A store that was loaded and is then only read would keep it for ever, and every read looks there first: some
thirty hops through memory that nothing else uses. Over HTTP a GetItem among a million items took 2.1 times
the CPU of one among a thousand so, and 1.3 times when the list was empty (medians of 15 rounds by turns).

So when enough has been written, and then nothing for a while, LevelDB is told to write its list out. It does
that in a thread of its own, and a thread of ours waits for it, as plyvel must not be closed meanwhile. Writes
that come in between go on into a new list. An opening after a crash has less to read again, besides.

What it leaves out: under steady writes there is always a list.
"""

from asyncio import AbstractEventLoop, TimerHandle, get_running_loop
from collections.abc import Callable
from threading import Thread
from typing import Final

ROWS: Final = 1_000
"""Fewer are found without noticing, and a file for each few would cost more than it saves."""

REST_SECONDS: Final = 2.0


class Flush:
    """Watches the writing. To be used from one event loop at a time, as the commit it belongs to."""

    __slots__ = ("_flush", "_loop", "_rows", "_seen", "_thread", "_timer")

    def __init__(self, flush: Callable[[], None] | None) -> None:
        """`flush` empties the list; it blocks. None: it is never emptied."""
        self._flush = flush
        self._rows = 0
        self._seen = 0
        self._loop: AbstractEventLoop | None = None
        self._timer: TimerHandle | None = None
        self._thread: Thread | None = None

    def wrote(self, rows: int) -> None:
        """So many rows have been written, or soon will be."""
        self._rows += rows
        if self._rows >= ROWS and (self._loop is None or self._loop.is_closed()):
            self._watch()

    def _watch(self) -> None:
        if self._flush is not None:
            self._seen = self._rows
            self._loop = get_running_loop()
            self._timer = self._loop.call_later(REST_SECONDS, self._look)

    def _look(self) -> None:
        if self._rows != self._seen or (self._thread is not None and self._thread.is_alive()):
            self._watch()
            return
        self._rows, self._loop, self._timer = 0, None, None
        self._thread = Thread(target=self._flush, name="dynalite-flush", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no more. A flush that has begun is waited for."""
        self._flush = None
        if self._timer is not None:
            self._timer.cancel()
        if self._thread is not None:
            self._thread.join()
