"""On demand: the first throughput, growth, ceilings, quotas, and a change of the billing mode."""

from pathlib import Path
from typing import Any

import pytest

from dynalite import limits
from dynalite.capacity.lanes import Growing, Kind, Lane, Terms
from dynalite.settings import Settings
from tests.capacity.tables import by_kind, provisioned, put, reasons, units, until_refused
from tests.operations.service import PLAIN, Service


def second(gate: Growing, now: float, wanted: float) -> float:
    """Ask for so many units during one second, in even steps; how many were granted."""
    granted = 0.0
    for step in range(100):
        at = now + step / 100
        if gate.open(at):
            gate.take(wanted / 100, at)
            granted += wanted / 100
    return granted


def test_a_new_table_serves_12000_reads_and_4000_writes() -> None:
    new: tuple[tuple[Kind, int, int], ...] = (("Read", 12_000, 3000), ("Write", 4_000, 1000))
    for kind, floor, quota in new:
        lane = Lane(kind, Terms("PAY_PER_REQUEST", floor), now=0)
        assert len(lane.ranges) == floor / quota
        lane.take(floor, None, 0)
        assert lane.closed(None, 0) == "KeyRangeThroughputExceeded"
        assert lane.closed(None, 0.01) is None


def test_a_table_can_do_twice_its_previous_peak_and_more_after_half_an_hour() -> None:
    grown: list[float] = []
    gate = Growing(4_000, lambda rate, _: grown.append(rate), now=0)
    assert second(gate, 10, 3_000) == pytest.approx(3_000)
    assert sum(second(gate, 11 + now, 6_000) for now in range(10)) == pytest.approx(44_000, rel=0.01)
    assert (gate.rate, grown) == (4_000, [])
    gate.open(10 + limits.ON_DEMAND_GROWTH_SECONDS)
    assert grown == [gate.rate]
    assert gate.rate >= 8_000  # twice what a second of it had at most


def test_what_stays_below_half_of_the_limit_raises_nothing() -> None:
    gate = Growing(4_000, lambda *_: pytest.fail("nothing has grown"), now=0)
    for now in range(0, 7200, 60):
        second(gate, now, 1_900)
    assert gate.rate == 4_000


def test_growth_brings_partitions_along() -> None:
    lane = Lane("Write", Terms("PAY_PER_REQUEST", 4_000), now=0)
    for now in range(2):
        lane.take(4_000, None, now)
    lane.closed(None, limits.ON_DEMAND_GROWTH_SECONDS + 1)
    assert len(lane.ranges) == 8


def test_one_key_has_one_partition_on_demand_too(service: Service) -> None:
    service.call("CreateTable", **PLAIN)
    passed, error = until_refused(lambda _: put(service), 2000)
    assert passed == 1000
    assert error is not None
    assert error.code == "ThrottlingException"
    assert error.message.startswith("Throughput exceeds the current capacity of your table or index.")
    assert list(error.fields) == ["throttlingReasons"]
    assert reasons(error)[0]["reason"] == "TableWriteKeyRangeThroughputExceeded"


def test_a_ceiling_of_the_users_own_is_kept(service: Service) -> None:
    ceilings = {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 10}
    service.call("CreateTable", **PLAIN, OnDemandThroughput=ceilings)
    passed, error = until_refused(lambda _: put(service), 100)
    assert passed == 10
    assert error is not None
    assert (error.code, error.message) == (
        "ThrottlingException",
        "Throughput exceeds the maximum OnDemandThroughput configured on table or index",
    )
    assert reasons(error)[0]["reason"] == "TableWriteMaxOnDemandThroughputExceeded"
    service.clock.advance(1)
    assert until_refused(lambda _: put(service), 100)[0] == 10
    service.call("UpdateTable", TableName="Plain", OnDemandThroughput={"MaxWriteRequestUnits": -1})
    assert until_refused(lambda _: put(service), 100) == (100, None)


