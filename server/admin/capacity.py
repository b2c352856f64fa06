"""The endpoints that explain what was consumed, and begin to count anew."""

from typing import Final

from dynalite.capacity import explain
from server.admin.endpoint import Admin, Endpoint, Parameters


async def show(admin: Admin, parameters: Parameters) -> object:
    database = admin.database
    now = database.clock.now()
    tables = []
    for table in database.catalog.tables():
        account = database.capacity.account(table)
        account.follow(table, now)
        tables.append(await explain.report(account, database.engine, database.settings.prices))
    return {"now": now, "enforced": database.capacity.enforcing, "tables": tables}


async def reset(admin: Admin, parameters: Parameters) -> object:
    admin.database.capacity.reset()
    return {}


ENDPOINTS: Final = (
    Endpoint(
        "GET",
        "/_admin/capacity",
        "What every table and index consumed, by operation; what is provisioned and what was refused; the"
        " hottest partition keys; reads that a filter wasted; and the bill.",
        show,
    ),
    Endpoint("POST", "/_admin/capacity/reset", "Count from nothing again, with full buckets.", reset),
)
