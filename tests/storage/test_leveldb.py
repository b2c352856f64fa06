"""What only the LevelDB engine can be asked: restarts, crashes, and what it takes care of around LevelDB."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dynalite.settings import Durability
from dynalite.storage import keyspace
from dynalite.storage.engine import decode_counter
from dynalite.storage.leveldb import LevelDBEngine
from tests.storage.scenarios import (
    DURABILITIES,
    add,
    append,
    names,
    new_store,
    on_loop,
    put,
    records,
    row,
    value,
)

LOG = keyspace.log(1, 1)


class TestRestart:
    @pytest.mark.parametrize("durability", DURABILITIES)
    @on_loop
    async def test_everything_comes_back_and_the_sequence_goes_on(
        self, tmp_path: Path, durability: Durability
    ) -> None:
        engine = LevelDBEngine.open(tmp_path, durability)
        await put(engine, a="1", b="2")
        await add(engine, "n", 7)
        await append(engine, LOG, "x", "y")
        await engine.trim_log(LOG, before=3, limit=9)
        await engine.close()

        again = LevelDBEngine.open(tmp_path, durability)
        assert await names(again) == "abn"
        assert await again.last_sequence() == 2
        await add(again, "n", 1)
        await append(again, LOG, "z")
        assert decode_counter((await again.read([row("n")]))[0]) == 8
        assert [tuple(entry) for entry in await again.read_log(LOG, after=0, limit=9, max_bytes=9)] == [
            (3, b"z")
        ]
        await again.close()

    @pytest.mark.parametrize("durability", DURABILITIES)
    def test_kill_9_keeps_every_acknowledged_write(self, tmp_path: Path, durability: Durability) -> None:
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(tmp_path), durability], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        acknowledged = [child.stdout.readline().strip() for _ in range(60)]
        child.send_signal(signal.SIGKILL)
        acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
        child.stdout.close()
        assert child.wait() == -signal.SIGKILL

        async def check() -> None:
            engine = LevelDBEngine.open(tmp_path, durability)
            for name in acknowledged:
                assert await value(engine, name) == name
            found = await records(engine, LOG)
            assert set(acknowledged) <= set(found)
            assert len(found) == len(set(found)) == await engine.last_sequence()
            assert decode_counter((await engine.read([row("count")]))[0]) == len(found)
            await engine.close()

        asyncio.run(check())


CHILD = """
import asyncio, sys
from pathlib import Path
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch
from dynalite.storage.leveldb import LevelDBEngine
from tests.storage.scenarios import row

async def writer(engine, writer):
    number = 0
    while True:
        name = f"{writer}.{number}"
        batch = Batch()
        batch.put(row(name), name.encode())
        batch.append(keyspace.log(1, 1), name.encode())
        batch.add(row("count"), 1)
        await engine.update((), lambda values: (None, batch))
        print(name, flush=True)
        number += 1
        await asyncio.sleep(0)

async def main(folder, durability):
    engine = LevelDBEngine.open(Path(folder), durability)
    await asyncio.gather(*(writer(engine, n) for n in range(4)))

asyncio.run(main(*sys.argv[1:]))
"""


class TestDeletedRowsAreNotWalkedAgain:
    @on_loop
    async def test_a_range_deleted_piece_by_piece_is_not_read_from_its_start_each_time(
        self, tmp_path: Path
    ) -> None:
        store = CountingStore(new_store(tmp_path))
        engine = LevelDBEngine(store, "os")
        await put(engine, **{f"{number:02}": "x" for number in range(20)})
        while not await engine.delete_range(row(""), row("z"), limit=5):
            pass
        assert store.starts == [row(""), row("05"), row("10"), row("15"), row("")]
        await engine.close()

    @on_loop
    async def test_a_trimmed_log_is_read_from_where_it_was_trimmed_to(self, tmp_path: Path) -> None:
        store = CountingStore(new_store(tmp_path))
        engine = LevelDBEngine(store, "os")
        await append(engine, LOG, "a", "b", "c")
        await engine.trim_log(LOG, before=3, limit=9)
        store.starts.clear()
        assert await records(engine, LOG) == ["c"]
        assert store.starts > [LOG + b"\x00" * 7 + b"\x01"]
        await engine.close()


class CountingStore:
    """A plyvel database that notes where every iterator starts."""

    def __init__(self, db: Any) -> None:
        self._db = db
        self.starts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    def iterator(self, **options: Any) -> Any:
        self.starts.append(options["start"])
        return self._db.iterator(**options)


class MeddlingStore:
    """A plyvel database in which both rows change between any two gets, as the commit thread may do it."""

    def __init__(self, db: Any, rows: Any = None) -> None:
        self._db = db
        self._rows = db if rows is None else rows
        self._changes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)

    def snapshot(self) -> "MeddlingStore":
        return MeddlingStore(self._db, self._db.snapshot())

    def get(self, key: bytes, default: None = None, *, verify_checksums: bool) -> bytes | None:
        found: bytes | None = self._rows.get(key, default, verify_checksums=verify_checksums)
        self._changes += 1
        for name in "ab":
            self._db.put(row(name), str(self._changes).encode())
        return found


@on_loop
async def test_several_keys_are_read_as_of_one_moment_whatever_the_commit_thread_does(tmp_path: Path) -> None:
    engine = LevelDBEngine(MeddlingStore(new_store(tmp_path)))
    for _ in range(3):
        first, second = await engine.read([row("a"), row("b")])
        assert first == second
    await engine.close()
