"""The oracle and the server, told the same things in random order, answer the same.

Two ways to walk: hypothesis chooses (and shortens what it finds to the few steps that matter), or a fixed
seed does, for longer walks than hypothesis has the patience for. `python -m tests.oracle.walk` walks for
hours.
"""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.live import LiveServer
from tests.oracle.client import Client
from tests.oracle.walk import Walk

SEEDS = st.integers(0, 2**32 - 1)
"""A step draws everything from one seed: what gets shorter when hypothesis shrinks is the list of steps."""


def machine(client: Client, prefix: str) -> type[RuleBasedStateMachine]:
    class OracleAndServer(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.walk = Walk(client, prefix)
            self.added = False

        @initialize(seed=SEEDS)
        def new_table(self, seed: int) -> None:
            self.walk.new_table(random.Random(seed))

        @rule(seed=SEEDS)
        def put(self, seed: int) -> None:
            self.walk.put(random.Random(seed))

        @rule(seed=SEEDS)
        def change(self, seed: int) -> None:
            self.walk.change(random.Random(seed))

        @rule(seed=SEEDS)
        def delete(self, seed: int) -> None:
            self.walk.delete(random.Random(seed))

        @rule(seed=SEEDS)
        def get(self, seed: int) -> None:
            self.walk.get(random.Random(seed))

        @rule(seed=SEEDS)
        def read(self, seed: int) -> None:
            self.walk.read(random.Random(seed))

        @precondition(lambda self: not self.added)  # once: a backfill waits for the server's next tick
        @rule(seed=SEEDS)
        def add_index(self, seed: int) -> None:
            self.added = True
            self.walk.add_index(random.Random(seed))

        @rule(seed=SEEDS)
        def drop_index(self, seed: int) -> None:
            self.walk.drop_index(random.Random(seed))

        def teardown(self) -> None:
            if self.walk.table is not None:
                self.walk.everything()
            self.walk.drop_table()

    return OracleAndServer


def test_whatever_hypothesis_does(live: LiveServer) -> None:
    client = Client(live.endpoint)
    run_state_machine_as_test(
        machine(client, "machine"),
        settings=settings(
            max_examples=15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    client.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seeded_walk(live: LiveServer, seed: int) -> None:
    client, rng = Client(live.endpoint), random.Random(seed)
    walk = Walk(client, f"seeded-{seed}")
    walk.new_table(rng)
    for _ in range(800):
        walk.step(random.Random(rng.getrandbits(64)))
    walk.everything()
    walk.drop_table()
    client.close()
