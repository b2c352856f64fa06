from collections.abc import Iterator

import pytest

from tests.live import LocalServer, local_server


@pytest.fixture
def server() -> Iterator[LocalServer]:
    """A server of the test's own: the pages of the documentation all make the same tables."""
    with local_server() as running:
        yield running
