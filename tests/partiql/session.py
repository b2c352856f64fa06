"""A database in memory with a few tables, and short ways to ask it things."""

import asyncio
import copy
from collections.abc import Sequence
from typing import Any

import orjson

from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.settings import Settings
from dynalite.values.types import Spliced

_CALLER = Caller()


def _keys(**attributes: str) -> list[dict[str, str]]:
    kinds = ["HASH", "RANGE"]
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(attributes, kinds, strict=False)]


def _index(name: str, keys: list[dict[str, str]], projection: str, *included: str) -> dict[str, Any]:
    more = {"NonKeyAttributes": list(included)} if included else {}
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": projection, **more}}


def _table(name: str, keys: dict[str, str], **more: Any) -> dict[str, Any]:
    definitions = keys | more.pop("defines", {})
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys(**keys),
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in definitions.items()],
        **more,
    }


TABLES = [
    _table("Users", {"id": "S"}),
    _table("Counts", {"n": "N"}),
    _table("Songs", {"artist": "S", "song": "S"}),
    _table(
        "Orders",
        {"customer": "S", "order": "N"},
        defines={"status": "S", "placed": "S"},
        GlobalSecondaryIndexes=[
            _index("by-status", _keys(status="S", placed="S"), "INCLUDE", "total"),
            _index("by-day", _keys(placed="S"), "ALL"),
        ],
        LocalSecondaryIndexes=[
            _index("placed", _keys(customer="S", placed="S"), "KEYS_ONLY"),
            _index("placed-total", _keys(customer="S", placed="S"), "INCLUDE", "total"),
        ],
    ),
    _table(
        "Regions",
        {"id": "S"},
        defines={"country": "S", "city": "S"},
        GlobalSecondaryIndexes=[
            _index(
                "by-place",
                [{"AttributeName": name, "KeyType": "HASH"} for name in ("country", "city")],
                "ALL",
            )
        ],
    ),
]


class Session:
    """One opened database. Answers come as plain JSON values."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self.database = self._loop.run_until_complete(Database.open(Settings()))
        for table in TABLES:
            self.call("CreateTable", **table)
        self._loop.run_until_complete(self.database.tick())

    def close(self) -> None:
        self._loop.run_until_complete(self.database.close())
        self._loop.close()

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        asked = copy.deepcopy(request)
        answer = self._loop.run_until_complete(self.database.execute(operation, asked, _CALLER))
        plain = _plain(answer)
        assert isinstance(plain, dict)
        return plain

    def refused(self, operation: str, **request: Any) -> ServiceError:
        """The error that an operation answers."""
        try:
            answer = self.call(operation, **request)
        except ServiceError as error:
            return error
        raise AssertionError(f"{operation} was not refused: {answer}")

    # -------------------------------------------------------------- ExecuteStatement

    def run(self, statement: str, *parameters: Any, **members: Any) -> dict[str, Any]:
        return self.call("ExecuteStatement", **asked(statement, parameters), **members)

    def rows(self, statement: str, *parameters: Any, **members: Any) -> list[dict[str, Any]]:
        """The items of one page, as plain values."""
        found: list[dict[str, Any]] = self.run(statement, *parameters, **members)["Items"]
        return [plain_item(item) for item in found]

    def every_row(self, statement: str, *parameters: Any, **members: Any) -> list[dict[str, Any]]:
        """The items of all pages, as plain values."""
        found: list[dict[str, Any]] = []
        token: dict[str, str] = {}
        while True:
            page = self.run(statement, *parameters, **members, **token)
            found += [plain_item(item) for item in page["Items"]]
            if "NextToken" not in page:
                return found
            token = {"NextToken": page["NextToken"]}

    def complaint(self, statement: str, *parameters: Any, **members: Any) -> str:
        """What is said of a statement that is a ValidationException."""
        error = self.refused("ExecuteStatement", **asked(statement, parameters), **members)
        assert error.code == "ValidationException", error
        return error.message

    def item(self, table: str, **key: Any) -> dict[str, Any] | None:
        found = self.call("GetItem", TableName=table, Key={name: av(value) for name, value in key.items()})
        return plain_item(found["Item"]) if "Item" in found else None

    def put(self, table: str, **attributes: Any) -> None:
        self.call("PutItem", TableName=table, Item={name: av(value) for name, value in attributes.items()})


def asked(statement: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
    """A statement with its parameters, which may be plain values, as requests have it."""
    return {
        "Statement": statement,
        **({"Parameters": [av(value) for value in parameters]} if parameters else {}),
    }


def av(value: Any) -> dict[str, Any]:
    """A plain value as an AttributeValue; what is one already stays as it is."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in _TYPES:
        return value
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, set):
        return {"SS": sorted(value)}
    if isinstance(value, list):
        return {"L": [av(element) for element in value]}
    return {"M": {name: av(member) for name, member in value.items()}}


_TYPES = frozenset(["S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"])


def plain_item(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain_value(value) for name, value in item.items()}


def _plain_value(value: dict[str, Any]) -> Any:
    ((type, content),) = value.items()
    if type == "N":
        return int(content) if content.lstrip("-").isdigit() else float(content)
    if type == "M":
        return plain_item(content)
    if type == "L":
        return [_plain_value(element) for element in content]
    return set(content) if type == "SS" else content if type in ("S", "BOOL") else value


def _plain(answer: object) -> object:
    if isinstance(answer, Spliced):
        return orjson.loads(answer.json)
    if isinstance(answer, dict):
        return {name: _plain(value) for name, value in answer.items()}
    return [_plain(value) for value in answer] if isinstance(answer, list) else answer
