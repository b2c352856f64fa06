import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dynalite.storage.engine import Engine
from dynalite.storage.leveldb import LevelDBEngine
from dynalite.storage.memory import MemoryEngine
from tests import postgres

KINDS: dict[str, Callable[[Path], Engine]] = {
    "memory": lambda folder: MemoryEngine(),
    "leveldb-fsync": lambda folder: LevelDBEngine.open(folder / "data", "fsync"),
    "leveldb-os": lambda folder: LevelDBEngine.open(folder / "data", "os"),
}


@pytest.fixture(params=[*KINDS, "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Every engine in turn, empty."""
    if request.param == "postgres":
        opened: Engine = postgres.engine(request.getfixturevalue("empty_database"))
    else:
        opened = KINDS[request.param](tmp_path)
    yield opened
    asyncio.run(opened.close())
