"""Several servers on one store: each acts on tables as they are, and what is done for all is done once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from dynalite.checking.offline import check_folder
from dynalite.database import Database
from dynalite.errors import (
    ConditionalCheckFailedException,
    InternalServerError,
    ResourceInUseException,
    ResourceNotFoundException,
    ServiceError,
    ValidationException,
)
from dynalite.jobs.runner import Retries
from dynalite.settings import Settings
from dynalite.sharing import OthersWork
from dynalite.storage.engine import Batch
from dynalite.storage.fence import Fenced
from dynalite.storage.postgres.engine import PostgresEngine
from server import metrics
from server.admin import snapshots
from server.admin.endpoint import Admin, Refusal, Run
from server.autoscaling import AutoScaling
from server.triggers.collection import Triggers
from tests.scaling.conftest import Servers
from tests.scaling.requests import CALLER, TABLE, ask, get, item, make_table, put
from tests.storage.scenarios import on_loop

STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}}


class TestTables:
    @on_loop
    async def test_a_table_that_one_has_made_is_there_for_the_other(self, servers: Servers) -> None:
        async with servers(2) as (one, other):
            await make_table(one)
            await put(other, "a")
            assert await get(one, "a") == item("a")
            assert (await ask(other, "ListTables"))["TableNames"] == [TABLE]

    @on_loop
    async def test_a_table_that_one_has_deleted_is_gone_for_the_other(self, servers: Servers) -> None:
        async with servers(2) as (one, other):
            await make_table(one)
            await put(other, "a")
            await ask(one, "DeleteTable")
            for operation, members in (
                ("PutItem", {"Item": item("b")}),
                ("GetItem", {"Key": item("a")}),
                ("Scan", {}),
                ("DescribeTable", {}),
            ):
                with pytest.raises(ResourceNotFoundException):
                    await ask(other, operation, **members)

    @on_loop
    async def test_a_table_made_again_with_another_key_is_met_as_it_is_now(self, servers: Servers) -> None:
        async with servers(2) as (one, other):
            await make_table(one)
            await put(other, "a")
            await ask(one, "DeleteTable")
            await make_table(one, "name")
            with pytest.raises(ValidationException):
                await put(other, "a")
            await ask(other, "PutItem", Item={"name": {"S": "a"}})
            assert (await ask(one, "Scan"))["Items"] == [{"name": {"S": "a"}}]

    @on_loop
    async def test_a_batch_of_statements_knows_a_table_that_was_just_made(self, servers: Servers) -> None:
        """Its errors are in its answer, so nothing told that it should have been run again."""
        async with servers(2) as (one, other):
            await make_table(one)
            statement = {"Statement": f"INSERT INTO \"{TABLE}\" VALUE {{'id': 'a'}}"}
            answer = await ask(other, "BatchExecuteStatement", Statements=[statement])
            assert "Error" not in answer["Responses"][0]
            assert await get(one, "a") == item("a")

    @on_loop
    async def test_of_several_that_make_the_same_table_one_does(self, servers: Servers) -> None:
        async with servers(3) as databases:
            outcomes = await asyncio.gather(*map(make_table, databases), return_exceptions=True)
            assert outcomes.count(None) == 1
            assert sum(isinstance(outcome, ResourceInUseException) for outcome in outcomes) == 2

    @on_loop
    async def test_a_write_that_was_decided_with_tables_of_before_is_not_written(
        self, servers: Servers
    ) -> None:
        async with servers(2) as (one, other):
            await make_table(one)
            await put(other, "a")
            outdated = other.context("us-east-1", "PutItem")
            await ask(one, "TagResource", ResourceArn=_arn(one), Tags=[{"Key": "k", "Value": "v"}])
            table = outdated.catalog.get("us-east-1", TABLE)
            items = table.items_prefix
            batch = Batch()
            batch.put(items + b"x", b"never")
            with pytest.raises(Fenced):
                await other.engine.update((), lambda _: (None, batch))
            with pytest.raises(Fenced):
                await other.engine.read([items + b"x"])
            with pytest.raises(Fenced):
                await other.engine.scan(items, items + b"\xff", limit=1, max_bytes=1)
            await put(other, "b")
            assert (await ask(one, "Scan", Select="COUNT"))["Count"] == 2

    @on_loop
    async def test_an_index_that_one_adds_misses_nothing_that_the_others_write(
        self, servers: Servers
    ) -> None:
        async with servers(3) as (one, *others):
            await make_table(one)
            done = False
            written = 0

            async def write(number: int, database: Database) -> None:
                nonlocal written
                while not done:
                    written += 1
                    await put(database, f"{number}.{written}", kind={"S": "k"})

            writing = asyncio.gather(*(write(number, each) for number, each in enumerate(others)))
            while written < 20:
                await asyncio.sleep(0)
            await ask(one, "UpdateTable", **_index())
            while not await _index_is_active(one):
                await one.tick()
            done = True
            await writing
            answer = await ask(
                others[0],
                "Query",
                IndexName="kinds",
                KeyConditionExpression="kind = :k",
                ExpressionAttributeValues={":k": {"S": "k"}},
                Select="COUNT",
            )
            assert answer["Count"] == (await ask(one, "Scan", Select="COUNT"))["Count"] >= 20
            (described,) = (await ask(others[1], "DescribeTable"))["Table"]["GlobalSecondaryIndexes"]
            assert described["ItemCount"] == answer["Count"]


def _arn(database: Database) -> str:
    return database.catalog.existing("us-east-1", TABLE).arn


def _index() -> dict[str, Any]:
    create = {
        "IndexName": "kinds",
        "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    return {
        "AttributeDefinitions": [
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "kind", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexUpdates": [{"Create": create}],
    }


async def _index_is_active(database: Database) -> bool:
    described = (await ask(database, "DescribeTable"))["Table"]
    return bool(described["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE")


class TestItems:
    @on_loop
    async def test_figures_of_a_table_add_up(self, servers: Servers) -> None:
        async with servers(3) as databases:
            await make_table(databases[0])
            names = [f"{number:03}" for number in range(30)]
            await asyncio.gather(*(put(databases[int(name) % 3], name) for name in names))
            described = (await ask(databases[0], "DescribeTable"))["Table"]
            assert (described["ItemCount"], described["TableSizeBytes"]) == (30, 150)

    @on_loop
    async def test_the_longest_keys_that_there_are_fit_into_the_database(self, servers: Servers) -> None:
        """Zero bytes take two each in a key that keeps the order."""
        async with servers(1) as [database]:
            index = {
                "IndexName": "local",
                "KeySchema": [
                    {"AttributeName": "id", "KeyType": "HASH"},
                    {"AttributeName": "other", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            await make_table(
                database,
                KeySchema=[
                    {"AttributeName": "id", "KeyType": "HASH"},
                    {"AttributeName": "sort", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": "S"} for name in ("id", "sort", "other")
                ],
                LocalSecondaryIndexes=[index],
            )
            longest = item("x" * 2048, sort={"S": "\0" * 1024}, other={"S": "\0" * 1024})
            await ask(database, "PutItem", Item=longest)
            assert (await ask(database, "Scan", IndexName="local"))["Items"] == [longest]

    @on_loop
    async def test_a_condition_is_judged_by_what_the_others_have_written(self, servers: Servers) -> None:
        async with servers(2) as (one, other):
            await make_table(one)
            await put(one, "a")
            with pytest.raises(ConditionalCheckFailedException):
                await ask(other, "PutItem", Item=item("a"), ConditionExpression="attribute_not_exists(id)")

    @on_loop
    async def test_a_transaction_with_a_token_happens_once_wherever_it_is_sent(
        self, servers: Servers
    ) -> None:
        async with servers(3) as databases:
            await make_table(databases[0])
            update = {
                "TableName": TABLE,
                "Key": item("a"),
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
            await asyncio.gather(
                *(
                    ask(
                        each,
                        "TransactWriteItems",
                        TransactItems=[{"Update": update}],
                        ClientRequestToken="the same",
                    )
                    for each in databases
                )
            )
            assert await get(databases[0], "a") == item("a", n={"N": "1"})

    @on_loop
    async def test_the_stream_has_what_all_have_written_in_one_order(self, servers: Servers) -> None:
        async with servers(3) as databases:
            await make_table(databases[0], **STREAM)

            async def grow(database: Database) -> None:
                for _ in range(10):
                    await ask(
                        database,
                        "UpdateItem",
                        Key=item("a"),
                        UpdateExpression="ADD n :one",
                        ExpressionAttributeValues={":one": {"N": "1"}},
                    )

            await asyncio.gather(*map(grow, databases))
            streamed = [await _records(each) for each in databases]
            assert [record["dynamodb"]["NewImage"]["n"]["N"] for record in streamed[0]] == [
                str(number) for number in range(1, 31)
            ]
            assert streamed[0] == streamed[1] == streamed[2]

    @on_loop
    async def test_expired_items_are_deleted_once(self, servers: Servers) -> None:
        async with servers(3) as databases:
            one = databases[0]
            await make_table(one, **STREAM)
            await ask(
                one,
                "UpdateTimeToLive",
                TimeToLiveSpecification={"AttributeName": "ends", "Enabled": True},
            )
            now = int(one.clock.now())
            for number in range(20):
                await put(databases[number % 3], str(number), ends={"N": str(now - 100)})
            await asyncio.gather(*(each.tick() for each in databases for _ in range(3)))
            assert (await ask(one, "Scan"))["Count"] == 0
            removed = [r for r in await _records(one) if r["eventName"] == "REMOVE"]
            assert len(removed) == 20

    @on_loop
    async def test_a_table_is_restored_to_a_second_with_what_all_have_written(self, servers: Servers) -> None:
        async with servers(2) as (one, other):
            await make_table(one)
            await ask(
                one,
                "UpdateContinuousBackups",
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
            )
            one.clock.freeze()
            await put(one, "a", by={"S": "one"})
            await put(other, "b", by={"S": "other"})
            one.clock.advance(10)
            moment = one.clock.now() - 5
            await put(one, "b", by={"S": "one, later"})
            await put(other, "c")
            await ask(
                other,
                "RestoreTableToPointInTime",
                SourceTableName=TABLE,
                TargetTableName="restored",
                RestoreDateTime=moment,
            )
            await one.until_idle()
            restored = (await ask(other, "Scan", TableName="restored"))["Items"]
            assert sorted(restored, key=lambda each: each["id"]["S"]) == [
                item("a", by={"S": "one"}),
                item("b", by={"S": "other"}),
            ]


async def _records(database: Database) -> list[dict[str, Any]]:
    arn = (await ask(database, "DescribeTable"))["Table"]["LatestStreamArn"]
    shards = (await ask(database, "DescribeStream", StreamArn=arn))["StreamDescription"]["Shards"]
    found = []
    for shard in shards:
        place = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = (await ask(database, "GetShardIterator", **place))["ShardIterator"]
        found += (await ask(database, "GetRecords", ShardIterator=iterator))["Records"]
    return found


class TestBackgroundWork:
    @on_loop
    async def test_one_server_at_a_time_has_it_to_do(self, servers: Servers) -> None:
        async with servers(3) as databases:
            at_work = 0
            worked = []

            async def work() -> None:
                nonlocal at_work
                at_work += 1
                assert at_work == 1
                await asyncio.sleep(0)
                worked.append(True)
                at_work -= 1

            for _ in range(5):
                await asyncio.gather(*(_work_if_leading(each, work) for each in databases))
            assert len(worked) == 5

    @on_loop
    async def test_another_takes_over_when_its_lease_is_over_by_the_clock_of_the_database(
        self, servers: Servers, empty_database: str
    ) -> None:
        async with servers(2) as (one, other):
            engines = [each.engine for each in (one, other) if isinstance(each.engine, PostgresEngine)]
            assert [await each.lease("work", 10) for each in engines] == [True, False]
            other.clock.advance(3600)  # what a server thinks of the time does not matter
            assert not await engines[1].lease("work", 10)
            connection = await asyncpg.connect(empty_database)
            await connection.execute("UPDATE dynalite_leases SET until = now() - interval '1 second'")
            await connection.close()
            assert [await each.lease("work", 10) for each in reversed(engines)] == [True, False]

    @on_loop
    async def test_a_server_that_ends_hands_it_over_at_once(self, servers: Servers) -> None:
        async with servers(2) as (one, other):
            worked = []

            async def work() -> None:
                worked.append(True)

            assert await _work_if_leading(one, work)
            assert not await _work_if_leading(other, work)
            with pytest.raises(OthersWork):
                await other.until_idle()
            assert len(worked) == 1
            await one.close()
            await _work_if_leading(other, work)
            assert len(worked) == 2

    @on_loop
    async def test_it_goes_on_after_an_outage_of_the_database(
        self, servers: Servers, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The lease was asked for outside of what is tried again, and its error ended the ticks for good."""
        async with servers(1) as [database]:
            retries = Retries()
            with monkeypatch.context() as outage:
                outage.setattr(PostgresEngine, "lease", _no_answer)
                database.catalog.work.set()
                assert not await database.tick(retries)
                assert not database.catalog.work.is_set(), "or the next tick would come without a pause"
            assert "it is tried again in 1 s" in caplog.text
            assert not await database.tick(retries)
            await asyncio.sleep(1)
            assert await database.tick(retries)

    @on_loop
    async def test_who_ticks_once_is_told_of_an_outage(
        self, servers: Servers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with servers(1) as [database]:
            monkeypatch.setattr(PostgresEngine, "lease", _no_answer)
            with pytest.raises(InternalServerError):
                await database.tick()


async def _work_if_leading(database: Database, work: Callable[[], Awaitable[None]]) -> bool:
    assert database.sharing is not None
    leads = await database.sharing.lead(database.context(""))
    if leads:
        await database.sharing.alone(work)
    return leads


async def _no_answer(*_: object) -> bool:
    raise InternalServerError("The database does not answer.")


REFUSED: list[tuple[str, Mapping[str, Any], str]] = [
    ("CreateBackup", {"BackupName": "backup"}, "one server"),
    (
        "ExportTableToPointInTime",
        {"TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/shared", "S3Bucket": "bucket"},
        "--s3-endpoint",
    ),
    ("UpdateTableReplicaAutoScaling", {}, "one server"),
]


@pytest.mark.parametrize(("operation", "members", "why"), REFUSED)
@on_loop
async def test_what_one_server_cannot_do_for_all_is_refused_with_the_reason(
    servers: Servers, operation: str, members: Mapping[str, Any], why: str
) -> None:
    async with servers(1) as [database]:
        await make_table(database)
        recovery = {"PointInTimeRecoveryEnabled": True}
        await ask(database, "UpdateContinuousBackups", PointInTimeRecoverySpecification=recovery)
        with pytest.raises(ValidationException, match=why):
            await ask(database, operation, **members)


@on_loop
async def test_metrics_say_how_writes_meet_those_of_other_servers(servers: Servers) -> None:
    async with servers(1) as [database]:
        await make_table(database)
        assert database.sharing is not None
        before = database.sharing.contention.commits
        await put(database, "a")
        assert f"\ndynalite_commits_total {before + 1}\n" in metrics.text(database)
        assert "\ndynalite_commit_conflicts_total 0\n" in metrics.text(database)


@pytest.mark.parametrize("change", [snapshots.take, snapshots.reset])
@on_loop
async def test_the_admin_api_takes_no_shared_database_to_another_time(servers: Servers, change: Run) -> None:
    async with servers(1) as [database]:
        with pytest.raises(Refusal, match="Other servers"):
            await change(Admin(database, Triggers(database), "127.0.0.1"), {"name": "mine"})


@on_loop
async def test_auto_scaling_is_refused(servers: Servers) -> None:
    async with servers(1) as [database]:
        with pytest.raises(ServiceError, match="traffic of one server"):
            await AutoScaling(database).execute("DescribeScalableTargets", {}, CALLER)


@on_loop
async def test_a_copy_in_a_data_folder_holds_what_all_have_written(servers: Servers, tmp_path: Path) -> None:
    async with servers(2) as (one, other):
        await make_table(one, **STREAM)
        for number in range(10):
            await put((one, other)[number % 2], str(number))
        await one.copy_to(tmp_path / "copy")
    assert [outcome async for outcome in check_folder(tmp_path / "copy", lambda _: None)] == []
    copied = await Database.open(Settings(data_folder=tmp_path / "copy"))
    described = (await ask(copied, "DescribeTable"))["Table"]
    assert described["ItemCount"] == (await ask(copied, "Scan", Select="COUNT"))["Count"] == 10
    assert len(await _records(copied)) == 10
    await copied.close()
