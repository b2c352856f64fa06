"""A record of the change log as a stream shows it.

The images go out as the bytes they were stored as; only the key is taken out of one. SizeBytes is the size of
the key and of each image that is shown.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import orjson

from dynalite.catalog.schema import KeySchema
from dynalite.log.record import Cause, Logged, unpack
from dynalite.storage.engine import LogEntry
from dynalite.streams.shards import Found, sequence_number
from dynalite.values.size import item_size
from dynalite.values.types import Item, Spliced

StreamRecord: TypeAlias = dict[str, Any]

_SHOWS_OLD = frozenset({"OLD_IMAGE", "NEW_AND_OLD_IMAGES"})
_SHOWS_NEW = frozenset({"NEW_IMAGE", "NEW_AND_OLD_IMAGES"})

_IDENTITIES: Mapping[Cause, Mapping[str, str]] = {
    "ttl": {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
}
"""Who made a change that no caller made."""


def shown(found: Found, entry: LogEntry, event_id: str) -> StreamRecord:
    """One member of GetRecords' answer. `event_id` is 32 hexadecimal digits, the same each time."""
    logged = unpack(entry.record)
    view_type = found.stream.view_type
    key = key_of(found.table.keys, logged)
    change: StreamRecord = {
        "ApproximateCreationDateTime": int(logged.at),
        "Keys": key,
        "SequenceNumber": sequence_number(entry.sequence),
        "StreamViewType": view_type,
    }
    size_bytes = item_size(key)
    if logged.before is not None and view_type in _SHOWS_OLD:
        change["OldImage"] = Spliced(logged.before.json)
        size_bytes += logged.before.size
    if logged.after is not None and view_type in _SHOWS_NEW:
        change["NewImage"] = Spliced(logged.after.json)
        size_bytes += logged.after.size
    change["SizeBytes"] = size_bytes
    record: StreamRecord = {
        "eventID": event_id,
        "eventName": event_name(logged),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": found.table.region,
        "dynamodb": change,
    }
    if logged.cause in _IDENTITIES:
        record["userIdentity"] = _IDENTITIES[logged.cause]
    return record


def event_name(logged: Logged) -> str:
    """What a change is called in a record."""
    if logged.before is None:
        return "INSERT"
    return "REMOVE" if logged.after is None else "MODIFY"


def key_of(keys: KeySchema, logged: Logged) -> Item:
    """The key of the item that was changed."""
    image = logged.after or logged.before
    assert image is not None
    item: Item = orjson.loads(image.json)
    return {attribute.name: item[attribute.name] for attribute in keys.attributes}
