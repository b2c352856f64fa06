"""CloudWatch's API as boto3 speaks it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

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
    """Data points by their minutes after noon."""
    answer = server.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/DynamoDB",
        MetricName=metric,
        Dimensions=[
            {"Name": name, "Value": value} for name, value in {"TableName": "Plain", **dimensions}.items()
        ],
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
    on_index = {"GlobalSecondaryIndexName": "by-kind"}
    assert statistics(server, "ConsumedReadCapacityUnits", **on_index)[2]["Sum"] == 0.5
    assert statistics(server, "ProvisionedWriteCapacityUnits", **on_index)[0]["Average"] == 4
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
    with pytest.raises(ClientError, match="Metric math"):
        client.get_metric_data(MetricDataQueries=[{"Id": "e", "Expression": "a + b"}], **window)


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
    assert statistics(server, "SuccessfulRequestLatency", Operation="PutItem") == {}
    with pytest.raises(ClientError, match="multiple of 60"):
        statistics(server, "ConsumedWriteCapacityUnits", period=90)
