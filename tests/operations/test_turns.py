"""A long page lets other requests have their turn, whether it is long for its bytes or for its rows."""

import asyncio
from typing import Any

import pytest

from dynalite.database import Caller, Database
from dynalite.items.page import SLICE_BYTES, SLICE_ROWS
from dynalite.settings import Settings
from tests.operations.service import PLAIN

CALLER = Caller("us-east-1")
FILTER = {"FilterExpression": "attribute_exists(id)"}
PROJECTION = {"ProjectionExpression": "id"}


async def turns(items: int, item_bytes: int, **members: Any) -> int:
    """How often others have their turn while a Scan reads this."""
    database = await Database.open(Settings())
    await database.execute("CreateTable", dict(PLAIN), CALLER)
    await database.until_idle()
    for number in range(items):
        item = {"id": {"S": f"{number:06}".ljust(item_bytes - 2, "x")}}
        await database.execute("PutItem", {"TableName": "Plain", "Item": item}, CALLER)
    scan = asyncio.create_task(database.execute("Scan", {"TableName": "Plain", **members}, CALLER))
    await asyncio.sleep(0)  # it has begun
    had = 0
    while not scan.done():
        had += 1
        await asyncio.sleep(0)
    assert scan.result()["Count"] == items
    await database.close()
    return had


@pytest.mark.parametrize("members", [{}, {"Select": "COUNT"}, FILTER, PROJECTION])
def test_a_page_of_many_tiny_items(members: dict[str, Any]) -> None:
    assert asyncio.run(turns(3 * SLICE_ROWS, 10, **members)) >= 3


@pytest.mark.parametrize("members", [FILTER, PROJECTION])
def test_a_page_of_items_that_take_long_to_decode(members: dict[str, Any]) -> None:
    assert asyncio.run(turns(200, 4 * SLICE_BYTES // 200, **members)) >= 3


def test_a_short_page_is_read_at_once() -> None:
    assert asyncio.run(turns(10, 1000)) == 0
