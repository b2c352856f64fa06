"""Bulk puts: what lies in a bucket goes into a table that is in use."""

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from dynalite.jobs import bulk_putting, bulk_reports
from dynalite.recovery import bulk as bulks
from dynalite.recovery import ion
from dynalite.settings import Settings
from tests.operations.service import START, Service, item, padded, value, with_tables
from tests.recovery.recording import check_indexes, contents, enable, restore, settle

BUCKET = "imports"
REPORTS = "exports"


@pytest.fixture(params=["folder", "s3"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """On disk, with buckets in folders or on a server that speaks S3."""
    endpoint = request.getfixturevalue("s3") if request.param == "s3" else None
    settings = Settings(data_folder=tmp_path / "data", durability="os", s3_endpoint=endpoint)
    opened = with_tables(Service(settings))
    yield opened
    opened.close()


@pytest.fixture
def alone() -> Iterator[Service]:
    """In memory: for what does not depend on where the bucket is."""
    opened = with_tables(Service(Settings()))
    yield opened
    opened.close()


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """Where the test's objects are: a bucket on the server is shared by all tests."""
    return f"bulk/{request.node.name}/"


def put(service: Service, key: str, content: bytes) -> None:
    service.database.buckets.put(BUCKET, key, content)


def line(given: dict[str, Any], condition: str | None = None, **values: Any) -> bytes:
    """A line that puts the item, on a condition whose values are named without their colon."""
    made: dict[str, Any] = {"Item": given}
    if condition is not None:
        made["ConditionExpression"] = condition
    if values:
        made["ExpressionAttributeValues"] = {f":{name}": value(one) for name, one in values.items()}
    return orjson.dumps(made) + b"\n"


def request_of(prefix: str, format_: str = "DYNAMODB_JSON", **members: Any) -> dict[str, Any]:
    return {
        "TableName": "Things",
        "InputS3Configuration": {"S3Bucket": BUCKET, "S3KeyPrefix": prefix, "InputFormat": format_},
        "OutputS3Configuration": {
            "S3Bucket": REPORTS,
            "S3KeyPrefix": prefix,
            "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"],
        },
    } | members


def start(service: Service, prefix: str, format_: str = "DYNAMODB_JSON", **members: Any) -> Any:
    answer = service.call("StartBulkPutItems", **request_of(prefix, format_, **members))
    return answer["BulkOperationDescription"]


def described(service: Service, arn: str) -> Any:
    return service.call("DescribeBulkOperation", BulkOperationArn=arn)["BulkOperationDescription"]


def ended(service: Service, started: Any) -> Any:
    settle(service)
    return described(service, started["BulkOperationArn"])


def reported(service: Service, started: Any) -> list[dict[str, Any]]:
    """The lines of the report, in order; there is nothing in it that the manifest does not name."""
    buckets = service.database.buckets
    folder = started["OutputS3Configuration"]["S3KeyPrefix"] + (
        "AWSDynamoDB/" + started["BulkOperationArn"].rpartition("/")[2]
    )
    found = {one.key: b"".join(buckets.read(REPORTS, one.key)) for one in buckets.objects(REPORTS, folder)}
    manifest = orjson.loads(found.pop(f"{folder}/manifest.json"))
    assert found.pop(f"{folder}/_started") == b""
    assert sorted(found) == manifest["reportFilesS3Keys"]
    lines = [orjson.loads(text) for key in sorted(found) for text in found[key].splitlines()]
    assert manifest["reportedLineCount"] == len(lines)
    return lines


# ------------------------------------------------------------------ what is put


@pytest.mark.parametrize("compression", ["NONE", "GZIP"])
@pytest.mark.parametrize("format_", ["DYNAMODB_JSON", "ION"])
def test_items_of_every_format_are_put_beside_those_that_are_there(
    service: Service, prefix: str, format_: str, compression: str
) -> None:
    items = [item(pk=f"p{number}", sk=number, kind="k", size=1, when="w") for number in range(30)]
    service.put(item(pk="p0", sk=0, colour="red"), item(pk="here", sk=1))
    content = b"".join(map(line if format_ == "DYNAMODB_JSON" else ion.write, items))
    if compression == "GZIP":
        content = gzip.compress(content, mtime=0)
    put(service, prefix + "a", content)
    source = request_of(prefix, format_)["InputS3Configuration"] | {"InputCompressionType": compression}
    started = start(service, prefix, format_, InputS3Configuration=source)
    assert started["BulkOperationStatus"] == "IN_PROGRESS"
    done = ended(service, started)
    assert done["BulkOperationStatus"] == "COMPLETED"
    assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (30, 0)
    assert done["ProcessedInputBytes"] == done["TotalInputBytes"] == len(content)
    expected = [*items, item(pk="here", sk=1)]
    assert contents(service, "Things") == sorted(
        orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() for one in expected
    )
    check_indexes(service, "Things")
    assert reported(service, started) == []


def test_what_a_bulk_put_says_of_itself(alone: Service) -> None:
    put(alone, "a", line(item(pk="p", sk=1, kind="k", size=1)))
    started = start(alone, "", ClientToken="token", MaxWriteRequestUnits=5000)
    arn = started["BulkOperationArn"]
    assert arn.startswith("arn:aws:dynamodb:us-east-1:000000000000:table/Things/bulk-operation/")
    table = alone.call("DescribeTable", TableName="Things")["Table"]
    done = ended(alone, started)
    asked = request_of("")
    assert done == {
        "BulkOperationArn": arn,
        "BulkOperationStatus": "COMPLETED",
        "TableDetails": [{"TableName": "Things", "TableId": table["TableId"]}],
        "ClientToken": "token",
        "InputS3Configuration": asked["InputS3Configuration"],
        "OutputS3Configuration": asked["OutputS3Configuration"],
        "StartTime": START,
        "EndTime": START,
        "ProcessedItemCount": 1,
        "FailedItemCount": 0,
        "ProcessedInputBytes": done["TotalInputBytes"],
        "TotalInputBytes": done["TotalInputBytes"],
        "BulkOperationUsage": [
            {
                "TableName": "Things",
                "BulkPutBytes": 18 + 12 + 18,
                "Table": {"BulkPutBytes": 18},
                "LocalSecondaryIndexes": {"by-when": {"BulkPutBytes": 0}},
                "GlobalSecondaryIndexes": {
                    "by-kind": {"BulkPutBytes": 12},
                    "by-size": {"BulkPutBytes": 18},
                },
            }
        ],
        "MaxWriteRequestUnits": 5000,
        "PerformanceTier": "STANDARD",
    }


def test_vector_indexes_are_told_apart_in_bytes_of_their_own(alone: Service) -> None:
    index = {
        "IndexName": "near",
        "VectorAttribute": {"AttributeName": "v"},
        "Dimensions": 2,
        "DistanceFunction": "COSINE",
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
    alone.call("DeleteTable", TableName="Things")
    settle(alone)
    alone.call(
        "CreateTable",
        TableName="Things",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        VectorIndexes=[index],
    )
    settle(alone)
    put(alone, "a", line(item(pk="p", v=[1, 0])) + line(item(pk="q", n=1)))
    (used,) = ended(alone, start(alone, ""))["BulkOperationUsage"]
    assert used["BulkPutBytes"] == used["Table"]["BulkPutBytes"] == 3 + (1 + 3 + 2 + 2 + 1) + 3 + 3
    assert used["VectorIndexes"] == {"near": {"BulkPutVectorBytes": 2 * 4 + 3}}


def test_the_later_line_of_an_item_sees_the_earlier(alone: Service) -> None:
    lines = [
        line(item(pk="p", sk=1, n=1, kind="a"), "attribute_not_exists(pk)"),
        line(item(pk="p", sk=1, n=2, kind="b"), "attribute_not_exists(pk)"),
        line(item(pk="p", sk=1, n=3, kind="c"), "n = :n", n=1),
        line(item(pk="p", sk=1, n=4, kind="d"), "n = :n", n=3),
    ]
    put(alone, "a", b"".join(lines))
    done = ended(alone, start(alone, ""))
    assert (done["BulkOperationStatus"], done["ProcessedItemCount"]) == ("COMPLETED", 4)
    assert alone.get(pk="p", sk=1) == item(pk="p", sk=1, n=4, kind="d")
    assert contents(alone, "Things", "by-kind") == ['{"kind":{"S":"d"},"pk":{"S":"p"},"sk":{"N":"1"}}']


def test_conditions_that_do_not_hold_are_reported_and_are_no_failures(service: Service, prefix: str) -> None:
    service.put(item(pk="there", sk=1, n=7))
    lines = [
        line(item(pk="there", sk=1), "attribute_not_exists(pk)"),
        line(item(pk="new", sk=1), "attribute_exists(pk)"),
        line(item(pk="new", sk=2), "attribute_not_exists(pk)"),
    ]
    put(service, prefix + "a", b"".join(lines))
    started = start(service, prefix)
    done = ended(service, started)
    assert done["BulkOperationStatus"] == "COMPLETED"
    assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (3, 0)
    pointer = {"bucket": BUCKET, "key": prefix + "a"}
    assert reported(service, started) == [
        {
            "outputType": "CONDITION_CHECK_FAILURE",
            "itemS3Pointer": pointer | {"itemIndex": 0},
            "Item": item(pk="there", sk=1),
            "ExistingItem": item(pk="there", sk=1, n=7),
        },
        {
            "outputType": "CONDITION_CHECK_FAILURE",
            "itemS3Pointer": pointer | {"itemIndex": 1},
            "Item": item(pk="new", sk=1),
        },
    ]
    assert service.get(pk="new", sk=2) == item(pk="new", sk=2)


def test_conditions_can_be_written_in_ion(alone: Service) -> None:
    alone.put(item(pk="p", sk=1, kind="k"))
    put(
        alone,
        "a",
        b"{Item:{pk:'p',sk:1.,n:5.}, ConditionExpression:'#k = :k',"
        b" ExpressionAttributeNames:{'#k':'kind'}, ExpressionAttributeValues:{':k':'k'}}\n"
        b"{Item:{pk:'q',sk:1.}, ConditionExpression:'attribute_exists(pk)'}".replace(b"'", b'"'),
    )
    done = ended(alone, start(alone, "", "ION"))
    assert (done["BulkOperationStatus"], done["ProcessedItemCount"]) == ("COMPLETED", 2)
    assert alone.get(pk="p", sk=1) == item(pk="p", sk=1, n=5)
    assert alone.get(pk="q", sk=1) is None


BAD_LINES = {
    b"not json\n": "The line is not JSON",
    b'{"Else":{}}\n': "The line has no member Item",
    line(item(pk="p", sk="text")): "One or more parameter values were invalid: Type mismatch for key sk",
    line(item(sk=1)): "One or more parameter values were invalid: Missing the key pk in the item",
    line(padded(410_000, pk="p", sk=1)): "Item size has exceeded the maximum allowed size",
    line(
        item(pk="p", sk=1, kind=5)
    ): "One or more parameter values were invalid: Type mismatch for Index Key",
    line(item(pk="p", sk=1, n={"N": "x"})): "The parameter cannot be converted to a numeric value: x",
    line(item(pk="p", sk=1), "n ="): "Invalid ConditionExpression: Syntax error",
    line(item(pk="p", sk=1), "n = :n"): "Invalid ConditionExpression: An expression attribute value used",
    line(item(pk="p", sk=1), n=1): "ExpressionAttributeValues can only be specified when using expressions",
    b'{"Item":{"pk":{"S":"p"},"sk":{"N":"1"}},"ConditionExpression":5}\n': "",
    b'{"Item":{"pk":5}}\n': "",
}


def test_lines_that_cannot_be_put_are_counted_and_reported(service: Service, prefix: str) -> None:
    put(service, prefix + "a", line(item(pk="good", sk=1)) + b"".join(BAD_LINES))
    put(service, prefix + "b", line(item(pk="good", sk=2)))
    started = start(service, prefix)
    done = ended(service, started)
    assert done["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
    bad = len(BAD_LINES)
    assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (bad + 2, bad)
    assert "FailureCode" not in done
    lines = reported(service, started)
    assert [one["itemS3Pointer"]["itemIndex"] for one in lines] == list(range(1, bad + 1))
    for one, opening in zip(lines, BAD_LINES.values(), strict=True):
        assert one["outputType"] == "ERROR"
        assert one["errorMessages"][0].startswith(opening)
    assert len(contents(service, "Things")) == 2


def test_only_what_was_asked_for_is_reported(alone: Service) -> None:
    put(alone, "a", b"bad\n" + line(item(pk="p", sk=1), "attribute_exists(pk)"))
    for kind in ("ERROR", "CONDITION_CHECK_FAILURE"):
        output = request_of("")["OutputS3Configuration"] | {"OutputType": [kind]}
        started = start(alone, "", OutputS3Configuration=output)
        ended(alone, started)
        assert [one["outputType"] for one in reported(alone, started)] == [kind]
        alone.clock.advance(1)


def test_a_long_report_comes_in_several_files(alone: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_reports, "_FILE_BYTES", 2000)
    put(alone, "a", b"bad\n" * 1200)
    started = start(alone, "")
    ended(alone, started)
    lines = reported(alone, started)
    assert [one["itemS3Pointer"]["itemIndex"] for one in lines] == list(range(1200))


def test_puts_are_seen_by_streams_recovery_and_time_to_live(alone: Service) -> None:
    alone.call(
        "UpdateTable",
        TableName="Things",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    alone.call(
        "UpdateTimeToLive",
        TableName="Things",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
    )
    enable(alone)
    settle(alone)
    alone.clock.advance(10)
    before = alone.clock.now()
    alone.clock.advance(10)
    put(alone, "a", line(item(pk="p", sk=1, ttl=int(START) + 100)))
    ended(alone, start(alone, ""))
    restore(alone, before, "Before")
    settle(alone)
    assert contents(alone, "Before") == []
    alone.clock.advance(1000)
    settle(alone)
    assert alone.get(pk="p", sk=1) is None


# ------------------------------------------------------------------ while others write


def test_an_index_that_is_made_meanwhile_is_complete(alone: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_putting, "_LINES_PER_UPDATE", 7)
    put(alone, "a", b"".join(line(item(pk=f"p{n % 30}", sk=1, colour=f"c{n}")) for n in range(300)))
    started = start(alone, "")
    alone.wait(_some_steps(alone, 1))
    alone.new_index("by-colour", "colour")
    assert ended(alone, started)["BulkOperationStatus"] == "COMPLETED"
    assert contents(alone, "Things", "by-colour") == contents(alone, "Things")


async def _some_steps(service: Service, steps: int) -> None:
    for _ in range(steps):
        await bulk_putting.step(service.database.context(""))


def test_a_table_that_is_deleted_ends_it(alone: Service) -> None:
    put(alone, "a", b"bad\n" + line(item(pk="p", sk=1)) * 600)
    started = start(alone, "")
    alone.call("DeleteTable", TableName="Things")
    alone.wait(alone.database.tick())
    done = ended(alone, started)
    assert (done["BulkOperationStatus"], done["FailureCode"]) == ("FAILED", "ResourceNotFound")


def test_an_object_that_is_gone_ends_it_with_what_it_has(alone: Service, tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path, durability="os")))
    put(service, "a", line(item(pk="p", sk=1)) + b"bad")
    put(service, "b", line(item(pk="p", sk=2)))
    started = start(service, "")
    (tmp_path / "buckets" / BUCKET / "b").unlink()
    done = ended(service, started)
    assert (done["BulkOperationStatus"], done["FailureCode"]) == ("FAILED", "S3Unavailable")
    assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (2, 1)
    assert len(reported(service, started)) == 1
    assert len(contents(service, "Things")) == 1
    service.close()


def test_a_rate_is_kept(alone: Service) -> None:
    put(alone, "a", b"".join(line(padded(2000, pk=f"p{n}", sk=1)) for n in range(3000)))
    started = start(alone, "", MaxWriteRequestUnits=1024)
    seconds = 0
    while described(alone, started["BulkOperationArn"])["BulkOperationStatus"] == "IN_PROGRESS":
        settle(alone)
        alone.clock.advance(1)
        seconds += 1
        assert seconds < 20
    assert seconds >= 5  # 6,000 units, of which a second's worth may be spent at once


# ------------------------------------------------------------------ cancelling


def test_a_cancelled_bulk_put_keeps_what_was_put(alone: Service) -> None:
    put(alone, "a", b"".join(line(item(pk=f"p{n}", sk=1)) for n in range(2000)))
    started = start(alone, "")
    arn = started["BulkOperationArn"]
    alone.wait(_some_steps(alone, 1))
    for _ in range(2):
        answer = alone.call("CancelBulkOperation", BulkOperationArn=arn)
        assert answer == {"BulkOperationArn": arn, "BulkOperationStatus": "CANCELLING"}
    assert described(alone, arn)["BulkOperationStatus"] == "CANCELLING"
    done = ended(alone, started)
    assert (done["BulkOperationStatus"], done["FailureCode"]) == ("CANCELLED", "Cancelled")
    assert 0 < done["ProcessedItemCount"] < 2000
    assert len(contents(alone, "Things")) == done["ProcessedItemCount"]
    error = alone.refused("CancelBulkOperation", BulkOperationArn=arn)
    assert error.message == "Bulk operation is not in progress: its status is CANCELLED"


# ------------------------------------------------------------------ after a restart


def test_it_goes_on_after_a_restart(tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path, durability="os")))
    put(service, "a", b"".join(line(item(pk=f"p{n}", sk=1)) for n in range(1200)) + b"bad")
    started = start(service, "")
    service.wait(_some_steps(service, 1))
    before = described(service, started["BulkOperationArn"])
    assert (before["BulkOperationStatus"], before["ProcessedItemCount"]) == ("IN_PROGRESS", 500)
    service = service.reopened()
    assert described(service, started["BulkOperationArn"]) == before
    done = ended(service, started)
    assert (done["BulkOperationStatus"], done["ProcessedItemCount"]) == ("COMPLETED_WITH_ERRORS", 1201)
    assert done["BulkOperationUsage"][0]["Table"]["BulkPutBytes"] == sum(
        len(f"pkp{n}sk") + 2 for n in range(1200)
    )
    service = service.reopened()
    assert described(service, started["BulkOperationArn"]) == done
    assert service.wait(bulks.under_way(service.database.engine)) == []
    service.close()
