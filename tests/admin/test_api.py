"""The admin API over HTTP."""

import time
from typing import Any

import pytest

from server.admin.table import ENDPOINTS
from tests.admin.desk import Desk
from tests.live import LocalServer, live_server

TABLE: dict[str, Any] = {
    "TableName": "Sessions",
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
}


def test_it_lists_what_there_is(desk: Desk) -> None:
    listed = [(one["method"], one["path"]) for one in desk.get("/_admin/")["endpoints"]]
    assert listed == [(endpoint.method, endpoint.path) for endpoint in ENDPOINTS]
    assert len(set(listed)) == len(listed)
    assert ("POST", "/_admin/clock") in listed


# ------------------------------------------------------------------ the clock


def test_the_clock_can_be_stopped_set_moved_and_let_go(desk: Desk) -> None:
    frozen = desk.post("/_admin/clock", freeze=True, set="2030-01-31T12:00:00Z")
    assert (frozen["now"], frozen["time"], frozen["frozen"]) == (
        1896091200.0,
        "2030-01-31T12:00:00.000Z",
        True,
    )
    assert desk.post("/_admin/clock", advance=60)["now"] == 1896091260.0
    assert desk.post("/_admin/clock", advance=-60)["now"] == 1896091200.0
    assert desk.get("/_admin/clock")["now"] == 1896091200.0
    running = desk.post("/_admin/clock", resume=True)
    assert not running["frozen"]
    assert 0 <= running["now"] - 1896091200.0 < 20
    system = desk.post("/_admin/clock", reset=True)
    assert abs(system["now"] - time.time()) < 20
    assert system["offset_seconds"] == 0


def test_expired_items_are_gone_once_the_clock_has_moved(desk: Desk, server: LocalServer) -> None:
    client = server.client()
    client.create_table(**TABLE)
    ttl = {"Enabled": True, "AttributeName": "ends"}
    client.update_time_to_live(TableName="Sessions", TimeToLiveSpecification=ttl)
    now = desk.post("/_admin/clock", freeze=True)["now"]
    for name, seconds in (("short", 60), ("long", 86400)):
        ends = {"N": str(int(now) + seconds)}
        client.put_item(TableName="Sessions", Item={"id": {"S": name}, "ends": ends})
    desk.post("/_admin/clock", advance=3600)
    desk.post("/_admin/sweep")
    assert [item["id"]["S"] for item in client.scan(TableName="Sessions")["Items"]] == ["long"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"advance": "1"}, "advance must be a number."),
        ({"advance": True}, "advance must be a number."),
        ({"freeze": False}, "freeze must be true, or left out."),
        ({"set": "soon"}, "set must be seconds since 1970, or a time such as 2030-01-31T12:00:00Z."),
        ({"set": -1}, "The clock goes from 1970 to the year 9999."),
        ({"advance": 1e300}, "The clock goes from 1970 to the year 9999."),
        ({"foward": 1}, "POST /_admin/clock has no parameter foward."),
        ([], "The body must be a JSON object."),
        (b"{", "The body is not JSON: "),
    ],
)
def test_nonsense_is_refused_in_one_sentence(desk: Desk, body: Any, sentence: str) -> None:
    status, answer = desk.ask("POST", "/_admin/clock", body)
    assert status == 400
    assert answer["error"].startswith(sentence)


# ------------------------------------------------------------------ snapshots, reset, shards


def test_a_snapshot_brings_everything_back(desk: Desk, server: LocalServer) -> None:
    client = server.client()
    client.create_table(**TABLE)
    client.put_item(TableName="Sessions", Item={"id": {"S": "a"}})
    assert desk.post("/_admin/snapshots/base")["tables"] == 1
    client.delete_table(TableName="Sessions")
    desk.post("/_admin/snapshots/base/restore")
    assert client.get_item(TableName="Sessions", Key={"id": {"S": "a"}})["Item"] == {"id": {"S": "a"}}
    assert [one["name"] for one in desk.get("/_admin/snapshots")["snapshots"]] == ["base"]
    assert desk.ask("DELETE", "/_admin/snapshots/base") == (200, {})
    gone = {"error": "There is no snapshot named base."}
    assert desk.ask("DELETE", "/_admin/snapshots/base") == (404, gone)
    assert desk.ask("POST", "/_admin/snapshots/base/restore") == (404, gone)
    assert desk.ask("POST", "/_admin/snapshots/a%20b")[0] == 400


def test_reset_drops_every_table_of_every_region(desk: Desk, server: LocalServer) -> None:
    clients = [server.client(region_name=region) for region in ("us-east-1", "eu-west-1")]
    for client in clients:
        client.create_table(**TABLE)
    desk.post("/_admin/reset")
    assert [client.list_tables()["TableNames"] for client in clients] == [[], []]


def test_shards_can_be_rolled(desk: Desk, server: LocalServer) -> None:
    client = server.client()
    arn = client.create_table(**TABLE)["TableDescription"]["LatestStreamArn"]
    desk.post("/_admin/streams/roll", table="Sessions")
    shards = server.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    ended = {shard["ShardId"] for shard in shards if "EndingSequenceNumber" in shard["SequenceNumberRange"]}
    assert len(ended) == 4
    assert {shard.get("ParentShardId") for shard in shards if shard["ShardId"] not in ended} == ended
    status, answer = desk.ask("POST", "/_admin/streams/roll", {"table": "Missing"})
    assert (status, answer["code"]) == (400, "ResourceNotFoundException")
    assert desk.ask("POST", "/_admin/streams/roll", {}) == (
        400,
        {"error": "POST /_admin/streams/roll needs table."},
    )


# ------------------------------------------------------------------ who is let in


def test_a_page_from_elsewhere_is_refused(desk: Desk) -> None:
    assert desk.ask("GET", "/_admin/", Origin="http://evil.example")[0] == 403
    assert desk.ask("GET", "/_admin/", Host="evil.example")[0] == 403
    assert desk.ask("POST", "/_admin/reset", b"{}", Content_Type="text/plain")[0] == 415


def test_what_is_not_there_is_said(desk: Desk) -> None:
    sentence = "There is no GET /_admin/nothing; GET /_admin/ lists what there is."
    assert desk.ask("GET", "/_admin/nothing") == (404, {"error": sentence})
    assert desk.ask("DELETE", "/_admin/clock")[0] == 404


def test_it_can_be_left_out() -> None:
    with live_server("--no-admin") as server:
        desk = Desk(server.endpoint)
        with pytest.raises(ValueError, match="Expecting value"):  # DynamoDB's answer is no JSON
            desk.get("/_admin/")
