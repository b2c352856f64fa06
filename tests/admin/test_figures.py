"""The endpoints that show: tables at a glance, caches, and what a restore would bring."""

from typing import Any

from tests.admin.desk import Desk
from tests.live import LocalServer, live_server

TABLE: dict[str, Any] = {
    "TableName": "Things",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
NOON = 1_896_091_200


def thing(id_: str, **more: Any) -> dict[str, Any]:
    return {"id": {"S": id_}, **more}


def test_tables_of_all_regions_are_shown(desk: Desk, server: LocalServer) -> None:
    client = server.client(region_name="eu-west-1")
    client.create_table(**TABLE)
    server.client().create_table(**TABLE | {"StreamSpecification": {"StreamEnabled": False}})
    client.put_item(TableName="Things", Item=thing("a"))
    shown = {one["region"]: one for one in desk.get("/_admin/tables")["tables"]}
    assert shown["eu-west-1"] == {
        "table": "Things",
        "region": "eu-west-1",
        "status": "ACTIVE",
        "items": 1,
        "size_bytes": 3,
        "keys": [{"name": "id", "type": "S"}],
        "indexes": 0,
        "billing_mode": "PAY_PER_REQUEST",
        "stream": False,
        "expiring": None,
        "recovery": False,
    }
    assert (shown["us-east-1"]["items"], len(shown)) == (0, 2)


# ------------------------------------------------------------------ the preview


def look(desk: Desk, **members: Any) -> tuple[int, Any]:
    return desk.ask("POST", "/_admin/recovery/preview", {"table": "Things", **members})


def test_a_moment_can_be_looked_at(desk: Desk, server: LocalServer) -> None:
    client = server.client()
    client.create_table(**TABLE)
    desk.post("/_admin/clock", freeze=True, set=NOON)
    on = {"PointInTimeRecoveryEnabled": True}
    client.update_continuous_backups(TableName="Things", PointInTimeRecoverySpecification=on)
    client.put_item(TableName="Things", Item=thing("a"))
    desk.post("/_admin/clock", advance=10)
    client.put_item(TableName="Things", Item=thing("a", x={"N": "1"}))
    assert look(desk, at="2030-01-31T12:00:05Z") == (
        200,
        {
            "at": NOON + 5,
            "changes": 1,
            "gone": 0,
            "new": 0,
            "different": 1,
            "item_count": 1,
            "differences": [{"then": thing("a"), "now": thing("a", x={"N": "1"})}],
            "items": [thing("a")],
        },
    )
    assert look(desk, at=NOON + 5, limit=0)[1]["items"] == []
    status, answer = look(desk, at=NOON - 1)
    assert (status, answer) == (400, {"error": f"at must be from {NOON}.000 to {NOON + 10}.000."})
    assert client.list_tables()["TableNames"] == ["Things"]


def test_without_recovery_there_is_nothing_to_look_at(desk: Desk, server: LocalServer) -> None:
    status, answer = look(desk, at=NOON)
    assert (status, answer["code"]) == (400, "TableNotFoundException")
    server.client().create_table(**TABLE)
    status, answer = look(desk, at=NOON)
    assert (status, answer["code"]) == (400, "PointInTimeRecoveryUnavailableException")


# ------------------------------------------------------------------ caches


def test_a_server_without_a_cache_says_so(desk: Desk) -> None:
    assert desk.get("/_admin/caches") == {"endpoint": None, "clusters": []}


def test_hits_and_misses_are_counted() -> None:
    with live_server("--cache", "--cache-item-ttl", "60000", "--cache-size", "8") as server:
        client = server.client()
        client.create_table(**TABLE)
        for _ in range(3):
            client.get_item(TableName="Things", Key=thing("a"))
        shown = Desk(server.endpoint).get("/_admin/caches")
    [cluster] = shown["clusters"]
    [node] = cluster["nodes"]
    assert (shown["endpoint"], cluster["name"], cluster["region"]) == (None, "dynalite", None)
    assert (cluster["item_ttl_ms"], cluster["item_capacity_bytes"]) == (60000, 8 << 20)
    assert (node["items"]["hits"], node["items"]["misses"], node["items"]["entries"]) == (2, 1, 1)
    assert node["queries"]["hits"] == node["queries"]["misses"] == 0
