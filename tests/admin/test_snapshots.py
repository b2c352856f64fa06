"""Snapshots of a whole database: what goes back, what does not, and what may go on meanwhile."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from dynalite.errors import ResourceNotFoundException
from dynalite.snapshots import NoSuchSnapshot
from tests.operations.service import Service, durable, in_folder, in_memory, item

KINDS = {
    "memory": lambda folder: in_memory(),
    "leveldb": in_folder,
    "leveldb-fsync": durable,
}
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    opened = KINDS[request.param](tmp_path / "data")
    yield opened
    opened.close()


def names(service: Service) -> list[str]:
    found: list[str] = service.call("ListTables")["TableNames"]
    return found


def take(service: Service, name: str) -> None:
    service.database.snapshots.take(name)


def restore(service: Service, name: str) -> None:
    service.wait(service.database.snapshots.restore(name))


def new_table(service: Service, name: str, **members: object) -> None:
    keys = [{"AttributeName": "id", "KeyType": "HASH"}]
    types = [{"AttributeName": "id", "AttributeType": "S"}]
    service.call(
        "CreateTable",
        TableName=name,
        KeySchema=keys,
        AttributeDefinitions=types,
        BillingMode="PAY_PER_REQUEST",
        **members,
    )


def test_items_indexes_and_counts_go_back(service: Service) -> None:
    service.put(item(pk="a", sk=1, kind="bird"), item(pk="a", sk=2, kind="bird"))
    take(service, "two")
    service.put(item(pk="a", sk=1, kind="fish"), item(pk="a", sk=3, kind="bird"))
    service.call("DeleteItem", TableName="Things", Key=item(pk="a", sk=2))
    restore(service, "two")
    birds = service.call(
        "Query",
        TableName="Things",
        IndexName="by-kind",
        KeyConditionExpression="kind = :bird",
        ExpressionAttributeValues=item(**{":bird": "bird"}),
    )
    assert birds["Count"] == 2
    assert service.call("DescribeTable", TableName="Things")["Table"]["ItemCount"] == 2
    assert service.get(pk="a", sk=3) is None


def test_tables_go_back_even_when_their_rows_were_being_deleted(service: Service) -> None:
    service.put(*(item(pk="a", sk=number) for number in range(50)))
    take(service, "full")
    service.call("DeleteTable", TableName="Things")
    service.wait(service.database.until_idle())
    new_table(service, "Other")
    restore(service, "full")
    service.wait(service.database.until_idle())
    assert names(service) == ["Plain", "Things"]
    assert service.call("Scan", TableName="Things", Select="COUNT")["Count"] == 50


def test_a_table_made_after_a_restore_shares_nothing_with_one_made_before(service: Service) -> None:
    take(service, "none")
    new_table(service, "Same")
    before = service.database.catalog.get("us-east-1", "Same").id
    restore(service, "none")
    new_table(service, "Same")
    assert service.database.catalog.get("us-east-1", "Same").id > before
    assert service.call("Scan", TableName="Same")["Items"] == []


def test_an_idempotency_token_is_forgotten_with_its_transaction(service: Service) -> None:
    take(service, "before")
    new = {"TableName": "Plain", "Item": item(id="a"), "ConditionExpression": "attribute_not_exists(id)"}
    put = {"Put": new}
    for _ in range(2):
        service.call("TransactWriteItems", TransactItems=[put], ClientRequestToken="token")
        restore(service, "before")
        assert service.get("Plain", id="a") is None
        service.call("TransactWriteItems", TransactItems=[put], ClientRequestToken="token")
        assert service.get("Plain", id="a") is not None
        restore(service, "before")


def test_a_stream_holds_what_it_held(service: Service) -> None:
    new_table(service, "Watched", StreamSpecification=STREAM)
    service.put(item(id="a"), table="Watched")
    take(service, "one record")
    service.put(item(id="b"), item(id="c"), table="Watched")
    restore(service, "one record")
    service.put(item(id="d"), table="Watched")
    assert stream(service, "Watched") == ["a", "d"]


def stream(service: Service, table: str) -> list[str]:
    """The keys in a table's stream, sorted."""
    arn = service.call("DescribeTable", TableName=table)["Table"]["LatestStreamArn"]
    found = []
    for shard in service.call("DescribeStream", StreamArn=arn)["StreamDescription"]["Shards"]:
        place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = service.call("GetShardIterator", **place)["ShardIterator"]
        found += service.call("GetRecords", ShardIterator=iterator)["Records"]
    return sorted(record["dynamodb"]["Keys"]["id"]["S"] for record in found)


