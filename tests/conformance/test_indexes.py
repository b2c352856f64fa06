"""Secondary indexes: which items are in them, keys of several attributes, pages through equal keys, and how
many names may be projected.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import OMPVI, Case, Like, judge, table_of
from tests.conformance.schema import NEW, TABLE, at, attributes, index, keys, n, on, s
from tests.conformance.wire import Refusal, Wire

BASE: dict[str, Any] = {"TableName": NEW, "KeySchema": keys("pk"), "BillingMode": "PAY_PER_REQUEST"}


def schema(partition: str, sort: str = "") -> list[dict[str, str]]:
    """A key schema of several attributes: the letters of `partition`, then those of `sort`."""
    return [
        *({"AttributeName": name, "KeyType": "HASH"} for name in partition),
        *({"AttributeName": name, "KeyType": "RANGE"} for name in sort),
    ]


def indexed(partition: str, sort: str = "", **kinds: str) -> dict[str, Any]:
    """The members of a CreateTable with one such index; attributes are strings unless `kinds` says more."""
    types = {"pk": "S", **dict.fromkeys(partition + sort, "S"), **kinds}
    members = {
        "GlobalSecondaryIndexes": [index("many", schema(partition, sort))],
        "AttributeDefinitions": attributes(**types),
    }
    return BASE | members


# ------------------------------------------------------------------ sparse


@pytest.mark.parametrize(
    ("more", "listed"),
    [
        ({}, {}),
        ({"gpk": s("g")}, {"gsi"}),
        ({"gsk": n(1)}, {}),
        ({"lsk": s("l")}, {"lsi"}),
        ({"gpk": s("g"), "gsk": n(1)}, {"gsi", "gall"}),
        ({"gpk": s("g"), "lsk": s("l")}, {"gsi", "ginc", "lsi"}),
    ],
)
def test_an_index_holds_the_items_that_have_all_its_keys(
    wire: Wire, more: dict[str, Any], listed: set[str]
) -> None:
    """B10.01"""
    item = at("sparse") | more
    wire("PutItem", on(Item=item))
    found = {
        name
        for name in ("gsi", "gall", "ginc", "lsi")
        if any(each["pk"] == item["pk"] for each in wire("Scan", on(IndexName=name))["Items"])
    }
    wire("DeleteItem", on(Key=at("sparse")))
    assert found == set(listed)


def test_an_index_answers_what_it_projects(wire: Wire) -> None:
    """B10.02"""
    item = at("projected") | {"gpk": s("projected"), "gsk": n(1), "lsk": s("l"), "inc": n(1), "rest": n(2)}
    wire("PutItem", on(Item=item))
    names = {}
    for name in ("gsi", "gall", "ginc"):
        query = on(
            IndexName=name,
            KeyConditionExpression="gpk = :g",
            ExpressionAttributeValues={":g": s("projected")},
        )
        (shown,) = wire("Query", query)["Items"]
        names[name] = shown.keys()
    assert names == {
        "gsi": {"pk", "sk", "gpk"},
        "gall": item.keys(),
        "ginc": {"pk", "sk", "gpk", "lsk", "inc"},
    }


# ------------------------------------------------------------------ ties


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize("forward", [True, False])
def test_pages_through_equal_keys_lose_and_repeat_nothing(wire: Wire, limit: int, forward: bool) -> None:
    """B10.03"""
    for place in range(7):
        wire("PutItem", on(Item=at(f"tie {place}", place) | {"gpk": s("tie"), "gsk": n(1)}))
    query = on(
        IndexName="gall",
        KeyConditionExpression="gpk = :g AND gsk = :one",
        ExpressionAttributeValues={":g": s("tie"), ":one": n(1)},
        ScanIndexForward=forward,
    )
    places: list[int] = []
    last: dict[str, Any] | None = None
    while last is not None or not places:
        page = wire("Query", query | {"Limit": limit} | ({"ExclusiveStartKey": last} if last else {}))
        places += [int(item["sk"]["N"]) for item in page["Items"]]
        last = page.get("LastEvaluatedKey")
        assert last is None or last.keys() == {"pk", "sk", "gpk", "gsk"}
    assert sorted(places) == list(range(7))
    whole = [int(item["sk"]["N"]) for item in wire("Query", query)["Items"]]
    assert places == whole, "pages come in the order of the whole"


def test_ties_of_a_table_without_sort_key(new: Wire) -> None:
    """B10.03"""
    new.create(indexed("a"))
    for place in range(5):
        new("PutItem", on(NEW, Item={"pk": s(f"{place}"), "a": s("same")}))
    query = on(
        NEW,
        IndexName="many",
        KeyConditionExpression="a = :a",
        ExpressionAttributeValues={":a": s("same")},
        Limit=2,
    )
    found: list[str] = []
    page: dict[str, Any] = {"LastEvaluatedKey": None}
    while "LastEvaluatedKey" in page:
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if page["LastEvaluatedKey"] else {}
        page = new("Query", query | start)
        assert page.get("LastEvaluatedKey", {}).keys() <= {"pk", "a"}
        found += [item["pk"]["S"] for item in page["Items"]]
    assert sorted(found) == list("01234")


# ------------------------------------------------------------------ keys of several attributes


def test_four_and_four_attributes_are_described_as_they_were_given(new: Wire) -> None:
    """B10.10"""
    new.create(indexed("abcd", "efgh"))
    (described,) = new("DescribeTable", on(NEW))["Table"]["GlobalSecondaryIndexes"]
    assert described["KeySchema"] == schema("abcd", "efgh")


@pytest.fixture
def places(new: Wire) -> Wire:
    """An index by country and town, then year, month and day."""
    new.create(indexed("ct", "ymd", y="N", m="N", d="N"))
    for year in (2024, 2025):
        for month in (2, 10):
            for day in (1, 9, 10):
                item = {"c": s("de"), "t": s("ulm"), "y": n(year), "m": n(month), "d": n(day)}
                new("PutItem", on(NEW, Item={"pk": s(f"{year}-{month}-{day}")} | item))
    for name, item in (
        ("other town", {"c": s("de"), "t": s("bonn"), "y": n(2024), "m": n(2), "d": n(1)}),
        ("no town", {"c": s("de"), "y": n(2024), "m": n(2), "d": n(1)}),
        ("no day", {"c": s("de"), "t": s("ulm"), "y": n(2024), "m": n(2)}),
    ):
        new("PutItem", on(NEW, Item={"pk": s(name)} | item))
    return new


VALUES = {":c": s("de"), ":t": s("ulm"), ":y": n(2024), ":m": n(2), ":m2": n(10), ":d": n(9)}


def condition(text: str) -> dict[str, Any]:
    used = {name: value for name, value in VALUES.items() if name in text.replace(",", " ").split()}
    return on(NEW, IndexName="many", KeyConditionExpression=text, ExpressionAttributeValues=used)


def test_what_conditions_on_several_keys_find(places: Wire) -> None:
    """B10.11, B10.12"""
    year = ["2024-2-1", "2024-2-9", "2024-2-10", "2024-10-1", "2024-10-9", "2024-10-10"]
    for text, found in (
        ("c = :c AND t = :t", [*year, *(name.replace("2024", "2025") for name in year)]),
        ("c = :c AND t = :t AND y = :y", year),
        ("y = :y AND t = :t AND c = :c", year),
        ("c = :c AND t = :t AND y > :y", [name.replace("2024", "2025") for name in year]),
        ("c = :c AND t = :t AND y = :y AND m = :m", year[:3]),
        ("c = :c AND t = :t AND y = :y AND m BETWEEN :m AND :m2", year),
        ("c = :c AND t = :t AND y = :y AND m > :m", year[3:]),
        ("c = :c AND t = :t AND y = :y AND m = :m AND d >= :d", year[1:3]),
        ("c = :c AND t = :t AND y = :y AND m = :m AND d < :d", year[:1]),
    ):
        answer = places("Query", condition(text))
        assert [item["pk"]["S"] for item in answer["Items"]] == found, text


def test_what_conditions_on_several_keys_may_not_be(places: Wire) -> None:
    """B10.13"""
    for text in (
        "c = :c",
        "t = :t",
        "c = :c AND y = :y",
        "c = :c AND t > :t",
        "c = :c AND t = :t AND m = :m",
        "c = :c AND t = :t AND y = :y AND d = :d",
        "c = :c AND t = :t AND y > :y AND m = :m",
        "c = :c AND t = :t AND y = :y AND m > :m AND d = :d",
    ):
        with pytest.raises(Refusal) as raised:
            places("Query", condition(text))
        assert raised.value.code == "ValidationException", text


def test_items_with_all_attributes_are_in_the_index_and_pages_name_them(places: Wire) -> None:
    """B10.14"""
    scanned: list[str] = []
    page: dict[str, Any] = places("Scan", on(NEW, IndexName="many", Limit=5))
    while True:
        scanned += [item["pk"]["S"] for item in page["Items"]]
        if "LastEvaluatedKey" not in page:
            break
        assert page["LastEvaluatedKey"].keys() == {"pk", "c", "t", "y", "m", "d"}
        start = page["LastEvaluatedKey"]
        page = places("Scan", on(NEW, IndexName="many", Limit=5, ExclusiveStartKey=start))
    assert len(scanned) == len(set(scanned)) == 13
    assert not {"no town", "no day"} & set(scanned)


def schemas() -> Iterator[Case]:
    many = Like(("",))
    for name, request in (
        ("five partition attributes", indexed("abcde")),
        ("five sort attributes", indexed("a", "bcdef")),
        ("one attribute twice", indexed("aa")),
        ("one attribute in both", indexed("ab", "a")),
    ):
        yield Case("B10.15", name, "CreateTable", request, many)
    mixed = indexed("ab", "c")
    mixed["GlobalSecondaryIndexes"] = [index("many", [*schema("a", "c"), *schema("b")])]
    yield Case("B10.15", "a sort attribute before a partition attribute", "CreateTable", mixed, many)
    local = {
        "TableName": NEW,
        "KeySchema": keys("pk", "sk"),
        "AttributeDefinitions": attributes(pk="S", sk="S", a="S", b="S"),
        "BillingMode": "PAY_PER_REQUEST",
        "LocalSecondaryIndexes": [index("local", [*keys("pk", "a"), *schema("", "b")])],
    }
    yield Case("B10.16", "a local index with three", "CreateTable", local, many)


# ------------------------------------------------------------------ projected names


def projecting(*counts: int) -> dict[str, Any]:
    """A table with an index for each count, all projecting the names `x0`, `x1` and so on."""
    indexes = [
        index(f"projecting-{place}", keys("pk"), "INCLUDE", *(f"x{name}" for name in range(count)))
        for place, count in enumerate(counts)
    ]
    return BASE | {"AttributeDefinitions": attributes(pk="S"), "GlobalSecondaryIndexes": indexes}


def projections() -> Iterator[Case]:
    beyond = Like((OMPVI, "non-key attributes projected into all indexes exceeds the per-table limit of 100"))
    yield Case("B10.20", "101 names", "CreateTable", projecting(20, 20, 20, 20, 20, 1), beyond)
    yield Case("B10.20", "one name counts in each index", "CreateTable", projecting(*[6] * 17), beyond)
    name = projecting(1)
    name["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] = ["a", "a"]
    yield Case("B10.21", "twice", "CreateTable", name, f"{OMPVI}Duplicate element in NonKeyAttributes: a")
    path = "globalSecondaryIndexes.1.member.projection.nonKeyAttributes"
    long = Like(("1 validation error detected: Value ", f"at '{path}' ", "less than or equal to 20"))
    yield Case("B10.22", "21 names in one index", "CreateTable", projecting(21), long)
    empty = projecting(1)
    empty["GlobalSecondaryIndexes"][0]["Projection"]["NonKeyAttributes"] = []
    short = Like(("1 validation error detected: Value ", f"at '{path}' ", "greater than or equal to 1"))
    yield Case("B10.22", "none", "CreateTable", empty, short)


@table_of(schemas(), projections())
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


def test_a_hundred_projected_names_are_not_too_many(new: Wire) -> None:
    """B10.20"""
    new.create(projecting(20, 20, 20, 20, 20))


# ------------------------------------------------------------------ an index that is added


def test_an_index_added_later_holds_what_fits_it(new: Wire) -> None:
    """B10.30"""
    new.create(BASE | {"AttributeDefinitions": attributes(pk="S")})
    for pk, late in (
        ("fits", n(1)),
        ("another type", s("x")),
        ("a map", {"M": {}}),
        ("fits too", n("-1.5")),
    ):
        new("PutItem", on(NEW, Item={"pk": s(pk), "late": late}))
    new("PutItem", on(NEW, Item={"pk": s("none")}))
    answer = new(
        "UpdateTable",
        on(
            NEW,
            AttributeDefinitions=attributes(late="N"),
            GlobalSecondaryIndexUpdates=[{"Create": index("late", keys("late"))}],
        ),
    )["TableDescription"]
    assert answer["TableStatus"] == "UPDATING"
    (made,) = answer["GlobalSecondaryIndexes"]
    assert (made["IndexStatus"], made["Backfilling"]) == ("CREATING", False)
    new.until_active(NEW)
    (made,) = new("DescribeTable", on(NEW))["Table"]["GlobalSecondaryIndexes"]
    assert "Backfilling" not in made
    found = new("Scan", on(NEW, IndexName="late"))["Items"]
    assert {item["pk"]["S"] for item in found} == {"fits", "fits too"}
    with pytest.raises(Refusal) as raised:
        new("PutItem", on(NEW, Item={"pk": s("refused"), "late": s("x")}))
    assert raised.value.code == "ValidationException"


def test_an_index_is_described(wire: Wire) -> None:
    """B10.31"""
    table = wire("DescribeTable", on())["Table"]
    both = {"IndexName", "KeySchema", "Projection", "IndexSizeBytes", "ItemCount", "IndexArn"}
    for local in table["LocalSecondaryIndexes"]:
        assert local.keys() == both
        assert local["IndexArn"] == f"{table['TableArn']}/index/{local['IndexName']}"
    for made in table["GlobalSecondaryIndexes"]:
        assert made.keys() == both | {"IndexStatus", "ProvisionedThroughput", "WarmThroughput"}
        warm = {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"}
        assert made["WarmThroughput"] == warm
    assert TABLE in table["TableArn"]
