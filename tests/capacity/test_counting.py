"""What is counted, whether or not anything is ever refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from dynalite.capacity import explain, sums
from dynalite.capacity.account import Account
from dynalite.capacity.figures import Figures, Series
from dynalite.capacity.heat import KEYS, Heat
from dynalite.catalog.schema import KeyAttribute, KeySchema
from dynalite.settings import Prices, PriceTable, Settings
from tests.capacity.tables import by_kind, provisioned, until_refused
from tests.operations.service import THINGS, Service, item, padded


@pytest.fixture
def things() -> Iterator[Service]:
    opened = Service(Settings())
    opened.call("CreateTable", **THINGS)
    yield opened
    opened.close()


def account(service: Service, name: str = "Things") -> Account:
    return service.database.capacity.account(service.database.catalog.get("us-east-1", name))


def counted(service: Service, operation: str | None, index: str = "", table: str = "Things") -> Figures:
    return sums.total(account(service, table), [index], operation)


def test_every_operation_counts_what_it_reports(things: Service) -> None:
    """The units counted are those of ConsumedCapacity, arm by arm."""
    key = item(pk="a", sk=1)
    whole = padded(5000, pk="a", sk=1, kind="k", size=1, when="now")
    requests: list[tuple[str, dict[str, Any]]] = [
        ("PutItem", {"Item": whole}),
        (
            "UpdateItem",
            {
                "Key": key,
                "UpdateExpression": "SET colour = :c",
                "ExpressionAttributeValues": {":c": {"S": "red"}},
            },
        ),
        ("GetItem", {"Key": key}),
        ("Query", {"KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": {":p": {"S": "a"}}}),
        ("Scan", {"IndexName": "by-kind"}),
        ("Scan", {"IndexName": "by-when", "Select": "ALL_ATTRIBUTES"}),
        ("DeleteItem", {"Key": key}),
    ]
    for operation, members in requests:
        things.database.capacity.reset()
        asked = {"TableName": "Things", "ReturnConsumedCapacity": "INDEXES"} | members
        consumed = things.call(operation, **asked)["ConsumedCapacity"]
        arms = {"": consumed["Table"]}
        for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
            arms |= consumed.get(kind, {})
        for index in ("", "by-when", "by-kind", "by-size"):
            figures = counted(things, operation, index)
            expected = arms.get(index, {"CapacityUnits": 0})["CapacityUnits"]
            assert figures.read_units + figures.write_units == expected, (operation, index)


ONE, TWO = item(pk="a", sk=1), item(pk="a", sk=2)
SELECT = {"Statement": "SELECT * FROM Things WHERE pk = 'a' AND sk = 1"}
INSERT = {"Statement": "INSERT INTO Things VALUE {'pk': 'a', 'sk': 1}"}


@pytest.mark.parametrize(
    ("operation", "members", "reads", "writes"),
    [
        ("BatchGetItem", {"RequestItems": {"Things": {"Keys": [ONE, TWO]}}}, 1, 0),
        ("BatchWriteItem", {"RequestItems": {"Things": [{"PutRequest": {"Item": ONE}}]}}, 0, 1),
        ("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "Things", "Key": ONE}}]}, 2, 0),
        ("TransactWriteItems", {"TransactItems": [{"Put": {"TableName": "Things", "Item": ONE}}]}, 0, 2),
        ("ExecuteStatement", SELECT, 0.5, 0),
        ("ExecuteStatement", INSERT, 0, 1),
        ("BatchExecuteStatement", {"Statements": [SELECT]}, 0.5, 0),
        ("ExecuteTransaction", {"TransactStatements": [INSERT]}, 0, 2),
    ],
)
def test_operations_on_several_items_count_too(
    things: Service, operation: str, members: dict[str, Any], reads: float, writes: float
) -> None:
    things.call(operation, **members)
    figures = counted(things, operation)
    assert (figures.read_units, figures.write_units) == (reads, writes)


def test_a_replayed_transaction_counts_as_reads(things: Service) -> None:
    wanted = [{"Put": {"TableName": "Things", "Item": padded(1500, pk="a", sk=1)}}]
    for _ in range(2):
        things.call("TransactWriteItems", TransactItems=wanted, ClientRequestToken="once")
    figures = counted(things, "TransactWriteItems")
    assert (figures.read_units, figures.write_units) == (2, 4)


def test_reads_that_a_filter_throws_away_are_wasted(things: Service) -> None:
    things.put(*(padded(4096, pk="a", sk=number, v=number) for number in range(8)))
    scan = {"TableName": "Things", "ConsistentRead": True, "FilterExpression": "v < :v"}
    things.call("Scan", **scan, ExpressionAttributeValues={":v": {"N": "2"}})
    figures = counted(things, "Scan")
    assert (figures.read_units, figures.scanned, figures.returned) == (8, 8, 2)
    assert figures.wasted_read_units == 6


def test_minutes_are_those_of_the_servers_clock(things: Service) -> None:
    start = things.clock.now() // 60 * 60
    things.clock.set(start)
    for writes in (3, 0, 2):
        for number in range(writes):
            things.put(item(pk="a", sk=number))
        things.clock.advance(60)
    written = sums.by_minute(account(things), [""], "PutItem", start, start + 600, lambda f: f.write_units)
    assert {minute - start: units for minute, units in written.items() if units} == {0: 3, 120: 2}
    assert counted(things, "PutItem").write_units == 5


def test_a_series_keeps_a_day_of_minutes_and_sums_for_ever() -> None:
    series = Series(now=0)
    for minute in range(3000):
        series.at(minute * 60.0).requests += 1
    assert series.total().requests == 3000
    assert len(list(series.minutes(0, 1e9))) == 24 * 60 + 1


def test_heat_keeps_what_is_hot_whatever_comes_by() -> None:
    heat, keys = Heat(), KeySchema((KeyAttribute("id", "S"),))
    for number in range(20 * KEYS):
        for name, units in (("hot", 5.0), (f"k{number}", 1.0)):
            heat.add(name.encode(), units, keys, item(id=name, other=1))
    assert len(heat.kept) <= KEYS
    assert heat.hottest(1) == [({"id": {"S": "hot"}}, 20 * KEYS * 5.0)]


def test_a_key_that_becomes_hot_late_is_soon_seen() -> None:
    heat, keys = Heat(), KeySchema((KeyAttribute("id", "S"),))
    for number in range(20 * KEYS):
        heat.add(b"%d" % number, 1.0, keys, item(id=f"k{number}"))
    for _ in range(1000):
        heat.add(b"late", 1.0, keys, item(id="late"))
    [(key, units)] = heat.hottest(1)
    assert key == item(id="late")
    assert 800 < units <= 1000


def test_a_table_made_again_counts_from_nothing(things: Service) -> None:
    things.put(item(pk="a", sk=1))
    things.call("DeleteTable", TableName="Things")
    things.wait(things.database.tick())
    things.call("CreateTable", **THINGS)
    assert counted(things, None).write_units == 0
    things.put(item(pk="a", sk=1))
    assert counted(things, None).write_units == 1


def test_dropped_tables_are_forgotten_in_the_end(things: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    capacity = things.database.capacity
    monkeypatch.setattr(capacity, "_prune_at", 4)
    for number in range(8):
        name = f"Table-{number}"
        things.call("CreateTable", **provisioned(1, 1, name=name))
        things.put(item(id="a"), table=name)
        things.call("DeleteTable", TableName=name)
        things.wait(things.database.tick())
    assert len(capacity.accounts) <= 5


# ------------------------------------------------------------------ the report


def report(service: Service, name: str) -> Any:
    prices = PriceTable(Prices(1.0, 2.0, 0.01, 0.02, 0.5))
    return service.wait(explain.report(account(service, name), service.database.engine, prices))


def test_the_report_explains_a_table(things: Service) -> None:
    things.put(item(pk="a", sk=1, kind="k"), item(pk="a", sk=2), item(pk="b", sk=1))
    things.get(pk="a", sk=1)
    told = report(things, "Things")
    assert told["consumed"] == {"requests": 4, "read_units": 1.0, "write_units": 3.0}
    assert told["operations"]["PutItem"] == {"requests": 3, "read_units": 0.0, "write_units": 4.0}
    assert told["indexes"]["by-kind"]["consumed"]["write_units"] == 1
    hottest = told["hottest_keys"]["writes"]
    assert hottest == [{"key": item(pk="a"), "units": 2.0}, {"key": item(pk="b"), "units": 1.0}]
    assert told["bill"]["requests_so_far_on_demand"] == (1 * 1.0 + 4 * 2.0) / 1e6
    assert told["bill"]["provisioned_per_month"] == 0


def test_the_bill_of_a_provisioned_table(things: Service) -> None:
    things.call("CreateTable", **provisioned(10, 5))
    things.put(padded(100_000, id="a"), table="Plain")
    bill = report(things, "Plain")["bill"]
    assert bill["provisioned_per_month"] == pytest.approx((10 * 0.01 + 5 * 0.02) * 730)
    assert bill["storage_per_month"] == pytest.approx(100_100 / 1e9 * 0.5)


def test_storage_is_billed_with_a_hundred_bytes_for_each_item_and_index_entry(things: Service) -> None:
    """It was billed by the sizes alone."""
    things.put(padded(1000, pk="a", sk=1, kind="x", size=1))
    things.put(padded(1000, pk="b", sk=1))
    described = things.call("DescribeTable", TableName="Things")["Table"]
    indexes = [*described["GlobalSecondaryIndexes"], *described["LocalSecondaryIndexes"]]
    entries_bytes = sum(index["IndexSizeBytes"] for index in indexes)
    assert described["TableSizeBytes"] == 2000
    assert sum(index["ItemCount"] for index in indexes) == 2
    bill = report(things, "Things")["bill"]
    assert bill["storage_per_month"] == pytest.approx((2000 + entries_bytes + 4 * 100) / 1e9 * 0.5)


def test_the_report_says_what_was_refused(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 1))
    refused, _ = until_refused(lambda n: service.put(item(id=f"k{n}"), table="Plain"), 1000)
    told = report(service, "Plain")
    assert told["consumed"]["write_units"] == refused == 300
    assert (told["consumed"]["write_throttles"], told["consumed"]["throttled_requests"]) == (1, 1)
    assert told["lanes"]["writes"] == {"units_per_second": 1, "partitions": 1}


def test_a_transaction_refused_for_want_of_capacity_is_a_throttled_request(service: Service) -> None:
    """It counted as none, and a write that an index refused was no throttle event either."""
    service.call("CreateTable", **provisioned(1, 1000, **by_kind(1, 1)))
    until_refused(lambda n: service.put(item(id=f"k{n}", kind="x"), table="Plain"), 1000)
    puts = [{"Put": {"TableName": "Plain", "Item": item(id=name, kind="x")}} for name in "ab"]
    service.refused("TransactWriteItems", TransactItems=puts)
    for index in ("", "by-kind"):
        assert counted(service, "TransactWriteItems", index, "Plain").write_throttles == 1
    assert counted(service, "TransactWriteItems", table="Plain").throttled_requests == 1

    until_refused(lambda n: service.call("GetItem", TableName="Plain", Key=item(id="k0")), 1000)
    gets = [{"Get": {"TableName": "Plain", "Key": item(id=name)}} for name in "abc"]
    service.refused("TransactGetItems", TransactItems=gets)
    told = counted(service, "TransactGetItems", table="Plain")
    assert (told.read_throttles, told.throttled_requests) == (3, 1)
