"""What a check must find, and what a repair must put right: every kind of row is damaged in turn."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import msgpack
import pytest

from dynalite.catalog import codec
from dynalite.checking import logs
from dynalite.checking.check import repair
from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.storage.engine import encode_counter, encode_sequence
from tests.checking.house import MUSIC, findings, furnish, opened, put, rows, song
from tests.streams.world import World

Damage = Callable[[World], Awaitable[dict[bytes, bytes | None]]]
"""What to change behind the server's back."""

INDEX_ROWS = {"LSI": keyspace.index_rows(1, 1), "GSI": keyspace.index_rows(1, 2)}


async def first(world: World, prefix: bytes, number: int = 0) -> tuple[bytes, bytes]:
    return (await rows(world.database.engine, prefix))[number]


def value_of(prefix: bytes, value: Callable[[bytes], bytes | None], number: int = 0) -> Damage:
    """The n-th row under a prefix gets another value (None: it goes)."""

    async def damage(world: World) -> dict[bytes, bytes | None]:
        key, stored = await first(world, prefix, number)
        return {key: value(stored)}

    return damage


def moved(prefix: bytes, to: Callable[[bytes], bytes]) -> Damage:
    """The first row under a prefix is found elsewhere too."""

    async def damage(world: World) -> dict[bytes, bytes | None]:
        key, stored = await first(world, prefix)
        return {to(key): stored}

    return damage


def row(key: bytes, value: bytes | None) -> Damage:
    async def damage(world: World) -> dict[bytes, bytes | None]:
        return {key: value}

    return damage


def gone(_: bytes) -> None:
    return None


def cut(value: bytes) -> bytes:
    return value[:-3]


def repacked(change: Callable[[int, bytes], tuple[int, bytes]]) -> Callable[[bytes], bytes]:
    def value(stored: bytes) -> bytes:
        packed: bytes = msgpack.packb(change(*msgpack.unpackb(stored)))
        return packed

    return value


async def an_item_changed_without_its_log(world: World) -> dict[bytes, bytes | None]:
    """Another value of the same length, in an item whose last change the log has."""
    seven, eight = b'"plays":{"N":"7"}', b'"plays":{"N":"8"}'
    found = await rows(world.database.engine, ITEMS)
    key, value = next((key, value) for key, value in found if seven in value)
    return {key: value.replace(seven, eight)}


async def an_item_lost(world: World) -> dict[bytes, bytes | None]:
    found = await rows(world.database.engine, ITEMS)
    return {next(key for key, value in found if b'"plays":{"N":"7"}' in value): None}


async def log_of_an_open_shard(world: World) -> tuple[bytes, list[bytes]]:
    """The log of an open shard that has records, and their keys."""
    table = world.database.catalog.get("us-east-1", "Music")
    assert table.log is not None
    for log in table.log.keys:
        found = [key for key, _ in await rows(world.database.engine, log)]
        if found:
            return log, found
    raise AssertionError("nothing was written to an open shard")


def a_lost_change(plays: str) -> Damage:
    """An item is changed three times, and one of the records goes."""

    async def damage(world: World) -> dict[bytes, bytes | None]:
        item = song(40)
        for number in ("1", "2", "3"):
            await world.call("PutItem", TableName="Music", Item={**item, "plays": {"N": number}})
        found = await rows(world.database.engine, keyspace.LOG)
        return {key: None for key, value in found if _is(value, f'"{plays}"'.encode())}

    return damage


def _is(record: bytes, plays: bytes) -> bool:
    after = msgpack.unpackb(record)[7]
    return after is not None and b"title 40" in after and b'"plays":{"N":' + plays in after


async def a_record_in_another_shard(world: World) -> dict[bytes, bytes | None]:
    table = world.database.catalog.get("us-east-1", "Music")
    assert table.log is not None
    log, keys = await log_of_an_open_shard(world)
    (record,) = await world.database.engine.read([keys[0]])
    other = next(key for key in table.log.keys if key != log)
    return {other + encode_sequence(int.from_bytes(keys[0][-8:], "big") + 10**6): record}


