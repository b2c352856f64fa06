"""Vector indexes: what may be written, and what a search finds."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import PREFIX, Case, Like, judge, table_of
from tests.conformance.schema import n, on, s
from tests.conformance.vectors import OF_T, VECTORS, search, vector, where
from tests.conformance.wire import Refusal, Wire

# ------------------------------------------------------------------ writes

INVALID = "One or more parameter values were invalid."
SIZE = "Invalid size for parameter v, Expected: 4, Actual: "
ELEMENT = "Expected: 32-bit floating point number, Actual: S."
WRITES: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("B18.20", "too short", {"v": vector(1, 2)}, f"{SIZE}2."),
    ("B18.20", "too long", {"v": vector(1, 2, 3, 4, 5)}, f"{SIZE}5."),
    ("B18.20", "empty", {"v": {"L": []}}, f"{SIZE}0."),
    ("B18.21", "text", {"v": s("x")}, "Invalid type for parameter v, Expected: L, Actual: S."),
    ("B18.21", "a number", {"v": n(1)}, "Invalid type for parameter v, Expected: L, Actual: N."),
    (
        "B18.21",
        "a set of numbers",
        {"v": {"NS": ["1", "2", "3", "4"]}},
        "Invalid type for parameter v, Expected: L, Actual: NS.",
    ),
    (
        "B18.22",
        "text among numbers",
        {"v": {"L": [n(1), s("x"), n(1), n(1)]}},
        f"Invalid type for parameter v[1], {ELEMENT}",
    ),
    ("B18.23", "too large for 32 bits", {"v": vector(1, "1E39", 0, 0)}, "v[1], Value: 1.0E39 is outside"),
    ("B18.23", "too small for 32 bits", {"v": vector("-3.5E38", 1, 0, 0)}, "v[0], Value: -3.5E38 is outside"),
    (
        "B18.24",
        "a tenant of another type",
        {"tenant": n(1)},
        "Attribute 'tenant' type mismatch. Expected: S, Actual: N.",
    ),
    (
        "B18.24",
        "a filter of another type",
        {"colour": n(1)},
        "Attribute 'colour' type mismatch. Expected: S, Actual: N.",
    ),
)


def writes() -> Iterator[Case]:
    for behaviour, name, changed, complaint in WRITES:
        item = {"pk": s("refused"), "v": vector(1, 2, 3, 4)} | changed
        wanted = Like((f"{INVALID} ", complaint, "IndexName: "))
        yield Case(behaviour, name, "PutItem", on(VECTORS, Item=item), wanted)
        batch = {"RequestItems": {VECTORS: [{"PutRequest": {"Item": item}}]}}
        yield Case(behaviour, name, "BatchWriteItem", batch, wanted)
        ((attribute, value),) = changed.items()
        update = on(
            VECTORS,
            Key={"pk": s("refused")},
            UpdateExpression="SET #a = :v",
            ExpressionAttributeNames={"#a": attribute},
            ExpressionAttributeValues={":v": value},
        )
        yield Case(behaviour, name, "UpdateItem", update, wanted)
        cancelled = Like(("Transaction cancelled", "[ValidationError]"), "TransactionCanceledException")
        yield Case(
            behaviour,
            name,
            "TransactWriteItems",
            {"TransactItems": [{"Put": on(VECTORS, Item=item)}]},
            cancelled,
        )


@table_of(writes())
def test_what_may_be_written(filled: Wire, case: Case) -> None:
    judge(filled, case)


def test_an_empty_tenant_is_an_empty_key(filled: Wire) -> None:
    """B18.25"""
    item = {"pk": s("refused"), "tenant": s("")}
    said = (
        "One or more parameter values are not valid. A value specified for a secondary index key is not "
        "supported. The AttributeValue for a key attribute cannot contain an empty string value. "
        "IndexName: cosine, IndexKey: tenant"
    )
    judge(filled, Case("B18.25", "", "PutItem", on(VECTORS, Item=item), said))


# ------------------------------------------------------------------ searches


def found(wire: Wire, request: dict[str, Any]) -> list[tuple[str, float]]:
    results = wire("SearchVectors", request)["SearchResults"]
    return [(one["Item"]["pk"]["S"], round(one["Score"], 4)) for one in results]


def test_cosine_is_a_distance_that_minds_no_length(filled: Wire) -> None:
    """B18.30"""
    assert found(filled, search("cosine", **OF_T)) == [
        ("long", 0.0),
        ("aslant", 0.2929),
        ("nothing", 1.0),
        ("opposite", 2.0),
    ]


def test_euclidean_is_a_distance(filled: Wire) -> None:
    """B18.30"""
    assert found(filled, search("euclid", **where("colour = :c", c=s("red")))) == [
        ("aslant", 0.7654),
        ("nothing", 1.0),
        ("opposite", 2.0),
        ("long", 9.0),
    ]


def test_a_product_is_the_greater_the_nearer(filled: Wire) -> None:
    """B18.30"""
    assert found(filled, search("product", count=3)) == [
        ("long", 10.0),
        ("without a tenant", 5.0),
        ("aslant", 0.7071),
    ]


def test_a_partition_is_searched_alone(filled: Wire) -> None:
    """B18.31"""
    assert found(filled, search("cosine", **where("tenant = :t", t=s("nobody")))) == []
    names = {name for name, _ in found(filled, search("cosine", **OF_T))}
    assert "without a tenant" not in names


def test_the_vector_is_shown_if_it_is_named(filled: Wire) -> None:
    """B18.32"""
    (first, *_) = filled("SearchVectors", search("product", count=1))["SearchResults"]
    assert "v" not in first["Item"]
    named = search("product", count=3, ProjectionExpression="pk, v, nowhere")
    third = filled("SearchVectors", named)["SearchResults"][2]
    assert third["Item"] == {"pk": s("aslant"), "v": vector("0.7071", "0.7071", 0, 0)}


def test_what_is_not_projected_is_left_out(filled: Wire) -> None:
    """B18.33"""
    (first, *_) = filled("SearchVectors", search("euclid"))["SearchResults"]
    assert first["Item"].keys() == {"pk", "colour"}
    (first, *_) = filled("SearchVectors", search("euclid", ProjectionExpression="pk, more"))["SearchResults"]
    assert first["Item"].keys() == {"pk"}


def test_a_search_costs_bytes(filled: Wire) -> None:
    """B18.34"""
    for mode in ("TOTAL", "INDEXES"):
        consumed = filled("SearchVectors", search("product", ReturnConsumedCapacity=mode))["ConsumedCapacity"]
        assert consumed.keys() == {"VectorSearchRequestBytes"}
    assert "ConsumedCapacity" not in filled("SearchVectors", search("product"))


def test_a_write_costs_bytes_where_it_changes_an_entry(filled: Wire) -> None:
    """B18.35"""
    item = {"pk": s("charged"), "v": vector(1, 1, 1, 1), "tenant": s("u"), "more": s("x" * 2000)}

    def charged(**changes: Any) -> dict[str, float]:
        put = on(VECTORS, Item=item | changes, ReturnConsumedCapacity="INDEXES")
        arms = filled("PutItem", put)["ConsumedCapacity"].get("VectorIndexes", {})
        return {name: arm["VectorWriteRequestBytes"] for name, arm in arms.items()}

    with_all = 4 * 4 + len("pkchargedtenantumore") + 2000
    assert charged() == {"cosine": with_all, "euclid": 1024, "product": with_all}
    assert charged() == {}
    assert charged(more=s("y" * 2000)) == {"cosine": with_all, "product": with_all}
    moved = charged(more=s("y" * 2000), tenant=s("w"))
    assert moved == {"cosine": 2 * with_all, "product": with_all}
    total = on(VECTORS, Item=item, ReturnConsumedCapacity="TOTAL")
    assert "VectorIndexes" not in filled("PutItem", total)["ConsumedCapacity"]
    filled("DeleteItem", on(VECTORS, Key={"pk": s("charged")}))


NO_NUMBERS = (
    "Search vector contains invalid values. All values in the search vector must be a 32-bit floating-point "
    "number attribute"
)
CONDITION = "Invalid SearchConditionExpression: "
COMPARATOR = f"{CONDITION}Invalid comparator used in SearchConditionExpression"
SEARCHES = (
    Case(
        "B18.40",
        "101",
        "SearchVectors",
        search("product", count=101),
        "Provided TopK value '101' is out of valid range. The value must be between 1 and 100 inclusive",
    ),
    Case(
        "B18.40",
        "none",
        "SearchVectors",
        search("product", count=0),
        Like((PREFIX, "greater than or equal to 1")),
    ),
    Case(
        "B18.41",
        "another length",
        "SearchVectors",
        search("product", 1, 2),
        "Input search vector dimension 2 does not match vector index dimension 4",
    ),
    Case("B18.42", "text", "SearchVectors", search("product") | {"SearchVector": [s("x")]}, NO_NUMBERS),
    Case(
        "B18.42",
        "a list of a list",
        "SearchVectors",
        search("product") | {"SearchVector": [vector(1, 2, 3, 4)]},
        NO_NUMBERS,
    ),
    Case("B18.42", "too large", "SearchVectors", search("product", "1E39", 0, 0, 0), NO_NUMBERS),
    Case(
        "B18.43",
        "no index",
        "SearchVectors",
        search("nowhere"),
        "The table does not have the specified index: nowhere",
    ),
    Case(
        "B18.44",
        "no partition",
        "SearchVectors",
        search("cosine"),
        "SearchConditionExpression must be provided when SearchSchema has a HASH key",
    ),
    *(
        Case("B18.45", text, "SearchVectors", search("product", **where(text, c=s("red"))), COMPARATOR)
        for text in (
            "colour < :c",
            "colour <> :c",
            "colour IN (:c)",
            "begins_with(colour, :c)",
            "NOT colour = :c",
        )
    ),
    Case(
        "B18.46",
        "another attribute",
        "SearchVectors",
        search("product", **where("tenant = :t", t=s("t"))),
        "SearchConditionExpression must not contain any attributes that is not in SearchSchema. "
        "Invalid attribute: tenant",
    ),
    Case(
        "B18.47",
        "a nested one",
        "SearchVectors",
        search("product", **where("colour.x = :c", c=s("red"))),
        f"{CONDITION}SearchConditionExpression cannot have conditions on nested attributes",
    ),
    Case(
        "B18.47",
        "one twice",
        "SearchVectors",
        search("product", **where("colour = :c AND colour = :d", c=s("red"), d=s("blue"))),
        f"{CONDITION}SearchConditionExpression must only contain one condition per attribute",
    ),
    Case(
        "B18.48",
        "another type",
        "SearchVectors",
        search("cosine", **where("tenant = :t", t=n(1))),
        "Type of 'tenant' attribute in SearchConditionExpression (N) does not match type in search "
        "schema (S)",
    ),
    Case(
        "B18.48",
        "an empty partition",
        "SearchVectors",
        search("cosine", **where("tenant = :t", t=s(""))),
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
        "an empty string value. Key: tenant",
    ),
    Case(
        "B18.49",
        "a query",
        "Query",
        on(
            VECTORS,
            IndexName="cosine",
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": s("x")},
        ),
        "Query operation not supported on this index type.",
    ),
    Case(
        "B18.49",
        "a scan",
        "Scan",
        on(VECTORS, IndexName="cosine"),
        "Scan operation not supported on this index type",
    ),
    Case(
        "B18.50",
        "a short name",
        "SearchVectors",
        search("zz"),
        f"{PREFIX}Value at 'IndexName' failed to satisfy constraint: "
        "Member must have length greater than or equal to 3",
    ),
)


@table_of(SEARCHES)
def test_what_may_be_searched(filled: Wire, case: Case) -> None:
    judge(filled, case)


def test_no_search_before_there_is_a_table(wire: Wire) -> None:
    """B3.19"""
    with pytest.raises(Refusal) as raised:
        wire("SearchVectors", search("cosine") | on("conformance-nowhere"))
    assert raised.value.code == "ResourceNotFoundException"
