"""Exports to S3: what is in the bucket, and what the API says of it."""

import gzip
import io
from base64 import b64encode
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import Any

import orjson
import pyarrow.json
import pytest
from amazon.ion import simpleion
from hypothesis import given, settings

from dynalite.errors import ServiceError
from dynalite.recovery import ion
from dynalite.recovery.buckets import Buckets
from dynalite.settings import Settings
from dynalite.values.attribute import canonical_item
from tests.operations.service import START, Service, durable, item, padded, with_tables
from tests.recovery.recording import Writer, at_once, contents, describe, enable, settle
from tests.strategies import items

BUCKET = "exports"


@pytest.fixture(params=["folder", "s3"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """On disk, with a bucket in a folder or on a server that speaks S3."""
    endpoint = request.getfixturevalue("s3") if request.param == "s3" else None
    chosen = Settings(data_folder=tmp_path / "data", durability="os", s3_endpoint=endpoint)
    opened = with_tables(Service(chosen))
    enable(opened)
    yield opened
    opened.close()


def export(service: Service, **members: Any) -> Any:
    request = {"TableArn": describe(service, "Things")["TableArn"], "S3Bucket": BUCKET} | members
    return service.call("ExportTableToPointInTime", **request)["ExportDescription"]


def ended(service: Service, arn: str) -> Any:
    settle(service)
    return service.call("DescribeExport", ExportArn=arn)["ExportDescription"]


def read(service: Service, key: str) -> bytes:
    return b"".join(service.database.buckets.read(BUCKET, key))


def lines(service: Service, description: Any) -> list[Any]:
    """Every line of every data file, as the manifests lead to them. Their checksums must be right."""
    summary = orjson.loads(checked(service, description["ExportManifest"]))
    found = []
    for line in checked(service, summary["manifestFilesS3Key"]).splitlines():
        file = orjson.loads(line)
        content = read(service, file["dataFileS3Key"])
        assert b64encode(md5(content).digest()).decode() == file["md5Checksum"]
        entries = gzip.decompress(content).splitlines()
        assert len(entries) == file["itemCount"]
        found += entries
    assert len(found) == summary["itemCount"] == description["ItemCount"]
    return found


def checked(service: Service, key: str) -> bytes:
    """A manifest, after a look at its checksum."""
    content = read(service, key)
    assert read(service, key.replace(".json", ".checksum")) == b64encode(md5(content).digest())
    return content


def as_contents(found: list[Any]) -> list[str]:
    items = [orjson.loads(line)["Item"] for line in found]
    return sorted(orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() for one in items)


def wrote(service: Service, seed: int = 3) -> None:
    writer = Writer(seed)
    for _ in range(40):
        writer.write(service)


def test_an_export_holds_the_table_as_it_was_at_its_time(service: Service) -> None:
    wrote(service)
    expected = contents(service, "Things")
    service.clock.advance(10)
    wrote(service, 4)
    started = export(service, ExportTime=START)
    assert started["ExportStatus"] == "IN_PROGRESS"
    wrote(service, 5)
    done = ended(service, started["ExportArn"])
    assert done["ExportStatus"] == "COMPLETED"
    assert as_contents(lines(service, done)) == expected


def test_an_export_in_ion_holds_the_same(service: Service) -> None:
    wrote(service)
    done = ended(service, export(service, ExportFormat="ION")["ExportArn"])
    read_back = []
    for line in lines(service, done):
        (value,) = ion.read(io.BytesIO(line))
        read_back.append(canonical_item(ion.entry(value)["Item"])[0])
    expected = contents(service, "Things")
    assert sorted(orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() for one in read_back) == expected


def test_the_objects_lie_where_the_service_puts_them(service: Service) -> None:
    service.put(item(pk="p", sk=1))
    done = ended(service, export(service, S3Prefix="some/where")["ExportArn"])
    id_ = done["ExportArn"].rpartition("/")[2]
    base = f"some/where/AWSDynamoDB/{id_}/"
    found = {one.key for one in service.database.buckets.objects(BUCKET, base)}
    (data,) = (key for key in found if key.startswith(base + "data/"))
    assert data.endswith(".json.gz")
    assert found - {data} == {
        base + name
        for name in (
            "_started",
            "manifest-files.checksum",
            "manifest-files.json",
            "manifest-summary.checksum",
            "manifest-summary.json",
        )
    }
    source = describe(service, "Things")
    assert orjson.loads(read(service, base + "manifest-summary.json")) == {
        "version": "2020-06-30",
        "exportArn": done["ExportArn"],
        "startTime": "2027-01-15T08:00:00.000Z",
        "endTime": "2027-01-15T08:00:00.000Z",
        "tableArn": source["TableArn"],
        "tableId": source["TableId"],
        "exportTime": "2027-01-15T08:00:00.000Z",
        "s3Bucket": BUCKET,
        "s3Prefix": "some/where",
        "s3SseAlgorithm": "AES256",
        "s3SseKmsKeyId": None,
        "manifestFilesS3Key": base + "manifest-files.json",
        "billedSizeBytes": source["TableSizeBytes"],
        "itemCount": 1,
        "outputFormat": "DYNAMODB_JSON",
    }


def test_an_empty_table_makes_one_empty_file(service: Service) -> None:
    done = ended(service, export(service)["ExportArn"])
    assert (done["ExportStatus"], done["ItemCount"]) == ("COMPLETED", 0)
    assert lines(service, done) == []


def test_pyarrow_reads_the_files_and_counts_the_same_rows(service: Service) -> None:
    service.put(*(item(pk=f"p{number}", sk=number, colour="red") for number in range(50)))
    done = ended(service, export(service)["ExportArn"])
    summary = orjson.loads(read(service, done["ExportManifest"]))
    listing = read(service, summary["manifestFilesS3Key"]).splitlines()
    content = b"".join(gzip.decompress(read(service, orjson.loads(one)["dataFileS3Key"])) for one in listing)
    rows = pyarrow.json.read_json(io.BytesIO(content))
    assert rows.num_rows == 50
    keys = {row["pk"]["S"] for row in rows.column("Item").to_pylist()}
    assert keys == {f"p{number}" for number in range(50)}


def test_an_export_of_several_files_goes_on_after_restarts(tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os")))
    enable(service)
    for number in range(60):
        service.put(padded(390_000, pk=f"p{number}", sk=1))
    expected = contents(service, "Things")
    arn = export(service)["ExportArn"]
    for _ in range(5):
        service.wait(service.database.tick())
        service = service.reopened()
    done = ended(service, arn)
    assert as_contents(lines(service, done)) == expected
    assert (
        len([one for one in service.database.buckets.objects(BUCKET, "AWSDynamoDB/") if "/data/" in one.key])
        == 2
    )
    service.close()


def test_nothing_is_left_behind_in_the_database(service: Service) -> None:
    wrote(service)
    ended(service, export(service)["ExportArn"])
    assert service.call("ListTables")["TableNames"] == ["Plain", "Things"]
    assert {table.name for table in service.database.catalog.stored()} == {"Plain", "Things"}


def test_what_an_export_is_written_from_is_counted_nowhere(service: Service) -> None:
    wrote(service)
    export(service)
    catalog = service.database.catalog
    assert len(catalog.stored()) == 3
    assert {table.name for table in catalog.tables()} == {"Plain", "Things"}
    assert service.database.snapshots.take("now").tables == 2
    assert service.call("ListTables")["TableNames"] == ["Plain", "Things"]


def test_a_bucket_that_is_not_there_fails_the_export(s3: str) -> None:
    service = with_tables(Service(Settings(s3_endpoint=s3)))
    enable(service)
    done = ended(service, export(service, S3Bucket="nowhere")["ExportArn"])
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    service.close()


def test_a_prefix_that_no_object_can_have_was_an_error_of_ours(service: Service) -> None:
    done = ended(service, export(service, S3Prefix="a/../b")["ExportArn"])
    assert (done["ExportStatus"], done["FailureCode"]) == ("FAILED", "S3Unavailable")


# ------------------------------------------------------------------ the API


def test_a_client_token_makes_one_export_of_several_requests(service: Service) -> None:
    first = export(service, ClientToken="again")
    assert export(service, ClientToken="again")["ExportArn"] == first["ExportArn"]
    request = {"TableArn": first["TableArn"], "S3Bucket": BUCKET, "ClientToken": "again"}
    error = service.refused("ExportTableToPointInTime", **request, ExportFormat="ION")
    assert error.code == "ExportConflictException"
    service.clock.advance(9 * 3600)
    assert export(service, ClientToken="again")["ExportArn"] != first["ExportArn"]


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Service]:
    """Writes are in flight for a while, so that requests meet."""
    opened = durable(tmp_path / "data")
    enable(opened)
    yield opened
    opened.close()


def test_simultaneous_requests_with_one_client_token_made_several_exports(slow: Service) -> None:
    request = {"TableArn": describe(slow, "Things")["TableArn"], "S3Bucket": BUCKET, "ClientToken": "same"}
    answers = at_once(slow, "ExportTableToPointInTime", [request] * 3)
    assert answers[1:] == [answers[0]] * 2
    assert len(slow.call("ListExports")["ExportSummaries"]) == 1
    assert ended(slow, answers[0]["ExportDescription"]["ExportArn"])["ExportStatus"] == "COMPLETED"
    assert len(slow.database.catalog.stored()) == 2


def test_simultaneous_requests_that_share_a_client_token_only_made_an_export_each(slow: Service) -> None:
    request = {"TableArn": describe(slow, "Things")["TableArn"], "S3Bucket": BUCKET, "ClientToken": "same"}
    answer, error = at_once(slow, "ExportTableToPointInTime", [request, request | {"S3Prefix": "other"}])
    assert answer["ExportDescription"]["ExportStatus"] == "IN_PROGRESS"
    assert isinstance(error, ServiceError)
    assert error.code == "ExportConflictException"


def test_exports_are_listed_newest_first_in_pages(service: Service) -> None:
    arns: list[str] = []
    for _ in range(3):
        arns.insert(0, export(service)["ExportArn"])
        service.clock.advance(1)
    page = service.call("ListExports", MaxResults=2, TableArn=describe(service, "Things")["TableArn"])
    assert [one["ExportArn"] for one in page["ExportSummaries"]] == arns[:2]
    rest = service.call("ListExports", NextToken=page["NextToken"])
    assert [one["ExportArn"] for one in rest["ExportSummaries"]] == arns[2:]


def test_exports_of_two_tables_are_listed_in_the_order_of_their_arns(service: Service) -> None:
    of_things = export(service)["ExportArn"]
    service.clock.advance(1)
    service.call(
        "UpdateContinuousBackups",
        TableName="Plain",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    of_plain = export(service, TableArn=describe(service, "Plain")["TableArn"])["ExportArn"]
    page = service.call("ListExports", MaxResults=1)
    assert [one["ExportArn"] for one in page["ExportSummaries"]] == [of_things]
    rest = service.call("ListExports", NextToken=page["NextToken"])
    assert [one["ExportArn"] for one in rest["ExportSummaries"]] == [of_plain]


def test_exports_were_listed_for_ever(service: Service) -> None:
    first = export(service)["ExportArn"]
    service.clock.advance(89 * 86_400)
    second = export(service)["ExportArn"]
    service.clock.advance(2 * 86_400)
    assert [one["ExportArn"] for one in service.call("ListExports")["ExportSummaries"]] == [second]
    assert service.call("DescribeExport", ExportArn=first)["ExportDescription"]["ExportArn"] == first


def test_what_cannot_be_exported(service: Service) -> None:
    arn = describe(service, "Plain")["TableArn"]
    error = service.refused("ExportTableToPointInTime", TableArn=arn, S3Bucket=BUCKET)
    assert error.code == "PointInTimeRecoveryUnavailableException"
    arn = describe(service, "Things")["TableArn"]
    error = service.refused("ExportTableToPointInTime", TableArn=arn, S3Bucket=BUCKET, ExportTime=START - 1)
    assert error.code == "InvalidExportTimeException"
    error = service.refused("DescribeExport", ExportArn=f"{arn}/export/01-00000000")
    assert error.code == "ExportNotFoundException"


# ------------------------------------------------------------------ Ion


@settings(max_examples=50)
@given(items())
def test_an_item_goes_through_ion_unchanged(given_item: dict[str, Any]) -> None:
    canonical = canonical_item(given_item)[0]
    (value,) = ion.read(io.BytesIO(ion.write(canonical)))
    assert canonical_item(ion.entry(value)["Item"])[0] == canonical


ONES_FAR_APART = b"1" + b"0" * 68 + b"1"


@pytest.mark.parametrize("text", [ONES_FAR_APART, ONES_FAR_APART + b".", b"[1, " + ONES_FAR_APART + b"]"])
def test_a_number_in_ion_with_too_many_digits_was_rounded(text: bytes) -> None:
    (value,) = ion.read(io.BytesIO(b"{Item:{n:%s}}" % text))
    with pytest.raises(ServiceError, match="more than 38 significant digits"):
        canonical_item(ion.entry(value)["Item"])


@pytest.mark.parametrize(
    ("text", "number"),
    [(b"1" * 38, "1" * 38), (b"1" + b"0" * 69, "1" + "0" * 69), (b"12d-130", "12E-130"), (b"-0.", "0")],
)
def test_a_number_in_ion_is_the_same_number(text: bytes, number: str) -> None:
    (value,) = ion.read(io.BytesIO(b"{Item:{n:%s}}" % text))
    expected = canonical_item({"n": {"N": number}})
    assert canonical_item(ion.entry(value)["Item"]) == expected


@pytest.mark.parametrize("text", [b"{Other:{}}", b"1", b"{Item:{when:2020T}}"])
def test_ion_that_is_no_item(text: bytes) -> None:
    (value,) = ion.read(io.BytesIO(text))
    with pytest.raises(ion.NotAnItem):
        ion.entry(value)


def test_buckets_in_memory_keep_what_was_put() -> None:
    buckets = Buckets()
    buckets.put("b", "some/key", b"content")
    assert b"".join(buckets.read("b", "some/key")) == b"content"
    assert [one.key for one in buckets.objects("b", "some/k")] == ["some/key"]
    assert buckets.objects("b", "other") == []


# ------------------------------------------------------------------ incremental exports


def incremental(
    service: Service, start: float, end: float, more: dict[str, Any] | None = None, /, **members: Any
) -> Any:
    """Ask for an export of a span; `more` are members of the request beside the span's specification."""
    specification = {"ExportFromTime": start, "ExportToTime": end} | members
    request = {"ExportType": "INCREMENTAL_EXPORT", "IncrementalExportSpecification": specification}
    return export(service, **request, **(more or {}))


HOUR = 3600.0


def test_an_incremental_export_has_what_changed_in_its_span(service: Service) -> None:
    service.put(item(pk="changed", sk=1, n=1), item(pk="deleted", sk=1), item(pk="still", sk=1))
    service.clock.set(START + HOUR)
    service.put(item(pk="changed", sk=1, n=2), item(pk="made", sk=1), item(pk="passing", sk=1))
    service.clock.advance(60)
    service.put(item(pk="changed", sk=1, n=3))
    service.call("DeleteItem", TableName="Things", Key=item(pk="deleted", sk=1))
    service.call("DeleteItem", TableName="Things", Key=item(pk="passing", sk=1))
    service.clock.set(START + 2 * HOUR)
    service.put(item(pk="changed", sk=1, n=4), item(pk="later", sk=1))
    service.clock.advance(HOUR)
    done = ended(service, incremental(service, START + HOUR, START + 2 * HOUR)["ExportArn"])
    assert done["ExportType"] == "INCREMENTAL_EXPORT"
    found = {line["Keys"]["pk"]["S"]: line for line in map(orjson.loads, lines(service, done))}
    first, second = (str(int((START + HOUR + more) * 1_000_000)) for more in (0, 60))
    assert found == {
        "changed": {
            "Metadata": {"WriteTimestampMicros": second},
            "Keys": item(pk="changed", sk=1),
            "OldImage": item(pk="changed", sk=1, n=1),
            "NewImage": item(pk="changed", sk=1, n=3),
        },
        "deleted": {
            "Metadata": {"WriteTimestampMicros": second},
            "Keys": item(pk="deleted", sk=1),
            "OldImage": item(pk="deleted", sk=1),
        },
        "made": {
            "Metadata": {"WriteTimestampMicros": first},
            "Keys": item(pk="made", sk=1),
            "NewImage": item(pk="made", sk=1),
        },
    }


def test_where_an_incremental_export_lies_and_what_its_manifest_says(service: Service) -> None:
    service.put(item(pk="p", sk=1))
    service.clock.advance(2 * HOUR)
    view = {"ExportViewType": "NEW_IMAGE"}
    done = ended(service, incremental(service, START, START + HOUR, **view)["ExportArn"])
    summary = orjson.loads(read(service, done["ExportManifest"]))
    assert summary["version"] == "2023-08-01"
    assert summary["exportFromTime"] == "2027-01-15T08:00:00.000Z"
    assert summary["exportToTime"] == "2027-01-15T09:00:00.000Z"
    assert (summary["outputView"], summary["exportType"]) == ("NEW_IMAGE", "INCREMENTAL_EXPORT")
    assert "exportTime" not in summary
    file = orjson.loads(read(service, summary["manifestFilesS3Key"]))
    assert file["dataFileS3Key"].startswith("AWSDynamoDB/data/")


def test_incremental_exports_of_consecutive_spans_lead_from_state_to_state(service: Service) -> None:
    writer = Writer(11)
    states = []
    for _ in range(4):
        states.append({_key(one): one for one in map(orjson.loads, contents(service, "Things"))})
        for _ in range(30):
            service.clock.advance(60)
            writer.write(service)
        service.clock.set(START + len(states) * HOUR)
    states.append({_key(one): one for one in map(orjson.loads, contents(service, "Things"))})
    for number, before in enumerate(states[:-1]):
        span = START + number * HOUR, START + (number + 1) * HOUR
        done = ended(service, incremental(service, *span)["ExportArn"])
        after = dict(before)
        for line in map(orjson.loads, lines(service, done)):
            key = _key(line["Keys"])
            assert line.get("OldImage") == before.get(key)
            after.pop(key, None)
            if "NewImage" in line:
                after[key] = line["NewImage"]
        assert after == states[number + 1]


def _key(one: dict[str, Any]) -> tuple[str, str]:
    return one["pk"]["S"], one["sk"]["N"]


@pytest.mark.parametrize(("start", "end"), [(0, 60), (0, 25 * HOUR), (-HOUR, HOUR), (HOUR, 30 * HOUR)])
def test_a_span_must_be_in_the_window_and_neither_short_nor_long(
    service: Service, start: float, end: float
) -> None:
    service.clock.advance(26 * HOUR)
    error = service.refused(
        "ExportTableToPointInTime",
        TableArn=describe(service, "Things")["TableArn"],
        S3Bucket=BUCKET,
        ExportType="INCREMENTAL_EXPORT",
        IncrementalExportSpecification={"ExportFromTime": START + start, "ExportToTime": START + end},
    )
    assert error.code == "InvalidExportTimeException"


def test_a_span_without_an_end_left_out_what_came_after_its_first_day(service: Service) -> None:
    service.clock.advance(26 * HOUR)
    request = {
        "TableArn": describe(service, "Things")["TableArn"],
        "S3Bucket": BUCKET,
        "ExportType": "INCREMENTAL_EXPORT",
        "IncrementalExportSpecification": {"ExportFromTime": START + HOUR},
    }
    error = service.refused("ExportTableToPointInTime", **request)
    assert error.code == "InvalidExportTimeException"
    request["IncrementalExportSpecification"] = {"ExportFromTime": START + 3 * HOUR}
    answer = service.call("ExportTableToPointInTime", **request)["ExportDescription"]
    assert answer["IncrementalExportSpecification"]["ExportToTime"] == START + 26 * HOUR


def test_an_incremental_export_in_ion_holds_the_same_as_in_json(service: Service) -> None:
    writer = Writer(13)
    service.put(item(pk="gone", sk=1, tags={"SS": ["a", "b"]}, bytes={"B": "AAE="}))
    for _ in range(30):
        writer.write(service)
    service.clock.set(START + HOUR)
    for _ in range(30):
        writer.write(service)
    service.put(item(pk="kinds", sk=1, l=["x", 1], m={"M": {"n": {"NULL": True}, "t": {"BOOL": True}}}))
    service.put(item(pk="kinds", sk=2, numbers={"NS": ["-1.5", "2"]}, big={"N": "1e-120"}))
    service.call("DeleteItem", TableName="Things", Key=item(pk="gone", sk=1))
    service.clock.set(START + 3 * HOUR)
    exported = {
        format_: lines(
            service,
            ended(
                service,
                incremental(service, START + HOUR, START + 2 * HOUR, {"ExportFormat": format_})["ExportArn"],
            ),
        )
        for format_ in ("DYNAMODB_JSON", "ION")
    }
    expected = {_place(one["Keys"]): one for one in map(orjson.loads, exported["DYNAMODB_JSON"])}
    found = {_place(one["Keys"]): one for one in map(_from_ion, exported["ION"])}
    assert found == expected
    assert {"gone", "kinds"} <= {pk for pk, _ in found}
    assert any("OldImage" in one and "NewImage" in one for one in found.values())


def _place(keys: dict[str, Any]) -> tuple[str, str]:
    return keys["pk"]["S"], keys["sk"]["N"]


def _from_ion(line: bytes) -> dict[str, Any]:
    """A line of Ion, read by Amazon's own library, as the line of JSON that it should stand for."""
    record = simpleion.loads(line)["Record"]
    micros = record["Metadata"]["WriteTimestampMicros"]
    assert micros == int(micros)
    images = {name: record[name] for name in ("Keys", "OldImage", "NewImage") if name in record}
    made: dict[str, Any] = {
        name: canonical_item(ion.entry({"Item": image})["Item"])[0] for name, image in images.items()
    }
    return {"Metadata": {"WriteTimestampMicros": str(int(micros))}} | made
