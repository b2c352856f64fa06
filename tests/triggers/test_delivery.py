"""What happens to a batch whose target fails, on a clock that stands still until the test moves it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from dynalite.changes import Changes
from dynalite.clock import Clock
from dynalite.ids import Ids
from server.triggers.definition import parse
from server.triggers.delivery import Delivery, Destination, Tally
from server.triggers.target import CallFailed

NOW = 1_800_000_000.0


def record(number: int, age_seconds: float = 0) -> dict[str, Any]:
    made = {"SequenceNumber": str(number), "ApproximateCreationDateTime": int(NOW - age_seconds)}
    return {"eventID": str(number), "dynamodb": made}


def failures(*numbers: int) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": str(number)} for number in numbers]}


class Scripted:
    """A target that does as it is told, and remembers the batches that it was called with."""

    def __init__(self, behave: Callable[[list[int]], Any]) -> None:
        self.batches: list[list[int]] = []
        self._behave = behave

    async def call(self, event: Any, request_id: str) -> Any:
        batch = [int(one["dynamodb"]["SequenceNumber"]) for one in event["Records"]]
        assert {one["eventSourceARN"] for one in event["Records"]} == {"arn"}
        self.batches.append(batch)
        return self._behave(batch)

    async def close(self) -> None: ...


def deliver(
    behave: Callable[[list[int]], Any],
    records: Sequence[dict[str, Any]],
    on_failure: Path | None = None,
    **members: Any,
) -> tuple[Scripted, list[str], Tally, float]:
    """Deliver records, moving the clock whenever nothing else happens. The target, what was reported as dealt
    with, the tally, and how much time had to pass.
    """

    async def run() -> tuple[Scripted, list[str], Tally, float]:
        definition = parse({"Table": "Orders", "Function": "m:f", **members})
        clock, changes, tally = Clock(), Changes(), Tally()
        clock.freeze()
        clock.set(NOW)
        target = Scripted(behave)
        done: list[str] = []

        async def note(number: str) -> None:
            done.append(number)

        destination = Destination(None if on_failure is None else str(on_failure))
        delivery = Delivery(definition, target, destination, tally, clock, changes, Ids(seed=1))
        delivering = asyncio.ensure_future(delivery.deliver("arn", "shard", records, note))
        for _ in range(10_000):
            await asyncio.sleep(0)
            if delivering.done():
                break
            if len(asyncio.all_tasks()) <= 2:
                clock.advance(0.1)
                changes.announce()
        await asyncio.wait_for(delivering, 10)
        return target, done, tally, clock.now() - NOW

    return asyncio.run(run())


def fail(batch: list[int]) -> None:
    raise CallFailed("on purpose")


def fails_with(*bad: int) -> Callable[[list[int]], None]:
    def behave(batch: list[int]) -> None:
        if set(bad) & set(batch):
            raise CallFailed("a bad one is in it")

    return behave


THREE = [record(1), record(2), record(3)]


def test_a_batch_that_succeeds_is_delivered_once() -> None:
    target, done, tally, seconds = deliver(lambda batch: None, THREE)
    assert target.batches == [[1, 2, 3]]
    assert (done, tally.delivered, tally.given_up, seconds) == (["3"], 3, 0, 0)


def test_a_batch_is_tried_again_until_it_succeeds() -> None:
    behaviours: list[Callable[[list[int]], None]] = [fail, fail, lambda batch: None]
    answers = iter(behaviours)
    target, done, tally, seconds = deliver(lambda batch: next(answers)(batch), THREE)
    assert target.batches == [[1, 2, 3]] * 3
    assert (done, tally.last_failure) == (["3"], "on purpose")
    assert seconds >= 0.2 + 0.4


def test_retries_end_and_the_batch_is_reported(tmp_path: Path) -> None:
    report = tmp_path / "failed.jsonl"
    target, done, tally, _ = deliver(fail, THREE, report, MaximumRetryAttempts=2)
    assert target.batches == [[1, 2, 3]] * 3
    assert (done, tally.given_up) == (["3"], 3)
    [said] = [json.loads(line) for line in report.read_text().splitlines()]
    assert said["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert said["requestContext"]["approximateInvokeCount"] == 3
    assert said["DDBStreamBatchInfo"] == {
        "shardId": "shard",
        "startSequenceNumber": "1",
        "endSequenceNumber": "3",
        "approximateArrivalOfFirstRecord": "2027-01-15T08:00:00.000Z",
        "approximateArrivalOfLastRecord": "2027-01-15T08:00:00.000Z",
        "batchSize": 3,
        "streamArn": "arn",
    }


def test_bisection_finds_the_bad_record_and_does_not_count_as_a_retry(tmp_path: Path) -> None:
    report = tmp_path / "failed.jsonl"
    records = [record(number) for number in range(1, 9)]
    target, done, tally, _ = deliver(
        fails_with(6), records, report, BisectBatchOnFunctionError=True, MaximumRetryAttempts=1
    )
    assert target.batches == [
        [1, 2, 3, 4, 5, 6, 7, 8],
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [5, 6],
        [5],
        [6],
        [6],
        [7, 8],
    ]
    assert done == ["4", "5", "6", "8"]
    assert (tally.delivered, tally.given_up) == (7, 1)
    batch = json.loads(report.read_text())["DDBStreamBatchInfo"]
    assert (batch["startSequenceNumber"], batch["batchSize"]) == ("6", 1)


def test_records_before_the_first_reported_failure_are_done() -> None:
    answers = iter([failures(3, 2), failures(), None])
    target, done, tally, _ = deliver(
        lambda batch: next(answers), THREE, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    assert target.batches == [[1, 2, 3], [2, 3]]
    assert (done, tally.delivered) == (["1", "3"], 3)


def test_failures_that_name_no_record_of_the_batch_fail_all_of_it() -> None:
    unnamed = {"batchItemFailures": [{"itemIdentifier": ""}]}
    answers = iter([failures(9), unnamed, {"batchItemFailures": None}])
    target, done, _, _ = deliver(
        lambda batch: next(answers), THREE, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    assert target.batches == [[1, 2, 3]] * 3
    assert done == ["3"]


def test_reported_failures_mean_nothing_unless_they_were_agreed_on() -> None:
    target, done, _, _ = deliver(lambda batch: failures(1), THREE)
    assert (target.batches, done) == ([[1, 2, 3]], ["3"])


def test_records_that_are_too_old_are_given_up_before_they_are_delivered(tmp_path: Path) -> None:
    report = tmp_path / "failed.jsonl"
    records = [record(1, 100), record(2, 61), record(3, 60), record(4)]
    target, done, tally, _ = deliver(lambda batch: None, records, report, MaximumRecordAgeInSeconds=60)
    assert target.batches == [[3, 4]]
    assert (done, tally.given_up) == (["2", "4"], 2)
    assert json.loads(report.read_text())["requestContext"]["condition"] == "RecordAgeExceeded"


def test_records_that_grow_old_while_they_are_tried_are_given_up() -> None:
    target, done, tally, seconds = deliver(fail, [record(1)], MaximumRecordAgeInSeconds=60)
    assert (done, tally.given_up) == (["1"], 1)
    assert seconds > 60
    assert len(target.batches) < 15


def test_retries_without_a_bound_end_when_the_stream_would_have_forgotten_the_record() -> None:
    day_seconds = 24 * 3600
    _, done, tally, seconds = deliver(fail, [record(1, day_seconds - 30)])
    assert (done, tally.given_up) == (["1"], 1)
    assert 30 < seconds < 120


def test_a_destination_that_cannot_be_reached_does_not_stop_the_stream(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, done, _, _ = deliver(fail, THREE, tmp_path / "no" / "such" / "folder", MaximumRetryAttempts=0)
    assert done == ["3"]
    assert "was not told" in caplog.text
