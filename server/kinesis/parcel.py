"""Records on their way to a stream: which go in the next batch, and how far everything before them is there.

A batch has at most one record of each item, its oldest. So whichever records of a batch are refused, none is
overtaken by a later one of the same item.
"""

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from dynalite.streams.feed import Page, Progress
from dynalite.streams.kinesis import Outgoing

log = logging.getLogger(__name__)

BATCH_RECORDS: Final = 500
BATCH_BYTES: Final = 5 << 20
RECORD_BYTES: Final = 1 << 20
"""What PutRecords takes at most, partition keys included. Source: the Kinesis API reference."""


class Parcel:
    """The records of some pages, until all are delivered."""

    def __init__(self, pages: Sequence[Page], records: Iterable[Outgoing]) -> None:
        self._pages = pages
        self._waiting: dict[str, deque[Outgoing]] = {}
        self._left: set[int] = set()
        for record in records:
            if _size(record) > RECORD_BYTES:  # the service passes it by, too
                log.warning("a change is larger than a Kinesis record may be, and is not delivered")
                continue
            self._waiting.setdefault(record.partition_key, deque()).append(record)
            self._left.add(record.sequence)

    def batch(self) -> list[Outgoing]:
        """What to put next: the oldest record of as many items as there is room for. Empty: all is done."""
        batch: list[Outgoing] = []
        room_bytes = BATCH_BYTES
        for records in self._waiting.values():
            room_bytes -= _size(records[0])
            if room_bytes < 0 or len(batch) == BATCH_RECORDS:
                break
            batch.append(records[0])
        return batch

    def delivered(self, record: Outgoing) -> None:
        """A record of the last batch has been taken."""
        records = self._waiting[record.partition_key]
        self._left.remove(records.popleft().sequence)
        if not records:
            del self._waiting[record.partition_key]

    def progress(self, before: Progress) -> Progress:
        """How far the shards have come: in each, up to the first record that has not been delivered."""
        for page in self._pages:
            reached = 0
            for entry in page.entries:
                if entry.sequence in self._left:
                    break
                reached = entry.sequence
            else:
                reached = page.end
            if reached:
                before = before.reached(page.shard.number, reached)
        return before


def _size(record: Outgoing) -> int:
    return len(record.data) + len(record.partition_key)
