"""A run goes on when one of the servers does not."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest

from bench import rounds
from bench.client import Refused
from bench.contenders import Contender
from bench.measure import Result
from bench.rounds import Entrant, compared
from bench.workloads import Workload, get_item

WORKLOAD = Workload("GetItem", get_item)


class Server:
    """A server that nobody needs to ask anything."""

    port = 0

    def wait_until_quiet(self) -> None:
        pass

    def resident_bytes(self) -> int:
        return 0


class Mortal:
    """A contender that can be started so often."""

    promise = "memory"

    def __init__(self, name: str, starts: int) -> None:
        self.name = name
        self.starts = starts

    @contextmanager
    def serving(self) -> Iterator[Server]:
        self.starts -= 1
        if self.starts < 0:
            raise RuntimeError("it does not answer")
        yield Server()


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """No server is asked whether it lives; those named here say that they do."""
    living: set[str] = set()
    monkeypatch.setattr(rounds, "answers", lambda port: bool(living))
    monkeypatch.setattr(rounds, "measure", lambda *_: Result(1.0, 1.0, 1.0, 1.0))
    return living


def entrant(starts: int) -> Entrant:
    return Entrant(cast(Contender, Mortal("peer", starts)), (), 10)


def test_who_does_not_start_again_is_out_of_it_and_the_run_is_not(alive: set[str]) -> None:
    row = compared([entrant(1)], "memory", WORKLOAD, 1, 2, 0.0)
    assert row.results == {}
    assert row.cannot == {"peer": "it ended, and did not start again: it does not answer"}


def test_who_starts_again_is_measured(alive: set[str]) -> None:
    row = compared([entrant(4)], "memory", WORKLOAD, 1, 2, 0.0)
    assert len(row.results["peer"]) == 2


def test_a_process_that_has_ended_meanwhile_has_refused(
    alive: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> Result:
        raise FileNotFoundError("/proc/1/stat")

    alive.add("peer")
    monkeypatch.setattr(rounds, "measure", gone)
    with pytest.raises(Refused, match="stat"):
        entrant(1).measure(WORKLOAD, 1, 0.0, 0)
