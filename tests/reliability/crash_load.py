"""The mixed load that a server is killed under, and what each of its clients says before and after every
call.

Writers put, update, delete, batch and transact items of their own, some of which expire. A keeper changes the
table (indexes, TTL, streams, shards), makes backups, restores, imports and exports, and drops what it made.
Background work goes on all the time. A client's next call comes after the answer to its last, so when the
process dies each has at most one call that may or may not have happened.

What can be found again is a set of facts: names with a state, None for what is not there. A call is announced
with the facts that it will make true, then acknowledged, or refused.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeAlias

from dynalite.clock import Clock
from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.ids import Ids
from dynalite.settings import Settings

Facts: TypeAlias = dict[str, Any]
Request: TypeAlias = dict[str, Any]

TABLE = "Orders"
REGION = "us-east-1"
WRITERS = 4
ITEMS_PER_WRITER = 10
IMPORTED = 60
IMPORT_BUCKET = "incoming"
MOST_TABLES = 5
CALLS_BETWEEN_DEEDS = 20
_HOUR = 3600.0


def item(name: str, state: Mapping[str, Any]) -> Request:
    """The item that a fact stands for: everything in it follows from its state, so that a mixture shows."""
    written = state["written"]
    found = key(name) | {
        "written": {"N": str(written)},
        "shelf": {"S": f"shelf {written % 5}"},
        "padding": {"S": "x" * (written % 900)},
    }
    return found | ({"ends": {"N": str(state["ends"])}} if state["ends"] else {})


def key(name: str) -> Request:
    _, writer, number = name.split()
    return {"writer": {"N": writer}, "number": {"N": number}}


@dataclass
class Life:
    """What a process needs: its database, where it speaks to whoever survives it, and its randomness."""

    database: Database
    random: Random
    say: Callable[[Any], None]
    acknowledged: int = 0

    async def call(self, operation: str, **request: Any) -> Any:
        return await self.database.execute(operation, request, Caller(REGION))

    async def try_to(self, client: str, facts: Facts, work: Callable[[], Awaitable[Any]], **how: Any) -> Any:
        """Announce, do, acknowledge. None when it was refused."""
        self.say({"begin": client, "facts": facts, **how})
        try:
            answer = await work()
        except ServiceError as error:
            if error.status >= 500:
                raise
            self.say({"refused": client})
            return None
        self.say({"done": client})
        self.acknowledged += 1
        return answer


async def live(folder: Path, seed: int, now: float, say: Callable[[Any], None]) -> None:
    """A process's life: open the database, work until something ends it."""
    clock = Clock()
    clock.freeze()
    clock.set(now)
    settings = Settings(folder, stream_shards=2, shard_seconds=4 * _HOUR, ttl_delay_seconds=0)
    database = await Database.open(settings, clock, Ids(seed))
    life = Life(database, Random(seed), say)
    await _found(life)
    async with asyncio.TaskGroup() as group:
        for number in range(WRITERS):
            group.create_task(_write(life, number))
        group.create_task(_keep(life))
        group.create_task(_tick(life))


async def _tick(life: Life) -> None:
    while True:
        await life.database.tick()
        await asyncio.sleep(0)


async def _found(life: Life) -> None:
    """Make the table, unless it is there."""
    names = ("writer", "number", "written")
    numbers = [{"AttributeName": name, "AttributeType": "N"} for name in names]
    if "Table" in (await _described(life, TABLE)):
        return
    await life.try_to(
        "founder",
        {f"table {TABLE}": "there"},
        lambda: life.call(
            "CreateTable",
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[*numbers, {"AttributeName": "shelf", "AttributeType": "S"}],
            KeySchema=_schema("writer", "number"),
            LocalSecondaryIndexes=[_index("by-written", "writer", "written")],
            GlobalSecondaryIndexes=[_index("by-shelf", "shelf", "written")],
        ),
    )
    for settings in (_stream(on=True), _recovery(), _ttl(on=True)):
        await life.call(settings[0], TableName=TABLE, **settings[1])


async def _described(life: Life, table: str) -> Request:
    try:
        answer: Request = await life.call("DescribeTable", TableName=table)
    except ServiceError:
        return {}
    return answer


