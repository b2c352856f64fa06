"""Searching by vector: the nearest of all, whatever else is in the table, and what becomes of an index."""

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.catalog.schema import Projection, VectorIndex
from dynalite.clock import Clock
from dynalite.items import vectors
from dynalite.settings import Settings
from tests.operations.service import START, Service, in_memory, item

DISTANCES: dict[str, Callable[[list[float], list[float]], float]] = {
    "EUCLIDEAN": lambda a, b: math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True))),
    "DOT_PRODUCT": lambda a, b: -sum(x * y for x, y in zip(a, b, strict=True)),
}


def definition(function: str = "EUCLIDEAN", dimensions: int = 3, name: str = "near") -> dict[str, Any]:
    return {
        "IndexName": name,
        "VectorAttribute": {"AttributeName": "v"},
        "Dimensions": dimensions,
        "DistanceFunction": function,
        "Projection": {"ProjectionType": "ALL"},
    }


def table(*indexes: dict[str, Any]) -> dict[str, Any]:
    return {
        "TableName": "Vectors",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        **({"VectorIndexes": list(indexes)} if indexes else {}),
    }


def nearest(service: Service, components: list[float], count: int = 100, name: str = "near") -> list[str]:
    wanted = [{"N": str(component)} for component in components]
    answer = service.call(
        "SearchVectors", TableName="Vectors", IndexName=name, SearchVector=wanted, TopK=count
    )
    return [one["Item"]["id"]["S"] for one in answer["SearchResults"]]


def settle(service: Service) -> None:
    service.wait(service.database.until_idle())


@pytest.fixture(scope="module")
def shared() -> Iterator[Service]:
    service = in_memory()
    service.call("CreateTable", **table(*(definition(function, name=function) for function in DISTANCES)))
    settle(service)
    yield service
    service.close()


components = st.lists(st.integers(-50, 50), min_size=3, max_size=3)


@given(stored=st.lists(components, min_size=1, max_size=30), wanted=components, count=st.integers(1, 10))
@pytest.mark.parametrize("function", DISTANCES)
def test_a_search_finds_what_a_sort_finds(
    shared: Service, function: str, stored: list[list[int]], wanted: list[int], count: int
) -> None:
    for name in range(30):
        shared.call("DeleteItem", TableName="Vectors", Key=item(id=str(name)))
    for name, vector in enumerate(stored):
        shared.put(item(id=str(name), v=list(vector)), table="Vectors")
    far = [DISTANCES[function](list(map(float, wanted)), list(map(float, vector))) for vector in stored]
    found = nearest(shared, list(map(float, wanted)), count, function)
    assert [far[int(name)] for name in found] == pytest.approx(sorted(far)[:count])


def test_a_search_walks_a_table_of_many_pages(service: Service) -> None:
    service.call("CreateTable", **table(definition()))
    settle(service)
    for number in range(12):
        service.put(item(id=str(number), v=[number, 0, 0], filler="x" * 300_000), table="Vectors")
    assert nearest(service, [0, 0, 0]) == [str(number) for number in range(12)]
    assert nearest(service, [11, 0, 0], 2) == ["11", "10"]


def test_items_from_before_the_index_are_found_if_they_fit(service: Service) -> None:
    service.call("CreateTable", **table())
    settle(service)
    for name, value in (("fits", [1, 2, 3]), ("short", [1]), ("text", "x"), ("mixed", [1, 2, "x"])):
        service.put(item(id=name, v=value), table="Vectors")
    service.put(item(id="far", v=[{"N": "1E39"}, 0, 0]), table="Vectors")
    service.call("UpdateTable", TableName="Vectors", VectorIndexUpdates=[{"Create": definition()}])
    settle(service)
    assert nearest(service, [0, 0, 0]) == ["fits"]


