"""Every job, ended at every one of its updates, either just before it or just after, and then taken up again.

What lives with the process (snapshots, open objects) is lost each time; what is stored is not.
"""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from dynalite.jobs import bulk_putting, bulk_reports
from dynalite.settings import Settings
from dynalite.values.attribute import canonical_item
from tests.operations.service import START, THINGS, Service, item, with_tables
from tests.recovery.recording import Writer, check_indexes, contents, enable, restore, settle

ENOUGH = 100


class Crash(Exception): ...


def crashing(service: Service, monkeypatch: pytest.MonkeyPatch, after: int, *, applied: bool) -> bool:
    """Run background work until its update number `after`, which is applied or not. Whether it came to
    that.
    """
    engine, count = service.database.engine, 0
    update = engine.update

    async def counted(keys: Any, decide: Any) -> Any:
        nonlocal count
        count += 1
        if count <= after:
            return await update(keys, decide)
        if applied:
            await update(keys, decide)
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(type(engine), "update", lambda _, keys, decide: counted(keys, decide))
        try:
            settle(service)
        except Crash:
            service.database.vault.close()
            service.database.buckets.open_readers.clear()
            service.database.catalog.work.set()
            return True
    return False


@pytest.fixture
def service() -> Iterator[Service]:
    opened = with_tables(Service(Settings()))
    writer = Writer(4)
    for _ in range(30):
        writer.write(opened)
    enable(opened)
    settle(opened)
    yield opened
    opened.close()


def ended_everywhere(
    service: Service, monkeypatch: pytest.MonkeyPatch, start: Callable[[int], Callable[[], None]]
) -> None:
    """`start` begins the job, for the n-th time, and returns what checks its result."""
    crashes = 0
    for applied in (False, True):
        for after in range(ENOUGH):
            check = start(crashes + after)
            crashed = crashing(service, monkeypatch, after, applied=applied)
            settle(service)
            check()
            if not crashed:
                crashes += after + 1
                break
        else:
            raise AssertionError("the job has no end")
    assert crashes > 6


def test_restore_to_a_moment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = contents(service, "Things")
    service.clock.advance(1)
    writer = Writer(6)

    def start(number: int) -> Callable[[], None]:
        writer.write(service)
        restore(service, START, f"Back-{number}")

        def check() -> None:
            assert contents(service, f"Back-{number}") == expected
            check_indexes(service, f"Back-{number}")

        return check

    ended_everywhere(service, monkeypatch, start)


