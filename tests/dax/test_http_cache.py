"""`--cache`: the same cache in front of the JSON endpoint, and one cluster for both endpoints."""

import urllib.request
from typing import Any

import pytest

from tests.dax.tables import create_all
from tests.dax.test_clients import dax_address
from tests.dax.wire import WireClient, call
from tests.live import LiveServer, live_server

KEY = {"pk": {"S": "k"}}
GET = call("getItem", b"\x48DaxHashS", b"\x41k", b"\xf6")


def dax(server: LiveServer) -> WireClient:
    return WireClient(int(dax_address(server).rpartition(":")[2]))


def test_with_the_cache_both_endpoints_see_one_truth() -> None:
    with live_server("--cache", "--dax-port", "0") as server:
        client = server.client()
        create_all(client)
        wire = dax(server)
        assert wire.ask(GET) == [None]
        client.put_item(TableName="DaxHashS", Item=KEY)
        assert wire.ask(GET) == [{0: b"\x01"}]
        wire.ask(call("deleteItem", b"\x48DaxHashS", b"\x41k", b"\xf6"))
        assert "Item" not in client.get_item(TableName="DaxHashS", Key=KEY)
        wire.close()


def test_without_it_http_passes_by_the_caches_as_it_does_at_aws() -> None:
    with live_server("--dax-port", "0") as server:
        client = server.client()
        create_all(client)
        wire = dax(server)
        assert wire.ask(GET) == [None]
        client.put_item(TableName="DaxHashS", Item=KEY)
        assert wire.ask(GET) == [None]
        wire.close()


def test_http_alone_can_have_a_cache() -> None:
    with live_server("--cache", "--cache-query-ttl", "100000") as server:
        client = server.client()
        create_all(client)

        def scan() -> Any:
            return client.scan(TableName="DaxHashS", ReturnConsumedCapacity="TOTAL")

        assert scan()["ConsumedCapacity"]["CapacityUnits"] == 0.5
        client.put_item(TableName="DaxHashS", Item=KEY)
        stale = scan()
        assert (stale["Count"], stale["ConsumedCapacity"]["CapacityUnits"]) == (0, 0.0)
        assert client.get_item(TableName="DaxHashS", Key=KEY)["Item"] == KEY
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.get_item(TableName="DaxNope", Key=KEY)


def test_a_restored_snapshot_empties_the_caches() -> None:
    with live_server("--cache") as server:
        client = server.client()
        create_all(client)
        admin(server, "snapshots/before")
        client.put_item(TableName="DaxHashS", Item=KEY)
        assert client.get_item(TableName="DaxHashS", Key=KEY)["Item"] == KEY
        admin(server, "snapshots/before/restore")
        assert "Item" not in client.get_item(TableName="DaxHashS", Key=KEY)


def admin(server: LiveServer, path: str) -> None:
    request = urllib.request.Request(
        f"{server.endpoint}/_admin/{path}", b"{}", {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200
