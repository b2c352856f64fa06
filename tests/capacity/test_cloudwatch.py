"""CloudWatch's API as boto3 speaks it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from dynalite.database import Caller
from dynalite.errors import SerializationException
from server.cloudwatch import CloudWatch
from tests.capacity.tables import by_kind, provisioned
from tests.live import LocalServer, local_server
from tests.operations.service import item

START = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    """Writes at 12:00 and 12:02, and a read of the index at 12:02."""
    with local_server() as running:
        running.clock.freeze()
        running.clock.set(START.timestamp())
        dynamodb = running.client()
        dynamodb.create_table(**provisioned(5, 7, **by_kind(3, 4)))
        for minute, writes in ((0, 3), (2, 5)):
            running.clock.set((START + timedelta(minutes=minute)).timestamp() + 1)
            for number in range(writes):
                dynamodb.put_item(TableName="Plain", Item=item(id=f"k{number}", kind="x"))
        dynamodb.scan(TableName="Plain", IndexName="by-kind")
        yield running


def statistics(
    server: LocalServer, metric: str, period: int = 60, **dimensions: str
) -> dict[int, dict[str, Any]]:
    """Data points by their minutes after noon. A dimension without a value is left out."""
    named = {"TableName": "Plain", **dimensions}
    answer = server.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in named.items() if value],
        StartTime=START,
        EndTime=START + timedelta(minutes=10),
        Period=period,
        Statistics=["Sum", "SampleCount", "Average"],
    )
    return {
        int((point.pop("Timestamp") - START).total_seconds() / 60): point for point in answer["Datapoints"]
    }


def test_consumed_units_by_the_minute(server: LocalServer) -> None:
    points = statistics(server, "ConsumedWriteCapacityUnits")
    assert {minute: (point["Sum"], point["SampleCount"]) for minute, point in points.items()} == {
        0: (3, 3),
        2: (5, 5),
    }
    assert points[0]["Average"] == 1
    assert points[0]["Unit"] == "Count"


def test_longer_periods_are_sums_of_minutes(server: LocalServer) -> None:
    points = statistics(server, "ConsumedWriteCapacityUnits", period=300)
    assert {minute: point["Sum"] for minute, point in points.items()} == {0: 8}


def test_an_index_has_metrics_of_its_own(server: LocalServer) -> None:
    index = "by-kind"
    assert statistics(server, "ConsumedReadCapacityUnits", GlobalSecondaryIndexName=index)[2]["Sum"] == 0.5
    provisioned = statistics(server, "ProvisionedWriteCapacityUnits", GlobalSecondaryIndexName=index)
    assert provisioned[0]["Average"] == 4
    assert statistics(server, "ProvisionedWriteCapacityUnits")[0]["Average"] == 7


def test_metrics_by_operation(server: LocalServer) -> None:
    assert statistics(server, "ReturnedItemCount", Operation="Scan")[2]["Sum"] == 5
    assert statistics(server, "ReturnedItemCount", Operation="Query") == {}


def test_metric_data_comes_newest_first_unless_asked_otherwise(server: LocalServer) -> None:
    query = {
        "Id": "writes",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/DynamoDB",
                "MetricName": "ConsumedWriteCapacityUnits",
                "Dimensions": [{"Name": "TableName", "Value": "Plain"}],
            },
            "Period": 60,
            "Stat": "Sum",
        },
    }
    window = {"StartTime": START, "EndTime": START + timedelta(minutes=10)}
    client = server.client("cloudwatch")
    for order, expected in ({}, [5, 3]), ({"ScanBy": "TimestampAscending"}, [3, 5]):
        (result,) = client.get_metric_data(MetricDataQueries=[query], **window, **order)["MetricDataResults"]
        assert (result["Id"], result["StatusCode"], result["Values"]) == ("writes", "Complete", expected)


def data(server: LocalServer, *queries: dict[str, Any]) -> dict[str, list[float]]:
    """The values that GetMetricData has for queries, oldest first, by the query's id."""
    answer = server.client("cloudwatch").get_metric_data(
        MetricDataQueries=list(queries),
        StartTime=START,
        EndTime=START + timedelta(minutes=10),
        ScanBy="TimestampAscending",
    )
    return {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}


def stat(name: str, metric: str, statistic: str = "Sum", **dimensions: str) -> dict[str, Any]:
    """A query for a metric of the table, which is not answered itself."""
    named = {"TableName": "Plain", **dimensions}
    return {
        "Id": name,
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/DynamoDB",
                "MetricName": metric,
                "Dimensions": [{"Name": key, "Value": value} for key, value in named.items()],
            },
            "Period": 60,
            "Stat": statistic,
        },
    }


