"""Fixtures of the tests that speak to a server from outside: every such test runs on each storage engine."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.live import LiveServer, live_server

settings.register_profile("without deadlines", deadline=None)  # other work on a machine is no mistake of ours
settings.load_profile("without deadlines")


@pytest.fixture(scope="session", params=["memory", "leveldb"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server process that all tests of one engine share: they leave no table behind."""
    flags = () if request.param == "memory" else ("--data", str(tmp_path_factory.mktemp("data")))
    with live_server(*flags) as server:
        yield server


@pytest.fixture(scope="session")
def client(live: LiveServer) -> Any:
    """boto3's client for `live`."""
    return live.client()


@pytest.fixture(scope="session")
def resource(live: LiveServer) -> Any:
    """boto3's resource for `live`."""
    return live.resource()
