"""A server process and moto's Kinesis, which speak over HTTP; either may go away in the middle."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from dynalite import Server
from tests.admin.desk import Desk
from tests.kinesis.moto import Moto
from tests.live import LiveServer, live_server
from tests.orders import TABLE

PATIENCE_SECONDS = 20


@pytest.fixture(scope="module")
def moto() -> Iterator[Moto]:
    with Moto() as server:
        yield server


def feeding(moto: Moto, folder: Path) -> AbstractContextManager[LiveServer]:
    return live_server("--data", str(folder), "--kinesis-endpoint", moto.endpoint)


def status(client: Any) -> str:
    answer = client.describe_kinesis_streaming_destination(TableName="Orders")
    return str(answer["KinesisDataStreamDestinations"][0]["DestinationStatus"])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def put(client: Any, names: str, *values: int) -> None:
    for value in values:
        for name in names:
            client.put_item(TableName="Orders", Item={"id": {"S": name}, "n": {"N": str(value)}})


def values(records: list[Any], name: str) -> list[int]:
    """The values that an item took, in the order in which they arrived, each once."""
    changes = (record["dynamodb"] for record in records)
    told = [int(one["NewImage"]["n"]["N"]) for one in changes if one["Keys"]["id"]["S"] == name]
    return list(dict.fromkeys(told))


def test_every_change_arrives_across_a_killed_server_and_an_endpoint_that_is_away(
    moto: Moto, tmp_path: Path
) -> None:
    arn = moto.stream("orders")
    with feeding(moto, tmp_path / "data") as server:
        client = server.client()
        client.create_table(**TABLE)
        answer = client.enable_kinesis_streaming_destination(TableName="Orders", StreamArn=arn)
        assert answer["DestinationStatus"] == "ENABLING"
        until(lambda: status(client) == "ACTIVE")
        put(client, "abc", 1, 2)
        Desk(server.endpoint).post("/_admin/drain")
        assert len(moto.records("orders")) == 6
        moto.stop()
        put(client, "abc", 3, 4)
        server.kill()
    with feeding(moto, tmp_path / "data") as server:
        client = server.client()
        put(client, "abc", 5)
        moto.start()
        Desk(server.endpoint).post("/_admin/clock", advance=61)
        put(client, "abc", 6)
        Desk(server.endpoint).post("/_admin/drain")
        records = moto.records("orders")
        for name in "abc":
            assert values(records, name) == [1, 2, 3, 4, 5, 6]
        client.disable_kinesis_streaming_destination(TableName="Orders", StreamArn=arn)
        until(lambda: status(client) == "DISABLED")
        put(client, "abc", 7)
    assert len(moto.records("orders")) == len(records)


def test_a_binary_value_is_base64_in_the_record(moto: Moto) -> None:
    arn = moto.stream("binaries")
    with Server(kinesis_endpoint=moto.endpoint) as server:
        client = server.client()
        client.create_table(**TABLE)
        client.enable_kinesis_streaming_destination(TableName="Orders", StreamArn=arn)
        client.put_item(TableName="Orders", Item={"id": {"S": "a"}, "b": {"B": b"\x00\xff"}})
        server.drain()
    [record] = moto.records("binaries")
    assert record["dynamodb"]["NewImage"]["b"] == {"B": "AP8="}


def test_a_stream_that_is_not_there_shows_as_a_failure(moto: Moto) -> None:
    arn = moto.stream("there").replace("there", "not-there")
    with Server(kinesis_endpoint=moto.endpoint) as server:
        client = server.client()
        client.create_table(**TABLE)
        client.enable_kinesis_streaming_destination(TableName="Orders", StreamArn=arn)
        until(lambda: status(client) == "ENABLE_FAILED")
