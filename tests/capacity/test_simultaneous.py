"""What may be under way at one time: changes of tables, restores, imports, exports."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dynalite import limits
from dynalite.capacity import simultaneous
from dynalite.catalog.schema import UNTIL_DONE, Index, KeyAttribute, KeySchema, Projection, Table
from dynalite.errors import LimitExceededException
from dynalite.settings import Settings
from tests.operations.service import PLAIN, THINGS, Service, item
from tests.recovery.recording import enable, settle

EXCEEDED = "Subscriber limit exceeded: "
INDEXED = "You have exceeded the maximum number of indexed tables that can be created simultaneously"
KEYS = KeySchema((KeyAttribute("id", "S"),))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """On disk and enforcing, with a bucket in a folder."""
    opened = Service(Settings(data_folder=tmp_path, durability="os", enforce_capacity=True))
    yield opened
    opened.close()


def a_table(number: int, **members: Any) -> Table:
    table = Table(number, f"t{number}", "us-east-1", "1", str(number), 0, KEYS, KEYS.attributes)
    return replace(table, **members)


def creating(number: int) -> Table:
    index = Index(1, "i", True, KEYS, Projection("ALL"))
    return a_table(number, status="CREATING", due_at=10, indexes=(index,))


def refused(service: Service, operation: str, **request: Any) -> str:
    error = service.refused(operation, **request)
    assert error.code == "LimitExceededException"
    return error.message


# ------------------------------------------------------------------ by the tables alone


def test_500_tables_can_change_at_one_time() -> None:
    busy = [a_table(number, due_at=10) for number in range(limits.SIMULTANEOUS_CHANGES)]
    one = a_table(1000)
    for before, after in ((None, one), (one, one), (one, None)):
        simultaneous.check(before, after, busy[1:], now=5)
        simultaneous.check(before, after, busy, now=10)
        with pytest.raises(LimitExceededException) as told:
            simultaneous.check(before, after, busy, now=5)
        assert told.value.message == (
            f"{EXCEEDED}Only 500 tables can be created, updated, or deleted simultaneously"
        )


def test_250_of_them_can_be_new_ones_with_indexes() -> None:
    busy = [creating(number) for number in range(limits.SIMULTANEOUS_INDEXED_CREATIONS)]
    simultaneous.check(None, creating(1000), busy[1:], now=5)
    simultaneous.check(None, creating(1000), busy, now=10)
    simultaneous.check(None, a_table(1000), busy, now=5)
    simultaneous.check(creating(1000), creating(1000), busy, now=5)
    with pytest.raises(LimitExceededException, match=INDEXED):
        simultaneous.check(None, creating(1000), busy, now=5)


def test_an_imported_table_that_changes_later_is_no_import() -> None:
    filling = a_table(1, status="CREATING", due_at=UNTIL_DONE, settings={simultaneous.IMPORTED_BY: "x"})
    changing = [replace(filling, status="UPDATING", due_at=10)] * limits.SIMULTANEOUS_IMPORTS
    simultaneous.check(None, filling, changing, now=5)
    with pytest.raises(LimitExceededException, match="Only 50 tables can be imported simultaneously"):
        simultaneous.check(None, filling, [filling] * limits.SIMULTANEOUS_IMPORTS, now=5)


# ------------------------------------------------------------------ by requests


def test_what_changes_tables_waits_while_too_much_is_going_on(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SIMULTANEOUS_CHANGES", 0)
    assert "simultaneously" in refused(service, "CreateTable", **PLAIN)
    monkeypatch.setattr(limits, "SIMULTANEOUS_CHANGES", 1)
    service.call("CreateTable", **PLAIN)
    monkeypatch.setattr(limits, "SIMULTANEOUS_CHANGES", 0)
    assert "simultaneously" in refused(service, "DeleteTable", TableName="Plain")
    expiring = {"AttributeName": "ttl", "Enabled": True}
    assert "simultaneously" in refused(
        service, "UpdateTimeToLive", TableName="Plain", TimeToLiveSpecification=expiring
    )


def test_50_restores_of_either_kind_and_no_more(service: Service) -> None:
    service.call("CreateTable", **PLAIN)
    enable(service, "Plain")
    service.clock.advance(1)
    backup = service.call("CreateBackup", TableName="Plain", BackupName="one")["BackupDetails"]["BackupArn"]
    settle(service)

    def from_backup(number: int) -> Callable[[], Any]:
        request = {"BackupArn": backup, "TargetTableName": f"restored{number}"}
        return lambda: service.call("RestoreTableFromBackup", **request)

    def from_the_past(number: int) -> Callable[[], Any]:
        request = {"SourceTableName": "Plain", "TargetTableName": f"restored{number}"}
        return lambda: service.call("RestoreTableToPointInTime", UseLatestRestorableTime=True, **request)

    for number in range(limits.SIMULTANEOUS_RESTORES):
        service.clock.advance(0.1)  # ten calls a second
        (from_backup if number % 2 else from_the_past)(number)()
    service.clock.advance(1)
    for one_more in (from_backup(50), from_the_past(50)):
        with pytest.raises(LimitExceededException, match="Only 50 tables can be restored simultaneously"):
            one_more()
    service.call("CreateTable", **PLAIN | {"TableName": "Other"})
    settle(service)
    from_backup(50)()


def test_50_imports_and_no_more(service: Service) -> None:
    line = b'{"Item": {"id": {"S": "a"}}}\n'
    service.database.buckets.put("imports", "in/one.json", line)

    def start(number: int) -> dict[str, Any]:
        return {
            "S3BucketSource": {"S3Bucket": "imports", "S3KeyPrefix": "in/"},
            "InputFormat": "DYNAMODB_JSON",
            "TableCreationParameters": PLAIN | {"TableName": f"imported{number}"},
        }

    for number in range(limits.SIMULTANEOUS_IMPORTS):
        service.call("ImportTable", **start(number))
    assert refused(service, "ImportTable", **start(50)) == (
        f"{EXCEEDED}Only 50 tables can be imported simultaneously"
    )
    listed = service.call("ListImports", PageSize=25)
    rest = service.call("ListImports", PageSize=25, NextToken=listed["NextToken"])
    assert "NextToken" not in rest  # what was refused has left nothing behind
    settle(service)
    service.call("ImportTable", **start(50))


def test_300_exports_of_a_region_beside_everything_else(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.call("CreateTable", **THINGS)
    enable(service, "Things")
    service.put(item(pk="p", sk=1))
    service.clock.advance(1)
    request = {"TableArn": service.call("DescribeTable", TableName="Things")["Table"]["TableArn"]}
    for number in range(limits.SIMULTANEOUS_EXPORTS):
        service.call("ExportTableToPointInTime", S3Bucket="exports", S3Prefix=str(number), **request)
    assert refused(service, "ExportTableToPointInTime", S3Bucket="exports", **request) == (
        f"{EXCEEDED}Only 300 tables can be exported simultaneously"
    )
    monkeypatch.setattr(limits, "SIMULTANEOUS_CHANGES", 1)
    service.call("CreateTable", **PLAIN)


def test_nothing_of_it_is_kept_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SIMULTANEOUS_CHANGES", 0)
    free = Service(Settings())
    free.call("CreateTable", **PLAIN)
    free.call("DeleteTable", TableName="Plain")
    free.close()
