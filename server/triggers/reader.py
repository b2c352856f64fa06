"""Reads one shard to its end and cuts what it finds into batches.

A batch is delivered when it is full, when its window is over, or, without a window, as soon as there is
nothing more to read. Records that the filters do not want count as dealt with.
"""

from collections.abc import Sequence
from typing import Final

import orjson

from dynalite.changes import Changes
from dynalite.clock import Clock
from server.pauses import LOOK_SECONDS
from server.triggers.definition import Definition
from server.triggers.delivery import Delivery, sequence_number
from server.triggers.progress import Progress
from server.triggers.source import Page, Record, Source

EVENT_BYTES: Final = 6 * 1024 * 1024
"""The most that Lambda puts into one event."""


class ShardReader:
    """One shard of one stream. `caught_up` is the count of changes up to which everything is delivered."""

    def __init__(
        self,
        stream: str,
        shard: str,
        iterator: str | None,
        definition: Definition,
        source: Source,
        progress: Progress,
        delivery: Delivery,
        clock: Clock,
        changes: Changes,
    ) -> None:
        self.caught_up = -1
        self._stream = stream
        self._shard = shard
        self._iterator = iterator
        self._definition = definition
        self._source = source
        self._progress = progress
        self._delivery = delivery
        self._clock = clock
        self._changes = changes
        self._waiting: list[Record] = []
        self._waiting_bytes: list[int] = []
        self._window_ends = 0.0
        self._read_to: str | None = None
        self._reached: str | None = None

    async def run(self) -> None:
        """Read and deliver until the shard has ended and all of it is dealt with. Raises StreamGone."""
        iterator = self._iterator or await self._place()
        while True:
            seen = self._changes.count
            page = await self._source.page(iterator)
            if page is None:
                iterator = await self._place()
                continue
            self._take(page)
            await self._deliver(ended=page.following is None, more=bool(page.records))
            if page.following is None:
                await self._progress.finish(self._shard)
                return
            iterator = page.following
            if not page.records:
                await self._idle(seen)

    async def _place(self) -> str:
        """An iterator that goes on behind what has been read."""
        if self._read_to is not None:
            kind, where = "AFTER_SEQUENCE_NUMBER", {"SequenceNumber": self._read_to}
            return await self._source.iterator(self._stream, self._shard, kind, **where)
        kind, place = self._progress.place(self._shard)
        return await self._source.iterator(self._stream, self._shard, kind, **place)

    def _take(self, page: Page) -> None:
        for record in page.records:
            if self._definition.wants(record):
                if not self._waiting:
                    self._window_ends = self._clock.now() + self._definition.window_seconds
                self._waiting.append(record)
                self._waiting_bytes.append(len(orjson.dumps(record)))
        if page.records:
            self._read_to = sequence_number(page.records[-1])

    async def _deliver(self, *, ended: bool, more: bool) -> None:
        """Deliver every full batch, and the one that is not full when its time has come."""
        while self._waiting:
            size = self._size()
            full = size == self._definition.batch_size or size < len(self._waiting)
            over = self._clock.now() >= self._window_ends and not more
            if not (full or over or ended):
                return
            await self._deliver_now(self._waiting[:size])
            del self._waiting[:size]
            del self._waiting_bytes[:size]

    def _size(self) -> int:
        """How many of the waiting records make the next batch: at least one."""
        size = 0
        room_bytes = EVENT_BYTES
        for record_bytes in self._waiting_bytes[: self._definition.batch_size]:
            room_bytes -= record_bytes
            if room_bytes < 0 and size:
                break
            size += 1
        return size

    async def _deliver_now(self, batch: Sequence[Record]) -> None:
        await self._delivery.deliver(self._stream, self._shard, batch, self._note)

    async def _note(self, reached: str) -> None:
        await self._progress.reached(self._shard, reached)
        self._reached = reached

    async def _idle(self, seen: int) -> None:
        """There is nothing to read. Wait for a change, or for the window to end."""
        if self._waiting:
            left = self._window_ends - self._clock.now()
            await self._changes.after(seen, min(max(left, 0.0), LOOK_SECONDS))
            return
        if self._read_to is not None and self._read_to != self._reached:  # the last were not wanted
            await self._note(self._read_to)
        self.caught_up = seen
        await self._changes.after(seen, LOOK_SECONDS)
