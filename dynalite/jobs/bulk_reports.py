"""What a bulk put reports of the lines that it did not put, and the end of it.

Lines of the report are rows until there are enough of them for a file in the bucket. A file is written and
then its rows deleted, with the number of the next file: a server that was killed between the two writes the
same file again, because nothing is read on before.

<prefix>/AWSDynamoDB/<id>/_started               empty: the bucket can be written to
<prefix>/AWSDynamoDB/<id>/reports/<number>.json  lines of JSON, of each kind that was asked for
<prefix>/AWSDynamoDB/<id>/manifest.json          the bulk put as a whole; what has one is complete
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from dynalite.items.record import Record
from dynalite.operations.context import Context
from dynalite.recovery import bulk
from dynalite.recovery.bulk import Progress
from dynalite.recovery.transfers import Members, Transfer, moment
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, write_batch
from dynalite.values.types import Item

_FILE_BYTES = 1 << 20
_LINES_PER_FILE = 100_000
_ROWS_PER_STEP = 2000


@dataclass(frozen=True, slots=True)
class Work:
    """A bulk put, how far it is, and its progress as stored."""

    transfer: Transfer
    progress: Progress
    stored: bytes


class Report:
    """The lines of a report that one update makes. `progress` counts them."""

    def __init__(self, work: Work, batch: Batch) -> None:
        self.progress = work.progress
        self._work = work
        self._batch = batch
        self._wanted = frozenset(work.transfer.request["OutputS3Configuration"]["OutputType"])

    def error(self, number: int, reason: str) -> None:
        """An entry is no item, or none that the table could hold."""
        self._add("ERROR", number, {"errorMessages": [reason]})

    def condition_failed(self, number: int, item: Item, before: Record | None) -> None:
        """An item was not put because its condition did not hold for what was there."""
        found: Members = {} if before is None else {"ExistingItem": orjson.Fragment(before.json)}
        self._add("CONDITION_CHECK_FAILURE", number, {"Item": item, **found})

    def _add(self, kind: str, number: int, said: Mapping[str, object]) -> None:
        if kind not in self._wanted:
            return
        transfer, progress = self._work.transfer, self.progress
        pointer = {
            "bucket": transfer.request["InputS3Configuration"]["S3Bucket"],
            "key": transfer.state["objects"][progress.object][0],
            "itemIndex": number,
        }
        line = orjson.dumps({"outputType": kind, "itemS3Pointer": pointer, **said}) + b"\n"
        self._batch.put(bulk.report_key(transfer, progress.reported), line)
        self.progress = progress._replace(
            reported=progress.reported + 1, waiting_bytes=progress.waiting_bytes + len(line)
        )


def waiting(work: Work) -> bool:
    """Whether there are lines that are not in the bucket yet."""
    return work.progress.waiting_bytes > 0


def due(work: Work) -> bool:
    """Whether they are enough for a file."""
    return work.progress.waiting_bytes >= _FILE_BYTES


async def flush(context: Context, work: Work) -> None:
    """Write the next file of the report. Raises `NoSuchBucket` or `Unreachable`."""
    prefix = bulk.report_prefix(work.transfer)
    rows = await context.engine.scan(
        prefix, keyspace.after(prefix), limit=_LINES_PER_FILE, max_bytes=_FILE_BYTES
    )
    content = b"".join(line for _, line in rows)
    await _put(context, work.transfer, _file(work.transfer, work.progress.files), content)
    reached = work.progress._replace(
        files=work.progress.files + 1, waiting_bytes=work.progress.waiting_bytes - len(content)
    )

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch | None]:
        if values[0] != work.stored:  # another tick was here
            return None, None
        batch = Batch()
        for key, _ in rows:
            batch.delete(key)
        batch.put(bulk.progress_key(work.transfer), reached.pack())
        return None, batch

    await context.engine.update([bulk.progress_key(work.transfer)], decide)


async def conclude(context: Context, work: Work, outcome: Members) -> None:
    """Write the manifest. Raises `NoSuchBucket` or `Unreachable`."""
    transfer, progress = work.transfer, work.progress
    manifest = {
        "bulkOperationArn": transfer.arn,
        "bulkOperationStatus": outcome["BulkOperationStatus"],
        "startTime": moment(transfer.description["StartTime"]),
        "endTime": moment(context.clock.now()),
        "processedItemCount": progress.processed,
        "failedItemCount": progress.failed,
        "reportedLineCount": progress.reported,
        "reportFilesS3Keys": [_file(transfer, number) for number in range(progress.files)],
    }
    await _put(context, transfer, f"{bulk.report_folder(transfer)}/manifest.json", orjson.dumps(manifest))


def _file(transfer: Transfer, number: int) -> str:
    return f"{bulk.report_folder(transfer)}/reports/{number:06d}.json"


async def _put(context: Context, transfer: Transfer, key: str, content: bytes) -> None:
    bucket = transfer.request["OutputS3Configuration"]["S3Bucket"]
    await asyncio.to_thread(context.buckets.put, bucket, key, content)


async def close(context: Context, work: Work) -> None:
    """Forget the progress, and before it the lines that could not be written."""
    prefix = bulk.report_prefix(work.transfer)
    while not await context.engine.delete_range(prefix, keyspace.after(prefix), limit=_ROWS_PER_STEP):
        await asyncio.sleep(0)
    batch = Batch()
    batch.delete(bulk.progress_key(work.transfer))
    await write_batch(context.engine, batch)
