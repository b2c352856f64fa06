from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import pytest

from dynalite.clock import Clock
from dynalite.database import Database
from dynalite.settings import Settings

Servers: TypeAlias = Callable[[int], AbstractAsyncContextManager[list[Database]]]


@pytest.fixture
def servers(empty_database: str) -> Servers:
    """So many databases, as so many servers have them, on one store, for the length of a block."""

    @asynccontextmanager
    async def opened(number: int) -> AsyncIterator[list[Database]]:
        clock = Clock()
        databases = [await Database.open(Settings(engine=empty_database), clock) for _ in range(number)]
        try:
            yield databases
        finally:
            for database in databases:
                await database.close()

    return opened
