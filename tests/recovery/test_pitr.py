"""Any second of the recovery period can be had back, as a new table."""

import asyncio
import math
import random
from pathlib import Path
from typing import Any

import pytest

from dynalite.jobs import restoring, retention
from dynalite.settings import Settings
from dynalite.storage import keyspace
from tests.operations.service import START, THINGS, Service, item, with_tables
from tests.recovery.recording import (
    INDEXES,
    Writer,
    check_indexes,
    contents,
    describe,
    disable,
    enable,
    restore,
    settle,
    window,
)

DAY = 86_400.0


# ------------------------------------------------------------------ the window


def test_recovery_is_disabled_until_somebody_enables_it(service: Service) -> None:
    assert window(service) == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_the_window_opens_when_recovery_is_enabled_and_grows_with_time(service: Service) -> None:
    assert enable(service) == {
        "PointInTimeRecoveryStatus": "ENABLED",
        "RecoveryPeriodInDays": 35,
        "EarliestRestorableDateTime": START,
        "LatestRestorableDateTime": START,
    }
    service.clock.advance(100)
    assert window(service)["EarliestRestorableDateTime"] == START
    assert window(service)["LatestRestorableDateTime"] == START + 100


def test_the_window_is_as_long_as_the_period(service: Service) -> None:
    enable(service, RecoveryPeriodInDays=2)
    service.clock.advance(5 * DAY)
    assert window(service)["EarliestRestorableDateTime"] == START + 3 * DAY


def test_enabling_again_changes_the_period_and_keeps_the_window(service: Service) -> None:
    enable(service)
    service.clock.advance(60)
    found = enable(service, RecoveryPeriodInDays=7)
    assert (found["RecoveryPeriodInDays"], found["EarliestRestorableDateTime"]) == (7, START)


def test_enabling_again_without_a_period_sets_the_default_one(service: Service) -> None:
    enable(service, RecoveryPeriodInDays=7)
    assert enable(service)["RecoveryPeriodInDays"] == 35


def test_disabling_and_enabling_begins_a_new_window(service: Service) -> None:
    enable(service)
    assert disable(service) == {"PointInTimeRecoveryStatus": "DISABLED"}
    service.clock.advance(60)
    assert enable(service)["EarliestRestorableDateTime"] == START + 60


def test_the_latest_time_lags_as_far_as_the_server_is_set_to() -> None:
    service = with_tables(Service(Settings(pitr_lag_seconds=300)))
    enable(service)
    service.clock.advance(1000)
    assert window(service)["LatestRestorableDateTime"] == START + 700
    assert restore(service)["RestoreSummary"]["RestoreDateTime"] == START + 700
    service.close()


@pytest.mark.parametrize("later", [0.0, 0.0004, 0.0006, 0.3, 0.7, 1.0, 1.0006, 5.0])
def test_the_latest_time_of_a_window_lay_in_the_future(service: Service, later: float) -> None:
    service.clock.advance(0.7006)
    enable(service)
    service.clock.advance(later)
    found, now = window(service), service.clock.now()
    assert START + 0.7 < found["EarliestRestorableDateTime"] <= found["LatestRestorableDateTime"] <= now
    assert now - found["LatestRestorableDateTime"] < 0.0011
    restore(service, found["EarliestRestorableDateTime"], "Back")
    restore(service, found["LatestRestorableDateTime"], "Again")
    restore(service, START, "As-SDKs-send-it")
    service.clock.advance(1)
    restore(service, found["EarliestRestorableDateTime"], "Back-later")
    restore(service, int(found["EarliestRestorableDateTime"] * 1000) / 1000, "Again-later")
    error = service.refused(
        "RestoreTableToPointInTime",
        SourceTableName="Things",
        TargetTableName="Never",
        RestoreDateTime=float(int(service.clock.now()) + 1),
    )
    assert error.code == "InvalidRestoreTimeException"


def test_the_second_in_which_recovery_was_enabled_is_refused_once_it_is_trimmed(service: Service) -> None:
    service.clock.advance(0.7)
    enable(service, RecoveryPeriodInDays=1)
    service.clock.advance(1.1 * DAY)
    error = service.refused(
        "RestoreTableToPointInTime",
        SourceTableName="Things",
        TargetTableName="Never",
        RestoreDateTime=START,
    )
    assert error.code == "InvalidRestoreTimeException"


