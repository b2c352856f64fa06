"""The worked examples of the developer guide on capacity, by arithmetic on a clock that stands still."""

from dynalite.capacity.lanes import Kind, Lane, Terms
from tests.capacity.tables import provisioned, reasons, units, until_refused
from tests.operations.service import PLAIN, Service, item, padded

KIB = 1024


def every_second(service: Service, operation: str, **members: object) -> list[int]:
    """How many requests pass in each of ten seconds, once all that was saved up is gone."""
    now = service.clock.now()
    kind: Kind = "Read" if operation == "GetItem" else "Write"
    table = service.database.catalog.get("us-east-1", "Plain")
    lane = service.database.capacity.account(table).lane(table, None, kind, now)
    lane.take(lane.terms.units * 300, None, now)
    counts = []
    for _ in range(10):
        service.clock.advance(1)
        counts.append(until_refused(lambda _: service.call(operation, TableName="Plain", **members), 999)[0])
    return counts


def test_a_unit_reads_4_kb_strongly_or_twice_that_eventually(service: Service) -> None:
    """A table with 6 reads and 6 writes can do strongly consistent reads of 24 KB a second, twice as much
    eventually consistent, and half as much in transactions; and writes of 6 KB, and 3 KB in transactions.
    """
    service.call("CreateTable", **provisioned(6, 6))
    service.put(padded(4 * KIB, id="a"), table="Plain")
    key = item(id="a")
    assert every_second(service, "GetItem", Key=key, ConsistentRead=True) == [6] * 10
    service.clock.advance(1000)
    assert every_second(service, "GetItem", Key=key) == [12] * 10
    service.clock.advance(1000)
    assert every_second(service, "PutItem", Item=padded(KIB, id="b")) == [6] * 10
    service.clock.advance(1000)
    put = {"Put": {"TableName": "Plain", "Item": padded(KIB, id="b")}}
    service.call("TransactWriteItems", TransactItems=[put])
    written = service.call("TransactWriteItems", TransactItems=[put], ReturnConsumedCapacity="TOTAL")
    assert written["ConsumedCapacity"][0]["CapacityUnits"] == 2


def test_items_are_rounded_up_one_by_one_in_a_batch_and_together_in_a_query(service: Service) -> None:
    """BatchGetItem of 1.5 KB and 6.5 KB is charged for 4 + 8 KB, a Query of 40.8 KB for 44 KB."""
    service.call("CreateTable", **provisioned(100, 1000))
    for name, size_bytes in (("a", 1536), ("b", 6656)):
        service.put(padded(size_bytes, id=name), table="Plain")
    block = {"Keys": [item(id="a"), item(id="b")], "ConsistentRead": True}
    asked = {"RequestItems": {"Plain": block}, "ReturnConsumedCapacity": "TOTAL"}
    assert service.call("BatchGetItem", **asked)["ConsumedCapacity"][0]["CapacityUnits"] == 3

    service.call("CreateTable", **provisioned(100, 1000, name="Other"))
    for number in range(10):
        service.put(padded(4178, id=f"k{number}"), table="Other")
    scan = {"TableName": "Other", "ConsistentRead": True, "ReturnConsumedCapacity": "TOTAL"}
    assert service.call("Scan", **scan)["ConsumedCapacity"]["CapacityUnits"] == 11


def test_80_items_of_3_kb_a_second_need_80_reads_or_40(service: Service) -> None:
    service.call("CreateTable", **provisioned(80, 10))
    service.put(padded(3 * KIB, id="a"), table="Plain")
    assert every_second(service, "GetItem", Key=item(id="a"), ConsistentRead=True) == [80] * 10
    service.call("UpdateTable", TableName="Plain", ProvisionedThroughput=units(40, 10))
    service.clock.advance(1000)
    assert every_second(service, "GetItem", Key=item(id="a")) == [80] * 10


def test_100_items_of_512_bytes_a_second_need_100_writes(service: Service) -> None:
    service.call("CreateTable", **provisioned(1, 100))
    assert every_second(service, "PutItem", Item=padded(512, id="a")) == [100] * 10


def test_a_peak_of_50000_reads_allows_100000_later() -> None:
    """On demand, what peaked at 50,000 reads a second can do 100,000 at once."""
    lane = Lane("Read", Terms("PAY_PER_REQUEST", 25_000), now=0)
    for second in range(3):
        lane.take(50_000, None, second)
    later = 3 + 1800
    assert lane.closed(None, later) is None
    assert len(lane.ranges) == 34  # 100,000 in partitions of 3,000


def test_an_item_of_20_kb_can_be_read_600_times_a_second(service: Service) -> None:
    """A strongly consistent read of 20 KB costs 5 units, and a partition has 3,000 whatever its table has."""
    service.call("CreateTable", **provisioned(20_000, 100))
    service.put(padded(20 * KIB, id="a"), table="Plain")
    service.clock.advance(1)

    def read(_: int) -> object:
        return service.call("GetItem", TableName="Plain", Key=item(id="a"), ConsistentRead=True)

    passed, error = until_refused(read, 999)
    assert passed == 600
    assert error is not None
    assert reasons(error)[0]["reason"] == "TableReadKeyRangeThroughputExceeded"


def test_an_item_of_8_kb_costs_2_reads_or_1_or_4_and_8_writes_or_16(service: Service) -> None:
    """Strongly consistent, eventually consistent, transactional; a standard write and a transactional one."""
    service.call("CreateTable", **PLAIN)
    whole = padded(8 * KIB, id="a")

    def units_of(operation: str, **members: object) -> float:
        answer = service.call(operation, **members, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"]
        only = answer[0] if isinstance(answer, list) else answer
        units: float = only["CapacityUnits"]
        return units

    key = {"TableName": "Plain", "Key": item(id="a")}
    put = {"TableName": "Plain", "Item": whole}
    assert units_of("PutItem", **put) == 8
    assert units_of("TransactWriteItems", TransactItems=[{"Put": put}]) == 16
    assert units_of("GetItem", **key, ConsistentRead=True) == 2
    assert units_of("GetItem", **key) == 1
    assert units_of("TransactGetItems", TransactItems=[{"Get": key}]) == 4
