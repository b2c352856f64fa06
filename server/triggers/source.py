"""A table's stream as a trigger reads it: the public operations, with answers as plain JSON values, and
records in the form of Lambda's events.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson

from dynalite.database import Caller, Database
from dynalite.errors import ExpiredIteratorException, ResourceNotFoundException, TrimmedDataAccessException
from server.json_body import splice

Record: TypeAlias = dict[str, Any]


class StreamGone(Exception):
    """The stream, or the shard, is not there any more: a day has passed since it ended."""


@dataclass(frozen=True, slots=True)
class StreamShard:
    """A shard as DescribeStream tells of it."""

    id: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """What one GetRecords answers; `following` None: the shard has ended."""

    records: list[Record]
    following: str | None


class Source:
    """The streams of one region."""

    def __init__(self, database: Database, region: str) -> None:
        self._database = database
        self._caller = Caller(region)

    async def current_stream(self, table: str) -> str | None:
        """The ARN of the table's enabled stream; None when it has none, or there is no such table."""
        try:
            found = (await self._ask("DescribeTable", TableName=table))["Table"]
        except ResourceNotFoundException:
            return None
        arn: str | None = found.get("LatestStreamArn") if "StreamSpecification" in found else None
        return arn

    async def shards(self, stream: str) -> list[StreamShard]:
        """All shards of a stream, oldest first. Raises StreamGone."""
        shards: list[StreamShard] = []
        start: dict[str, str] = {}
        while True:
            try:
                answer = await self._ask("DescribeStream", StreamArn=stream, **start)
            except ResourceNotFoundException as error:
                raise StreamGone(stream) from error
            description = answer["StreamDescription"]
            shards += [StreamShard(one["ShardId"], one.get("ParentShardId")) for one in description["Shards"]]
            if "LastEvaluatedShardId" not in description:
                return shards
            start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    async def iterator(self, stream: str, shard: str, kind: str, **where: object) -> str:
        """A shard iterator. What has been trimmed is skipped. Raises StreamGone."""
        place = {"StreamArn": stream, "ShardId": shard}
        try:
            try:
                answer = await self._ask("GetShardIterator", **place, ShardIteratorType=kind, **where)
            except TrimmedDataAccessException:
                answer = await self._ask("GetShardIterator", **place, ShardIteratorType="TRIM_HORIZON")
        except ResourceNotFoundException as error:
            raise StreamGone(stream) from error
        iterator: str = answer["ShardIterator"]
        return iterator

    async def page(self, iterator: str) -> Page | None:
        """The next records; None when the iterator has expired or its records were trimmed. Raises
        StreamGone.
        """
        try:
            answer = await self._ask("GetRecords", ShardIterator=iterator)
        except (ExpiredIteratorException, TrimmedDataAccessException):
            return None
        except ResourceNotFoundException as error:
            raise StreamGone(iterator) from error
        return Page([_event_form(record) for record in answer["Records"]], answer.get("NextShardIterator"))

    async def _ask(self, operation: str, **request: object) -> Any:
        answer = await self._database.execute(operation, request, self._caller)
        return orjson.loads(orjson.dumps(answer, default=splice))


def _event_form(record: Record) -> Record:
    """The record as Lambda hands it on: it spells the members of `userIdentity` in its own way."""
    identity = record.get("userIdentity")
    if identity is not None:
        record["userIdentity"] = {"type": identity["Type"], "principalId": identity["PrincipalId"]}
    return record