async def a_shard_that_ends_later(world: World) -> dict[bytes, bytes | None]:
    key, value = await first(world, keyspace.CATALOG)
    shards = codec.decode(value).shards
    ended = next(s for s in shards if s.end is not None and s.end > (s.start or 0))
    text, end = value, f'"end":{ended.end}'.encode()
    assert end in text
    return {key: text.replace(end, f'"end":{(ended.end or 0) + 100}'.encode())}


async def two_tables_with_one_id(world: World) -> dict[bytes, bytes | None]:
    _, value = await first(world, keyspace.CATALOG)
    return {keyspace.catalog("us-east-1", "Twin"): value.replace(b'"name":"Music"', b'"name":"Twin"')}


@dataclass(frozen=True)
class Case:
    """A damage, the kind of the finding, words in it, and whether a repair puts everything right."""

    damage: Damage
    kind: str
    words: str
    repairable: bool = False


ITEMS = keyspace.items(1)
TOKENS = keyspace.TOKEN
FIRST_ITEMS = keyspace.statistic(1, 0, keyspace.ITEM_COUNT)
CASES = {
    "item cut short": Case(value_of(ITEMS, cut), "item", "cannot be decoded"),
    "item that is no JSON": Case(
        value_of(ITEMS, repacked(lambda size, json: (size, b"{" + json))), "item", "cannot be decoded"
    ),
    "item that is not canonical": Case(
        value_of(ITEMS, repacked(lambda size, json: (size, json.replace(b":", b": ", 1)))),
        "item",
        "is not canonical",
    ),
    "item with another size": Case(
        value_of(ITEMS, repacked(lambda size, json: (size + 1, json))), "item", "bytes long", repairable=True
    ),
    "item in a wrong place": Case(
        moved(ITEMS, lambda key: key[:-1] + bytes([key[-1] ^ 1])), "item", "belongs elsewhere"
    ),
    "item without its log": Case(an_item_changed_without_its_log, "item", "not what its last change"),
    "lost item": Case(an_item_lost, "item", "not what its last change"),
    **{
        f"{name} row {what}": Case(value_of(rows_, damage), "index row", words, repairable=True)
        for name, rows_ in INDEX_ROWS.items()
        for what, damage, words in (
            ("lost", gone, "is missing"),
            ("cut short", cut, "cannot be decoded"),
            ("of another size", repacked(lambda size, json: (size + 1, json)), "bytes long"),
        )
    },
    "index row that differs": Case(
        value_of(INDEX_ROWS["GSI"], repacked(lambda s, json: (s, json.replace(b'"N":"', b'"N":"4', 1)))),
        "index row",
        "differs from its item",
        repairable=True,
    ),
    "index row twice": Case(
        moved(INDEX_ROWS["GSI"], lambda key: key[:-1] + bytes([key[-1] ^ 1])),
        "index row",
        "not where its item has one",
        repairable=True,
    ),
    "index row of an index that is gone": Case(
        row(keyspace.index_rows(1, 9) + bytes(40), b"x"), "index row", "index that is gone", repairable=True
    ),
    "lost expiry row": Case(value_of(keyspace.EXPIRY, gone), "expiry row", "is missing", repairable=True),
    "expiry row of nothing": Case(
        row(keyspace.expiry(5), b""), "expiry row", "names no item", repairable=True
    ),
    "wrong number of items": Case(
        row(FIRST_ITEMS, encode_counter(3)), "figure", "says 3 items; there are 22", repairable=True
    ),
    "lost figure": Case(row(FIRST_ITEMS, None), "figure", "says 0 items", repairable=True),
    "figure that is no counter": Case(row(FIRST_ITEMS, b"1"), "figure", "not a counter", repairable=True),
    "wrong size of an index": Case(
        row(keyspace.statistic(1, 2, keyspace.SIZE_BYTES), encode_counter(1)),
        "figure",
        "says 1 bytes",
        repairable=True,
    ),
    "figure of a table that is gone": Case(
        row(keyspace.statistic(77, 0, keyspace.ITEM_COUNT), encode_counter(1)),
        "figure",
        "what is gone",
        repairable=True,
    ),
    "log record cut short": Case(value_of(keyspace.LOG, cut), "log record", "cannot be decoded"),
    "log record of a later version": Case(
        value_of(keyspace.LOG, lambda value: value[:1] + b"\x63" + value[2:]), "log record", "format 99"
    ),
    "lost last record": Case(a_lost_change("3"), "item", "not what its last change"),
    "lost record in between": Case(a_lost_change("2"), "log record", "does not go on"),
    "record in another shard": Case(a_record_in_another_shard, "log record", "belongs to another shard"),
    "record before its shard": Case(
        moved(keyspace.LOG, lambda key: key[:-8] + encode_sequence(0)), "log record", "before the shard's"
    ),
    "shard that ends later": Case(a_shard_that_ends_later, "shard", "does not begin where its parent"),
    "records of a shard that is gone": Case(
        moved(keyspace.LOG, lambda key: keyspace.log(1, 99) + key[-8:]), "log", "a shard that nobody knows"
    ),
    "sequence that went back": Case(
        row(keyspace.SEQUENCE, encode_counter(1)), "system row", "were given out, not up to 1", True
    ),
    "descriptor cut short": Case(value_of(keyspace.CATALOG, cut), "descriptor", "cannot be decoded"),
    "descriptor of a later version": Case(
        value_of(keyspace.CATALOG, lambda value: value.replace(b'"version":1', b'"version":9')),
        "descriptor",
        "format 9",
    ),
    "descriptor in a wrong place": Case(
        moved(keyspace.CATALOG, lambda key: key + b"x"), "descriptor", "not where a table of this name"
    ),
    "two tables with one id": Case(two_tables_with_one_id, "descriptor", "has the id 1"),
    "departed table cut short": Case(value_of(keyspace.DEPARTED, cut), "departed table", "cannot be decoded"),
    "lost salt": Case(row(keyspace.system(b"salt"), None), "system row", "there is no salt"),
    "table id given out again": Case(
        row(keyspace.system(b"next-id"), bytes(4)), "system row", "given out again", repairable=True
    ),
    "unknown system row": Case(row(keyspace.system(b"x"), b""), "system row", "not known"),
    "unknown job": Case(row(keyspace.job(0, b"x"), b""), "job row", "not known"),
    "job of a table that is gone": Case(
        row(keyspace.job(77, b"restore"), b"\x90"), "job row", "table that is gone", repairable=True
    ),
    "damaged job": Case(row(keyspace.job(0, b"tokens"), b"\x92\x01"), "job row", "cannot be decoded"),
    "damaged token": Case(value_of(TOKENS, cut), "token", "cannot be decoded"),
    "damaged horizon": Case(value_of(keyspace.HORIZON, cut), "horizon", "cannot be decoded"),
    "horizon of a shard that is gone": Case(
        row(keyspace.horizon(1, 99), encode_counter(1)), "horizon", "shard that is gone", repairable=True
    ),
    "damaged backup": Case(value_of(keyspace.BACKUP, cut), "backup", "cannot be decoded"),
    "backup that nobody looks after": Case(
        value_of(keyspace.BACKUP, lambda value: value.replace(b'"AVAILABLE"', b'"CREATING"')),
        "job row",
        "left to do for a backup is missing",
        repairable=True,
    ),
    "work on a backup that is gone": Case(
        row(keyspace.job(0, b"backup") + keyspace.backup("x", "y"), msgpack.packb((0.0, 0))),
        "job row",
        "nothing left to do",
        repairable=True,
    ),
    "damaged transfer": Case(
        row(keyspace.transfer("us-east-1", "export", "1"), b"{}"), "transfer", "cannot be decoded"
    ),
    "items of a table that nobody knows": Case(
        row(keyspace.items(77) + bytes(20), b"x"), "items", "1 rows begin with this"
    ),
    "unknown space": Case(row(b"\x7fx", b""), "row", "space that this version does not know"),
    "unknown kind of row": Case(row(keyspace.table_rows(1) + b"\x09", b""), "row", "not known"),
}


