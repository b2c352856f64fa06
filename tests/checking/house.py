"""A database with one of everything that is stored, for checks to look through."""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from dynalite.checking.check import check
from dynalite.checking.finding import Finding
from dynalite.checking.walk import Walk
from dynalite.clock import Clock
from dynalite.database import Database
from dynalite.ids import Ids
from dynalite.recovery.vault import Vault
from dynalite.settings import Settings
from dynalite.storage.engine import Batch, Reader, Row
from tests.streams.world import BOTH, START, World

DAY = 86_400.0
MUSIC: Mapping[str, Any] = {
    "TableName": "Music",
    "BillingMode": "PAY_PER_REQUEST",
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("artist", "title", "genre", "label")
    ],
    "KeySchema": [
        {"AttributeName": "artist", "KeyType": "HASH"},
        {"AttributeName": "title", "KeyType": "RANGE"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "by-label",
            "KeySchema": [
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "label", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-genre",
            "KeySchema": [{"AttributeName": "genre", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["plays"]},
        }
    ],
    "StreamSpecification": BOTH,
}


def song(number: int, **members: Any) -> dict[str, Any]:
    return {
        "artist": {"S": f"artist {number % 5}"},
        "title": {"S": f"title {number}"},
        "genre": {"S": f"genre {number % 3}"},
        "label": {"S": f"label {number % 4}"},
        "plays": {"N": str(number)},
        "ends": {"N": str(int(START) + 1_000_000 + number)},
        **members,
    }


async def opened(settings: Settings | None = None) -> World:
    """An open database with a clock that stands still."""
    clock = Clock()
    clock.freeze()
    clock.set(START)
    return World(await Database.open(settings or Settings(stream_shards=2), clock, Ids(seed=1)), "us-east-1")


async def furnish(world: World) -> None:
    """Put one of everything into the database."""
    await world.call("CreateTable", **MUSIC)
    await world.call(
        "UpdateTimeToLive",
        TableName="Music",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "ends"},
    )
    await world.call(
        "UpdateContinuousBackups",
        TableName="Music",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    )
    for number in range(20):
        await world.call("PutItem", TableName="Music", Item=song(number))
    await world.database.until_idle()
    world.clock.advance(30 * 3600)
    await world.database.until_idle()
    for number in range(10):
        await world.call("PutItem", TableName="Music", Item=song(number, plays={"N": "7"}))
    await world.database.roll_shards("us-east-1", "Music")
    await world.call(
        "TransactWriteItems",
        ClientRequestToken="once",
        TransactItems=[{"Put": {"TableName": "Music", "Item": song(number)}} for number in (30, 31)],
    )
    await world.call("CreateBackup", TableName="Music", BackupName="nightly")
    gone = {**MUSIC, "TableName": "Gone"}
    await world.call("CreateTable", **gone)
    await world.call("PutItem", TableName="Gone", Item=song(1))
    await world.call("DeleteTable", TableName="Gone")
    await world.database.until_idle()


async def findings(reader: Reader, vault: Vault | None = None) -> list[Finding]:
    """Everything that a check finds."""
    async with aclosing(check(Walk(reader), vault or Vault())) as found:
        return [finding async for finding in found]


async def rows(reader: Reader, prefix: bytes) -> list[Row]:
    return await reader.scan(prefix, prefix + b"\xff" * 80, limit=10_000, max_bytes=1 << 30)


async def put(world: World, changes: Mapping[bytes, bytes | None]) -> None:
    """Change rows behind everybody's back."""
    batch = Batch()
    batch.rows.update(changes)
    await world.database.engine.update([], lambda _: (None, batch))
