"""What was acknowledged stays and what was done is done once, whether the primary of the database dies or one
of several servers.

The database is a primary with a synchronous standby, and each server is told of both. A killed primary is
replaced by promoting the standby, as whatever watches over the database would do.

These take their time, so they are left out unless they are asked for: `make failover`, and with `ROUNDS=20`
each goes on with other seeds and other moments.
"""

import asyncio
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import TypeVar

import pytest

from dynalite.database import Database
from dynalite.settings import Settings
from dynalite.storage.folder import StoreUnwritable
from tests import postgres
from tests.checking.house import findings
from tests.linearizability import clients
from tests.linearizability.bank import Bank, Teller
from tests.linearizability.kills import Milestones
from tests.linearizability.search import linearize
from tests.linearizability.workload import MIXES, Plan, play
from tests.live import live_server
from tests.one_address import OneAddress, one_address
from tests.postgres import Cluster

pytestmark = [
    pytest.mark.failover,
    pytest.mark.skipif(postgres.programs() is None, reason=postgres.MISSING),
]

T = TypeVar("T")

SERVERS = 3
SEEDS = range(int(os.environ.get("ROUNDS", "1")))


class Pair:
    """A primary and its synchronous standby."""

    def __init__(self, primary: Cluster, standby: Cluster) -> None:
        self.primary = primary
        self.standby = standby

    @property
    def dsn(self) -> str:
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in (self.primary, self.standby))
        return f"postgresql://postgres@{hosts}/dynalite"

    def fail_over(self) -> None:
        self.primary.kill()
        self.standby.promote()


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Nothing is synced to the disk, since nobody cuts the power: a killed process leaves its files."""
    primary, standby = Cluster(fsync="off"), Cluster(fsync="off")
    try:
        primary.make()
        standby.copy_of(primary, "standby")
        primary.sql("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        primary.sql("SELECT pg_reload_conf()")
        _until(lambda: primary.sql("SELECT sync_state FROM pg_stat_replication") == "sync")
        yield Pair(primary, standby)
    finally:
        primary.remove()
        standby.remove()


@contextmanager
def servers(dsn: str) -> Iterator[OneAddress]:
    with ExitStack() as stack:
        started = [stack.enter_context(live_server("--engine", dsn)) for _ in range(SERVERS)]
        yield stack.enter_context(one_address(started))


def under(trouble: Callable[[], None], after: int, work: Callable[[Callable[[], None]], T]) -> T:
    """Do work, which calls its argument at each step, and cause trouble after so many steps."""
    milestones = Milestones()

    def cause() -> None:
        if milestones.reached(after):
            trouble()

    causing = threading.Thread(target=cause)
    causing.start()
    try:
        return work(milestones.passed)
    finally:
        milestones.over()
        causing.join()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_acknowledged_write_is_lost_and_none_is_doubled_when_the_primary_is_killed(
    pair: Pair, seed: int
) -> None:
    """One order explains what all clients were told, before, during and after (`tests/linearizability`)."""
    with servers(pair.dsn) as address:
        clients.create_table(address.endpoint)
        plan = Plan("failover", list(MIXES)[seed % len(MIXES)], seed, clients=6, requests_per_client=40)
        recorded = under(
            pair.fail_over,
            random.Random(seed).randrange(20, 200),
            lambda passed: play(plan, address.endpoint, range(plan.clients), lambda old: old, passed),
        )
        verdict = linearize(recorded.calls, plan.initial)
        assert verdict.linearizable, verdict
        assert pair.standby.sql("SELECT pg_is_in_recovery()") == "f"
    asyncio.run(_agrees_with_itself(pair.standby.dsn))


@pytest.mark.parametrize("seed", SEEDS)
def test_transfers_happen_exactly_once_when_the_primary_is_killed(pair: Pair, seed: int) -> None:
    with servers(pair.dsn) as address:
        bank = Bank(seed)
        bank.open(address.endpoint)
        after = random.Random(seed).randrange(20, 100)
        books = under(
            pair.fail_over, after, lambda passed: bank.work(address.endpoint, lambda old: old, passed)
        )
        with closing(Teller(address.endpoint, lambda old: old)) as teller:
            bank.check(books, teller.balances(bank.accounts))
    asyncio.run(_agrees_with_itself(pair.standby.dsn))


@pytest.mark.parametrize("seed", SEEDS)
def test_transfers_happen_exactly_once_when_one_of_the_servers_is_killed(database: str, seed: int) -> None:
    asyncio.run(postgres.make_empty(database))
    with servers(database) as address:
        bank = Bank(seed)
        bank.open(address.endpoint)
        victim = address.servers[1]
        after = random.Random(seed).randrange(20, 100)
        books = under(
            victim.kill, after, lambda passed: bank.work(address.endpoint, lambda old: old, passed)
        )
        with closing(Teller(address.endpoint, lambda old: old)) as teller:
            bank.check(books, teller.balances(bank.accounts))
    asyncio.run(_agrees_with_itself(database))


def test_a_standby_is_refused_by_itself(pair: Pair) -> None:
    async def start() -> None:
        await (await Database.open(Settings(engine=pair.primary.dsn))).close()
        with pytest.raises(StoreUnwritable, match="read-only replica"):
            await Database.open(Settings(engine=pair.standby.dsn))

    asyncio.run(start())


async def _agrees_with_itself(dsn: str) -> None:
    """Items, indexes, figures and logs of the whole database."""
    engine = postgres.engine(dsn)
    snapshot = engine.snapshot()
    assert await findings(snapshot) == []
    snapshot.close()
    await engine.close()


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + postgres.START_SECONDS
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)
