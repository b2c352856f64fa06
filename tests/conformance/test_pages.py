"""What reads answer: projections, order, counts, and pages that follow on each other without a gap."""

from typing import Any

import pytest

from tests.conformance.schema import HASH_TABLE, NUMBER_TABLE, TABLE, at, n, on, s
from tests.conformance.wire import Wire

ITEM: dict[str, Any] = {
    "a": n(1),
    "m": {"M": {"x": n(1), "y": {"M": {"z": s("deep"), "w": n(2)}}}},
    "l": {"L": [n(0), {"M": {"p": n(1), "q": n(2)}}, n(2), {"L": [s("in"), s("out")]}]},
    "odd.name": s("dot"),
}
PROJECTIONS: tuple[tuple[str, str, dict[str, str], dict[str, Any]], ...] = (
    ("B5.61", "a", {}, {"a": n(1)}),
    ("B5.61", "a, zz", {}, {"a": n(1)}),
    ("B5.61", "m.x", {}, {"m": {"M": {"x": n(1)}}}),
    ("B5.61", "m.x, m.y.z", {}, {"m": {"M": {"x": n(1), "y": {"M": {"z": s("deep")}}}}}),
    ("B5.61", "#o", {"#o": "odd.name"}, {"odd.name": s("dot")}),
    ("B5.61", "m.#y.z", {"#y": "y"}, {"m": {"M": {"y": {"M": {"z": s("deep")}}}}}),
    ("B5.62", "l[0]", {}, {"l": {"L": [n(0)]}}),
    ("B5.62", "l[2], l[0]", {}, {"l": {"L": [n(0), n(2)]}}),
    ("B5.62", "l[9]", {}, {}),
    ("B5.62", "l[3][1]", {}, {"l": {"L": [{"L": [s("out")]}]}}),
    ("B5.62", "l[1].p, l[1].q", {}, {"l": {"L": [{"M": {"p": n(1), "q": n(2)}}]}}),
    ("B5.62", "l[1].q, l[0]", {}, {"l": {"L": [n(0), {"M": {"q": n(2)}}]}}),
    ("B5.63", "zz", {}, {}),
    ("B5.63", "m.zz", {}, {}),
    ("B5.63", "a.zz", {}, {}),
    ("B5.63", "m[0]", {}, {}),
)


