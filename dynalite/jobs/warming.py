"""What a table on demand has grown to becomes its warm throughput, as at the service, and is kept.

Growth is noticed where requests are let through, at most twice an hour for each lane; this step writes it
down. It is the only thing about throttling that is written because of requests. Warm throughput never goes
down. A peak that has not lasted for its half hour yet is forgotten when the server stops.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from dynalite.capacity.account import TABLE
from dynalite.capacity.lanes import Kind
from dynalite.capacity.meter import Capacity
from dynalite.catalog.schema import Table
from dynalite.catalog.store import Catalog, Decide

Reached: TypeAlias = Mapping[tuple[str, Kind], float]


async def step(catalog: Catalog, capacity: Capacity) -> None:
    """Write down what has grown since the last time."""
    if not capacity.enforcing:
        return
    for account in list(capacity.accounts.values()):
        reached = account.reached()
        if reached and _is_there(catalog, account.table):
            await catalog.change(account.table.region, account.table.name, _decide(account.table, reached))
            capacity.meter("").follow(catalog.existing(account.table.region, account.table.name))


def _is_there(catalog: Catalog, table: Table) -> bool:
    found = catalog.find(table.region, table.name)
    return found is not None and found.uuid == table.uuid


def _decide(table: Table, reached: Reached) -> Decide[None]:
    def decide(present: Table | None) -> tuple[None, Table | None]:
        if present is None or present.uuid != table.uuid:
            return None, present
        return None, _warmed(present, reached)

    return decide


def _warmed(table: Table, reached: Reached) -> Table:
    warm = _raised(table.settings["WarmThroughput"], TABLE, reached)
    indexes = tuple(
        replace(index, warm_throughput=_raised(index.warm_throughput or {}, index.name, reached))
        if index.is_global
        else index
        for index in table.indexes
    )
    return replace(table, settings={**table.settings, "WarmThroughput": warm}, indexes=indexes)


def _raised(present: Mapping[str, int], owner: str, reached: Reached) -> dict[str, int]:
    warm = dict(present)
    for (of, kind), units in reached.items():
        if of == owner:
            member = f"{kind}UnitsPerSecond"
            warm[member] = max(warm.get(member, 0), int(units))
    return warm