def _schema(partition: str, sort: str) -> list[Request]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def _index(name: str, partition: str, sort: str) -> Request:
    projection = {"ProjectionType": "ALL"}
    return {"IndexName": name, "KeySchema": _schema(partition, sort), "Projection": projection}


def _stream(*, on: bool) -> tuple[str, Request]:
    view = {"StreamViewType": "NEW_AND_OLD_IMAGES"} if on else {}
    return "UpdateTable", {"StreamSpecification": {"StreamEnabled": on, **view}}


def _ttl(*, on: bool) -> tuple[str, Request]:
    return "UpdateTimeToLive", {"TimeToLiveSpecification": {"Enabled": on, "AttributeName": "ends"}}


def _recovery() -> tuple[str, Request]:
    setting = {"PointInTimeRecoveryEnabled": True}
    return "UpdateContinuousBackups", {"PointInTimeRecoverySpecification": setting}


# ------------------------------------------------------------------ those who write items


async def _write(life: Life, writer: int) -> None:
    random = Random(life.random.getrandbits(64))
    written = random.randrange(10**9)
    while True:
        written += 1
        await random.choice((_put, _put, _update, _update, _delete, _batch, _transact))(
            life, random, writer, written
        )


def _names(random: Random, writer: int, count: int) -> list[str]:
    return [f"item {writer} {number}" for number in random.sample(range(ITEMS_PER_WRITER), count)]


def _state(life: Life, random: Random, written: int) -> Facts:
    ends = int(life.database.clock.now()) + random.randrange(60, 30_000) if random.random() < 0.2 else None
    return {"written": written, "ends": ends}


async def _put(life: Life, random: Random, writer: int, written: int) -> None:
    [name], state = _names(random, writer, 1), _state(life, random, written)
    await life.try_to(
        f"writer {writer}",
        {name: state},
        lambda: life.call("PutItem", TableName=TABLE, Item=item(name, state)),
    )


async def _update(life: Life, random: Random, writer: int, written: int) -> None:
    [name], state = _names(random, writer, 1), {"written": written, "ends": None}
    made = item(name, state)
    await life.try_to(
        f"writer {writer}",
        {name: state},
        lambda: life.call(
            "UpdateItem",
            TableName=TABLE,
            Key=key(name),
            UpdateExpression="SET written = :w, shelf = :s, padding = :p REMOVE ends",
            ExpressionAttributeValues={":w": made["written"], ":s": made["shelf"], ":p": made["padding"]},
        ),
    )


async def _delete(life: Life, random: Random, writer: int, written: int) -> None:
    [name] = _names(random, writer, 1)
    work = lambda: life.call("DeleteItem", TableName=TABLE, Key=key(name))  # noqa: E731
    await life.try_to(f"writer {writer}", {name: None}, work)


def _changes(life: Life, random: Random, writer: int, written: int) -> Facts:
    return {
        name: None if random.random() < 0.2 else _state(life, random, written)
        for name in _names(random, writer, random.randrange(2, 6))
    }


async def _batch(life: Life, random: Random, writer: int, written: int) -> None:
    facts = _changes(life, random, writer, written)
    requests = [
        {"DeleteRequest": {"Key": key(name)}}
        if state is None
        else {"PutRequest": {"Item": item(name, state)}}
        for name, state in facts.items()
    ]
    work = lambda: life.call("BatchWriteItem", RequestItems={TABLE: requests})  # noqa: E731
    await life.try_to(f"writer {writer}", facts, work, one_by_one=True)


async def _transact(life: Life, random: Random, writer: int, written: int) -> None:
    facts = _changes(life, random, writer, written)
    members = [
        {"Delete": {"TableName": TABLE, "Key": key(name)}}
        if state is None
        else {"Put": {"TableName": TABLE, "Item": item(name, state)}}
        for name, state in facts.items()
    ]
    token = f"{writer}-{written}"
    await life.try_to(
        f"writer {writer}",
        facts,
        lambda: life.call("TransactWriteItems", TransactItems=members, ClientRequestToken=token),
    )


# ------------------------------------------------------------------ the one who keeps the table


