"""Contributor insights: how they are switched, and which rules there are then."""

import re
from typing import Any

from tests.conformance.schema import NEW, attributes, keys
from tests.conformance.wire import Wire

BASE: dict[str, Any] = {
    "TableName": NEW,
    "KeySchema": keys("pk"),
    "AttributeDefinitions": attributes(pk="S"),
    "BillingMode": "PAY_PER_REQUEST",
}
BOTH, THROTTLED = "ACCESSED_AND_THROTTLED_KEYS", "THROTTLED_KEYS"


def switch(wire: Wire, action: str, mode: str | None = None) -> tuple[str, str | None]:
    """The status and the mode that are answered. Returns when the change is done."""
    asked = {} if mode is None else {"ContributorInsightsMode": mode}
    answer = wire(
        "UpdateContributorInsights", {"TableName": NEW, "ContributorInsightsAction": action, **asked}
    )
    wire.insights(NEW)
    return answer["ContributorInsightsStatus"], answer.get("ContributorInsightsMode")


def test_rules_are_made_with_the_time_in_their_names(new: Wire) -> None:
    """B15.23"""
    new.create(BASE)
    assert switch(new, "ENABLE")[0] == "ENABLING"
    described = new.insights(NEW)
    assert (described["ContributorInsightsStatus"], described["ContributorInsightsMode"]) == ("ENABLED", BOTH)
    accessed, throttled = described["ContributorInsightsRuleList"]
    assert re.fullmatch(rf"DynamoDBContributorInsights-PKC-{NEW}-\d{{13}}", accessed)
    assert throttled == accessed.replace("-PKC-", "-PKT-")


def test_a_mode_is_changed_by_enabling_again(new: Wire) -> None:
    """B15.24"""
    new.create(BASE)
    switch(new, "ENABLE")
    _, throttled = new.insights(NEW)["ContributorInsightsRuleList"]
    assert switch(new, "ENABLE", THROTTLED)[0] == "ENABLING"
    described = new.insights(NEW)
    assert described["ContributorInsightsMode"] == THROTTLED
    assert described["ContributorInsightsRuleList"] == [throttled]
    assert switch(new, "ENABLE")[0] == "ENABLING"
    assert new.insights(NEW)["ContributorInsightsMode"] == BOTH


def test_what_is_enabled_is_not_enabled_again(new: Wire) -> None:
    """B15.25"""
    new.create(BASE)
    switch(new, "ENABLE")
    before = new.insights(NEW)
    assert switch(new, "ENABLE", BOTH)[0] == "ENABLED"
    assert new.insights(NEW) == before


def test_disabling_answers_the_mode_that_was(new: Wire) -> None:
    """B15.26"""
    new.create(BASE)
    switch(new, "ENABLE")
    assert switch(new, "DISABLE", THROTTLED) == ("DISABLING", BOTH)
    assert new.insights(NEW)["ContributorInsightsStatus"] == "DISABLED"
