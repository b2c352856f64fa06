"""How much clients may ask of the server at once, over real connections: how many, memory, time."""

import http.client
import sys
from asyncio import Transport
from collections.abc import Callable, Iterator
from unittest.mock import Mock

import pytest

from dynalite import limits
from dynalite.errors import ServiceError
from server.bounds import Bounds, Holdings, affordable
from server.embedded.loop import Loop
from server.intake import Intake
from server.request import HttpRequest
from tests.server.rig import Rig, Wire, post
from tests.server.test_door import chunked
from tests.server.test_site import ELSEWHERE

LARGE = b'{"a":"' + b"x" * 700_000 + b'"}'
BUSY = (503, "ServiceUnavailable")

Opens = Callable[[Bounds], Rig]


@pytest.fixture
def opened(loop: Loop) -> Iterator[Opens]:
    """Opens doors with bounds of one's own."""
    rigs: list[Rig] = []

    def open_(asked: Bounds) -> Rig:
        rigs.append(Rig(loop, asked))
        return rigs[-1]

    yield open_
    for rig in rigs:
        rig.close()
        assert rig.front.holdings.bodies_bytes == 0, "what was taken is given back"
        assert rig.front.holdings.unread_bytes == 0


def told(wire: Wire) -> tuple[int, str]:
    reply = wire.read()
    return reply.status, reply.error


# ------------------------------------------------------------------ connections


def test_one_connection_too_many_is_told_so_and_closed(opened: Opens) -> None:
    rig = opened(Bounds(connections=2))
    with rig.connect() as first, rig.connect() as second:
        rig.until(lambda: len(rig.front.doors) == 2)
        with rig.connect() as third:
            assert told(third) == BUSY
            assert third.ended
        for wire in (first, second):
            wire.send(post())
            assert wire.read().status == 200


def test_when_one_goes_there_is_room_for_another(opened: Opens) -> None:
    rig = opened(Bounds(connections=1))
    with rig.connect():
        rig.until(lambda: len(rig.front.doors) == 1)
    rig.until(lambda: not rig.front.doors)
    assert rig.ask(post()).status == 200


def test_connections_that_were_given_away_count(opened: Opens) -> None:
    rig = opened(Bounds(connections=1))
    with rig.connect() as elsewhere:
        elsewhere.send(ELSEWHERE)
        assert elsewhere.read("GET").status == 404
        with rig.connect() as another:
            assert told(another) == BUSY


class _Limits:
    """A process's limit of open files."""

    RLIMIT_NOFILE = 7
    RLIM_INFINITY = -1

    def __init__(self, soft: int, hard: int) -> None:
        self.limit = (soft, hard)

    def getrlimit(self, which: int) -> tuple[int, int]:
        return self.limit

    def setrlimit(self, which: int, limit: tuple[int, int]) -> None:
        self.limit = limit


@pytest.mark.parametrize(
    ("soft", "hard", "asked", "raised_to", "allowed"),
    [
        (1024, 1_000_000, 4096, 5196, 4096),
        (1024, -1, 4096, 5196, 4096),
        (1024, 4096, 4096, 4096, 2996),
        (1024, 1024, 4096, 1024, 256),
        (100_000, 100_000, 4096, 100_000, 4096),
        (-1, -1, 4096, -1, 4096),
    ],
)
def test_connections_never_take_the_files_that_the_database_needs(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, asked: int, raised_to: int, allowed: int
) -> None:
    limit = _Limits(soft, hard)
    monkeypatch.setitem(sys.modules, "resource", limit)
    assert affordable(Bounds(connections=asked)).connections == allowed
    assert limit.limit[0] == raised_to


# ------------------------------------------------------------------ bodies


@pytest.mark.parametrize(
    "request_",
    [post(body=LARGE, Content_Type="text/xml"), post(body=LARGE, Origin="http://evil.example")],
    ids=["of a kind that nobody speaks", "from a page that may not ask"],
)
def test_what_a_refused_request_holds_is_given_back(opened: Opens, request_: bytes) -> None:
    """It was held for ever: after a few of them no large request was taken any more."""
    rig = opened(Bounds())
    for _ in range(3):
        assert rig.ask(request_).status in (403, 404)
    assert rig.front.holdings.bodies_bytes == 0


def test_a_connection_at_rest_holds_nothing_of_what_it_read() -> None:
    """It held the last read of its socket: 200 KB an idle connection after one large request."""

    class Hearing:
        """A connection that hears requests and answers none."""

        ends = False
        transport: Transport | None = None
        patient_until = 0.0

        def receive(self, request: HttpRequest) -> None: ...
        def refuse(self, error: ServiceError) -> None: ...
        def part_with(self, received: bytes | None) -> None: ...

    front = Mock(draining=False)
    front.holdings.take.return_value = True
    intake = Intake(Hearing(), front)
    chunk = post(body=LARGE)
    before = sys.getrefcount(chunk)
    intake.feed(chunk)
    assert sys.getrefcount(chunk) == before


def test_a_body_too_many_is_refused_while_small_requests_pass(opened: Opens) -> None:
    rig = opened(Bounds(memory_mib=1))
    with rig.connect() as slow:
        slow.send(post(body=LARGE)[:-1])
        rig.until(lambda: rig.front.holdings.bodies_bytes > 600_000)
        with rig.connect() as second:
            second.send(post(body=LARGE))
            assert told(second) == BUSY
            assert second.ended
        assert rig.ask(post(body=b'{"small":1}')).status == 200
        slow.send(b"}")
        assert slow.read().status == 200
    assert rig.ask(post(body=LARGE)).status == 200


