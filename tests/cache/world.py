"""A database in memory with a cluster in front, and a clock that only moves when it is told to."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson

from dynalite.cache.cluster import Cluster, Tuning
from dynalite.cache.node import Node
from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.errors import InternalServerError
from dynalite.settings import Settings
from dynalite.values.types import Answer, Spliced

T = TypeVar("T")

TABLE = {
    "TableName": "Things",
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "N"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def key(number: int, partition: str = "p") -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"N": str(number)}}


def item(number: int, value: str, partition: str = "p") -> dict[str, Any]:
    return {**key(number, partition), "v": {"S": value}}


class World:
    """`ask` goes through a node, `past` to the database past the caches."""

    def __init__(self, database: Database, cluster: Cluster, clock: Clock) -> None:
        self.database = database
        self.cluster = cluster
        self.clock = clock
        self.asked: list[str] = []
        """The operations that reached the database through the cluster."""
        self.breaks = False
        """Whether such an operation ends in an error of which nobody knows what it left behind."""
        self.delay: asyncio.Event | None = None
        """What the next such operation waits for after it has found its answer."""

    @classmethod
    async def open(cls, tuning: Tuning | None = None) -> "World":
        clock = Clock()
        clock.freeze()
        database = await Database.open(Settings(), clock)
        await database.execute("CreateTable", _copy(TABLE), Caller())
        await database.tick()
        world = cls(database, Cluster(database, tuning or Tuning()), clock)
        world.cluster = Cluster(_Watched(world, database), tuning or Tuning())
        return world

    @property
    def node(self) -> Node:
        return self.cluster.primary

    async def ask(self, operation: str, node: Node | None = None, /, **request: Any) -> dict[str, Any]:
        return _plain(await (node or self.node).execute(operation, _copy(request), Caller()))

    async def past(self, operation: str, **request: Any) -> dict[str, Any]:
        return _plain(await self.database.execute(operation, _copy(request), Caller()))

    async def value(self, number: int, node: Node | None = None, /, **options: Any) -> str | None:
        """What a cached GetItem says of an item's `v`."""
        answer = await self.ask("GetItem", node, TableName="Things", Key=key(number), **options)
        found: str | None = answer["Item"]["v"]["S"] if "Item" in answer else None
        return found

    async def put(self, number: int, value: str) -> None:
        await self.ask("PutItem", TableName="Things", Item=item(number, value))

    async def put_past(self, number: int, value: str) -> None:
        await self.past("PutItem", TableName="Things", Item=item(number, value))


class _Watched:
    """The database, noting what it is asked."""

    def __init__(self, world: World, database: Database) -> None:
        self._world = world
        self.context = database.context
        self._database = database

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        world = self._world
        world.asked.append(operation)
        answer = await self._database.execute(operation, request, caller)
        if world.breaks:
            raise InternalServerError("The write could not be stored.")
        delay, world.delay = world.delay, None
        if delay is not None:
            await delay.wait()
        return answer


def in_world(test: Callable[[World], Awaitable[T]], tuning: Tuning | None = None) -> T:
    """Run a test's coroutine in a fresh world."""

    async def run() -> T:
        world = await World.open(tuning)
        try:
            return await test(world)
        finally:
            await world.cluster.settled()
            await world.database.close()

    return asyncio.run(run())


def _copy(request: Any) -> Any:
    return orjson.loads(orjson.dumps(request))


def _plain(answer: Answer) -> dict[str, Any]:
    """An answer as a JSON client sees it."""

    def splice(value: object) -> object:
        if isinstance(value, Spliced):
            return orjson.Fragment(value.json)
        raise TypeError

    plain: dict[str, Any] = orjson.loads(orjson.dumps(answer, default=splice))
    return plain
