"""Every endpoint of the admin API, and the one that lists them."""

from typing import Final

from server.admin import caches, capacity, clock, faults, recovery, snapshots, tables, triggers, work
from server.admin.endpoint import Admin, Endpoint, Parameters


async def index(admin: Admin, parameters: Parameters) -> object:
    return {
        "endpoints": [
            {
                "method": endpoint.method,
                "path": endpoint.path,
                "help": endpoint.help,
                "parameters": {parameter.name: parameter.help for parameter in endpoint.parameters},
            }
            for endpoint in ENDPOINTS
        ]
    }


ENDPOINTS: Final = (
    Endpoint("GET", "/_admin/", "This table.", index),
    *tables.ENDPOINTS,
    *clock.ENDPOINTS,
    *work.ENDPOINTS,
    *recovery.ENDPOINTS,
    *capacity.ENDPOINTS,
    *caches.ENDPOINTS,
    *faults.ENDPOINTS,
    *snapshots.ENDPOINTS,
    *triggers.ENDPOINTS,
)
