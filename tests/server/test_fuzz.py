"""Whatever is sent, the door answers or closes; it never hangs, never answers 500, never keeps anything."""

import socket

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.rig import Rig, post
from tests.server.test_door import chunked

SETTINGS = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])

REQUESTS = [
    post(body=b'{"a":"b"}'),
    post("Refuse"),
    post("Yield", b'{"a":1}'),
    post(body=b"nonsense"),
    chunked(b'{"a"', b':"b"}'),
    b"GET / HTTP/1.1\r\n\r\n",
    b"OPTIONS / HTTP/1.1\r\nOrigin: x\r\n\r\n",
    b"DELETE / HTTP/1.1\r\n\r\n",
    b"GET /elsewhere HTTP/1.1\r\nHost: x\r\n\r\n",
]
WORDS = [b"POST ", b"GET ", b"/ ", b"HTTP/1.1", b"\r\n", b"\r\n\r\n", b"Content-Length: ", b"3", b": ", b"{}"]

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30).map(str)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


def spoken_to(rig: Rig, pieces: list[bytes]) -> bytes:
    """Everything the server says to these pieces, once it has been told that no more will come."""
    with rig.connect() as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in pieces:
                wire.send(piece)
            wire.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has heard enough
        said = wire.rest()
    rig.until(lambda: not rig.front.doors and not rig.front.waiting)
    return said


@SETTINGS
@given(data=st.binary(max_size=300) | st.lists(st.sampled_from(WORDS) | st.binary(max_size=9)).map(b"".join))
def test_any_bytes(rig: Rig, data: bytes) -> None:
    assert b" 500 " not in spoken_to(rig, [data])


@SETTINGS
@given(
    request_=st.sampled_from(REQUESTS),
    at=st.floats(0, 1),
    width=st.integers(0, 5),
    replacement=st.binary(max_size=5),
)
def test_a_request_with_a_few_bytes_changed(
    rig: Rig, request_: bytes, at: float, width: int, replacement: bytes
) -> None:
    start = int(at * len(request_))
    assert b" 500 " not in spoken_to(rig, [request_[:start] + replacement + request_[start + width :]])


@SETTINGS
@given(request_=st.sampled_from(REQUESTS), cuts=st.lists(st.floats(0, 1), max_size=6))
def test_a_request_in_pieces_gets_the_answer_of_the_whole(
    rig: Rig, request_: bytes, cuts: list[float]
) -> None:
    places = sorted(int(cut * len(request_)) for cut in cuts)
    with rig.connect() as wire:
        wire.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start, stop in zip([0, *places], [*places, len(request_)], strict=True):
            wire.send(request_[start:stop])
        pieces = wire.read()
    assert pieces.settled() == rig.ask(request_).settled()


@pytest.mark.parametrize("request_", REQUESTS)
def test_a_request_byte_by_byte_gets_the_answer_of_the_whole(rig: Rig, request_: bytes) -> None:
    """Straight into the door, because a socket may join what was sent apart."""
    with rig.connect() as wire:
        rig.until(lambda: len(rig.front.doors) == 1)
        (door,) = rig.doors

        def feed() -> None:
            for byte in request_:
                door.data_received(bytes([byte]))
                door.take()

        rig.loop.call(feed)
        drops = wire.read()
    assert drops.settled() == rig.ask(request_).settled()


@SETTINGS
@given(body=JSON)
def test_any_json(rig: Rig, body: object) -> None:
    reply = rig.ask(post(body=orjson.dumps(body)))
    assert reply.status == (200 if isinstance(body, dict) else 400)


@pytest.mark.parametrize("digits", [b"9" * 5000, b"1e999", b"-1e-999", b"0." + b"3" * 5000])
def test_numbers_too_large_to_hold_do_no_harm(rig: Rig, digits: bytes) -> None:
    assert rig.ask(post("Splice", b'{"n":%b}' % digits)).status in (200, 400)


def test_nothing_is_left_of_a_thousand_broken_connections(rig: Rig) -> None:
    for number in range(1000):
        with rig.connect() as wire:
            wire.send(post()[: number % 400])
            wire.reset()
    rig.until(lambda: not rig.front.doors)
