"""Fixtures of the tests that speak to a server from outside: every such test runs on each storage engine."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import settings

from tests import postgres
from tests.live import Reachable, live_server
from tests.one_address import one_address

SHARED = int(os.environ.get("DYNALITE_TEST_SHARED", "0"))
"""Run the tests that speak to a server on so many servers instead, on one database behind one address."""

settings.register_profile("without deadlines", deadline=None)  # other work on a machine is no mistake of ours
settings.load_profile("without deadlines")


@pytest.fixture(scope="session", params=["shared"] if SHARED else ["memory", "leveldb"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reachable]:
    """A server process that all tests of one engine share: they leave no table behind."""
    if request.param == "shared":
        yield request.getfixturevalue("address")
        return
    flags = () if request.param == "memory" else ("--data", str(tmp_path_factory.mktemp("data")))
    with live_server(*flags) as server:
        yield server


@pytest.fixture(scope="session")
def client(live: Reachable) -> Any:
    """boto3's client for `live`."""
    return live.client()


@pytest.fixture(scope="session")
def resource(live: Reachable) -> Any:
    """boto3's resource for `live`."""
    return live.resource()


@pytest.fixture(scope="session")
def database() -> Iterator[str]:
    """The DSN of a PostgreSQL database: the one that was named, or one that is started for the session."""
    if postgres.GIVEN_DSN:
        yield postgres.GIVEN_DSN
        return
    if postgres.programs() is None:
        pytest.skip(postgres.MISSING)
    with postgres.cluster() as started:
        yield started.dsn


@pytest.fixture(scope="session")
def address(database: str) -> Iterator[Reachable]:
    """As many servers as SHARED says on one database, behind one address."""
    asyncio.run(postgres.make_empty(database))
    with ExitStack() as stack:
        servers = [stack.enter_context(live_server("--engine", database)) for _ in range(SHARED)]
        yield stack.enter_context(one_address(servers))


@pytest.fixture
def empty_database(database: str) -> str:
    """The same, with dynalite's tables and nothing in them."""
    asyncio.run(postgres.make_empty(database))
    return database
