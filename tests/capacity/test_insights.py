"""Contributor insights: what is kept, described and listed; and what counts while they are on."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dynalite.capacity.account import TABLE
from dynalite.capacity.counting import Counting
from dynalite.capacity.meter import Meter
from dynalite.catalog.schema import Table
from tests.capacity.tables import provisioned
from tests.operations.service import PLAIN, THINGS, Service, in_memory, item
from tests.recovery.recording import settle


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


def test_the_insights_of_an_index_go_with_it(service: Service) -> None:
    """One of the same name that is made later has none."""
    service.call("CreateTable", **THINGS)
    for index in ("by-kind", "by-size"):
        service.call(
            "UpdateContributorInsights",
            TableName="Things",
            IndexName=index,
            ContributorInsightsAction="ENABLE",
        )
    deletion = [{"Delete": {"IndexName": "by-kind"}}]
    service.call("UpdateTable", TableName="Things", GlobalSecondaryIndexUpdates=deletion)
    settle(service)
    listed = service.call("ListContributorInsights", TableName="Things")["ContributorInsightsSummaries"]
    assert [one["IndexName"] for one in listed] == ["by-size"]


@pytest.mark.parametrize("operation", ["UpdateContributorInsights", "DescribeContributorInsights"])
def test_a_local_index_has_no_insights(service: Service, operation: str) -> None:
    service.call("CreateTable", **THINGS)
    action = {"ContributorInsightsAction": "ENABLE"} if operation.startswith("Update") else {}
    error = service.refused(operation, TableName="Things", IndexName="by-when", **action)
    assert error.code == "ResourceNotFoundException"


@pytest.mark.parametrize("page", [{"NextToken": "9" * 5000}, {"NextToken": "-1"}, {"MaxResults": -1}])
def test_a_page_that_cannot_be_is_refused(service: Service, page: dict[str, Any]) -> None:
    """A token of thousands of digits was an internal error, and a negative size left the last out."""
    assert service.refused("ListContributorInsights", **page).code == "ValidationException"


def test_what_is_not_there_has_no_insights(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    for members in ({"TableName": "Missing"}, {"TableName": "Plain", "IndexName": "missing"}):
        error = service.refused("DescribeContributorInsights", **members)
        assert error.code == "ResourceNotFoundException"


# ------------------------------------------------------------------ how a mode is changed


def update(service: Service, action: str, **members: str) -> tuple[str, str | None]:
    """Returns the status and the mode that are answered."""
    answer = service.call(
        "UpdateContributorInsights", TableName="Things", ContributorInsightsAction=action, **members
    )
    return answer["ContributorInsightsStatus"], answer.get("ContributorInsightsMode")


def test_a_mode_is_changed_by_enabling_again_and_goes_back_without_one(service: Service) -> None:
    service.call("CreateTable", **THINGS)
    throttled = {"ContributorInsightsMode": "THROTTLED_KEYS"}
    assert update(service, "ENABLE") == ("ENABLING", "ACCESSED_AND_THROTTLED_KEYS")
    made = service.call("DescribeContributorInsights", TableName="Things")["ContributorInsightsRuleList"]
    service.clock.advance(100)
    assert update(service, "ENABLE", **throttled) == ("ENABLING", "THROTTLED_KEYS")
    described = service.call("DescribeContributorInsights", TableName="Things")
    assert described["ContributorInsightsRuleList"] == [name for name in made if "T-Things" in name]
    assert described["LastUpdateDateTime"] == service.clock.now()
    assert update(service, "ENABLE") == ("ENABLING", "ACCESSED_AND_THROTTLED_KEYS")


def test_asking_for_what_there_is_changes_nothing(service: Service) -> None:
    service.call("CreateTable", **THINGS)
    update(service, "ENABLE")
    before = service.call("DescribeContributorInsights", TableName="Things")
    service.clock.advance(100)
    assert update(service, "ENABLE") == ("ENABLED", "ACCESSED_AND_THROTTLED_KEYS")
    assert service.call("DescribeContributorInsights", TableName="Things") == before


def test_disabling_answers_the_mode_that_was(service: Service) -> None:
    service.call("CreateTable", **THINGS)
    update(service, "ENABLE")
    asked = {"ContributorInsightsMode": "THROTTLED_KEYS"}
    assert update(service, "DISABLE", **asked) == ("DISABLING", "ACCESSED_AND_THROTTLED_KEYS")
    assert update(service, "DISABLE") == ("DISABLING", None)


# ------------------------------------------------------------------ what counts


@pytest.fixture
def plain() -> Iterator[Service]:
    opened = in_memory()
    opened.call("CreateTable", **PLAIN | {"TableName": "Watched"})
    yield opened
    opened.close()


def the_table(service: Service) -> Table:
    return service.database.catalog.existing("us-east-1", "Watched")


def counting(meter: Meter, table: Table) -> Counting:
    return meter._tables[table.metered_as]


def switch(service: Service, action: str) -> Table:
    service.call("UpdateContributorInsights", TableName="Watched", ContributorInsightsAction=action)
    return the_table(service)


def test_what_is_off_stands_in_nobodys_way(plain: Service) -> None:
    """Reads go to the heat itself before insights are on, and again when they are off."""
    meter = plain.database.capacity.meter("GetItem")
    read = {"TableName": "Watched", "Key": item(id="a")}
    off = the_table(plain)
    plain.call("GetItem", **read)
    heat = plain.database.capacity.account(off).heat[TABLE, "Read"]
    assert counting(meter, off).read_heat is heat
    assert counting(meter, off).kept_reads is heat.kept
    on = switch(plain, "ENABLE")
    plain.call("GetItem", **read)
    assert counting(meter, on).read_heat is not heat
    off_again = switch(plain, "DISABLE")
    plain.call("GetItem", **read)
    assert counting(meter, off_again).read_heat is heat
    assert meter._tables.keys() == {off_again.metered_as}
    assert plain.database.capacity.account(off).insights == {}


def test_figures_and_heat_go_on_when_insights_are_switched(plain: Service) -> None:
    read = {"TableName": "Watched", "Key": item(id="a"), "ConsistentRead": True}
    for action in ("ENABLE", "DISABLE", "ENABLE"):
        plain.call("GetItem", **read)
        switch(plain, action)
    account = plain.database.capacity.account(the_table(plain))
    assert account.series[TABLE, "GetItem"].total().read_units == 3
    assert account.heat[TABLE, "Read"].hottest(1) == [(item(id="a"), 3.0)]


def test_a_request_that_began_before_does_not_undo_the_switch(plain: Service) -> None:
    """It charges with the descriptor from then, and is not counted."""
    before = the_table(plain)
    meter = plain.database.capacity.meter("PutItem")
    on = switch(plain, "ENABLE")
    for table in (on, before, on):
        meter.wrote(table, b"\x00" * 40, item(id="a"), 1.0, {})
    (rule,) = plain.database.capacity.account(on).insights.values()
    counted = rule.contributors("PKC")
    assert counted is not None
    (minute,) = counted.minutes(0, plain.clock.now() + 1)
    assert (minute.count, minute.total) == (2, 6.0)


def test_other_settings_are_metered_alike(plain: Service) -> None:
    """A change of anything else makes no new counters."""
    table = the_table(plain)
    assert replace(table, settings={"Tags": [1]}).metered_as == table.metered_as == table.uuid
