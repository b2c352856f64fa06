"""Brings an imported table its items: reads the objects, judges every entry as a put would, and writes pages.

The progress is written in the batch of each page, so a killed server opens the object again and passes over
the entries that it has dealt with (`recovery/intake.py`). Entries that are no items, or none that the table
could hold, are counted, and reported in the log of the import.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from dynalite import limits
from dynalite.capacity.simultaneous import IMPORTED_BY
from dynalite.catalog.schema import UNTIL_DONE, Table
from dynalite.errors import ServiceError
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items import write
from dynalite.items.record import Record
from dynalite.operations.context import Context
from dynalite.operations.imports import Progress
from dynalite.recovery import intake, reading, target, transfers
from dynalite.recovery.buckets import NoSuchBucket, Unreachable
from dynalite.recovery.intake import Page, Source
from dynalite.recovery.reading import BadEntry, Entry, Format
from dynalite.recovery.transfers import Transfer
from dynalite.storage import keyspace
from dynalite.values.attribute import canonical_item

log = logging.getLogger(__name__)

_TOO_LARGE = "Item size has exceeded the maximum allowed size"
_FAILED = {
    "ImportStatus": "FAILED",
    "FailureCode": "ItemValidationError",
    "FailureMessage": (
        "Some of the items failed validation checks and were not imported."
        " Please check CloudWatch error logs for more details."
    ),
}


async def step(context: Context) -> bool:
    under_way = [
        table
        for table in context.catalog.stored()
        if table.due_at == UNTIL_DONE and IMPORTED_BY in table.settings
    ]
    for table in under_way:
        await _advance(context, table)
    return bool(under_way)


async def _advance(context: Context, table: Table) -> None:
    transfer = await transfers.get(context.engine, "import", table.region, table.settings[IMPORTED_BY])
    assert transfer is not None  # its row was written with the table
    (stored,) = await context.engine.read([target.progress_key(table.id)])
    progress = Progress.unpack(stored)
    if progress.object == len(transfer.state["objects"]):
        await _finish(context, table, transfer, progress)
        return
    key = transfer.state["objects"][progress.object]
    source = Source(transfer.request["S3BucketSource"]["S3Bucket"], key, _format(table, transfer))
    try:
        page = await intake.page(context.buckets, transfer.id, source, progress.entry)
    except (NoSuchBucket, Unreachable) as error:
        await _give_up(context, table, transfer, progress, str(error))
        return
    await _write(context, table, transfer, progress, stored, page)


def _format(table: Table, transfer: Transfer) -> Format:
    options = transfer.request.get("InputFormatOptions", {}).get("Csv", {})
    return Format(
        transfer.request["InputFormat"],
        transfer.description["InputCompressionType"],
        options.get("Delimiter", ","),
        options.get("HeaderList"),
        reading.key_types(table),
    )


# ------------------------------------------------------------------ a page


@dataclass(frozen=True, slots=True)
class _Refused:
    """An entry that is not imported: its number in the object, and why."""

    number: int
    reason: str


async def _write(
    context: Context,
    table: Table,
    transfer: Transfer,
    progress: Progress,
    stored: bytes | None,
    page: Page,
) -> None:
    images: dict[bytes, Record | None] = {}
    refused = []
    for number, entry in enumerate(page.entries, progress.entry):
        try:
            place, record = _judged(context, table, entry)
        except ServiceError as error:
            refused.append(_Refused(number, error.message))
        else:
            images[place] = record
    if refused or page.reopened:
        await asyncio.to_thread(_report, context, transfer, progress, refused)
    read = len(page.entries)
    counted = progress._replace(
        entry=progress.entry + read,
        processed=progress.processed + read,
        imported=progress.imported + read - len(refused),
        errors=progress.errors + len(refused),
    )
    if page.ended:
        counted = counted._replace(
            object=progress.object + 1, entry=0, size_bytes=progress.size_bytes + page.read_bytes
        )
    await target.bring(
        context.engine,
        context.hash,
        table,
        images,
        context.clock.now(),
        stored=stored,
        reached=counted.pack(),
    )


def _judged(context: Context, table: Table, entry: Entry) -> tuple[bytes, Record]:
    """The item's place and record. Raises what a put of it would be refused with."""
    if isinstance(entry, BadEntry):
        raise ServiceError(entry.reason)
    item, size_bytes = canonical_item(entry["Item"])
    if size_bytes > limits.ITEM_SIZE_BYTES:
        raise ServiceError(_TOO_LARGE)
    write.check_put(table, item, size_bytes, _TOO_LARGE)
    place = keys.storage_key(table, item, context.hash)[keyspace.ITEM_HASH_AT :]
    return place, records.of(item, size_bytes)


def _report(context: Context, transfer: Transfer, progress: Progress, refused: Sequence[_Refused]) -> None:
    """Write the events of a page to the import's log: lines of JSON as the service logs them.

    What was reported of a page that could not be written is replaced: the page that is read in its place may
    end elsewhere.
    """
    name = f"{transfer.id}/error-{progress.object:06d}-{progress.entry:012d}.json"
    context.vault.logs.delete(name)
    if not refused:
        return
    pointer = {
        "bucket": transfer.request["S3BucketSource"]["S3Bucket"],
        "key": transfer.state["objects"][progress.object],
    }
    events = [
        {
            "itemS3Pointer": {**pointer, "itemIndex": one.number},
            "importArn": transfer.arn,
            "errorMessages": [one.reason],
        }
        for one in refused
    ]
    context.vault.logs.write(name, b"".join(orjson.dumps(event) + b"\n" for event in events))
    log.warning("import %s: %d items refused, see %s", transfer.id, len(refused), name)


# ------------------------------------------------------------------ the end


async def _finish(context: Context, table: Table, transfer: Transfer, progress: Progress) -> None:
    """Describe the import as done, then let the table be ACTIVE: in this order, so that a server killed
    between the two comes here again.
    """
    now = context.clock.now()
    ended = _FAILED if progress.errors else {"ImportStatus": "COMPLETED"}
    description = {**transfer.description, **progress.figures(), **ended, "EndTime": round(now, 3)}
    await transfers.put(context.engine, replace(transfer, description=description))
    await target.finish(context.engine, context.catalog, table, now)


async def _give_up(
    context: Context, table: Table, transfer: Transfer, progress: Progress, reason: str
) -> None:
    """An object cannot be read: the import ends with what it has."""
    now = context.clock.now()
    ended = {"ImportStatus": "FAILED", "FailureCode": "S3Unavailable", "FailureMessage": reason}
    description = {**transfer.description, **progress.figures(), **ended, "EndTime": round(now, 3)}
    await transfers.put(context.engine, replace(transfer, description=description))
    await target.finish(context.engine, context.catalog, table, now)
