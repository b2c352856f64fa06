"""Reads of many partitions: let in where they begin, charged where they went."""

from typing import Any

import pytest

from dynalite.values.order import encode
from tests.capacity.tables import by_kind, provisioned, reasons
from tests.operations.service import Service, item, padded

MOST_READS = 3000
KEY = "KeyRangeThroughputExceeded"


def filled(service: Service, items: int = 12, size_bytes: int = 64 * 1024, **members: Any) -> list[str]:
    """A table with two partitions for reads, each as full as can be. Its keys, in the order of a scan."""
    service.call("CreateTable", **provisioned(2 * MOST_READS, 10_000, **members))
    for number in range(items):
        service.put(padded(size_bytes, id=f"k{number}", kind=f"kind{number}"), table="Plain")
        service.clock.advance(1)
    scanned = service.call("Scan", TableName="Plain")["Items"]
    service.clock.advance(10)
    return [one["id"]["S"] for one in scanned]


def used_up(service: Service, key: str, units: float) -> None:
    """Spend units on the partition of a key, whatever it costs the table."""
    table = service.database.catalog.get("us-east-1", "Plain")
    capacity = service.database.capacity
    place = table.items_prefix + service.database.context("us-east-1").hash(encode("S", key))
    capacity.meter("GetItem").read(table, units, place, item(id=key))


def levels(service: Service, index: str | None = None) -> list[float]:
    """What is left for reads in each partition of the table, or of its index."""
    table = service.database.catalog.get("us-east-1", "Plain")
    owner = None if index is None else table.index(index)
    account = service.database.capacity.account(table)
    now = service.clock.now()
    buckets = [partition.bucket for partition in account.lane(table, owner, "Read", now).ranges._partitions]
    for bucket in buckets:
        bucket.open(now)  # which fills it up
    return [bucket.level for bucket in buckets]


def scan(service: Service, **members: Any) -> Any:
    return service.call("Scan", TableName="Plain", ConsistentRead=True, **members)


def test_a_scan_is_refused_where_the_partition_in_which_it_begins_has_nothing_left(service: Service) -> None:
    first, *_, last = filled(service)
    used_up(service, first, MOST_READS)
    error = service.refused("Scan", TableName="Plain")
    assert error.code == "ProvisionedThroughputExceededException"
    assert reasons(error)[0]["reason"] == f"TableRead{KEY}"
    scan(service, Segment=1, TotalSegments=2)  # begins in the other partition
    service.clock.advance(1)
    used_up(service, last, MOST_READS)
    scan(service)  # begins where there is room
    error = service.refused("Scan", TableName="Plain", Segment=1, TotalSegments=2)
    assert error.code == "ProvisionedThroughputExceededException"


def test_a_scan_is_charged_to_each_partition_by_what_it_read_there(service: Service) -> None:
    filled(service)
    before = levels(service)
    page = scan(service, Segment=0, TotalSegments=2, ReturnConsumedCapacity="TOTAL")
    low, high = levels(service)
    assert low == pytest.approx(before[0] - page["ConsumedCapacity"]["CapacityUnits"])
    assert high == before[1]


def test_scans_that_are_refused_for_minutes_split_nothing(service: Service) -> None:
    first, *_ = filled(service)
    for _ in range(130):
        used_up(service, first, 2 * MOST_READS)
        service.refused("Scan", TableName="Plain")
        service.clock.advance(1)
    assert len(levels(service)) == 2


def test_an_index_is_scanned_by_partitions_of_its_own(service: Service) -> None:
    filled(service, **by_kind(2 * MOST_READS, 10_000))
    before = levels(service)
    page = service.call("Scan", TableName="Plain", IndexName="by-kind", ReturnConsumedCapacity="TOTAL")
    low, high = levels(service, "by-kind")
    assert low + high == pytest.approx(2 * MOST_READS - page["ConsumedCapacity"]["CapacityUnits"])
    assert max(low, high) < MOST_READS
    assert levels(service) == before


@pytest.mark.parametrize(
    "where", ["", " WHERE kind <> 'x'", " WHERE id IN ['k0', 'k1', 'k2', 'k3', 'k4', 'k5']"]
)
def test_a_select_of_many_partitions_is_held_to_them_as_a_scan_is(service: Service, where: str) -> None:
    keys = filled(service)
    statement = {"Statement": f'SELECT * FROM "Plain"{where}'}
    service.call("ExecuteStatement", **statement)
    first = "k0" if "IN" in where else keys[0]
    used_up(service, first, MOST_READS)
    error = service.refused("ExecuteStatement", **statement)
    assert reasons(error)[0]["reason"] == f"TableRead{KEY}"


def test_a_select_of_one_partition_is_held_to_it_and_counts_as_its_heat(service: Service) -> None:
    filled(service)
    statement = {"Statement": "SELECT * FROM \"Plain\" WHERE id = 'k3'"}
    service.call("ExecuteStatement", **statement)
    table = service.database.catalog.get("us-east-1", "Plain")
    hottest = service.database.capacity.account(table).heat["", "Read"].hottest(1)
    assert [key for key, _ in hottest] == [item(id="k3")]
    used_up(service, "k3", MOST_READS)
    assert reasons(service.refused("ExecuteStatement", **statement))[0]["reason"] == f"TableRead{KEY}"


def test_a_select_that_can_find_nothing_is_charged_its_minimum(service: Service) -> None:
    filled(service, items=1)
    answer = service.call(
        "ExecuteStatement",
        Statement="SELECT * FROM \"Plain\" WHERE id = 'a' AND id = 'b'",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 0.5