def test_a_table_that_is_not_there(service: Service) -> None:
    error = service.refused("DescribeContinuousBackups", TableName="Nowhere")
    assert (error.code, error.message) == ("TableNotFoundException", "Table not found: Nowhere")


def test_what_has_been_trimmed_does_not_come_back_with_a_longer_period(service: Service) -> None:
    enable(service, RecoveryPeriodInDays=1)
    service.put(item(pk="p", sk=1))
    service.clock.advance(3 * DAY)
    settle(service)
    assert enable(service, RecoveryPeriodInDays=35)["EarliestRestorableDateTime"] >= START
    service.put(item(pk="p", sk=2))
    service.clock.advance(60)
    service.clock.advance(-3 * DAY)
    earliest = window(service)["EarliestRestorableDateTime"]
    assert earliest == START


# ------------------------------------------------------------------ what is restored


def test_a_restored_table_is_like_its_source(service: Service) -> None:
    enable(service)
    service.put(item(pk="p", sk=1, kind="k", when="w", size=3, colour="red"))
    answer = restore(service)
    assert answer["TableStatus"] == "CREATING"
    assert answer["RestoreSummary"] == {
        "SourceTableArn": describe(service, "Things")["TableArn"],
        "RestoreDateTime": START,
        "RestoreInProgress": True,
    }
    settle(service)
    made, source = describe(service), describe(service, "Things")
    assert made["TableStatus"] == "ACTIVE"
    assert made["RestoreSummary"]["RestoreInProgress"] is False
    for member in ("KeySchema", "AttributeDefinitions", "ItemCount", "TableSizeBytes"):
        assert made[member] == source[member]
    assert made["TableId"] != source["TableId"]
    assert contents(service, "Back") == contents(service, "Things")
    for index in INDEXES:
        assert contents(service, "Back", index) == contents(service, "Things", index)


def test_the_table_cannot_be_read_before_it_is_complete(service: Service) -> None:
    enable(service)
    restore(service)
    error = service.refused("Scan", TableName="Back")
    assert error.code == "ResourceNotFoundException"
    assert service.refused("DeleteTable", TableName="Back").code == "ResourceInUseException"


def test_what_the_service_does_not_carry_over(service: Service) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    service.call("UpdateTable", TableName="Things", DeletionProtectionEnabled=True)
    service.call("UpdateTable", TableName="Things", StreamSpecification=stream)
    arn = describe(service, "Things")["TableArn"]
    service.call("TagResource", ResourceArn=arn, Tags=[{"Key": "k", "Value": "v"}])
    service.call(
        "UpdateTimeToLive",
        TableName="Things",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
    )
    settle(service)
    enable(service)
    restore(service)
    settle(service)
    made = describe(service)
    assert "StreamSpecification" not in made
    assert made["DeletionProtectionEnabled"] is False
    assert service.call("ListTagsOfResource", ResourceArn=made["TableArn"])["Tags"] == []
    ttl = service.call("DescribeTimeToLive", TableName="Back")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "DISABLED"}
    assert window(service, "Back") == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_the_state_at_a_second_holds_what_was_written_within_it_and_nothing_later(service: Service) -> None:
    enable(service)
    service.put(item(pk="p", sk=1, colour="red"))
    service.clock.advance(1)
    service.put(item(pk="p", sk=1, colour="green"))
    service.clock.advance(0.5)
    service.put(item(pk="p", sk=1, colour="blue"))
    service.clock.advance(10)
    for at, colour in ((START, "red"), (START + 1, "green"), (START + 2, "blue")):
        restore(service, at, f"Back-{colour}")
        settle(service)
        assert service.get(f"Back-{colour}", pk="p", sk=1) == item(pk="p", sk=1, colour=colour)


def test_a_deleted_item_is_there_again(service: Service) -> None:
    service.put(item(pk="before", sk=1))
    enable(service)
    service.clock.advance(1)
    service.call("DeleteItem", TableName="Things", Key=item(pk="before", sk=1))
    service.put(item(pk="after", sk=1))
    restore(service, START)
    settle(service)
    assert service.get("Back", pk="before", sk=1) == item(pk="before", sk=1)
    assert service.get("Back", pk="after", sk=1) is None


