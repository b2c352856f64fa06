"""Points at which a process dies: at a write of the commit path, at an fsync of a file, or whenever another
process says so.

`install` puts them between the server and the disk: in front of LevelDB's batches, and of `os.fsync`. The
n-th of all writes and fsyncs is the last thing that the process does. There is no way back: it kills itself
with SIGKILL, so nothing is closed, flushed or said.

A write has five ends. Nothing of it has happened (`before`). The operating system has it, but was not asked
to put it on the disk (`written`), or was not heard, because the power went off: then whatever was not synced
is cut short, or comes out as something else (`torn`, `garbled`). Or it is on the disk, and nobody has been
told (`synced`). Cutting the power takes somebody who outlives the process (`cut_power`), so every sync is
reported: how long is the log that is safe now?
"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

from dynalite.storage import leveldb

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

End: TypeAlias = Literal["before", "written", "torn", "garbled", "synced"]
ENDS: tuple[End, ...] = ("before", "written", "torn", "garbled", "synced")
POWER_CUTS = ("torn", "garbled")

BUFFER_BYTES = 64 * 1024
"""How much LevelDB gathers before it writes a table: little, so that logs change and tables merge often."""


@dataclass(frozen=True)
class Point:
    """The `number`-th write or fsync (from 1), and how it ends. 0: none, the kill comes from outside."""

    number: int
    end: End


@dataclass(frozen=True)
class Safe:
    """What has been synced: the newest of LevelDB's logs, and how many bytes of it."""

    log: str = ""
    size_bytes: int = 0


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives SIGKILL")


class _Counter:
    """Counts the writes and fsyncs of this process."""

    def __init__(self, point: Point) -> None:
        self._point = point
        self._done = 0

    def next(self) -> End | None:
        """How the next one ends; None when nothing happens to it."""
        self._done += 1
        return self._point.end if self._done == self._point.number else None


class _Batch:
    """A LevelDB batch that may be the last."""

    def __init__(self, make: Callable[[bool], Any], sync: bool, counter: _Counter, saved: Callable[[], None]):
        self._rows = make(sync)
        self._unsynced = make(False)
        self._counter = counter
        self._saved = saved

    def put(self, key: bytes, value: bytes) -> None:
        self._rows.put(key, value)
        self._unsynced.put(key, value)

    def delete(self, key: bytes) -> None:
        self._rows.delete(key)
        self._unsynced.delete(key)

    def write(self) -> None:
        end = self._counter.next()
        if end == "before":
            die()
        if end is not None and end != "synced":
            self._unsynced.write()
            die()
        self._rows.write()
        self._saved()
        if end == "synced":
            die()


class _Store:
    """A LevelDB store whose batches may be the last. `told` hears what is safe after each sync."""

    def __init__(self, db: Any, folder: Path, counter: _Counter, told: Callable[[Safe], None]) -> None:
        self._db = db
        self._folder = folder
        self._counter = counter
        self._told = told

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def write_batch(self, *, sync: bool) -> _Batch:
        return _Batch(lambda sync: self._db.write_batch(sync=sync), sync, self._counter, self._saved)

    def _saved(self) -> None:
        newest = max(self._folder.glob("*.log"))
        self._told(Safe(newest.name, newest.stat().st_size))


def install(point: Point, told: Callable[[Safe], None]) -> None:
    """Make this process die at a point. Every LevelDB store that it opens from now on counts."""
    counter = _Counter(point)
    open_rows, fsync = leveldb._open_rows, os.fsync
    leveldb._OPTIONS["write_buffer_size"] = BUFFER_BYTES

    def opened(folder: Any) -> Any:
        return _Store(open_rows(folder), folder.rows, counter, told)

    def synced(fd: "FileDescriptorLike") -> None:
        end = counter.next()
        if end is not None and end != "synced":
            die()
        fsync(fd)
        if end == "synced":
            die()

    leveldb._open_rows = opened
    os.fsync = synced


def cut_power(folder: Path, safe: Safe, end: End, random: Random) -> int:
    """Take away what was not synced when a process died: the end of LevelDB's log, of which some part may
    have arrived, or something else in its place, and files under their first name. Returns the bytes lost.
    """
    lost = 0
    for log in (folder / "rows").glob("*.log"):
        whole = log.stat().st_size
        synced = safe.size_bytes if log.name == safe.log else 0
        if log.name < safe.log or whole <= synced:
            continue
        kept = random.randrange(synced, whole)
        with log.open("r+b") as file:
            file.truncate(kept)
            if end == "garbled":
                file.seek(kept)
                file.write(random.choice((bytes(whole - kept), random.randbytes(whole - kept))))
        lost += whole - kept
    for file_path in folder.rglob("*.new"):
        lost += file_path.stat().st_size
        file_path.write_bytes(b"")
    return lost
