"""A table as DescribeTable shows it, now and when it has become what one waits for."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from dynalite.errors import ResourceNotFoundException
from server.client.api import Api
from server.outcome import Failure, Refused
from server.terminal import Watch

Description: TypeAlias = Mapping[str, Any]

POLL_SECONDS = 0.2
"""How often a server is asked whether something is done."""


async def find(api: Api, table: str) -> Description | None:
    """DescribeTable's description, or None when there is no such table."""
    try:
        described: Description = (await api.call("DescribeTable", {"TableName": table}))["Table"]
    except Refused as error:
        if error.code == ResourceNotFoundException.code:
            return None
        raise
    return described


async def existing(api: Api, table: str) -> Description:
    """DescribeTable's description of a table that must be there."""
    described = await find(api, table)
    if described is None:
        raise Failure(f"There is no table {table} at {api.place}.")
    return described


async def active(api: Api, table: str, watch: Watch | None = None, total: int = 0) -> Description:
    """The table's description, once it can be used. `watch` is told how many items it has by then, of a
    total.
    """
    while True:
        described = await find(api, table)
        if described is None:
            raise Failure(f"The table {table} was deleted meanwhile.")
        if described["TableStatus"] not in ("CREATING", "DELETING"):
            return described
        if watch is not None:
            watch(described["ItemCount"], total, described["ItemCount"])
        await api.pause(POLL_SECONDS)
