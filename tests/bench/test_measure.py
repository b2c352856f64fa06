"""Measuring a server that is there, with whichever sender the machine has."""

import asyncio
import os
import shutil
from itertools import repeat

import pytest

from bench import measure
from bench.client import Refused, load
from bench.process import Server
from bench.tables import ORDERS
from bench.wire import Call
from bench.workloads import Workload, get_item
from tests.live import local_server


@pytest.mark.parametrize("with_wrk", [False, True])
def test_a_measurement_has_a_rate_and_ordered_latencies(
    with_wrk: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if with_wrk and shutil.which("wrk") is None:
        pytest.skip("wrk is not installed")
    if not with_wrk:
        monkeypatch.setattr(shutil, "which", lambda _: None)
    with local_server() as server:
        load(server.app.port, 20, ORDERS)
        watched = Server(server.app.port, os.getpid(), 0.0)
        found = measure.measure(watched, Workload("GetItem", get_item), 20, 2, 0.2, seed=1)
    assert found.requests_per_second > 0
    assert 0 < found.p50_milliseconds <= found.p99_milliseconds <= found.p999_milliseconds
    assert found.server_cpu_microseconds > 0


def test_what_a_server_cannot_do_is_refused_with_its_reason() -> None:
    unknown = Workload("unknown", lambda _: (Call("FetchItem", {}),))
    with local_server() as server, pytest.raises(Refused, match=r"FetchItem: 400 .*UnknownOperation"):
        measure.measure(Server(server.app.port, os.getpid(), 0.0), unknown, 20, 1, 0.1, seed=1)


def test_the_asyncio_client_counts_every_answer() -> None:
    from bench.client import run
    from bench.wire import http_request

    with local_server() as server:
        requests = repeat(http_request(Call("ListTables", {})), 10)
        assert len(asyncio.run(run(server.app.port, iter(requests), 3))) == 10