def test_warm_throughput_is_there_from_the_start(service: Service) -> None:
    warm = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 30_000}
    service.call("CreateTable", **PLAIN, WarmThroughput=warm)
    table = service.database.catalog.get("us-east-1", "Plain")
    lane = service.database.capacity.account(table).lane(table, None, "Write", service.clock.now())
    assert (lane.terms.units, len(lane.ranges)) == (30_000, 30)


def test_what_a_table_has_grown_to_is_warm_and_outlives_the_server(tmp_path: Path) -> None:
    service = Service(Settings(data_folder=tmp_path, durability="os", enforce_capacity=True))
    service.call("CreateTable", **PLAIN | by_kind_on_demand())
    for index, peak in ((None, 4_000), ("by-kind", 30_000)):
        for _ in range(2):
            lane(service, index).take(peak, None, service.clock.now())
            service.clock.advance(1)
    service.clock.advance(limits.ON_DEMAND_GROWTH_SECONDS)
    put(service, kind="a")
    service.wait(service.database.tick())
    described = service.call("DescribeTable", TableName="Plain")["Table"]
    assert described["WarmThroughput"]["WriteUnitsPerSecond"] == 8_000
    (index,) = described["GlobalSecondaryIndexes"]
    assert index["WarmThroughput"]["WriteUnitsPerSecond"] == 40_000  # the quota, not twice the peak
    assert lane(service).terms.units == 8_000
    service.clock.advance(1)
    lane(service).take(7_999, None, service.clock.now())
    assert lane(service).closed(None, service.clock.now()) is None

    again = service.reopened()
    again.wait(again.database.tick())
    assert lane(again).terms.units == 8_000
    lane(again).take(7_999, None, again.clock.now())
    assert lane(again).closed(None, again.clock.now()) is None
    again.close()


def test_what_has_not_grown_is_not_written(service: Service) -> None:
    service.call("CreateTable", **PLAIN)
    put(service)
    service.wait(service.database.tick())
    before = service.database.catalog.get("us-east-1", "Plain")
    service.wait(service.database.tick())
    assert service.database.catalog.get("us-east-1", "Plain") is before


def test_more_warm_throughput_takes_nothing_away_from_what_runs() -> None:
    warm = Lane("Write", Terms("PAY_PER_REQUEST", 4_000), now=0)
    warm.take(4_000, None, 0)
    warm.agree(Terms("PAY_PER_REQUEST", 6_000), 0)
    assert warm.closed(None, 0) == "KeyRangeThroughputExceeded"
    assert warm.closed(None, 0.01) is None
    warm.take(6_000, None, 1)
    assert warm.closed(None, 1) == "KeyRangeThroughputExceeded"


def lane(service: Service, index: str | None = None) -> Lane:
    """What lets writes of the table through, or of its index."""
    table = service.database.catalog.get("us-east-1", "Plain")
    owner = None if index is None else table.index(index)
    return service.database.capacity.account(table).lane(table, owner, "Write", service.clock.now())


def by_kind_on_demand() -> dict[str, Any]:
    members = by_kind(1, 1)
    del members["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]
    return members


def test_the_quota_of_a_table_is_the_accounts_limit() -> None:
    lane = Lane("Write", Terms("PAY_PER_REQUEST", 40_000), now=0)
    lane.take(40_000, None, 0)
    assert lane.closed(None, 0) == "AccountLimitExceeded"


def test_a_table_that_goes_on_demand_is_no_longer_held_to_its_units(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    assert until_refused(lambda _: put(service), 400)[0] == 300
    service.call("UpdateTable", TableName="Plain", BillingMode="PAY_PER_REQUEST")
    assert until_refused(lambda _: put(service), 400) == (400, None)
    service.call(
        "UpdateTable", TableName="Plain", BillingMode="PROVISIONED", ProvisionedThroughput=units(1, 1)
    )
    assert until_refused(lambda _: put(service), 400)[0] == 300