@pytest.mark.parametrize(
    ("behaviour", "text", "names", "shown"), PROJECTIONS, ids=[f"{row[0]}-{row[1]}" for row in PROJECTIONS]
)
def test_projection(
    wire: Wire, behaviour: str, text: str, names: dict[str, str], shown: dict[str, Any]
) -> None:
    key = at("projections")
    wire("PutItem", on(Item=key | ITEM))
    about = {"ProjectionExpression": text} | ({"ExpressionAttributeNames": names} if names else {})
    assert wire("GetItem", on(Key=key, **about))["Item"] == shown
    found = wire("BatchGetItem", {"RequestItems": {TABLE: {"Keys": [key], **about}}})["Responses"]
    assert found == {TABLE: [shown]}
    query = on(KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": s("projections")}, **about)
    assert wire("Query", query)["Items"] == [shown]


def test_no_item_is_no_member_and_no_items_are_an_empty_list(wire: Wire) -> None:
    """B7.50"""
    assert wire("GetItem", on(Key=at("never written"))) == {}
    query = on(KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": s("never written")})
    assert wire("Query", query) == {"Items": [], "Count": 0, "ScannedCount": 0}


@pytest.fixture(scope="module")
def ten(wire: Wire) -> list[int]:
    places = [-100, -10, -1, 0, 1, 2, 3, 10, 20, 100]
    for place in places:
        wire("PutItem", on(Item=at("ten", place) | {"even": {"BOOL": place % 2 == 0}, "gpk": s("ten")}))
    return places


def pages(wire: Wire, operation: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    found = [wire(operation, request)]
    while "LastEvaluatedKey" in found[-1]:
        found.append(wire(operation, request | {"ExclusiveStartKey": found[-1]["LastEvaluatedKey"]}))
    return found


TEN = on(KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": s("ten")})


@pytest.mark.parametrize("limit", [1, 3, 5, 10, 11])
@pytest.mark.parametrize("forward", [True, False])
def test_pages_of_a_query_are_in_order_and_complete(
    wire: Wire, ten: list[int], limit: int, forward: bool
) -> None:
    """B7.51, B7.52"""
    found = pages(wire, "Query", TEN | {"Limit": limit, "ScanIndexForward": forward})
    places = [int(item["sk"]["N"]) for page in found for item in page["Items"]]
    assert places == (ten if forward else ten[::-1])
    assert len(found) == 10 // limit + 1, "a page that is full says where to go on, though nothing follows"


@pytest.mark.parametrize(
    ("text", "values", "wanted"),
    [
        ("sk < :a", {":a": n(0)}, [-100, -10, -1]),
        ("sk <= :a", {":a": n(0)}, [-100, -10, -1, 0]),
        ("sk > :a", {":a": n(3)}, [10, 20, 100]),
        ("sk >= :a", {":a": n("3.0")}, [3, 10, 20, 100]),
        ("sk = :a", {":a": n("1e1")}, [10]),
        ("sk BETWEEN :a AND :b", {":a": n(-1), ":b": n(2)}, [-1, 0, 1, 2]),
        ("sk BETWEEN :a AND :b", {":a": n(4), ":b": n(9)}, []),
    ],
)
def test_ranges(wire: Wire, ten: list[int], text: str, values: dict[str, Any], wanted: list[int]) -> None:
    """B7.52"""
    query = on(
        KeyConditionExpression=f"pk = :p AND {text}", ExpressionAttributeValues={":p": s("ten"), **values}
    )
    assert [int(item["sk"]["N"]) for item in wire("Query", query)["Items"]] == wanted


def test_a_limit_counts_what_is_evaluated(wire: Wire, ten: list[int]) -> None:
    """B7.53, B7.54"""
    values = {":p": s("ten"), ":e": {"BOOL": True}}
    answer = wire(
        "Query", TEN | {"FilterExpression": "even = :e", "ExpressionAttributeValues": values, "Limit": 3}
    )
    assert (answer["Count"], answer["ScannedCount"]) == (2, 3)
    assert answer["LastEvaluatedKey"] == at("ten", -1)
    assert "Items" not in wire("Query", TEN | {"Select": "COUNT"})
    assert wire("Query", TEN | {"Select": "COUNT"})["Count"] == 10


def test_the_last_key_of_an_index_names_both_keys(wire: Wire, ten: list[int]) -> None:
    """B7.55"""
    query = on(
        IndexName="gsi",
        KeyConditionExpression="gpk = :p",
        ExpressionAttributeValues={":p": s("ten")},
        Limit=4,
    )
    found = pages(wire, "Query", query)
    assert found[0]["LastEvaluatedKey"].keys() == {"pk", "sk", "gpk"}
    assert sorted(int(item["sk"]["N"]) for page in found for item in page["Items"]) == ten


def test_a_page_ends_with_the_item_that_crosses_a_megabyte(wire: Wire) -> None:
    """B7.56"""
    for place in range(4):
        wire("PutItem", on(Item=at("large", place) | {"v": s("x" * 390_000)}))
    query = on(KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": s("large")})
    found = pages(wire, "Query", query)
    assert [page["Count"] for page in found] == [3, 1]
    assert found[0]["LastEvaluatedKey"] == at("large", 2)
    for place in range(4):
        wire("DeleteItem", on(Key=at("large", place)))


def test_what_a_local_index_fetches_fills_its_page(wire: Wire) -> None:
    """B7.57"""
    for place in range(4):
        wire("PutItem", on(Item=at("fetched", place) | {"lsk": s(str(place)), "v": s("x" * 390_000)}))
    query = on(
        IndexName="lsi", KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": s("fetched")}
    )
    assert [page["Count"] for page in pages(wire, "Query", query)] == [4]
    found = pages(wire, "Query", query | {"Select": "ALL_ATTRIBUTES"})
    assert [page["Count"] for page in found] == [3, 1]
    assert found[0]["LastEvaluatedKey"] == at("fetched", 2) | {"lsk": s("2")}
    for place in range(4):
        wire("DeleteItem", on(Key=at("fetched", place)))


def test_binary_sort_keys_are_unsigned(wire: Wire) -> None:
    """B7.52"""
    encoded = ["AA==", "AAE=", "AQ==", "fw==", "gA==", "/w=="]
    for sk in reversed(encoded):
        wire("PutItem", on(NUMBER_TABLE, Item={"pk": n(7), "sk": {"B": sk}}))
    query = on(NUMBER_TABLE, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": n(7)})
    assert [item["sk"]["B"] for item in wire("Query", query)["Items"]] == encoded


@pytest.mark.parametrize("segments", [1, 2, 5])
def test_segments_divide_a_table(wire: Wire, segments: int) -> None:
    """B7.42"""
    for place in range(20):
        wire("PutItem", on(HASH_TABLE, Item={"pk": s(f"segment {place}")}))
    whole = [item["pk"]["S"] for page in pages(wire, "Scan", on(HASH_TABLE)) for item in page["Items"]]
    parts = [
        item["pk"]["S"]
        for segment in range(segments)
        for page in pages(wire, "Scan", on(HASH_TABLE, Segment=segment, TotalSegments=segments, Limit=3))
        for item in page["Items"]
    ]
    assert sorted(parts) == sorted(whole)
    assert len(set(whole)) == len(whole)
