"""Contributor insights as CloudWatch reports them, through boto3, on a clock that stands still."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from dynalite.settings import Settings
from dynalite.values.types import Request
from tests.capacity.tables import by_kind, provisioned
from tests.live import LocalServer, local_server
from tests.operations.service import THINGS, item

START = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
ONCE = Config(retries={"total_max_attempts": 1})
UNCHECKED = Config(parameter_validation=False)


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with local_server() as running:
        running.clock.freeze()
        running.clock.set(START.timestamp())
        yield running


@pytest.fixture
def enforcing() -> Iterator[LocalServer]:
    with local_server(Settings(enforce_capacity=True)) as running:
        running.clock.freeze()
        running.clock.set(START.timestamp())
        yield running


def enable(server: LocalServer, table: str, index: str = "", mode: str = "") -> dict[str, str]:
    """Enable insights. Returns the names of the rules, by their kind."""
    client = server.client()
    resource = {"TableName": table} | ({"IndexName": index} if index else {})
    asked = {"ContributorInsightsMode": mode} if mode else {}
    client.update_contributor_insights(ContributorInsightsAction="ENABLE", **resource, **asked)
    names = client.describe_contributor_insights(**resource)["ContributorInsightsRuleList"]
    return {name.split("-")[1]: name for name in names}


def report(server: LocalServer, rule: str, **members: Any) -> Any:
    request = {"StartTime": START, "EndTime": START + timedelta(hours=1), "Period": 60} | members
    return server.client("cloudwatch").get_insight_rule_report(RuleName=rule, **request)


def used(server: LocalServer, rule: str, **members: Any) -> dict[str, float]:
    """What each contributor has used, the largest first; the values of a key joined by a slash."""
    contributors = report(server, rule, **members)["Contributors"]
    return {"/".join(one["Keys"]): one["ApproximateAggregateValue"] for one in contributors}


def at(server: LocalServer, minutes: float) -> None:
    server.clock.set((START + timedelta(minutes=minutes)).timestamp())


# ------------------------------------------------------------------ what is counted


def test_a_write_unit_counts_for_three_and_a_read_unit_for_one(server: LocalServer) -> None:
    client = server.client()
    client.create_table(**THINGS)
    rules = enable(server, "Things")
    client.put_item(TableName="Things", Item=item(pk="a", sk=1))
    client.put_item(TableName="Things", Item=item(pk="a", sk=2))
    client.get_item(TableName="Things", Key=item(pk="b", sk=1), ConsistentRead=True)
    client.batch_get_item(RequestItems={"Things": {"Keys": [item(pk="b", sk=1), item(pk="b", sk=2)]}})
    assert report(server, rules["PKC"])["KeyLabels"] == ["pk"]
    assert report(server, rules["SKC"])["KeyLabels"] == ["pk", "sk"]
    assert used(server, rules["PKC"]) == {"a": 6, "b": 2}
    assert used(server, rules["SKC"]) == {"a/1": 3, "a/2": 3, "b/1": 1.5, "b/2": 0.5}
    assert used(server, rules["PKT"]) == used(server, rules["SKT"]) == {}


def test_a_query_counts_once_for_its_partition_and_a_scan_for_none(server: LocalServer) -> None:
    client = server.client()
    client.create_table(**THINGS)
    for number in range(3):
        client.put_item(TableName="Things", Item=item(pk="a", sk=number))
    rules = enable(server, "Things")
    for key in ("a", "nobody"):
        client.query(
            TableName="Things",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": key}},
            ConsistentRead=True,
        )
    client.scan(TableName="Things")
    assert used(server, rules["PKC"]) == {"a": 1, "nobody": 1}
    assert report(server, rules["PKC"], Metrics=["SampleCount"])["MetricDatapoints"][0]["SampleCount"] == 2
    assert used(server, rules["SKC"]) == {}


def test_transactions_and_batches_count_for_every_item_and_statements_for_none(server: LocalServer) -> None:
    client = server.client()
    client.create_table(**THINGS)
    rules = enable(server, "Things")
    client.transact_write_items(
        TransactItems=[{"Put": {"TableName": "Things", "Item": item(pk=key, sk=1)}} for key in "ab"]
    )
    client.transact_get_items(TransactItems=[{"Get": {"TableName": "Things", "Key": item(pk="a", sk=1)}}])
    client.batch_write_item(RequestItems={"Things": [{"PutRequest": {"Item": item(pk="a", sk=2)}}]})
    client.execute_statement(Statement="SELECT * FROM Things WHERE pk = 'a'")
    client.execute_statement(Statement="INSERT INTO Things VALUE {'pk': 'c', 'sk': 1}")
    assert used(server, rules["PKC"]) == {"a": 6 + 2 + 3, "b": 6}


def test_an_index_counts_by_its_own_key(server: LocalServer) -> None:
    client = server.client()
    client.create_table(**THINGS)
    rules = enable(server, "Things", "by-size")
    assert enable(server, "Things", "by-kind").keys() == {"PKC", "PKT"}  # it has no sort key

    def write(*operations: tuple[str, dict[str, Any]]) -> dict[str, float]:
        before = used(server, rules["SKC"])
        for operation, members in operations:
            getattr(client, operation)(TableName="Things", **members)
        after = used(server, rules["SKC"])
        return {key: units - before.get(key, 0) for key, units in after.items() if units != before.get(key)}

    key = {"Key": item(pk="a", sk=1)}
    assert write(("put_item", {"Item": item(pk="a", sk=1)})) == {}  # it is not in the index
    assert write(("put_item", {"Item": item(pk="a", sk=1, kind="x", size=5)})) == {"x/5": 3}
    resized = {
        "UpdateExpression": "SET #s = :s",
        "ExpressionAttributeNames": {"#s": "size"},
        "ExpressionAttributeValues": {":s": {"N": "7"}},
    }
    assert write(("update_item", {**key, **resized})) == {"x/7": 6}  # left one place, came to another
    assert write(("delete_item", key)) == {"x/7": 3}
    client.query(
        TableName="Things",
        IndexName="by-size",
        KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "x"}},
    )
    assert used(server, rules["PKC"]) == {"x": 12.5}


def test_an_index_counts_batches_and_transactions_too(server: LocalServer) -> None:
    client = server.client()
    client.create_table(**THINGS)
    rules = enable(server, "Things", "by-kind")
    client.batch_write_item(RequestItems={"Things": [{"PutRequest": {"Item": item(pk="a", sk=1, kind="x")}}]})
    put = {"TableName": "Things", "Item": item(pk="a", sk=2, kind="y")}
    client.transact_write_items(TransactItems=[{"Put": put}])
    assert used(server, rules["PKC"]).keys() == {"x", "y"}


def test_the_refused_are_counted_by_key(enforcing: LocalServer) -> None:
    client = enforcing.client(config=ONCE)
    client.create_table(**provisioned(1, 1))
    rules = enable(enforcing, "Plain", mode="THROTTLED_KEYS")
    assert rules.keys() == {"PKT"}
    calls: dict[str, Request] = {
        "put_item": {"Item": item(id="w")},
        "get_item": {"Key": item(id="r"), "ConsistentRead": True},
    }
    passed = 0
    for operation, members in calls.items():
        for _ in range(303):
            try:
                getattr(client, operation)(TableName="Plain", **members)
                passed += 1
            except client.exceptions.ProvisionedThroughputExceededException:
                pass
    assert passed == 600  # five minutes' worth of each
    assert used(enforcing, rules["PKT"]) == {"r": 3, "w": 3}
    found = report(enforcing, rules["PKT"])
    assert (found["AggregationStatistic"], found["AggregateValue"]) == ("Count", 6)
    asked = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "q"}}}
    with pytest.raises(ClientError):
        client.query(TableName="Plain", **asked)
    with pytest.raises(ClientError):
        client.batch_get_item(RequestItems={"Plain": {"Keys": [item(id="q")]}})
    with pytest.raises(ClientError):
        client.transact_get_items(TransactItems=[{"Get": {"TableName": "Plain", "Key": item(id="t")}}])
    with pytest.raises(ClientError):
        client.transact_write_items(TransactItems=[{"Put": {"TableName": "Plain", "Item": item(id="t")}}])
    assert used(enforcing, rules["PKT"]) == {"r": 3, "w": 3, "q": 2, "t": 2}


def test_a_write_that_an_index_refuses_is_counted_nowhere(enforcing: LocalServer) -> None:
    client = enforcing.client(config=ONCE)
    client.create_table(**provisioned(1, 1000, **by_kind(1, 1)))
    rules = [enable(enforcing, "Plain"), enable(enforcing, "Plain", "by-kind")]
    for number in range(300):
        client.put_item(TableName="Plain", Item=item(id=str(number), kind="x"))
    with pytest.raises(ClientError, match="secondary indexes"):
        client.put_item(TableName="Plain", Item=item(id="one more", kind="x"))
    assert [used(enforcing, one["PKT"]) for one in rules] == [{}, {}]
    assert used(enforcing, rules[1]["PKC"]) == {"x": 3 * 300}


# ------------------------------------------------------------------ what a report says


@pytest.fixture
def traffic(server: LocalServer) -> dict[str, str]:
    """In the minute 0: a 2 and b 0.5; in the minute 1: b 4 times 0.5; in the minute 6: c 0.5."""
    client = server.client()
    client.create_table(**provisioned(1, 1))
    rules = enable(server, "Plain")

    def read(key: str, *, times: int = 1, consistent: bool = False) -> None:
        for _ in range(times):
            client.get_item(TableName="Plain", Key=item(id=key), ConsistentRead=consistent)

    read("a", times=2, consistent=True)
    read("b")
    at(server, 1.5)
    read("b", times=4)
    at(server, 6)
    read("c")
    return rules


def points(values: dict[int, float]) -> list[dict[str, Any]]:
    return [
        {"Timestamp": START + timedelta(minutes=minute), "ApproximateValue": value}
        for minute, value in values.items()
    ]


def test_contributors_with_their_minutes(server: LocalServer, traffic: dict[str, str]) -> None:
    found = report(server, traffic["PKC"])
    assert found["AggregateValue"] == 5
    assert found["ApproximateUniqueCount"] == 3
    assert found["Contributors"] == [
        {"Keys": ["b"], "ApproximateAggregateValue": 2.5, "Datapoints": points({0: 0.5, 1: 2})},
        {"Keys": ["a"], "ApproximateAggregateValue": 2, "Datapoints": points({0: 2})},
        {"Keys": ["c"], "ApproximateAggregateValue": 0.5, "Datapoints": points({6: 0.5})},
    ]
    assert "MetricDatapoints" not in found  # nobody asked for them


def test_longer_periods_put_minutes_together(server: LocalServer, traffic: dict[str, str]) -> None:
    first, *_ = report(server, traffic["PKC"], Period=300)["Contributors"]
    assert first["Datapoints"] == points({0: 2.5})


def test_the_window_begins_with_a_minute_and_ends_before_one(
    server: LocalServer, traffic: dict[str, str]
) -> None:
    window = {"StartTime": START + timedelta(seconds=90), "EndTime": START + timedelta(minutes=6)}
    assert used(server, traffic["PKC"], **window) == {"b": 2}


def test_only_the_first_contributors_are_told(server: LocalServer, traffic: dict[str, str]) -> None:
    found = report(server, traffic["PKC"], MaxContributorCount=1)
    assert [one["Keys"] for one in found["Contributors"]] == [["b"]]
    assert (found["AggregateValue"], found["ApproximateUniqueCount"]) == (5, 3)


def test_contributors_are_ranked_by_their_sums_or_by_their_largest_request(
    server: LocalServer, traffic: dict[str, str]
) -> None:
    assert list(used(server, traffic["PKC"], OrderBy="Sum")) == ["b", "a", "c"]
    assert list(used(server, traffic["PKC"], OrderBy="Maximum")) == ["a", "b", "c"]


def test_every_metric_of_a_period(server: LocalServer, traffic: dict[str, str]) -> None:
    every = [
        "UniqueContributors",
        "MaxContributorValue",
        "SampleCount",
        "Sum",
        "Minimum",
        "Maximum",
        "Average",
    ]
    first, second = report(server, traffic["PKC"], Period=300, Metrics=every)["MetricDatapoints"]
    assert first == {
        "Timestamp": START,
        "UniqueContributors": 2,
        "MaxContributorValue": 2.5,
        "SampleCount": 7,
        "Sum": 4.5,
        "Minimum": 0.5,
        "Maximum": 1,
        "Average": 4.5 / 7,
    }
    assert second["Timestamp"] == START + timedelta(minutes=5)
    assert (second["Sum"], second["UniqueContributors"]) == (0.5, 1)


# ------------------------------------------------------------------ which rules there are


def test_nothing_is_counted_before_insights_are_on_or_after_they_are_off(server: LocalServer) -> None:
    client = server.client()
    client.create_table(**provisioned(1, 1))
    client.put_item(TableName="Plain", Item=item(id="before"))
    rules = enable(server, "Plain")
    assert used(server, rules["PKC"]) == {}
    client.put_item(TableName="Plain", Item=item(id="while"))
    assert used(server, rules["PKC"]) == {"while": 3}
    client.update_contributor_insights(TableName="Plain", ContributorInsightsAction="DISABLE")
    with pytest.raises(server.client("cloudwatch").exceptions.ResourceNotFoundException):
        report(server, rules["PKC"])
    client.put_item(TableName="Plain", Item=item(id="after"))
    at(server, 1)
    again = enable(server, "Plain")
    assert again["PKC"] != rules["PKC"]  # a rule is called after when it was made
    assert used(server, again["PKC"]) == {}
    client.put_item(TableName="Plain", Item=item(id="again"))
    assert used(server, again["PKC"]) == {"again": 3}


def test_a_change_of_the_mode_keeps_the_rules_of_both(enforcing: LocalServer) -> None:
    client = enforcing.client(config=ONCE)
    client.create_table(**provisioned(1, 1))
    rules = enable(enforcing, "Plain", mode="THROTTLED_KEYS")
    for _ in range(300):
        client.put_item(TableName="Plain", Item=item(id="a"))
    with pytest.raises(ClientError, match="provisioned throughput"):
        client.put_item(TableName="Plain", Item=item(id="a"))
    at(enforcing, 10)
    both = enable(enforcing, "Plain")
    assert both["PKT"] == rules["PKT"]
    client.put_item(TableName="Plain", Item=item(id="b"))
    assert used(enforcing, both["PKC"]) == {"b": 3}
    assert used(enforcing, both["PKT"]) == {"a": 1}
    assert enable(enforcing, "Plain", mode="THROTTLED_KEYS") == rules
    with pytest.raises(ClientError, match="does not exist"):
        report(enforcing, both["PKC"])


def test_rules_are_listed_by_page_and_by_region(server: LocalServer) -> None:
    server.client().create_table(**THINGS)
    server.client(region_name="eu-west-1").create_table(**THINGS)
    rules = enable(server, "Things") | {
        f"{k} of index": v for k, v in enable(server, "Things", "by-kind").items()
    }
    cloudwatch = server.client("cloudwatch")
    first = cloudwatch.describe_insight_rules(MaxResults=4)
    rest = cloudwatch.describe_insight_rules(NextToken=first["NextToken"])
    assert "NextToken" not in rest
    listed = first["InsightRules"] + rest["InsightRules"]
    assert [rule["Name"] for rule in listed] == sorted(rules.values())
    assert {rule["State"] for rule in listed} == {"ENABLED"}
    (whole,) = (rule for rule in listed if rule["Name"] == rules["SKT"])
    assert whole["Definition"] == (
        '{"AggregateOn":"Count","Contribution":{"Keys":["pk","sk"],"ValueOf":"ThrottleCount"}}'
    )
    assert server.client("cloudwatch", region_name="eu-west-1").describe_insight_rules()["InsightRules"] == []


def test_a_dropped_table_takes_its_rules_along(server: LocalServer) -> None:
    client = server.client()
    client.create_table(**provisioned(1, 1))
    enable(server, "Plain")
    client.delete_table(TableName="Plain")
    client.create_table(**provisioned(1, 1))
    assert server.client("cloudwatch").describe_insight_rules()["InsightRules"] == []


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"Period": 90}, "multiple of 60"),
        ({"EndTime": START}, "StartTime must be less"),
        ({"MaxContributorCount": 0}, "between 1 and 25"),
        ({"MaxContributorCount": 26}, "between 1 and 25"),
        ({"OrderBy": "Average"}, "OrderBy must be one of Sum, Maximum"),
        ({"Metrics": ["Sum", "Median"]}, "Metrics must be one of"),
    ],
)
def test_reports_that_cannot_be_made(server: LocalServer, members: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ClientError, match=complaint) as raised:
        report(server, "any", **members)
    assert raised.value.response["Error"]["Code"] == "InvalidParameterValue"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"MaxResults": 0}, "InvalidParameterValue"),
        ({"MaxResults": 501}, "InvalidParameterValue"),
        ({"NextToken": "x"}, "InvalidNextToken"),
        ({"NextToken": "9" * 5000}, "InvalidNextToken"),
    ],
)
def test_lists_that_cannot_be_made(server: LocalServer, members: dict[str, Any], code: str) -> None:
    client = server.client("cloudwatch", config=UNCHECKED)
    with pytest.raises(ClientError) as raised:
        client.describe_insight_rules(**members)
    assert raised.value.response["Error"]["Code"] == code


def test_a_report_needs_a_rule(server: LocalServer) -> None:
    with pytest.raises(ClientError) as raised:
        server.client("cloudwatch", config=UNCHECKED).get_insight_rule_report(Period=60)
    assert raised.value.response["Error"]["Code"] == "MissingParameter"
