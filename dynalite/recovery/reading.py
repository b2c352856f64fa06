"""Items out of files: CSV, DynamoDB JSON or Ion, plain or compressed, one after the other.

A file is read as a stream, so its size does not matter. What cannot be read is an entry too, with what is
wrong with it, and reading goes on behind it; only of Ion that is broken nothing further can be made out.
"""

import csv
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import orjson

from dynalite.catalog.schema import KeySchema, KeyType, Table
from dynalite.errors import ValidationException
from dynalite.recovery import ion
from dynalite.values.types import Item

_BUFFER_BYTES = 1 << 18
_DELIMITER = ","


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that is no item, and why."""

    reason: str


Entry = Item | BadEntry


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


class Reader(Iterator[Entry]):
    """The entries of one file. `read_bytes` is how much of it has been read, decompressed."""

    def __init__(self, chunks: Iterator[bytes], format_: Format) -> None:
        self._source = _Source(_DECOMPRESS[format_.compression](chunks))
        buffered = io.BufferedReader(self._source, _BUFFER_BYTES)
        self._entries = _ENTRIES[format_.name](buffered, format_)

    def __next__(self) -> Entry:
        return next(self._entries)

    @property
    def read_bytes(self) -> int:
        return self._source.count


# ------------------------------------------------------------------ bytes


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
    member = zlib.decompressobj(zlib.MAX_WBITS | 16)
    for chunk in chunks:
        rest = chunk
        while rest:
            yield member.decompress(rest)
            rest = member.unused_data
            if member.eof:
                member = zlib.decompressobj(zlib.MAX_WBITS | 16)


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    frame = _zstandard().ZstdDecompressor().decompressobj(read_across_frames=True)
    for chunk in chunks:
        yield frame.decompress(chunk)


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
    item = found.get("Item") if isinstance(found, dict) else None
    return item if isinstance(item, dict) else BadEntry("The line has no member Item")


def _ion_entries(file: IO[bytes], _: Format) -> Iterator[Entry]:
    values = ion.read(file)
    while True:
        try:
            yield ion.item(next(values))
        except StopIteration:
            return
        except ion.NotAnItem as error:
            yield BadEntry(str(error))
        except Exception as error:  # the library has no class of its own for Ion that is broken
            yield BadEntry(f"The file is not Ion from here on: {error}")
            return


def _csv_entries(file: IO[bytes], format_: Format) -> Iterator[Entry]:
    text = io.TextIOWrapper(file, encoding="utf-8", errors="surrogateescape", newline="")
    lines = csv.reader(text, delimiter=format_.delimiter)
    columns = format_.columns or next(lines, [])
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
        yield {
            name: {types.get(name, "S"): value} for name, value in zip(columns, line, strict=False) if value
        }


_ENTRIES: Mapping[str, Callable[[IO[bytes], Format], Iterator[Entry]]] = {
    "DYNAMODB_JSON": _json_entries,
    "ION": _ion_entries,
    "CSV": _csv_entries,
}
