"""Measuring several servers so that the machine's moods fall on all of them: A B A B, not A A B B.

All servers of one promise run at once, and those that are not being measured have nothing to do: the next
begins when the last is done with what its clients no longer wait for. Each round gives every server the same
requests, and the next round others.

A measurement ends by closing its connections, answers or not. A server that does not survive that (ExtendDB
in memory answers every request with an error afterwards) is started and loaded again before the next. One
that does not start again is out of what follows, and the others go on.
"""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from bench.client import Refused, answers, load
from bench.contenders import OURS, Contender, Promise
from bench.measure import Result, measure
from bench.tables import Table
from bench.workloads import Workload

OUR_NAME = OURS[0].name
WARM_UP_SECONDS = 1.0


class Entrant:
    """A server that runs and is loaded, with what it cannot do: a table or a workload, and the reason."""

    def __init__(self, contender: Contender, tables: Sequence[Table], items: int) -> None:
        self.name = contender.name
        self.cannot: dict[str, str] = {}
        self._gone: str | None = None
        self._contender = contender
        self._tables = tables
        self._items = items
        self._running = ExitStack()
        self._start()

    def _start(self) -> None:
        self.server = self._running.enter_context(self._contender.serving())
        for table in self._tables:
            try:
                load(self.server.port, self._items, table)
            except Refused as reason:
                self.cannot[table.name] = str(reason)
        self.server.wait_until_quiet()  # LevelDB goes on sorting what was loaded
        self.loaded_bytes = self.server.resident_bytes()

    def stop(self) -> None:
        self._running.close()

    def measure(self, workload: Workload, connections: int, seconds: float, seed: int) -> Result:
        """Raises Refused when it cannot do it."""
        if self._gone is not None:
            raise Refused(self._gone)
        names = (workload.name, *(table.name for table in workload.tables))
        for name in names:
            if name in self.cannot:
                raise Refused(self.cannot[name])
        if not answers(self.server.port):
            self._start_again()
        try:
            return measure(self.server, workload, self._items, connections, seconds, seed)
        except (Refused, OSError) as reason:  # the system's errors: the process has ended
            self.cannot[workload.name] = str(reason)
            raise Refused(str(reason)) from reason
        finally:
            with suppress(OSError):
                self.server.wait_until_quiet()

    def _start_again(self) -> None:
        self.stop()
        try:
            self._start()
        except (OSError, RuntimeError) as reason:
            self._gone = f"it ended, and did not start again: {reason}"
            raise Refused(self._gone) from reason


@dataclass(frozen=True, slots=True)
class Row:
    """What one workload came to: for every server its rounds, or why it has none."""

    promise: Promise
    workload: str
    connections: int
    judged_by_latency: bool
    results: dict[str, list[Result]]
    cannot: dict[str, str]

    def figure(self, name: str) -> float | None:
        """What the workload is judged by, the median of the rounds: requests a second, or the milliseconds
        that 99 % of the requests kept.
        """
        rounds = self.results.get(name)
        return statistics.median(map(self._figure, rounds)) if rounds else None

    def spread(self, name: str) -> float:
        """From the worst round to the best, as a share of the median."""
        figures = [self._figure(result) for result in self.results[name]]
        return (max(figures) - min(figures)) / statistics.median(figures)

    def best_peer(self) -> str | None:
        figures = {name: self.figure(name) for name in self.results if name != OUR_NAME}
        known = {name: figure for name, figure in figures.items() if figure is not None}
        if not known:
            return None
        choose = min if self.judged_by_latency else max
        return choose(known, key=lambda name: known[name])

    def ratio(self) -> float | None:
        """How many times better we are than the best peer: the median over the rounds, each compared with
        the peer's of the same round.
        """
        peer, ours = self.best_peer(), self.results.get(OUR_NAME)
        if peer is None or not ours:
            return None
        ratios = [
            self._figure(one) / self._figure(other)
            for one, other in zip(ours, self.results[peer], strict=False)
        ]
        ratio = statistics.median(ratios)
        return 1 / ratio if self.judged_by_latency else ratio

    def _figure(self, result: Result) -> float:
        return result.p99_milliseconds if self.judged_by_latency else result.requests_per_second


@contextmanager
def entered(contenders: Sequence[Contender], tables: Sequence[Table], items: int) -> Iterator[list[Entrant]]:
    """All of them, started and loaded; who does not start is left out, and it is said why."""
    with ExitStack() as stack:
        entrants = []
        for contender in contenders:
            try:
                entrant = Entrant(contender, tables, items)
            except (OSError, RuntimeError) as reason:
                print(f"{contender.name} is left out: {reason}")
                continue
            stack.callback(entrant.stop)
            entrants.append(entrant)
        yield entrants


def compared(
    entrants: Sequence[Entrant],
    promise: Promise,
    workload: Workload,
    connections: int,
    rounds: int,
    seconds: float,
) -> Row:
    """One workload on all servers, round after round. Whoever refuses once is out of it."""
    row = Row(promise, workload.name, connections, workload.beside is not None, {}, {})
    for seed in range(rounds + 1):
        for entrant in entrants:
            if entrant.name in row.cannot:
                continue
            try:
                result = entrant.measure(workload, connections, seconds if seed else WARM_UP_SECONDS, seed)
            except Refused as reason:
                row.cannot[entrant.name] = str(reason)
                row.results.pop(entrant.name, None)
            else:
                if seed:  # the round before the first warms up
                    row.results.setdefault(entrant.name, []).append(result)
    return row
