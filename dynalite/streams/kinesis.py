"""A record of the change log as a Kinesis stream gets it: JSON, much like a stream's record.

It has both images whatever the table's own stream shows, a UUID for the event, the time in milliseconds or
microseconds, and no sequence number. Source: records as the service delivered them, and the developer guide.

The images go into it as the bytes they were stored as. Their binary values are base64 there already, and
Kinesis' protocol has the whole record as base64 once more, as it is at AWS.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson

from dynalite.catalog.schema import Table
from dynalite.log.record import Logged, unpack
from dynalite.storage.engine import LogEntry, encode_sequence
from dynalite.streams.records import event_name, key_of
from dynalite.values.size import item_size

_UNITS: Final = {"MILLISECOND": 1_000, "MICROSECOND": 1_000_000}
_TIME_TO_LIVE: Final = {"principalId": "dynamodb.amazonaws.com", "type": "Service"}


class Outgoing(NamedTuple):
    """A record on its way: `data` is what Kinesis is to have. Those of one item have the same
    `partition_key`, so they are in one shard there, in their order.
    """

    sequence: int
    partition_key: str
    data: bytes


def outgoing(
    table: Table, precision: str | None, entry: LogEntry, hash: Callable[[bytes], bytes]
) -> Outgoing:
    """What an entry of a table's log becomes. The event's id is the same each time."""
    logged = unpack(entry.record)
    record = {
        "awsRegion": table.region,
        "eventID": str(UUID(bytes=hash(b"\xffkinesis\x00" + encode_sequence(entry.sequence)))),
        "eventName": event_name(logged),
        "userIdentity": _TIME_TO_LIVE if logged.cause == "ttl" else None,
        "recordFormat": "application/json",
        "tableName": table.name,
        "dynamodb": _change(table, precision, logged),
        "eventSource": "aws:dynamodb",
    }
    item = hash(b"\xffkinesis\x00" + logged.place).hex().upper()
    return Outgoing(entry.sequence, item, orjson.dumps(record))


def _change(table: Table, precision: str | None, logged: Logged) -> dict[str, Any]:
    unit = precision or "MILLISECOND"
    key = key_of(table.keys, logged)
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": int(logged.at * _UNITS[unit]),
        "Keys": key,
    }
    size_bytes = item_size(key)
    for member, image in (("NewImage", logged.after), ("OldImage", logged.before)):
        if image is not None:
            change[member] = orjson.Fragment(image.json)
            size_bytes += image.size
    change["SizeBytes"] = size_bytes
    if unit == "MICROSECOND":
        change["ApproximateCreationDateTimePrecision"] = unit
    return change
