"""ListStreams, DescribeStream, GetShardIterator and GetRecords: the API of DynamoDB Streams.

A reader must never miss a record. Sequences are given out in the order in which writes are decided, and
become durable in that order; what is read is only what is durable. So when a sequence can be read, everything
below it can. LATEST begins behind the last durable one: a write still on its way to disk comes after it.
"""

from collections.abc import Callable, Mapping

from dynalite import limits
from dynalite.catalog import describe
from dynalite.catalog.schema import Shard
from dynalite.errors import TrimmedDataAccessException, ValidationException
from dynalite.limits import STREAM_RECORDS_PER_PAGE, STREAM_SHARDS_PER_PAGE, STREAMS_PER_PAGE
from dynalite.log import horizon
from dynalite.log.record import time_of
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.storage import keyspace
from dynalite.storage.engine import LogEntry, encode_sequence
from dynalite.streams import iterators, records
from dynalite.streams import shards as streams
from dynalite.streams.iterators import ShardIterator
from dynalite.streams.shards import Found
from dynalite.values.types import Answer, Request

_API = "DynamoDBStreams_20120810"
_TRIMMED = "The data you are trying to access has been trimmed"


def _limit(request: Request, most: int) -> int:
    limit: int = request.get("Limit", most)
    if limit > most:
        raise ValidationException(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint:"
            f" Member must have value less than or equal to {most}"
        )
    return limit


def _find(context: Context, stream_arn: str) -> Found:
    return streams.find(context.catalog, context.region, context.account, context.clock.now(), stream_arn)


# ------------------------------------------------------------------ what there is


async def list_streams(context: Context, request: Request) -> Answer:
    limit = _limit(request, STREAMS_PER_PAGE)
    after = request.get("ExclusiveStartStreamArn", "")
    found = streams.readable(context.catalog, context.region, context.clock.now(), request.get("TableName"))
    rest = [one for one in found if one.arn > after]
    answer: Answer = {
        "Streams": [
            {"StreamArn": one.arn, "TableName": one.table.name, "StreamLabel": one.stream.label}
            for one in rest[:limit]
        ]
    }
    if len(rest) > limit:
        answer["LastEvaluatedStreamArn"] = rest[limit - 1].arn
    return answer


async def describe_stream(context: Context, request: Request) -> Answer:
    limit = _limit(request, STREAM_SHARDS_PER_PAGE)
    found = _find(context, request["StreamArn"])
    shards = found.shards()
    wanted = request.get("ShardFilter")
    if wanted is not None:
        if "ShardId" not in wanted:
            raise ValidationException("ShardFilter must have a ShardId when its Type is CHILD_SHARDS")
        shards = [shard for shard in shards if shard.parent == wanted["ShardId"]]
    after = request.get("ExclusiveStartShardId", "")
    rest = sorted((shard for shard in shards if shard.id > after), key=lambda shard: shard.id)
    description = {
        "StreamArn": found.arn,
        "StreamLabel": found.stream.label,
        "StreamStatus": found.status,
        "StreamViewType": found.stream.view_type,
        "CreationRequestDateTime": round(found.stream.created_at, 3),
        "TableName": found.table.name,
        "KeySchema": describe.key_schema(found.table.keys),
        "Shards": [_described(shard) for shard in rest[:limit]],
    }
    if len(rest) > limit:
        description["LastEvaluatedShardId"] = rest[limit - 1].id
    return {"StreamDescription": description}


def _described(shard: Shard) -> Answer:
    numbers = {"StartingSequenceNumber": streams.sequence_number(_start(shard))}
    if shard.end is not None:
        numbers["EndingSequenceNumber"] = streams.sequence_number(shard.end)
    described: Answer = {"ShardId": shard.id, "SequenceNumberRange": numbers}
    if shard.parent is not None:
        described["ParentShardId"] = shard.parent
    return described


def _start(shard: Shard) -> int:
    assert shard.start is not None  # or readers would not know of it
    return shard.start


# ------------------------------------------------------------------ places to read from


