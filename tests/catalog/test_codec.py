"""Descriptors at rest."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.catalog.codec import UnknownVersion, decode, encode
from dynalite.catalog.schema import (
    Index,
    KeyAttribute,
    KeySchema,
    Projection,
    Recovery,
    Restore,
    SearchAttribute,
    Shard,
    Stream,
    Table,
    Throughput,
    TimeToLive,
    VectorIndex,
)

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
times = st.none() | st.floats(0, 2e9, allow_nan=False)
units = st.integers(0, 40_000)
numbers = st.integers(1, 1000)
attributes = st.builds(KeyAttribute, names, st.sampled_from(["S", "N", "B"]))
attribute_tuples = st.lists(attributes, min_size=1, max_size=4).map(tuple)
key_schemas = st.builds(KeySchema, attribute_tuples, st.lists(attributes, max_size=4).map(tuple))
throughputs = st.builds(Throughput, units, units, times, times, st.integers(0, 27))
ceilings = st.none() | st.dictionaries(
    st.sampled_from(["MaxReadRequestUnits", "MaxWriteRequestUnits"]), units
)
projections = st.builds(Projection, st.sampled_from(["ALL", "KEYS_ONLY"])) | st.builds(
    Projection, st.just("INCLUDE"), st.lists(names, min_size=1, max_size=3).map(tuple)
)
statuses = st.sampled_from(["CREATING", "UPDATING", "DELETING", "ACTIVE"])
indexes = st.builds(
    Index,
    id=st.integers(1, 60_000),
    name=names,
    is_global=st.booleans(),
    keys=key_schemas,
    projection=projections,
    status=statuses,
    backfilling=st.none() | st.booleans(),
    throughput=throughputs,
    on_demand_throughput=ceilings,
    warm_throughput=ceilings,
)
searched = st.builds(SearchAttribute, names, st.sampled_from(["S", "N", "B"]), st.booleans())
vector_indexes = st.builds(
    VectorIndex,
    id=st.integers(1, 60_000),
    name=names,
    attribute=names,
    dimensions=st.integers(1, 4096),
    distance=st.sampled_from(["COSINE", "EUCLIDEAN", "DOT_PRODUCT"]),
    projection=projections,
    search=st.lists(searched, max_size=3).map(tuple),
    status=statuses,
    backfilling=st.none() | st.booleans(),
)
streams = st.builds(
    Stream, names, names, numbers, st.floats(0, 2e9), end_shard=st.none() | numbers, disabled_at=times
)
shards = st.builds(
    Shard,
    numbers,
    names,
    st.integers(0, 65_535),
    st.integers(0, 65_535),
    st.floats(0, 2e9),
    parent=st.none() | names,
    start=st.none() | numbers,
    closed_at=times,
    end=st.none() | numbers,
)
tables = st.builds(
    Table,
    id=st.integers(1, 2**32 - 1),
    name=names,
    region=names,
    account=names,
    uuid=names,
    created_at=st.floats(0, 2e9, allow_nan=False),
    keys=key_schemas,
    definitions=attribute_tuples,
    indexes=st.lists(indexes, max_size=3).map(tuple),
    vector_indexes=st.lists(vector_indexes, max_size=2).map(tuple),
    status=statuses,
    due_at=times,
    billing_mode=st.sampled_from(["PROVISIONED", "PAY_PER_REQUEST"]),
    throughput=throughputs,
    on_demand_since=times,
    stream=st.none() | streams,
    past_streams=st.lists(streams, max_size=2).map(tuple),
    shards=st.lists(shards, max_size=3).map(tuple),
    ttl=st.none() | st.builds(TimeToLive, names, st.booleans(), st.floats(0, 2e9), st.booleans()),
    recovery=st.none() | st.builds(Recovery, st.integers(1, 35), times),
    restore=st.none()
    | st.builds(
        Restore,
        st.floats(0, 2e9),
        names,
        source=st.none() | numbers,
        until=numbers,
        backup_arn=st.none() | names,
        since=times,
        done=st.booleans(),
    ),
    latest_stream_label=st.none() | names,
    deletion_protection=st.booleans(),
    next_index_id=st.integers(1, 60_000),
    settings=st.dictionaries(
        names, st.lists(st.dictionaries(names, names, max_size=2), max_size=2), max_size=3
    ),
    applying=st.lists(names, max_size=2).map(tuple),
)


@settings(max_examples=100)
@given(tables)
def test_what_is_read_is_what_was_written(table: Table) -> None:
    again = decode(encode(table))
    assert again == table
    assert [index.projected for index in again.indexes] == [index.projected for index in table.indexes]


@settings(max_examples=50)
@given(tables)
def test_a_descriptor_is_json_with_a_version(table: Table) -> None:
    stored: dict[str, Any] = orjson.loads(encode(table))
    assert stored["version"] == 1
    assert stored["name"] == table.name


@settings(max_examples=1)
@given(tables)
def test_a_newer_format_is_refused(table: Table) -> None:
    stored = orjson.loads(encode(table)) | {"version": 2}
    with pytest.raises(UnknownVersion, match="format 2"):
        decode(orjson.dumps(stored))


def test_what_has_its_default_takes_no_room() -> None:
    table = Table(
        id=1,
        name="T",
        region="r",
        account="a",
        uuid="u",
        created_at=1.0,
        keys=KeySchema((KeyAttribute("pk", "S"),)),
        definitions=(KeyAttribute("pk", "S"),),
    )
    assert orjson.loads(encode(table)) == {
        "version": 1,
        "id": 1,
        "name": "T",
        "region": "r",
        "account": "a",
        "uuid": "u",
        "created_at": 1.0,
        "keys": {"partition": [{"name": "pk", "type": "S"}]},
        "definitions": [{"name": "pk", "type": "S"}],
    }
