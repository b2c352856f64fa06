"""The one way in which commands ask for operations, whoever answers."""

from typing import Protocol

from dynalite.values.types import Item, Request

Reply = Request
"""An answer's members, as a JSON parser returns them."""

__all__ = ["Api", "Item", "Reply", "Request"]


class Api(Protocol):
    """Whoever runs operations of the DynamoDB API for a region."""

    place: str
    """Where the tables are: an endpoint, or a folder."""

    async def call(self, operation: str, request: Request) -> Reply:
        """Run one operation. Raises `outcome.Refused` when the answer says no, `outcome.Unreachable` when
        there is none.
        """
        ...

    async def pause(self, seconds: float) -> None:
        """Let time pass, and with it whatever goes on in the background; for less long where it need not
        take that long.
        """
        ...
