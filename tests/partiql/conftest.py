"""Each test begins with empty tables."""

from collections.abc import Iterator

import pytest

from tests.partiql.session import Session


@pytest.fixture
def db() -> Iterator[Session]:
    session = Session()
    yield session
    session.close()
