"""A database without its facade: an engine, a catalog, a clock that stands still, and the control plane."""

import copy
from dataclasses import dataclass, replace
from typing import Any

from dynalite.capacity.meter import Capacity
from dynalite.capacity.tracking import Tracking
from dynalite.capacity.watch import Watch
from dynalite.catalog.schema import Table
from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.errors import ServiceError
from dynalite.ids import Ids
from dynalite.jobs import runner
from dynalite.model.walker import validate
from dynalite.operations import tables, tables_account, tables_update
from dynalite.operations.conflicts import Held
from dynalite.operations.context import Context
from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.storage.engine import Engine
from dynalite.storage.memory import MemoryEngine

REGION = "eu-central-1"
ACCOUNT = "123456789012"
START = 1_800_000_000.0
SALT = bytes(16)

ROWS = {row.name: row for module in (tables, tables_update, tables_account) for row in module.OPERATIONS}


@dataclass(frozen=True)
class World:
    """One opened database; `call` runs an operation as the facade would."""

    context: Context

    async def call(self, operation: str, **request: Any) -> Any:
        row, members = ROWS[operation], copy.deepcopy(request)
        validate(row.shape, members)
        return await row.run(self.context, members)

    async def refused(self, operation: str, **request: Any) -> ServiceError:
        """The error that an operation answers."""
        try:
            await self.call(operation, **request)
        except ServiceError as error:
            return error
        raise AssertionError(f"{operation} was not refused")

    async def tick(self) -> None:
        await runner.tick(self.context)

    def table(self, name: str = "Music") -> Table:
        return self.context.catalog.get(self.context.region, name)

    async def describe(self, name: str = "Music") -> Any:
        return (await self.call("DescribeTable", TableName=name))["Table"]

    def advance(self, seconds: float) -> None:
        self.context.clock.advance(seconds)


async def a_world(
    engine: Engine | None = None, *, transition_seconds: float = 0.0, region: str = REGION
) -> World:
    """Open a database on an engine, perhaps one that was used before."""
    engine = engine or MemoryEngine()
    clock = Clock()
    clock.freeze()
    clock.set(START)
    catalog = await Catalog.open(engine, clock, ACCOUNT)
    settings = Settings(account=ACCOUNT, transition_seconds=transition_seconds)
    hash_ = keyspace.hasher(SALT)
    capacity = Capacity(catalog, clock, enforcing=False)
    return World(
        Context(
            engine,
            catalog,
            clock,
            Ids(seed=1),
            settings,
            region,
            ACCOUNT,
            hash_,
            Held(),
            capacity.meter(""),
            Tracking(),
            Watch(capacity, catalog, clock, region, ""),
        )
    )


def elsewhere(world: World, region: str) -> World:
    """The same database, seen from another region."""
    return World(replace(world.context, region=region))


# ------------------------------------------------------------------ requests


def attributes(**types: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": type_} for name, type_ in types.items()]


def keys(*elements: str) -> list[dict[str, str]]:
    """A key schema: names as partition attributes, names after `-` as sort attributes."""
    return [
        {"AttributeName": element.lstrip("-"), "KeyType": "RANGE" if element.startswith("-") else "HASH"}
        for element in elements
    ]


ALL = {"ProjectionType": "ALL"}
FIVE = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


def an_index(name: str, *elements: str, **members: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": keys(*elements), "Projection": ALL} | members


def a_request(**members: Any) -> dict[str, Any]:
    """A CreateTable request: `Music`, on demand, keyed by pk and sk. A member given as None is left out."""
    request = {
        "TableName": "Music",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": attributes(pk="S", sk="S"),
        "KeySchema": keys("pk", "-sk"),
    } | members
    return {member: value for member, value in request.items() if value is not None}


def with_index(**members: Any) -> dict[str, Any]:
    """A CreateTable request with one global index, `by-g` on g."""
    return a_request(
        **{
            "AttributeDefinitions": attributes(pk="S", sk="S", g="S"),
            "GlobalSecondaryIndexes": [an_index("by-g", "g")],
        }
        | members
    )


def provisioned(**members: Any) -> dict[str, Any]:
    """A CreateTable request with one global index, everything at five units."""
    index = an_index("by-g", "g", ProvisionedThroughput=FIVE)
    return with_index(
        **{"BillingMode": None, "ProvisionedThroughput": FIVE, "GlobalSecondaryIndexes": [index]} | members
    )