def test_a_sound_database_has_no_findings() -> None:
    async def scenario() -> None:
        world = await opened()
        await furnish(world)
        assert {key[:1] for key, _ in await rows(world.database.engine, b"")} >= {
            keyspace.SYSTEM,
            *(keyspace.CATALOG, keyspace.JOB, keyspace.STATISTIC, keyspace.TOKEN, keyspace.DEPARTED),
            *(keyspace.HORIZON, keyspace.BACKUP, keyspace.DATA, keyspace.LOG, keyspace.EXPIRY),
        }
        assert await findings(world.database.engine, world.database.vault) == []
        await world.database.close()

    asyncio.run(scenario())


def test_the_client_token_of_an_export_is_a_token_too() -> None:
    async def scenario() -> None:
        world = await opened()
        await furnish(world)
        table = (await world.call("DescribeTable", TableName="Music"))["Table"]["TableArn"]
        await world.call("ExportTableToPointInTime", TableArn=table, S3Bucket="any", ClientToken="twice")
        await world.database.until_idle()
        assert len(await rows(world.database.engine, TOKENS)) == 2
        assert await findings(world.database.engine, world.database.vault) == []
        await world.database.close()

    asyncio.run(scenario())


def test_an_empty_database_has_no_findings() -> None:
    async def scenario() -> None:
        world = await opened()
        assert await findings(world.database.engine) == []
        await world.database.close()

    asyncio.run(scenario())


