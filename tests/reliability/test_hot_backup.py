"""A copy of a database that is in use opens, is sound, and is of one moment."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from dynalite import copying
from dynalite.copying import CannotCopy
from dynalite.database import Database
from dynalite.settings import Settings
from tests.checking.house import furnish, opened
from tests.live import local_server
from tests.reliability.crash_matrix import findings
from tests.reliability.test_power_cuts import TABLE, after, note
from tests.streams.world import START, World

SETTINGS = {"memory": False, "folder": True}


def settings(tmp_path: Path, in_folder: bool) -> Settings:
    return Settings(tmp_path / "data" if in_folder else None, stream_shards=2)


@asynccontextmanager
async def reopened(folder: Path) -> AsyncIterator[World]:
    world = World(await Database.open(Settings(folder)), "us-east-1")
    world.clock.freeze()
    world.clock.set(START + 40 * 3600)
    yield world
    await world.database.close()


@pytest.mark.parametrize("in_folder", SETTINGS.values(), ids=SETTINGS)
def test_a_copy_is_of_one_moment_while_writes_go_on(tmp_path: Path, in_folder: bool) -> None:
    async def scenario() -> None:
        world = await opened(settings(tmp_path, in_folder))
        await world.call("CreateTable", **TABLE)
        written = 0

        async def write() -> None:
            nonlocal written
            while True:
                await world.call("PutItem", TableName="Notes", Item=note(written))
                written += 1
                await asyncio.sleep(0)

        writing = asyncio.create_task(write())
        while written < 200:
            await asyncio.sleep(0)
        before = written
        with patch.object(copying, "_ROWS_PER_PAGE", 7):
            copied = await world.database.copy_to(tmp_path / "copy")
        assert written > before, "the writer was held up"
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
        await world.database.close()
        assert copied.rows > before  # a record of the stream for each write, and the items
        assert await findings(tmp_path / "copy") == []
        async with reopened(tmp_path / "copy") as again:
            scan = await again.call("Scan", TableName="Notes")
            found = {int(item["id"]["N"]): int(item["number"]["N"]) for item in scan["Items"]}
            moment = max(found.values()) + 1
            assert before <= moment <= written
            assert found == after(moment)
            await again.call("PutItem", TableName="Notes", Item=note(0))

    asyncio.run(scenario())


@pytest.mark.parametrize("in_folder", SETTINGS.values(), ids=SETTINGS)
def test_everything_is_in_a_copy(tmp_path: Path, in_folder: bool) -> None:
    """Also the files of a backup, which can be restored in it when they are deleted at home."""

    async def scenario() -> None:
        world = await opened(settings(tmp_path, in_folder))
        await furnish(world)
        copied = await world.database.copy_to(tmp_path / "copy")
        items = (await world.call("Scan", TableName="Music"))["Items"]
        (backup,) = (await world.call("ListBackups"))["BackupSummaries"]
        await world.call("DeleteBackup", BackupArn=backup["BackupArn"])
        await world.database.until_idle()
        await world.database.close()
        assert copied.files == 1
        async with reopened(tmp_path / "copy") as again:
            assert (await again.call("Scan", TableName="Music"))["Items"] == items
            arn = {"BackupArn": backup["BackupArn"]}
            await again.call("RestoreTableFromBackup", TargetTableName="Restored", **arn)
            await again.database.until_idle()
            assert (await again.call("Scan", TableName="Restored"))["Items"] == items
        assert await findings(tmp_path / "copy") == []

    asyncio.run(scenario())


def test_a_copy_that_is_broken_off_leaves_nothing(tmp_path: Path) -> None:
    async def scenario() -> None:
        world = await opened()
        await furnish(world)

        def fail(folder: Path) -> None:
            raise OSError(28, "No space left on device")

        with (
            patch.object(copying, "_sync_all", fail),
            pytest.raises(CannotCopy, match="cannot be written: No space left on device"),
        ):
            await world.database.copy_to(tmp_path / "copy")
        assert list(tmp_path.iterdir()) == []
        await world.database.copy_to(tmp_path / "copy")
        await world.database.close()

    asyncio.run(scenario())


def test_a_copy_needs_a_folder_of_its_own(tmp_path: Path) -> None:
    async def scenario() -> None:
        world = await opened()
        with pytest.raises(CannotCopy, match="exists"):
            await world.database.copy_to(tmp_path)
        await world.database.close()

    asyncio.run(scenario())


def test_the_admin_api_makes_one(tmp_path: Path) -> None:
    with local_server(Settings(tmp_path / "data")) as live:
        live.client().create_table(**TABLE)
        live.client().put_item(TableName="Notes", Item=note(1))
        told = _post(live.endpoint, {"folder": str(tmp_path / "copy")})
        assert told["folder"] == str(tmp_path / "copy")
        for folder, status in ((str(tmp_path), 409), ("copy", 400)):
            with pytest.raises(urllib.error.HTTPError) as refused:
                _post(live.endpoint, {"folder": folder})
            assert refused.value.code == status
            refused.value.close()
    assert asyncio.run(findings(tmp_path / "copy")) == []


def _post(endpoint: str, members: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        f"{endpoint}/_admin/backup", json.dumps(members).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)
