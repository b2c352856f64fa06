"""Connections that are given away to the ordinary web server, with everything they have sent."""

import subprocess
import sys
from typing import Any

from dynalite import limits
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


def test_a_connection_that_was_given_away_was_told_that_the_server_is_not_well(rig: Rig) -> None:
    """A proxy keeps its connections, and asks for health on whichever is free."""
    with rig.connect() as wire:
        for path in (b"/favicon.ico", b"/", b"/_health"):
            wire.send(b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)
        replies = [wire.read("GET") for _ in range(3)]
    assert [reply.status for reply in replies] == [404, 200, 200]
    assert replies[1].body == b"healthy: dynamodb.us-east-1.amazonaws.com "
    assert replies[2].body == b'{"status":"ready"}\n'


def test_a_page_whose_connection_was_given_away_could_not_read_its_answers(rig: Rig) -> None:
    page = b"Origin: http://localhost:3000\r\n"
    with rig.connect() as wire:
        wire.send(ELSEWHERE)
        assert wire.read("GET").status == 404
        wire.send(
            b"OPTIONS / HTTP/1.1\r\nHost: localhost\r\n" + page + b"Access-Control-Request-Method: POST\r\n"
            b"Access-Control-Request-Headers: x-amz-target\r\n\r\n"
        )
        preflight = wire.read("OPTIONS")
        assert (preflight.status, preflight.body) == (200, b"")
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"
        assert preflight.headers["Access-Control-Allow-Headers"] == "x-amz-target"
        assert preflight.headers["Access-Control-Allow-Methods"] == "POST"
        for operation, status in (("Echo", 200), ("Refuse", 400)):
            wire.send(post(operation, Origin="http://localhost:3000"))
            reply = wire.read()
            assert reply.status == status
            assert reply.headers["Access-Control-Allow-Origin"] == "*"


def test_a_request_without_a_target_was_told_otherwise_once_the_connection_was_given_away(rig: Rig) -> None:
    untargeted = post(without=("X-Amz-Target",))
    with rig.connect() as before, rig.connect() as after:
        after.send(ELSEWHERE)
        assert after.read("GET").status == 404
        for wire in (before, after):
            wire.send(untargeted)
            reply = wire.read()
            assert (reply.status, reply.error) == (400, "UnknownOperationException")


def test_a_request_that_is_too_long_had_no_error_code_on_the_site(rig: Rig) -> None:
    """Java's client asks for HTTP/2 with it, and its SDK reads the code from the body."""
    with rig.connect() as wire:
        wire.send(post(body=b"x" * (limits.REQUEST_BODY_BYTES + 1), **UPGRADE))
        reply = wire.read()
        assert (reply.status, reply.error) == (413, "RequestEntityTooLargeException")
        assert reply.headers["Connection"] == "close"
        assert reply.checksum_holds


def test_aiohttp_is_not_imported_before_it_is_needed() -> None:
    imported = "import sys, server.app; print('aiohttp' in sys.modules, 'boto3' in sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", imported], cwd=REPOSITORY, capture_output=True, text=True, check=True
    ).stdout
    assert output == "False False\n"
