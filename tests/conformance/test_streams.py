"""DynamoDB Streams: which changes have a record, what a record shows, and the places to read from."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import Like, No, compare
from tests.conformance.schema import NEW, attributes, keys, n, on, s
from tests.conformance.wire import Refusal, Wire

VIEWS = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")


def streaming(view: str = "NEW_AND_OLD_IMAGES", key: str = "id") -> dict[str, Any]:
    return {
        "TableName": NEW,
        "KeySchema": keys(key),
        "AttributeDefinitions": attributes(**{key: "S"}),
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": view},
    }


def stream_of(wire: Wire) -> str:
    arn: str = wire("DescribeTable", on(NEW))["Table"]["LatestStreamArn"]
    return arn


def records(wire: Wire, arn: str, kind: str = "TRIM_HORIZON") -> list[dict[str, Any]]:
    """Every record of every shard, each shard's in order."""
    return [record for place in iterators(wire, arn, kind) for record in rest(wire, place)]


def iterators(wire: Wire, arn: str, kind: str) -> list[str]:
    shards = wire("DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"]
    return [iterator(wire, arn, shard["ShardId"], kind) for shard in shards]


def iterator(wire: Wire, arn: str, shard: str, kind: str, **more: Any) -> str:
    request = {"StreamArn": arn, "ShardId": shard, "ShardIteratorType": kind, **more}
    place: str = wire("GetShardIterator", request)["ShardIterator"]
    return place


def rest(wire: Wire, place: str | None) -> Iterator[dict[str, Any]]:
    """The records from an iterator on, until a page is empty."""
    while place:
        page = wire("GetRecords", {"ShardIterator": place})
        if not page["Records"]:
            return
        yield from page["Records"]
        place = page.get("NextShardIterator")


def write_fred(wire: Wire, key: str = "id") -> None:
    """Insert, modify, do nothing twice, and remove one item."""
    fred = {key: s("Fred")}
    wire("PutItem", on(NEW, Item=fred))
    wire("PutItem", on(NEW, Item=fred))
    change = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": s("new val")}}
    wire("UpdateItem", on(NEW, Key=fred, **change))
    wire("UpdateItem", on(NEW, Key=fred, **change))
    wire("DeleteItem", on(NEW, Key=fred))
    wire("DeleteItem", on(NEW, Key=fred))


def test_what_changes_has_a_record_and_what_does_not_has_none(new: Wire) -> None:
    """B11.01, B11.02, B11.03"""
    new.create(streaming())
    write_fred(new)
    found = records(new, stream_of(new))
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    assert len({record["eventID"] for record in found}) == 3
    for record in found:
        assert (record["eventVersion"], record["eventSource"]) == ("1.1", "aws:dynamodb")
        assert record["awsRegion"] == "us-east-1"
        assert "userIdentity" not in record
        change = record["dynamodb"]
        assert change["Keys"] == {"id": s("Fred")}
        assert change["StreamViewType"] == "NEW_AND_OLD_IMAGES"
        assert 21 <= len(change["SequenceNumber"]) <= 40
        assert change["ApproximateCreationDateTime"] % 1 == 0
    numbers = [int(record["dynamodb"]["SequenceNumber"]) for record in found]
    assert numbers == sorted(numbers)


def test_an_update_of_nothing_inserts(new: Wire) -> None:
    """B11.02"""
    new.create(streaming())
    new("UpdateItem", on(NEW, Key={"id": s("Fred")}))
    (record,) = records(new, stream_of(new))
    assert record["eventName"] == "INSERT"
    assert record["dynamodb"]["NewImage"] == {"id": s("Fred")}


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_the_images_that_it_names(new: Wire, view: str) -> None:
    """B11.04"""
    new.create(streaming(view))
    write_fred(new)
    before, after = {"id": s("Fred")}, {"id": s("Fred"), "a": s("new val")}
    images = [(None, before), (before, after), (after, None)]
    for record, (old, young) in zip(records(new, stream_of(new)), images, strict=True):
        change = record["dynamodb"]
        assert change.get("OldImage") == (old if "OLD" in view else None)
        assert change.get("NewImage") == (young if "NEW" in view else None)


@pytest.mark.parametrize(
    ("view", "key", "sizes"),
    [("NEW_AND_OLD_IMAGES", "id", [12, 26, 20]), ("KEYS_ONLY", "Username", [12, 12, 12])],
)
def test_a_record_weighs_its_keys_and_the_images_that_it_shows(
    new: Wire, view: str, key: str, sizes: list[int]
) -> None:
    """B11.05: "Fred" under `id` weighs 6 bytes and `a` with its value 8."""
    new.create(streaming(view, key))
    write_fred(new, key)
    assert [record["dynamodb"]["SizeBytes"] for record in records(new, stream_of(new))] == sizes


