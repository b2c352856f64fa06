"""The tables that the console is shown with."""

from typing import Any

SONGS: dict[str, Any] = {
    "TableName": "Songs",
    "KeySchema": [
        {"AttributeName": "artist", "KeyType": "HASH"},
        {"AttributeName": "title", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "artist", "AttributeType": "S"},
        {"AttributeName": "title", "AttributeType": "S"},
        {"AttributeName": "year", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-year",
            "KeySchema": [
                {"AttributeName": "year", "KeyType": "HASH"},
                {"AttributeName": "title", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "BillingMode": "PAY_PER_REQUEST",
}


def song(artist: str, title: str, year: int, **more: Any) -> dict[str, Any]:
    return {"artist": {"S": artist}, "title": {"S": title}, "year": {"N": str(year)}, **more}


FOUR = (
    song("Nina Simone", "Sinnerman", 1965, tags={"SS": ["jazz", "live"]}, plays={"N": "1" * 38}),
    song("Nina Simone", "Feeling Good", 1965, cover={"BOOL": True}),
    song("Nina Simone", "Ain't Got No, I Got Life", 1968, notes={"L": [{"N": "1"}, {"NULL": True}]}),
    song("Miles Davis", "So What", 1959, cover={"B": "AAEC"}),
)


def with_songs(client: Any, **members: Any) -> None:
    """Make the table with its four items."""
    client.create_table(**SONGS | members)
    for item in FOUR:
        client.put_item(TableName="Songs", Item=_binary(item))


def _binary(item: dict[str, Any]) -> dict[str, Any]:
    """boto3 wants bytes where the wire has base64."""
    return {name: {"B": b"\x00\x01\x02"} if "B" in value else value for name, value in item.items()}
