"""The objects that an import or a bulk put reads, page by page.

A page holds hundreds of small entries or a few large ones, so that neither memory nor a turn of the event
loop grows with what is in the objects. The object that a transfer is in the middle of stays open between
pages, with the process. It is opened anew when it is not where the transfer stands: after a restart, or when
a page was read and could not be written.
"""

import asyncio
from itertools import islice
from typing import NamedTuple

from dynalite.recovery.buckets import Buckets
from dynalite.recovery.reading import Entry, Format, Reader

_ENTRIES_PER_PAGE = 500
_PAGE_BYTES = 1 << 20


class Source(NamedTuple):
    """An object in a bucket, and how it is to be read."""

    bucket: str
    key: str
    format: Format


class Page(NamedTuple):
    """Entries that follow each other. `ended`: they are the object's last; `read_bytes` is how much of it has
    been read by then, decompressed. `reopened`: earlier pages were read by another process, or in vain.
    """

    entries: list[Entry]
    ended: bool
    read_bytes: int
    reopened: bool


async def page(buckets: Buckets, transfer: str, source: Source, behind: int) -> Page:
    """The next page of an object, behind as many entries. Raises `NoSuchBucket` or `Unreachable`."""
    known = buckets.open_readers.get(transfer)
    reader = known[1] if known is not None and known[0] == source.key and known[1].taken == behind else None
    reopened = reader is None
    try:
        if reader is None:
            reader = await asyncio.to_thread(_open, buckets, source, behind)
            buckets.open_readers[transfer] = source.key, reader
        entries = await asyncio.to_thread(reader.take, _ENTRIES_PER_PAGE, _PAGE_BYTES)
    except Exception:
        close(buckets, transfer)
        raise
    if reader.ended:
        close(buckets, transfer)
    return Page(entries, reader.ended, reader.read_bytes, reopened)


def close(buckets: Buckets, transfer: str) -> None:
    """Let go of the object that the transfer is in the middle of."""
    buckets.open_readers.pop(transfer, None)


def _open(buckets: Buckets, source: Source, behind: int) -> Reader:
    reader = Reader(buckets.read(source.bucket, source.key), source.format)
    for _ in islice(reader, behind):
        pass
    return reader
