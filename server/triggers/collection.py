"""All triggers of a server: started with it, added and removed over the admin API."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from dynalite.database import Database

if TYPE_CHECKING:
    from server.triggers.definition import Definition
    from server.triggers.follower import Follower


class NoSuchTrigger(Exception):
    """There is no trigger of this name."""


class Triggers:
    """The triggers by name."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._followers: dict[str, Follower] = {}
        self._changing = asyncio.Lock()

    def all(self) -> "list[Follower]":
        """Every trigger, oldest first."""
        return list(self._followers.values())

    async def open(self, definitions: "Mapping[str, Definition]") -> None:
        """Start the triggers that the server was started with. Raises WrongDefinition."""
        for name, definition in definitions.items():
            await self.add(name, definition)

    async def add(self, name: str, definition: "Definition") -> "Follower":
        """Start a trigger, instead of the one that had the name before; it goes on where that one was.

        Raises WrongDefinition when its target cannot be had; then nothing has changed.
        """
        # Most servers have no trigger, and need not wait for this when they start.
        from server.triggers.follower import Follower
        from server.triggers.target import target_of

        follower = Follower(name, definition, target_of(definition, name), self._database)
        async with self._changing:
            earlier = self._followers.pop(name, None)
            if earlier is not None:
                await earlier.close()
            self._followers[name] = follower
            await follower.start()
        return follower

    async def remove(self, name: str) -> None:
        """Stop a trigger and forget how far it has come. Raises NoSuchTrigger."""
        async with self._changing:
            follower = self._followers.pop(name, None)
            if follower is None:
                raise NoSuchTrigger(f"There is no trigger named {name}.")
            await follower.close()
            await follower.forget()

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Stop all triggers for the length of a block that changes the past; then each goes on from what the
        database says of its progress.
        """
        async with self._changing:
            for follower in self._followers.values():
                await follower.stop()
            try:
                yield
            finally:
                for follower in self._followers.values():
                    await follower.start()

    async def drain(self, at_most_seconds: float) -> bool:
        """Wait until everything that was written before now has been delivered. False when the time (real
        time) is over first.
        """
        changes = self._database.changes
        goal = changes.count
        changes.announce()  # so that all look once more, and say how far they are
        try:
            async with asyncio.timeout(at_most_seconds):
                while any(follower.caught_up <= goal for follower in self._followers.values()):
                    await asyncio.sleep(0.002)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        async with self._changing:
            for follower in self._followers.values():
                await follower.close()
