"""Vector indexes: how they may be defined, and how they come and go."""

from typing import Any

import pytest

from tests.conformance.cases import OMPVI, PREFIX, Case, Like, No, judge, table_of
from tests.conformance.schema import NEW, on, s
from tests.conformance.vectors import BASE, COLOUR, TENANT, VECTORS, search, vector, vectors
from tests.conformance.wire import Wire


def made(*indexes: dict[str, Any], **members: Any) -> dict[str, Any]:
    return BASE | {"VectorIndexes": list(indexes)} | members


NOT_ON_DEMAND = f"{OMPVI}Vector indexes are only supported for PAY_PER_REQUEST tables"
DIMENSIONS = f"{OMPVI}Number of dimensions must be between 1 and 4096 inclusive."
UNDEFINED = f"{OMPVI}One element in SearchSchema is not defined in attribute definitions"
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
CREATED = (
    Case(
        "B18.01",
        "provisioned",
        "CreateTable",
        made(vectors("vix"), BillingMode="PROVISIONED", ProvisionedThroughput=UNITS),
        NOT_ON_DEMAND,
    ),
    Case(
        "B18.02",
        "six",
        "CreateTable",
        made(*(vectors(f"vix{i}") for i in range(6))),
        f"{OMPVI}VectorIndex count exceeds the per-table limit of 5",
    ),
    Case("B18.03", "4,097 dimensions", "CreateTable", made(vectors("vix", Dimensions=4097)), DIMENSIONS),
    Case(
        "B18.03",
        "no dimension",
        "CreateTable",
        made(vectors("vix", Dimensions=0)),
        Like((PREFIX, "vectorIndexes.1.member.dimensions", "greater than or equal to 1")),
    ),
    Case(
        "B18.04", "an undefined tenant", "CreateTable", made(vectors("vix", SearchSchema=[TENANT])), UNDEFINED
    ),
    Case(
        "B18.05",
        "a defined vector",
        "CreateTable",
        made(vectors("vix", VectorAttribute={"AttributeName": "pk"})),
        f"{OMPVI}Conflicting attribute definition for 'pk'. An attribute cannot be defined in "
        "AttributeDefinitions when used as a VectorAttribute.",
    ),
    Case(
        "B18.06",
        "two lengths of one vector",
        "CreateTable",
        made(vectors("vix"), vectors("other", Dimensions=5)),
        f"{OMPVI}Conflicting attribute definition for 'v'. All VectorIndexes on the same vector attribute "
        "must use the same dimensions.",
    ),
    Case(
        "B4.18",
        "vector index twice",
        "CreateTable",
        made(vectors("vix"), vectors("vix")),
        f"{OMPVI}Duplicate index name: vix",
    ),
)


@table_of(CREATED)
def test_what_may_be_created(new: Wire, case: Case) -> None:
    judge(new, case)


LIMIT = "Subscriber limit exceeded: "


@pytest.mark.parametrize(
    ("behaviour", "updates", "expected"),
    [
        (
            "B4.31",
            [{"Create": vectors("one")}, {"Create": vectors("two")}],
            No(
                "LimitExceededException",
                f"{LIMIT}Only 1 online index can be created or deleted simultaneously per table",
            ),
        ),
        ("B18.07", [{"Create": vectors("cosine")}], "Attempting to create an index which already exists"),
        ("B18.03", [{"Create": vectors("one", Dimensions=4097)}], DIMENSIONS),
        ("B18.04", [{"Create": vectors("one", SearchSchema=[COLOUR])}], UNDEFINED),
        (
            "B18.05",
            [{"Create": vectors("one", VectorAttribute={"AttributeName": "pk"})}],
            Like((f"{OMPVI}Attributes cannot be redefined. ", "key{pk:S:HASH}", "key{pk:L:4}")),
        ),
        ("B4.32", [{"Delete": {"IndexName": "nowhere"}}], Like(("",), "ResourceNotFoundException")),
    ],
)
def test_what_may_be_updated(filled: Wire, behaviour: str, updates: list[Any], expected: Any) -> None:
    judge(filled, Case(behaviour, "", "UpdateTable", on(VECTORS, VectorIndexUpdates=updates), expected))


def test_a_table_with_vector_indexes_stays_on_demand(filled: Wire) -> None:
    """B18.01"""
    request = on(VECTORS, BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    judge(filled, Case("B18.01", "", "UpdateTable", request, NOT_ON_DEMAND))


def test_an_index_is_described(filled: Wire) -> None:
    """B18.08"""
    table = filled("DescribeTable", on(VECTORS))["Table"]
    described = {index["IndexName"]: index for index in table["VectorIndexes"]}
    assert set(described) == {"cosine", "euclid", "product"}
    cosine = described["cosine"]
    assert cosine["SearchSchema"] == [TENANT, COLOUR]
    assert cosine["IndexStatus"] == "ACTIVE"
    assert "Backfilling" not in cosine
    assert cosine["IndexArn"] == f"{table['TableArn']}/index/cosine"
    assert {name: cosine[name] for name in vectors("cosine")} == vectors("cosine")


def test_an_index_comes_and_goes(new: Wire) -> None:
    """B18.09"""
    new.create(BASE)
    new("PutItem", on(NEW, Item={"pk": s("there before"), "v": vector(1, 0, 0, 0)}))
    new("PutItem", on(NEW, Item={"pk": s("no vector"), "v": s("x")}))
    added = new("UpdateTable", on(NEW, VectorIndexUpdates=[{"Create": vectors("late")}]))["TableDescription"]
    (index,) = added["VectorIndexes"]
    assert (added["TableStatus"], index["IndexStatus"], index["Backfilling"]) == (
        "UPDATING",
        "CREATING",
        False,
    )
    new.until_active(NEW)
    (index,) = new("DescribeTable", on(NEW))["Table"]["VectorIndexes"]
    assert "Backfilling" not in index
    found = new("SearchVectors", search("late") | on(NEW))["SearchResults"]
    assert [one["Item"]["pk"] for one in found] == [s("there before")]
    new("UpdateTable", on(NEW, VectorIndexUpdates=[{"Delete": {"IndexName": "late"}}]))
    new.until_active(NEW)
    assert "VectorIndexes" not in new("DescribeTable", on(NEW))["Table"]
