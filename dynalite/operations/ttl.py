"""UpdateTimeToLive and DescribeTimeToLive. What they change, and what becomes of it, is told in
`catalog/expiring.py`.
"""

from dynalite.catalog import expiring
from dynalite.catalog.schema import Table
from dynalite.catalog.standing import check_standing, not_found
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request


async def update_time_to_live(context: Context, request: Request) -> Answer:
    name = context.catalog.name(context.region, request["TableName"])
    specification = request["TimeToLiveSpecification"]
    attribute, enabled = specification["AttributeName"], specification["Enabled"]
    now = context.clock.now()

    def decide(present: Table | None) -> tuple[None, Table]:
        if present is None:
            raise not_found(name)
        check_standing(present)
        changed = expiring.changed(present, attribute, enabled, now)
        context.meter.check_change(present, changed)
        return None, changed

    await context.catalog.change(context.region, name, decide)
    return {"TimeToLiveSpecification": {"Enabled": enabled, "AttributeName": attribute}}


async def describe_time_to_live(context: Context, request: Request) -> Answer:
    table = context.catalog.existing(context.region, request["TableName"])
    description = {"TimeToLiveStatus": expiring.status(table.ttl)}
    if table.expiring is not None:
        description["AttributeName"] = table.expiring
    return {"TimeToLiveDescription": description}


OPERATIONS = (
    Operation("UpdateTimeToLive", SHAPES["UpdateTimeToLive"], update_time_to_live, "control"),
    Operation("DescribeTimeToLive", SHAPES["DescribeTimeToLive"], describe_time_to_live, "reads"),
)
