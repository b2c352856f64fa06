"""The oracle and the server, told the same things in random order, answer the same.

Two ways to walk: hypothesis chooses (and shortens what it finds to the few steps that matter), or a fixed
seed does, for longer walks than hypothesis has the patience for. `python -m tests.oracle.walk` walks for
hours.
"""

import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.live import LiveServer
from tests.oracle.client import Client
from tests.oracle.walk import RARE_STEPS, STEPS, begin, everything, step
from tests.oracle.world import World

SEEDS = st.integers(0, 2**32 - 1)
"""A step draws everything from one seed: what gets shorter when hypothesis shrinks is the list of steps."""

BY_NAME = {one.__name__: one for one in (*STEPS, *RARE_STEPS)}


def machine(client: Client, prefix: str) -> type[RuleBasedStateMachine]:
    class OracleAndServer(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.world = World(client, prefix)

        @initialize(seed=SEEDS)
        def begin(self, seed: int) -> None:
            self.world = begin(client, prefix, random.Random(seed))

        @rule(name=st.sampled_from(sorted(BY_NAME)), seed=SEEDS)
        def step(self, name: str, seed: int) -> None:
            BY_NAME[name](self.world, random.Random(seed))

        def teardown(self) -> None:
            everything(self.world)
            self.world.drop_everything()

    return OracleAndServer


def test_whatever_hypothesis_does(live: LiveServer) -> None:
    client = Client(live.endpoint)
    run_state_machine_as_test(
        machine(client, "machine"),
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
    client.close()


@pytest.mark.parametrize("seed", [1, 2])
def test_a_seeded_walk(live: LiveServer, seed: int) -> None:
    client, rng = Client(live.endpoint), random.Random(seed)
    world = begin(client, f"seeded-{seed}", rng)
    for _ in range(800):
        step(world, random.Random(rng.getrandbits(64)))
    everything(world)
    world.drop_everything()
    client.close()
