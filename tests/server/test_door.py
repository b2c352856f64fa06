"""The front door, spoken to in bytes: every rule of `server/door.py`, on both event loops."""

import gzip
import socket
from typing import Any

import pytest

from dynalite import limits
from server import intake
from server.bounds import Bounds
from tests.server.rig import Rig, json_of, post

HEAD_SECONDS, BODY_SECONDS = int(Bounds().head_seconds), int(Bounds().body_seconds)
READER_SECONDS, IDLE_SECONDS = int(Bounds().reader_seconds), int(Bounds().idle_seconds)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def chunked(*chunks: bytes) -> bytes:
    """A request whose body comes in chunks."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
    return post(body=b"", Transfer_Encoding="chunked", without=("Content-Length",)) + body


# ------------------------------------------------------------------ answers


def test_an_answer_carries_what_the_service_sends(rig: Rig) -> None:
    reply = rig.ask(post(body=b'{"TableName":"t"}'))
    assert reply.status == 200
    assert reply.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert reply.headers["Server"] == "Server"
    assert reply.headers["Connection"] == "keep-alive"
    assert reply.headers["Content-Length"] == str(len(reply.body))
    assert reply.headers["Date"].endswith(" GMT")
    assert len(reply.headers["x-amzn-RequestId"]) == 52
    assert reply.checksum_holds
    assert json_of(reply.body)["Request"] == {"TableName": "t"}


def test_the_answer_is_in_the_content_type_of_the_request(rig: Rig) -> None:
    reply = rig.ask(post(Content_Type="application/json"))
    assert reply.headers["Content-Type"] == "application/json"


def test_every_answer_has_a_request_id_of_its_own(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post() * 20)
        ids = {wire.read().headers["x-amzn-RequestId"] for _ in range(20)}
    assert len(ids) == 20


def test_header_names_are_read_in_any_case(rig: Rig) -> None:
    head, _, body = post(body=b'{"a":1}').partition(b"\r\n\r\n")
    line, *fields = head.split(b"\r\n")
    shouting = [name.upper() + b":" + value for name, _, value in (f.partition(b":") for f in fields)]
    assert rig.ask(b"\r\n".join([line, *shouting]) + b"\r\n\r\n" + body).status == 200


def test_answers_are_sent_without_waiting_for_more(rig: Rig) -> None:
    def no_delay() -> list[int]:
        sockets = [door.transport.get_extra_info("socket") for door in rig.doors if door.transport]
        return [s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for s in sockets]

    with rig.connect() as wire:
        wire.send(post())
        wire.read()
        assert all(rig.loop.call(no_delay))


@pytest.mark.parametrize("operation", ["Echo", "Yield", "Thread", "Splice"])
def test_an_operation_that_waits_answers_as_one_that_does_not(rig: Rig, operation: str) -> None:
    assert rig.ask(post(operation)).status == 200


def test_spliced_json_is_sent_as_it_was_stored(rig: Rig) -> None:
    assert rig.ask(post("Splice")).body == b'{"Item":{"pk":{"S":"a"}},"Items":[{"Deep":1.50}]}'


# ------------------------------------------------------------------ keeping, and not keeping, the connection


def test_a_connection_serves_many_requests(rig: Rig) -> None:
    with rig.connect() as wire:
        for _ in range(3):
            wire.send(post())
            assert wire.read().status == 200


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("1.1", None, True),
        ("1.1", "keep-alive", True),
        ("1.1", "close", False),
        ("1.0", None, False),
        ("1.0", "keep-alive", True),
    ],
)
def test_a_connection_is_kept_when_http_says_so(
    rig: Rig, version: str, connection: str | None, kept: bool
) -> None:
    fields: dict[str, Any] = {} if connection is None else {"Connection": connection}
    with rig.connect() as wire:
        wire.send(post(version=version, **fields))
        reply = wire.read()
        assert reply.status == 200
        assert reply.headers["Connection"] == ("keep-alive" if kept else "close")
        if kept:
            wire.send(post())
            assert wire.read().status == 200
        else:
            assert wire.ended


def test_a_client_that_sends_no_more_still_gets_its_answer(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Wait"))
        wire.socket.shutdown(socket.SHUT_WR)
        rig.until(lambda: rig.script.begun == ["Wait"])
        rig.open_gate()
        assert wire.read().status == 200
        assert wire.ended


def test_a_client_that_goes_away_without_asking_is_let_go(rig: Rig) -> None:
    with rig.connect() as wire:
        rig.until(lambda: len(rig.front.doors) == 1)
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.ended
    rig.until(lambda: not rig.front.doors)


def test_an_operation_outlives_its_connection(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Wait"))
        rig.until(lambda: rig.script.begun == ["Wait"])
        wire.reset()
    rig.until(lambda: not rig.front.doors)
    assert rig.front.waiting == 1
    rig.open_gate()
    rig.until(lambda: rig.script.ended == ["Wait"] and rig.front.waiting == 0)


# ------------------------------------------------------------------ pipelining


def test_pipelined_requests_are_answered_in_order(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(b"".join(post("Yield" if n % 2 else "Echo", b'{"n":%d}' % n) for n in range(50)))
        assert [json_of(wire.read().body)["Request"] for _ in range(50)] == [{"n": n} for n in range(50)]


def test_a_pipelined_request_does_not_begin_before_the_one_ahead_is_answered(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Wait"))
        rig.until(lambda: rig.script.begun == ["Wait"])
        wire.send(post("Echo"))
        wire.send(post("Echo"))
        rig.beat(2)
        assert rig.script.begun == ["Wait"]
        rig.open_gate()
        assert [wire.read().status for _ in range(3)] == [200, 200, 200]
        assert rig.script.begun == ["Wait", "Echo", "Echo"]


def test_thousands_of_pipelined_requests_do_not_pile_up_on_the_stack(rig: Rig) -> None:
    small = b"GET / HTTP/1.1\r\n\r\n"
    with rig.connect() as wire:
        wire.send(small * 3000)
        assert all(wire.read("GET").status == 200 for _ in range(3000))


def test_nothing_after_a_request_that_closes_is_answered(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post(Connection="close") + post())
        assert wire.read().status == 200
        assert wire.ended
    assert rig.script.begun == ["Echo"]


# ------------------------------------------------------------------ bodies


def test_a_body_in_chunks_is_one_body(rig: Rig) -> None:
    reply = rig.ask(chunked(b'{"a"', b":", b'"b"}'))
    assert json_of(reply.body)["Request"] == {"a": "b"}


def test_a_trailer_does_not_leak_into_the_next_request(rig: Rig) -> None:
    # The parser hands over trailers as header fields; the next request must not inherit them.
    first = chunked(b"{}")[:-2] + b"Content-Encoding: nonsense\r\n\r\n"
    with rig.connect() as wire:
        wire.send(first + post())
        assert [wire.read().status, wire.read().status] == [200, 200]


def test_the_client_is_told_to_go_on_when_it_asks(rig: Rig) -> None:
    request = post(body=b'{"a":1}', Expect="100-continue")
    head, body = request[:-7], request[-7:]
    with rig.connect() as wire:
        wire.send(head)
        assert wire.socket.recv(len(CONTINUE), socket.MSG_WAITALL) == CONTINUE
        wire.send(body)
        assert json_of(wire.read().body)["Request"] == {"a": 1}


def test_the_permission_to_go_on_waits_for_the_answer_before(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Wait") + post(body=b"{}", Expect="100-continue")[:-2])
        rig.until(lambda: rig.script.begun == ["Wait"])
        rig.open_gate()
        assert wire.read().status == 200
        assert wire._file.read(len(CONTINUE)) == CONTINUE
        wire.send(b"{}")
        assert wire.read().status == 200


def test_another_expectation_is_refused(rig: Rig) -> None:
    assert rig.ask(post(Expect="200-maybe")).error == "MalformedHttpRequestException"


def test_a_body_of_exactly_the_limit_is_read(rig: Rig) -> None:
    body = b'{"a":"' + b"x" * (limits.REQUEST_BODY_BYTES - 8) + b'"}'
    assert len(body) == limits.REQUEST_BODY_BYTES
    reply = rig.ask(post("Splice", body))
    assert reply.status == 200


def test_a_longer_body_is_refused_before_it_is_sent(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post(Content_Length=str(limits.REQUEST_BODY_BYTES + 1)))
        reply = wire.read()
        assert (reply.status, reply.error) == (413, "RequestEntityTooLargeException")
        assert reply.headers["Connection"] == "close"
        assert wire.ended


def test_a_client_that_sends_too_much_before_it_reads_gets_the_answer(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post(body=b"x" * (limits.REQUEST_BODY_BYTES + limits.MIB)))
        assert wire.read().status == 413


def test_a_chunked_body_past_the_limit_is_refused(rig: Rig) -> None:
    assert rig.ask(chunked(*[b"x" * limits.MIB] * 17)).status == 413


def test_a_compressed_body_is_unpacked(rig: Rig) -> None:
    reply = rig.ask(post(body=gzip.compress(b'{"a":"b"}'), Content_Encoding="GZip"))
    assert json_of(reply.body)["Request"] == {"a": "b"}


# ------------------------------------------------------------------ large answers


@pytest.mark.parametrize("size_bytes", [1, 4095, 1_000_000, 5_000_000])
def test_a_large_answer_arrives_whole(rig: Rig, size_bytes: int) -> None:
    reply = rig.ask(post("Large", b'{"Bytes":%d}' % size_bytes))
    assert len(json_of(reply.body)["Filling"]) == size_bytes
    assert reply.checksum_holds


def test_nothing_is_begun_for_a_client_that_does_not_read(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Large", b'{"Bytes":20000000}') + post() * 3)
        rig.until(lambda: any(door.reader_is_slow for door in rig.doors))
        wire.send(post() * 3)
        rig.beat(2)
        assert rig.script.begun == ["Large"]
        assert len(json_of(wire.read().body)["Filling"]) == 20_000_000
        assert [wire.read().status for _ in range(6)] == [200] * 6


def test_an_answer_is_compressed_for_a_client_that_asks(rig: Rig) -> None:
    reply = rig.ask(post("Large", b'{"Bytes":10000}', Accept_Encoding="deflate, gzip;q=0.9"))
    assert reply.headers["Content-Encoding"] == "gzip"
    assert reply.checksum_holds, "the checksum is of the bytes as sent"
    assert len(json_of(gzip.decompress(reply.body))["Filling"]) == 10_000


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br"])
def test_an_answer_is_not_compressed_for_others(rig: Rig, accepted: str) -> None:
    reply = rig.ask(post("Large", b'{"Bytes":10000}', Accept_Encoding=accepted))
    assert "Content-Encoding" not in reply.headers


def test_a_small_answer_is_not_compressed(rig: Rig) -> None:
    assert "Content-Encoding" not in rig.ask(post(Accept_Encoding="gzip")).headers


# ------------------------------------------------------------------ what is not HTTP, or too much of it


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # the beginning of TLS
        b"HELLO\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ],
)
def test_what_is_not_http_is_refused_and_the_connection_closed(rig: Rig, request_: bytes) -> None:
    with rig.connect() as wire:
        wire.send(request_)
        reply = wire.read()
        assert (reply.status, reply.error) == (400, "MalformedHttpRequestException")
        assert reply.headers["Connection"] == "close"
        assert wire.ended


def test_what_came_before_nonsense_is_answered_first(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Yield") + b"\x00\x01nonsense\r\n\r\n")
        assert [wire.read().status, wire.read().status] == [200, 400]
        assert wire.ended


@pytest.mark.parametrize("piece_bytes", [1000, 10_000_000])
@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nX: "])
def test_an_endless_head_is_refused(rig: Rig, start: bytes, piece_bytes: int) -> None:
    request = start + b"x" * (2 * intake.HEAD_BYTES) + b"\r\n\r\n"
    with rig.connect() as wire:
        for at in range(0, len(request), piece_bytes):
            wire.send(request[at : at + piece_bytes])
        assert wire.read().status == 400


def test_too_many_header_fields_are_refused(rig: Rig) -> None:
    fields: dict[str, Any] = {f"X-{n}": "x" for n in range(intake.HEADER_FIELDS)}
    assert rig.ask(post(**fields)).error == "MalformedHttpRequestException"


# ------------------------------------------------------------------ time-outs


@pytest.mark.parametrize(
    ("begun", "patience_seconds"),
    [
        (post()[:5], HEAD_SECONDS),
        (post()[:100], HEAD_SECONDS),
        (post(body=b'{"a":1}')[:-1], BODY_SECONDS),
    ],
)
def test_a_request_that_is_not_finished_is_given_up(rig: Rig, begun: bytes, patience_seconds: int) -> None:
    with rig.connect() as wire:
        wire.send(begun)
        rig.until(lambda: any(door.intake.in_message for door in rig.doors))
        rig.beat(patience_seconds - 1)
        rig.until(lambda: len(rig.front.doors) == 1)
        rig.beat(2)
        reply = wire.read()
        assert (reply.status, reply.error) == (408, "RequestTimeoutException")
        assert wire.ended


def test_drops_of_a_head_buy_no_time(rig: Rig) -> None:
    with rig.connect() as wire:
        for byte in post()[:HEAD_SECONDS]:
            wire.send(bytes([byte]))
            rig.until(lambda: any(door.intake.in_message for door in rig.doors))
            rig.beat(1)
        assert wire.read().status == 408


def test_an_idle_connection_is_closed_in_the_end(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post())
        wire.read()
        rig.beat(IDLE_SECONDS - 1)
        wire.send(post())
        assert wire.read().status == 200
        rig.beat(IDLE_SECONDS + 1)
        assert wire.ended


def test_a_slow_operation_has_all_the_time_it_needs(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Wait"))
        rig.until(lambda: rig.script.begun == ["Wait"])
        rig.beat(10 * IDLE_SECONDS)
        rig.open_gate()
        assert wire.read().status == 200


def test_a_client_that_never_reads_is_dropped(rig: Rig) -> None:
    with rig.connect() as wire:
        wire.send(post("Large", b'{"Bytes":20000000}'))
        rig.until(lambda: any(door.reader_is_slow for door in rig.doors))
        rig.beat(READER_SECONDS + 1)
        rig.until(lambda: not rig.front.doors)


# ------------------------------------------------------------------ the end of the server


def test_a_server_that_leaves_answers_what_it_has_read(rig: Rig) -> None:
    def leave() -> None:
        for one in tuple(rig.front.doors):
            one.leave()

    with rig.connect() as idle, rig.connect() as busy:
        busy.send(post("Wait") + post())
        rig.until(lambda: rig.script.begun == ["Wait"] and len(rig.front.doors) == 2)
        rig.loop.call(leave)
        assert idle.ended
        rig.open_gate()
        assert [busy.read().status, busy.read().status] == [200, 200]
        assert busy.ended
