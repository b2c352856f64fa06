"""Whatever a database has been through, a check finds nothing: not in the middle of any background job
either.
"""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.errors import ServiceError
from dynalite.jobs import runner
from tests.checking.house import MUSIC, findings, opened, song
from tests.streams.world import BOTH, OFF, World

Step = tuple[str, dict[str, Any]]

_numbers = st.integers(0, 11)
_songs = st.builds(
    lambda number, absent, plays: {
        name: value
        for name, value in song(number, plays={"N": str(plays)}).items()
        if name in ("artist", "title") or name not in absent
    },
    _numbers,
    st.sets(st.sampled_from(["genre", "label", "ends", "plays"])),
    st.integers(0, 3),
)
_keys = _numbers.map(lambda number: {name: song(number)[name] for name in ("artist", "title")})
_index = {
    "AttributeDefinitions": [
        {"AttributeName": "genre", "AttributeType": "S"},
        {"AttributeName": "plays", "AttributeType": "N"},
    ],
    "GlobalSecondaryIndexUpdates": [
        {
            "Create": {
                "IndexName": "by-plays",
                "KeySchema": [
                    {"AttributeName": "genre", "KeyType": "HASH"},
                    {"AttributeName": "plays", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        }
    ],
}


def _table(operation: str, **members: Any) -> "st.SearchStrategy[Step]":
    return st.just((operation, {"TableName": "Music", **members}))


def _ttl(attribute: str, *, enabled: bool) -> "st.SearchStrategy[Step]":
    setting = {"Enabled": enabled, "AttributeName": attribute}
    return _table("UpdateTimeToLive", TimeToLiveSpecification=setting)


_writes = st.one_of(
    _songs.map(lambda item: ("PutItem", {"TableName": "Music", "Item": item})),
    _keys.map(lambda key: ("DeleteItem", {"TableName": "Music", "Key": key})),
    st.builds(
        lambda key, genre: (
            "UpdateItem",
            {
                "TableName": "Music",
                "Key": key,
                "UpdateExpression": "SET genre = :g ADD plays :one",
                "ExpressionAttributeValues": {":g": {"S": genre}, ":one": {"N": "1"}},
            },
        ),
        _keys,
        st.sampled_from(["genre 0", "genre 1"]),
    ),
    st.lists(_songs, min_size=1, max_size=5, unique_by=lambda item: item["title"]["S"]).map(
        lambda items: (
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "Music", "Item": item}} for item in items]},
        )
    ),
)
_changes = st.one_of(
    _table("UpdateTable", **_index),
    _table("UpdateTable", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-plays"}}]),
    _table("UpdateTable", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-genre"}}]),
    _table("UpdateTable", StreamSpecification=OFF),
    _table("UpdateTable", StreamSpecification=BOTH),
    _ttl("ends", enabled=True),
    _ttl("ends", enabled=False),
    _table("DeleteTable"),
    st.just(("CreateTable", dict(MUSIC))),
    _table(
        "UpdateContinuousBackups",
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
    ),
    _table("CreateBackup", BackupName="nightly"),
    st.just(
        (
            "RestoreTableToPointInTime",
            {"SourceTableName": "Music", "TargetTableName": "Again", "UseLatestRestorableTime": True},
        )
    ),
    st.sampled_from(["Again"]).map(lambda name: ("DeleteTable", {"TableName": name})),
)
_times: st.SearchStrategy[Step] = st.one_of(
    st.sampled_from([60.0, 3700.0, 30 * 3600.0, 12 * 86_400.0, -7200.0]).map(
        lambda seconds: ("advance", {"seconds": seconds})
    ),
    st.just(("step", {})),
    st.just(("roll", {})),
    st.just(("idle", {})),
    st.just(("reset", {})),
)
_steps = st.lists(st.one_of(_writes, _writes, _writes, _changes, _times), max_size=60)


async def _take(world: World, name: str, members: dict[str, Any]) -> None:
    match name:
        case "advance":
            world.clock.advance(members["seconds"])
        case "step":
            await runner.step(world.database.context(""))
        case "idle":
            await world.database.until_idle()
        case "reset":
            await world.database.snapshots.reset()
        case "roll":
            await world.database.roll_shards("us-east-1", "Music")
        case _:
            await world.call(name, **members)


@settings(max_examples=60)
@given(_steps)
def test_a_check_finds_nothing_whatever_was_done(steps: list[Step]) -> None:
    async def scenario() -> None:
        world = await opened()
        await world.call("CreateTable", **MUSIC)
        for name, members in steps:
            try:
                await _take(world, name, members)
            except ServiceError:
                continue
            assert await findings(world.database.engine, world.database.vault) == [], (name, members)
        await world.database.until_idle()
        assert await findings(world.database.engine, world.database.vault) == []
        await world.database.close()

    asyncio.run(scenario())
