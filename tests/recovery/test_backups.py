"""On-demand backups, and the one that a deleted table leaves."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.catalog import backup as descriptors
from dynalite.errors import ServiceError
from dynalite.jobs import backing_up
from dynalite.recovery import pages
from dynalite.recovery.vault import FilesInFolder
from dynalite.settings import Settings
from dynalite.storage import keyspace
from tests.operations.service import START, Service, durable, item, padded, with_tables
from tests.recovery.recording import (
    INDEXES,
    Writer,
    check_indexes,
    contents,
    describe,
    enable,
    settle,
)

DAY = 86_400.0


def back_up(service: Service, name: str = "first", table: str = "Things") -> Any:
    return service.call("CreateBackup", TableName=table, BackupName=name)["BackupDetails"]


def listed(service: Service, **members: Any) -> list[str]:
    return [one["BackupName"] for one in service.call("ListBackups", **members)["BackupSummaries"]]


def restored(service: Service, arn: str, target: str = "Back", **members: Any) -> Any:
    request = {"BackupArn": arn, "TargetTableName": target} | members
    return service.call("RestoreTableFromBackup", **request)["TableDescription"]


def in_reverse(queue: Any) -> Any:
    async def reversed_queue(engine: Any) -> Any:
        return list(reversed(await queue(engine)))

    return reversed_queue


def wrote(service: Service, writes: int = 60) -> None:
    writer = Writer(7)
    for _ in range(writes):
        writer.write(service)


# ------------------------------------------------------------------ made and restored


def test_a_backup_is_the_table_at_the_moment_it_was_asked_for(service: Service) -> None:
    wrote(service)
    expected = contents(service, "Things")
    details = back_up(service)
    assert details["BackupStatus"] == "CREATING"
    wrote(service)
    service.put(item(pk="later", sk=1))
    settle(service)
    answer = restored(service, details["BackupArn"])
    assert answer["RestoreSummary"]["SourceBackupArn"] == details["BackupArn"]
    settle(service)
    assert contents(service, "Back") == expected
    check_indexes(service, "Back")


def test_a_backup_outlives_its_table(service: Service) -> None:
    wrote(service)
    expected = contents(service, "Things")
    arn = back_up(service)["BackupArn"]
    service.call("DeleteTable", TableName="Things")
    settle(service)
    restored(service, arn, "Things")
    settle(service)
    assert contents(service, "Things") == expected
    for index in INDEXES:
        assert len(contents(service, "Things", index)) <= len(expected)


def test_a_backup_survives_a_restart_while_it_is_made_and_afterwards(tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os")))
    wrote(service)
    expected = contents(service, "Things")
    arn = back_up(service)["BackupArn"]
    service = service.reopened()
    settle(service)
    service = service.reopened()
    restored(service, arn)
    service = service.reopened()
    settle(service)
    assert contents(service, "Back") == expected
    service.close()


def test_a_backup_of_several_files_is_loaded_through_restarts(tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os")))
    for number in range(40):
        service.put(padded(300_000, pk=f"p{number}", sk=1, kind="k"))
    expected = contents(service, "Things")
    arn = back_up(service)["BackupArn"]
    settle(service)
    assert len(list((tmp_path / "data" / "backups").glob("*/*"))) == 2
    restored(service, arn)
    for _ in range(2):
        service.wait(service.database.tick())
        service = service.reopened()
    settle(service)
    assert contents(service, "Back") == expected
    assert describe(service)["ItemCount"] == 40
    service.close()


def test_an_empty_table(service: Service) -> None:
    arn = back_up(service)["BackupArn"]
    settle(service)
    restored(service, arn)
    settle(service)
    assert contents(service, "Back") == []
    assert describe(service)["TableStatus"] == "ACTIVE"


def test_overrides(service: Service) -> None:
    wrote(service)
    arn = back_up(service)["BackupArn"]
    settle(service)
    restored(
        service,
        arn,
        GlobalSecondaryIndexOverride=[],
        LocalSecondaryIndexOverride=[],
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride={"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
    )
    settle(service)
    made = describe(service)
    assert made["ProvisionedThroughput"]["WriteCapacityUnits"] == 3
    assert "GlobalSecondaryIndexes" not in made
    assert contents(service, "Back") == contents(service, "Things")


# ------------------------------------------------------------------ described


def test_what_a_backup_says_of_itself(service: Service) -> None:
    service.put(item(pk="p", sk=1), item(pk="p", sk=2))
    service.call(
        "UpdateTimeToLive",
        TableName="Things",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
    )
    settle(service)
    arn = back_up(service)["BackupArn"]
    settle(service)
    source = describe(service, "Things")
    described = service.call("DescribeBackup", BackupArn=arn)["BackupDescription"]
    assert described["BackupDetails"] == {
        "BackupArn": arn,
        "BackupName": "first",
        "BackupSizeBytes": source["TableSizeBytes"],
        "BackupStatus": "AVAILABLE",
        "BackupType": "USER",
        "BackupCreationDateTime": START,
    }
    table = described["SourceTableDetails"]
    assert (table["ItemCount"], table["TableId"]) == (2, source["TableId"])
    assert table["KeySchema"] == source["KeySchema"]
    features = described["SourceTableFeatureDetails"]
    assert [index["IndexName"] for index in features["GlobalSecondaryIndexes"]] == ["by-kind", "by-size"]
    assert features["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_lists_are_filtered_and_paged(service: Service) -> None:
    for number, table in enumerate(("Things", "Plain", "Things")):
        back_up(service, f"b-{number}", table)
        service.clock.advance(10)
    settle(service)
    assert listed(service) == ["b-0", "b-1", "b-2"]
    assert listed(service, TableName="Things") == ["b-0", "b-2"]
    assert listed(service, TimeRangeLowerBound=START + 10) == ["b-1", "b-2"]
    assert listed(service, TimeRangeUpperBound=START + 10) == ["b-0"]
    assert listed(service, BackupType="SYSTEM") == []
    page = service.call("ListBackups", Limit=2)
    assert len(page["BackupSummaries"]) == 2
    assert listed(service, ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"]) == ["b-2"]


def test_a_backup_was_made_before_the_time_that_it_tells(service: Service) -> None:
    """A time that was rounded up excluded its own backup, though the lower bound is inclusive."""
    service.clock.advance(0.0006)
    back_up(service, "b-1")
    (summary,) = service.call("ListBackups")["BackupSummaries"]
    told = summary["BackupCreationDateTime"]
    assert listed(service, TimeRangeLowerBound=told) == ["b-1"]
    assert listed(service, TimeRangeUpperBound=told) == []


def test_a_deleted_backup_is_gone_with_its_files(tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os")))
    wrote(service)
    arn = back_up(service)["BackupArn"]
    settle(service)
    described = service.call("DeleteBackup", BackupArn=arn)["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "DELETED"
    assert listed(service) == []
    settle(service)
    assert list((tmp_path / "data" / "backups").rglob("*")) == []
    error = service.refused("DescribeBackup", BackupArn=arn)
    assert (error.code, error.message) == ("BackupNotFoundException", f"Backup not found: {arn}")
    service.close()


def test_a_backup_that_was_begun_anew_left_files_of_its_first_beginning(tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os")))
    for number in range(90):
        service.put(padded(300_000, pk=f"p{number}", sk=1))
    arn = back_up(service)["BackupArn"]
    for _ in range(2):
        assert service.wait(backing_up.step(service.database.context("")))
    (made,) = {file.parent for file in (tmp_path / "data" / "backups").glob("*/*")}
    (made / "000002.new").write_bytes(b"half a fi")
    for number in range(90):
        service.call("DeleteItem", TableName="Things", Key=item(pk=f"p{number}", sk=1))
    service = service.reopened()
    settle(service)
    assert list((tmp_path / "data" / "backups").rglob("*")) == []
    assert service.call("DescribeBackup", BackupArn=arn)
    service.close()


def test_a_backup_that_there_was_no_room_for_took_all_that_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError("no space left")

    files = FilesInFolder(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space left"):
            files.write("backup/000000", b"content")
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_backup_that_there_was_no_room_for_kept_others_from_being_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os")))
    wrote(service)
    arn = back_up(service)["BackupArn"]
    settle(service)
    monkeypatch.setattr(descriptors, "queue", in_reverse(descriptors.queue))
    service.clock.advance(1)
    back_up(service, "second")
    service.call("DeleteBackup", BackupArn=arn)
    with monkeypatch.context() as patched:
        patched.setattr(service.database.vault, "store", full)
        for _ in range(3):
            with pytest.raises(OSError, match="no space left"):
                service.wait(backing_up.step(service.database.context("")))
    assert [file for file in (tmp_path / "data" / "backups").rglob("*") if file.is_file()] == []
    settle(service)
    assert listed(service) == ["second"]
    service.close()


def test_a_backup_that_is_being_made_or_restored_cannot_be_deleted(service: Service) -> None:
    arn = back_up(service)["BackupArn"]
    assert service.refused("DeleteBackup", BackupArn=arn).code == "BackupInUseException"
    settle(service)
    restored(service, arn)
    assert service.refused("DeleteBackup", BackupArn=arn).code == "BackupInUseException"


@pytest.mark.parametrize("first", ["RestoreTableFromBackup", "DeleteBackup"])
def test_a_backup_deleted_while_a_restore_of_it_begins_took_the_table_away(
    tmp_path: Path, first: str
) -> None:
    service = durable(tmp_path / "data")
    wrote(service)
    expected = contents(service, "Things")
    arn = back_up(service)["BackupArn"]
    settle(service)
    requests: dict[str, dict[str, Any]] = {
        "RestoreTableFromBackup": {"BackupArn": arn, "TargetTableName": "Back"},
        "DeleteBackup": {"BackupArn": arn},
    }

    async def at_once() -> list[Any]:
        names = sorted(requests, key=lambda name: name != first)
        return await asyncio.gather(
            *(service.ask(name, requests[name]) for name in names), return_exceptions=True
        )

    answer, error = service.wait(at_once())
    assert not isinstance(answer, Exception)
    assert isinstance(error, ServiceError)
    settle(service)
    if first == "DeleteBackup":
        assert error.code == "BackupNotFoundException"
        assert "Back" not in service.call("ListTables")["TableNames"]
    else:
        assert error.code == "BackupInUseException"
        assert contents(service, "Back") == expected
    service.close()


def test_a_backup_that_expired_while_it_was_restored_took_the_table_away(service: Service) -> None:
    enable(service)
    wrote(service)
    expected = contents(service, "Things")
    service.call("DeleteTable", TableName="Things")
    settle(service)
    (left,) = service.call("ListBackups", BackupType="SYSTEM")["BackupSummaries"]
    restored(service, left["BackupArn"])
    service.clock.advance(36 * DAY)
    settle(service)
    assert contents(service, "Back") == expected
    service.wait(service.database.tick())
    assert listed(service, BackupType="SYSTEM") == []


def test_a_backup_that_could_not_be_written_left_its_snapshot_open(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[object] = []
    snapshot = type(service.database.engine.snapshot())
    close = snapshot.close

    async def failing(*_: Any) -> None:
        raise OSError("no space left")

    def noted(self: Any) -> None:
        closed.append(self)
        close(self)

    with monkeypatch.context() as patched:
        patched.setattr(type(service.database.engine), "update", failing)
        patched.setattr(snapshot, "close", noted)
        with pytest.raises(OSError, match="no space left"):
            back_up(service)
    assert len(closed) == 1
    assert service.database.vault.snapshots == {}
    assert listed(service) == []


# ------------------------------------------------------------------ damage


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os")))
    wrote(service)
    arn = back_up(service)["BackupArn"]
    settle(service)
    (file,) = (tmp_path / "data" / "backups").glob("*/*")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    name = f"{file.parent.name}/{file.name}"
    error = service.refused("RestoreTableFromBackup", BackupArn=arn, TargetTableName="Back")
    assert error.code == "InternalServerError"
    assert name in error.message
    file.unlink()
    error = service.refused("RestoreTableFromBackup", BackupArn=arn, TargetTableName="Back")
    assert error.message == f"The backup's file {name} is missing"
    file.mkdir()
    error = service.refused("RestoreTableFromBackup", BackupArn=arn, TargetTableName="Back")
    assert error.message == f"The backup's file {name} cannot be read: Is a directory"
    assert "Back" not in service.call("ListTables")["TableNames"]
    service.close()


def test_a_file_damaged_after_the_restore_began_leaves_no_half_table(tmp_path: Path) -> None:
    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="os")))
    wrote(service)
    arn = back_up(service)["BackupArn"]
    settle(service)
    restored(service, arn)
    (file,) = (tmp_path / "data" / "backups").glob("*/*")
    file.write_bytes(file.read_bytes()[:-1])
    settle(service)
    assert "Back" not in service.call("ListTables")["TableNames"]
    service.close()


# ------------------------------------------------------------------ what a deleted table leaves


def test_a_deleted_table_with_recovery_leaves_a_backup_for_35_days(service: Service) -> None:
    wrote(service)
    enable(service)
    expected = contents(service, "Things")
    service.call("DeleteTable", TableName="Things")
    settle(service)
    (left,) = service.call("ListBackups", BackupType="ALL")["BackupSummaries"]
    assert (left["BackupName"], left["BackupType"]) == ("Things$DeletedTableBackup", "SYSTEM")
    assert left["BackupExpiryDateTime"] == START + 35 * DAY
    restored(service, left["BackupArn"], "Things")
    settle(service)
    assert contents(service, "Things") == expected
    service.clock.advance(36 * DAY)
    settle(service)
    assert listed(service, BackupType="ALL") == []


def test_the_items_of_a_deleted_table_stay_until_they_are_backed_up_and_no_longer(
    service: Service,
) -> None:
    wrote(service)
    enable(service)
    table = service.database.catalog.get("us-east-1", "Things")
    service.call("DeleteTable", TableName="Things")
    settle(service)
    prefix = keyspace.table_rows(table.id)
    rows = service.wait(service.database.engine.scan(prefix, keyspace.after(prefix), limit=9, max_bytes=999))
    assert rows == []


def test_a_deleted_table_without_recovery_leaves_nothing(service: Service) -> None:
    wrote(service)
    service.call("DeleteTable", TableName="Things")
    settle(service)
    assert listed(service, BackupType="ALL") == []


# ------------------------------------------------------------------ formats

pairs = st.lists(st.tuples(st.binary(max_size=40), st.binary(max_size=80)), min_size=1, max_size=5)


@given(st.lists(pairs, max_size=4))
def test_a_file_holds_the_pages_that_were_packed(given_pages: list[list[tuple[bytes, bytes]]]) -> None:
    assert list(pages.unpack(pages.pack(given_pages))) == given_pages


def test_a_foreign_file_is_not_a_backup() -> None:
    with pytest.raises(pages.NotABackup):
        list(pages.unpack(b"something else"))


def test_a_backup_descriptor_comes_back_as_it_was(service: Service) -> None:
    wrote(service)
    back_up(service)
    settle(service)
    (found,) = service.wait(descriptors.of_region(service.database.engine, "us-east-1"))
    assert found.files
    assert descriptors.decode(descriptors.encode(found)) == found