def test_what_does_not_fit_stays_as_it_is_while_something_else_is_updated(service: Service) -> None:
    service.call("CreateTable", **table())
    settle(service)
    service.put(item(id="short", v=[1]), table="Vectors")
    service.call("UpdateTable", TableName="Vectors", VectorIndexUpdates=[{"Create": definition()}])
    settle(service)
    change = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "x"}}}
    service.call("UpdateItem", TableName="Vectors", Key=item(id="short"), **change)
    assert service.get("Vectors", id="short") == item(id="short", v=[1], a="x")


def test_an_index_passes_through_the_statuses(service: Service) -> None:
    clock = Clock()
    clock.freeze()
    clock.set(START)
    slow = Service(Settings(transition_seconds=10.0), clock)
    try:
        slow.call("CreateTable", **table())
        clock.advance(10)
        settle(slow)
        slow.call("UpdateTable", TableName="Vectors", VectorIndexUpdates=[{"Create": definition()}])
        described = slow.call("DescribeTable", TableName="Vectors")["Table"]
        (index,) = described["VectorIndexes"]
        assert (described["TableStatus"], index["IndexStatus"], index["Backfilling"]) == (
            "UPDATING",
            "CREATING",
            False,
        )
        search = {"TableName": "Vectors", "IndexName": "near", "SearchVector": [{"N": "1"}] * 3, "TopK": 1}
        said = slow.refused("SearchVectors", **search).message
        assert said == "The table does not have the specified index: near"
        giving_up = [{"Delete": {"IndexName": "near"}}]
        refused = slow.refused("UpdateTable", TableName="Vectors", VectorIndexUpdates=giving_up)
        assert (refused.code, "resource allocation phase" in refused.message) == (
            "ResourceInUseException",
            True,
        )
        again = slow.refused(
            "UpdateTable", TableName="Vectors", VectorIndexUpdates=[{"Create": definition()}]
        )
        assert (again.code, "Index is being created.  Table: " in again.message) == (
            "ResourceInUseException",
            True,
        )
        other = [{"Create": definition(name="another")}]
        refused = slow.refused("UpdateTable", TableName="Vectors", VectorIndexUpdates=other)
        assert refused.code == "LimitExceededException"
        assert slow.refused("DeleteTable", TableName="Vectors").code == "ResourceInUseException"
        clock.advance(10)
        (index,) = slow.call("DescribeTable", TableName="Vectors")["Table"]["VectorIndexes"]
        assert (index["IndexStatus"], index["Backfilling"]) == ("CREATING", True)
        said = slow.refused("SearchVectors", **search).message
        assert said == "Cannot search backfilling vector index: near"
        settle(slow)
        (index,) = slow.call("DescribeTable", TableName="Vectors")["Table"]["VectorIndexes"]
        assert (index["IndexStatus"], "Backfilling" in index) == ("ACTIVE", False)
    finally:
        slow.close()


def test_an_index_is_there_after_a_restart_and_after_a_restore(service: Service) -> None:
    service.call("CreateTable", **table(definition()))
    settle(service)
    service.put(item(id="a", v=[1, 2, 3]), table="Vectors")
    backup = service.call("CreateBackup", TableName="Vectors", BackupName="vectors")["BackupDetails"]
    settle(service)
    service.call("DeleteTable", TableName="Vectors")
    settle(service)
    service.call("RestoreTableFromBackup", TargetTableName="Vectors", BackupArn=backup["BackupArn"])
    settle(service)
    assert nearest(service, [0, 0, 0]) == ["a"]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=5))
def test_32_bit_floats_stay_what_they_are(numbers: list[float]) -> None:
    assert vectors.single([repr(number) for number in numbers]) == tuple(numbers)


@pytest.mark.parametrize("number", ["1E39", "-1E39", "3.4028236E38", "1E125"])
def test_what_no_32_bit_float_holds_is_told(number: str) -> None:
    with pytest.raises(OverflowError):
        vectors.single([number])


def test_an_entry_weighs_its_floats_and_what_is_carried() -> None:
    index = VectorIndex(1, "near", "v", 3, "COSINE", Projection("ALL"))
    assert vectors.entry_bytes(index, item(id="ab", v=[1, 2, 3])) == 3 * 4 + len("idab")