async def _keep(life: Life) -> None:
    random = Random(life.random.getrandbits(64))
    deeds = (_index_change, _index_change, _setting, _roll, _backup, _restore, _import, _export, _drop)
    while True:
        tables = (await life.call("ListTables"))["TableNames"]
        await (random.choice(deeds) if len(tables) < MOST_TABLES else _drop)(life, random)
        enough = life.acknowledged + random.randrange(CALLS_BETWEEN_DEEDS)
        while life.acknowledged < enough:
            await asyncio.sleep(0)


async def _index_change(life: Life, random: Random) -> None:
    name = "by-padding"
    create = {"Create": _index(name, "padding", "number")}
    change, state = random.choice(((create, "there"), ({"Delete": {"IndexName": name}}, None)))
    await life.try_to(
        "keeper",
        {f"index {name}": state},
        lambda: life.call(
            "UpdateTable",
            TableName=TABLE,
            AttributeDefinitions=[
                {"AttributeName": "padding", "AttributeType": "S"},
                {"AttributeName": "number", "AttributeType": "N"},
            ],
            GlobalSecondaryIndexUpdates=[change],
        ),
    )


async def _setting(life: Life, random: Random) -> None:
    operation, members = random.choice((_stream(on=True), _stream(on=False), _ttl(on=True), _ttl(on=False)))
    await life.try_to("keeper", {}, lambda: life.call(operation, TableName=TABLE, **members))


async def _roll(life: Life, random: Random) -> None:
    await life.try_to("keeper", {}, lambda: life.database.roll_shards(REGION, TABLE))


async def _backup(life: Life, random: Random) -> None:
    name = {"TableName": TABLE, "BackupName": "nightly"}
    answer = await life.try_to("keeper", {}, lambda: life.call("CreateBackup", **name))
    if answer is not None:
        life.say({"begin": "keeper", "facts": {f"backup {answer['BackupDetails']['BackupArn']}": "there"}})
        life.say({"done": "keeper"})


async def _restore(life: Life, random: Random) -> None:
    name = f"Restored{random.randrange(10**6)}"
    summaries = (await life.call("ListBackups", TableName=TABLE))["BackupSummaries"]
    if summaries and random.random() < 0.5:
        request = {"BackupArn": summaries[-1]["BackupArn"], "TargetTableName": name}
        work = lambda: life.call("RestoreTableFromBackup", **request)  # noqa: E731
    else:
        request = {"SourceTableName": TABLE, "TargetTableName": name, "UseLatestRestorableTime": True}
        work = lambda: life.call("RestoreTableToPointInTime", **request)  # noqa: E731
    await life.try_to("keeper", {f"table {name}": "there"}, work)


async def _import(life: Life, random: Random) -> None:
    name = f"Imported{random.randrange(10**6)}"
    await life.try_to(
        "keeper",
        {f"table {name}": "there"},
        lambda: life.call(
            "ImportTable",
            S3BucketSource={"S3Bucket": IMPORT_BUCKET},
            InputFormat="DYNAMODB_JSON",
            TableCreationParameters={
                "TableName": name,
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
        ),
    )


async def _export(life: Life, random: Random) -> None:
    arn = f"arn:aws:dynamodb:{REGION}:000000000000:table/{TABLE}"
    request = {"TableArn": arn, "S3Bucket": "outgoing"}
    await life.try_to("keeper", {}, lambda: life.call("ExportTableToPointInTime", **request))


async def _drop(life: Life, random: Random) -> None:
    names = [name for name in (await life.call("ListTables"))["TableNames"] if name != TABLE]
    if names:
        name = random.choice(names)
        work = lambda: life.call("DeleteTable", TableName=name)  # noqa: E731
        await life.try_to("keeper", {f"table {name}": None}, work)


def prepare(folder: Path) -> None:
    """Put what imports read into a data folder that is new."""
    bucket = folder / "buckets" / IMPORT_BUCKET
    bucket.mkdir(parents=True)
    lines = [json.dumps({"Item": {"id": {"S": f"{number}"}}}) for number in range(IMPORTED)]
    (bucket / "items.json").write_text("\n".join(lines))


def speaker(descriptor: int) -> Callable[[Any], None]:
    """Says things down a pipe at once: what was said survives the process."""

    def say(what: Any) -> None:
        os.write(descriptor, json.dumps(what).encode() + b"\n")

    return say
