from collections.abc import Iterator

import pytest

from tests.admin.desk import Desk
from tests.live import LocalServer, local_server


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with local_server() as running:
        yield running


@pytest.fixture
def desk(server: LocalServer) -> Iterator[Desk]:
    """The admin API of a server that every test leaves empty and in the present."""
    desk = Desk(server.endpoint)
    yield desk
    desk.post("/_admin/clock", reset=True)
    desk.post("/_admin/reset")
