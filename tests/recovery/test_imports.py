"""Imports from S3: files of every format become a table."""

import csv
import gzip
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard

from dynalite.recovery import ion
from dynalite.recovery.reading import BadEntry, Format, Reader
from dynalite.settings import Settings
from tests.operations.service import THINGS, Service, item, padded, with_tables
from tests.recovery.recording import Writer, at_once, check_indexes, contents, describe, enable, settle
from tests.recovery.test_exports import ended as export_ended
from tests.recovery.test_exports import export

BUCKET = "imports"
TABLE: dict[str, Any] = THINGS | {"TableName": "Into"}
DOCUMENTED = (
    "Some of the items failed validation checks and were not imported."
    " Please check CloudWatch error logs for more details."
)


@pytest.fixture(params=["folder", "s3"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """On disk, with a bucket in a folder or on a server that speaks S3."""
    endpoint = request.getfixturevalue("s3") if request.param == "s3" else None
    settings = Settings(data_folder=tmp_path / "data", durability="os", s3_endpoint=endpoint)
    opened = with_tables(Service(settings))
    yield opened
    opened.close()


@pytest.fixture
def prefix(request: pytest.FixtureRequest) -> str:
    """Where the test's objects are: a bucket on the server is shared by all tests."""
    return f"{request.node.name}/"


def put(service: Service, key: str, content: bytes) -> None:
    service.database.buckets.put(BUCKET, key, content)


def request_of(prefix: str, format_: str = "DYNAMODB_JSON", **members: Any) -> dict[str, Any]:
    """For an import to the table `Into`, without local indexes: the service has none to offer."""
    parameters = {name: value for name, value in TABLE.items() if name != "LocalSecondaryIndexes"}
    parameters["AttributeDefinitions"] = [
        one for one in TABLE["AttributeDefinitions"] if one["AttributeName"] != "when"
    ]
    return {
        "S3BucketSource": {"S3Bucket": BUCKET, "S3KeyPrefix": prefix},
        "InputFormat": format_,
        "TableCreationParameters": parameters,
    } | members


def start(service: Service, prefix: str, format_: str = "DYNAMODB_JSON", **members: Any) -> Any:
    return service.call("ImportTable", **request_of(prefix, format_, **members))["ImportTableDescription"]


def ended(service: Service, arn: str) -> Any:
    settle(service)
    return service.call("DescribeImport", ImportArn=arn)["ImportTableDescription"]


def json_lines(items: list[Any]) -> bytes:
    return b"".join(orjson.dumps({"Item": one}) + b"\n" for one in items)


ITEMS = [item(pk=f"p{number}", sk=number, kind="k", size=1) for number in range(30)]
COMPRESSED: dict[str, Callable[[bytes], bytes]] = {
    "NONE": lambda content: content,
    "GZIP": gzip.compress,
    "ZSTD": lambda content: zstandard.compress(content),
}


@pytest.mark.parametrize("compression", COMPRESSED)
@pytest.mark.parametrize("format_", ["DYNAMODB_JSON", "ION"])
def test_every_compression_of_every_format(
    service: Service, prefix: str, format_: str, compression: str
) -> None:
    content = json_lines(ITEMS) if format_ == "DYNAMODB_JSON" else b"".join(map(ion.write, ITEMS))
    put(service, prefix + "a", COMPRESSED[compression](content))
    started = start(service, prefix, format_, InputCompressionType=compression)
    assert started["ImportStatus"] == "IN_PROGRESS"
    assert describe(service, "Into")["TableStatus"] == "CREATING"
    done = ended(service, started["ImportArn"])
    assert done["ImportStatus"] == "COMPLETED"
    figures = ("ProcessedItemCount", "ImportedItemCount", "ErrorCount", "ProcessedSizeBytes")
    assert [done[name] for name in figures] == [30, 30, 0, len(content)]
    assert contents(service, "Into") == sorted(
        orjson.dumps(one, option=orjson.OPT_SORT_KEYS).decode() for one in ITEMS
    )
    assert describe(service, "Into")["TableStatus"] == "ACTIVE"
    check_indexes(service, "Into", ("by-kind", "by-size"))


def test_csv_has_strings_except_for_keys(service: Service, prefix: str) -> None:
    put(
        service,
        prefix + "a.csv",
        b'pk,sk,size,colour,when\r\np,1,2,"red, ""dark""",\r\nq,2,,"two\nlines",w\r\n',
    )
    done = ended(service, start(service, prefix, "CSV")["ImportArn"])
    assert done["ImportStatus"] == "COMPLETED"
    assert service.get("Into", pk="p", sk=1) == item(pk="p", sk=1, size=2, colour='red, "dark"')
    assert service.get("Into", pk="q", sk=2) == item(pk="q", sk=2, colour="two\nlines", when="w")


def test_csv_with_a_delimiter_and_named_columns(service: Service, prefix: str) -> None:
    put(service, prefix + "a.csv", b"p;1;red\n")
    options = {"Csv": {"Delimiter": ";", "HeaderList": ["pk", "sk", "colour"]}}
    ended(service, start(service, prefix, "CSV", InputFormatOptions=options)["ImportArn"])
    assert service.get("Into", pk="p", sk=1) == item(pk="p", sk=1, colour="red")


def test_bad_rows_are_counted_and_logged_and_the_good_ones_stay(service: Service, prefix: str) -> None:
    lines = [
        json_lines([item(pk="good", sk=1)]),
        b"not json\n",
        b'{"Else":{}}\n',
        json_lines([item(pk="p", sk="not a number"), item(sk=1), item(pk="", sk=1)]),
        json_lines([item(pk="p", sk=1, n={"N": "x"}), padded(420_000, pk="large", sk=1)]),
        json_lines([item(pk="p", sk=1, kind=5), item(pk="good", sk=2)]),
    ]
    put(service, prefix + "a", b"".join(lines))
    done = ended(service, start(service, prefix)["ImportArn"])
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert done["FailureMessage"] == DOCUMENTED
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (10, 2, 8)
    assert len(contents(service, "Into")) == 2
    assert describe(service, "Into")["TableStatus"] == "ACTIVE"
    assert service.settings.data_folder is not None
    (log,) = (service.settings.data_folder / "logs").glob("*/error-*.json")
    events = [orjson.loads(line) for line in log.read_bytes().splitlines()]
    assert [event["itemS3Pointer"]["itemIndex"] for event in events] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert events[0]["itemS3Pointer"] | {"itemIndex": 0} == {
        "bucket": BUCKET,
        "key": prefix + "a",
        "itemIndex": 0,
    }
    assert events[-1]["errorMessages"][0].startswith(
        "One or more parameter values were invalid: Type mismatch"
    )


def test_what_an_export_wrote_can_be_imported(service: Service) -> None:
    writer = Writer(9)
    for _ in range(60):
        writer.write(service)
    enable(service)
    for format_ in ("DYNAMODB_JSON", "ION"):
        done = export_ended(service, export(service, S3Bucket=BUCKET, ExportFormat=format_)["ExportArn"])
        folder = done["ExportManifest"].rpartition("/")[0] + "/data/"
        ended(service, start(service, folder, format_, InputCompressionType="GZIP")["ImportArn"])
        assert contents(service, "Into") == contents(service, "Things")
        service.call("DeleteTable", TableName="Into")
        settle(service)


def test_the_last_of_several_items_with_one_key_wins(service: Service, prefix: str) -> None:
    put(service, prefix + "a", json_lines([item(pk="p", sk=1, n=1), item(pk="p", sk=1, n=2)]))
    put(service, prefix + "b", json_lines([item(pk="p", sk=1, n=3)]))
    done = ended(service, start(service, prefix)["ImportArn"])
    assert done["ImportedItemCount"] == 3
    assert service.get("Into", pk="p", sk=1) == item(pk="p", sk=1, n=3)


def test_an_import_goes_on_after_restarts(tmp_path: Path) -> None:
    service, prefix = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os"))), "some/"
    for name in "ab":
        put(service, prefix + name, json_lines([item(pk=f"{name}{n}", sk=n, kind="k") for n in range(1200)]))
    arn = start(service, prefix)["ImportArn"]
    for steps in (1, 2, 1):
        for _ in range(steps):
            service.wait(_one_step(service))
        service = service.reopened()
    done = ended(service, arn)
    assert (done["ImportStatus"], done["ImportedItemCount"]) == ("COMPLETED", 2400)
    assert describe(service, "Into")["ItemCount"] == 2400
    check_indexes(service, "Into", ("by-kind",))
    service.close()


async def _one_step(service: Service) -> None:
    from dynalite.jobs import importing

    await importing.step(service.database.context(""))


def test_a_bucket_that_is_not_there_makes_no_table(service: Service) -> None:
    done = start(service, "", S3BucketSource={"S3Bucket": "nowhere"})
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert "Into" not in service.call("ListTables")["TableNames"]


def test_a_prefix_that_no_object_can_have_was_an_error_of_ours(service: Service, prefix: str) -> None:
    put(service, prefix + "a", b"")  # the bucket is there
    done = start(service, "", S3BucketSource={"S3Bucket": BUCKET, "S3KeyPrefix": "a/../b/"})
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "S3Unavailable")


def test_a_table_that_exists_is_not_imported_over(service: Service) -> None:
    service.call("CreateTable", **TABLE)
    parameters = {"TableName": "Into", "KeySchema": TABLE["KeySchema"], "BillingMode": "PAY_PER_REQUEST"}
    definitions = [one for one in TABLE["AttributeDefinitions"] if one["AttributeName"] in ("pk", "sk")]
    error = service.refused(
        "ImportTable",
        S3BucketSource={"S3Bucket": BUCKET},
        InputFormat="CSV",
        TableCreationParameters=parameters | {"AttributeDefinitions": definitions},
    )
    assert (error.code, error.message) == ("ResourceInUseException", "Table already exists: Into")


def test_imports_are_listed_newest_first_in_pages(service: Service, prefix: str) -> None:
    put(service, prefix + "a", b"")
    arns: list[str] = []
    for _ in range(3):
        arns.insert(0, start(service, prefix)["ImportArn"])
        settle(service)
        service.call("DeleteTable", TableName="Into")
        service.clock.advance(1)
    page = service.call("ListImports", PageSize=2)
    assert [one["ImportArn"] for one in page["ImportSummaryList"]] == arns[:2]
    rest = service.call("ListImports", NextToken=page["NextToken"])
    assert [one["ImportArn"] for one in rest["ImportSummaryList"]] == arns[2:]


def test_imports_were_listed_for_ever(service: Service, prefix: str) -> None:
    put(service, prefix + "a", b"")
    arn = start(service, prefix)["ImportArn"]
    service.clock.advance(91 * 86_400)
    assert service.call("ListImports")["ImportSummaryList"] == []
    assert service.call("DescribeImport", ImportArn=arn)["ImportTableDescription"]["ImportArn"] == arn


def test_a_next_token_that_is_no_text_is_behind_nothing_and_no_error_of_ours(service: Service) -> None:
    page = service.call("ListImports", NextToken="a" * 112)
    assert page["ImportSummaryList"] == []


def test_a_client_token_makes_one_import_of_several_requests(service: Service, prefix: str) -> None:
    put(service, prefix + "a", b"")
    first = start(service, prefix, ClientToken="again")
    settle(service)
    assert start(service, prefix, ClientToken="again")["ImportArn"] == first["ImportArn"]
    error = service.refused(
        "ImportTable",
        ClientToken="again",
        S3BucketSource={"S3Bucket": BUCKET},
        InputFormat="CSV",
        TableCreationParameters=first["TableCreationParameters"],
    )
    assert error.code == "ImportConflictException"
    missing = first["ImportArn"].replace("/import/", "/import/9")
    assert service.refused("DescribeImport", ImportArn=missing).code == "ImportNotFoundException"


@pytest.mark.parametrize("bucket", [BUCKET, "nowhere"])
def test_simultaneous_requests_with_one_client_token_made_several_imports(
    service: Service, prefix: str, bucket: str
) -> None:
    put(service, prefix + "a", json_lines(ITEMS))
    request = request_of(
        prefix, ClientToken="same", S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": prefix}
    )
    answers = at_once(service, "ImportTable", [request] * 3)
    assert answers[1:] == [answers[0]] * 2
    assert len(service.call("ListImports")["ImportSummaryList"]) == 1
    status = ended(service, answers[0]["ImportTableDescription"]["ImportArn"])["ImportStatus"]
    assert status == ("COMPLETED" if bucket == BUCKET else "FAILED")


def test_an_import_whose_table_could_not_be_made_was_in_progress_for_ever(
    service: Service, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(service, prefix + "a", json_lines(ITEMS))

    async def failing(*_: Any) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patched, suppress(OSError):
        patched.setattr(type(service.database.catalog), "change", failing)
        start(service, prefix, ClientToken="again")
    settle(service)
    assert service.call("ListImports")["ImportSummaryList"] == []
    done = ended(service, start(service, prefix, ClientToken="again")["ImportArn"])
    assert done["ImportStatus"] == "COMPLETED"


# ------------------------------------------------------------------ objects that are not whole


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD"])
def test_an_object_that_cannot_be_decompressed_is_one_bad_entry(
    service: Service, prefix: str, compression: str
) -> None:
    put(service, prefix + "a", b"no frame of any kind")
    put(service, prefix + "b", COMPRESSED[compression](json_lines(ITEMS)))
    done = ended(service, start(service, prefix, InputCompressionType=compression)["ImportArn"])
    assert (done["ImportStatus"], done["FailureCode"]) == ("FAILED", "ItemValidationError")
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (31, 30, 1)


def test_a_file_of_ion_whose_first_bytes_cannot_be_read_is_one_bad_entry() -> None:
    reader = Reader(iter([b"no frame of any kind"]), Format("ION", "GZIP"))
    (entry,) = reader.take(10, 1 << 20)
    assert isinstance(entry, BadEntry)


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD"])
def test_an_object_that_ends_in_the_middle_is_told(service: Service, prefix: str, compression: str) -> None:
    put(service, prefix + "a", COMPRESSED[compression](json_lines(ITEMS))[:-12])
    done = ended(service, start(service, prefix, InputCompressionType=compression)["ImportArn"])
    assert done["ErrorCount"] >= 1


def test_a_page_that_could_not_be_written_is_read_again(
    service: Service, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(service, prefix + "a", json_lines([item(pk=f"p{number}", sk=1) for number in range(1200)]) + b"bad")
    arn = start(service, prefix)["ImportArn"]
    update, calls = type(service.database.engine).update, 0

    async def failing(engine: Any, keys: Any, decide: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls % 2:
            raise OSError("no space left")
        return await update(engine, keys, decide)

    with monkeypatch.context() as patched:
        patched.setattr(type(service.database.engine), "update", failing)
        for _ in range(20):
            with suppress(OSError):
                service.wait(service.database.tick())
    done = ended(service, arn)
    assert (done["ProcessedItemCount"], done["ImportedItemCount"], done["ErrorCount"]) == (1201, 1200, 1)
    assert describe(service, "Into")["ItemCount"] == 1200


def test_csv_whose_first_line_cannot_be_read_was_read_again_for_ever(service: Service, prefix: str) -> None:
    put(service, prefix + "a", b"x" * 500_000 + b",sk\np,1\n")
    put(service, prefix + "b", b"pk,sk\np,1\n")
    done = ended(service, start(service, prefix, "CSV")["ImportArn"])
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (1, 1)
    assert describe(service, "Into")["TableStatus"] == "ACTIVE"


def test_a_value_of_csv_that_an_item_can_hold_was_too_long(service: Service, prefix: str) -> None:
    put(service, prefix + "a", b'pk,sk,text\np,1,"%s"\nq,1,%s\n' % (b"x" * 400_000, b"x" * 410_000))
    done = ended(service, start(service, prefix, "CSV")["ImportArn"])
    assert (done["ImportedItemCount"], done["ErrorCount"]) == (1, 1)
    assert service.get("Into", pk="p", sk=1) == item(pk="p", sk=1, text="x" * 400_000)


def test_reading_csv_lowered_a_limit_that_the_process_had_set() -> None:
    before = csv.field_size_limit(10_000_000)
    try:
        list(Reader(iter([b"id\n1\n"]), Format("CSV")))
        assert csv.field_size_limit() == 10_000_000
    finally:
        csv.field_size_limit(before)


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD"])
def test_a_small_file_that_holds_much_is_read_little_by_little(compression: str) -> None:
    line = b'{"Item":{"id":{"S":"' + b"x" * 1000 + b'"}}}\n'
    packed = COMPRESSED[compression](line * 40_000)
    reader = Reader(iter([packed]), Format("DYNAMODB_JSON", compression))
    page = reader.take(10_000, 1 << 20)
    assert 500 < len(page) < 2000
    assert reader.read_bytes < 2 << 20
    assert len(page) + sum(1 for _ in reader) == 40_000


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD"])
def test_pieces_of_any_size_are_the_same(compression: str) -> None:
    compress = COMPRESSED[compression]
    content = b"".join(b'{"Item":{"id":{"N":"%d"}}}\n' % number for number in range(9000))
    packed = compress(content[:100_000]) + compress(content[100_000:])
    for size in (1, 7, 1000, 65_536, len(packed)):
        pieces = iter([packed[start : start + size] for start in range(0, len(packed), size)])
        found = list(Reader(pieces, Format("DYNAMODB_JSON", compression)))
        assert [one["Item"]["id"]["N"] for one in found if isinstance(one, dict)] == [
            str(number) for number in range(9000)
        ]
