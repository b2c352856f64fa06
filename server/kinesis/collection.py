"""All destinations of a server's tables, each with its feeder."""

import asyncio
from typing import Final

from dynalite.catalog import destinations
from dynalite.database import Database
from server.kinesis.endpoint import Kinesis
from server.kinesis.feeder import Fed, Feeder
from server.pauses import LOOK_SECONDS

_REST_SECONDS: Final = 0.01
"""Between two looks (real time): a table changes more often than the tables do."""


class Feeders:
    """The feeders of all destinations that there is something to do for."""

    def __init__(self, database: Database, kinesis: Kinesis) -> None:
        self._database = database
        self._kinesis = kinesis
        self._feeders: dict[Fed, tuple[Feeder, asyncio.Task[None]]] = {}
        self._looked = -1
        """The count of changes when it was last looked for new destinations."""
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def stop(self) -> None:
        """Stop at once. What is under way is not noted as done, and will be repeated."""
        tasks = [task for _, task in self._feeders.values()]
        if self._watching is not None:
            tasks.append(self._watching)
        self._watching = None
        self._feeders.clear()
        self._looked = -1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def close(self) -> None:
        await self.stop()
        await self._kinesis.close()

    async def restart(self) -> None:
        """Forget what is under way, because the past has changed, and go on from what the database says."""
        await self.stop()
        self.start()

    async def drain(self, at_most_seconds: float) -> bool:
        """Wait until everything that was written before now has been delivered. False when the time (real
        time) is over first.
        """
        changes = self._database.changes
        goal = changes.count
        changes.announce()  # so that all look once more, and say how far they are
        try:
            async with asyncio.timeout(at_most_seconds):
                while self._caught_up <= goal:
                    await asyncio.sleep(0.002)
        except TimeoutError:
            return False
        return True

    @property
    def _caught_up(self) -> int:
        return min((self._looked, *(feeder.caught_up for feeder, _ in self._feeders.values())))

    async def _watch(self) -> None:
        changes = self._database.changes
        while True:
            seen = changes.count
            self._look()
            self._looked = seen
            await changes.after(seen, LOOK_SECONDS)
            await asyncio.sleep(_REST_SECONDS)

    def _look(self) -> None:
        """Begin to feed what is not being fed."""
        self._feeders = {fed: both for fed, both in self._feeders.items() if not both[1].done()}
        catalog, loop = self._database.catalog, asyncio.get_running_loop()
        for table in (*catalog.stored(), *catalog.departed()):
            for one in table.destinations:
                fed = Fed(table.id, one.first_shard)
                if one.status not in destinations.ENDED and fed not in self._feeders:
                    feeder = Feeder(fed, self._kinesis, self._database)
                    self._feeders[fed] = feeder, loop.create_task(feeder.run())
