"""A connection to a server: order, errors, patience, and what is left of the server afterwards."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dynalite.settings import Settings
from server.app import App
from server.config import Config
from server.dax import connection as connections
from server.dax.cbor import read, write_bytes, write_int, write_text
from server.dax.settings import DaxSettings
from server.embedded.loop import Loop
from tests.dax.test_authorization import entrance, signed
from tests.dax.test_session import STREAM
from tests.dax.wire import PREAMBLE, RemoteError, WireClient, call

TABLE = {
    "TableName": "Things",
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
ENDPOINTS = call("endpoints")


class Rig:
    """A server with a DAX endpoint in a thread of this process."""

    def __init__(self, loop: Loop, app: App) -> None:
        self.loop = loop
        self.app = app
        assert app.dax is not None
        assert app.dax.endpoint is not None
        self.endpoint = app.dax.endpoint
        self.port = self.endpoint.ports[0]

    def connect(self, *, greet: bool = True) -> WireClient:
        return WireClient(self.port, greet=greet)

    def beat(self, seconds: int) -> None:
        """Let so many seconds pass for the connections."""

        def beats() -> None:
            for _ in range(seconds):
                self.endpoint.members[0].beat()

        self.loop.call(beats)


@pytest.fixture
def rig() -> Iterator[Rig]:
    loop = Loop()
    app = loop.run(lambda: App.open(Config("127.0.0.1", 0, Settings(), DaxSettings(port=0))))
    try:
        yield Rig(loop, app)
    finally:
        loop.run(app.close)
        loop.close()


@pytest.fixture
def client(rig: Rig) -> Iterator[WireClient]:
    client = rig.connect()
    yield client
    client.close()


def eventually(condition: Callable[[], Any]) -> None:
    """Wait until another thread has got there."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_endpoints_lists_what_every_client_needs(rig: Rig, client: WireClient) -> None:
    ((node,),) = client.ask(ENDPOINTS)
    assert sorted(node) == [0, 1, 2, 3, 4, 5, 6]
    assert (node[2], node[3], node[4]) == (
        bytes([127, 0, 0, 1]),
        rig.port,
        1,
    )
    assert node[5]


def test_calls_that_come_at_once_are_answered_in_order(client: WireClient) -> None:
    names = [[f"a{number}"] for number in range(20)]
    define = [call("defineAttributeListId", b"\x81" + write_text(name)) for (name,) in names]
    client.socket.sendall(b"".join(define))
    ids = [client.answer()[0] for _ in names]
    client.socket.sendall(b"".join(call("defineAttributeList", write_int(one)) for one in ids))
    assert [client.answer()[0] for _ in ids] == names


