"""A data folder: who may open it, and in which format its bytes are.

    FORMAT      one line of JSON: {"store": "dynalite", "format": 1}
    LOCK        empty; locked for as long as a process has the folder open
    rows/       the LevelDB store

The format number is outside LevelDB so that a version that cannot read the store can say so without opening
it (opening rewrites LevelDB's own files). It is written before the store exists: a crash between the two
leaves a folder that simply opens as a new one. The lock is our own, although LevelDB has one too, because
LevelDB tells "locked" from "cannot be written" only in the text of its message.

The lock is `flock`, which the kernel drops with the process: there is never a stale one to clean up.
"""

import fcntl
import json
import os
from pathlib import Path
from typing import Final

from dynalite.storage.durable import write_atomically

FORMAT: Final = 1
"""The format that this version writes. It reads this one only; there has been no other."""

_STORE: Final = "dynalite"


class StoreError(Exception):
    """The data folder cannot be opened. The message is one sentence for whoever started the server."""


class StoreLocked(StoreError):
    """Another process has the folder open."""


class StoreUnwritable(StoreError):
    """The folder cannot be created or written, or is not a folder."""


class StoreTooNew(StoreError):
    """A later version wrote the folder in a format that this one does not know."""


class StoreDamaged(StoreError):
    """What is in the folder is not what this server writes."""


class DataFolder:
    """A folder that this process has locked and whose format it knows, until `release`."""

    __slots__ = ("_lock_file", "path")

    def __init__(self, path: Path) -> None:
        """Create the folder where needed, lock it and check its format. Raises StoreError."""
        self.path = path
        try:
            if path.exists() and not path.is_dir():
                raise StoreUnwritable(f"{path} is not a folder.")
            path.mkdir(parents=True, exist_ok=True)
            self._lock_file = os.open(path / "LOCK", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            self._lock()
            self._check_format()
        except BaseException:
            os.close(self._lock_file)
            raise

    @property
    def rows(self) -> Path:
        """Where LevelDB keeps its files."""
        return self.path / "rows"

    def release(self) -> None:
        """Let another process have the folder."""
        os.close(self._lock_file)

    def _lock(self) -> None:
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreLocked(f"The data folder {self.path} is in use by another process.") from error
        except OSError as error:
            raise _unusable(self.path, error) from error

    def _check_format(self) -> None:
        try:
            text = (self.path / "FORMAT").read_bytes()
        except FileNotFoundError:
            self._begin()
            return
        except OSError as error:
            raise _unusable(self.path, error) from error
        found = _parse(text)
        if found is None:
            raise StoreDamaged(f"{self.path / 'FORMAT'} is not a format file of this server.")
        if found > FORMAT:
            raise StoreTooNew(
                f"The data folder {self.path} has format {found}, written by a later version; "
                f"this version knows format {FORMAT}."
            )

    def _begin(self) -> None:
        """Make a new folder ours; refuse one that already holds rows, whose format nobody knows."""
        if self.rows.exists():
            raise StoreDamaged(f"The data folder {self.path} holds rows but no FORMAT file.")
        try:
            line = json.dumps({"store": _STORE, "format": FORMAT}) + "\n"
            write_atomically(self.path / "FORMAT", line.encode())
        except OSError as error:
            raise _unusable(self.path, error) from error


def holds_data(path: Path) -> bool:
    """Whether there is a data folder, be it whole or not. Raises StoreUnwritable when nobody may look."""
    try:
        return (path / "FORMAT").exists() or (path / "rows").exists()
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> StoreUnwritable:
    return StoreUnwritable(f"The data folder {path} cannot be used: {error.strerror}.")


def _parse(text: bytes) -> int | None:
    """The format number, or None where the text says nothing of the kind."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("store") != _STORE:
        return None
    number = found.get("format")
    return number if type(number) is int and number >= 1 else None