def test_a_client_that_goes_away_gives_back_what_it_had_sent(opened: Opens) -> None:
    rig = opened(Bounds(memory_mib=1))
    with rig.connect() as wire:
        wire.send(post(body=LARGE)[:-1])
        rig.until(lambda: rig.front.holdings.bodies_bytes > 600_000)
        wire.reset()
    rig.until(lambda: rig.front.holdings.bodies_bytes == 0)


def test_a_client_that_is_given_up_gives_it_back_too(opened: Opens) -> None:
    rig = opened(Bounds(memory_mib=1, body_seconds=3))
    with rig.connect() as wire:
        wire.send(post(body=LARGE)[:-1])
        rig.until(lambda: rig.front.holdings.bodies_bytes > 600_000)
        rig.beat(4)
        assert told(wire) == (408, "RequestTimeoutException")
        assert rig.front.holdings.bodies_bytes == 0


def test_a_body_counts_until_its_request_is_answered(opened: Opens) -> None:
    rig = opened(Bounds(memory_mib=1))
    with rig.connect() as waiting:
        waiting.send(post("Wait", LARGE))
        rig.until(lambda: rig.script.begun == ["Wait"])
        assert rig.ask(post(body=LARGE)).error == "ServiceUnavailable"
        rig.open_gate()
        assert waiting.read().status == 200
    assert rig.ask(post(body=LARGE)).status == 200


def test_requests_that_wait_behind_another_count(opened: Opens) -> None:
    rig = opened(Bounds(memory_mib=2))
    with rig.connect() as wire:
        wire.send(post("Wait") + post(body=LARGE))
        rig.until(lambda: rig.front.holdings.bodies_bytes > 600_000)
        wire.reset()
    rig.open_gate()
    rig.until(lambda: rig.front.holdings.bodies_bytes == 0)


def test_small_chunks_add_up(opened: Opens) -> None:
    rig = opened(Bounds(memory_mib=1))
    assert rig.ask(chunked(*[b"x" * 1000] * 1500)).error == "ServiceUnavailable"


@pytest.mark.parametrize("levels", [1_024, 100_000])
def test_json_that_is_too_deep_is_refused(opened: Opens, levels: int) -> None:
    rig = opened(Bounds())
    reply = rig.ask(post(body=b'{"a":' + b"[" * levels + b"]" * levels + b"}"))
    assert reply.error == "SerializationException"


# ------------------------------------------------------------------ answers


def test_answers_that_nobody_reads_are_bounded_together(opened: Opens) -> None:
    rig = opened(Bounds(memory_mib=32))
    with rig.connect() as first, rig.connect() as second:
        first.send(post("Large", b'{"Bytes":25000000}'))
        rig.until(lambda: rig.front.holdings.unread_bytes > 10 * limits.MIB)
        second.send(post("Large", b'{"Bytes":25000000}'))
        rig.until(lambda: len(rig.front.doors) == 1)
        assert len(second.read().body) > 25_000_000
        with pytest.raises((OSError, http.client.IncompleteRead)):
            first.read()


def test_an_answer_that_is_read_in_the_end_is_no_longer_held(opened: Opens) -> None:
    rig = opened(Bounds(memory_mib=64))
    with rig.connect() as wire:
        wire.send(post("Large", b'{"Bytes":25000000}'))
        rig.until(lambda: rig.front.holdings.unread_bytes > 10 * limits.MIB)
        assert len(wire.read().body) > 25_000_000
        rig.until(lambda: rig.front.holdings.unread_bytes == 0)


def test_whoever_has_waited_longest_goes_first() -> None:
    holdings = Holdings(Bounds(memory_mib=1))
    dropped: list[str] = []
    readers = [lambda name=name: dropped.append(name) for name in "abc"]
    for reader in readers:
        holdings.unread(reader, 400_000)
    assert dropped == ["a"]
    assert holdings.unread_bytes == 800_000
    holdings.read(readers[0])
    assert holdings.unread_bytes == 800_000


# ------------------------------------------------------------------ time


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        (Bounds(head_seconds=2), post()[:60]),
        (Bounds(body_seconds=2), post(body=b'{"a":1}')[:-1]),
    ],
)
def test_the_times_are_as_asked_for(opened: Opens, asked: Bounds, sent: bytes) -> None:
    rig = opened(asked)
    with rig.connect() as wire:
        wire.send(sent)
        rig.until(lambda: any(door.intake.in_message for door in rig.doors))
        rig.beat(3)
        assert told(wire) == (408, "RequestTimeoutException")


def test_an_idle_connection_and_one_that_does_not_read_have_theirs(opened: Opens) -> None:
    rig = opened(Bounds(idle_seconds=2, reader_seconds=2))
    with rig.connect() as idle, rig.connect() as unread:
        unread.send(post("Large", b'{"Bytes":25000000}'))
        rig.until(lambda: len(rig.front.doors) == 2 and rig.front.holdings.unread_bytes > 0)
        rig.beat(3)
        assert idle.ended
        rig.until(lambda: not rig.front.doors)


def test_a_slow_body_on_the_site_is_given_up(opened: Opens) -> None:
    rig = opened(Bounds(body_seconds=0.05))
    with rig.connect() as wire:
        wire.send(b"POST /elsewhere HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        reply = wire.read()
        assert (reply.status, reply.error) == (408, "RequestTimeoutException")
        assert reply.headers["Connection"] == "close"
