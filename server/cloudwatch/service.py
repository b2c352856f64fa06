"""CloudWatch's operations on the same port: those about the metrics of `AWS/DynamoDB`, and the reports of
contributor insights (`insights.py`).

The data points come from the capacity counters: one-minute sums, kept for a day, put together to whatever
period is asked for. `metrics.py` says which metrics there are, `expressions.py` does the arithmetic between
them. A metric without data has no points, as at CloudWatch.

Members are as in JSON 1.0, which boto3 speaks; `protocols.py` translates from the others. Except for
latencies single requests are not kept: `Minimum` and `Maximum` are those of the minutes' averages per
request, and percentiles there are none.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from dynalite.database import Database
from dynalite.model.walker import validate
from dynalite.operations import paging
from dynalite.values.types import Answer
from server.cloudwatch import complaints, insights, samples
from server.cloudwatch.complaints import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    MissingRequiredParameterException,
)
from server.cloudwatch.expressions import ExpressionError, Series, Value, evaluate
from server.cloudwatch.metrics import METRICS, Dimensions
from server.cloudwatch.samples import STATISTICS, Sample
from server.cloudwatch.shapes import SHAPES

NAMESPACE: Final = "AWS/DynamoDB"

_MOST_POINTS = 1440
_METRICS_PER_PAGE = 500

Members: TypeAlias = Mapping[str, Any]


class Service:
    """The operations, by name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def serves(self, operation: str) -> bool:
        return operation in OPERATIONS

    async def execute(self, operation: str, request: Members, region: str) -> Answer:
        validate(SHAPES[operation], request)
        try:
            return OPERATIONS[operation](self, region, request)
        except KeyError as missing:
            raise MissingRequiredParameterException(f"The parameter {missing.args[0]} is required.") from None

    # -------------------------------------------------------------- operations

    def metric_statistics(self, region: str, request: Members) -> Answer:
        plain, extended = request.get("Statistics") or [], request.get("ExtendedStatistics") or []
        wrong = [name for name in plain if name not in STATISTICS]
        wrong += [name for name in extended if name in STATISTICS or not samples.known(name)]
        if wrong or not (plain or extended):
            raise InvalidParameterCombinationException(
                f"At least one of Statistics ({', '.join(STATISTICS)}) or ExtendedStatistics (p0.0 to p100)"
                " must be given, and nothing else."
            )
        start, end, period = request["StartTime"], request["EndTime"], request["Period"]
        if (end - start) / complaints.check_period(period) > _MOST_POINTS:
            raise InvalidParameterCombinationException(
                f"You have requested more than {_MOST_POINTS} datapoints, which exceeds the limit."
            )
        metric = METRICS.get(request["MetricName"])
        points = []
        for at, found in self._samples(region, request, start, end, period).items():
            point: dict[str, Any] = {"Timestamp": at, "Unit": metric.unit if metric else "None"}
            point |= {name: samples.value(name, found) for name in plain}
            percentiles = {name: samples.value(name, found) for name in extended}
            if None in percentiles.values():
                continue
            points.append(point | ({"ExtendedStatistics": percentiles} if extended else {}))
        return {"Label": request["MetricName"], "Datapoints": points}

    def metric_data(self, region: str, request: Members) -> Answer:
        newest_first = request.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        batch = _Batch(self, region, request)
        results = [
            {
                "Id": query["Id"],
                "Label": query.get("Label", _label(query)),
                "Timestamps": (times := sorted(series.points, reverse=newest_first)),
                "Values": [series.points[at] for at in times],
                "StatusCode": "Complete",
            }
            for query in request["MetricDataQueries"]
            for series in batch.result(query)
            if query.get("ReturnData", True)
        ]
        return {"MetricDataResults": results, "Messages": []}

    def list_metrics(self, region: str, request: Members) -> Answer:
        wanted = {one["Name"]: one.get("Value") for one in request.get("Dimensions", ())}
        if request.get("Namespace", NAMESPACE) != NAMESPACE:
            return {"Metrics": []}
        found = [
            {
                "Namespace": NAMESPACE,
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
            }
            for name, dimensions in self._known(region)
            if request.get("MetricName", name) == name
            and all(key in dimensions and value in (None, dimensions[key]) for key, value in wanted.items())
        ]
        wrong = InvalidParameterValueException("The parameter NextToken is not valid.")
        start = paging.start(request.get("NextToken"), wrong)
        shown, more = paging.page(found, start, _METRICS_PER_PAGE)
        return {"Metrics": shown, **more}

    def insight_rules(self, region: str, request: Members) -> Answer:
        return insights.rules(self._database, region, request)

    def insight_rule_report(self, region: str, request: Members) -> Answer:
        return insights.report(self._database, region, request)

    def _known(self, region: str) -> Iterator[tuple[str, Dimensions]]:
        for name, metric in METRICS.items():
            for dimensions in metric.listed(self._database, region):
                yield name, dimensions

    # -------------------------------------------------------------- points

    def series(self, region: str, asked: Members, start: float, end: float) -> Series:
        """What a `MetricStat` asks for."""
        statistic, period = asked["Stat"], complaints.check_period(asked["Period"])
        if not samples.known(statistic):
            raise InvalidParameterValueException(f"The statistic {statistic} is not supported.")
        found = self._samples(region, asked["Metric"], start, end, period)
        values = {at: samples.value(statistic, some) for at, some in found.items()}
        return Series({at: value for at, value in values.items() if value is not None}, period)

    def _samples(
        self, region: str, asked: Members, start: float, end: float, period: int
    ) -> dict[float, list[Sample]]:
        """A metric's minutes by the period that they are in; none for a metric without data."""
        complaints.check_period(period)
        complaints.check_window(start, end)
        metric = METRICS.get(asked["MetricName"])
        dimensions = {one["Name"]: one["Value"] for one in asked.get("Dimensions", ())}
        if asked["Namespace"] != NAMESPACE or metric is None:
            return {}
        found: dict[float, list[Sample]] = {}
        for minute, sample in metric.minutes(self._database, region, dimensions, start, end):
            found.setdefault(minute // period * period, []).append(sample)
        return dict(sorted(found.items()))


class _Batch:
    """The queries of one GetMetricData, which may speak of each other by their ids."""

    def __init__(self, service: Service, region: str, request: Members) -> None:
        self._service = service
        self._region = region
        self._start, self._end = request["StartTime"], request["EndTime"]
        complaints.check_window(self._start, self._end)
        self._queries: dict[str, Members] = {}
        for query in request["MetricDataQueries"]:
            if query["Id"] in self._queries:
                raise InvalidParameterValueException(
                    f"The values for parameter id {query['Id']} are not unique."
                )
            self._queries[query["Id"]] = query
        self._values: dict[str, Value] = {}
        self._open: set[str] = set()

    def result(self, query: Members) -> list[Series]:
        """The series that a query stands for: one, or those of an array."""
        try:
            value = self._value(query["Id"])
        except ExpressionError as error:
            raise InvalidParameterValueException(f"Error in expression '{query['Id']}': {error}") from None
        if isinstance(value, float):
            raise InvalidParameterValueException(
                f"Error in expression '{query['Id']}': the result is a number and must be a time series"
            )
        return value if isinstance(value, list) else [value]

    def _value(self, name: str) -> Value:
        if name not in self._values:
            self._values[name] = self._computed(name)
        return self._values[name]

    def _computed(self, name: str) -> Value:
        query = self._queries.get(name)
        if query is None:
            raise ExpressionError(f"there is no query with the id {name}")
        if "MetricStat" in query:
            return self._service.series(self._region, query["MetricStat"], self._start, self._end)
        if name in self._open:
            raise ExpressionError(f"{name} speaks of itself")
        self._open.add(name)
        value = evaluate(query["Expression"], self._value, self._metrics, (self._start, self._end))
        self._open.discard(name)
        return value

    def _metrics(self, part: str) -> list[Series]:
        """All metrics of the request, or those with `part` in their ids."""
        return [
            self._service.series(self._region, query["MetricStat"], self._start, self._end)
            for name, query in self._queries.items()
            if "MetricStat" in query and part in name
        ]


OPERATIONS: Final[Mapping[str, Callable[[Service, str, Members], Answer]]] = {
    "GetMetricData": Service.metric_data,
    "GetMetricStatistics": Service.metric_statistics,
    "ListMetrics": Service.list_metrics,
    "DescribeInsightRules": Service.insight_rules,
    "GetInsightRuleReport": Service.insight_rule_report,
}


def _label(query: Members) -> str:
    label: str = query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Id"]
    return label
