"""What clients are told while they all work on the same few items can be explained by one order."""

from collections.abc import Iterator

import pytest

from tests.linearizability import clients
from tests.linearizability.search import linearize
from tests.linearizability.workload import MIXES, Plan, play
from tests.live import LiveServer

HISTORIES = 3


@pytest.fixture(scope="module")
def endpoint(live: LiveServer) -> Iterator[str]:
    clients.create_table(live.endpoint)
    yield live.endpoint
    clients.delete_table(live.endpoint)


@pytest.mark.parametrize("mix", MIXES)
def test_every_answer_fits_one_order_of_all_calls(endpoint: str, mix: str) -> None:
    for seed in range(HISTORIES):
        plan = Plan(f"{mix} {seed}", mix, seed)
        recorded = play(plan, endpoint, range(plan.clients))
        verdict = linearize(recorded.calls, plan.initial)
        assert verdict.linearizable, verdict
