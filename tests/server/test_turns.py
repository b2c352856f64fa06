"""Connections take turns together: what was read is answered, then the answers are written."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from server import turns
from server.turns import PUT_OFF_BYTES, Turns, TurnTaker


class Transport:
    """Writes down what is written, in the order of all connections."""

    def __init__(self, name: str, events: list[str]) -> None:
        self.name = name
        self.events = events
        self.aborted = False
        self.closed = False

    def write(self, data: bytes) -> None:
        if self.closed:
            raise RuntimeError("the transport is closed")
        self.events.append(f"{self.name} writes {len(data) if len(data) > 9 else data.decode()}")

    def abort(self) -> None:
        self.aborted = True


class Taker(TurnTaker):
    """Answers everything with itself."""

    def __init__(self, turns: Turns, name: str, events: list[str]) -> None:
        super().__init__(turns)
        self.name = name
        self.events = events
        self.to = Transport(name, events)
        self.transport = cast("asyncio.Transport", self.to)

    def feed(self, data: bytes) -> None:
        self.events.append(f"{self.name} takes {len(data) if len(data) > 9 else data.decode()}")
        if data == b"bad":
            raise RuntimeError("a mistake")
        self.write(data)


def in_turns(act: Callable[..., None], names: str = "ab") -> tuple[list[str], list[Taker]]:
    """What has happened, one turn of the loop after `act` was given the connections."""
    events: list[str] = []
    takers: list[Taker] = []

    async def run() -> None:
        together = Turns("others" + names)
        takers.extend(Taker(together, name, events) for name in names)
        act(*takers)
        events.append("the loop goes on")
        await asyncio.sleep(0)

    asyncio.run(run())
    return events, takers


def test_all_is_read_then_all_is_answered_then_all_is_written() -> None:
    def act(a: Taker, b: Taker) -> None:
        a.data_received(b"1")
        b.data_received(b"2")

    events, _ = in_turns(act)
    assert events == ["the loop goes on", "a takes 1", "b takes 2", "a writes 1", "b writes 2"]


def test_what_one_connection_brings_in_pieces_stays_in_order() -> None:
    def act(a: Taker, b: Taker) -> None:
        a.data_received(b"1")
        b.data_received(b"2")
        a.data_received(b"3")

    events, _ = in_turns(act)
    assert events[1:] == ["a takes 13", "b takes 2", "a writes 13", "b writes 2"]


def test_answers_that_come_later_are_written_together() -> None:
    def act(a: Taker, b: Taker) -> None:
        a.write(b"1")
        b.write(b"2")
        a.write(b"3")

    events, _ = in_turns(act)
    assert events == ["the loop goes on", "a writes 13", "b writes 2"]


def test_the_next_turn_comes_when_there_is_something_again() -> None:
    async def run() -> list[str]:
        events: list[str] = []
        a = Taker(Turns("ab"), "a", events)
        for data in (b"1", b"2"):
            a.data_received(data)
            await asyncio.sleep(0)
        return events

    assert asyncio.run(run()) == ["a takes 1", "a writes 1", "a takes 2", "a writes 2"]


def test_a_lot_is_not_put_off() -> None:
    def act(a: Taker) -> None:
        a.data_received(b"x")
        a.data_received(bytes(PUT_OFF_BYTES))

    events, _ = in_turns(act, "a")
    length = PUT_OFF_BYTES + 1
    assert events == [f"a takes {length}", f"a writes {length}", "the loop goes on"]


def test_a_long_turn_writes_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_AT_ONCE", 2)

    def act(*takers: Taker) -> None:
        for taker in takers:
            taker.data_received(b"1")

    events, _ = in_turns(act, "abc")
    assert [event[:8] for event in events[1:]] == [
        "a takes ", "b takes ", "a writes", "b writes", "c takes ", "c writes",
    ]  # fmt: skip


def test_one_that_fails_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    def act(a: Taker, b: Taker) -> None:
        a.data_received(b"bad")
        b.data_received(b"2")

    events, (a, b) = in_turns(act)
    assert events[1:] == ["a takes bad", "b takes 2", "b writes 2"]
    assert (a.to.aborted, b.to.aborted) == (True, False)
    assert "a connection failed" in caplog.text


def test_a_transport_that_takes_nothing_more_ends_alone(caplog: pytest.LogCaptureFixture) -> None:
    def act(a: Taker, b: Taker) -> None:
        a.to.closed = True
        a.data_received(b"1")
        b.data_received(b"2")

    events, (a, b) = in_turns(act)
    assert events[1:] == ["a takes 1", "b takes 2", "b writes 2"]
    assert (a.to.aborted, b.to.aborted) == (True, False)
    assert "a connection failed" in caplog.text


def test_what_came_with_the_end_is_answered() -> None:
    def act(a: Taker) -> None:
        a.data_received(b"1")
        assert a.eof_received() is False

    events, _ = in_turns(act, "a")
    assert events == ["a takes 1", "a writes 1", "the loop goes on"]


def test_a_lost_connection_gets_nothing() -> None:
    def act(a: Taker) -> None:
        a.data_received(b"1")
        a.transport = None

    events, _ = in_turns(act, "a")
    assert events == ["the loop goes on", "a takes 1"]


def test_the_only_connection_takes_no_turns() -> None:
    events: list[str] = []
    alone = Taker(Turns("a"), "a", events)
    alone.data_received(b"1")
    alone.write(b"2")
    assert events == ["a takes 1", "a writes 1", "a writes 2"]


def test_what_was_put_off_goes_before_what_the_last_one_left_brings() -> None:
    async def run() -> list[str]:
        events: list[str] = []
        connections = ["a", "b"]
        a = Taker(Turns(connections), "a", events)
        a.data_received(b"1")
        connections.remove("b")
        a.data_received(b"2")
        await asyncio.sleep(0)
        return events

    assert asyncio.run(run()) == ["a takes 12", "a writes 12"]
