"""Random clients on few registers: what each one does follows from the seed, what happens does not.

Few registers and small numbers make the clients meet: conditions hold now and then, and transactions overlap.
Numbers that are put are never put again in the same history, so that a read tells which write it saw.
"""

import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from types import MappingProxyType

from tests.linearizability.clients import Moved, Registers
from tests.linearizability.registers import Call, Change, Requires, State, Touch

Work = Callable[["Hand"], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """One history: its name, and how many clients make how many requests on how many registers."""

    history: str
    mix: str
    seed: int
    clients: int = 6
    requests_per_client: int = 30
    registers: int = 3

    @property
    def initial(self) -> State:
        return (None,) * self.registers


@dataclass(frozen=True, slots=True)
class Recorded:
    calls: Sequence[Call]
    conflicts: int


class Hand:
    """What a client may choose from at random."""

    def __init__(self, plan: Plan, number: int, client: Registers) -> None:
        self.client = client
        self.rng = random.Random(f"{plan.seed} {number}")
        self.registers = range(plan.registers)
        self._fresh = count(1000 * (number + 1))

    def one(self) -> int:
        return self.rng.choice(self.registers)

    def some(self) -> list[int]:
        return self.rng.sample(self.registers, self.rng.randint(1, len(self.registers)))

    def last(self, register: int) -> int | None:
        """What this client last heard of the register: a requirement that has a chance."""
        for call in reversed(self.client.calls):
            if call.outcome is not None and register in call.outcome.found:
                touch = next(touch for touch in call.touches if touch.register == register)
                found = call.outcome.found[register]
                return found if call.outcome.refused else touch.leaves(found)
        return None

    def touch(self, register: int, *changes: Change, conditional: float) -> Touch:
        change = self.rng.choice(changes)
        number = next(self._fresh) if change is Change.SET else self.rng.choice((-1, 1, 2))
        required = change is Change.NOTHING or self.rng.random() < conditional
        return Touch(register, change, number, self.last(register) if required else Requires.NOTHING)


def get(hand: Hand) -> None:
    hand.client.get(hand.one())


def transact_get(hand: Hand) -> None:
    hand.client.transact_get(hand.some())


def batch_get(hand: Hand) -> None:
    hand.client.batch_get(hand.some())


def query(hand: Hand) -> None:
    hand.client.query(hand.registers)


def write(hand: Hand) -> None:
    hand.client.write(hand.touch(hand.one(), Change.SET, Change.ADD, Change.DELETE, conditional=0.4))


def swap(hand: Hand) -> None:
    hand.client.write(hand.touch(hand.one(), Change.SET, Change.DELETE, conditional=1.0))


def increment(hand: Hand) -> None:
    hand.client.write(hand.touch(hand.one(), Change.ADD, conditional=0.0))


def batch_write(hand: Hand) -> None:
    hand.client.batch_write([hand.touch(at, Change.SET, Change.DELETE, conditional=0) for at in hand.some()])


def transact_write(hand: Hand, *, until_answered: bool = False) -> None:
    touches = [hand.touch(register, *Change, conditional=0.2) for register in hand.some()]
    hand.client.transact_write(touches, until_answered=until_answered)


def transact_write_with_a_token(hand: Hand) -> None:
    transact_write(hand, until_answered=True)


def transact_write_after_hanging_up(hand: Hand) -> None:
    changes = [change for change in Change if change is not Change.NOTHING]
    touches = [hand.touch(register, *changes, conditional=0) for register in hand.some()]
    hand.client.transact_write(touches, until_answered=True, hang_ups=hand.rng.randint(1, 2))


MIXES: Mapping[str, Mapping[Work, int]] = MappingProxyType(
    {
        "everything": {
            get: 3,
            transact_get: 2,
            batch_get: 1,
            query: 1,
            write: 4,
            batch_write: 1,
            transact_write: 3,
            transact_write_with_a_token: 1,
            transact_write_after_hanging_up: 1,
        },
        "transactions": {
            transact_get: 3,
            transact_write: 3,
            transact_write_with_a_token: 1,
            transact_write_after_hanging_up: 1,
        },
        "single writes": {get: 2, swap: 4, increment: 1},
    }
)
"""What clients do, and how often in relation to one another."""


def play(
    plan: Plan,
    endpoint: str,
    numbers: Sequence[int],
    moved: Moved | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Recorded:
    """Run the clients with these numbers, each in a thread, and return what they recorded."""
    hands = [Hand(plan, number, Registers(number, plan.history, endpoint, moved)) for number in numbers]
    kinds, weights = list(MIXES[plan.mix]), list(MIXES[plan.mix].values())

    def work(hand: Hand) -> None:
        for _ in range(plan.requests_per_client):
            hand.rng.choices(kinds, weights)[0](hand)
            progress()

    try:
        together([partial(work, hand) for hand in hands])
    finally:
        for hand in hands:
            hand.client.close()
    return Recorded(
        [call for hand in hands for call in hand.client.calls],
        sum(hand.client.conflicts for hand in hands),
    )


def together(jobs: Sequence[Callable[[], None]]) -> None:
    """Run jobs in threads that start at once. The first failure of any of them is raised."""
    failures: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], None]) -> None:
        start.wait()
        try:
            job()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