def test_the_clock_stays_where_it_is(service: Service) -> None:
    take(service, "now")
    service.clock.advance(3600)
    later = service.clock.now()
    restore(service, "now")
    assert service.clock.now() == later


def test_writes_of_others_go_on_during_a_restore(service: Service) -> None:
    """Each is in the one time or in the other: an item that stayed is readable and counted once."""
    service.put(*(item(id=f"old{number}") for number in range(20)), table="Plain")
    take(service, "old")

    async def busy() -> None:
        puts = [
            service.ask("PutItem", {"TableName": "Plain", "Item": item(id=f"new{number}")})
            for number in range(40)
        ]
        await asyncio.gather(*puts[:20], service.database.snapshots.restore("old"), *puts[20:])

    service.wait(busy())
    count = service.call("Scan", TableName="Plain", Select="COUNT")["Count"]
    assert 20 <= count <= 60
    assert service.call("DescribeTable", TableName="Plain")["Table"]["ItemCount"] == count


def test_a_reset_leaves_nothing(service: Service) -> None:
    new_table(service, "Watched", StreamSpecification=STREAM)
    service.put(item(id="a"), table="Watched")
    service.put(item(id="a"), table="Plain")
    service.call("DeleteTable", TableName="Watched")
    service.wait(service.database.snapshots.reset())
    assert names(service) == []
    assert service.call("ListStreams")["Streams"] == []
    system_ends = b"\x02"
    assert service.wait(service.database.engine.scan(system_ends, b"\xff", limit=10, max_bytes=1000)) == []
    new_table(service, "Plain")
    assert service.call("Scan", TableName="Plain")["Items"] == []


def test_one_can_go_back_from_a_reset(service: Service) -> None:
    service.put(item(id="a"), table="Plain")
    take(service, "before")
    service.wait(service.database.snapshots.reset())
    refused = service.refused("GetItem", TableName="Plain", Key=item(id="a"))
    assert isinstance(refused, ResourceNotFoundException)
    restore(service, "before")
    assert service.get("Plain", id="a") is not None


def test_snapshots_are_known_by_their_names(service: Service) -> None:
    snapshots = service.database.snapshots
    take(service, "a")
    service.put(item(id="a"), table="Plain")
    take(service, "b")
    take(service, "a")
    assert [(one.name, one.tables, one.taken_at) for one in snapshots.all()] == [
        ("b", 2, service.clock.now()),
        ("a", 2, service.clock.now()),
    ]
    restore(service, "a")
    assert service.get("Plain", id="a") is not None
    snapshots.remove("a")
    with pytest.raises(NoSuchSnapshot):
        restore(service, "a")
    with pytest.raises(NoSuchSnapshot):
        snapshots.remove("a")


def test_whoever_caches_is_told(service: Service) -> None:
    told: list[str] = []

    async def listener() -> None:
        told.append("rewound")

    service.database.snapshots.rewound.append(listener)
    take(service, "a")
    restore(service, "a")
    service.wait(service.database.snapshots.reset())
    assert told == ["rewound"] * 2


# ------------------------------------------------------------------ backups


def back_up(service: Service, name: str) -> str:
    arn: str = service.call("CreateBackup", TableName="Plain", BackupName=name)["BackupDetails"]["BackupArn"]
    service.wait(service.database.until_idle())
    return arn


def backup_names(service: Service) -> list[str]:
    summaries = service.call("ListBackups")["BackupSummaries"]
    return [one["BackupName"] for one in summaries]


def load(service: Service, arn: str, target: str) -> dict[str, object] | None:
    """Restore a backup and read the one item that is in it."""
    service.call("RestoreTableFromBackup", BackupArn=arn, TargetTableName=target)
    service.wait(service.database.until_idle())
    return service.get(target, id="a")


