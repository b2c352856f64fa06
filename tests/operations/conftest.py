"""Each test begins with empty tables, on each storage engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.operations.service import Service, durable, in_folder, in_memory


@pytest.fixture(params=["memory", "leveldb"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    opened = in_memory() if request.param == "memory" else in_folder(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def synced(tmp_path: Path) -> Iterator[Service]:
    """On LevelDB with every write synced: the only place where two writes can be in flight together."""
    opened = durable(tmp_path / "data")
    yield opened
    opened.close()
