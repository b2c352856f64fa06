"""The endpoint that shows every table at a glance, of all regions: what ListTables and a DescribeTable for
each would say, in one answer.
"""

from typing import Final

from dynalite.catalog import describe
from dynalite.storage import keyspace
from server.admin.endpoint import Admin, Endpoint, Parameters


async def show_all(admin: Admin, parameters: Parameters) -> object:
    reader = admin.database.engine
    shown = []
    for table in sorted(admin.database.catalog.tables(), key=lambda table: (table.region, table.name)):
        holding = describe.figures(table, await reader.read(describe.counters(table)))[keyspace.NO_INDEX]
        shown.append(
            {
                "table": table.name,
                "region": table.region,
                "status": table.status,
                "items": holding.items,
                "size_bytes": holding.size_bytes,
                "keys": [{"name": key.name, "type": key.type} for key in table.keys.attributes],
                "indexes": len(table.indexes),
                "billing_mode": table.billing_mode,
                "stream": table.stream is not None,
                "expiring": table.expiring,
                "recovery": table.recovery is not None,
            }
        )
    return {"tables": shown}


ENDPOINTS: Final = (
    Endpoint(
        "GET", "/_admin/tables", "Every table of every region, how much it holds and what it has.", show_all
    ),
)
