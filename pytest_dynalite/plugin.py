"""The fixtures, the options, and the hooks that make them work."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from pytest_dynalite import cost

if TYPE_CHECKING:
    from dynalite import Server

_SCOPES = ("test", "session")
_DEAREST = 10
_SERVER = pytest.StashKey["Server"]()
_WHOLE_SESSION = pytest.StashKey[ExitStack]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("dynalite")
    group.addoption(
        "--dynalite-cost",
        action="store_true",
        help="report what the tests consumed of DynamoDB's capacity: the ten dearest, or with -v all",
    )
    parser.addini(
        "dynalite_options",
        "options of the server, one a line, as `dynalite serve` has them: enforce-capacity, ttl-delay=0",
        type="linelist",
    )
    parser.addini(
        "dynalite_environment",
        "how long AWS_ENDPOINT_URL_DYNAMODB and the like are set: for each `test` that uses the fixture"
        " `dynalite`, or for the whole `session`, from before the first conftest.py is imported",
        default="test",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Where clients are made as modules are imported, the server has to be there before them."""
    scope = early_config.getini("dynalite_environment")
    if scope not in _SCOPES:
        raise pytest.UsageError(f"dynalite_environment must be {' or '.join(_SCOPES)}, not {scope!r}")
    if scope == "session" and not _only_distributes(early_config):
        early_config.stash[_WHOLE_SESSION] = stack = ExitStack()
        stack.enter_context(_server(early_config).environment())


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("dynalite_cost"):
        dearest = None if config.get_verbosity() > 0 else _DEAREST
        config.pluginmanager.register(cost.Report(dearest), "dynalite-cost")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _WHOLE_SESSION in config.stash:
        config.stash[_WHOLE_SESSION].close()
    if _SERVER in config.stash:
        config.stash[_SERVER].close()


def _only_distributes(config: pytest.Config) -> bool:
    """Whether this is the process of pytest-xdist that runs no test."""
    workers = getattr(config.known_args_namespace, "numprocesses", None)
    return bool(workers) and "PYTEST_XDIST_WORKER" not in os.environ


def _server(config: pytest.Config) -> "Server":
    """This process's server, started when it is first wanted."""
    server = config.stash.get(_SERVER, None)
    if server is None:
        from dynalite import Server

        try:
            server = config.stash[_SERVER] = Server(**_options(config)).start()
        except (TypeError, ValueError) as error:
            raise pytest.UsageError(f"dynalite_options: {error}") from error
    return server


def _options(config: pytest.Config) -> dict[str, Any]:
    pairs = (line.removeprefix("--").partition("=") for line in config.getini("dynalite_options"))
    return {
        name.strip().replace("-", "_"): value.strip() if equals else True for name, equals, value in pairs
    }


# ------------------------------------------------------------------ fixtures


@pytest.fixture(scope="session")
def dynalite_server(request: pytest.FixtureRequest) -> "Server":
    """The server that all tests of this process share (dynalite.Server): for fixtures that load something
    once for many tests.
    """
    return _server(request.config)


@pytest.fixture
def dynalite(dynalite_server: "Server", request: pytest.FixtureRequest) -> "Iterator[Server]":
    """The server for one test (dynalite.Server): what the test does to it is undone at the end, and AWS SDKs
    find it by the environment.
    """
    with dynalite_server.environment(), dynalite_server.fork():
        dynalite_server.count_anew()
        yield dynalite_server
        if request.config.getoption("dynalite_cost"):
            cost.note(request.node, dynalite_server)


@pytest.fixture
def dynalite_client(dynalite: "Server") -> Any:
    """boto3's client for `dynalite`."""
    return dynalite.client()


@pytest.fixture
def dynalite_resource(dynalite: "Server") -> Any:
    """boto3's resource for `dynalite`."""
    return dynalite.resource()


@pytest.fixture
def dynalite_async_client(dynalite: "Server") -> Any:
    """aioboto3's client for `dynalite`: `async with dynalite_async_client as client:`."""
    return dynalite.async_client()


@pytest.fixture
def dynalite_async_resource(dynalite: "Server") -> Any:
    """aioboto3's resource for `dynalite`: `async with dynalite_async_resource as dynamodb:`."""
    return dynalite.async_resource()
