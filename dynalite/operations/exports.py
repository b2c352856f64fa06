"""ExportTableToPointInTime, DescribeExport and ListExports.

An export is of a moment, like a restore, and is made from one: the table's state is first restored into a
table of a region that no request can name, and from there, where nothing moves any more, it is written to the
bucket (`jobs/exporting.py`). So an export reads nothing at the expense of the table's capacity, and takes all
the time it needs.
"""

from dataclasses import replace

from dynalite.catalog import features
from dynalite.catalog.schema import UNTIL_DONE, Restore, Table
from dynalite.errors import (
    ExportConflictException,
    ExportNotFoundException,
    InvalidExportTimeException,
    ValidationException,
)
from dynalite.model.catalogue import SHAPES
from dynalite.operations import pitr
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.recovery import transfers, window
from dynalite.recovery.transfers import Transfer
from dynalite.values.types import Answer, Request

REGION = "\x00exports"
"""Where the tables are that exports are written from: no signature can name it."""

_PER_PAGE = 25
_ID_DIGITS = 8
_ECHOED = ("ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseKmsKeyId")


async def export_table_to_point_in_time(context: Context, request: Request) -> Answer:
    now = context.clock.now()
    known = await transfers.of_region(context.engine, "export", context.region)
    earlier = transfers.of_token(known, request.get("ClientToken"), now)
    if earlier is not None:
        if not transfers.same_request(earlier, request):
            raise ExportConflictException("The client token was already used with different parameters")
        return {"ExportDescription": earlier.description}
    features.refuse(request, ("FilterSpecification", "IncrementalExportSpecification"))
    if request.get("ExportType", "FULL_EXPORT") != "FULL_EXPORT":
        raise ValidationException("Incremental exports are not supported by this server")
    table = pitr.existing(context, request["TableArn"])
    at = await _moment(context, table, request, now)
    id_ = transfers.identifier(now, context.ids.hex(_ID_DIGITS))
    await _start_restore(context, table, id_, at)
    transfer = _transfer(context, table, request, id_, at, now)
    await transfers.put(context.engine, transfer)
    context.catalog.work.set()
    return {"ExportDescription": transfer.description}


async def _moment(context: Context, table: Table, request: Request, now: float) -> float:
    lag = context.settings.pitr_lag_seconds
    found = await window.of(context.engine, table, now, lag)
    if found is None:
        raise pitr.unavailable(table)
    at: float = request.get("ExportTime", found.latest)
    if not found.earliest <= at <= found.latest:
        raise InvalidExportTimeException(
            "The specified ExportTime is outside of the point in time recovery window."
        )
    return at


async def _start_restore(context: Context, table: Table, id_: str, at: float) -> None:
    """Make the table that the state is restored into: it has no indexes, only items."""
    scratch = Table(
        id=await context.catalog.new_id(),
        name=id_,
        region=REGION,
        account=context.account,
        uuid=context.ids.uuid(),
        created_at=context.clock.now(),
        keys=table.keys,
        definitions=table.definitions,
        status="CREATING",
        due_at=UNTIL_DONE,
        settings={"ExportedFrom": context.region},
    )
    until = await context.engine.last_sequence()
    scratch = replace(scratch, restore=Restore(at, table.arn, table.id, until=until))
    await context.catalog.change(REGION, id_, lambda _: (None, scratch))


def _transfer(context: Context, table: Table, request: Request, id_: str, at: float, now: float) -> Transfer:
    description = {member: request[member] for member in _ECHOED if member in request} | {
        "ExportArn": f"{table.arn}/export/{id_}",
        "ExportStatus": "IN_PROGRESS",
        "StartTime": round(now, 3),
        "TableArn": table.arn,
        "TableId": table.uuid,
        "ExportTime": round(at, 3),
        "S3SseAlgorithm": request.get("S3SseAlgorithm", "AES256"),
        "ExportFormat": request.get("ExportFormat", "DYNAMODB_JSON"),
        "ExportType": "FULL_EXPORT",
    }
    return Transfer(
        "export", context.region, id_, description["ExportArn"], request, description, {"files": []}
    )


async def describe_export(context: Context, request: Request) -> Answer:
    arn = request["ExportArn"]
    found = await transfers.find(context.engine, "export", context.region, arn)
    if found is None:
        raise ExportNotFoundException(f"Export not found: {arn}")
    return {"ExportDescription": found.description}


async def list_exports(context: Context, request: Request) -> Answer:
    found = await transfers.of_region(context.engine, "export", context.region)
    if "TableArn" in request:
        name = context.catalog.name(context.region, request["TableArn"])
        found = [one for one in found if one.description["TableArn"].endswith(f":table/{name}")]
    limit = request.get("MaxResults", _PER_PAGE)
    if "NextToken" in request:
        found = [one for one in found if one.id < request["NextToken"]]
    answer: Answer = {
        "ExportSummaries": [
            {member: one.description[member] for member in ("ExportArn", "ExportStatus", "ExportType")}
            for one in found[:limit]
        ]
    }
    if len(found) > limit:
        answer["NextToken"] = found[limit - 1].id
    return answer


OPERATIONS = (
    Operation(
        "ExportTableToPointInTime",
        SHAPES["ExportTableToPointInTime"],
        export_table_to_point_in_time,
        "control",
    ),
    Operation("DescribeExport", SHAPES["DescribeExport"], describe_export, "reads"),
    Operation("ListExports", SHAPES["ListExports"], list_exports, "reads"),
)
