"""One destination at work: it is made ACTIVE when its stream is there, and gets what its table has changed,
until it has ended and has got everything.

What a feeder knows is in the database; it holds nothing but the records that it is delivering.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from dynalite import limits
from dynalite.catalog import destinations
from dynalite.catalog.schema import Destination, DestinationStatus, Table
from dynalite.database import Database
from dynalite.storage.fence import Fenced
from dynalite.streams import feed, kinesis
from dynalite.streams.feed import Page, Progress
from server.kinesis.endpoint import Kinesis, Unavailable
from server.kinesis.parcel import Parcel
from server.pauses import LOOK_SECONDS, pause_seconds, until

log = logging.getLogger(__name__)

LEASE: Final = "kinesis"
_PAUSE_SECONDS: Final = 1.0
"""After something that nobody foresaw (real time)."""
_USABLE: Final = ("ACTIVE", "UPDATING")
"""What a stream that can be put into says of itself."""


class Fed(NamedTuple):
    """Which destination of which table: the table's id, and the destination's first shard."""

    table: int
    first_shard: int


@dataclass(frozen=True, slots=True)
class Found:
    """A destination and its table, as they are at a moment."""

    table: Table
    destination: Destination

    @property
    def stream(self) -> str:
        return self.destination.stream_arn.rpartition("/")[2]


class _NotOurs(Exception):
    """Another server of a shared database delivers."""


class Feeder:
    """The delivery to one destination. `run` returns when it has ended."""

    def __init__(self, fed: Fed, kinesis: Kinesis, database: Database) -> None:
        self.caught_up = -1
        """The count of changes up to which everything has been delivered; -1: not known."""
        self._fed = fed
        self._kinesis = kinesis
        self._database = database
        self._failures = 0

    async def run(self) -> None:
        changes = self._database.changes
        while True:
            seen = changes.count
            try:
                await self._check_ours()
                found = await self._find()
                if found is None:
                    await self._database.remember(feed.row_name(*self._fed), None)
                    return
                if await self._step(found, seen):
                    continue
            except Fenced:  # a table was changed by another server: look at the present ones
                continue
            except _NotOurs:
                pass
            except Exception:
                log.exception("delivery to a Kinesis stream failed; it will be tried again")
                await asyncio.sleep(_PAUSE_SECONDS)
                continue
            await changes.after(seen, LOOK_SECONDS)

    async def _find(self) -> Found | None:
        """The destination as it is now; None when there is nothing more to deliver to it."""
        catalog = self._database.catalog
        await catalog.refresh()
        now = self._database.clock.now()
        for table in (*catalog.stored(), *catalog.departed()):
            if table.id == self._fed.table:
                for one in table.destinations:
                    if one.first_shard == self._fed.first_shard and one.status not in destinations.ENDED:
                        if destinations.busy(one, now):
                            return Found(table, one)
                        await self._end(Found(table, one), "DISABLED", None)
        return None

    async def _check_ours(self) -> None:
        sharing = self._database.sharing
        if sharing is not None and not await sharing.has(LEASE):
            raise _NotOurs

    async def _step(self, found: Found, seen: int) -> bool:
        """Do what can be done now. Whether that was anything; if not, everything may have been delivered that
        was written before the count of changes was `seen`.
        """
        due = self._database.clock.now() >= found.destination.due_at
        if found.destination.status == "ENABLING":
            return due and await self._enable(found)
        progress = await self._progress()
        pages = await feed.next_pages(self._database.engine, found.table, found.destination, progress)
        if pages:
            await self._deliver(found, pages, progress)
            return True
        if due and feed.finished(found.table, found.destination, progress):
            await self._end(found, "DISABLED", None)
            return True
        if not feed.waits(found.table, found.destination, progress):
            self.caught_up = seen
        return False

    # -------------------------------------------------------------- statuses

    async def _enable(self, found: Found) -> bool:
        table, arn = found.table, found.destination.stream_arn
        fault = destinations.arn_fault(arn, table.region)
        if fault is None:
            try:
                summary = await self._kinesis.summary(table.region, found.stream)
            except Unavailable as failure:
                await self._failed(found, str(failure))
                return True
            if summary is None or summary.status not in _USABLE:
                fault = destinations.NOT_PERMITTED
            elif summary.arn != arn:
                fault = destinations.NOT_ACTIVE
        if fault is not None:
            await self._end(found, "ENABLE_FAILED", fault)
            return True
        await self._save(found, (await self._progress())._replace(failing_since=None))
        await self._database.catalog.change_log(
            table, lambda present: destinations.active(present, found.destination)
        )
        self._failures = 0
        self._database.changes.announce()
        return True

    async def _end(self, found: Found, status: DestinationStatus, why: str | None) -> None:
        now = self._database.clock.now()
        await self._database.catalog.change_log(
            found.table,
            lambda present: destinations.ended(present, found.destination, status, why, now),
        )
        self._database.changes.announce()

    # -------------------------------------------------------------- records

    async def _deliver(self, found: Found, pages: Sequence[Page], progress: Progress) -> None:
        """Put the records of some pages into the stream, until they are there or nobody wants them there."""
        table, context = found.table, self._database.context(found.table.region)
        if any(page.lost for page in pages):
            log.warning("changes of the table %s are lost to Kinesis: they are a day old", table.name)
        precision = found.destination.precision
        parcel = Parcel(
            pages,
            (
                kinesis.outgoing(table, precision, entry, context.hash)
                for page in pages
                for entry in page.entries
            ),
        )
        while batch := parcel.batch():
            await self._check_ours()
            try:
                refusals = await self._kinesis.put(table.region, found.stream, batch)
                failure = next((refusal for refusal in refusals if refusal is not None), None)
            except Unavailable as error:
                refusals, failure = [], str(error)
            taken = [record for record, refusal in zip(batch, refusals, strict=False) if refusal is None]
            for record in taken:
                parcel.delivered(record)
            if taken:
                self._failures = 0
                progress = parcel.progress(progress)._replace(failing_since=None)
                await self._save(found, progress)
            if failure is not None:
                await self._failed(found, failure)
                if await self._find() is None:
                    return
                progress = await self._progress()
        if (behind := parcel.progress(progress)) != progress:  # past what is lost or too large
            await self._save(found, behind)

    async def _failed(self, found: Found, why: str) -> None:
        """Wait before it is tried again; give the destination up when it has got nothing for too long."""
        database = self._database
        now, progress = database.clock.now(), await self._progress()
        if not self._failures:
            log.warning("the Kinesis stream %s gets nothing: %s", found.destination.stream_arn, why)
        if progress.failing_since is None:
            progress = progress._replace(failing_since=now)
            await self._save(found, progress)
        elif now - progress.failing_since >= limits.UNDELIVERED_SECONDS:
            await self._end(found, "DISABLED", destinations.UNREACHED)
            return
        self._failures += 1
        await until(database.clock, database.changes, now + pause_seconds(self._failures))

    async def _progress(self) -> Progress:
        return feed.read(await self._database.remembered(feed.row_name(*self._fed)))

    async def _save(self, found: Found, progress: Progress) -> None:
        row = feed.write(progress, found.table, found.destination)
        await self._database.remember(feed.row_name(*self._fed), row)
