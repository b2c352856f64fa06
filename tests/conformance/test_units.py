"""What requests cost, in capacity units, to the half unit; and the shapes in which it is reported.

Every row writes what is stored before, and then asks for `ReturnConsumedCapacity`. Sizes are given in bytes
of the whole item, and `sized` makes them.
"""

from typing import Any

import pytest

from tests.conformance.schema import TABLE, at, n, on, s
from tests.conformance.wire import Refusal, Wire

NAME = "units"
BARE = len("pk") + len("sk") + len(NAME) + 2
"""What the key weighs: two names, the text, and a number of one digit."""


def key(place: int = 1) -> dict[str, Any]:
    return at(NAME, place)


def sized(size: int, place: int = 1, **more: Any) -> dict[str, Any]:
    """An item of so many bytes, without `more`."""
    return key(place) | {"v": s("x" * (size - BARE - 1))} | more


def store(wire: Wire, size: int, place: int = 1, **more: Any) -> None:
    """Put an item, or see to it that there is none (size 0)."""
    wire("DeleteItem", on(Key=key(place)))
    if size:
        wire("PutItem", on(Item=sized(size, place, **more)))


def cost(wire: Wire, operation: str, request: dict[str, Any], mode: str = "TOTAL") -> Any:
    return wire(operation, request | {"ReturnConsumedCapacity": mode})["ConsumedCapacity"]


READS = (
    ("B9.01", 0, 1.0),
    ("B9.01", 100, 1.0),
    ("B9.01", 4096, 1.0),
    ("B9.01", 4097, 2.0),
    ("B9.01", 8192, 2.0),
    ("B9.01", 8193, 3.0),
    ("B9.01", 40_000, 10.0),
)


