"""The tables that rows speak of, and short words for values and requests."""

from typing import Any

HASH_TABLE = "conformance-hash"
TABLE = "conformance"
NUMBER_TABLE = "conformance-number"
BINARY_TABLE = "conformance-binary"
NOWHERE = "conformance-nowhere"
NEW = "conformance-new"
"""A table that tests of tables make for themselves."""


def attributes(**kinds: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()]


def keys(partition: str, sort: str = "") -> list[dict[str, str]]:
    schema = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*schema, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else schema


def index(name: str, key_schema: list[dict[str, str]], kind: str = "ALL", *names: str) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": kind}
    if names:
        projection["NonKeyAttributes"] = list(names)
    return {"IndexName": name, "KeySchema": key_schema, "Projection": projection}


SCHEMAS: tuple[dict[str, Any], ...] = (
    {
        "TableName": TABLE,
        "KeySchema": keys("pk", "sk"),
        "AttributeDefinitions": attributes(pk="S", sk="N", gpk="S", gsk="N", lsk="S"),
        "GlobalSecondaryIndexes": [
            index("gsi", keys("gpk"), "KEYS_ONLY"),
            index("gall", keys("gpk", "gsk"), "ALL"),
            index("ginc", keys("gpk", "lsk"), "INCLUDE", "inc"),
        ],
        "LocalSecondaryIndexes": [index("lsi", keys("pk", "lsk"), "KEYS_ONLY")],
        "BillingMode": "PAY_PER_REQUEST",
    },
    {
        "TableName": HASH_TABLE,
        "KeySchema": keys("pk"),
        "AttributeDefinitions": attributes(pk="S"),
        "BillingMode": "PAY_PER_REQUEST",
    },
    {
        "TableName": NUMBER_TABLE,
        "KeySchema": keys("pk", "sk"),
        "AttributeDefinitions": attributes(pk="N", sk="B"),
        "BillingMode": "PAY_PER_REQUEST",
    },
    {
        "TableName": BINARY_TABLE,
        "KeySchema": keys("pk", "sk"),
        "AttributeDefinitions": attributes(pk="B", sk="S"),
        "BillingMode": "PAY_PER_REQUEST",
    },
)

KEY: dict[str, Any] = {"pk": {"S": "a"}, "sk": {"N": "1"}}
ABSENT: dict[str, Any] = {"pk": {"S": "never written"}, "sk": {"N": "1"}}


def s(text: str) -> dict[str, str]:
    return {"S": text}


def n(number: object) -> dict[str, str]:
    return {"N": str(number)}


def nested(levels: int, kind: str = "M") -> dict[str, Any]:
    """A value inside so many maps (or lists)."""
    value: dict[str, Any] = {"S": "bottom"}
    for _ in range(levels):
        value = {"M": {"m": value}} if kind == "M" else {"L": [value]}
    return value


def on(table: str = TABLE, /, **members: Any) -> dict[str, Any]:
    """A request that names a table."""
    return {"TableName": table, **members}


def at(partition: str, sort: int = 1) -> dict[str, Any]:
    """A key of `TABLE`."""
    return {"pk": {"S": partition}, "sk": {"N": str(sort)}}


def partition_query(text: str = "pk = :p", **members: Any) -> dict[str, Any]:
    """A Query of one partition of `TABLE`; `V` adds values."""
    values = {":p": {"S": "a"}} | members.pop("V", {})
    return on(KeyConditionExpression=text, ExpressionAttributeValues=values, **members)
