"""How a batch is delivered: once if all goes well, and by Lambda's rules if not.

- A batch that fails is tried again, with growing pauses on the server's clock, as often as the definition
  allows.
- With BisectBatchOnFunctionError a failed batch of several records is split in two instead, and both halves
  are tried; that does not count as a retry.
- With ReportBatchItemFailures the answer names records that failed. Everything before the first of them is
  done; the rest is tried again. An answer that names a record that was not in the batch fails all of it.
- Records older than MaximumRecordAgeInSeconds are given up; without a bound, those that a stream would have
  forgotten.
- What is given up is reported to the destination, if there is one, and passed by.

Source: the Lambda developer guide, "Retain discarded records for a DynamoDB event source".
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from dynalite import limits
from dynalite.changes import Changes
from dynalite.clock import Clock
from dynalite.ids import Ids
from server.pauses import pause_seconds, until
from server.triggers.definition import FOREVER, Definition
from server.triggers.source import Record
from server.triggers.target import CallFailed, Target, WebHook

log = logging.getLogger(__name__)

Done = Callable[[str], Awaitable[None]]
"""Told the sequence number of the last record that has been dealt with."""


@dataclass(slots=True)
class Tally:
    """What a trigger has done since it was started."""

    calls: int = 0
    delivered: int = 0
    given_up: int = 0
    last_failure: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Records to be delivered in one event, and how often that has failed already."""

    records: Sequence[Record]
    failures: int = 0


def sequence_number(record: Record) -> str:
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


class Delivery:
    """Delivers the batches of one shard, one after another."""

    def __init__(
        self,
        definition: Definition,
        target: Target,
        destination: "Destination",
        tally: Tally,
        clock: Clock,
        changes: Changes,
        ids: Ids,
    ) -> None:
        self._definition = definition
        self._target = target
        self._destination = destination
        self._tally = tally
        self._clock = clock
        self._changes = changes
        self._ids = ids

    async def deliver(self, stream: str, shard: str, records: Sequence[Record], done: Done) -> None:
        """Deliver a batch or give it up. `done` is called as its records are dealt with, in order."""
        pieces = deque([Piece(records)])
        while pieces:
            piece = self._young(pieces.popleft())
            given_up = piece.given_up
            if given_up:
                await self._give_up(stream, shard, given_up, "RecordAgeExceeded", piece.left.failures)
                await done(sequence_number(given_up[-1]))
            if piece.left.records:
                left = await self._try(stream, shard, piece.left)
                dealt_with = len(piece.left.records) - sum(len(one.records) for one in left)
                pieces.extendleft(reversed(left))
                if dealt_with:
                    await done(sequence_number(piece.left.records[dealt_with - 1]))

    def _young(self, piece: Piece) -> "_Aged":
        """A piece, without the records at its beginning that are too old."""
        most: float = self._definition.record_age_seconds
        if most == FOREVER:
            most = limits.STREAM_SECONDS
        oldest = self._clock.now() - most
        old = 0
        while (
            old < len(piece.records)
            and piece.records[old]["dynamodb"]["ApproximateCreationDateTime"] < oldest
        ):
            old += 1
        return _Aged(piece.records[:old], Piece(piece.records[old:], piece.failures))

    async def _try(self, stream: str, shard: str, piece: Piece) -> list[Piece]:
        """Call the target once. What is left to be delivered afterwards, in order."""
        records = piece.records
        self._tally.calls += 1
        try:
            event = {"Records": [{**record, "eventSourceARN": stream} for record in records]}
            answer = await self._target.call(event, self._ids.uuid())
            first_failed = self._first_failed(answer, records)
        except CallFailed as failure:
            self._tally.last_failure = str(failure)
            first_failed = 0
        self._tally.delivered += first_failed
        failed = records[first_failed:]
        if not failed:
            return []
        if self._definition.bisect and first_failed == 0 and len(failed) > 1:
            middle = len(failed) // 2
            return [Piece(failed[:middle], piece.failures), Piece(failed[middle:], piece.failures)]
        failures = piece.failures + 1
        if self._definition.retries != FOREVER and failures > self._definition.retries:
            await self._give_up(stream, shard, failed, "RetryAttemptsExhausted", failures)
            return []
        await until(self._clock, self._changes, self._clock.now() + pause_seconds(failures))
        return [Piece(failed, failures)]

    def _first_failed(self, answer: Any, records: Sequence[Record]) -> int:
        """The position of the first record that the answer reports as failed; behind the last for none."""
        if not self._definition.reports_item_failures or not isinstance(answer, dict):
            return len(records)
        positions = {sequence_number(record): position for position, record in enumerate(records)}
        first = len(records)
        for failure in answer.get("batchItemFailures") or ():
            named = failure.get("itemIdentifier") if isinstance(failure, dict) else None
            if named not in positions:
                raise CallFailed(f"The answer names {named!r}, which is no record of the batch")
            first = min(first, positions[named])
        if first < len(records):
            self._tally.last_failure = f"The answer reports {sequence_number(records[first])} as failed"
        return first

    async def _give_up(
        self, stream: str, shard: str, records: Sequence[Record], condition: str, failures: int
    ) -> None:
        self._tally.given_up += len(records)
        times = [float(record["dynamodb"]["ApproximateCreationDateTime"]) for record in records]
        await self._destination.tell(
            {
                "requestContext": {
                    "requestId": self._ids.uuid(),
                    "functionArn": self._definition.target,
                    "condition": condition,
                    "approximateInvokeCount": failures,
                },
                "responseContext": {
                    "statusCode": 200,
                    "executedVersion": "$LATEST",
                    "functionError": "Unhandled",
                },
                "version": "1.0",
                "timestamp": _iso(self._clock.now()),
                "DDBStreamBatchInfo": {
                    "shardId": shard,
                    "startSequenceNumber": sequence_number(records[0]),
                    "endSequenceNumber": sequence_number(records[-1]),
                    "approximateArrivalOfFirstRecord": _iso(times[0]),
                    "approximateArrivalOfLastRecord": _iso(times[-1]),
                    "batchSize": len(records),
                    "streamArn": stream,
                },
            }
        )


@dataclass(frozen=True, slots=True)
class _Aged:
    """The records of a piece that are too old, and the piece without them."""

    given_up: Sequence[Record]
    left: Piece


class Destination:
    """Where the batches that were given up are reported: a line of JSON in a file, a POST to a URL, or
    nowhere.
    """

    def __init__(self, place: str | None) -> None:
        self._hook = WebHook(place) if place is not None and "://" in place else None
        self._file = Path(place) if place is not None and self._hook is None else None

    async def tell(self, report: dict[str, Any]) -> None:
        """Report. A destination that cannot be reached is logged: the stream must go on."""
        try:
            if self._hook is not None:
                await self._hook.call(report, report["requestContext"]["requestId"])
            elif self._file is not None:
                await asyncio.to_thread(_append, self._file, orjson.dumps(report) + b"\n")
        except (CallFailed, OSError):
            log.exception("the on-failure destination was not told of %s", report["DDBStreamBatchInfo"])

    async def close(self) -> None:
        if self._hook is not None:
            await self._hook.close()


def _append(path: Path, line: bytes) -> None:
    with open(path, "ab") as file:
        file.write(line)


def _iso(epoch_seconds: float) -> str:
    moment = datetime.fromtimestamp(epoch_seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
