"""How requests end: latencies, system errors, user errors, conflicts."""

from collections.abc import Iterator
from typing import Any

import pytest

from dynalite.capacity.account import Account
from dynalite.capacity.latencies import Latencies, spread, together
from dynalite.operations.faults import Fault
from dynalite.settings import Settings
from tests.operations.service import PLAIN, Service, item


@pytest.fixture
def plain() -> Iterator[Service]:
    service = Service(Settings())
    service.call("CreateTable", **PLAIN)
    yield service
    service.close()


def account(service: Service) -> Account:
    return service.database.capacity.account(service.database.catalog.get("us-east-1", "Plain"))


def counted(service: Service, operation: str, figure: str) -> Any:
    return getattr(account(service).series["", operation].total(), figure)


def mistakes(service: Service, region: str = "us-east-1") -> int:
    series = service.database.capacity.errors_of(region)
    return 0 if series is None else series.total().requests


def fault(service: Service, kind: Any) -> None:
    service.database.faults.add(Fault(kind))


def put(service: Service, **members: Any) -> dict[str, Any]:
    return {"TableName": "Plain", "Item": item(id="a")} | members


# ------------------------------------------------------------------ how long


def test_every_request_is_timed_at_first_and_few_of_many(plain: Service) -> None:
    for number in range(1, 9):
        plain.call("PutItem", **put(plain))
        assert len(account(plain).latencies["PutItem"].now) == number
    for _ in range(4000):
        plain.call("PutItem", **put(plain))
    assert 100 < len(account(plain).latencies["PutItem"].now) < 400


def test_a_minute_that_is_over_becomes_a_histogram(plain: Service) -> None:
    start = plain.clock.now() // 60 * 60
    for minute in range(3):
        plain.clock.set(start + 60 * minute)
        plain.call("PutItem", **put(plain))
    minutes = list(account(plain).latencies["PutItem"].minutes(start, start + 180))
    assert [(begins - start, one.count) for begins, one in minutes] == [(0, 1), (60, 1), (120, 1)]


def test_refused_requests_have_no_latency(plain: Service) -> None:
    plain.call("PutItem", **put(plain))
    plain.refused("PutItem", **put(plain, ConditionExpression="attribute_not_exists(id)"))
    assert len(account(plain).latencies["PutItem"].now) == 1


def test_percentiles_are_at_most_five_percent_too_high() -> None:
    times = [number / 1000 for number in range(1, 1001)]
    halves = together([spread(times[:500]), spread(times[500:])])
    assert (halves.count, halves.least, halves.most) == (1000, 0.001, 1.0)
    assert halves.total == pytest.approx(sum(times))
    for percent in (1, 50, 90, 99, 99.9):
        assert percent / 100 <= halves.percentile(percent) <= percent / 100 * 1.05
    assert halves.percentile(100) == 1.0
    assert spread([0.5]).percentile(50) == 0.5


def test_no_time_at_all_is_a_time_too() -> None:
    assert spread([0.0, 0.0]).percentile(99) > 0


def test_latencies_are_kept_for_a_day() -> None:
    latencies = Latencies(0)
    for minute in range(2000):
        latencies.at(60.0 * minute).append(1.0)
    assert len(list(latencies.minutes(0, 1e9))) == 1441


# ------------------------------------------------------------------ how else it ends


def test_mistakes_are_counted_for_the_region(plain: Service) -> None:
    assert mistakes(plain) == 0
    plain.refused("PutItem", TableName="Plain", Item={})
    plain.refused("PutItem", TableName="Missing", Item=item(id="a"))
    plain.refused("PutItem", TableName=5)
    assert mistakes(plain) == 3
    assert mistakes(plain, "eu-west-1") == 0


def test_what_has_a_metric_of_its_own_is_no_mistake(plain: Service) -> None:
    plain.call("PutItem", **put(plain))
    plain.refused("PutItem", **put(plain, ConditionExpression="attribute_not_exists(id)"))
    fault(plain, "throttle")
    plain.refused("PutItem", **put(plain))
    assert mistakes(plain) == 0


def test_system_errors_are_counted_for_operation_and_table(plain: Service) -> None:
    fault(plain, "error")
    assert plain.refused("PutItem", **put(plain)).status == 500
    assert counted(plain, "PutItem", "system_errors") == 1
    assert mistakes(plain) == 0


def test_conflicts_are_counted_for_each_item_that_another_transaction_held(plain: Service) -> None:
    fault(plain, "conflict")
    assert plain.refused("PutItem", **put(plain)).code == "TransactionConflictException"
    assert counted(plain, "PutItem", "conflicts") == 1
    fault(plain, "conflict")
    writes = [{"Put": put(plain, Item=item(id=name))} for name in ("a", "b")]
    error = plain.refused("TransactWriteItems", TransactItems=writes)
    reasons: Any = error.fields["CancellationReasons"]
    held = [reason["Code"] for reason in reasons].count("TransactionConflict")
    assert held > 0
    assert counted(plain, "TransactWriteItems", "conflicts") == held
    assert mistakes(plain) == 0
