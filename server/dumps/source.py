"""A dump being read, line by line, from a file or from standard input."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import orjson

from dynalite.limits import MIB
from server.dumps.packing import packing
from server.outcome import Failure

LONGEST_LINE_BYTES: Final = 16 * MIB
"""More than any item can need, however it is escaped; a file with longer lines is no dump."""


class Line(NamedTuple):
    """One line: its number, from 1, what it says, and how long it is."""

    number: int
    members: dict[str, Any]
    size_bytes: int


class Source:
    """The lines of a dump, in a `with` block of the caller's `close`."""

    def __init__(self, file: IO[bytes], path: Path | None = None, size_bytes: int = 0) -> None:
        self.path = path
        self.name = "standard input" if path is None else str(path)
        self.size_bytes = size_bytes
        """How long the file is; 0 where that is not known."""
        self._file = file
        self._lines = packing(path or Path()).unpack(file)
        self._number = 0

    @classmethod
    def open(cls, path: Path) -> "Source":
        try:
            file = open(path, "rb")  # noqa: SIM115 - `close` closes it
        except OSError as error:
            raise Failure(f"{path} cannot be read: {error.strerror}.") from error
        return cls(file, path, os.fstat(file.fileno()).st_size)

    @property
    def read_bytes(self) -> int:
        """How much of the file has been read, as it lies there; 0 where that is not known."""
        return self._file.tell() if self.size_bytes else 0

    def skip(self, lines: int) -> None:
        """Pass over lines that have been loaded before."""
        for _ in range(lines - self._number):
            self._next()

    def __iter__(self) -> Iterator[Line]:
        while text := self._next():
            if text.strip():
                yield Line(self._number, self._object(text), len(text))

    def _next(self) -> bytes:
        try:
            text = self._lines.readline(LONGEST_LINE_BYTES)
        except Exception as error:  # gzip and zstandard each have their own for what is not theirs
            raise Failure(
                f"{self.name} cannot be read behind line {self._number}: {error or type(error).__name__}."
            ) from error
        self._number += 1
        return text

    def _object(self, text: bytes) -> dict[str, Any]:
        try:
            found = orjson.loads(text)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise Failure(f"Line {self._number} of {self.name} is not a JSON object.")
        return found

    def close(self) -> None:
        self._file.close()
