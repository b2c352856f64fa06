"""CloudWatch in the protocols that other SDKs than boto3 speak: the same answers in every one of them.

botocore knows all three and takes JSON when it may choose; here it may not.
"""

import http.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import botocore.model
import pytest
from botocore.exceptions import ClientError

from server.dax import cbor
from tests.capacity.tables import by_kind, provisioned
from tests.live import LocalServer, local_server
from tests.operations.service import item

START = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
WINDOW = {"StartTime": START, "EndTime": START + timedelta(minutes=10)}
TABLE = [{"Name": "TableName", "Value": "Plain"}]
PROTOCOLS = ("json", "smithy-rpc-v2-cbor", "query")
OTHERS = PROTOCOLS[1:]
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=any/20300101/us-east-1/monitoring/aws4_request,"
    " SignedHeaders=host, Signature=any",
    "X-Amz-Date": "20300101T120000Z",
}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as running:
        running.clock.freeze()
        running.clock.set(START.timestamp() + 1)
        dynamodb = running.client()
        dynamodb.create_table(**provisioned(5, 7, **by_kind(3, 4)))
        for number in range(3):
            dynamodb.put_item(TableName="Plain", Item=item(id=f"k{number}", kind="x"))
        dynamodb.update_contributor_insights(TableName="Plain", ContributorInsightsAction="ENABLE")
        for key in ("<&>\x00", "b"):
            dynamodb.get_item(TableName="Plain", Key=item(id=key))
        yield running


