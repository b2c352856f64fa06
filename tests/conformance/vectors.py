"""The table with vector indexes that rows speak of, what is in it, and short words for searches."""

from typing import Any

from tests.conformance.schema import NEW, attributes, keys, n, on, s

VECTORS = "conformance-vectors"
TENANT = {"AttributeName": "tenant", "SearchSchemaElementType": "HASH"}
COLOUR = {"AttributeName": "colour", "SearchSchemaElementType": "INLINE_FILTER"}
ALL, KEYS_ONLY = {"ProjectionType": "ALL"}, {"ProjectionType": "KEYS_ONLY"}


def vectors(name: str, function: str = "COSINE", **members: Any) -> dict[str, Any]:
    return {
        "IndexName": name,
        "VectorAttribute": {"AttributeName": "v"},
        "Dimensions": 4,
        "DistanceFunction": function,
        "Projection": ALL,
    } | members


BASE: dict[str, Any] = {
    "TableName": NEW,
    "KeySchema": keys("pk"),
    "AttributeDefinitions": attributes(pk="S"),
    "BillingMode": "PAY_PER_REQUEST",
}
SCHEMA = BASE | {
    "TableName": VECTORS,
    "AttributeDefinitions": attributes(pk="S", tenant="S", colour="S"),
    "VectorIndexes": [
        vectors("cosine", SearchSchema=[TENANT, COLOUR]),
        vectors("euclid", "EUCLIDEAN", SearchSchema=[COLOUR], Projection=KEYS_ONLY),
        vectors("product", "DOT_PRODUCT", SearchSchema=[COLOUR]),
    ],
}


def numbers(*components: object) -> list[dict[str, str]]:
    return [n(component) for component in components]


def vector(*components: object) -> dict[str, Any]:
    return {"L": numbers(*components)}


STORED = {
    "long": (10, 0, 0, 0),
    "aslant": (0.7071, 0.7071, 0, 0),
    "opposite": (-1, 0, 0, 0),
    "nothing": (0, 0, 0, 0),
}


def search(index: str, *components: object, count: int = 10, **members: Any) -> dict[str, Any]:
    wanted = components or (1, 0, 0, 0)
    return on(VECTORS, IndexName=index, SearchVector=numbers(*wanted), TopK=count) | members


def where(text: str, **values: Any) -> dict[str, Any]:
    return {
        "SearchConditionExpression": text,
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }


OF_T = where("tenant = :t", t=s("t"))
