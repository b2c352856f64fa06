"""The metrics of `AWS/DynamoDB`, one row each: which dimensions it has, and where its minutes come from.

What DynamoDB publishes and has no row here is not counted by this server: replication, Kinesis, records of
streams, items deleted by time to live, throttle events by their cause. Source: the developer guide, "DynamoDB
metrics and dimensions".
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, TypeAlias

from dynalite import limits
from dynalite.capacity import sums
from dynalite.capacity.account import Account
from dynalite.capacity.figures import Figures
from dynalite.catalog.schema import Index, Table, Throughput
from dynalite.database import Database
from server.cloudwatch.samples import Sample, even

Dimensions: TypeAlias = Mapping[str, str]
Sets: TypeAlias = tuple[frozenset[str], ...]
"""The dimensions that a metric has, and the others that it may have instead."""
Minutes: TypeAlias = Iterator[tuple[float, Sample]]

TABLE, INDEX, OPERATION = "TableName", "GlobalSecondaryIndexName", "Operation"
_MINUTE = 60

_OWNERS: Final = (frozenset({TABLE}), frozenset({TABLE, INDEX}))


class Metric(Protocol):
    """How one metric is found. Times are epoch seconds."""

    sets: ClassVar[Sets]

    @property
    def unit(self) -> str: ...

    def listed(self, database: Database, region: str) -> Iterator[Dimensions]:
        """The dimensions for which there may be data."""

    def minutes(
        self, database: Database, region: str, dimensions: Dimensions, start: float, end: float
    ) -> Minutes:
        """The minutes of start <= minute < end for which there is data; none for other dimensions."""


# ------------------------------------------------------------------ what is counted


@dataclass(frozen=True, slots=True)
class PerIndex:
    """Counted for a table, its local indexes included, and for each of its global indexes."""

    sets: ClassVar[Sets] = _OWNERS
    value: Callable[[Figures], float]
    unit: str = "Count"

    def listed(self, database: Database, region: str) -> Iterator[Dimensions]:
        return _owners(database, region)

    def minutes(
        self, database: Database, region: str, dimensions: Dimensions, start: float, end: float
    ) -> Minutes:
        account = _account(database, region, dimensions, self.sets)
        if account is not None:
            arms = [dimensions[INDEX]] if INDEX in dimensions else sums.own(account)
            yield from _counted(account, arms, None, start, end, self.value)


@dataclass(frozen=True, slots=True)
class PerTable:
    """Counted for a table with all its indexes."""

    sets: ClassVar[Sets] = (frozenset({TABLE}),)
    value: Callable[[Figures], float]
    unit: str = "Count"

    def listed(self, database: Database, region: str) -> Iterator[Dimensions]:
        return ({TABLE: account.table.name} for account in _accounts(database, region))

    def minutes(
        self, database: Database, region: str, dimensions: Dimensions, start: float, end: float
    ) -> Minutes:
        account = _account(database, region, dimensions, self.sets)
        if account is not None:
            yield from _counted(account, sums.all_of(account), None, start, end, self.value)


@dataclass(frozen=True, slots=True)
class PerOperation:
    """Counted for each operation on a table or any of its indexes."""

    sets: ClassVar[Sets] = (frozenset({TABLE, OPERATION}),)
    value: Callable[[Figures], float]
    unit: str = "Count"

    def listed(self, database: Database, region: str) -> Iterator[Dimensions]:
        for account in _accounts(database, region):
            for operation in sums.operations(account):
                yield {TABLE: account.table.name, OPERATION: operation}

    def minutes(
        self, database: Database, region: str, dimensions: Dimensions, start: float, end: float
    ) -> Minutes:
        account = _account(database, region, dimensions, self.sets)
        if account is not None:
            operation = dimensions[OPERATION]
            yield from _counted(account, sums.all_of(account), operation, start, end, self.value)


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the requests of an operation took. Its samples are a sample of them."""

    sets: ClassVar[Sets] = (frozenset({TABLE, OPERATION}),)
    unit: str = "Milliseconds"

    def listed(self, database: Database, region: str) -> Iterator[Dimensions]:
        for account in _accounts(database, region):
            for operation in sorted(account.latencies):
                yield {TABLE: account.table.name, OPERATION: operation}

    def minutes(
        self, database: Database, region: str, dimensions: Dimensions, start: float, end: float
    ) -> Minutes:
        account = _account(database, region, dimensions, self.sets)
        latencies = None if account is None else account.latencies.get(dimensions[OPERATION])
        if latencies is not None:
            for minute, spread in latencies.minutes(start // _MINUTE * _MINUTE, end):
                least, most = spread.least * 1000, spread.most * 1000
                yield minute, Sample(spread.total * 1000, spread.count, least, most, spread)


@dataclass(frozen=True, slots=True)
class Mistakes:
    """Requests of the region that were wrong in themselves."""

    sets: ClassVar[Sets] = (frozenset(),)
    unit: str = "Count"

    def listed(self, database: Database, region: str) -> Iterator[Dimensions]:
        if database.capacity.errors_of(region) is not None:
            yield {}

    def minutes(
        self, database: Database, region: str, dimensions: Dimensions, start: float, end: float
    ) -> Minutes:
        series = database.capacity.errors_of(region)
        if series is not None and not dimensions:
            for minute, figures in series.minutes(start // _MINUTE * _MINUTE, end):
                if figures.requests:
                    yield minute, even(figures.requests, figures.requests)


# ------------------------------------------------------------------ what stands, minute for minute


@dataclass(frozen=True, slots=True)
class Standing:
    """What a table or a global index has at present, since its throughput was last seen to change."""

    sets: ClassVar[Sets] = _OWNERS
    value: Callable[[Table, Index | None], float | None]
    unit: str = "Count"

    def listed(self, database: Database, region: str) -> Iterator[Dimensions]:
        return _owners(database, region)

    def minutes(
        self, database: Database, region: str, dimensions: Dimensions, start: float, end: float
    ) -> Minutes:
        account = _account(database, region, dimensions, self.sets)
        if account is None:
            return
        index = account.table.index(dimensions[INDEX]) if INDEX in dimensions else None
        if INDEX in dimensions and index is None:
            return
        value = self.value(account.table, index)
        if value is not None:
            yield from _throughout(database, max(start, account.provisioned_since), end, value)


@dataclass(frozen=True, slots=True)
class OfRegion:
    """What an account has in a region at present, since the server was started."""

    sets: ClassVar[Sets] = (frozenset(),)
    value: Callable[[list[Table]], float]
    unit: str = "Count"

    def listed(self, database: Database, region: str) -> Iterator[Dimensions]:
        yield {}

    def minutes(
        self, database: Database, region: str, dimensions: Dimensions, start: float, end: float
    ) -> Minutes:
        if not dimensions:
            tables = [table for table in database.catalog.stored() if table.region == region]
            yield from _throughout(database, max(start, database.capacity.since), end, self.value(tables))


def _provisioned(units: Callable[[Throughput], int]) -> Standing:
    return Standing(lambda table, index: units((index or table).throughput))


def _ceiling(member: str) -> Standing:
    def value(table: Table, index: Index | None) -> float | None:
        found = table.settings.get("OnDemandThroughput") if index is None else index.on_demand_throughput
        return (found or {}).get(member)

    return Standing(value)


def _of_account(units: Callable[[Throughput], int]) -> OfRegion:
    """How much of the account's units are provisioned, in percent."""
    return OfRegion(
        lambda tables: 100 * sum(map(units, _throughputs(tables))) / limits.ACCOUNT_CAPACITY_UNITS, "Percent"
    )


def _of_highest(units: Callable[[Throughput], int]) -> OfRegion:
    """How much of a table's most units the highest provisioned table or index has, in percent."""
    return OfRegion(
        lambda tables: 100 * max(map(units, _throughputs(tables)), default=0) / limits.TABLE_CAPACITY_UNITS,
        "Percent",
    )


def _throughputs(tables: list[Table]) -> list[Throughput]:
    indexes = [index.throughput for table in tables for index in table.indexes]
    return [*(table.throughput for table in tables), *indexes]


def _reads(throughput: Throughput) -> int:
    return throughput.read_units


def _writes(throughput: Throughput) -> int:
    return throughput.write_units


METRICS: Final[Mapping[str, Metric]] = {
    "ConsumedReadCapacityUnits": PerIndex(lambda figures: figures.read_units),
    "ConsumedWriteCapacityUnits": PerIndex(lambda figures: figures.write_units),
    "ProvisionedReadCapacityUnits": _provisioned(_reads),
    "ProvisionedWriteCapacityUnits": _provisioned(_writes),
    "OnDemandMaxReadRequestUnits": _ceiling("MaxReadRequestUnits"),
    "OnDemandMaxWriteRequestUnits": _ceiling("MaxWriteRequestUnits"),
    "ReadThrottleEvents": PerIndex(lambda figures: figures.read_throttles),
    "WriteThrottleEvents": PerIndex(lambda figures: figures.write_throttles),
    "ThrottledRequests": PerOperation(lambda figures: figures.throttled_requests),
    "SuccessfulRequestLatency": Latency(),
    "ReturnedItemCount": PerOperation(lambda figures: figures.returned),
    "SystemErrors": PerOperation(lambda figures: figures.system_errors),
    "UserErrors": Mistakes(),
    "ConditionalCheckFailedRequests": PerTable(lambda figures: figures.condition_failures),
    "TransactionConflict": PerTable(lambda figures: figures.conflicts),
    "AccountMaxReads": OfRegion(lambda _: limits.ACCOUNT_CAPACITY_UNITS),
    "AccountMaxWrites": OfRegion(lambda _: limits.ACCOUNT_CAPACITY_UNITS),
    "AccountMaxTableLevelReads": OfRegion(lambda _: limits.TABLE_CAPACITY_UNITS),
    "AccountMaxTableLevelWrites": OfRegion(lambda _: limits.TABLE_CAPACITY_UNITS),
    "AccountProvisionedReadCapacityUtilization": _of_account(_reads),
    "AccountProvisionedWriteCapacityUtilization": _of_account(_writes),
    "MaxProvisionedTableReadCapacityUtilization": _of_highest(_reads),
    "MaxProvisionedTableWriteCapacityUtilization": _of_highest(_writes),
}


# ------------------------------------------------------------------ what they share


def _accounts(database: Database, region: str) -> Iterator[Account]:
    """The accounts of the tables that are there."""
    for account in database.capacity.accounts.values():
        table = database.catalog.find(account.table.region, account.table.name)
        if account.table.region == region and table is not None and table.uuid == account.table.uuid:
            yield account


def _owners(database: Database, region: str) -> Iterator[Dimensions]:
    for account in _accounts(database, region):
        yield {TABLE: account.table.name}
        for index in account.table.indexes:
            if index.is_global:
                yield {TABLE: account.table.name, INDEX: index.name}


def _account(database: Database, region: str, dimensions: Dimensions, allowed: Sets) -> Account | None:
    """The account that dimensions name; None when there is none, or when they are not those of the metric."""
    if dimensions.keys() not in allowed:
        return None
    table = database.catalog.find(region, dimensions[TABLE])
    return None if table is None else database.capacity.accounts.get(table.uuid)


def _counted(
    account: Account,
    arms: list[str],
    operation: str | None,
    start: float,
    end: float,
    value: Callable[[Figures], float],
) -> Minutes:
    first = start // _MINUTE * _MINUTE
    requests = sums.by_minute(account, arms, operation, first, end, lambda figures: figures.requests)
    values = sums.by_minute(account, arms, operation, first, end, value)
    for minute in values:
        if requests[minute] or values[minute]:
            yield minute, even(values[minute], requests[minute] or 1)


def _throughout(database: Database, start: float, end: float, value: float) -> Minutes:
    """The same value in every minute up to the present."""
    minute = start // _MINUTE * _MINUTE
    while minute < min(end, database.clock.now()):
        yield minute, even(value)
        minute += _MINUTE
