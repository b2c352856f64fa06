"""UpdateTable. What may be asked is `catalog/requested.py`, what becomes of it `catalog/revision.py`."""

from dynalite.catalog import requested, revision
from dynalite.catalog.revision import Surroundings
from dynalite.catalog.schema import Table
from dynalite.catalog.standing import not_found
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.operations.tables import described
from dynalite.values.types import Answer, Request


async def update_table(context: Context, request: Request) -> Answer:
    requested.check(request)
    catalog = context.catalog
    name = catalog.name(context.region, request["TableName"])
    now, settings = context.clock.now(), context.settings
    surroundings = Surroundings(
        now, now + settings.transition_seconds, settings.stream_shards, await context.engine.last_sequence()
    )

    def decide(present: Table | None) -> tuple[Table, Table]:
        if present is None:
            raise not_found(name)
        revised = revision.revise(present, request, surroundings)
        context.meter.check_change(present, revised.table)
        return revised.shown, revised.table

    shown = await catalog.change(context.region, name, decide)
    context.meter.follow(catalog.existing(context.region, name))
    return {"TableDescription": await described(context, shown)}


OPERATIONS = (Operation("UpdateTable", SHAPES["UpdateTable"], update_table, "control"),)
