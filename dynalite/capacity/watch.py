"""How requests end: how long those took that succeeded, and why the others did not.

There is a watch for each operation in each region, and the facade asks it about every request. Failures are
counted one by one; they are rare and dear anyway. Time is taken of a sample: of every request at first, and
of no less than one in 64 when a minute has many, for taking and keeping it costs as much as counting does. A
request counts for the table that it names, by the minute in which it ended.
"""

from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Final

from dynalite.capacity.latencies import Latencies
from dynalite.capacity.meter import Capacity
from dynalite.capacity.refusals import THROTTLES
from dynalite.catalog.schema import Table
from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.errors import (
    ConditionalCheckFailedException,
    ServiceError,
    TransactionCanceledException,
    TransactionConflictException,
)
from dynalite.values.types import Answer

_MOST_SKIPPED: Final = 63
_SAMPLES_FOR_ONE_SKIPPED: Final = 8
_OTHERWISE_COUNTED = (*THROTTLES, ConditionalCheckFailedException, TransactionCanceledException)
"""Errors that are no mistakes of the user, and have metrics of their own."""


class Watch:
    """One operation in one region. While `skip` is above 0, that many requests need no timing."""

    __slots__ = ("_capacity", "_catalog", "_clock", "_operation", "_region", "skip")

    def __init__(
        self, capacity: Capacity, catalog: Catalog, clock: Clock, region: str, operation: str
    ) -> None:
        self._capacity = capacity
        self._catalog = catalog
        self._clock = clock
        self._region = region
        self._operation = operation
        self.skip = 0

    async def timed(self, running: Awaitable[Answer], request: Mapping[str, Any]) -> Answer:
        """Wait for a request's answer and keep the time that it took."""
        started = self._clock.elapsed()
        answer = await running
        seconds = self._clock.elapsed() - started
        table = self._table(request.get("TableName"))
        account = None if table is None else self._capacity.accounts.get(table.uuid)
        if account is not None:
            now = self._clock.now()
            latencies = account.latencies.get(self._operation)
            if latencies is None:
                latencies = account.latencies[self._operation] = Latencies(now)
            times = latencies.at(now)
            times.append(seconds)
            self.skip = min(len(times) // _SAMPLES_FOR_ONE_SKIPPED, _MOST_SKIPPED)
        return answer

    def failed(self, request: object, error: Exception) -> None:
        """Count a request that was not answered as it was meant."""
        members = request if isinstance(request, dict) else {}
        if not isinstance(error, ServiceError) or error.status >= 500:
            self._count(members.get("TableName"), "system_errors")
        elif isinstance(error, TransactionConflictException):
            self._count(members.get("TableName"), "conflicts")
        elif isinstance(error, TransactionCanceledException):
            for table in _conflicting(members, error.fields.get("CancellationReasons")):
                self._count(table, "conflicts")
        elif not isinstance(error, _OTHERWISE_COUNTED):
            self._capacity.user_errors(self._region).requests += 1

    def _count(self, name: object, figure: str) -> None:
        table = self._table(name)
        if table is not None:
            figures = self._capacity.meter(self._operation).figures(table)
            setattr(figures, figure, getattr(figures, figure) + 1)

    def _table(self, name: object) -> Table | None:
        return self._catalog.find(self._region, name) if isinstance(name, str) else None


def _conflicting(request: Mapping[str, Any], reasons: object) -> list[object]:
    """The tables of the members of a transaction that another one held."""
    items = request.get("TransactItems", ())
    if not isinstance(reasons, Sequence):
        return []
    return [
        action.get("TableName")
        for item, reason in zip(items, reasons, strict=False)
        if reason.get("Code") == "TransactionConflict"
        for action in item.values()
    ]