def test_an_expired_item_is_there_again(service: Service) -> None:
    service.call(
        "UpdateTimeToLive",
        TableName="Things",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"},
    )
    settle(service)
    enable(service)
    service.put(item(pk="p", sk=1, ttl=int(START) + 10))
    service.clock.advance(60)
    settle(service)
    assert service.get(pk="p", sk=1) is None
    restore(service, START + 5)
    settle(service)
    assert service.get("Back", pk="p", sk=1) == item(pk="p", sk=1, ttl=int(START) + 10)


# ------------------------------------------------------------------ overrides


def test_indexes_may_be_left_out(service: Service) -> None:
    enable(service)
    service.put(item(pk="p", sk=1, kind="k", when="w"))
    kept = [index for index in THINGS["GlobalSecondaryIndexes"] if index["IndexName"] == "by-kind"]
    restore(service, GlobalSecondaryIndexOverride=kept, LocalSecondaryIndexOverride=[])
    settle(service)
    made = describe(service)
    assert [index["IndexName"] for index in made["GlobalSecondaryIndexes"]] == ["by-kind"]
    assert "LocalSecondaryIndexes" not in made
    assert {one["AttributeName"] for one in made["AttributeDefinitions"]} == {"pk", "sk", "kind"}
    assert contents(service, "Back", "by-kind") == contents(service, "Things", "by-kind")


def test_indexes_may_not_be_added_or_changed(service: Service) -> None:
    enable(service)
    index: dict[str, Any] = THINGS["GlobalSecondaryIndexes"][0]
    for wrong in (index | {"IndexName": "new"}, index | {"Projection": {"ProjectionType": "ALL"}}):
        error = service.refused(
            "RestoreTableToPointInTime",
            SourceTableName="Things",
            TargetTableName="Back",
            UseLatestRestorableTime=True,
            GlobalSecondaryIndexOverride=[wrong],
        )
        assert error.code == "ValidationException"


def test_an_index_is_not_restored_with_warm_throughput_of_its_own(service: Service) -> None:
    enable(service)
    warm = {"WarmThroughput": {"ReadUnitsPerSecond": 20_000}}
    error = service.refused(
        "RestoreTableToPointInTime",
        SourceTableName="Things",
        TargetTableName="Back",
        UseLatestRestorableTime=True,
        GlobalSecondaryIndexOverride=[index | warm for index in THINGS["GlobalSecondaryIndexes"]],
    )
    assert (error.code, error.message) == (
        "ValidationException",
        "WarmThroughput cannot be specified in a GlobalSecondaryIndexOverride. Index: by-kind",
    )


def test_billing_and_encryption_may_be_others(service: Service) -> None:
    enable(service)
    units = {"ReadCapacityUnits": 7, "WriteCapacityUnits": 8}
    indexes = [index | {"ProvisionedThroughput": units} for index in THINGS["GlobalSecondaryIndexes"]]
    restore(
        service,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=units,
        GlobalSecondaryIndexOverride=indexes,
        SSESpecificationOverride={"Enabled": True, "SSEType": "KMS"},
    )
    settle(service)
    made = describe(service)
    assert made["ProvisionedThroughput"]["ReadCapacityUnits"] == 7
    assert "BillingModeSummary" not in made
    assert made["SSEDescription"]["Status"] == "ENABLED"


