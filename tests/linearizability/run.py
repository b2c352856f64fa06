"""The long run: `make linearizability OPTIONS="--seconds 600"`.

It takes turns: histories on the memory engine, histories on LevelDB with fsync, and on LevelDB a history and
a bank whose server is killed in the middle. The clients of an unkilled history are spread over several
processes, so that they do not wait for one another. It ends at the first history that no order explains,
prints where the search got stuck and the seed that made the clients' choices, and exits with 1.

With `--servers 3` all histories are of so many servers on one PostgreSQL database, behind one address.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from itertools import count, cycle
from multiprocessing import get_context

from tests.linearizability import clients
from tests.linearizability.bank import Bank, Teller
from tests.linearizability.kills import work_under_kills
from tests.linearizability.search import linearize
from tests.linearizability.site import Site
from tests.linearizability.workload import MIXES, Plan, Recorded, play
from tests.live import live_server
from tests.one_address import one_address
from tests.postgres import cluster

_TURNS_TOLD = 100


class Report:
    """Figures as they grow, under names that people read."""

    def __init__(self) -> None:
        self.figures: Counter[str] = Counter()

    def judge(self, plan: Plan, recorded: Recorded) -> None:
        verdict = linearize(recorded.calls, plan.initial)
        if not verdict.linearizable:
            sys.exit(f"{plan}\n{verdict}")
        self.figures.update(
            {
                "histories explained": 1,
                "calls in them": len(recorded.calls),
                "of many items": sum(len(call.touches) > 1 for call in recorded.calls),
                "refused by a condition": sum(
                    bool(call.outcome and call.outcome.refused) for call in recorded.calls
                ),
                "without an answer": sum(call.outcome is None for call in recorded.calls),
                "conflicts": recorded.conflicts,
            }
        )

    @property
    def operations(self) -> int:
        """Calls that a history or a bank has accounted for."""
        return sum(self.figures[name] for name in ("calls in them", "transfers", "audits"))

    def __str__(self) -> str:
        return "\n".join(f"{number:>12,} {name}" for name, number in self.figures.items())


Turn = Callable[[int], None]


@contextmanager
def shared(options: argparse.Namespace, report: Report) -> Iterator[list[Turn]]:
    """Histories of several servers, whose clients each talk to all of them."""
    with (
        cluster() as database,
        ExitStack() as stack,
        ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool,
    ):
        started = [stack.enter_context(live_server("--engine", database.dsn)) for _ in range(options.servers)]
        address = stack.enter_context(one_address(started))
        clients.create_table(address.endpoint)
        mixes = cycle(MIXES)
        yield [lambda seed: spread(options, report, pool, address.endpoint, next(mixes), seed)]


def spread(
    options: argparse.Namespace, report: Report, pool: Executor, endpoint: str, mix: str, seed: int
) -> None:
    """A history whose clients are spread over several processes."""
    plan = Plan(f"{mix} {seed}", mix, seed, options.clients, options.requests, options.registers)
    numbers = range(plan.clients)
    shares = [numbers[at :: options.processes] for at in range(options.processes)]
    played = [pool.submit(play, plan, endpoint, share) for share in shares if share]
    parts = [one.result() for one in played]
    calls = [call for part in parts for call in part.calls]
    report.judge(plan, Recorded(calls, sum(part.conflicts for part in parts)))


@contextmanager
def turns(options: argparse.Namespace, report: Report) -> Iterator[list[Turn]]:
    """The kinds of work, each as a function of the seed. Servers and processes live as long as the block."""
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Site("--in-memory")) as memory,
        closing(Site("--data", folder)) as leveldb,
        ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool,
    ):
        for site in (memory, leveldb):
            clients.create_table(site.endpoint)
        mixes = cycle(MIXES)

        def plan(seed: int) -> Plan:
            mix = next(mixes)
            return Plan(f"{mix} {seed}", mix, seed, options.clients, options.requests, options.registers)

        def history(site: Site, seed: int) -> None:
            spread(options, report, pool, site.endpoint, next(mixes), seed)

        def killed_history(seed: int) -> None:
            planned = plan(seed)
            numbers = range(planned.clients)
            half = planned.clients * planned.requests_per_client // 2
            recorded = work_under_kills(
                leveldb,
                [half],
                lambda passed: play(planned, leveldb.endpoint, numbers, leveldb.endpoint_after, passed),
            )
            report.judge(planned, recorded)
            report.figures["kills"] += 1

        def killed_bank(seed: int) -> None:
            bank = Bank(seed, tellers=options.clients, transfers_per_teller=options.requests)
            bank.open(leveldb.endpoint)
            books = work_under_kills(
                leveldb,
                [options.clients * options.requests // 2],
                lambda passed: bank.work(leveldb.endpoint, leveldb.endpoint_after, passed),
            )
            with closing(Teller(leveldb.endpoint, leveldb.endpoint_after)) as teller:
                bank.check(books, teller.balances(bank.accounts))
            bank.close(leveldb.endpoint)
            report.figures.update({"kills": 1, "transfers": books.transfers, "audits": len(books.audits)})

        yield [
            *[lambda seed: history(memory, seed)] * len(MIXES),
            *[lambda seed: history(leveldb, seed)] * len(MIXES),
            killed_history,
            killed_bank,
        ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="linearizability", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on")
    parser.add_argument("--operations", type=int, help="to account for before the end, however long it takes")
    parser.add_argument("--seed", type=int, default=0, help="of the first turn; each turn has the next")
    parser.add_argument("--clients", type=int, default=6, help="in a history or bank")
    parser.add_argument("--requests", type=int, default=40, help="of each client")
    parser.add_argument("--registers", type=int, default=3, help="items that they share")
    parser.add_argument("--servers", type=int, default=0, help="that share one database")
    parser.add_argument("--processes", type=int, default=2, help="that the clients are spread over")
    options = parser.parse_args()
    report = Report()
    until: float = time.monotonic() + options.seconds

    def is_over() -> bool:
        if options.operations is not None:
            over: bool = report.operations >= options.operations
            return over
        return time.monotonic() >= until

    with (shared if options.servers else turns)(options, report) as kinds:
        for seed, turn in zip(count(options.seed), cycle(kinds), strict=False):
            if is_over():
                break
            turn(seed)
            if seed % _TURNS_TOLD == 0:
                print(f"{report.operations:,} operations", file=sys.stderr)
    print(report)


if __name__ == "__main__":
    main()
