"""A database on a frozen clock with a table of orders, for whoever follows its changes."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.settings import Settings

START = 1_800_000_000.0
PATIENCE_SECONDS = 10
TABLE: dict[str, Any] = {
    "TableName": "Orders",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def named(change: dict[str, Any]) -> str:
    """`id` of the item that a record's `dynamodb` is about, with its value `n` where it has one."""
    number: str = change.get("NewImage", {}).get("n", {}).get("N", "")
    return str(change["Keys"]["id"]["S"]) + number


class Orders:
    """Background work runs when `advance` is called."""

    database: Database

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = Clock()
        self.clock.freeze()
        self.clock.set(START)

    async def ask(self, operation: str, **request: Any) -> Any:
        return await self.database.execute(operation, request, Caller())

    async def put(self, *names: str, **values: int) -> None:
        for name in names:
            item = {"id": {"S": name}} | {key: {"N": str(value)} for key, value in values.items()}
            await self.ask("PutItem", TableName="Orders", Item=item)

    async def advance(self, seconds: float) -> None:
        """Move the clock, and do what has become due."""
        self.clock.advance(seconds)
        await self.database.until_idle()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                await asyncio.sleep(0.001)


class World(Protocol):
    async def open(self) -> Any: ...

    async def make_table(self) -> None: ...

    async def close(self) -> None: ...


W = TypeVar("W", bound=World)


def in_a(make: Callable[[], W]) -> Callable[[Callable[[W], Coroutine[Any, Any, None]]], Callable[[], None]]:
    """A test written as a coroutine that is given such a world, which already has the table."""

    def decorated(test: Callable[[W], Coroutine[Any, Any, None]]) -> Callable[[], None]:
        async def run() -> None:
            world = make()
            await world.open()
            try:
                await world.make_table()
                await test(world)
            finally:
                await world.close()

        def plain() -> None:
            asyncio.run(run())

        plain.__doc__ = test.__doc__
        return plain

    return decorated
