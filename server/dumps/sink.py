"""Where a dump goes: standard output, or a file that becomes one only when it is whole.

A file is written as `NAME.part`, with a note beside it of how much of it counts and which item comes next.
A dump of the same table to the same name cuts it there and goes on.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol, TypeAlias

from server.client.api import Item
from server.dumps.note import Note, Subject
from server.dumps.packing import packing
from server.outcome import Failure, printing

Guard: TypeAlias = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a dump is: so many items, and the key after which the table is read on (None: it is read)."""

    items: int
    after: Item | None


class Sink(Protocol):
    """Takes a dump, page by page."""

    def begin(self, subject: Subject, header: bytes) -> Reached | None:
        """Be ready for pages about `subject`. Returns where an earlier dump of it was stopped."""
        ...

    def page(self, lines: bytes, reached: Reached) -> None: ...

    def end(self, line: bytes) -> None: ...

    def close(self) -> None: ...


def opened(file: str) -> Sink:
    """The sink of a name: `-` is standard output. What is there and no file, such as a pipe or a device, is
    written to as it is: another file in its place would be somebody else's loss.
    """
    if file == "-":
        return Stream(sys.stdout.buffer)
    path = Path(file)
    if not os.path.exists(path) or path.is_file():
        return File(path)
    with _explained(path):
        return Stream(path.open("wb"), partial(_explained, path), packing(path).pack)


class Stream:
    """A stream that cannot be taken back, such as standard output."""

    def __init__(
        self, stream: IO[bytes], guard: Guard = printing, pack: Callable[[bytes], bytes] = lambda lines: lines
    ) -> None:
        """`guard` tells what keeps it from being written to."""
        self._stream = stream
        self._guard = guard
        self._pack = pack

    def begin(self, subject: Subject, header: bytes) -> Reached | None:
        self._write(header)
        return None

    def page(self, lines: bytes, reached: Reached) -> None:
        self._write(lines)

    def end(self, line: bytes) -> None:
        self._write(line)

    def close(self) -> None:
        if self._stream is not sys.stdout.buffer:
            self._stream.close()

    def _write(self, lines: bytes) -> None:
        with self._guard():
            self._stream.write(self._pack(lines))
            self._stream.flush()


class File:
    """A file that can be continued."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._pack = packing(path).pack
        self._file: IO[bytes] | None = None

    def begin(self, subject: Subject, header: bytes) -> Reached | None:
        self._note = Note(self._part.with_name(self._part.name + ".json"), subject)
        noted = self._note.read()
        with _explained(self._part):
            if noted is not None and self._part.exists():
                self._file = open(self._part, "r+b")  # noqa: SIM115 - `close` closes it
                self._file.truncate(noted["bytes"])
                self._file.seek(noted["bytes"])
                return Reached(noted["items"], noted["after"])
            self._note.remove()
            self._file = open(self._part, "wb")  # noqa: SIM115
            self._write(header)
        return None

    def page(self, lines: bytes, reached: Reached) -> None:
        with _explained(self._part):
            size_bytes = self._write(lines)
            # Written last: the note must not count what a power cut can still take.
            self._note.write({"bytes": size_bytes, "items": reached.items, "after": reached.after})

    def end(self, line: bytes) -> None:
        with _explained(self._part):
            self._write(line)
            self.close()
            os.replace(self._part, self._path)
            self._note.remove()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, lines: bytes) -> int:
        """Write lines as a page that stays. Returns how long the file is then."""
        assert self._file is not None, "begin comes first"
        self._file.write(self._pack(lines))
        self._file.flush()
        os.fsync(self._file.fileno())
        return self._file.tell()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # whoever read it has had enough
        raise
    except OSError as error:
        raise Failure(f"{path} cannot be written: {error.strerror}.") from error
