"""Contributor insights: what is kept, described and listed."""

from tests.capacity.tables import provisioned
from tests.operations.service import THINGS, Service


def test_insights_are_off_until_they_are_asked_for(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    described = service.call("DescribeContributorInsights", TableName="Plain")
    assert described == {"TableName": "Plain", "ContributorInsightsStatus": "DISABLED"}
    assert service.call("ListContributorInsights") == {"ContributorInsightsSummaries": []}


def test_insights_of_a_table_and_of_an_index(service: Service) -> None:
    service.call("CreateTable", **THINGS)
    made = service.call("UpdateContributorInsights", TableName="Things", ContributorInsightsAction="ENABLE")
    assert made["ContributorInsightsStatus"] == "ENABLING"
    service.call(
        "UpdateContributorInsights",
        TableName="Things",
        IndexName="by-kind",
        ContributorInsightsAction="ENABLE",
        ContributorInsightsMode="THROTTLED_KEYS",
    )
    described = service.call("DescribeContributorInsights", TableName="Things")
    assert described["ContributorInsightsStatus"] == "ENABLED"
    assert described["ContributorInsightsMode"] == "ACCESSED_AND_THROTTLED_KEYS"
    assert described["LastUpdateDateTime"] == service.clock.now()
    millis = f"{service.clock.now() * 1000:.0f}"
    assert described["ContributorInsightsRuleList"] == [
        f"DynamoDBContributorInsights-{kind}-Things-{millis}" for kind in ("PKC", "PKT", "SKC", "SKT")
    ]
    on_index = service.call("DescribeContributorInsights", TableName="Things", IndexName="by-kind")
    assert on_index["ContributorInsightsRuleList"] == [
        f"DynamoDBContributorInsights-PKT-Things-by-kind-{millis}"
    ]
    listed = service.call("ListContributorInsights", MaxResults=1)
    assert [one.get("IndexName") for one in listed["ContributorInsightsSummaries"]] == [None]
    rest = service.call("ListContributorInsights", NextToken=listed["NextToken"])
    assert [one["IndexName"] for one in rest["ContributorInsightsSummaries"]] == ["by-kind"]

    service.call("UpdateContributorInsights", TableName="Things", ContributorInsightsAction="DISABLE")
    described = service.call("DescribeContributorInsights", TableName="Things")
    assert described["ContributorInsightsStatus"] == "DISABLED"
    assert "ContributorInsightsRuleList" not in described


def test_what_is_not_there_has_no_insights(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    for members in ({"TableName": "Missing"}, {"TableName": "Plain", "IndexName": "missing"}):
        error = service.refused("DescribeContributorInsights", **members)
        assert error.code == "ResourceNotFoundException"
