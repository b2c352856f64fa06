"""Every endpoint of the admin API, and the one that lists them."""

from typing import Final

from server.admin import capacity, clock, faults, snapshots, triggers, work
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
    *clock.ENDPOINTS,
    *work.ENDPOINTS,
    *capacity.ENDPOINTS,
    *faults.ENDPOINTS,
    *snapshots.ENDPOINTS,
    *triggers.ENDPOINTS,
)
