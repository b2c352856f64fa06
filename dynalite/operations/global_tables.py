"""Global tables of version 2017.11.29, as the service serves them today: not any more.

Since 2026 no region makes such a table, and tables of version 2019.11.21 are not shown by these operations,
so there is never anything to describe, list or change. (Replicas of version 2019.11.21 are part of
UpdateTable, which does not make them here, and says so.)
"""

from typing import NoReturn

from dynalite.errors import INVALID_VALUES, GlobalTableNotFoundException, ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

_RETIRED = (
    f"{INVALID_VALUES}DynamoDB global tables version 2017.11.29 is not supported. We recommend using DynamoDB"
    " global tables version 2019.11.21, instead of version 2017.11.29 (Legacy)."
)
_NO_UPDATES = "One or more parameter values were invalid"


async def create_global_table(context: Context, request: Request) -> NoReturn:
    raise ValidationException(_RETIRED)


async def update_global_table(context: Context, request: Request) -> NoReturn:
    updates = request["ReplicaUpdates"]
    if not updates:
        raise ValidationException(_NO_UPDATES)
    if any("Create" in update for update in updates):
        raise ValidationException(_RETIRED)
    await describe_global_table(context, request)


async def describe_global_table(context: Context, request: Request) -> NoReturn:
    raise GlobalTableNotFoundException(f"Global table not found: {_not_there(request)}")


async def global_table_settings(context: Context, request: Request) -> NoReturn:
    raise GlobalTableNotFoundException(_not_there(request))


def _not_there(request: Request) -> str:
    return f"Global table with name: '{request['GlobalTableName']}' does not exist."


async def list_global_tables(context: Context, request: Request) -> Answer:
    return {"GlobalTables": []}


OPERATIONS = (
    Operation("CreateGlobalTable", SHAPES["CreateGlobalTable"], create_global_table, "control"),
    Operation("UpdateGlobalTable", SHAPES["UpdateGlobalTable"], update_global_table, "control"),
    Operation(
        "UpdateGlobalTableSettings", SHAPES["UpdateGlobalTableSettings"], global_table_settings, "control"
    ),
    Operation("DescribeGlobalTable", SHAPES["DescribeGlobalTable"], describe_global_table, "reads"),
    Operation(
        "DescribeGlobalTableSettings", SHAPES["DescribeGlobalTableSettings"], global_table_settings, "reads"
    ),
    Operation("ListGlobalTables", SHAPES["ListGlobalTables"], list_global_tables, "reads"),
)
