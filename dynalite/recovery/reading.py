"""Items out of files: CSV, DynamoDB JSON or Ion, plain or compressed, one after the other.

A file is read as a stream, a little at a time however well it was compressed, so its size does not matter.
What cannot be read is an entry too, with what is wrong with it, and reading goes on behind it; only of Ion
that is broken, and of CSV whose columns have no names, nothing further can be made out.
"""

import csv
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

import orjson

from dynalite import limits
from dynalite.catalog.schema import KeySchema, Table
from dynalite.errors import ValidationException
from dynalite.recovery import ion
from dynalite.values.types import KeyType, Request

_BUFFER_BYTES = 1 << 18
_ZSTD_BYTES = 1024
_DELIMITER = ","


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that is no item, and why."""

    reason: str


Entry = Request | BadEntry
"""What a line asks for: `Item`, and what may stand beside it in a bulk put, by the names that PutItem has."""


@dataclass(frozen=True, slots=True)
class Format:
    """How the files of an import are to be read. `columns` None: the first line of a CSV file names them.
    `types` are those of the key attributes; other columns hold strings.
    """

    name: str
    compression: str = "NONE"
    delimiter: str = _DELIMITER
    columns: Sequence[str] | None = None
    types: Mapping[str, KeyType] | None = None


def require(format_: Format) -> None:
    """Refuse a format that needs a library which is not there."""
    if format_.name == "ION":
        ion.require()
    if format_.compression == "ZSTD":
        _zstandard()


def key_types(table: Table) -> Mapping[str, KeyType]:
    """The attributes that a key of the table or of one of its indexes is made of, with their types."""
    schemas: list[KeySchema] = [table.keys, *(index.keys for index in table.indexes)]
    return {attribute.name: attribute.type for schema in schemas for attribute in schema.attributes}


class Unreadable(Exception):
    """What is left of a file cannot be decompressed. The message says why."""


class Reader(Iterator[Entry]):
    """The entries of one file. `taken` is how many have been, `ended` whether they are all; `read_bytes` is
    how much of the file has been read, decompressed. What `chunks` raises comes through.
    """

    def __init__(self, chunks: Iterator[bytes], format_: Format) -> None:
        self._chunks = _Watched(chunks)
        self._source = _Source(_DECOMPRESS[format_.compression](self._chunks))
        buffered = io.BufferedReader(self._source, _BUFFER_BYTES)
        self._entries = _ENTRIES[format_.name](buffered, format_)
        self.taken = 0
        self.ended = False

    def __next__(self) -> Entry:
        if self.ended:
            raise StopIteration
        try:
            entry = next(self._entries)
        except StopIteration:
            self.ended = True
            raise
        except Unreadable as error:
            entry = BadEntry(f"The file cannot be decompressed from here on: {error}")
            self.ended = True
        if self._chunks.failure is not None:
            raise self._chunks.failure
        self.taken += 1
        return entry

    def take(self, most_entries: int, most_bytes: int) -> list[Entry]:
        """The next entries: no more than will do, and few where they are large."""
        found: list[Entry] = []
        stop = self.read_bytes + most_bytes
        while len(found) < most_entries and self.read_bytes < stop:
            entry = next(self, None)
            if entry is None:
                break
            found.append(entry)
        return found

    @property
    def read_bytes(self) -> int:
        return self._source.count


# ------------------------------------------------------------------ bytes


class _Watched(Iterator[bytes]):
    """Pieces of bytes, and what went wrong when the next one was asked for: whoever parses them may take that
    for a mistake in what they say.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.failure: Exception | None = None

    def __next__(self) -> bytes:
        try:
            return next(self._chunks)
        except StopIteration:
            raise
        except Exception as error:
            self.failure = error
            raise


