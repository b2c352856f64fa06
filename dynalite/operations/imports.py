"""ImportTable, DescribeImport and ListImports.

An import makes a table and answers; a job brings it its items (`jobs/importing.py`). Which objects there are
is found out before the answer, and written down: what is put into the bucket later is not part of the import.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import msgpack

from dynalite.capacity.simultaneous import IMPORTED_BY
from dynalite.catalog.schema import UNTIL_DONE, Table
from dynalite.catalog.standing import check_free
from dynalite.errors import ImportConflictException, ImportNotFoundException
from dynalite.model.catalogue import SHAPES
from dynalite.operations import starting, tables
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.recovery import buckets, reading, target, transfers
from dynalite.recovery.buckets import NoSuchBucket, Unreachable
from dynalite.recovery.reading import Format
from dynalite.recovery.transfers import Transfer
from dynalite.values.types import Answer, Request

_PER_PAGE = 25
_NEXT_TOKEN_DIGITS = 112
_ECHOED = (
    "ClientToken",
    "S3BucketSource",
    "InputFormat",
    "InputFormatOptions",
    "TableCreationParameters",
)
_SUMMARY = (
    "ImportArn",
    "ImportStatus",
    "TableArn",
    "S3BucketSource",
    "CloudWatchLogGroupArn",
    "InputFormat",
    "StartTime",
    "EndTime",
)


class Progress(NamedTuple):
    """How far an import has come: the number of the object that is being read, how many of its entries have
    been, and the figures so far. `size_bytes` counts the objects before this one.
    """

    object: int = 0
    entry: int = 0
    processed: int = 0
    imported: int = 0
    errors: int = 0
    size_bytes: int = 0

    def pack(self) -> bytes:
        packed: bytes = msgpack.packb(tuple(self))
        return packed

    @classmethod
    def unpack(cls, stored: bytes | None) -> "Progress":
        return cls() if stored is None else cls(*msgpack.unpackb(stored))

    def figures(self) -> Mapping[str, int]:
        """The members of a description that say how far it is."""
        return {
            "ProcessedItemCount": self.processed,
            "ImportedItemCount": self.imported,
            "ErrorCount": self.errors,
            "ProcessedSizeBytes": self.size_bytes,
        }


async def import_table(context: Context, request: Request) -> Answer:
    transfer = await starting.once(
        context, "import", request, ImportConflictException, lambda: _start(context, request)
    )
    return {"ImportTableDescription": transfer.description}


async def _start(context: Context, request: Request) -> Transfer:
    now = context.clock.now()
    parameters = request["TableCreationParameters"]
    buckets.require()
    reading.require(Format(request["InputFormat"], request.get("InputCompressionType", "NONE")))
    made = await tables.new_table(context, parameters)
    check_free(context.catalog.find(context.region, made.name))
    context.buckets.check()
    id_ = transfers.identifier(context.ids, now)
    transfer = _transfer(context, made, request, id_, now)
    source = request["S3BucketSource"]
    try:
        found = await asyncio.to_thread(
            context.buckets.objects, source["S3Bucket"], source.get("S3KeyPrefix", "")
        )
    except NoSuchBucket:
        transfer = _failed(transfer, "S3NoSuchBucket", "The specified bucket does not exist")
        await starting.put(context, transfer)
    except Unreachable as error:
        transfer = _failed(transfer, "S3Unavailable", str(error))
        await starting.put(context, transfer)
    else:
        transfer = replace(transfer, state={"table": made.id, "objects": [one.key for one in found]})
        filled = replace(made, due_at=UNTIL_DONE, settings={**made.settings, IMPORTED_BY: id_})
        await _make(context, filled, transfer)
    return transfer


async def _make(context: Context, made: Table, transfer: Transfer) -> None:
    """Start the transfer with its table, so that neither is ever there without the other."""

    def decide(present: Table | None) -> tuple[None, Table]:
        check_free(present)
        context.meter.check_change(None, made)
        return None, made

    await context.catalog.change(context.region, made.name, decide, starting.beside(context, transfer))


def _transfer(context: Context, made: Table, request: Request, id_: str, now: float) -> Transfer:
    description = {member: request[member] for member in _ECHOED if member in request} | {
        "ImportArn": f"{made.arn}/import/{id_}",
        "ImportStatus": "IN_PROGRESS",
        "TableArn": made.arn,
        "TableId": made.uuid,
        "CloudWatchLogGroupArn": (
            f"arn:aws:logs:{context.region}:{context.account}:log-group:/aws-dynamodb/imports:*"
        ),
        "InputCompressionType": request.get("InputCompressionType", "NONE"),
        "StartTime": round(now, 3),
        **Progress().figures(),
    }
    return Transfer("import", context.region, id_, description["ImportArn"], request, description, {})


def _failed(transfer: Transfer, code: str, message: str) -> Transfer:
    ended = {
        "ImportStatus": "FAILED",
        "EndTime": transfer.description["StartTime"],
        "FailureCode": code,
        "FailureMessage": message,
    }
    return replace(transfer, description={**transfer.description, **ended})


async def describe_import(context: Context, request: Request) -> Answer:
    arn = request["ImportArn"]
    found = await transfers.find(context.engine, "import", context.region, arn)
    if found is None:
        raise ImportNotFoundException(f"Import not found: {arn}")
    description = dict(found.description)
    if description["ImportStatus"] == "IN_PROGRESS":
        (stored,) = await context.engine.read([target.progress_key(found.state["table"])])
        description |= Progress.unpack(stored).figures()
    return {"ImportTableDescription": description}


async def list_imports(context: Context, request: Request) -> Answer:
    found = await transfers.listed(context.engine, "import", context.region, context.clock.now())
    if "TableArn" in request:
        name = context.catalog.name(context.region, request["TableArn"])
        found = [one for one in found if one.description["TableArn"].endswith(f":table/{name}")]
    page, more = transfers.page(
        found, request.get("NextToken"), request.get("PageSize", _PER_PAGE), _NEXT_TOKEN_DIGITS
    )
    summaries = [
        {member: one.description[member] for member in _SUMMARY if member in one.description} for one in page
    ]
    return {"ImportSummaryList": summaries, **more}


OPERATIONS = (
    Operation("ImportTable", SHAPES["ImportTable"], import_table, "control"),
    Operation("DescribeImport", SHAPES["DescribeImport"], describe_import, "reads"),
    Operation("ListImports", SHAPES["ListImports"], list_imports, "reads"),
)
