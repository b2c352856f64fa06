"""StartBulkPutItems, DescribeBulkOperation, ListBulkOperations and CancelBulkOperation.

A bulk put writes what is in a bucket into a table that others read and write meanwhile. The answer says what
will be done; a job does it (`jobs/bulk_putting.py`). Which objects there are is found out before the answer,
and written down. What the service does not say in public, the form of an ARN and of a report among it, is
listed in decision 15.
"""

import asyncio
from dataclasses import replace

from dynalite.catalog.schema import Table
from dynalite.catalog.standing import passing
from dynalite.errors import (
    IdempotentParameterMismatchException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from dynalite.model.catalogue import SHAPES
from dynalite.operations import starting
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.recovery import buckets, bulk, reading, transfers
from dynalite.recovery.buckets import Found, NoSuchBucket, Unreachable
from dynalite.recovery.bulk import Progress
from dynalite.recovery.reading import Format
from dynalite.recovery.transfers import Transfer
from dynalite.values.types import Answer, Request

_PER_PAGE = 10
_NEXT_TOKEN_DIGITS = 48
_ECHOED = ("ClientToken", "InputS3Configuration", "OutputS3Configuration", "MaxWriteRequestUnits")
_SUMMARY = ("BulkOperationArn", "BulkOperationStatus", "StartTime", "EndTime")


async def start_bulk_put_items(context: Context, request: Request) -> Answer:
    transfer = await starting.once(
        context,
        "bulk",
        request,
        IdempotentParameterMismatchException,
        lambda: _start(context, request),
    )
    return {"BulkOperationDescription": await _described(context, transfer)}


async def _start(context: Context, request: Request) -> Transfer:
    now = context.clock.now()
    _check(request)
    table = _ready(context.catalog.existing(context.region, request["TableName"]))
    context.buckets.check()
    transfer = _transfer(table, request, transfers.identifier(context.ids, now), now)
    try:
        found = await asyncio.to_thread(_look, context, transfer)
    except NoSuchBucket as error:
        transfer = _failed(transfer, "S3NoSuchBucket", f"The specified bucket does not exist: {error}")
        await starting.put(context, transfer)
    except Unreachable as error:
        transfer = _failed(transfer, "S3Unavailable", str(error))
        await starting.put(context, transfer)
    else:
        transfer = _with_objects(transfer, found)
        await starting.put(context, transfer, {bulk.progress_key(transfer): Progress(owed_at=now).pack()})
        context.catalog.work.set()
    return transfer


def _check(request: Request) -> None:
    """What the shapes of the request's members cannot say."""
    output = request["OutputS3Configuration"]
    if "S3Bucket" not in output:
        raise ValidationException("OutputS3Configuration: S3Bucket must be specified")
    if not output["OutputType"]:
        raise ValidationException(
            "OutputS3Configuration: OutputType must have one or both of ERROR and CONDITION_CHECK_FAILURE"
        )
    if ("S3SseKmsKeyId" in output) != (output.get("S3SseAlgorithm") == "KMS"):
        raise ValidationException(
            "OutputS3Configuration: S3SseKmsKeyId must be specified when S3SseAlgorithm is KMS, and only then"
        )
    source = request["InputS3Configuration"]
    buckets.require()
    reading.require(Format(source["InputFormat"], source.get("InputCompressionType", "NONE")))


def _ready(table: Table) -> Table:
    """A table takes a bulk put when it is there, and is not making an index."""
    comes_or_goes = passing(table)
    if comes_or_goes is not None:
        raise ResourceInUseException(comes_or_goes)
    for index in table.indexes:
        if index.status == "CREATING":
            raise ResourceInUseException(
                f"Table is being updated: the index {index.name} of {table.name} is being created"
            )
    return table


def _look(context: Context, transfer: Transfer) -> list[Found]:
    """The objects to be read, once it is known that the report can be written."""
    source, output = transfer.request["InputS3Configuration"], transfer.request["OutputS3Configuration"]
    found = context.buckets.objects(source["S3Bucket"], source.get("S3KeyPrefix", ""))
    context.buckets.put(output["S3Bucket"], f"{bulk.report_folder(transfer)}/_started", b"")
    return found


# ------------------------------------------------------------------ descriptions


def _transfer(table: Table, request: Request, id_: str, now: float) -> Transfer:
    description = {member: request[member] for member in _ECHOED if member in request} | {
        "BulkOperationArn": f"{table.arn}/bulk-operation/{id_}",
        "BulkOperationStatus": "IN_PROGRESS",
        "TableDetails": [{"TableName": request["TableName"], "TableId": table.uuid}],
        "StartTime": round(now, 3),
        "PerformanceTier": request.get("PerformanceTier", "STANDARD"),
    }
    indexes = table.live_indexes
    state = {
        "name": table.name,
        "uuid": table.uuid,
        "objects": [],
        "LocalSecondaryIndexes": [index.name for index in indexes if not index.is_global],
        "GlobalSecondaryIndexes": [index.name for index in indexes if index.is_global],
        "VectorIndexes": [index.name for index in table.live_vectors],
    }
    return Transfer("bulk", table.region, id_, description["BulkOperationArn"], request, description, state)


def _with_objects(transfer: Transfer, found: list[Found]) -> Transfer:
    return replace(
        transfer,
        description={**transfer.description, "TotalInputBytes": sum(one.size_bytes for one in found)},
        state={**transfer.state, "objects": [tuple(one) for one in found]},
    )


def _failed(transfer: Transfer, code: str, message: str) -> Transfer:
    ended = {
        **bulk.figures(transfer, Progress()),
        "BulkOperationStatus": "FAILED",
        "EndTime": transfer.description["StartTime"],
        "FailureCode": code,
        "FailureMessage": message,
    }
    return replace(transfer, description={**transfer.description, **ended})


async def _described(context: Context, transfer: Transfer) -> Answer:
    """What a bulk put says of itself, with the figures of this moment."""
    row, stored = await context.engine.read([transfer.key, bulk.progress_key(transfer)])
    if row is not None:
        transfer = transfers.decode("bulk", transfer.region, transfer.id, row)
    if stored is None or transfer.description["BulkOperationStatus"] in bulk.FINAL:
        return dict(transfer.description)
    return {**transfer.description, **bulk.figures(transfer, Progress.unpack(stored))}


async def describe_bulk_operation(context: Context, request: Request) -> Answer:
    found = await _existing(context, request["BulkOperationArn"])
    return {"BulkOperationDescription": await _described(context, found)}


async def _existing(context: Context, arn: str) -> Transfer:
    found = await transfers.find(context.engine, "bulk", context.region, arn)
    if found is None:
        raise ResourceNotFoundException(f"Bulk operation not found: {arn}")
    return found


async def list_bulk_operations(context: Context, request: Request) -> Answer:
    found = await transfers.listed(context.engine, "bulk", context.region, context.clock.now())
    page, more = transfers.page(
        found, request.get("NextToken"), request.get("MaxResults", _PER_PAGE), _NEXT_TOKEN_DIGITS
    )
    summaries = [
        {member: one.description[member] for member in _SUMMARY if member in one.description} for one in page
    ]
    return {"BulkOperationsSummaryList": summaries, **more}


# ------------------------------------------------------------------ cancelling


async def cancel_bulk_operation(context: Context, request: Request) -> Answer:
    def cancelling(present: Transfer) -> Transfer:
        status = present.description["BulkOperationStatus"]
        if status in bulk.FINAL:
            raise ValidationException(f"Bulk operation is not in progress: its status is {status}")
        return replace(present, description={**present.description, "BulkOperationStatus": "CANCELLING"})

    found = await _existing(context, request["BulkOperationArn"])
    cancelled = await transfers.change(context.engine, found, cancelling)
    context.catalog.work.set()
    return {"BulkOperationArn": cancelled.arn, "BulkOperationStatus": "CANCELLING"}


OPERATIONS = (
    Operation("StartBulkPutItems", SHAPES["StartBulkPutItems"], start_bulk_put_items, "control"),
    Operation("DescribeBulkOperation", SHAPES["DescribeBulkOperation"], describe_bulk_operation, "reads"),
    Operation("ListBulkOperations", SHAPES["ListBulkOperations"], list_bulk_operations, "reads"),
    Operation("CancelBulkOperation", SHAPES["CancelBulkOperation"], cancel_bulk_operation, "control"),
)
