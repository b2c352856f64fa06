"""Time to live: how it is enabled and disabled. (When items go is told by the clock: tests of their own.)"""

import time
from typing import Any

import pytest

from tests.conformance.cases import Expected, Like, compare, missing_table
from tests.conformance.schema import NEW, NOWHERE, attributes, keys, n, on, s
from tests.conformance.wire import Refusal, Wire

BASE: dict[str, Any] = {
    "TableName": NEW,
    "KeySchema": keys("pk"),
    "AttributeDefinitions": attributes(pk="S"),
    "BillingMode": "PAY_PER_REQUEST",
}


def setting(enabled: bool, attribute: str = "ends", table: str = NEW) -> dict[str, Any]:
    return on(table, TimeToLiveSpecification={"Enabled": enabled, "AttributeName": attribute})


def refused(wire: Wire, request: dict[str, Any], expected: Expected) -> None:
    with pytest.raises(Refusal) as raised:
        wire("UpdateTimeToLive", request)
    compare(expected, raised.value)


def test_a_table_without(new: Wire) -> None:
    """B12.01"""
    new.create(BASE)
    described = new("DescribeTimeToLive", on(NEW))
    assert described == {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    refused(new, setting(False), Like(("TimeToLive is already disabled",)))


def test_enabling_echoes_and_is_described(new: Wire) -> None:
    """B12.02"""
    new.create(BASE)
    assert new("UpdateTimeToLive", setting(True)) == {
        "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ends"}
    }
    described = new("DescribeTimeToLive", on(NEW))["TimeToLiveDescription"]
    assert described["AttributeName"] == "ends"
    assert described["TimeToLiveStatus"] in {"ENABLING", "ENABLED"}


def test_enabling_twice_and_another_attribute(new: Wire) -> None:
    """B12.03, B12.04"""
    new.create(BASE)
    new("UpdateTimeToLive", setting(True))
    refused(new, setting(True), "TimeToLive is already enabled")
    different = "TimeToLive is active on a different AttributeName: current AttributeName is ends"
    refused(new, setting(True, "other"), different)


def test_one_change_an_hour(new: Wire) -> None:
    """B12.05"""
    new.create(BASE)
    new("UpdateTimeToLive", setting(True))
    fixed = "Time to live has been modified multiple times within a fixed interval"
    refused(new, setting(False), fixed)


def test_an_expired_item_is_read_and_written_until_it_goes(new: Wire) -> None:
    """B12.06"""
    new.create(BASE)
    soon = int(time.time()) + 1
    new("UpdateTimeToLive", setting(True))
    later = {"UpdateExpression": "SET ends = :l", "ExpressionAttributeValues": {":l": n(soon + 3600)}}
    for item in (
        {"pk": s("text"), "ends": s("1")},
        {"pk": s("long ago"), "ends": n(1)},
        {"pk": s("fraction"), "ends": n("99999999999.5")},
    ):
        new("PutItem", on(NEW, Item=item))
        assert new("GetItem", on(NEW, Key={"pk": item["pk"]}))["Item"] == item
    new("PutItem", on(NEW, Item={"pk": s("rescued"), "ends": n(soon)}))
    new("UpdateItem", on(NEW, Key={"pk": s("rescued")}, **later))
    assert new("GetItem", on(NEW, Key={"pk": s("rescued")}))["Item"]["ends"] == n(soon + 3600)


def test_no_such_table(wire: Wire) -> None:
    """B3.18"""
    refused(wire, setting(True, table=NOWHERE), missing_table(NOWHERE))
    with pytest.raises(Refusal) as raised:
        wire("DescribeTimeToLive", on(NOWHERE))
    compare(missing_table(NOWHERE), raised.value)


def test_half_a_specification(wire: Wire) -> None:
    """B1.01"""
    for member, given in (("enabled", {"AttributeName": "a"}), ("attributeName", {"Enabled": True})):
        request = on(TimeToLiveSpecification=given)
        place = f"Value null at 'timeToLiveSpecification.{member}' failed to satisfy constraint: "
        message = f"1 validation error detected: {place}Member must not be null"
        refused(wire, request, message)