class _Source(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        self.count += size
        return size


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Gzip's members, one or several, as one stream."""
    member = None
    for chunk in chunks:
        rest = chunk
        while rest:
            member = member or zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield from _inflated(member, rest)
            rest = member.unused_data
            if member.eof:
                member = None
    if member is not None:
        raise Unreadable("it ends in the middle")


def _inflated(member: Any, chunk: bytes) -> Iterator[bytes]:
    """What a piece of a member holds. Little of it at a time: a megabyte may hold a thousand."""
    rest = chunk
    while True:
        try:
            plain = member.decompress(rest, _BUFFER_BYTES)
        except zlib.error as error:
            raise Unreadable(str(error)) from error
        yield plain
        rest = member.unconsumed_tail
        if member.eof or (not rest and len(plain) < _BUFFER_BYTES):
            return


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Zstandard's frames, one or several, as one stream. A little at a time: a kilobyte can hold thirty
    megabytes, and the library cannot be told to stop.
    """
    library = _zstandard()
    frame = None
    for chunk in chunks:
        for start in range(0, len(chunk), _ZSTD_BYTES):
            rest = chunk[start : start + _ZSTD_BYTES]
            while rest:
                frame = frame or library.ZstdDecompressor().decompressobj()
                try:
                    yield frame.decompress(rest)
                except library.ZstdError as error:
                    raise Unreadable(str(error)) from error
                rest = frame.unused_data
                if frame.eof:
                    frame = None
    if frame is not None:
        raise Unreadable("it ends in the middle")


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise ValidationException(
            "This server cannot read zstd: install it with its extra, dynalite[zstd]"
        ) from error
    return zstandard


_DECOMPRESS: Mapping[str, Callable[[Iterator[bytes]], Iterator[bytes]]] = {
    "NONE": lambda chunks: chunks,
    "GZIP": _gunzip,
    "ZSTD": _unzstd,
}


# ------------------------------------------------------------------ formats


def _json_entries(file: IO[bytes], _: Format) -> Iterator[Entry]:
    for line in file:
        if line.strip():
            yield _json_entry(line)


def _json_entry(line: bytes) -> Entry:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return BadEntry(f"The line is not JSON: {error}")
    if isinstance(found, dict) and isinstance(found.get("Item"), dict):
        return found
    return BadEntry("The line has no member Item")


def _ion_entries(file: IO[bytes], _: Format) -> Iterator[Entry]:
    values = chain.from_iterable(map(ion.read, [file]))  # the library begins to read when it is called
    while True:
        try:
            yield ion.entry(next(values))
        except StopIteration:
            return
        except ion.NotAnItem as error:
            yield BadEntry(str(error))
        except Unreadable:
            raise
        except Exception as error:  # the library has no class of its own for Ion that is broken
            yield BadEntry(f"The file is not Ion from here on: {error}")
            return


def _csv_entries(file: IO[bytes], format_: Format) -> Iterator[Entry]:
    # The limit is the process', and too low for an item. It is never lowered again: whoever else reads a file
    # meanwhile, in this server or beside it, may rely on it.
    csv.field_size_limit(max(csv.field_size_limit(), limits.ITEM_SIZE_BYTES))
    text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
    lines = csv.reader(text, delimiter=format_.delimiter)
    try:
        columns = format_.columns or next(lines, [])
    except csv.Error as error:
        yield BadEntry(f"The line that names the columns is not CSV: {error}")
        return
    types = format_.types or {}
    while True:
        try:
            line = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadEntry(f"The line is not CSV: {error}")
            continue
        if not line:
            continue
        if len(line) > len(columns):
            yield BadEntry(f"The line has {len(line)} values for {len(columns)} columns")
            continue
        named = zip(columns, line, strict=False)
        yield {"Item": {name: {types.get(name, "S"): value} for name, value in named if value}}


_ENTRIES: Mapping[str, Callable[[IO[bytes], Format], Iterator[Entry]]] = {
    "DYNAMODB_JSON": _json_entries,
    "ION": _ion_entries,
    "CSV": _csv_entries,
}
