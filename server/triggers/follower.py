"""One trigger at work: it finds the table's stream, and has every shard read once its parent is done.

A table may have no stream yet, or may not exist yet: the trigger waits for it. When a stream has ended (it
was disabled, or its table was deleted) what is left of it is read, and then the table's next stream from its
beginning.
"""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from dynalite.database import Database
from server.pauses import LOOK_SECONDS
from server.triggers.definition import Definition
from server.triggers.delivery import Delivery, Destination, Tally
from server.triggers.progress import Progress
from server.triggers.reader import ShardReader
from server.triggers.source import Source, StreamGone, StreamShard
from server.triggers.target import Target

log = logging.getLogger(__name__)

_PAUSE_SECONDS: Final = 1.0
"""After something that nobody foresaw (real time)."""


class Follower:
    """A trigger between `start` and `stop`."""

    def __init__(self, name: str, definition: Definition, target: Target, database: Database) -> None:
        self.name = name
        self.definition = definition
        self.tally = Tally()
        self.stream: str | None = None
        self._database = database
        self._target = target
        self._destination = Destination(definition.on_failure)
        self._source = Source(database, definition.region)
        self._readers: dict[str, tuple[ShardReader, asyncio.Task[None]]] = {}
        self._looked = -1
        """The count of changes when the trigger last found nothing that it could read; -1 otherwise."""
        self._first_look = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin. Returns when it is settled where in the stream the trigger begins."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        await self._first_look.wait()

    async def stop(self) -> None:
        """Stop at once. A call under way is not noted as done, and will be repeated."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        self._first_look.clear()
        self._looked = -1

    async def close(self) -> None:
        await self.stop()
        await self._target.close()
        await self._destination.close()

    @property
    def caught_up(self) -> int:
        """The count of changes up to which everything has been delivered; -1: not known."""
        return min((reader.caught_up for reader, _ in self._readers.values()), default=self._looked)

    async def forget(self) -> None:
        """Forget how far the trigger has come."""
        await (await Progress.load(self._database, self.name)).forget()

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except Exception:
                log.exception("the trigger %s failed; it will be tried again", self.name)
            finally:
                await self._stop_readers()
                self._first_look.set()
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _follow(self) -> None:
        progress = await Progress.load(self._database, self.name)
        changes = self._database.changes
        while True:
            seen = changes.count
            await self._look(progress)
            self._first_look.set()
            if self._readers:
                await self._until_a_shard_is_done()
            else:
                self._looked = seen
                await changes.after(seen, LOOK_SECONDS)
                self._looked = -1

    async def _look(self, progress: Progress) -> None:
        """Start reading what can be read now and is not being read."""
        iterators: dict[str, str] = {}
        self.stream = progress.stream
        if progress.stream is None:
            stream = await self._source.current_stream(self.definition.table)
            if stream is None:
                if progress.is_new:
                    await progress.begin(None, {})
                return
            iterators = await self._begin(progress, stream)
        stream = self.stream = progress.stream
        assert stream is not None
        try:
            shards = await self._source.shards(stream)
        except StreamGone:
            shards = []
        ready = progress.ready(shards)
        for shard in ready:
            self._read(progress, stream, shard, iterators.get(shard))
        if not ready:
            await self._next_stream(progress, stream)

    async def _begin(self, progress: Progress, stream: str) -> dict[str, str]:
        """Settle where to begin in a stream. Iterators at the end of its shards, for a new trigger that wants
        only what comes from now on; a stream younger than the trigger is read from its beginning.
        """
        latest = progress.is_new and self.definition.starting_position == "LATEST"
        shards: list[StreamShard] = await self._source.shards(stream) if latest else []
        now = self._database.clock.now()
        iterators = {shard.id: await self._source.iterator(stream, shard.id, "LATEST") for shard in shards}
        await progress.begin(stream, dict.fromkeys(iterators, now))
        return iterators

    async def _next_stream(self, progress: Progress, ended: str) -> None:
        """All of a stream is read: go on with the table's next one, if there is one."""
        stream = await self._source.current_stream(self.definition.table)
        if stream is not None and stream != ended:
            await progress.begin(stream, {})
            await self._look(progress)

    def _read(self, progress: Progress, stream: str, shard: str, iterator: str | None) -> None:
        if shard in self._readers:
            return
        database, definition = self._database, self.definition
        clock, changes = database.clock, database.changes
        delivery = Delivery(
            definition, self._target, self._destination, self.tally, clock, changes, database.ids
        )
        reader = ShardReader(
            stream, shard, iterator, definition, self._source, progress, delivery, clock, changes
        )
        task = asyncio.get_running_loop().create_task(_to_its_end(reader, progress, shard))
        self._readers[shard] = (reader, task)

    async def _until_a_shard_is_done(self) -> None:
        """Wait until a reader has ended; what it raised is raised here."""
        tasks = [task for _, task in self._readers.values()]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self._readers = {shard: both for shard, both in self._readers.items() if both[1] not in done}
        for task in done:
            task.result()

    async def _stop_readers(self) -> None:
        tasks = [task for _, task in self._readers.values()]
        self._readers.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _to_its_end(reader: ShardReader, progress: Progress, shard: str) -> None:
    with suppress(StreamGone):
        await reader.run()
        return
    await progress.finish(shard)