def test_a_connection_too_many_is_closed_and_the_others_go_on(
    rig: Rig, client: WireClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.ask(ENDPOINTS)
    monkeypatch.setattr("server.dax.endpoint.MOST_CONNECTIONS", 1)
    late = rig.connect()
    with pytest.raises((ConnectionError, EOFError)):
        late.ask(ENDPOINTS)
    late.close()
    assert len(client.ask(ENDPOINTS)[0]) == 1


def test_an_error_leaves_the_connection_usable(client: WireClient) -> None:
    with pytest.raises(RemoteError) as caught:
        client.ask(call("defineKeySchema", write_bytes(b"Nope")))
    assert caught.value.codes == [4, 37, 38, 39, 41]
    assert caught.value.details[1:] == ["ResourceNotFoundException", 400]
    assert len(client.ask(ENDPOINTS)[0]) == 1


@pytest.mark.parametrize(
    "broken",
    [
        call("defineKeySchema", write_int(7)),
        call("getItem", write_bytes(b"Things"), write_int(7), b"\xf6"),
        call("getItem", write_bytes(b"Things"), write_bytes(b"k"), b"\x80"),
        call("getItem", write_bytes(b"Things"), write_bytes(b"k"), b"\xa1\x00\x41\xff"),
        call("getItem", write_bytes(b"Things"), write_bytes(b"\xff"), b"\xf6"),
        call("putItem", write_bytes(b"Things"), write_bytes(b"k"), write_bytes(b""), b"\xf6"),
        call("putItem", write_bytes(b"Things"), write_bytes(b"k"), write_bytes(b"\x01\x00"), b"\xf6"),
        call("putItem", write_bytes(b"Things"), write_bytes(b"k"), write_bytes(b"\x07"), b"\xf6"),
        call("query", write_bytes(b"Things"), write_bytes(b"\x83"), b"\xf6"),
        call("batchGetItem", b"\xa1\x66Things\x81\xf4", b"\xf6"),
        call("batchWriteItem", b"\xa1\x66Things\x81\x41k", b"\xf6"),
        call("transactGetItems", b"\x81\x46Things", b"\x80", b"\xf6", b"\xf6"),
        call("transactWriteItems", b"\x81\x01", b"\x81\x46Things", b"\x81\x41k", *[b"\xf6"] * 6),
        call(
            "transactWriteItems",
            b"\x81\x07",
            b"\x81\x46Things",
            b"\x81\x41k",
            *[b"\xf6"] * 2,
            b"\x81\x80",  # an array in place of what to return
            *[b"\xf6"] * 3,
        ),
        call("defineAttributeList", write_int(12345)),
        call("defineAttributeListId", b"\x81\x01"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_and_the_next_is_answered(
    rig: Rig, client: WireClient, broken: bytes
) -> None:
    from dynalite.database import Caller

    rig.loop.run(lambda: rig.app.database.execute("CreateTable", dict(TABLE), Caller()))
    with pytest.raises(RemoteError) as caught:
        client.ask(broken)
    assert caught.value.codes == [4, 37, 38, 39, 46]
    assert len(client.ask(ENDPOINTS)[0]) == 1


@pytest.mark.parametrize(
    ("over_dax", "over_http"),
    [
        (b"\xf6", {}),
        (b"\x81\x01", {}),
        (b"\x81\x02", {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
    ],
)
def test_a_transaction_may_be_sent_again_over_http(
    rig: Rig, client: WireClient, over_dax: bytes, over_http: dict[str, str]
) -> None:
    """Clients always say what to return on failure, and that made it another request."""
    from dynalite.database import Caller

    rig.loop.run(lambda: rig.app.database.execute("CreateTable", dict(TABLE), Caller()))
    null, token = b"\xf6", b"\xa1\x13\x45token"
    delete = (b"\x81\x07", b"\x81\x46Things", b"\x81\x41k", null, null, over_dax, null, null, token)
    assert client.ask(call("transactWriteItems", *delete))
    action = {"TableName": "Things", "Key": {"pk": {"S": "k"}}, **over_http}
    request = {"TransactItems": [{"Delete": action}], "ClientRequestToken": "token"}
    assert rig.loop.run(lambda: rig.app.database.execute("TransactWriteItems", request, Caller())) == {}


def test_a_put_that_is_handed_back_has_its_key(
    rig: Rig, client: WireClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients do not add the key to it, and the batch writer of boto3 could not send it again."""
    from dynalite.database import Caller

    async def hand_back(operation: str, request: dict[str, object], caller: Caller) -> dict[str, object]:
        return {"UnprocessedItems": request["RequestItems"]}

    rig.loop.run(lambda: rig.app.database.execute("CreateTable", dict(TABLE), Caller()))
    monkeypatch.setattr(rig.app.database, "execute", hand_back)
    put = b"\xa1\x66Things\x82\x41k\x41\x01"
    unprocessed, _, _ = client.ask(call("batchWriteItem", put, b"\xf6"), values=3)
    key, item = unprocessed["Things"]
    number, at = read(item, 0)
    assert key == b"k"
    assert isinstance(number, int)
    assert client.ask(call("defineAttributeList", write_int(number))) == [["pk"]]
    assert item[at:] == write_text("k")


def test_an_unknown_attribute_list_is_refused_loudly(rig: Rig, client: WireClient) -> None:
    from dynalite.database import Caller

    rig.loop.run(lambda: rig.app.database.execute("CreateTable", dict(TABLE), Caller()))
    values = write_int(2**52) + b"\x61x"
    with pytest.raises(RemoteError, match="attribute list 4503599627370496 is not known"):
        client.ask(call("putItem", write_bytes(b"Things"), write_bytes(b"k"), write_bytes(values), b"\xf6"))


@pytest.mark.parametrize(
    "lost", [b"\x01\x19\x03\xe8", b"\x02", b"\x1c", call("defineAttributeListId", b"\x9a\xff\xff\xff\xff")]
)
def test_when_the_stream_is_lost_there_is_one_last_answer(client: WireClient, lost: bytes) -> None:
    with pytest.raises(RemoteError, match="cannot be read"):
        client.ask(lost)
    assert client.ends()


def test_who_speaks_another_protocol_is_told_so_and_closed(rig: Rig) -> None:
    client = rig.connect(greet=False)
    with pytest.raises(RemoteError, match="greeting"):
        client.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + bytes(50))
    assert client.ends()
    client.close()


def test_who_stops_in_the_middle_of_a_call_is_let_go(rig: Rig) -> None:
    client = rig.connect()
    client.socket.sendall(ENDPOINTS[:3])
    eventually(lambda: any(one.patient_until is not None for one in rig.endpoint.members[0].connections))
    rig.beat(connections.CALL_SECONDS - 1)
    client.socket.sendall(ENDPOINTS[3:])
    assert client.answer()
    client.socket.sendall(ENDPOINTS[:3])
    eventually(lambda: any(one.patient_until is not None for one in rig.endpoint.members[0].connections))
    rig.beat(connections.CALL_SECONDS)
    with pytest.raises((EOFError, ConnectionError)):
        client.value()
    client.close()


def test_who_is_idle_may_stay(rig: Rig, client: WireClient) -> None:
    assert client.ask(ENDPOINTS)
    rig.beat(10 * connections.CALL_SECONDS)
    assert client.ask(ENDPOINTS)


def test_who_does_not_read_is_not_read_from_and_then_let_go(rig: Rig) -> None:
    member = rig.endpoint.members[0]
    client = rig.connect()
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.socket.settimeout(0.2)
    names = b"\x98\xff" + b"".join(write_text(f"{number:064}") for number in range(255))
    with suppress(TimeoutError):  # our own buffers fill up because nobody reads
        client.socket.sendall(call("defineAttributeListId", names))
        identifier = client.answer()[0]
        for _ in range(10_000):
            client.socket.sendall(call("defineAttributeList", write_int(identifier)) * 20)
    eventually(lambda: all(one.patient_until is not None for one in member.connections))
    rig.beat(connections.CALL_SECONDS)
    eventually(lambda: not member.connections)
    client.close()


def test_who_has_read_slowly_may_be_idle_afterwards(rig: Rig, client: WireClient) -> None:
    assert client.ask(ENDPOINTS)
    (one,) = rig.endpoint.members[0].connections
    rig.loop.call(one.pause_writing)
    assert one.patient_until is not None
    rig.loop.call(one.resume_writing)
    rig.beat(10 * connections.CALL_SECONDS)
    assert client.ask(ENDPOINTS)


def test_who_has_read_slowly_must_end_the_call_it_has_begun(rig: Rig, client: WireClient) -> None:
    client.socket.sendall(ENDPOINTS[:3])
    eventually(lambda: any(one.patient_until is not None for one in rig.endpoint.members[0].connections))
    (one,) = rig.endpoint.members[0].connections
    rig.loop.call(one.pause_writing)
    rig.loop.call(one.resume_writing)
    rig.beat(connections.CALL_SECONDS)
    with pytest.raises((EOFError, ConnectionError)):
        client.value()


def test_a_wrong_signature_is_the_next_calls_error_and_a_right_one_opens_the_door_again(rig: Rig) -> None:
    rig.endpoint.members[0].entrance = entrance()
    client = rig.connect()
    with pytest.raises(RemoteError) as nobody:
        client.ask(ENDPOINTS)
    assert nobody.value.codes == [4, 23, 31, 33]

    def authorize(signature: str) -> bytes:
        sent = signed()
        return b"".join(
            (
                write_int(1),
                write_int(1489122155),
                write_text(sent.access_key),
                write_text(signature),
                write_bytes(sent.string_to_sign.encode()),
                b"\xf6\xf6",
            )
        )

    with pytest.raises(RemoteError) as caught:
        client.ask(authorize("0" * 64) + ENDPOINTS)
    assert caught.value.codes == [4, 23, 31, 32]
    assert client.ask(authorize(signed().signature) + ENDPOINTS)
    client.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(STREAM) - 1), st.binary(min_size=1, max_size=4))
def test_a_damaged_stream_harms_nobody_else(rig: Rig, at: int, noise: bytes) -> None:
    damaged = rig.connect(greet=False)
    with suppress(OSError):
        damaged.socket.sendall(STREAM[:at] + noise + STREAM[at + len(noise) :])
        damaged.socket.shutdown(socket.SHUT_WR)
        while damaged.socket.recv(1 << 16):
            pass
    damaged.close()
    healthy = rig.connect()
    assert healthy.ask(ENDPOINTS)
    healthy.close()


def test_a_server_that_ends_lets_its_clients_go(rig: Rig) -> None:
    client = rig.connect()
    assert client.ask(ENDPOINTS)
    rig.loop.run(rig.endpoint.close)
    assert client.ends()
    client.close()


def test_a_silent_client_does_not_keep_a_server_from_ending(rig: Rig) -> None:
    silent = rig.connect(greet=False)
    silent.socket.sendall(PREAMBLE[:4])
    eventually(lambda: rig.endpoint.members[0].connections)
    rig.loop.run(lambda: asyncio.wait_for(rig.endpoint.close(), 5))
    silent.close()