@pytest.fixture
def speaking(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A client that knows one protocol."""

    def client(protocol: str) -> Any:
        monkeypatch.setattr(botocore.model, "PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (protocol,))
        made = server.client("cloudwatch")
        assert made.meta.service_model.resolved_protocol == protocol
        return made

    return client


def asked(client: Any, operation: str, **request: Any) -> Any:
    """The answer as the client has read it, without what is about the transfer."""
    answer = getattr(client, operation)(**request)
    assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
    return answer


STATISTICS = {
    "Namespace": "AWS/DynamoDB",
    "MetricName": "SuccessfulRequestLatency",
    "Dimensions": [*TABLE, {"Name": "Operation", "Value": "PutItem"}],
    "Period": 60,
    "Statistics": ["Sum", "SampleCount"],
    "ExtendedStatistics": ["p50"],
    **WINDOW,
}
STAT = {
    "Metric": {"Namespace": "AWS/DynamoDB", "MetricName": "ConsumedWriteCapacityUnits", "Dimensions": TABLE},
    "Period": 60,
    "Stat": "Sum",
}
QUERIES = [
    {"Id": "used", "MetricStat": STAT, "ReturnData": False},
    {"Id": "percent", "Expression": "100 * used / PERIOD(used)", "Label": "a < b & c"},
]


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("get_metric_statistics", STATISTICS),
        ("get_metric_data", {"MetricDataQueries": QUERIES, **WINDOW}),
        ("list_metrics", {"Namespace": "AWS/DynamoDB", "Dimensions": TABLE}),
        ("list_metrics", {"Namespace": "AWS/Other"}),
        ("list_metrics", {}),
        ("describe_insight_rules", {"MaxResults": 1}),
    ],
)
def test_all_protocols_answer_the_same(
    speaking: Callable[[str], Any], operation: str, request_: dict[str, Any]
) -> None:
    first, *others = (asked(speaking(protocol), operation, **request_) for protocol in PROTOCOLS)
    assert others == [first, first]
    assert any(first.values()) is (request_ != {"Namespace": "AWS/Other"})


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_reports_of_contributors(server: LocalServer, speaking: Callable[[str], Any], protocol: str) -> None:
    (rule, _) = server.client().describe_contributor_insights(TableName="Plain")[
        "ContributorInsightsRuleList"
    ]
    client = speaking(protocol)
    report = asked(
        client,
        "get_insight_rule_report",
        RuleName=rule,
        Period=60,
        MaxContributorCount=2,
        Metrics=["Sum", "UniqueContributors"],
        **WINDOW,
    )
    points = [{"Timestamp": START, "ApproximateValue": 0.5}]
    unprintable = "\ufffd" if protocol == "query" else "\x00"  # XML has no words for it
    assert report == {
        "KeyLabels": ["id"],
        "AggregationStatistic": "Sum",
        "AggregateValue": 1.0,
        "ApproximateUniqueCount": 2,
        "Contributors": [
            {"Keys": [f"<&>{unprintable}"], "ApproximateAggregateValue": 0.5, "Datapoints": points},
            {"Keys": ["b"], "ApproximateAggregateValue": 0.5, "Datapoints": points},
        ],
        "MetricDatapoints": [{"Timestamp": START, "Sum": 1.0, "UniqueContributors": 2.0}],
    }
    assert isinstance(report["ApproximateUniqueCount"], int)
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.get_insight_rule_report(RuleName="no", Period=60, **WINDOW)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_errors_have_the_codes_of_the_query_protocol_in_all(
    speaking: Callable[[str], Any], protocol: str
) -> None:
    client = speaking(protocol)
    with pytest.raises(client.exceptions.InvalidParameterValueException, match="multiple of 60") as raised:
        client.get_metric_statistics(**STATISTICS | {"Period": 90})
    assert raised.value.response["Error"]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize("protocol", OTHERS)
def test_what_is_not_served_is_said_so(speaking: Callable[[str], Any], protocol: str) -> None:
    with pytest.raises(ClientError, match="UnknownOperation"):
        speaking(protocol).describe_alarms()


def post(server: LocalServer, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    address = urlsplit(server.endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=10)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("POST", path, body, SIGNED | named)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (b"\xff", b"MalformedQueryString"),
        (b"Action=ListMetrics&a=1&a.b=2", b"MalformedQueryString"),
        (b"Action=ListMetrics&" + b"a." * 100 + b"a=1", b"MalformedQueryString"),
        (b"Action=ListMetrics&Dimensions.member.x.Name=a", b"InvalidParameterValue"),
        (b"Action=GetMetricStatistics&Period=x", b"InvalidParameterValue"),
        (b"Action=GetMetricStatistics&StartTime=noon", b"InvalidParameterValue"),
        (b"Action=GetMetricStatistics&Statistics.member.1=Sum", b"MissingParameter"),
        (b"Action=GetMetricStatistics&Statistics=Sum", b"SerializationException"),
        (b"Action=ListMetrics&Dimensions.member.1=a", b"SerializationException"),
        (b"Action=Nothing", b"UnknownOperationException"),
        (urlencode({"Action": "PutItem"}).encode(), b"UnknownOperationException"),
    ],
)
def test_forms_that_make_no_sense(server: LocalServer, form: bytes, code: bytes) -> None:
    status, body = post(server, "/", form, Content_Type="application/x-www-form-urlencoded; charset=utf-8")
    assert status == 400
    assert b"<Type>Sender</Type><Code>%b</Code>" % code in body


@pytest.mark.parametrize("form", [b"", b"{}", b'{"TableName": "Songs"}'])
def test_a_form_without_an_action_is_none(server: LocalServer, form: bytes) -> None:
    """What `curl --data` sends unless it is told otherwise."""
    status, body = post(server, "/", form, Content_Type="application/x-www-form-urlencoded")
    assert (status, body) == (404, b"<UnknownOperationException/>\n")


def window(start: float, end: float) -> bytes:
    times = [
        cbor.write_text(name) + cbor.write_float(at) for name, at in (("StartTime", start), ("EndTime", end))
    ]
    return cbor.write_map([*times, cbor.write_text("MetricDataQueries") + cbor.EMPTY_ARRAY])


@pytest.mark.parametrize(
    ("operation", "body", "code"),
    [
        ("ListMetrics", b"\xff", "SerializationException"),
        ("ListMetrics", b"\xa1", "SerializationException"),
        ("ListMetrics", cbor.write_text("text"), "SerializationException"),
        ("ListMetrics", cbor.write_map([]) + b"\x00", "SerializationException"),
        ("GetMetricStatistics", cbor.write_map([]), "InvalidParameterCombinationException"),
        ("GetMetricData", window(float("nan"), 1.0), "InvalidParameterValueException"),
        ("GetMetricData", window(1.0, float("inf")), "InvalidParameterValueException"),
        ("Nothing", cbor.write_map([]), "UnknownOperationException"),
        ("ListMetrics/and/more", b"", "UnknownOperationException"),
    ],
)
def test_cbor_that_makes_no_sense(server: LocalServer, operation: str, body: bytes, code: str) -> None:
    path = f"/service/GraniteServiceVersion20100801/operation/{operation}"
    headers = {"Content_Type": "application/cbor", "smithy_protocol": "rpc-v2-cbor"}
    status, answered = post(server, path, body, **headers)
    members, end = cbor.read(answered, 0)
    assert (status, end) == (400, len(answered))
    assert isinstance(members, dict)
    assert str(members["__type"]).rpartition("#")[2] == code


def test_a_list_of_nothing_needs_no_body(server: LocalServer) -> None:
    headers = {"Content_Type": "application/cbor", "smithy_protocol": "rpc-v2-cbor"}
    path = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
    status, answered = post(server, path, b"", **headers)
    assert status == 200
    assert cbor.read(answered, 0)[1] == len(answered)
