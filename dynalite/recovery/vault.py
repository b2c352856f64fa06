"""Where backups are kept: files with names, in a folder beside the database, or in memory with it.

A file is written once and never changed: under another name first, synced, then renamed. What is read is
compared with the digest that was noted when it was written; a file that is missing or damaged is refused by
name, and nothing of it is used.

A vault also holds the snapshots that backups in the making are read from. They live as long as the process:
after a restart such a backup begins anew.
"""

import os
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from dynalite.catalog.backup import BackupFile
from dynalite.errors import ValidationException
from dynalite.storage.durable import DRAFT, sync, write_atomically
from dynalite.storage.engine import Snapshot

_DIGEST_BYTES = 32
_BACKUPS = "backups"
_LOGS = "logs"


class DamagedFile(Exception):
    """A backup's file is not what was written. The message names it."""


class Files(Protocol):
    """Immutable files by name. Names have no separators but `/`."""

    def write(self, name: str, content: bytes) -> None: ...

    def read(self, name: str) -> bytes | None: ...

    def delete(self, name: str) -> None:
        """Deleting what is not there is harmless."""
        ...

    def copy_to(self, folder: Path) -> int:
        """Put every file into a folder that holds none yet. Returns how many there are."""
        ...


class FilesInMemory:
    """Files that are gone when the process is."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def write(self, name: str, content: bytes) -> None:
        self._contents[name] = content

    def read(self, name: str) -> bytes | None:
        return self._contents.get(name)

    def delete(self, name: str) -> None:
        self._contents.pop(name, None)

    def copy_to(self, folder: Path) -> int:
        files = FilesInFolder(folder)
        for name, content in self._contents.items():
            files.write(name, content)
        return len(self._contents)


class FilesInFolder:
    """Files in a folder, one directory deep."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, content: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
        sync(self._folder)
        sync(self._folder.parent)

    def read(self, name: str) -> bytes | None:
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, name: str) -> None:
        path = self._folder / name
        path.unlink(missing_ok=True)
        path.with_name(path.name + DRAFT).unlink(missing_ok=True)
        if path.parent.is_dir() and not any(path.parent.iterdir()):
            path.parent.rmdir()

    def copy_to(self, folder: Path) -> int:
        """A file never changes, so two folders may share it, where the file system can do that."""
        finished = [path for path in self._folder.glob("*/*") if path.suffix != DRAFT]
        for path in finished:
            target = folder / path.relative_to(self._folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:
                target.write_bytes(path.read_bytes())
        return len(finished)


class Vault:
    """Backups' files, the logs of imports, the snapshots of those that are being made, by the backup's id,
    and which are about to be restored.
    """

    def __init__(self, data_folder: Path | None = None) -> None:
        self.files = _files(data_folder, _BACKUPS)
        self.logs = _files(data_folder, _LOGS)
        self.not_here = ""
        """Why nothing can be kept here, if so."""
        self.snapshots: dict[str, Snapshot] = {}
        self.restoring: list[str] = []
        """The ARNs of the backups that restores have begun with whose tables are not there yet."""
        self.keeping = False
        """Whether the files of deleted backups stay, because the database may go back to when they were not.
        """

    def check(self) -> None:
        """Refuse what would begin to keep something. Raises ValidationException."""
        if self.not_here:
            raise ValidationException(self.not_here)

    def store(self, name: str, content: bytes, items: int) -> BackupFile:
        self.files.write(name, content)
        return BackupFile(name, len(content), items, _digest(content))

    def fetch(self, file: BackupFile) -> bytes:
        """The content of a file. Raises `DamagedFile`."""
        try:
            content = self.files.read(file.name)
        except OSError as error:
            raise DamagedFile(f"The backup's file {file.name} cannot be read: {error.strerror}") from error
        if content is None:
            raise DamagedFile(f"The backup's file {file.name} is missing")
        if len(content) != file.size_bytes or _digest(content) != file.digest:
            raise DamagedFile(f"The backup's file {file.name} is damaged: its checksum does not match")
        return content

    def copy_to(self, data_folder: Path) -> int:
        """Put all files into another data folder. Returns how many there are."""
        return self.files.copy_to(data_folder / _BACKUPS) + self.logs.copy_to(data_folder / _LOGS)

    def close(self) -> None:
        for snapshot in self.snapshots.values():
            snapshot.close()
        self.snapshots.clear()


def _files(data_folder: Path | None, name: str) -> Files:
    return FilesInMemory() if data_folder is None else FilesInFolder(data_folder / name)


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()