def near(name: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "VectorAttribute": {"AttributeName": "sound"},
        "Dimensions": 2,
        "DistanceFunction": "COSINE",
        "Projection": {"ProjectionType": "ALL"},
    }


@pytest.mark.parametrize("transition_seconds", [0.0, 10.0])
def test_vector_indexes_leave_nothing_to_be_found(transition_seconds: float) -> None:
    """They have no rows of their own, neither while they live nor on their way in or out."""

    async def scenario() -> None:
        world = await opened(Settings(stream_shards=2, transition_seconds=transition_seconds))
        engine, vault = world.database.engine, world.database.vault

        async def sound(*operations: tuple[str, dict[str, Any]]) -> None:
            for operation, request in operations:
                await world.call(operation, TableName="Music", **request)
                assert await findings(engine, vault) == [], operation
            for _ in range(3):
                world.clock.advance(transition_seconds)
                await world.database.until_idle()
                assert await findings(engine, vault) == [], operations

        await sound(("CreateTable", {name: of for name, of in MUSIC.items() if name != "TableName"}))
        await sound(
            ("PutItem", {"Item": song(1, sound={"L": [{"N": "1"}, {"N": "0"}]})}),
            ("UpdateTable", {"VectorIndexUpdates": [{"Create": near("near")}]}),
            ("PutItem", {"Item": song(2, sound={"L": [{"N": "0"}, {"N": "1"}]})}),
        )
        await sound(("UpdateTable", {"VectorIndexUpdates": [{"Create": near("nearer")}]}))
        await sound(("UpdateTable", {"VectorIndexUpdates": [{"Delete": {"IndexName": "near"}}]}))
        await sound(("DeleteItem", {"Key": {name: song(1)[name] for name in ("artist", "title")}}))
        await sound(("DeleteTable", {}))
        await world.database.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("plays", ["2", "3"])
def test_a_log_that_is_walked_in_shares_shows_the_same(monkeypatch: pytest.MonkeyPatch, plays: str) -> None:
    monkeypatch.setattr(logs, "_RECORDS_PER_WALK", 5)

    async def scenario() -> None:
        world = await opened()
        await furnish(world)
        engine, vault = world.database.engine, world.database.vault
        assert await findings(engine, vault) == []
        await put(world, await a_lost_change(plays)(world))
        assert len(await findings(engine, vault)) == 1
        await world.database.close()

    asyncio.run(scenario())


@pytest.mark.parametrize("name", CASES)
def test_damage_is_found_and_repaired_where_it_can_be(name: str) -> None:
    case = CASES[name]

    async def scenario() -> None:
        world = await opened()
        await furnish(world)
        engine, vault = world.database.engine, world.database.vault
        await put(world, await case.damage(world))
        found = await findings(engine, vault)
        assert any(finding.kind == case.kind and case.words in finding.what for finding in found), found
        for finding in found:
            await repair(engine, finding)
        left = await findings(engine, vault)
        for finding in left:  # what was deleted because it could not be decoded is missing now
            await repair(engine, finding)
        left = await findings(engine, vault)
        assert (left == []) is case.repairable, left
        await world.database.close()

    asyncio.run(scenario())
