"""Records of the change log, the horizon, and the lineage of shards."""

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynalite.catalog import lineage
from dynalite.catalog.schema import KeyAttribute, KeySchema, Table
from dynalite.log import horizon, record
from dynalite.log.record import LoggedImage, UnknownVersion
from dynalite.storage import keyspace
from dynalite.storage.memory import MemoryEngine
from tests.storage.scenarios import on_loop

images = st.none() | st.builds(LoggedImage, st.integers(0, 2**20), st.binary(max_size=50))
times = st.floats(0, 4e9)


@given(st.sampled_from(["user", "ttl"]), times, st.binary(min_size=16, max_size=60), images, images)
def test_what_is_read_is_what_was_written(
    cause: record.Cause, at: float, place: bytes, before: LoggedImage | None, after: LoggedImage | None
) -> None:
    stored = record.pack(cause, at, place, before, after)
    assert record.unpack(stored) == (cause, at, place, before, after)
    assert record.time_of(stored) == at


def test_what_a_later_version_appends_is_ignored() -> None:
    fields = msgpack.unpackb(record.pack("user", 1.5, b"place", None, LoggedImage(3, b"{}")))
    longer = msgpack.packb([*fields, "more"])
    assert record.unpack(longer).after == LoggedImage(3, b"{}")


def test_a_newer_version_is_refused() -> None:
    fields = msgpack.unpackb(record.pack("user", 1.5, b"place", None, None))
    with pytest.raises(UnknownVersion, match="format 2"):
        record.unpack(msgpack.packb([2, *fields[1:]]))


@on_loop
async def test_the_horizon_of_each_shard() -> None:
    engine = MemoryEngine()
    assert await horizon.of(engine, 1, 1) == 0
    await horizon.move(engine, 1, 1, 7)
    assert [await horizon.of(engine, 1, shard) for shard in (1, 2)] == [7, 0]
    await horizon.forget(engine, 1, 1)
    assert await horizon.of(engine, 1, 1) == 0


# ------------------------------------------------------------------ lineage

KEYS = KeySchema((KeyAttribute("id", "S"),))
TABLE = Table(1, "Music", "r", "a", "u", 0.0, KEYS, KEYS.attributes)
hashes = st.binary(min_size=16, max_size=16)


@given(st.integers(1, 256), st.integers(0, 3), hashes, st.binary(max_size=5))
def test_every_item_has_one_open_shard_and_it_covers_its_hash(
    count: int, rolls: int, hash_: bytes, sort_key: bytes
) -> None:
    table = lineage.with_stream(TABLE, "KEYS_ONLY", count, 1.0, 0)
    for _ in range(rolls):
        table = lineage.rolled(table, 2.0)
    assert table.log is not None
    log = table.log.of(table.items_prefix + hash_ + sort_key)
    value = int.from_bytes(hash_[:2], "big")
    covering = [s for s in table.shards if s.closed_at is None and s.first_hash <= value <= s.last_hash]
    assert [keyspace.log(1, shard.number) for shard in covering] == [log]


@given(st.integers(1, 5), st.integers(1, 4), st.data())
def test_a_child_begins_where_its_parent_ends(count: int, rolls: int, data: st.DataObject) -> None:
    table = lineage.with_stream(TABLE, "KEYS_ONLY", count, 1.0, 100)
    for _ in range(rolls):
        table = lineage.rolled(table, 2.0)
        if data.draw(st.booleans()):
            table = _sealed(table, data)
    table = _sealed(table, data)
    by_id = {shard.id: shard for shard in table.shards}
    for shard in table.shards:
        assert shard.start is not None
        assert (shard.end is None) == (shard.closed_at is None)
        assert shard.end is None or shard.end >= shard.start
        if shard.parent is not None:
            parent = by_id[shard.parent]
            assert shard.start == parent.end
            assert (shard.first_hash, shard.last_hash) == (parent.first_hash, parent.last_hash)


def _sealed(table: Table, data: st.DataObject) -> Table:
    last = st.just(0) | st.integers(100, 200)
    return lineage.sealed(table, {shard.number: data.draw(last) for shard in lineage.unsealed(table)})


def test_a_table_without_a_stream_has_nothing_to_write_to() -> None:
    table = lineage.with_stream(TABLE, "KEYS_ONLY", 2, 1.0, 0)
    assert lineage.without_stream(table, 2.0).log is None
    assert TABLE.log is None
