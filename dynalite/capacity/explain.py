"""Capacity explained: what each table and index consumed, by operation and by key, and what it would cost.

The bill has three lines. What was consumed is priced as on-demand requests, whatever the billing mode, for
that is the comparison one wants to make. Provisioned units and stored bytes are priced by the month (730
hours), as they stand now.
"""

from dataclasses import asdict
from typing import Any, TypeAlias

from dynalite.capacity import sums
from dynalite.capacity.account import TABLE, Account
from dynalite.capacity.figures import Figures
from dynalite.catalog import describe
from dynalite.catalog.schema import Index, Table
from dynalite.settings import Prices, PriceTable
from dynalite.storage.engine import Reader

Report: TypeAlias = dict[str, Any]

_HOTTEST = 10
_MONTH_HOURS = 730
_GB = 1e9
_OVERHEAD_BYTES = 100
"""What is charged as storage for each item, and each entry of an index, beside its size. The sizes that
DescribeTable tells are without it. Source: the developer guide, "DynamoDB item sizes and formats".
"""


async def report(account: Account, reader: Reader, prices: PriceTable) -> Report:
    """One table's report."""
    table = account.table
    arms = sums.all_of(account)
    holding = describe.figures(table, await reader.read(describe.counters(table)))
    stored_bytes = sum(figures.size_bytes + figures.items * _OVERHEAD_BYTES for figures in holding.values())
    explained = {
        "table": table.name,
        "region": table.region,
        "billing_mode": table.billing_mode,
        **_owner(account, None),
        "indexes": {index.name: _owner(account, index) for index in table.indexes},
        "operations": {
            operation: _figures(sums.total(account, arms, operation))
            for operation in sums.operations(account)
        },
    }
    bill = _bill(table, sums.total(account, arms), stored_bytes, prices.of(table.region))
    explained["bill"] = {"currency": prices.currency, **bill}
    return explained


def _owner(account: Account, index: Index | None) -> Report:
    """What a table or one of its indexes consumed and has."""
    name = TABLE if index is None else index.name
    explained: Report = {"consumed": _figures(sums.total(account, [name]))}
    if index is None or index.is_global:
        throughput = account.table.throughput if index is None else index.throughput
        explained["provisioned"] = {
            "read_units": throughput.read_units,
            "write_units": throughput.write_units,
        }
    lanes = {
        f"{kind.lower()}s": {"units_per_second": lane.terms.units, "partitions": len(lane.ranges)}
        for (of, kind), lane in account.lanes.items()
        if of == name
    }
    if lanes:
        explained["lanes"] = lanes
    explained["hottest_keys"] = {
        f"{kind.lower()}s": [{"key": key, "units": units} for key, units in heat.hottest(_HOTTEST)]
        for (of, kind), heat in account.heat.items()
        if of == name
    }
    return explained


def _figures(figures: Figures) -> Report:
    """The figures that are not zero; units always."""
    shown = {name: value for name, value in asdict(figures).items() if value}
    return {"read_units": 0.0, "write_units": 0.0} | shown


def _bill(table: Table, consumed: Figures, stored_bytes: int, prices: Prices) -> dict[str, float]:
    throughputs = [table.throughput, *(index.throughput for index in table.indexes)]
    hourly = sum(
        throughput.read_units * prices.read_unit_hour + throughput.write_units * prices.write_unit_hour
        for throughput in throughputs
    )
    requests = (
        consumed.read_units * prices.million_reads + consumed.write_units * prices.million_writes
    ) / 1e6
    return {
        "requests_so_far_on_demand": requests,
        "provisioned_per_month": hourly * _MONTH_HOURS,
        "storage_per_month": stored_bytes / _GB * prices.stored_gb_month,
    }
