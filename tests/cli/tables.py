"""A table with everything that a dump should carry, and items of every type."""

from typing import Any

NAME = "Albums"

TABLE: dict[str, Any] = {
    "TableName": NAME,
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": type_}
        for name, type_ in (("artist", "S"), ("no", "N"), ("year", "N"), ("label", "S"))
    ],
    "KeySchema": [
        {"AttributeName": "artist", "KeyType": "HASH"},
        {"AttributeName": "no", "KeyType": "RANGE"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-year",
            "KeySchema": [
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "year", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
        }
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-label",
            "KeySchema": [{"AttributeName": "label", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
            "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
        }
    ],
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    "TableClass": "STANDARD_INFREQUENT_ACCESS",
    "Tags": [{"Key": "team", "Value": "archive"}],
}

PLAIN: dict[str, Any] = {
    "TableName": "Plain",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def album(number: int) -> dict[str, Any]:
    return {
        "artist": {"S": f"artist {number % 7} ☃"},
        "no": {"N": str(number)},
        "year": {"N": str(1950 + number % 70)},
        "label": {"S": f"label {number % 3}"},
        "cover": {"B": bytes([number % 256, 0, 255])},
        "live": {"BOOL": number % 2 == 0},
        "producer": {"NULL": True},
        "tracks": {"L": [{"M": {"title": {"S": '\u0000\n"'}, "seconds": {"N": "181.50"}}}]},
        "genres": {"SS": ["folk", "soul"]},
        "ratings": {"NS": ["1", "-2.5E+100"]},
        "hashes": {"BS": [b"\x00", b"\x01"]},
        "gone": {"N": "4102444800"},
    }


def fill(client: Any, name: str, items: list[dict[str, Any]]) -> None:
    for start in range(0, len(items), 25):
        requests = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        assert not client.batch_write_item(RequestItems={name: requests})["UnprocessedItems"]


def contents(client: Any, name: str) -> dict[str, Any]:
    """All items, by what tells them apart."""
    pages = client.get_paginator("scan").paginate(TableName=name)
    return {repr(sorted(item.items())): item for page in pages for item in page["Items"]}
