"""Commands as a user gives them, against a server in this process."""

import socket
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from dynalite.settings import Settings
from server.cli import main
from tests.live import LocalServer, local_server


class Ended(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line to its end."""

    def run_it(*arguments: str) -> Ended:
        capfd.readouterr()
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
        return Ended(status, *capfd.readouterr())

    return run_it


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """A server on a folder: it has backups and buckets."""
    with local_server(Settings(data_folder=tmp_path_factory.mktemp("data"), durability="os")) as running:
        yield running


@pytest.fixture
def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
