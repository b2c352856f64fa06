"""Asking again, later, where an answer says that later may be different.

What is throttled, and what failed on the server's side, is asked again after a pause that doubles each time
and is drawn from all up to that, so that many who were refused together do not come back together. The same
holds when a server that has answered before goes away, as it does when it is started again; one that never
answered is simply not there.

Every request asked through here may arrive twice.
"""

from collections.abc import Sequence

from dynalite.capacity.refusals import THROTTLES
from dynalite.errors import InternalServerError, ServiceUnavailable
from dynalite.ids import Ids
from server.client.api import Api, Item, Reply, Request
from server.outcome import Failure, Refused, Unreachable

ATTEMPTS = 12
_FIRST_PAUSE_SECONDS = 0.05
_LONGEST_PAUSE_SECONDS = 20.0
_LATER = frozenset(error.code for error in (*THROTTLES, InternalServerError, ServiceUnavailable))


class Patient:
    """An Api that asks up to `ATTEMPTS` times."""

    def __init__(self, api: Api, ids: Ids) -> None:
        self.place = api.place
        self._api = api
        self._ids = ids
        self._answered = False

    async def call(self, operation: str, request: Request) -> Reply:
        attempt = 1
        while True:
            try:
                reply = await self._api.call(operation, request)
            except (Refused, Unreachable) as error:
                if attempt == ATTEMPTS or not self._may_change(error):
                    raise
            else:
                self._answered = True
                return reply
            await self._pause(attempt)
            attempt += 1

    async def write(self, table: str, items: Sequence[Item]) -> None:
        """Put up to 25 items. What is left unprocessed is put again; only when nothing gets through for long
        is it given up.
        """
        left: Request = {table: [{"PutRequest": {"Item": item}} for item in items]}
        attempt = 0
        while left:
            reply = await self.call("BatchWriteItem", {"RequestItems": left})
            rest: Request = reply.get("UnprocessedItems", {})
            if not rest:
                return
            attempt = attempt + 1 if len(rest[table]) == len(left[table]) else 1
            if attempt == ATTEMPTS:
                raise Failure(f"{table} takes no more items: its throughput is used up.")
            left = rest
            await self._pause(attempt)

    async def pause(self, seconds: float) -> None:
        await self._api.pause(seconds)

    def _may_change(self, error: Refused | Unreachable) -> bool:
        if isinstance(error, Refused):
            return error.code in _LATER
        return self._answered

    async def _pause(self, attempt: int) -> None:
        longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
        await self._api.pause(longest * int.from_bytes(self._ids.token(2), "big") / 65536)
