"""Applications that read a stream, in the two ways in which people write them.

`Workers` share the shards as the Kinesis Client Library does: a lease on each shard, taken over from a worker
that is gone, a checkpoint after each batch, and no child before its parent is finished. A batch may be
processed again after its worker died. `Poller` is the loop of the tutorials: it reads every shard that it
finds, in any order, and remembers where it is.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from dynalite.errors import ExpiredIteratorException
from tests.simulation.history import Record, Violation
from tests.simulation.site import GONE, Site

_FINISHED = "SHARD_END"


@dataclass(slots=True)
class Lease:
    """Who reads a shard, and how far it has been processed: up to a sequence number, or to its end."""

    owner: int | None = None
    checkpoint: str | None = None


@dataclass(slots=True)
class Workers:
    """Some workers, what they know in common, and what they have processed, in the order of processing."""

    site: Site
    arn: str
    random: Random
    count: int = 2
    leases: dict[str, Lease] = field(default_factory=dict)
    processed: list[Record] = field(default_factory=list)
    _iterators: dict[tuple[int, str], str] = field(default_factory=dict)

    async def turn(self, worker: int) -> bool:
        """One worker looks at the shards and reads a page of each that is its own. Whether it found anything
        to do.
        """
        try:
            shards = await shards_of(self.site, self.arn)
            worked = False
            for shard in shards.values():
                lease = self.leases.setdefault(shard["ShardId"], Lease())
                if self._may_read(shard, shards) and lease.owner in (None, worker):
                    lease.owner = worker
                    worked |= await self._read(worker, shard["ShardId"], lease)
            return worked
        except GONE:
            self.forget(worker)
            return False

    def forget(self, worker: int) -> None:
        """The worker dies; what it has not checkpointed is lost."""
        self._iterators = {place: text for place, text in self._iterators.items() if place[0] != worker}

    def take_over(self, worker: int) -> None:
        """Another worker dies, or is taken for dead: its leases are free."""
        for lease in self.leases.values():
            if lease.owner != worker:
                lease.owner = None

    def _may_read(self, shard: Any, shards: dict[str, Any]) -> bool:
        if self.leases[shard["ShardId"]].checkpoint == _FINISHED:
            return False
        parent = shard.get("ParentShardId")
        return parent not in shards or self.leases.setdefault(parent, Lease()).checkpoint == _FINISHED

    async def _read(self, worker: int, shard: str, lease: Lease) -> bool:
        place = self._iterators.get((worker, shard))
        if place is None:
            place = await iterator(self.site, self.arn, shard, lease.checkpoint)
        try:
            answer = await self.site.call(
                "GetRecords", ShardIterator=place, Limit=self.random.choice((1, 2, 5))
            )
        except ExpiredIteratorException:
            self._iterators.pop((worker, shard), None)
            return True
        if lease.owner != worker:
            return True
        self.processed += answer["Records"]
        await asyncio.sleep(0)
        if lease.owner != worker:  # too late: the batch will be processed again
            self._iterators.pop((worker, shard), None)
            return True
        if answer["Records"]:
            lease.checkpoint = answer["Records"][-1]["dynamodb"]["SequenceNumber"]
        if "NextShardIterator" in answer:
            self._iterators[worker, shard] = answer["NextShardIterator"]
            return bool(answer["Records"])
        lease.checkpoint = _FINISHED
        return True


@dataclass(slots=True)
class Poller:
    """Reads all shards at once. `seen` holds what it has read, in the order of reading."""

    site: Site
    arn: str
    random: Random
    seen: list[Record] = field(default_factory=list)
    _iterators: dict[str, str | None] = field(default_factory=dict)
    _reached: dict[str, str] = field(default_factory=dict)

    async def turn(self) -> bool:
        try:
            found = list(await shards_of(self.site, self.arn))
            self.random.shuffle(found)
            worked = [await self._read(shard) for shard in found]
            return any(worked)
        except GONE:
            return False

    async def _read(self, shard: str) -> bool:
        if shard not in self._iterators:
            self._iterators[shard] = await iterator(self.site, self.arn, shard, self._reached.get(shard))
        place = self._iterators[shard]
        if place is None:
            return False
        try:
            answer = await self.site.call("GetRecords", ShardIterator=place)
        except ExpiredIteratorException:
            del self._iterators[shard]
            return True
        self.seen += answer["Records"]
        if answer["Records"]:
            self._reached[shard] = answer["Records"][-1]["dynamodb"]["SequenceNumber"]
        self._iterators[shard] = answer.get("NextShardIterator")
        return bool(answer["Records"])


async def shards_of(site: Site, arn: str) -> dict[str, Any]:
    """Every shard of a stream, by its id, from pages of a few."""
    found: dict[str, Any] = {}
    request: dict[str, Any] = {"StreamArn": arn, "Limit": 3}
    while True:
        description = (await site.call("DescribeStream", **request))["StreamDescription"]
        found |= {shard["ShardId"]: shard for shard in description["Shards"]}
        if "LastEvaluatedShardId" not in description:
            return found
        request["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]


async def iterator(site: Site, arn: str, shard: str, after: str | None) -> str:
    """A place behind a sequence number, or at the beginning."""
    place: dict[str, str] = {"ShardIteratorType": "TRIM_HORIZON"}
    if after is not None:
        place = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": after}
    answer = await site.call("GetShardIterator", StreamArn=arn, ShardId=shard, **place)
    return str(answer["ShardIterator"])


def number_of(record: Record) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def once(processed: Sequence[Record]) -> list[Record]:
    """What was processed, without what was processed again. Raises Violation when it was another record."""
    first: dict[int, Record] = {}
    for record in processed:
        if first.setdefault(number_of(record), record) != record:
            raise Violation(f"{record} was {first[number_of(record)]}")
    return list(first.values())
