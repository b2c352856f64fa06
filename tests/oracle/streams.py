"""A table's stream against its history: every change once, and those of an item in order.

Nothing is assumed of how items are spread over shards. A shard is read after its parent, and to its end.
"""

from collections.abc import Callable

from tests.oracle.answers import expect
from tests.oracle.intents import Request
from tests.oracle.model import Answer, Table
from tests.oracle.schema import identity
from tests.oracle.values import Item, fingerprint, item_size_bytes

VIEW_TYPES = ("NEW_AND_OLD_IMAGES", "NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY")

Call = Callable[[str, Request], Answer]
Images = tuple[Item | None, Item | None]


def check(call: Call, table: Table) -> None:
    """Read the whole stream of a table and compare it with what the oracle did to the table."""
    if table.view_type is None:
        return
    records = _records(call, table)
    identifiers = [record["eventID"] for record in records]
    expect(len(set(identifiers)) == len(records), "two records of one eventID", table.name)
    seen: dict[object, list[object]] = {}
    for record in records:
        change = record["dynamodb"]
        assert isinstance(change, dict)
        seen.setdefault(identity(change["Keys"]), []).append(_told(record))
    wanted = {key: [_expected(table, images) for images in changes] for key, changes in table.changes.items()}
    expect(seen.keys() == wanted.keys(), "other items than were changed", seen.keys() ^ wanted.keys())
    for key, changes in wanted.items():
        expect(seen[key] == changes, f"the records of {key}", f"expected {changes}", f"got      {seen[key]}")
    if "NEW" in table.view_type:
        _check_replay(table, records)


def _check_replay(table: Table, records: list[Answer]) -> None:
    """The records in the order in which they were read, applied to an empty table, make the table."""
    items: dict[object, Item] = {}
    for record in records:
        change = record["dynamodb"]
        assert isinstance(change, dict)
        place = identity(change["Keys"])
        expect((place in items) == (record["eventName"] != "INSERT"), "an event out of turn", record)
        if record["eventName"] == "REMOVE":
            del items[place]
        else:
            items[place] = change["NewImage"]
    found = sorted(map(fingerprint, items.values()))
    expect(found == sorted(map(fingerprint, table.items.values())), "the replay is another table", found)


def _expected(table: Table, images: Images) -> object:
    before, after = images
    shown = table.view_type or ""
    old = before if shown in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES") else None
    new = after if shown in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES") else None
    key = table.schema.key_of(after or before or {})
    size = sum(item_size_bytes(image) for image in (key, old, new) if image is not None)
    event = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
    return event, old and fingerprint(old), new and fingerprint(new), size, shown


def _told(record: Answer) -> object:
    change = record["dynamodb"]
    assert isinstance(change, dict)
    old, new = change.get("OldImage"), change.get("NewImage")
    return (
        record["eventName"],
        old and fingerprint(old),
        new and fingerprint(new),
        change["SizeBytes"],
        change["StreamViewType"],
    )


def _records(call: Call, table: Table) -> list[Answer]:
    described = call("DescribeTable", {"TableName": table.name})["Table"]
    assert isinstance(described, dict)
    arn = described["LatestStreamArn"]
    records = []
    for shard in _shards(call, arn):
        found = list(_shard_records(call, arn, shard))
        numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in found]
        expect(numbers == sorted(set(numbers)), "sequence numbers of a shard go up", shard, numbers)
        records += found
    return records


def _shards(call: Call, arn: str) -> list[str]:
    """Their ids, parents before children."""
    parents: dict[str, str | None] = {}
    request: Request = {"StreamArn": arn}
    while True:
        description = call("DescribeStream", request)["StreamDescription"]
        assert isinstance(description, dict)
        parents |= {shard["ShardId"]: shard.get("ParentShardId") for shard in description["Shards"]}
        if "LastEvaluatedShardId" not in description:
            break
        request["ExclusiveStartShardId"] = description["LastEvaluatedShardId"]

    def generation(shard: str) -> int:
        parent = parents.get(shard)
        return 0 if parent is None else 1 + generation(parent)

    return sorted(parents, key=lambda shard: (generation(shard), shard))


def _shard_records(call: Call, arn: str, shard: str) -> list[Answer]:
    """From the trim horizon until a page is empty: nothing is written meanwhile."""
    start: Request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = call("GetShardIterator", start)["ShardIterator"]
    records: list[Answer] = []
    while iterator is not None:
        page = call("GetRecords", {"ShardIterator": iterator})
        found = page["Records"]
        assert isinstance(found, list)
        if not found:
            break
        records += found
        iterator = page.get("NextShardIterator")
    return records
