"""Framing: calls come out as they went in, however they arrive; what is no call ends the session."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.limits import REQUEST_BODY_BYTES
from server.dax import skim
from server.dax.cbor import Malformed, write_bytes, write_head, write_int
from server.dax.methods import ARITIES, AUTHORIZE_CONNECTION
from server.dax.session import Call, Session, UnknownMethod

PREAMBLE = bytes.fromhex("67 4a37796e653547 00 50") + bytes(16) + bytes.fromhex("a1 69") + b"UserAgent"
PREAMBLE += bytes.fromhex("64") + b"test" + b"\x00"
AUTHORIZE = bytes.fromhex("01 1a58c2336b 61") + b"K" + bytes.fromhex("61") + b"s" + b"\x41t\xf6\xf6"

CAPTURED = [  # a real client's calls
    ("01 1a1b2bcf02", Call(455855874, [])),
    ("01 3a2c43e27e 45 52616e6765", Call(-742646399, [b"Range"])),
    ("01 3a495927bb 82 6161 6176", Call(-1230579644, [["a", "v"]])),
    (
        "01 3a7d8e7e56 45 52616e6765 46 6170c21c0010 47 0a6178c482200f bf07020300ff",
        Call(
            -2106490455,
            [b"Range", bytes.fromhex("6170c21c0010"), bytes.fromhex("0a6178c482200f"), {7: 2, 3: 0}],
        ),
    ),
    ("01 1a27f9bd71 06", Call(670678385, [6])),
    (
        "01 1a0fb0cc6a 45 52616e6765 46 6170c21c0010 bf0300ff",
        Call(263244906, [b"Range", bytes.fromhex("6170c21c0010"), {3: 0}]),
    ),
]
STREAM = PREAMBLE + AUTHORIZE + b"".join(bytes.fromhex(sent) for sent, _ in CAPTURED)
CALLS = [Call(AUTHORIZE_CONNECTION, ["K", "s", b"t", None, None]), *(call for _, call in CAPTURED)]


def calls(session: Session, data: bytes) -> list[Call]:
    session.receive(data)
    found = []
    while (call := session.next_call()) is not None:
        found.append(call)
    return found


def test_a_captured_session() -> None:
    assert calls(Session(ARITIES), STREAM) == CALLS


@given(st.lists(st.integers(1, len(STREAM) - 1), max_size=12).map(sorted))
def test_it_makes_no_difference_how_the_bytes_arrive(cuts: list[int]) -> None:
    session = Session(ARITIES)
    found = []
    for start, stop in zip([0, *cuts], [*cuts, len(STREAM)], strict=True):
        found += calls(session, STREAM[start:stop])
    assert found == CALLS
    assert not session.waiting


def test_byte_by_byte() -> None:
    session = Session(ARITIES)
    assert [call for at in range(len(STREAM)) for call in calls(session, STREAM[at : at + 1])] == CALLS


def test_each_byte_of_a_call_in_pieces_is_looked_at_once() -> None:
    skimmed = []

    class Watched(skim.Skimmer):
        __slots__ = ()

        def _step(self, data: bytes | bytearray) -> None:
            skimmed.append(self.at)
            super()._step(data)

    elements = 20_000
    call = bytes.fromhex("01 3a495927bb") + write_head(4, elements) + b"\x61a" * elements
    session = Session(ARITIES)
    calls(session, PREAMBLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.dax.session.Skimmer", Watched)
        for at in range(0, len(call), 100):
            found = calls(session, call[at : at + 100])
    assert found == [Call(-1230579644, [["a"] * elements])]
    assert len(skimmed) <= elements + len(call) // 100 + 2


@pytest.mark.parametrize("preamble", [b"\x60", b"GET / HTTP/1.1\r\n\r\n", b"\x67J7yne5H\x00\xf6\xa0\x00"])
def test_who_does_not_greet_is_refused(preamble: bytes) -> None:
    with pytest.raises(Malformed):
        calls(Session(ARITIES), preamble + bytes(40))


@pytest.mark.parametrize("session_id", ["6130", "f6", "50" + "00" * 16, "4101"])
def test_every_kind_of_session_id_is_accepted(session_id: str) -> None:
    greeting = bytes.fromhex("67 4a37796e653547 00" + session_id + "a0 00")
    assert calls(Session(ARITIES), greeting + bytes.fromhex(CAPTURED[0][0])) == [CALLS[1]]


@pytest.mark.parametrize("number", [785068263, -313431286, 1, -1])
def test_a_method_that_is_not_known_loses_the_stream(number: int) -> None:
    with pytest.raises(UnknownMethod):
        calls(Session(ARITIES), PREAMBLE + b"\x01" + write_int(number))


@pytest.mark.parametrize("head", [b"\x02", b"\x61a", b"\x01\x61a"])
def test_what_is_no_call_loses_the_stream(head: bytes) -> None:
    with pytest.raises(Malformed):
        calls(Session(ARITIES), PREAMBLE + head + bytes(10))


@pytest.mark.parametrize("value", ["e0", "f3", "f8", "fc", "ff"])
def test_a_simple_value_that_means_nothing_is_refused_before_the_rest_has_come(value: str) -> None:
    """In pieces it was stepped over, and the client waited for an answer until it was let go."""
    session = Session(ARITIES)
    calls(session, PREAMBLE + bytes.fromhex("01 3a495927bb 82"))
    with pytest.raises(Malformed, match="means nothing"):
        calls(session, bytes.fromhex(value))


@pytest.mark.parametrize("major", [2, 3, 4, 5])
@pytest.mark.parametrize("length", [REQUEST_BODY_BYTES, 2**63])
def test_a_length_beyond_the_limit_is_refused_when_it_is_announced(major: int, length: int) -> None:
    session = Session(ARITIES)
    with pytest.raises(Malformed, match="too long"):
        calls(session, PREAMBLE + bytes.fromhex("01 3a495927bb") + write_head(major, length))


def test_values_without_end_are_refused_before_they_fill_the_memory() -> None:
    session = Session(ARITIES)
    calls(session, PREAMBLE + bytes.fromhex("01 3a495927bb 9f"))
    for _ in range(15):
        calls(session, b"\x00" * (1 << 16))
    with pytest.raises(Malformed, match="too many values"):
        calls(session, b"\x00" * (1 << 17))


def test_a_byte_string_cannot_hide_too_many_values() -> None:
    blob = b"\x01" + b"\x80" * (skim.VALUES + 10)
    call = bytes.fromhex("01 3a7d8e7e56 41 74 41 6b") + write_bytes(blob) + b"\xf6"
    with pytest.raises(Malformed, match="too many values"):
        calls(Session(ARITIES), PREAMBLE + call)


@settings(max_examples=150)
@given(st.data(), st.binary(min_size=1, max_size=3), st.integers(1, 40))
def test_a_damaged_stream_gives_calls_or_ends(data: st.DataObject, noise: bytes, piece: int) -> None:
    at = data.draw(st.integers(0, len(STREAM) - 1))
    damaged = STREAM[:at] + noise + STREAM[at + len(noise) :]
    session = Session(ARITIES)
    try:
        for start in range(0, len(damaged), piece):
            for call in calls(session, damaged[start : start + piece]):
                assert len(call.arguments) == ARITIES[call.method]
    except Malformed:
        pass