def test_the_source_may_be_named_by_its_arn(service: Service) -> None:
    enable(service)
    arn = describe(service, "Things")["TableArn"]
    service.call(
        "RestoreTableToPointInTime",
        SourceTableArn=arn,
        TargetTableName="Back",
        UseLatestRestorableTime=True,
    )
    settle(service)
    assert describe(service)["RestoreSummary"]["SourceTableArn"] == arn


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize("away", [-1.0, 11.0])
def test_a_time_outside_the_window(service: Service, away: float) -> None:
    enable(service)
    service.clock.advance(10)
    error = service.refused(
        "RestoreTableToPointInTime",
        SourceTableName="Things",
        TargetTableName="Back",
        RestoreDateTime=START + away,
    )
    assert error.code == "InvalidRestoreTimeException"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"SourceTableName": "Plain"}, "PointInTimeRecoveryUnavailableException"),
        ({"SourceTableName": "Nowhere"}, "TableNotFoundException"),
        ({"TargetTableName": "Plain"}, "TableAlreadyExistsException"),
        ({"RestoreDateTime": START}, "ValidationException"),
        ({"SourceTableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Things"}, "ValidationException"),
    ],
)
def test_what_cannot_be_restored(service: Service, members: dict[str, Any], code: str) -> None:
    enable(service)
    request = {
        "SourceTableName": "Things",
        "TargetTableName": "Back",
        "UseLatestRestorableTime": True,
    } | members
    assert service.refused("RestoreTableToPointInTime", **request).code == code


def test_a_table_that_comes_or_goes_is_in_use_as_a_target() -> None:
    service = with_tables(Service(Settings(transition_seconds=60)))
    service.clock.advance(60)
    enable(service)
    restore(service)
    request = {"SourceTableName": "Things", "TargetTableName": "Back", "UseLatestRestorableTime": True}
    assert service.refused("RestoreTableToPointInTime", **request).code == "TableInUseException"
    service.call("DeleteTable", TableName="Plain")
    request["TargetTableName"] = "Plain"
    error = service.refused("RestoreTableToPointInTime", **request)
    assert (error.code, error.message) == ("TableInUseException", "Table is being deleted: Plain")
    service.close()


# ------------------------------------------------------------------ the oracle


@pytest.mark.parametrize("engine", ["memory", "leveldb"])
def test_every_recorded_second_can_be_had_back(engine: str, tmp_path: Path) -> None:
    """Under writes of every kind and while the restores are running, across restarts, TTL deletions, a stream
    that comes and goes, an index that goes, shards that roll, and a clock that jumps by hours.
    """
    folder = tmp_path / "data" if engine == "leveldb" else None
    service = with_tables(Service(Settings(data_folder=folder, durability="os", ttl_delay_seconds=0)))
    writer, chance = Writer(1), random.Random(2)
    ttl = {"Enabled": True, "AttributeName": "ttl"}
    service.call("UpdateTimeToLive", TableName="Things", TimeToLiveSpecification=ttl)
    settle(service)
    for _ in range(30):
        writer.write(service)
    enable(service)
    recorded = {}
    for number in range(80):
        for _ in range(3):
            service.clock.advance(chance.random() / 4)
            writer.write(service)
        if number in _CHANGES:
            service.call("UpdateTable", TableName="Things", **_CHANGES[number])
        service.clock.advance(chance.choice((1, 1, 1, 20, 3 * 3600)))
        settle(service)
        service.clock.set(math.ceil(service.clock.now()))
        recorded[service.clock.now()] = contents(service, "Things")
        if folder is not None and chance.random() < 0.1:
            service = service.reopened()
    assert len(service.database.catalog.get("us-east-1", "Things").shards) > 20
    service.clock.advance(1)
    for number, at in enumerate(chance.sample(sorted(recorded), 15)):
        target = f"Back-{number}"
        restore(service, at, target)
        for _ in range(3):  # the source takes writes between any two steps
            service.wait(restoring.step(service.database.context("")))
            writer.write(service)
            service.clock.advance(1)
        if folder is not None and number % 3 == 0:
            service = service.reopened()
        settle(service)
        assert contents(service, target) == recorded[at]
        check_indexes(service, target, ("by-when", "by-kind"))
    service.close()


_CHANGES: dict[int, dict[str, Any]] = {
    20: {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}},
    40: {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "by-size"}}]},
    55: {"StreamSpecification": {"StreamEnabled": False}},
}


# ------------------------------------------------------------------ the source goes on living


def test_a_stream_of_a_table_with_recovery_loses_records_after_a_day_as_always(service: Service) -> None:
    stream = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    service.call("UpdateTable", TableName="Things", StreamSpecification=stream)
    settle(service)
    enable(service)
    service.put(item(pk="old", sk=1))
    service.clock.advance(2 * DAY)
    settle(service)
    service.put(item(pk="new", sk=1))
    settle(service)
    assert _stream_keys(service) == ["new"]
    service.clock.advance(2 * DAY)
    settle(service)
    assert _stream_keys(service) == []
    restore(service, START)
    settle(service)
    assert len(contents(service, "Back")) == 1


