"""A database with a stream, triggers that follow it, and a target that remembers what it was given."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from dynalite.database import Database
from dynalite.ids import Ids
from dynalite.settings import Settings
from server.triggers.definition import parse
from server.triggers.follower import Follower
from tests.orders import TABLE, Orders, in_a, named

STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


class Box:
    """A target that keeps every event. `before` may be a coroutine function to be awaited first."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.before: Callable[[dict[str, Any]], Awaitable[None]] | None = None

    async def call(self, event: Any, request_id: str) -> None:
        if self.before is not None:
            await self.before(event)
        self.events.append(event)

    async def close(self) -> None: ...

    @property
    def sizes(self) -> list[int]:
        return [len(event["Records"]) for event in self.events]

    @property
    def records(self) -> list[dict[str, Any]]:
        return [record for event in self.events for record in event["Records"]]

    @property
    def seen(self) -> list[str]:
        """`id` of every item delivered, with its value `n` where it has one, in order of delivery."""
        return [named(record["dynamodb"]) for record in self.records]


class World(Orders):
    """A frozen clock, a database, and its triggers. Background work runs when `settle` is called."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings or Settings())
        self.followers: list[Follower] = []

    async def open(self) -> "World":
        self.database = await Database.open(self.settings, self.clock, Ids(seed=1))
        return self

    async def close(self) -> None:
        for follower in self.followers:
            await follower.close()
        self.followers.clear()
        await self.database.close()

    async def make_table(self, **members: Any) -> None:
        await self.ask("CreateTable", **TABLE, **({"StreamSpecification": dict(STREAM)} | members))

    async def set_stream(self, enabled: bool) -> None:
        stream = dict(STREAM) if enabled else {"StreamEnabled": False}
        await self.ask("UpdateTable", TableName="Orders", StreamSpecification=stream)
        await self.database.until_idle()

    async def roll(self) -> None:
        await self.database.roll_shards("us-east-1", "Orders")

    async def follow(self, box: Box, name: str = "trigger", **members: Any) -> Follower:
        definition = parse({"Table": "Orders", "Function": "m:f", **members})
        follower = Follower(name, definition, box, self.database)
        self.followers.append(follower)
        await follower.start()
        return follower

    async def let_run(self) -> None:
        """Let everybody do what can be done now: in memory nothing takes more than some turns of the loop."""
        for _ in range(200):
            await asyncio.sleep(0)

    async def caught_up(self) -> None:
        """Wait until everything written so far has been delivered."""
        goal = self.database.changes.count
        self.database.changes.announce()
        await self.until(lambda: all(follower.caught_up > goal for follower in self.followers))


in_world = in_a(World)
