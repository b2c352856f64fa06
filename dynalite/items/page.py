"""The one read path: walk a range of rows, page by page, as Query, Scan, index reads, backfill and export do.

A page ends where 1 MB of item sizes has been evaluated (the item that crosses the line is included), where
`limit` items have been evaluated, or where the range ends. What is evaluated counts, whether a filter keeps
it or not. A stored value is never shorter than the size that the item is charged, so the engine can be asked
for the bytes that remain without overshooting.

A page is read in slices, and other requests have their turn between them: a megabyte of tiny items takes a
tenth of a second, and nobody else should wait for it. What is slow is a row, whatever its length, and the
decoding of an item, by its length; so rows bound every slice, and bytes those that decode. Few pages have
more than one slice of rows. `bench/stalls.py` measures what a slice takes.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from dynalite.items.record import Record, unpack
from dynalite.limits import PAGE_BYTES
from dynalite.storage.engine import Reader
from dynalite.values.types import Item

SLICE_ROWS = 512  # about a millisecond of work, and so are
SLICE_BYTES = 64 * 1024  # that are decoded


class Range(NamedTuple):
    """Storage keys with start <= key < stop, walked forwards or in reverse."""

    start: bytes
    stop: bytes
    reverse: bool = False

    def beyond(self, key: bytes) -> "Range":
        """What is left of the range after `key`, in its direction."""
        if self.reverse:
            return Range(self.start, min(key, self.stop), True)
        return Range(max(key + b"\x00", self.start), self.stop)


@dataclass(slots=True)
class Page:
    """What one walk found. `last` is where it stopped although the range may go on; None when the range is
    done. `weights` are the bytes read by what their keys begin with; None where that was not asked for.
    """

    kept: list[Record]
    scanned_count: int = 0
    scanned_bytes: int = 0
    last: Record | None = None
    weights: Counter[bytes] | None = None

    def take_in(self, found: "Page") -> None:
        """Add what a walk of a further range found, and stop where it stopped."""
        self.kept += found.kept
        self.scanned_count += found.scanned_count
        self.scanned_bytes += found.scanned_bytes
        self.last = found.last
        if self.weights is not None and found.weights is not None:
            self.weights.update(found.weights)


async def read_page(
    reader: Reader,
    range_: Range,
    *,
    limit: int | None = None,
    most_bytes: int = PAGE_BYTES,
    keep: Callable[[Item], bool] | None = None,
    weigh: int = 0,
) -> Page:
    """Evaluate up to `limit` rows of the range, until their items are `most_bytes` together, keeping those
    whose item `keep` accepts (all of them without it). With `weigh`, the stored bytes are added up by the
    first so many bytes of their keys.
    """
    page = Page([])
    weights = page.weights = Counter() if weigh else None
    rest = range_
    while True:
        room = most_bytes - page.scanned_bytes
        wanted_rows = SLICE_ROWS if limit is None else min(limit - page.scanned_count, SLICE_ROWS)
        wanted_bytes = room if keep is None else min(room, SLICE_BYTES)
        rows = await reader.scan(
            rest.start, rest.stop, limit=wanted_rows, max_bytes=wanted_bytes, reverse=rest.reverse
        )
        if not rows:
            return page
        row_bytes = 0
        record = None
        for _, value in rows:
            record = unpack(value)
            row_bytes += len(value)
            page.scanned_bytes += record.size
            if keep is None or keep(record.item):
                page.kept.append(record)
        page.scanned_count += len(rows)
        if weights is not None:
            for key, value in rows:
                weights[key[:weigh]] += len(value)
        if page.scanned_bytes >= most_bytes or page.scanned_count == limit:
            page.last = record
            return page
        if len(rows) < wanted_rows and row_bytes < wanted_bytes:
            return page
        rest = rest.beyond(rows[-1][0])
        await asyncio.sleep(0)