def _stream_keys(service: Service) -> list[str]:
    arn = describe(service, "Things")["LatestStreamArn"]
    shards = service.call("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]
    assert len(shards) <= 8
    found = []
    for shard in shards:
        place = service.call(
            "GetShardIterator",
            StreamArn=arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="TRIM_HORIZON",
        )["ShardIterator"]
        records = service.call("GetRecords", ShardIterator=place)["Records"]
        found += [record["dynamodb"]["Keys"]["pk"]["S"] for record in records]
    return found


def test_the_log_is_trimmed_behind_the_period(service: Service) -> None:
    enable(service, RecoveryPeriodInDays=3)
    for number in range(10):
        service.put(item(pk=f"p{number}", sk=1))
        service.clock.advance(DAY)
        settle(service)
    table = service.database.catalog.get("us-east-1", "Things")
    prefix = keyspace.LOG + table.id.to_bytes(4, "big")
    rows = service.wait(
        service.database.engine.scan(prefix, keyspace.after(prefix), limit=100, max_bytes=1 << 20)
    )
    assert len(rows) == 2
    restore(service, START + 7 * DAY)
    settle(service)
    assert len(contents(service, "Back")) == 8


def test_a_restore_keeps_the_log_that_it_needs(service: Service) -> None:
    enable(service, RecoveryPeriodInDays=1)
    service.put(item(pk="p", sk=1, colour="red"))
    service.clock.advance(60)
    service.put(item(pk="p", sk=1, colour="blue"))
    restore(service, START)
    service.clock.advance(10 * DAY)
    service.wait(retention.step(service.database.context("")))
    assert (
        service.refused(
            "UpdateContinuousBackups",
            TableName="Things",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
        ).code
        == "ContinuousBackupsUnavailableException"
    )
    settle(service)
    assert service.get("Back", pk="p", sk=1) == item(pk="p", sk=1, colour="red")


def test_the_source_may_be_deleted_before_the_restore_is_done(service: Service) -> None:
    enable(service)
    service.put(*(item(pk=f"p{number}", sk=1) for number in range(20)))
    service.clock.advance(1)
    service.put(item(pk="later", sk=1))
    restore(service, START)
    service.call("DeleteTable", TableName="Things")
    service.clock.advance(3 * DAY)
    settle(service)
    assert len(contents(service, "Back")) == 20


def test_where_the_clock_was_set_back_it_is_the_state_at_its_last_time(service: Service) -> None:
    enable(service)
    service.clock.advance(100)
    service.put(item(pk="before the clock was set back", sk=1))
    service.clock.set(START + 50)
    service.put(item(pk="afterwards", sk=1))
    service.clock.set(START + 70)
    service.put(item(pk="later", sk=1))
    restore(service, START + 60)
    settle(service)
    assert len(contents(service, "Back")) == 2
    assert service.get("Back", pk="later", sk=1) is None


def test_a_restore_while_many_writers_are_at_work(tmp_path: Path) -> None:
    """With every write synced, so that writes are in flight around each step of the restore."""
    service = with_tables(Service(Settings(data_folder=tmp_path / "data", durability="fsync")))
    enable(service)
    writer = Writer(5)
    for _ in range(40):
        writer.write(service)
    expected = contents(service, "Things")
    service.clock.advance(1)
    restore(service, START)
    service.wait(_all_at_once(service))
    settle(service)
    assert contents(service, "Back") == expected
    assert contents(service, "Things") != expected
    check_indexes(service, "Back")
    service.close()


async def _all_at_once(service: Service) -> None:
    async def put(number: int) -> None:
        for round_ in range(10):
            one = item(pk=f"p{number % 5}", sk=number % 4, kind="k", n=round_)
            await service.ask("PutItem", {"TableName": "Things", "Item": one})

    async def work() -> None:
        for _ in range(30):
            await restoring.step(service.database.context(""))
            await asyncio.sleep(0)

    await asyncio.gather(work(), *(put(number) for number in range(20)))
