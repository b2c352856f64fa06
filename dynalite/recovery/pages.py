"""A backup's file, byte by byte: items in pages, each of which can be written into a table in one update.

A file begins with eight bytes that name the format. Then follow pages: four bytes, big-endian, say how long
the page is; the page is a msgpack array of [place, record] pairs in the order of the places, compressed with
zlib. A place is the partition's hash and the encoded sort key, a record what storage holds
(`items/record.py`). Hashes are keyed with the database's own salt, so places mean something to the same
database only.
"""

import zlib
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgpack

MAGIC = b"DynaBak1"
_LENGTH_BYTES = 4
_LEVEL = 1  # of compression: storing should not take longer than reading

Page: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Places and stored records."""


class NotABackup(Exception):
    """The file was not written as a backup's, or by a newer server."""


def pack(pages: Sequence[Page]) -> bytes:
    packed = [MAGIC]
    for page in pages:
        body = zlib.compress(msgpack.packb(page), _LEVEL)
        packed += [len(body).to_bytes(_LENGTH_BYTES, "big"), body]
    return b"".join(packed)


def unpack(content: bytes) -> Iterator[Page]:
    """The pages that `pack` was given. Raises `NotABackup`."""
    if not content.startswith(MAGIC):
        raise NotABackup("the file does not begin like a backup's")
    position = len(MAGIC)
    while position < len(content):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(content[start - _LENGTH_BYTES : start], "big")
        yield [(place, record) for place, record in msgpack.unpackb(zlib.decompress(content[start:position]))]