def files(service: Service) -> int:
    """How many files of backups there are on the disk."""
    folder = service.settings.data_folder
    return 0 if folder is None else sum(path.is_file() for path in (folder / "backups").rglob("*"))


def test_a_backup_that_was_deleted_since_can_be_restored_again(service: Service) -> None:
    service.put(item(id="a"), table="Plain")
    arn = back_up(service, "kept")
    take(service, "with it")
    service.call("DeleteBackup", BackupArn=arn)
    service.wait(service.database.until_idle())
    assert backup_names(service) == []
    restore(service, "with it")
    assert backup_names(service) == ["kept"]
    assert load(service, arn, "Back") == item(id="a")


def test_a_backup_that_was_made_since_leaves_no_files(service: Service) -> None:
    service.put(item(id="a"), table="Plain")
    take(service, "before")
    back_up(service, "later")
    assert files(service) == (service.settings.data_folder is not None)
    restore(service, "before")
    service.wait(service.database.until_idle())
    assert backup_names(service) == []
    service.database.snapshots.remove("before")
    service.wait(service.database.until_idle())
    assert files(service) == 0


def test_one_can_go_to_and_fro_over_the_making_and_the_deletion_of_a_backup(service: Service) -> None:
    service.put(item(id="a"), table="Plain")
    take(service, "before")
    arn = back_up(service, "here")
    take(service, "with it")
    service.call("DeleteBackup", BackupArn=arn)
    take(service, "after")
    for number, (moment, expected) in enumerate(
        [("before", []), ("with it", ["here"]), ("after", []), ("before", []), ("with it", ["here"])]
    ):
        restore(service, moment)
        service.wait(service.database.until_idle())
        assert backup_names(service) == expected
        if expected:
            assert load(service, arn, f"Back-{number}") == item(id="a")
    for moment in ("before", "with it", "after"):
        service.database.snapshots.remove(moment)
    service.call("DeleteBackup", BackupArn=arn)
    service.wait(service.database.until_idle())
    assert files(service) == 0


def test_an_empty_database_keeps_no_backups_files(service: Service) -> None:
    back_up(service, "gone")
    service.wait(service.database.snapshots.reset())
    service.wait(service.database.until_idle())
    assert files(service) == 0


def test_a_backup_that_is_being_made_is_let_go_of(service: Service) -> None:
    take(service, "before")
    service.call("CreateBackup", TableName="Plain", BackupName="halfway")
    assert service.database.vault.snapshots
    restore(service, "before")
    assert not service.database.vault.snapshots
    service.wait(service.database.until_idle())
    assert backup_names(service) == []


# ------------------------------------------------------------------ marks


def test_a_mark_takes_back_what_was_done_to_the_database_and_to_its_snapshots(service: Service) -> None:
    snapshots = service.database.snapshots
    take(service, "kept")
    take(service, "replaced")
    mark = snapshots.mark()
    service.put(item(pk="a", sk=1))
    take(service, "replaced")
    take(service, "new")
    snapshots.remove("kept")
    service.wait(snapshots.undo(mark))
    assert [snapshot.name for snapshot in snapshots.all()] == ["kept", "replaced"]
    assert service.call("Scan", TableName="Things")["Count"] == 0
    service.put(item(pk="a", sk=2))
    restore(service, "replaced")
    assert service.call("Scan", TableName="Things")["Count"] == 0


def test_marks_nest(service: Service) -> None:
    snapshots = service.database.snapshots
    outer = snapshots.mark()
    new_table(service, "Outer")
    take(service, "outer")
    inner = snapshots.mark()
    new_table(service, "Inner")
    snapshots.remove("outer")
    service.wait(snapshots.undo(inner))
    assert names(service) == ["Outer", "Plain", "Things"]
    service.wait(snapshots.undo(outer))
    assert names(service) == ["Plain", "Things"]
    assert snapshots.all() == []


def test_a_backup_that_was_deleted_under_a_mark_is_whole_again(service: Service) -> None:
    service.put(item(id="a"), table="Plain")
    arn = back_up(service, "kept")
    mark = service.database.snapshots.mark()
    service.call("DeleteBackup", BackupArn=arn)
    service.wait(service.database.until_idle())
    service.wait(service.database.snapshots.undo(mark))
    assert load(service, arn, "Again") == item(id="a")