@pytest.mark.parametrize(("behaviour", "size", "units"), READS)
@pytest.mark.parametrize("consistent", [True, False])
def test_a_reading(wire: Wire, behaviour: str, size: int, units: float, consistent: bool) -> None:
    store(wire, size)
    units = units if consistent else units / 2
    got = cost(wire, "GetItem", on(Key=key(), ConsistentRead=consistent))
    assert got == {"TableName": TABLE, "CapacityUnits": units}
    block = {"Keys": [key()], "ConsistentRead": consistent}
    got = cost(wire, "BatchGetItem", {"RequestItems": {TABLE: block}})
    assert got == [{"TableName": TABLE, "CapacityUnits": units}]
    query = on(KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": s(NAME)})
    for projection in (
        {},
        {"ProjectionExpression": "pk"},
        {"Select": "COUNT"},
        {"FilterExpression": "attribute_exists(zz)"},
    ):
        got = cost(wire, "Query", query | {"ConsistentRead": consistent} | projection)
        assert got == {"TableName": TABLE, "CapacityUnits": units}, projection


def test_a_batch_rounds_each_item_and_a_query_their_sum(wire: Wire) -> None:
    """B9.02, B9.03"""
    places = range(1, 5)
    for place in places:
        store(wire, 1025, place)
    keys = {"RequestItems": {TABLE: {"Keys": [key(place) for place in places], "ConsistentRead": True}}}
    assert cost(wire, "BatchGetItem", keys)[0]["CapacityUnits"] == 4.0
    query = on(KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": s(NAME)})
    assert cost(wire, "Query", query | {"ConsistentRead": True})["CapacityUnits"] == 2.0
    assert cost(wire, "Query", query)["CapacityUnits"] == 1.0
    for place in places:
        store(wire, 0, place)
    assert cost(wire, "BatchGetItem", keys)[0]["CapacityUnits"] == 4.0
    assert cost(wire, "Query", query)["CapacityUnits"] == 0.5


WRITES = (
    (0, 100, 1.0),
    (0, 1024, 1.0),
    (0, 1025, 2.0),
    (100, 3000, 3.0),
    (3000, 100, 3.0),
    (3000, 3000, 3.0),
    (1024, 1025, 2.0),
    (10_240, 20, 10.0),
)


@pytest.mark.parametrize(("before", "after", "units"), WRITES)
def test_a_write_is_charged_for_the_larger_image(wire: Wire, before: int, after: int, units: float) -> None:
    """B9.04"""
    item = sized(after)
    expected = {"TableName": TABLE, "CapacityUnits": units}
    store(wire, before)
    assert cost(wire, "PutItem", on(Item=item)) == expected
    store(wire, before)
    change = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": item["v"]}}
    assert cost(wire, "UpdateItem", on(Key=key(), **change)) == expected
    store(wire, before)
    batch = {"RequestItems": {TABLE: [{"PutRequest": {"Item": item}}]}}
    assert cost(wire, "BatchWriteItem", batch) == [expected]
    store(wire, before)
    twice = units * 2
    put = {"TransactItems": [{"Put": on(Item=item)}]}
    assert cost(wire, "TransactWriteItems", put) == [
        {"TableName": TABLE, "CapacityUnits": twice, "WriteCapacityUnits": twice}
    ]
    store(wire, before)
    update = {"TransactItems": [{"Update": on(Key=key(), **change)}]}
    assert cost(wire, "TransactWriteItems", update)[0]["CapacityUnits"] == twice


@pytest.mark.parametrize(("size", "units"), [(0, 1.0), (100, 1.0), (1025, 2.0), (9000, 9.0)])
def test_a_deletion_is_charged_for_what_was_there(wire: Wire, size: int, units: float) -> None:
    """B9.05"""
    store(wire, size)
    assert cost(wire, "DeleteItem", on(Key=key()))["CapacityUnits"] == units
    store(wire, size)
    batch = {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": key()}}]}}
    assert cost(wire, "BatchWriteItem", batch)[0]["CapacityUnits"] == units
    store(wire, size)
    transact = {"TransactItems": [{"Delete": on(Key=key())}]}
    assert cost(wire, "TransactWriteItems", transact)[0]["CapacityUnits"] == units * 2


@pytest.mark.parametrize(("size", "units"), [(0, 2.0), (1500, 4.0), (5000, 10.0)])
def test_a_check_is_charged_as_a_write_of_what_it_reads(wire: Wire, size: int, units: float) -> None:
    """B9.07"""
    store(wire, size)
    check = {"ConditionCheck": on(Key=key(), ConditionExpression="attribute_not_exists(zz)")}
    got = cost(wire, "TransactWriteItems", {"TransactItems": [check]})
    assert got == [{"TableName": TABLE, "CapacityUnits": units, "WriteCapacityUnits": units}]


@pytest.mark.parametrize(("size", "units"), [(0, 2.0), (100, 2.0), (4096, 2.0), (4097, 4.0), (9000, 6.0)])
def test_a_transactional_reading_costs_double(wire: Wire, size: int, units: float) -> None:
    """B9.08, B9.22"""
    store(wire, size)
    get = {"TransactItems": [{"Get": on(Key=key())}]}
    total = {"TableName": TABLE, "CapacityUnits": units, "ReadCapacityUnits": units}
    assert cost(wire, "TransactGetItems", get) == [total]
    table = {"Table": {"CapacityUnits": units, "ReadCapacityUnits": units}}
    assert cost(wire, "TransactGetItems", get, "INDEXES") == [total | table]


@pytest.mark.parametrize(("size", "first", "again"), [(1500, 4.0, 2.0), (5000, 10.0, 4.0), (100, 2.0, 2.0)])
def test_a_replayed_token_costs_a_reading(wire: Wire, size: int, first: float, again: float) -> None:
    """B9.09"""
    store(wire, 0)
    put = {"TransactItems": [{"Put": on(Item=sized(size))}], "ClientRequestToken": f"units {size}"}
    name = {"TableName": TABLE}
    assert cost(wire, "TransactWriteItems", put) == [
        {**name, "CapacityUnits": first, "WriteCapacityUnits": first}
    ]
    assert cost(wire, "TransactWriteItems", put) == [
        {**name, "CapacityUnits": again, "ReadCapacityUnits": again}
    ]


def test_a_replayed_deletion_costs_a_reading_of_what_was_there(wire: Wire) -> None:
    """B9.09"""
    store(wire, 9000)
    delete = {"TransactItems": [{"Delete": on(Key=key())}], "ClientRequestToken": "units deleted"}
    assert cost(wire, "TransactWriteItems", delete)[0]["CapacityUnits"] == 18.0
    assert cost(wire, "TransactWriteItems", delete)[0]["CapacityUnits"] == 6.0


INDEX_WRITES: tuple[tuple[str, dict[str, Any], dict[str, Any], dict[str, float], dict[str, float]], ...] = (
    ("in no index", {}, {"a": n(1)}, {}, {}),
    ("enters", {}, {"gpk": s("g")}, {"gsi": 1.0}, {}),
    ("enters two", {}, {"gpk": s("g"), "gsk": n(1)}, {"gsi": 1.0, "gall": 1.0}, {}),
    ("leaves", {"gpk": s("g")}, {}, {"gsi": 1.0}, {}),
    ("moves", {"gpk": s("g")}, {"gpk": s("h")}, {"gsi": 2.0}, {}),
    ("stays the same", {"gpk": s("g")}, {"gpk": s("g")}, {}, {}),
    ("what it does not store changes", {"gpk": s("g"), "a": n(1)}, {"gpk": s("g"), "a": n(2)}, {}, {}),
    (
        "what it stores changes",
        {"gpk": s("g"), "gsk": n(1)},
        {"gpk": s("g"), "gsk": n(1), "a": n(2)},
        {"gall": 1.0},
        {},
    ),
    (
        "a set in another order",
        {"gpk": s("g"), "gsk": n(1), "a": {"SS": ["x", "y"]}},
        {"gpk": s("g"), "gsk": n(1), "a": {"SS": ["y", "x"]}},
        {},
        {},
    ),
    ("enters a local one", {}, {"lsk": s("l")}, {}, {"lsi": 1.0}),
    ("moves in a local one", {"lsk": s("l")}, {"lsk": s("m")}, {}, {"lsi": 2.0}),
    ("leaves a local one", {"lsk": s("l")}, {}, {}, {"lsi": 1.0}),
    (
        "is included",
        {"gpk": s("g"), "lsk": s("l")},
        {"gpk": s("g"), "lsk": s("l"), "inc": n(1)},
        {"ginc": 1.0},
        {},
    ),
)


def arms(units: dict[str, float]) -> dict[str, Any]:
    return {name: {"CapacityUnits": spent} for name, spent in units.items()}


@pytest.mark.parametrize(
    ("name", "before", "after", "globals_", "locals_"), INDEX_WRITES, ids=[row[0] for row in INDEX_WRITES]
)
@pytest.mark.parametrize("transactional", [False, True])
def test_index_units_follow_what_the_index_stores(
    wire: Wire,
    name: str,
    before: dict[str, Any],
    after: dict[str, Any],
    globals_: dict[str, float],
    locals_: dict[str, float],
    transactional: bool,
) -> None:
    """B9.10, B9.11, B9.12, B9.13, B9.14, B9.15"""
    wire("PutItem", on(Item=key() | before))
    if transactional:
        (got,) = cost(
            wire, "TransactWriteItems", {"TransactItems": [{"Put": on(Item=key() | after)}]}, "INDEXES"
        )
    else:
        got = cost(wire, "PutItem", on(Item=key() | after), "INDEXES")
    table = 2.0 if transactional else 1.0
    assert got["Table"]["CapacityUnits"] == table
    assert got.get("GlobalSecondaryIndexes", {}) == arms(globals_)
    assert got.get("LocalSecondaryIndexes", {}) == arms(locals_)
    assert got["CapacityUnits"] == table + sum(globals_.values()) + sum(locals_.values())


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem"])
def test_none_and_total_and_indexes(wire: Wire, operation: str) -> None:
    """B9.20, B9.21"""
    request = on(Item=key()) if operation == "PutItem" else on(Key=key())
    total = {"TableName": TABLE, "CapacityUnits": 1.0}
    assert "ConsumedCapacity" not in wire(operation, request)
    assert "ConsumedCapacity" not in wire(operation, request | {"ReturnConsumedCapacity": "NONE"})
    store(wire, 100)
    assert cost(wire, operation, request) == total
    store(wire, 100)
    assert cost(wire, operation, request, "INDEXES") == total | {"Table": {"CapacityUnits": 1.0}}


def test_a_global_index_is_read_on_its_own_arm(wire: Wire) -> None:
    """B9.16"""
    store(wire, 100, gpk=s("read"))
    query = on(
        IndexName="gsi", KeyConditionExpression="gpk = :g", ExpressionAttributeValues={":g": s("read")}
    )
    assert cost(wire, "Query", query, "INDEXES") == {
        "TableName": TABLE,
        "CapacityUnits": 0.5,
        "Table": {"CapacityUnits": 0.0},
        "GlobalSecondaryIndexes": {"gsi": {"CapacityUnits": 0.5}},
    }


def test_a_local_index_reaches_back_at_the_cost_of_the_table(wire: Wire) -> None:
    """B9.17, B7.26"""
    for place in (1, 2, 3):
        store(wire, 100, place, lsk=s(f"l{place}"))
    query = on(IndexName="lsi", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": s(NAME)})
    answer = wire("Query", query | {"Select": "ALL_ATTRIBUTES", "ReturnConsumedCapacity": "INDEXES"})
    assert answer["ConsumedCapacity"] == {
        "TableName": TABLE,
        "CapacityUnits": 2.0,
        "Table": {"CapacityUnits": 1.5},
        "LocalSecondaryIndexes": {"lsi": {"CapacityUnits": 0.5}},
    }
    assert all("v" in item for item in answer["Items"])
    for place in (2, 3):
        store(wire, 0, place)


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"])
def test_collection_metrics_of_a_table_with_a_local_index(wire: Wire, operation: str) -> None:
    """B9.23"""
    request = on(Item=key()) if operation == "PutItem" else on(Key=key())
    if operation == "BatchWriteItem":
        request = {"RequestItems": {TABLE: [{"PutRequest": {"Item": key()}}]}}
    metrics: Any = wire(operation, request | {"ReturnItemCollectionMetrics": "SIZE"})["ItemCollectionMetrics"]
    if operation == "BatchWriteItem":
        (metrics,) = metrics[TABLE]
    assert metrics == {"ItemCollectionKey": {"pk": s(NAME)}, "SizeEstimateRangeGB": [0.0, 1.0]}


def test_a_failed_condition_says_nothing_of_capacity(wire: Wire) -> None:
    """B9.24"""
    store(wire, 100)
    request = on(Item=key(), ConditionExpression="attribute_not_exists(pk)", ReturnConsumedCapacity="TOTAL")
    with pytest.raises(Refusal) as raised:
        wire("PutItem", request)
    assert "ConsumedCapacity" not in raised.value.body