def test_a_stream_is_described(new: Wire) -> None:
    """B11.10, B11.11"""
    new.create(streaming())
    arn = stream_of(new)
    table = new("DescribeTable", on(NEW))["Table"]
    assert arn == f"{table['TableArn']}/stream/{table['LatestStreamLabel']}"
    described = new("DescribeStream", {"StreamArn": arn})["StreamDescription"]
    assert described["StreamStatus"] == "ENABLED"
    assert described["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert described["StreamLabel"] == table["LatestStreamLabel"]
    assert described["KeySchema"] == table["KeySchema"]
    assert described["TableName"] == NEW
    for shard in described["Shards"]:
        assert shard["ShardId"].startswith("shardId-")
        assert 28 <= len(shard["ShardId"]) <= 65
        numbers = shard["SequenceNumberRange"]
        assert numbers.keys() == {"StartingSequenceNumber"}, "an open shard has no end"
        child = {"Type": "CHILD_SHARDS", "ShardId": shard["ShardId"]}
        filtered = new("DescribeStream", {"StreamArn": arn, "ShardFilter": child})["StreamDescription"]
        assert filtered["Shards"] == []
    listed = new("ListStreams", on(NEW))["Streams"]
    assert {"StreamArn": arn, "TableName": NEW, "StreamLabel": described["StreamLabel"]} in listed


def test_shards_come_in_pages(new: Wire) -> None:
    """B11.10"""
    new.create(streaming())
    arn = stream_of(new)
    whole = new("DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"]
    found: list[str] = []
    last = None
    while last is not None or not found:
        start: dict[str, Any] = {"ExclusiveStartShardId": last} if last else {}
        page = new("DescribeStream", {"StreamArn": arn, "Limit": 1, **start})["StreamDescription"]
        found += [shard["ShardId"] for shard in page["Shards"]]
        last = page.get("LastEvaluatedShardId")
    assert found == [shard["ShardId"] for shard in whole]


def test_places_to_read_from(new: Wire) -> None:
    """B11.12"""
    new.create(streaming())
    arn = stream_of(new)
    latest = iterators(new, arn, "LATEST")
    for value in range(3):
        new("PutItem", on(NEW, Item={"id": s("Fred"), "a": n(value)}))
    written = [record["dynamodb"]["SequenceNumber"] for record in records(new, arn)]
    assert len(written) == 3
    seen = [record["dynamodb"]["SequenceNumber"] for place in latest for record in rest(new, place)]
    assert seen == written, "LATEST shows what is written after it"
    assert records(new, arn, "LATEST") == []
    (shard,) = [
        shard["ShardId"]
        for shard in new("DescribeStream", {"StreamArn": arn})["StreamDescription"]["Shards"]
        if list(rest(new, iterator(new, arn, shard["ShardId"], "TRIM_HORIZON")))
    ]
    for kind, wanted in (("AT_SEQUENCE_NUMBER", written[1:]), ("AFTER_SEQUENCE_NUMBER", written[2:])):
        start = iterator(new, arn, shard, kind, SequenceNumber=written[1])
        found = [record["dynamodb"]["SequenceNumber"] for record in rest(new, start)]
        assert found == wanted


def test_records_come_in_pages_and_an_open_shard_always_goes_on(new: Wire) -> None:
    """B11.13"""
    new.create(streaming())
    for value in range(5):
        new("PutItem", on(NEW, Item={"id": s("Fred"), "a": n(value)}))
    counts = []
    for start in iterators(new, stream_of(new), "TRIM_HORIZON"):
        place = start
        while True:
            page = new("GetRecords", {"ShardIterator": place, "Limit": 2})
            assert "NextShardIterator" in page
            place = page["NextShardIterator"]
            if not page["Records"]:
                break
            counts.append(len(page["Records"]))
    assert counts == [2, 2, 1]


def test_a_stream_that_was_enabled_again_is_another(new: Wire) -> None:
    """B11.14"""
    new.create(streaming())
    old = stream_of(new)
    new("PutItem", on(NEW, Item={"id": s("Fred")}))
    new("UpdateTable", on(NEW, StreamSpecification={"StreamEnabled": False}))
    new.until_active(NEW)
    described = new("DescribeTable", on(NEW))["Table"]
    assert described["LatestStreamArn"] == old
    assert "StreamSpecification" not in described
    new("PutItem", on(NEW, Item={"id": s("Barney")}))
    specification = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    new("UpdateTable", on(NEW, StreamSpecification=specification))
    new.until_active(NEW)
    young = stream_of(new)
    assert young != old
    new("PutItem", on(NEW, Item={"id": s("Wilma")}))
    assert [record["dynamodb"]["Keys"]["id"] for record in records(new, old)] == [s("Fred")]
    assert [record["dynamodb"]["Keys"]["id"] for record in records(new, young)] == [s("Wilma")]


def test_what_is_not_there(new: Wire) -> None:
    """B11.20"""
    new.create(streaming())
    arn = stream_of(new)
    nowhere = f"{arn.rpartition('/')[0]}/2015-05-20T20:51:10.252"
    missing = No("ResourceNotFoundException", f"Requested resource not found: Stream: {nowhere} not found")
    place = {"ShardId": "shardId-" + "0" * 20 + "-00000000", "ShardIteratorType": "LATEST"}
    for operation, request, expected in (
        ("DescribeStream", {"StreamArn": nowhere}, missing),
        ("GetShardIterator", {"StreamArn": nowhere, **place}, missing),
        ("GetShardIterator", {"StreamArn": arn, **place}, Like(("",), "ResourceNotFoundException")),
        ("GetRecords", {"ShardIterator": "x" * 40}, Like(("",))),
        ("DescribeStream", {"StreamArn": "x" * 40}, Like(("",))),
    ):
        with pytest.raises(Refusal) as raised:
            new(operation, request)
        compare(expected, raised.value)


def test_a_transaction_has_a_record_for_each_change(new: Wire) -> None:
    """B11.02"""
    new.create(streaming())
    puts = [{"Put": on(NEW, Item={"id": s(name)})} for name in ("Fred", "Barney")]
    new("TransactWriteItems", {"TransactItems": puts})
    found = records(new, stream_of(new))
    assert sorted(record["dynamodb"]["Keys"]["id"]["S"] for record in found) == ["Barney", "Fred"]
