"""A data folder whose rows cannot be read, or not be understood, is refused in one sentence."""

import asyncio
from pathlib import Path

import pytest

from dynalite.catalog import emptying
from dynalite.database import Caller, Database
from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.storage.commit import Commit
from dynalite.storage.engine import Batch, write_batch
from dynalite.storage.folder import StoreDamaged, StoreTooNew, StoreUnwritable
from dynalite.storage.leveldb import LevelDBEngine
from tests.server.test_process import fails

TABLE = {
    "TableName": "Songs",
    "KeySchema": [{"AttributeName": "title", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "title", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def opened_and_closed(folder: Path) -> None:
    asyncio.run(_open_and_close(folder))


async def _open_and_close(folder: Path) -> None:
    await (await Database.open(Settings(folder))).close()


def written(folder: Path, key: bytes, value: bytes) -> None:
    async def write() -> None:
        engine = LevelDBEngine.open(folder)
        batch = Batch()
        batch.put(key, value)
        await write_batch(engine, batch)
        await engine.close()

    asyncio.run(write())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    async def make() -> None:
        database = await Database.open(Settings(tmp_path / "data"))
        await database.execute("CreateTable", dict(TABLE), Caller())
        await database.close()

    asyncio.run(make())
    return tmp_path / "data"


@pytest.mark.parametrize("what", ["a byte", "the end"])
def test_a_table_file_that_cannot_be_read_at_the_start_is_named(folder: Path, what: str) -> None:
    opened_and_closed(folder)  # moves the rows from LevelDB's log to a table file
    (table,) = (folder / "rows").glob("*.ldb")
    content = table.read_bytes()
    table.write_bytes(bytes([content[0] ^ 1]) + content[1:] if what == "a byte" else content[:-1])
    with pytest.raises(StoreDamaged if what == "a byte" else StoreUnwritable, match=r"^The store in "):
        opened_and_closed(folder)
    status, complaint = fails("--port", "0", "--data", str(folder))
    assert status == 1
    assert complaint.startswith(f"dynalite: The store in {folder} ")
    assert complaint.count("\n") == 1


def test_a_table_of_a_later_version_is_named(folder: Path) -> None:
    written(folder, keyspace.catalog("us-east-1", "Later"), b'{"version": 2}')
    with pytest.raises(StoreTooNew, match="written by a later version"):
        opened_and_closed(folder)
    status, complaint = fails("--port", "0", "--data", str(folder))
    assert (status, complaint.count("\n")) == (1, 1)


def test_a_reset_that_cannot_go_on_when_a_folder_is_opened_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(folder, emptying.BEGUN, b"")

    class Full:
        def write(self) -> None:
            raise OSError("No space left on device")

    monkeypatch.setattr(Commit, "_prepare", lambda commit, rows: Full())
    with pytest.raises(StoreUnwritable, match="could not be stored: No space left on device"):
        opened_and_closed(folder)