def test_backup_and_load(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = contents(service, "Things")

    def start(number: int) -> Callable[[], None]:
        details = service.call("CreateBackup", TableName="Things", BackupName="crash")["BackupDetails"]

        def check() -> None:
            request = {"BackupArn": details["BackupArn"], "TargetTableName": f"Back-{number}"}
            service.call("RestoreTableFromBackup", **request)
            crashing(service, monkeypatch, number % 4, applied=number % 2 == 0)
            settle(service)
            assert contents(service, f"Back-{number}") == expected
            service.call("DeleteBackup", BackupArn=details["BackupArn"])
            service.clock.advance(1)

        return check

    crashes = 0
    for number in range(8):
        check = start(number)
        crashes += crashing(service, monkeypatch, number // 2, applied=number % 2 == 0)
        settle(service)
        check()
    assert crashes > 2


def test_the_backup_of_a_deleted_table(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        table = THINGS | {"TableName": f"Going-{number}"}
        service.call("CreateTable", **table)
        service.put(item(pk="p", sk=number), table=f"Going-{number}")
        enable(service, f"Going-{number}")
        service.call("DeleteTable", TableName=f"Going-{number}")
        crashing(service, monkeypatch, number, applied=number % 2 == 0)
        settle(service)
        (left,) = service.call("ListBackups", BackupType="SYSTEM", TableName=f"Going-{number}")[
            "BackupSummaries"
        ]
        service.call("RestoreTableFromBackup", BackupArn=left["BackupArn"], TargetTableName=f"Back-{number}")
        settle(service)
        assert service.get(f"Back-{number}", pk="p", sk=number) == item(pk="p", sk=number)


def test_export(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = contents(service, "Things")
    arn = service.call("DescribeTable", TableName="Things")["Table"]["TableArn"]

    def start(_: int) -> Callable[[], None]:
        service.clock.advance(1)
        request = {"TableArn": arn, "S3Bucket": "crash"}
        started = service.call("ExportTableToPointInTime", **request)["ExportDescription"]

        def check() -> None:
            done = service.call("DescribeExport", ExportArn=started["ExportArn"])["ExportDescription"]
            assert done["ExportStatus"] == "COMPLETED"
            assert done["ItemCount"] == len(expected)
            tables = {table.name for table in service.database.catalog.stored()}
            assert tables == {"Plain", "Things"}

        return check

    ended_everywhere(service, monkeypatch, start)


def test_import(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [orjson.dumps({"Item": item(pk=f"p{number}", sk=number)}) for number in range(700)]
    for name in "ab":
        service.database.buckets.put("crash", name, b"\n".join([*lines, b"bad"]))

    def start(number: int) -> Callable[[], None]:
        service.clock.advance(1)
        started = service.call(
            "ImportTable",
            S3BucketSource={"S3Bucket": "crash"},
            InputFormat="DYNAMODB_JSON",
            TableCreationParameters={
                "TableName": f"Into-{number}",
                "BillingMode": "PAY_PER_REQUEST",
                "KeySchema": THINGS["KeySchema"],
                "AttributeDefinitions": THINGS["AttributeDefinitions"][:2],
            },
        )["ImportTableDescription"]

        def check() -> None:
            done = service.call("DescribeImport", ImportArn=started["ImportArn"])["ImportTableDescription"]
            figures = ("ProcessedItemCount", "ImportedItemCount", "ErrorCount")
            assert [done[name] for name in figures] == [1402, 1400, 2]
            assert len(contents(service, f"Into-{number}")) == 700

        return check

    ended_everywhere(service, monkeypatch, start)


def test_bulk_put(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_reports, "_FILE_BYTES", 8000)
    monkeypatch.setattr(bulk_putting, "_LINES_PER_UPDATE", 25)
    once = {"ConditionExpression": "attribute_not_exists(pk)"}

    def start(number: int) -> Callable[[], None]:
        service.clock.advance(1)
        items = [item(pk=f"{number}-{each % 50}", sk=1, kind="k") for each in range(60)]
        lines = [orjson.dumps({"Item": one} | once) for one in items]
        for name in "ab":
            service.database.buckets.put("crash", f"{number}/{name}", b"\n".join([*lines, b"bad"]))
        started = service.call(
            "StartBulkPutItems",
            TableName="Things",
            InputS3Configuration={
                "S3Bucket": "crash",
                "S3KeyPrefix": f"{number}/",
                "InputFormat": "DYNAMODB_JSON",
            },
            OutputS3Configuration={
                "S3Bucket": "report",
                "OutputType": ["ERROR", "CONDITION_CHECK_FAILURE"],
            },
        )["BulkOperationDescription"]
        arn = started["BulkOperationArn"]

        def check() -> None:
            done = service.call("DescribeBulkOperation", BulkOperationArn=arn)["BulkOperationDescription"]
            assert done["BulkOperationStatus"] == "COMPLETED_WITH_ERRORS"
            assert (done["ProcessedItemCount"], done["FailedItemCount"]) == (122, 2)
            (usage,) = done["BulkOperationUsage"]
            index = usage["GlobalSecondaryIndexes"]["by-kind"]["BulkPutBytes"]
            assert usage["Table"]["BulkPutBytes"] == index == sum(_size(one) for one in items[:50])
            buckets, folder = service.database.buckets, f"AWSDynamoDB/{arn.rpartition('/')[2]}/reports/"
            files = [b"".join(buckets.read("report", one.key)) for one in buckets.objects("report", folder)]
            pointers = [orjson.loads(line)["itemS3Pointer"] for file in files for line in file.splitlines()]
            expected = [(f"{number}/a", n) for n in range(50, 61)] + [(f"{number}/b", n) for n in range(61)]
            assert [(one["key"], one["itemIndex"]) for one in pointers] == expected

        return check

    ended_everywhere(service, monkeypatch, start)


def _size(one: dict[str, Any]) -> int:
    return canonical_item(one)[1]
