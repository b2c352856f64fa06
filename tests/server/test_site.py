"""Connections that are given away to the ordinary web server, with everything they have sent."""

import subprocess
import sys
from typing import Any

from tests.live import REPOSITORY
from tests.server.rig import Rig, post

ELSEWHERE = b"GET /elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n"
UPGRADE: dict[str, Any] = {
    "Connection": "Upgrade, HTTP2-Settings",
    "Upgrade": "h2c",
    "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
}


def test_another_path_is_answered_by_the_site(rig: Rig) -> None:
    with rig.connect() as wire:
        for _ in range(2):
            wire.send(ELSEWHERE)
            reply = wire.read("GET")
            assert (reply.status, reply.body) == (404, b"<UnknownOperationException/>\n")
            assert reply.checksum_holds
    rig.until(lambda: not rig.front.doors)


def test_a_connection_may_be_given_away_after_operations(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post())
        assert wire.read().status == 200
        wire.send(ELSEWHERE)
        assert wire.read("GET").status == 404


def test_a_head_that_arrives_in_drops_is_given_away_whole(rig: Rig) -> None:
    with rig.connect() as wire:
        for byte in ELSEWHERE:
            wire.send(bytes([byte]))
        assert wire.read("GET").status == 404


def test_an_answer_on_its_way_is_sent_before_the_connection_is_given_away(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Wait"))
        rig.until(lambda: rig.script.begun == ["Wait"])
        wire.send(ELSEWHERE)
        rig.beat(1)
        rig.open_gate()
        assert [wire.read().status, wire.read("GET").status] == [200, 404]


def test_a_request_for_the_site_pipelined_behind_another_must_be_sent_again(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post() + ELSEWHERE)
        assert wire.read().status == 200
        assert wire.ended


def test_an_operation_that_asks_for_http_2_is_answered_in_http_1(rig: Rig) -> None:
    with rig.connect() as wire:
        for _ in range(2):
            wire.send(post(body=b'{"a":1}', **UPGRADE))
            reply = wire.read()
            assert reply.status == 200
            assert b'"Request":{"a":1}' in reply.body
            assert reply.headers["Content-Type"] == "application/x-amz-json-1.0"
            assert reply.checksum_holds
        wire.send(post("Refuse"))
        assert wire.read().error == "ConditionalCheckFailedException"


def test_aiohttp_is_not_imported_before_it_is_needed() -> None:
    imported = "import sys, server.app; print('aiohttp' in sys.modules, 'boto3' in sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", imported], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    assert output == "False False\n"
