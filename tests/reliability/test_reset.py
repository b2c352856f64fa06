"""A reset that is cut short is finished when the database is opened again, wherever it was cut."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dynalite.checking.offline import check_folder
from dynalite.database import Caller, Database
from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.storage.leveldb import LevelDBEngine

TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
}


class Cut(BaseException):
    """The server has gone."""


async def filled(settings: Settings) -> Database:
    """Two tables with streams and expiry, a backup, a token and a stream that has outlived its table."""
    database = await Database.open(settings)
    for name in ("kept", "other", "gone"):
        await database.execute("CreateTable", TABLE | {"TableName": name}, Caller())
        await database.until_idle()
        ttl = {"Enabled": True, "AttributeName": "ends"}
        await database.execute(
            "UpdateTimeToLive", {"TableName": name, "TimeToLiveSpecification": ttl}, Caller()
        )
        for number in range(30):
            item = {"pk": {"S": f"{number}"}, "ends": {"N": "4102444800"}}
            await database.execute("PutItem", {"TableName": name, "Item": item}, Caller())
    put = {"Put": {"TableName": "kept", "Item": {"pk": {"S": "t"}}}}
    await database.execute(
        "TransactWriteItems", {"TransactItems": [put], "ClientRequestToken": "again"}, Caller()
    )
    await database.execute("CreateBackup", {"TableName": "kept", "BackupName": "before"}, Caller())
    await database.until_idle()
    await database.execute("DeleteTable", {"TableName": "gone"}, Caller())
    await database.until_idle()
    return database


async def cut_reset(database: Database, call: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """A reset that ends before its `call`-th write. Whether it came to that."""
    calls = 0

    def counted(name: str) -> None:
        write: Any = getattr(LevelDBEngine, name)

        async def limited(engine: LevelDBEngine, *arguments: Any, **named: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call:
                raise Cut
            return await write(engine, *arguments, **named)

        patched.setattr(LevelDBEngine, name, limited)

    with monkeypatch.context() as patched:
        counted("update")
        counted("delete_range")
        patched.setattr("dynalite.catalog.emptying._ROWS_PER_STEP", 40)
        try:
            await database.snapshots.reset()
        except Cut:
            return True
    return False


def test_a_reset_is_whole_wherever_it_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def cut_at(call: int) -> bool:
        folder = tmp_path / str(call)
        settings = Settings(data_folder=folder, durability="os")
        database = await filled(settings)
        was_cut = await cut_reset(database, call, monkeypatch)
        await database.engine.close()
        again = await Database.open(settings)
        tables = await again.execute("ListTables", {}, Caller())
        begun = call > 1
        assert tables["TableNames"] == ([] if begun else ["kept", "other"])
        await again.until_idle()
        if begun:
            rows = await again.engine.scan(keyspace.CATALOG, b"\xff", limit=10, max_bytes=1 << 20)
            assert rows == []
            assert not [file for file in (folder / "backups").rglob("*") if file.is_file()]
        await again.close()
        assert [found async for found in check_folder(folder, lambda rows: None)] == []
        return was_cut

    call = 1
    while asyncio.run(cut_at(call)):
        call += 1
    assert call > 5


def test_going_back_to_a_snapshot_that_was_taken_during_a_reset_does_not_begin_another(
    tmp_path: Path,
) -> None:
    async def go_back() -> None:
        settings = Settings(data_folder=tmp_path, durability="os")
        database = await filled(settings)
        resetting = asyncio.ensure_future(database.snapshots.reset())
        while database.catalog.tables():
            await asyncio.sleep(0)
        database.snapshots.take("within")
        await resetting
        await database.execute("CreateTable", TABLE | {"TableName": "new"}, Caller())
        await database.snapshots.restore("within")
        await database.execute("CreateTable", TABLE | {"TableName": "newer"}, Caller())
        await database.close()
        again = await Database.open(settings)
        assert (await again.execute("ListTables", {}, Caller()))["TableNames"] == ["newer"]
        await again.close()

    asyncio.run(go_back())