async def get_shard_iterator(context: Context, request: Request) -> Answer:
    kind = request["ShardIteratorType"]
    wants_number = kind in _AT_A_NUMBER
    if wants_number != ("SequenceNumber" in request):
        must = "must" if wants_number else "must not"
        raise ValidationException(f"SequenceNumber {must} be specified when ShardIteratorType is {kind}")
    if (kind == "AT_TIMESTAMP") != ("Timestamp" in request):
        must = "must" if kind == "AT_TIMESTAMP" else "must not"
        raise ValidationException(f"Timestamp {must} be specified when ShardIteratorType is {kind}")
    if request.get("Timestamp", 0) > context.clock.now():
        raise ValidationException("Timestamp must not be in the future")
    found = _find(context, request["StreamArn"])
    shard = found.shard(request["ShardId"])
    trimmed = max(_start(shard), await horizon.of(context.engine, found.table.id, shard.number))
    if kind == "TRIM_HORIZON":
        after = trimmed
    elif wants_number:
        after = _AT_A_NUMBER[kind](request["SequenceNumber"], shard, await _last(context, shard))
        if after < trimmed:
            raise TrimmedDataAccessException(_TRIMMED)
    elif kind == "LATEST":
        after = max(_start(shard), await _last(context, shard))
    else:
        after = await _before(context, found, shard, trimmed, request["Timestamp"])
    iterator = ShardIterator(found.arn, shard.number, after, context.clock.now())
    return {"ShardIterator": iterators.write(iterator, context.hash)}


async def _last(context: Context, shard: Shard) -> int:
    """The highest sequence that a record of the shard that can be read may have."""
    return shard.end if shard.end is not None else await context.engine.last_sequence()


def _after(number: str, shard: Shard, last: int) -> int:
    sequence = streams.sequence(number)
    if not _start(shard) <= sequence <= max(last, _start(shard)):
        raise streams.invalid_sequence_number(number)
    return sequence


def _at(number: str, shard: Shard, last: int) -> int:
    return max(_after(number, shard, last) - 1, _start(shard))


_AT_A_NUMBER: Mapping[str, Callable[[str, Shard, int], int]] = {
    "AT_SEQUENCE_NUMBER": _at,
    "AFTER_SEQUENCE_NUMBER": _after,
}


async def _before(context: Context, found: Found, shard: Shard, after: int, seconds: float) -> int:
    """The sequence behind which the first record lies that is not older than `seconds`: a binary search,
    since records follow each other in time.
    """
    log = keyspace.log(found.table.id, shard.number)
    low, high = after, max(after, await _last(context, shard))
    while low < high:
        middle = (low + high) // 2
        entries = await context.engine.read_log(log, after=middle, limit=1, max_bytes=1)
        if entries and time_of(entries[0].record) < seconds:
            low = entries[0].sequence
        else:
            high = middle
    return low


# ------------------------------------------------------------------ reading


async def get_records(context: Context, request: Request) -> Answer:
    limit = _limit(request, STREAM_RECORDS_PER_PAGE)
    now = context.clock.now()
    iterator = iterators.read(request["ShardIterator"], now, context.hash)
    found = _find(context, iterator.stream_arn)
    shard = next((shard for shard in found.shards() if shard.number == iterator.shard), None)
    if shard is None:
        raise TrimmedDataAccessException(_TRIMMED)
    log = keyspace.log(found.table.id, shard.number)
    entries = _page(
        await context.engine.read_log(
            log, after=iterator.after, limit=limit, max_bytes=limits.STREAM_PAGE_BYTES
        )
    )
    # Asked for afterwards, so that what was trimmed beneath the reader's hands does not look like a gap.
    if iterator.after < await horizon.of(context.engine, found.table.id, shard.number):
        raise TrimmedDataAccessException(_TRIMMED)
    after = entries[-1].sequence if entries else iterator.after
    answer: Answer = {"Records": [records.shown(found, one, _event_id(context, one)) for one in entries]}
    if shard.end is None or after < shard.end:
        following = ShardIterator(found.arn, shard.number, after, now)
        answer["NextShardIterator"] = iterators.write(following, context.hash)
    return answer


def _page(entries: list[LogEntry]) -> list[LogEntry]:
    """At least one entry, and no more than a page may have bytes."""
    if len(entries) > 1 and sum(len(entry.record) for entry in entries) > limits.STREAM_PAGE_BYTES:
        return entries[:-1]
    return entries


def _event_id(context: Context, entry: LogEntry) -> str:
    return context.hash(b"\xffevent\x00" + encode_sequence(entry.sequence)).hex()


OPERATIONS = (
    Operation("ListStreams", SHAPES["ListStreams"], list_streams, "reads", api=_API),
    Operation("DescribeStream", SHAPES["DescribeStream"], describe_stream, "reads", api=_API),
    Operation("GetShardIterator", SHAPES["GetShardIterator"], get_shard_iterator, "reads", api=_API),
    Operation("GetRecords", SHAPES["GetRecords"], get_records, "reads", api=_API),
)
