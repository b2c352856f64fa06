"""Colours and progress are for people at terminals."""

import io

import pytest

from dynalite.clock import Clock
from server.terminal import Progress, coloured, paint, size


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_whose_user_wants_them(environment: dict[str, str], expected: bool) -> None:
    assert coloured(Terminal(), environment) is expected
    assert coloured(io.StringIO(), environment) is False
    assert ("\x1b" in paint(Terminal(), environment)("red", "no")) is expected


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.freeze()
    return clock


def test_progress_is_drawn_over_itself_and_wiped_in_the_end(clock: Clock) -> None:
    terminal = Terminal()
    with Progress(terminal, "loading", clock) as progress:
        clock.advance(2)
        progress.at(1, 4, 1000)
    first, second = terminal.getvalue().split("\r\x1b[K")[1:]
    assert first == "loading [######..................]  25%  1,000 items, 500/s"
    assert second == ""


def test_progress_is_drawn_a_few_times_a_second(clock: Clock) -> None:
    terminal = Terminal()
    with Progress(terminal, "loading", clock) as progress:
        for items in range(1000):
            clock.advance(0.001)
            progress.at(items, 0, items)
    assert 5 <= terminal.getvalue().count("items") <= 11


def test_nothing_is_drawn_where_nobody_watches(clock: Clock) -> None:
    file = io.StringIO()
    with Progress(file, "loading", clock) as progress:
        clock.advance(2)
        progress.at(1, 4, 1000)
    assert file.getvalue() == ""


@pytest.mark.parametrize(
    ("bytes_", "text"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 40, "5.0 TiB")]
)
def test_a_size_is_said_as_people_say_it(bytes_: int, text: str) -> None:
    assert size(bytes_) == text
