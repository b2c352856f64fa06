"""Runs bulk puts: reads the objects, and puts every line's item as PutItem would, condition and all.

The table is in use meanwhile. So an update holds lines of different items, and each is judged by what the
table has then: the table's descriptor is looked up again for every update, and a condition is decided inside
it. The progress and the report's lines are in the same batch (`recovery/bulk.py`), so a killed server goes
on behind the last line that it has dealt with, and nothing is put, counted or reported twice.

When there is nothing left to read, the report is completed (`jobs/bulk_reports.py`), then the end described,
and then the progress forgotten. What is put does not count against the table's throughput; a rate that was
asked for is kept by working off what each page has cost.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dynalite.catalog.schema import Table
from dynalite.errors import ConditionalCheckFailedException, ServiceError
from dynalite.items import indexes, vectors, write
from dynalite.items.record import Record
from dynalite.jobs import bulk_reports
from dynalite.jobs.bulk_reports import Report, Work
from dynalite.model.transfers import BULK_PUT_LINE
from dynalite.model.walker import validate
from dynalite.operations import actions
from dynalite.operations.actions import Action, Draft
from dynalite.operations.context import Context
from dynalite.recovery import bulk, intake, transfers
from dynalite.recovery.buckets import NoSuchBucket, Unreachable
from dynalite.recovery.bulk import Progress
from dynalite.recovery.intake import Source
from dynalite.recovery.reading import BadEntry, Entry, Format
from dynalite.recovery.transfers import Members, Transfer
from dynalite.storage.engine import Batch

_LINES_PER_UPDATE = 100


async def step(context: Context) -> bool:
    worked = False
    for found in await bulk.under_way(context.engine):
        transfer = await transfers.get(context.engine, "bulk", found.region, found.id)
        assert transfer is not None  # both rows were written together
        regional = replace(context, region=found.region)
        work = Work(transfer, Progress.unpack(found.stored), found.stored)
        worked |= await _advance(regional, work)
    return worked


async def _advance(context: Context, work: Work) -> bool:
    if work.transfer.description["BulkOperationStatus"] in bulk.FINAL:
        intake.close(context.buckets, work.transfer.id)
        await bulk_reports.close(context, work)
        return True
    outcome = _outcome(context, work)
    if outcome is None and not bulk_reports.due(work):
        return await _read_on(context, work)
    try:
        if bulk_reports.waiting(work):
            await bulk_reports.flush(context, work)
            return True
        assert outcome is not None
        await bulk_reports.conclude(context, work, outcome)
    except (NoSuchBucket, Unreachable) as error:
        outcome = _failed("S3Unavailable", f"The report cannot be written: {error}")
    if outcome is not None:
        await _end(context, work, outcome)
    return True


# ------------------------------------------------------------------ the end


def _outcome(context: Context, work: Work) -> Members | None:
    """How a bulk put ends that has nothing left to read; None when it goes on."""
    transfer, progress = work.transfer, work.progress
    if transfer.description["BulkOperationStatus"] == "CANCELLING":
        said = "The bulk operation was cancelled by request"
        return {"BulkOperationStatus": "CANCELLED", "FailureCode": "Cancelled", "FailureMessage": said}
    if "failure" in transfer.state:
        return _failed("S3Unavailable", transfer.state["failure"])
    if _table(context, transfer) is None:
        return _failed("ResourceNotFound", f"The table was deleted: {transfer.state['name']}")
    if progress.object < len(transfer.state["objects"]):
        return None
    return {"BulkOperationStatus": "COMPLETED_WITH_ERRORS" if progress.failed else "COMPLETED"}


def _failed(code: str, message: str) -> Members:
    return {"BulkOperationStatus": "FAILED", "FailureCode": code, "FailureMessage": message}


def _table(context: Context, transfer: Transfer) -> Table | None:
    """The table as it is now; None when it is no more, whatever has its name."""
    table = context.catalog.find(transfer.region, transfer.state["name"])
    if table is None or table.uuid != transfer.state["uuid"] or table.status == "DELETING":
        return None
    return table


async def _end(context: Context, work: Work, outcome: Members) -> None:
    ended = {
        **bulk.figures(work.transfer, work.progress),
        **outcome,
        "EndTime": round(context.clock.now(), 3),
    }

    def done(present: Transfer) -> Transfer:
        if present.description["BulkOperationStatus"] in bulk.FINAL:
            return present
        return replace(present, description={**present.description, **ended})

    await transfers.change(context.engine, work.transfer, done)


# ------------------------------------------------------------------ reading on


async def _read_on(context: Context, work: Work) -> bool:
    """Put the next page. False when the rate that was asked for does not allow it yet."""
    transfer, progress = work.transfer, work.progress
    now, rate = context.clock.now(), transfer.request.get("MaxWriteRequestUnits")
    owed = 0.0
    if rate is not None:
        owed = max(0.0, progress.owed - rate * max(0.0, now - progress.owed_at))
        if owed >= rate:
            return False
    try:
        page = await intake.page(context.buckets, transfer.id, _source(work), progress.entry)
    except (NoSuchBucket, Unreachable) as error:
        await _note_failure(context, transfer, str(error))
        return True
    lines = deque(enumerate(map(_drafted(transfer), page.entries), progress.entry))
    current: Work | None = replace(work, progress=progress._replace(owed=owed, owed_at=now))
    while current is not None and (run := _run(context, transfer, lines)) is not None:
        current = await _write(context, current, run, ended=page.ended and not lines)
        if not lines:
            break
        await asyncio.sleep(0)
    return True


def _source(work: Work) -> Source:
    source = work.transfer.request["InputS3Configuration"]
    key, _ = work.transfer.state["objects"][work.progress.object]
    format_ = Format(source["InputFormat"], source.get("InputCompressionType", "NONE"))
    return Source(source["S3Bucket"], key, format_)


async def _note_failure(context: Context, transfer: Transfer, reason: str) -> None:
    """An object cannot be read: what was put stays, and what is to be reported will be."""

    def failed(present: Transfer) -> Transfer:
        return replace(present, state={**present.state, "failure": reason})

    await transfers.change(context.engine, transfer, failed)


# ------------------------------------------------------------------ lines


@dataclass(frozen=True, slots=True)
class _Line:
    """An entry of an object by its number, tied to its table; or what is wrong with it."""

    number: int
    put: Action | ServiceError


def _drafted(transfer: Transfer) -> Callable[[Entry], Draft | ServiceError]:
    """What judges entries without a look at the table."""
    name = transfer.state["name"]

    def judge(entry: Entry) -> Draft | ServiceError:
        if isinstance(entry, BadEntry):
            return ServiceError(entry.reason)
        line = {member: entry[member] for member in BULK_PUT_LINE.members if member in entry}
        try:
            validate(BULK_PUT_LINE, line)
            return actions.PUT.draft({**line, "TableName": name})
        except ServiceError as error:
            return error

    return judge


def _run(
    context: Context, transfer: Transfer, lines: deque[tuple[int, Draft | ServiceError]]
) -> list[_Line] | None:
    """Take the next lines, of different items, as they are by the table of this moment. None when that is
    gone.

    An update reads each item once, so the second line of an item waits for the next.
    """
    if _table(context, transfer) is None:
        return None
    run: list[_Line] = []
    taken: set[bytes] = set()
    while lines and len(run) < _LINES_PER_UPDATE:
        number, drafted = lines[0]
        bound = _bound(context, drafted)
        if isinstance(bound, Action):
            if bound.key in taken:
                break
            taken.add(bound.key)
        run.append(_Line(number, bound))
        lines.popleft()
    return run


def _bound(context: Context, drafted: Draft | ServiceError) -> Action | ServiceError:
    if isinstance(drafted, ServiceError):
        return drafted
    try:
        return actions.PUT.bind(context, drafted)
    except ServiceError as error:
        return error


# ------------------------------------------------------------------ writing


async def _write(context: Context, work: Work, run: Sequence[_Line], *, ended: bool) -> Work | None:
    """Put what a run of lines asks for. None when another tick has done so."""
    puts = [line.put for line in run if isinstance(line.put, Action)]
    reading = actions.Reading(puts)
    at = context.clock.now()

    def decide(values: Sequence[bytes | None]) -> tuple[Work | None, Batch | None]:
        if values[0] != work.stored:
            return None, None
        batch = Batch()
        report = Report(work, batch)
        owed, used = work.progress.owed, dict(work.progress.used_bytes)
        failed = work.progress.failed
        stored = reading.rows(values[1:])
        for line in run:
            if isinstance(line.put, ServiceError):
                failed += 1
                report.error(line.number, line.put.message)
                continue
            before, beside = next(stored)
            try:
                after = line.put.transition(before).after
            except ConditionalCheckFailedException:
                report.condition_failed(line.number, line.put.primary, before)
                continue
            assert after is not None
            change = write.Change(line.put.table, line.put.key, before, after, at, beside)
            written = write.apply(batch, change, context.hash)
            owed += written.table_units + sum(written.index_units.values())
            for name, size_bytes in _sizes(context, line.put.table, after):
                used[name] = used.get(name, 0) + size_bytes
        progress = report.progress._replace(
            entry=work.progress.entry + len(run),
            processed=work.progress.processed + len(run),
            failed=failed,
            used_bytes=used,
            owed=owed,
        )
        if ended:
            _, size_bytes = work.transfer.state["objects"][progress.object]
            progress = progress._replace(
                object=progress.object + 1, entry=0, read_bytes=progress.read_bytes + size_bytes
            )
        reached = progress.pack()
        batch.put(bulk.progress_key(work.transfer), reached)
        return Work(work.transfer, progress, reached), batch

    return await context.engine.update([bulk.progress_key(work.transfer), *reading.keys], decide)


def _sizes(context: Context, table: Table, record: Record) -> Iterator[tuple[str, int]]:
    """How much is put into the table and into each of its indexes, in bytes as charged."""
    yield bulk.TABLE, record.size
    for index in table.live_indexes:
        entry = indexes.entry(table, index, record, context.hash)
        if entry is not None:
            yield index.name, entry.record.size
    for vector_index in table.live_vectors:
        if vectors.vector_of(vector_index, record.item) is not None:
            yield vector_index.name, vectors.entry_bytes(vector_index, record.item)
