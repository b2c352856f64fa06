"""Provisioned tables: burst, rate, debt, indexes that hold their table back."""

import pytest

from dynalite.settings import Settings
from tests.capacity.tables import by_kind, provisioned, put, reasons, units, until_refused
from tests.operations.service import Service, item, padded

TABLE_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/Plain"


def test_a_table_of_100_units_gives_its_burst_and_then_exactly_its_rate(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 100))
    ten_units = padded(10 * 1024, id="a")
    through = []
    for _ in range(240):
        passed, _ = until_refused(
            lambda _: service.call("PutItem", TableName="Plain", Item=ten_units), at_most=1000
        )
        through.append(10 * passed)
        service.clock.advance(1)
    burst_over = next(second for second, units in enumerate(through) if units < 500)
    assert max(through) == 1000  # what the table's one partition does in a second
    assert sum(through[:burst_over]) == pytest.approx(300 * 100 + burst_over * 100, rel=0.01)
    assert sum(through[burst_over + 1 :]) == pytest.approx((239 - burst_over) * 100, rel=0.01)


def test_what_is_not_used_is_saved_up_for_300_seconds_and_no_longer(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 2))
    assert until_refused(lambda _: put(service), 700)[0] == 600
    service.clock.advance(100)
    assert until_refused(lambda _: put(service), 700)[0] == 200
    service.clock.advance(10_000)
    assert until_refused(lambda _: put(service), 700)[0] == 600


def test_the_refusal_names_the_table_and_what_was_exceeded(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    _, error = until_refused(lambda _: put(service), 400)
    assert error is not None
    assert error.code == "ProvisionedThroughputExceededException"
    assert error.message == (
        "The level of configured provisioned throughput for the table was exceeded."
        " Consider increasing your provisioning level with the UpdateTable API."
    )
    expected = [{"reason": "TableWriteProvisionedThroughputExceeded", "resource": TABLE_ARN}]
    assert error.fields == {"ThrottlingReasons": expected}


def test_reads_are_charged_half_when_they_may_be_stale(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    key = item(id="a")

    def get(consistent: bool) -> int:
        members = {"TableName": "Plain", "Key": key, "ConsistentRead": consistent}
        return until_refused(lambda _: service.call("GetItem", **members), 1000)[0]

    assert get(True) == 300
    service.clock.advance(1000)
    assert get(False) == 600


def test_a_large_page_leaves_a_debt(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 4000))
    for number in range(4):
        service.put(padded(380 * 1024, id=f"k{number}"), table="Plain")
    scan = {"TableName": "Plain", "ConsistentRead": True}
    page = service.call("Scan", **scan)
    first = page["ScannedCount"] * 95
    service.call("Scan", **scan)  # let in by what is left
    error = service.refused("Scan", **scan)
    assert reasons(error)[0]["reason"] == "TableReadProvisionedThroughputExceeded"
    service.clock.advance(2 * first - 300)
    assert service.refused("Scan", **scan).code == "ProvisionedThroughputExceededException"
    service.clock.advance(1)
    assert service.call("Scan", **scan)["ScannedCount"] == page["ScannedCount"]


def test_more_throughput_helps_at_once(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    assert until_refused(lambda _: put(service), 400)[0] == 300
    service.call("UpdateTable", TableName="Plain", ProvisionedThroughput=units(1, 50))
    service.clock.advance(1)
    assert until_refused(lambda _: put(service), 400)[0] == 50


def test_an_index_that_is_behind_refuses_writes_of_its_table_that_touch_it(service: Service) -> None:
    service.call("CreateTable", **provisioned(10, 100, **by_kind(10, 1)))
    passed, error = until_refused(lambda number: put(service, f"k{number}", kind="x"), 1000)
    assert passed == 300
    assert error is not None
    assert error.message.startswith("The level of configured provisioned throughput for one or more global")
    assert reasons(error) == [
        {"reason": "IndexWriteProvisionedThroughputExceeded", "resource": f"{TABLE_ARN}/index/by-kind"}
    ]
    assert service.get(table="Plain", id="k300") is None
    put(service, "k300")  # does not touch the index
    service.clock.advance(1)
    put(service, "k301", kind="x")


def test_an_index_has_reads_of_its_own(service: Service) -> None:
    service.call("CreateTable", **provisioned(10, 10, **by_kind(1, 10)))
    put(service, kind="x")
    query = {
        "TableName": "Plain",
        "IndexName": "by-kind",
        "KeyConditionExpression": "kind = :k",
        "ExpressionAttributeValues": {":k": {"S": "x"}},
    }
    passed, error = until_refused(lambda _: service.call("Query", **query), 1000)
    assert passed == 600
    assert error is not None
    assert reasons(error)[0]["reason"] == "IndexReadProvisionedThroughputExceeded"
    assert service.get(table="Plain", id="a") is not None


def test_no_partition_does_more_than_1000_writes_a_second_whatever_is_provisioned(service: Service) -> None:
    service.call("CreateTable", **provisioned(10, 4000))
    passed, error = until_refused(lambda _: put(service), 2000)
    assert passed == 1000
    assert error is not None
    assert error.code == "ProvisionedThroughputExceededException"
    assert reasons(error)[0]["reason"] == "TableWriteKeyRangeThroughputExceeded"
    others = [until_refused(lambda n: put(service, f"k{n}"), 30)[0]]
    assert others[0] > 0


def test_a_hot_key_of_an_index_refuses_the_tables_writes(service: Service) -> None:
    service.call("CreateTable", **provisioned(10, 4000, **by_kind(10, 4000)))
    passed, error = until_refused(lambda number: put(service, f"k{number}", kind="open"), 2000)
    assert passed == 1000
    assert error is not None
    assert reasons(error)[0]["reason"] == "IndexWriteKeyRangeThroughputExceeded"


def test_a_failed_condition_is_charged(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    put(service)
    condition = {"ConditionExpression": "attribute_not_exists(id)"}
    for _ in range(299):
        error = service.refused("PutItem", TableName="Plain", Item=item(id="a"), **condition)
        assert error.code == "ConditionalCheckFailedException"
    error = service.refused("PutItem", TableName="Plain", Item=item(id="a"), **condition)
    assert error.code == "ProvisionedThroughputExceededException"


def test_nothing_is_refused_unless_it_is_asked_for() -> None:
    service = Service(Settings())
    service.call("CreateTable", **provisioned(1, 1))
    refused = until_refused(lambda _: put(service), 1000)
    service.close()
    assert refused == (1000, None)
