"""The tables of the client tours."""

from typing import Any

_TYPES = {"DaxHashS": "S", "DaxHashN": "N", "DaxHashB": "B", "DaxNB": "NB", "DaxBS": "BS"}


def create_all(client: Any) -> None:
    """Make them over HTTP: DAX cannot."""
    for name, types in _TYPES.items():
        attributes = list(zip(("pk", "sk"), types, strict=False))
        client.create_table(
            TableName=name,
            KeySchema=_schema(*[attribute for attribute, _ in attributes]),
            AttributeDefinitions=_definitions(dict(attributes)),
            BillingMode="PAY_PER_REQUEST",
        )
    everything = {"ProjectionType": "ALL"}
    client.create_table(
        TableName="DaxRange",
        KeySchema=_schema("pk", "sk"),
        AttributeDefinitions=_definitions({"pk": "S", "sk": "N", "g": "S", "l": "N"}),
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "KeySchema": _schema("g"), "Projection": everything}],
        LocalSecondaryIndexes=[
            {"IndexName": "by-l", "KeySchema": _schema("pk", "l"), "Projection": everything}
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def _schema(*names: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
    ]


def _definitions(types: dict[str, str]) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": type} for name, type in types.items()]
