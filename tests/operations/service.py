"""An opened database that tests speak to as a client does, without a server between, and short ways to write
items.

Two tables are enough for nearly everything. `Plain` has a partition key `id` and nothing else. `Things` has
`pk` and `sk` (a number), and indexes of every kind: `by-when` is local, sorted by `when`, keys only;
`by-kind` is global, on `kind`, with `colour`; `by-size` is global, on `kind` sorted by `size`, with
everything.
"""

import asyncio
import copy
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

import orjson

from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.ids import Ids
from dynalite.settings import Settings
from dynalite.values.attribute import canonical_item
from dynalite.values.types import Request, Spliced

T = TypeVar("T")

PREFIX = "1 validation error detected: "
OMPVI = "One or more parameter values were invalid: "
START = 1_800_000_000.0
LIMIT_BYTES = 409_600


def _index(name: str, projection: dict[str, Any], *keys: str) -> dict[str, Any]:
    kinds = ("HASH", "RANGE")
    schema = [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, kinds, strict=False)]
    return {"IndexName": name, "KeySchema": schema, "Projection": projection}


PLAIN = {
    "TableName": "Plain",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
}
THINGS: Request = {
    "TableName": "Things",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": type_}
        for name, type_ in (("pk", "S"), ("sk", "N"), ("when", "S"), ("kind", "S"), ("size", "N"))
    ],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "LocalSecondaryIndexes": [_index("by-when", {"ProjectionType": "KEYS_ONLY"}, "pk", "when")],
    "GlobalSecondaryIndexes": [
        _index("by-kind", {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["colour"]}, "kind"),
        _index("by-size", {"ProjectionType": "ALL"}, "kind", "size"),
    ],
}


class Service:
    """One database, in memory or in a folder. Answers come as plain JSON values."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        if clock is None:
            clock = Clock()
            clock.freeze()
            clock.set(START)
        self.clock = clock
        self._loop = asyncio.new_event_loop()
        self.database = self.wait(Database.open(settings, clock, Ids(seed=1)))

    def wait(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(coroutine)

    def close(self) -> None:
        self.wait(self.database.close())
        self._loop.close()

    def reopened(self) -> "Service":
        """The database after a restart, with the same clock."""
        self.close()
        return Service(self.settings, self.clock)

    async def ask(self, operation: str, request: dict[str, Any], region: str = "us-east-1") -> Any:
        answer = await self.database.execute(operation, copy.deepcopy(request), Caller(region))
        return plain(answer)

    def call(self, operation: str, **request: Any) -> Any:
        return self.wait(self.ask(operation, request))

    def refused(self, operation: str, **request: Any) -> ServiceError:
        """The error that an operation answers."""
        try:
            answer = self.call(operation, **request)
        except ServiceError as error:
            return error
        raise AssertionError(f"{operation} was not refused: {answer}")

    # -------------------------------------------------------------- what tests do all the time

    def put(self, *items: dict[str, Any], table: str = "Things") -> None:
        for one in items:
            self.call("PutItem", TableName=table, Item=one)

    def new_index(self, name: str, *keys: str, projection: str = "ALL") -> None:
        """Begin to make a global index of the things on strings: a partition key, perhaps with a sort key."""
        self.call(
            "UpdateTable",
            TableName="Things",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            GlobalSecondaryIndexUpdates=[{"Create": _index(name, {"ProjectionType": projection}, *keys)}],
        )

    def get(self, table: str = "Things", **key: Any) -> dict[str, Any] | None:
        """The item, read consistently; None when there is none."""
        found: dict[str, Any] | None = self.call(
            "GetItem", TableName=table, Key=item(**key), ConsistentRead=True
        ).get("Item")
        return found

    def update(
        self, expression: str, key: dict[str, Any], values: dict[str, Any] | None = None, **members: Any
    ) -> Any:
        """UpdateItem on `Things`. Values are named without their colon."""
        request = {"TableName": "Things", "Key": key, "UpdateExpression": expression} | members
        if values:
            request["ExpressionAttributeValues"] = {f":{name}": value for name, value in values.items()}
        return self.call("UpdateItem", **request)


def plain(value: Any) -> Any:
    """An answer as its client parses it."""
    if isinstance(value, Spliced):
        return orjson.loads(value.json)
    if isinstance(value, dict):
        return {member: plain(entry) for member, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    return value


def value(given: Any) -> dict[str, Any]:
    """An AttributeValue. A dict is one already, everything else is written as Python has it."""
    if isinstance(given, dict):
        return given
    if isinstance(given, bool):
        return {"BOOL": given}
    if isinstance(given, int):
        return {"N": str(given)}
    if isinstance(given, list):
        return {"L": [value(element) for element in given]}
    return {"S": given}


def item(**attributes: Any) -> dict[str, Any]:
    return {name: value(given) for name, given in attributes.items()}


def padded(size_bytes: int, **attributes: Any) -> dict[str, Any]:
    """An item of exactly this size: its attribute `filler` takes what is left."""
    made = item(**attributes)
    rest = size_bytes - canonical_item(copy.deepcopy(made))[1] - len("filler")
    return made | {"filler": {"S": "x" * rest}}


def keys_of(items: Iterable[dict[str, Any]]) -> list[tuple[str, str]]:
    """The primary keys of items of `Things`."""
    return [(one["pk"]["S"], one["sk"]["N"]) for one in items]


def in_memory() -> Service:
    return with_tables(Service(Settings()))


def in_folder(folder: Path) -> Service:
    return with_tables(Service(Settings(data_folder=folder, durability="os")))


def durable(folder: Path) -> Service:
    """On disk, and answering only what a power cut could not take back: writes are in flight for a while."""
    return with_tables(Service(Settings(data_folder=folder, durability="fsync")))


def with_tables(service: Service) -> Service:
    service.call("CreateTable", **PLAIN)
    service.call("CreateTable", **THINGS)
    service.wait(service.database.tick())
    return service
