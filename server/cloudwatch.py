"""CloudWatch's GetMetricData, GetMetricStatistics and ListMetrics for `AWS/DynamoDB`, on the same port.

The data points come from the capacity counters: one-minute sums, kept for a day, put together to whatever
period is asked for. What DynamoDB publishes and nobody here counts (latencies, replication) has no points, as
a metric without data has none at CloudWatch.

The protocol is JSON 1.0, which boto3 speaks; of CloudWatch's others (CBOR, query) none is understood. Metric
math and percentiles are refused. `Minimum` and `Maximum` are those of the minutes' averages per request, for
single requests are not kept. Source: the developer guide, "DynamoDB Metrics and dimensions".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dynalite.capacity import sums
from dynalite.capacity.account import Account
from dynalite.capacity.figures import Figures
from dynalite.catalog.schema import Throughput
from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.values.types import Answer

API: Final = "GraniteServiceVersion20100801"
NAMESPACE: Final = "AWS/DynamoDB"

_STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_MOST_POINTS = 1440
_MINUTE = 60


class CloudWatchError(ServiceError):
    namespace = "com.amazonaws.cloudwatch.v2010_08_01"


class InvalidParameterValueException(CloudWatchError): ...


class InvalidParameterCombinationException(CloudWatchError): ...


class MissingRequiredParameterException(CloudWatchError): ...


@dataclass(frozen=True, slots=True)
class Point:
    """What a metric was in one minute: a sum over so many samples."""

    total: float
    samples: float


Counted = Callable[[Figures], float]


@dataclass(frozen=True, slots=True)
class Metric:
    """How a metric is found: counted in the figures, or read off what is provisioned.

    `by_operation` metrics have the dimension `Operation`, the others may have `GlobalSecondaryIndexName`.
    """

    counted: Counted | None = None
    provisioned: Callable[[Throughput], float] | None = None
    by_operation: bool = False


METRICS: Final[Mapping[str, Metric]] = {
    "ConsumedReadCapacityUnits": Metric(lambda figures: figures.read_units),
    "ConsumedWriteCapacityUnits": Metric(lambda figures: figures.write_units),
    "ReadThrottleEvents": Metric(lambda figures: figures.read_throttles),
    "WriteThrottleEvents": Metric(lambda figures: figures.write_throttles),
    "ConditionalCheckFailedRequests": Metric(lambda figures: figures.condition_failures),
    "ThrottledRequests": Metric(lambda figures: figures.throttled_requests, by_operation=True),
    "ReturnedItemCount": Metric(lambda figures: figures.returned, by_operation=True),
    "ProvisionedReadCapacityUnits": Metric(provisioned=lambda throughput: throughput.read_units),
    "ProvisionedWriteCapacityUnits": Metric(provisioned=lambda throughput: throughput.write_units),
}


class CloudWatch:
    """The service, as the dispatcher sees it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._operations: Mapping[str, Callable[[str, Mapping[str, Any]], Answer]] = {
            "GetMetricData": self._metric_data,
            "GetMetricStatistics": self._metric_statistics,
            "ListMetrics": self._list_metrics,
        }

    def serves(self, api: str, operation: str) -> bool:
        return api == API and operation in self._operations

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        assert isinstance(request, dict)  # the dispatcher passes nothing else on
        try:
            return self._operations[operation](caller.region, request)
        except KeyError as missing:
            raise MissingRequiredParameterException(f"The parameter {missing.args[0]} is required.") from None

    # -------------------------------------------------------------- operations

    def _metric_statistics(self, region: str, request: Mapping[str, Any]) -> Answer:
        statistics = request.get("Statistics") or []
        if not statistics or any(name not in _STATISTICS for name in statistics):
            raise InvalidParameterCombinationException(
                f"At least one of Statistics must be given, out of {', '.join(_STATISTICS)}."
            )
        start, end, period = request["StartTime"], request["EndTime"], request["Period"]
        if (end - start) / _period(period) > _MOST_POINTS:
            raise InvalidParameterCombinationException(
                f"You have requested more than {_MOST_POINTS} datapoints, which exceeds the limit."
            )
        found = self._points(region, request, start, end, period)
        return {
            "Label": request["MetricName"],
            "Datapoints": [
                {
                    "Timestamp": at,
                    "Unit": "Count",
                    **{name: _statistic(name, points) for name in statistics},
                }
                for at, points in found.items()
            ],
        }

    def _metric_data(self, region: str, request: Mapping[str, Any]) -> Answer:
        start, end = request["StartTime"], request["EndTime"]
        newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        results = []
        for query in request["MetricDataQueries"]:
            if "MetricStat" not in query:
                raise InvalidParameterValueException("Metric math is not supported by this server.")
            asked = query["MetricStat"]
            if asked["Stat"] not in _STATISTICS:
                raise InvalidParameterValueException(f"The statistic {asked['Stat']} is not supported.")
            found = self._points(region, asked["Metric"], start, end, asked["Period"])
            if query.get("ReturnData", True):
                times = sorted(found, reverse=newest_first)
                results.append(
                    {
                        "Id": query["Id"],
                        "Label": query.get("Label", asked["Metric"]["MetricName"]),
                        "Timestamps": times,
                        "Values": [_statistic(asked["Stat"], found[at]) for at in times],
                        "StatusCode": "Complete",
                    }
                )
        return {"MetricDataResults": results, "Messages": []}

    def _list_metrics(self, region: str, request: Mapping[str, Any]) -> Answer:
        wanted = {one["Name"]: one.get("Value") for one in request.get("Dimensions", ())}
        if request.get("Namespace", NAMESPACE) != NAMESPACE:
            return {"Metrics": []}
        return {
            "Metrics": [
                {
                    "Namespace": NAMESPACE,
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                }
                for name, dimensions in self._known(region)
                if request.get("MetricName", name) == name
                and all(
                    key in dimensions and value in (None, dimensions[key]) for key, value in wanted.items()
                )
            ]
        }

    def _known(self, region: str) -> Iterator[tuple[str, dict[str, str]]]:
        for table in self._database.capacity.accounts.values():
            if table.table.region != region:
                continue
            owner = {"TableName": table.table.name}
            indexes = [
                {**owner, "GlobalSecondaryIndexName": index.name}
                for index in table.table.indexes
                if index.is_global
            ]
            for name, metric in METRICS.items():
                if metric.by_operation:
                    yield from ((name, {**owner, "Operation": one}) for one in sums.operations(table))
                else:
                    yield name, owner
                    yield from ((name, dimensions) for dimensions in indexes)

    # -------------------------------------------------------------- points

    def _points(
        self, region: str, asked: Mapping[str, Any], start: float, end: float, period: int
    ) -> dict[float, list[Point]]:
        """A metric's minutes by the period that they are in; none for a metric without data."""
        _period(period)
        if start >= end:
            raise InvalidParameterValueException("The parameter StartTime must be less than EndTime.")
        metric = METRICS.get(asked["MetricName"])
        dimensions = {one["Name"]: one["Value"] for one in asked.get("Dimensions", ())}
        account = self._account(region, dimensions.pop("TableName", None))
        if asked["Namespace"] != NAMESPACE or metric is None or account is None:
            return {}
        found: dict[float, list[Point]] = {}
        for minute, point in self._minutes(metric, account, dimensions, start, end):
            found.setdefault(minute // period * period, []).append(point)
        return dict(sorted(found.items()))

    def _account(self, region: str, name: str | None) -> Account | None:
        table = None if name is None else self._database.catalog.find(region, name)
        return None if table is None else self._database.capacity.accounts.get(table.uuid)

    def _minutes(
        self, metric: Metric, account: Account, dimensions: Mapping[str, str], start: float, end: float
    ) -> Iterator[tuple[float, Point]]:
        index, operation = dimensions.get("GlobalSecondaryIndexName"), dimensions.get("Operation")
        if metric.by_operation != (operation is not None):
            return
        if metric.provisioned is not None:
            owner = account.table if index is None else account.table.index(index)
            first = max(start, account.provisioned_since) // _MINUTE * _MINUTE
            last = min(end, self._database.clock.now())
            while owner is not None and first < last:
                yield first, Point(metric.provisioned(owner.throughput), 1)
                first += _MINUTE
        if metric.counted is not None:
            arms = sums.own(account) if index is None else [index]
            if metric.by_operation:
                arms = sums.all_of(account)
            first = start // _MINUTE * _MINUTE
            samples = sums.by_minute(account, arms, operation, first, end, lambda figures: figures.requests)
            values = sums.by_minute(account, arms, operation, first, end, metric.counted)
            yield from (
                (at, Point(values[at], samples[at] or 1)) for at in values if samples[at] or values[at]
            )


def _period(period: object) -> int:
    if not isinstance(period, int) or period < _MINUTE or period % _MINUTE:
        raise InvalidParameterValueException("The parameter Period must be a multiple of 60.")
    return period


def _statistic(name: str, points: Sequence[Point]) -> float:
    total = sum(point.total for point in points)
    samples = sum(point.samples for point in points)
    averages = [point.total / point.samples for point in points]
    values = {
        "SampleCount": samples,
        "Average": total / samples,
        "Sum": total,
        "Minimum": min(averages),
        "Maximum": max(averages),
    }
    return values[name]
