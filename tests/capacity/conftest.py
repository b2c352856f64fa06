from collections.abc import Iterator

import pytest

from tests.capacity.tables import enforcing
from tests.operations.service import Service


@pytest.fixture
def service() -> Iterator[Service]:
    """A database without tables that enforces capacity."""
    opened = enforcing()
    yield opened
    opened.close()
