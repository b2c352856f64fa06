"""A bit that flips on the disk: the row is told as damaged or is as it was, and never something else."""

import asyncio
from pathlib import Path
from random import Random

import plyvel
import pytest

from dynalite.errors import InternalServerError
from dynalite.storage.engine import Batch, write_batch
from dynalite.storage.leveldb import LevelDBEngine

ROWS = {b"row %03d" % number: b"%03d " % number * 200 for number in range(300)}


def filled(path: Path) -> None:
    """A store whose rows lie in table files, some of them in an older and in a newer one."""
    for rows in ({key: b"older" + value for key, value in ROWS.items()}, ROWS):
        engine = LevelDBEngine.open(path, "os")
        batch = Batch()
        batch.rows.update(rows)
        asyncio.run(write_batch(engine, batch))
        asyncio.run(engine.close())
    asyncio.run(LevelDBEngine.open(path).close())  # reads the log into a table file


def flip(file: Path, random: Random) -> None:
    content = bytearray(file.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    file.write_bytes(content)


def looked_at(engine: LevelDBEngine) -> tuple[int, int]:
    """How many rows are damaged, and how many are wrong."""
    damaged = wrong = 0
    for key, value in ROWS.items():
        try:
            wrong += asyncio.run(engine.read([key])) != [value]
        except plyvel.CorruptionError:
            damaged += 1
    return damaged, wrong


@pytest.mark.parametrize("seed", range(12))
def test_what_is_merged_is_no_other_row_than_before(tmp_path: Path, seed: int) -> None:
    """LevelDB used to merge a damaged block unseen, and gave what came of it a right checksum."""
    filled(tmp_path)
    random = Random(seed)
    flip(random.choice(sorted((tmp_path / "rows").glob("*.ldb"))), random)
    engine = LevelDBEngine.open(tmp_path, "os")
    damaged_before, wrong = looked_at(engine)
    assert wrong == 0
    engine._db.compact_range(start=b"", stop=b"\xff")
    damaged, wrong = looked_at(engine)
    assert (wrong, damaged) == (0, damaged_before)
    if damaged:
        batch = Batch()
        batch.put(b"another", b"row")
        with pytest.raises(InternalServerError):
            asyncio.run(write_batch(engine, batch))
        assert "checksum" in str(engine.refusal)
    asyncio.run(engine.close())
