"""ExportTableToPointInTime, DescribeExport and ListExports.

An export is of a moment, like a restore, and is made from one: the table's state is first restored into a
table of a region that no request can name, and from there, where nothing moves any more, it is written to the
bucket (`jobs/exporting.py`). So an export reads nothing at the expense of the table's capacity, and takes all
the time it needs.
"""

import math
from dataclasses import replace
from typing import NamedTuple

from dynalite.capacity.simultaneous import EXPORTED_FROM
from dynalite.catalog.schema import UNTIL_DONE, Restore, Table
from dynalite.catalog.store import HIDDEN
from dynalite.errors import (
    ExportConflictException,
    ExportNotFoundException,
    InvalidExportTimeException,
    ValidationException,
)
from dynalite.model.catalogue import SHAPES
from dynalite.operations import pitr, reading, starting
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.recovery import buckets, ion, selection, transfers, window
from dynalite.recovery.transfers import Transfer
from dynalite.recovery.window import Window
from dynalite.values.types import Answer, Request

REGION = HIDDEN + "exports"
"""Where the tables are that exports are written from."""

_PER_PAGE = 25
_SHORTEST_SECONDS = 15 * 60.0
_LONGEST_SECONDS = 24 * 3600.0
_ECHOED = ("ClientToken", "S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseKmsKeyId", "FilterSpecification")


async def export_table_to_point_in_time(context: Context, request: Request) -> Answer:
    transfer = await starting.once(
        context, "export", request, ExportConflictException, lambda: _start(context, request)
    )
    return {"ExportDescription": transfer.description}


async def _start(context: Context, request: Request) -> Transfer:
    now = context.clock.now()
    _check(request)
    table = pitr.existing(context, request["TableArn"])
    if "FilterSpecification" in request:
        chosen = selection.prepared(request["FilterSpecification"])
        selection.of(chosen, table.keys)
        reading.check_paths(table, chosen)
    found = await window.of(context.engine, table, now, context.settings.pitr_lag_seconds)
    if found is None:
        raise pitr.unavailable(table)
    span = _span(request, found) if _incremental(request) else _Span(_moment(request, found))
    context.buckets.check()
    id_ = transfers.identifier(context.ids, now)
    transfer = _transfer(context, table, request, id_, span, now)
    await _start_restore(context, table, transfer, span)
    return transfer


class _Span(NamedTuple):
    """The moment that an export is of; or, when `since` is not None, the span of time that ends with it."""

    at: float
    since: float | None = None


def _incremental(request: Request) -> bool:
    return bool(request.get("ExportType") == "INCREMENTAL_EXPORT")


def _check(request: Request) -> None:
    if "IncrementalExportSpecification" in request and not _incremental(request):
        raise ValidationException(
            "IncrementalExportSpecification can only be specified when ExportType is INCREMENTAL_EXPORT"
        )
    if "ExportTime" in request and _incremental(request):
        raise ValidationException("ExportTime cannot be specified when ExportType is INCREMENTAL_EXPORT")
    buckets.require()
    if request.get("ExportFormat") == "ION":
        ion.require()


def _moment(request: Request, found: Window) -> float:
    at = found.meant_by(request["ExportTime"]) if "ExportTime" in request else found.latest
    if at is None:
        raise _outside("ExportTime")
    return at


def _span(request: Request, found: Window) -> _Span:
    """From a time (included) to a time (excluded)."""
    specification = request.get("IncrementalExportSpecification", {})
    if "ExportFromTime" not in specification:
        raise ValidationException("ExportFromTime must be specified when ExportType is INCREMENTAL_EXPORT")
    start: float = specification["ExportFromTime"]
    end: float = specification.get("ExportToTime", found.latest)
    for name, moment in (("ExportFromTime", start), ("ExportToTime", end)):
        if not found.earliest <= moment <= found.latest:
            raise _outside(name)
    if not _SHORTEST_SECONDS <= end - start <= _LONGEST_SECONDS:
        raise InvalidExportTimeException(
            "The time between ExportFromTime and ExportToTime must be between 15 minutes and 24 hours."
        )
    return _Span(end, start)


def _outside(member: str) -> InvalidExportTimeException:
    return InvalidExportTimeException(
        f"The specified {member} is outside of the point in time recovery window."
    )


async def _start_restore(context: Context, table: Table, transfer: Transfer, span: _Span) -> None:
    """Start the transfer with the table that the state, or the changes, are gathered in: it has no indexes,
    only items.
    """
    scratch = Table(
        id=await context.catalog.new_id(),
        name=transfer.id,
        region=REGION,
        account=context.account,
        uuid=context.ids.uuid(),
        created_at=context.clock.now(),
        keys=table.keys,
        definitions=table.definitions,
        status="CREATING",
        due_at=UNTIL_DONE,
        settings={EXPORTED_FROM: context.region},
    )
    until = await context.engine.last_sequence()
    restore = Restore(span.at, table.arn, table.id, until=until)
    if span.since is not None:  # what was made at its first moment belongs to a span, at its last does not
        start, end = math.nextafter(span.since, 0), math.nextafter(span.at, 0)
        restore = replace(restore, at=end, since=start)
    scratch = replace(scratch, restore=restore)

    def decide(_: Table | None) -> tuple[None, Table]:
        context.meter.check_change(None, scratch)
        return None, scratch

    await context.catalog.change(REGION, scratch.name, decide, starting.beside(context, transfer))


def _transfer(
    context: Context, table: Table, request: Request, id_: str, span: _Span, now: float
) -> Transfer:
    description = {member: request[member] for member in _ECHOED if member in request} | {
        "ExportArn": f"{table.arn}/export/{id_}",
        "ExportStatus": "IN_PROGRESS",
        "StartTime": round(now, 3),
        "TableArn": table.arn,
        "TableId": table.uuid,
        "S3SseAlgorithm": request.get("S3SseAlgorithm", "AES256"),
        "ExportFormat": request.get("ExportFormat", "DYNAMODB_JSON"),
        "ExportType": request.get("ExportType", "FULL_EXPORT"),
    }
    if span.since is None:
        description["ExportTime"] = round(span.at, 3)
    else:
        specification = request["IncrementalExportSpecification"]
        description["IncrementalExportSpecification"] = {
            "ExportFromTime": round(span.since, 3),
            "ExportToTime": round(span.at, 3),
            "ExportViewType": specification.get("ExportViewType", "NEW_AND_OLD_IMAGES"),
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
    found = await transfers.listed(context.engine, "export", context.region, context.clock.now())
    if "TableArn" in request:
        name = context.catalog.name(context.region, request["TableArn"])
        found = [one for one in found if one.description["TableArn"].endswith(f":table/{name}")]
    found.sort(key=lambda one: one.arn, reverse=True)
    limit = request.get("MaxResults", _PER_PAGE)
    if "NextToken" in request:
        found = [one for one in found if one.arn < request["NextToken"]]
    answer: Answer = {
        "ExportSummaries": [
            {member: one.description[member] for member in ("ExportArn", "ExportStatus", "ExportType")}
            for one in found[:limit]
        ]
    }
    if len(found) > limit:
        answer["NextToken"] = found[limit - 1].arn
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