def test_metric_math_between_the_queries_of_a_request(server: LocalServer) -> None:
    queries = [
        stat("used", "ConsumedWriteCapacityUnits"),
        stat("had", "ProvisionedWriteCapacityUnits", "Average"),
        {"Id": "percent", "Expression": "100 * (used / PERIOD(used)) / had", "Label": "utilization"},
        {"Id": "filled", "Expression": "FILL(percent, 0)"},
    ]
    expected = [100 * 3 / 60 / 7, 100 * 5 / 60 / 7]
    found = data(server, *queries)
    assert found.keys() == {"percent", "filled"}
    assert found["percent"] == pytest.approx(expected)
    assert found["filled"] == pytest.approx([expected[0], 0, expected[1], *[0] * 7])


@pytest.mark.parametrize(
    ("expression", "complaint"),
    [
        ("a + b", "Error in expression 'e': there is no query with the id a"),
        ("e + 1", "Error in expression 'e': e speaks of itself"),
        ("1 + 1", "the result is a number"),
    ],
)
def test_expressions_that_cannot_be_computed(server: LocalServer, expression: str, complaint: str) -> None:
    with pytest.raises(ClientError, match=complaint):
        data(server, {"Id": "e", "Expression": expression})


@pytest.mark.parametrize(
    ("operation", "member", "given"),
    [
        ("GetMetricStatistics", "StartTime", "noon"),
        ("GetMetricStatistics", "Period", "60"),
        ("GetMetricStatistics", "Statistics", "Sum"),
        ("GetMetricData", "MetricDataQueries", [1]),
        ("GetMetricData", "MetricDataQueries", [{"Id": "a", "MetricStat": []}]),
        ("ListMetrics", "Dimensions", {"Name": "TableName"}),
    ],
)
def test_members_of_a_wrong_type_are_the_requests_mistake(
    server: LocalServer, operation: str, member: str, given: object
) -> None:
    execute = CloudWatch(server.app.database).execute(operation, {member: given}, Caller())
    with pytest.raises(SerializationException):
        execute.send(None)


def test_ids_are_given_once(server: LocalServer) -> None:
    twice = stat("a", "ConsumedReadCapacityUnits")
    with pytest.raises(ClientError, match="not unique"):
        data(server, twice, twice)


def test_latencies_have_percentiles(server: LocalServer) -> None:
    (answer,) = server.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName="SuccessfulRequestLatency",
        Dimensions=[{"Name": "TableName", "Value": "Plain"}, {"Name": "Operation", "Value": "PutItem"}],
        StartTime=START,
        EndTime=START + timedelta(minutes=10),
        Period=600,
        Statistics=["SampleCount", "Average", "Minimum", "Maximum"],
        ExtendedStatistics=["p50", "p99.9"],
    )["Datapoints"]
    assert answer["Unit"] == "Milliseconds"
    assert answer["SampleCount"] == 8
    percentiles = answer["ExtendedStatistics"]
    assert 0 < answer["Minimum"] <= percentiles["p50"] <= percentiles["p99.9"] <= answer["Maximum"]
    assert answer["Minimum"] <= answer["Average"] <= answer["Maximum"]
    in_data = stat("p", "SuccessfulRequestLatency", "p100", Operation="PutItem") | {"ReturnData": True}
    assert max(data(server, in_data)["p"]) == answer["Maximum"]


def test_what_has_no_single_samples_has_no_percentiles(server: LocalServer) -> None:
    assert data(server, stat("p", "ConsumedWriteCapacityUnits", "p99") | {"ReturnData": True}) == {"p": []}
    with pytest.raises(ClientError, match="p101 is not supported"):
        data(server, stat("p", "ConsumedWriteCapacityUnits", "p101"))


def test_the_accounts_limits_and_how_much_of_them_is_used(server: LocalServer) -> None:
    def of_account(metric: str) -> float:
        points = statistics(server, metric, TableName="")
        values = {point["Average"] for point in points.values()}
        (only,) = values
        value: float = only
        return value

    assert of_account("AccountMaxReads") == 80_000
    assert of_account("AccountMaxTableLevelWrites") == 40_000
    assert of_account("AccountProvisionedReadCapacityUtilization") == 100 * 8 / 80_000
    assert of_account("MaxProvisionedTableWriteCapacityUtilization") == 100 * 7 / 40_000


def test_metrics_are_listed_with_their_dimensions(server: LocalServer) -> None:
    listed = server.client("cloudwatch").list_metrics(
        Namespace="AWS/DynamoDB", MetricName="ReadThrottleEvents"
    )["Metrics"]
    table = {"Name": "TableName", "Value": "Plain"}
    assert [metric["Dimensions"] for metric in listed] == [
        [table],
        [table, {"Name": "GlobalSecondaryIndexName", "Value": "by-kind"}],
    ]


def test_what_does_not_exist_has_no_points(server: LocalServer) -> None:
    assert statistics(server, "ConsumedWriteCapacityUnits", TableName="Other") == {}
    assert statistics(server, "SuccessfulRequestLatency") == {}
    assert statistics(server, "SuccessfulRequestLatency", Operation="UpdateItem") == {}
    assert statistics(server, "ConsumedWriteCapacityUnits", Operation="PutItem") == {}
    with pytest.raises(ClientError, match="multiple of 60"):
        statistics(server, "ConsumedWriteCapacityUnits", period=90)
