"""Measuring several servers so that the machine's moods fall on all of them: A B A B, not A A B B.

All servers of one promise run at once, and those that are not being measured have nothing to do. Each round
gives every server the same requests, and the next round others.
"""

import statistics
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.client import Refused, load
from bench.contenders import OURS, Contender, Promise
from bench.measure import Result, measure, warm_up
from bench.process import Server
from bench.tables import Table
from bench.workloads import Workload

OUR_NAME = OURS[0].name


@dataclass(slots=True)
class Entrant:
    """A server that runs, with what it cannot do: a table or a workload, and the reason."""

    name: str
    server: Server
    cannot: dict[str, str] = field(default_factory=dict)
    loaded_bytes: int = 0

    def load(self, tables: Sequence[Table], items: int) -> None:
        for table in tables:
            try:
                load(self.server.port, items, table)
            except Refused as reason:
                self.cannot[table.name] = str(reason)
        self.loaded_bytes = self.server.resident_bytes()

    def reason_against(self, workload: Workload) -> str | None:
        names = (workload.name, *(table.name for table in workload.tables))
        return next((self.cannot[name] for name in names if name in self.cannot), None)


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
                server = stack.enter_context(contender.serving())
            except (OSError, RuntimeError) as reason:
                print(f"{contender.name} is left out: {reason}")
                continue
            entrant = Entrant(contender.name, server)
            entrant.load(tables, items)
            entrants.append(entrant)
        yield entrants


def compared(
    entrants: Sequence[Entrant],
    promise: Promise,
    workload: Workload,
    connections: int,
    items: int,
    rounds: int,
    seconds: float,
) -> Row:
    """One workload on all servers, round after round. Whoever refuses once is out of it."""
    row = Row(promise, workload.name, connections, workload.beside is not None, {}, {})
    for number in range(rounds):
        for entrant in entrants:
            reason = entrant.reason_against(workload)
            if reason is None:
                try:
                    if not number and connections == workload.connections[0]:
                        warm_up(entrant.server, workload, items)
                    result = measure(entrant.server, workload, items, connections, seconds, seed=number + 1)
                    row.results.setdefault(entrant.name, []).append(result)
                except Refused as refusal:
                    reason = entrant.cannot[workload.name] = str(refusal)
            if reason is not None:
                row.cannot[entrant.name] = reason
                row.results.pop(entrant.name, None)
    return row
