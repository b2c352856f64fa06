"""A data folder of every released format opens, holds what it held, and can be worked with.

The folders are in `formats/`, as the version that released the format left them (`formats/make.py`).
"""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from dynalite.settings import Settings
from dynalite.storage.folder import FORMAT, StoreTooNew
from dynalite.storage.leveldb import LevelDBEngine
from tests.checking.house import opened, song
from tests.live import REPOSITORY
from tests.reliability.crash_matrix import findings
from tests.reliability.formats.make import contents

RELEASED = sorted(path for path in (Path(__file__).parent / "formats").iterdir() if path.name.isdecimal())


@pytest.fixture(params=RELEASED, ids=[f"format {path.name}" for path in RELEASED])
def released(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    """A data folder, and what is expected in it."""
    folder = tmp_path / "data"
    shutil.copytree(request.param / "data", folder)
    return folder, json.loads((request.param / "expected.json").read_text())


def test_every_format_that_is_documented_has_a_folder() -> None:
    documented = (REPOSITORY / "docs/formats.md").read_text().partition("| format | since |")[2]
    numbers = [line.split("|")[1].strip() for line in documented.partition("\n\n")[0].splitlines()[2:]]
    assert numbers == [path.name for path in RELEASED]
    assert numbers[-1] == str(FORMAT)


def test_a_released_format_opens_with_all_that_is_in_it(released: tuple[Path, dict[str, Any]]) -> None:
    folder, expected = released
    assert asyncio.run(findings(folder)) == []

    async def scenario() -> None:
        world = await opened(Settings(folder))
        world.clock.advance(30 * 3600)
        assert await contents(world) == expected
        await _work_with(world, expected)
        await world.database.close()

    asyncio.run(scenario())
    assert asyncio.run(findings(folder)) == []


async def _work_with(world: Any, expected: dict[str, Any]) -> None:
    """Its tokens are remembered, its backups restored, its stream goes on, its items expire."""
    puts = [{"Put": {"TableName": "Music", "Item": song(number)}} for number in (30, 31)]
    await world.call("TransactWriteItems", ClientRequestToken="once", TransactItems=puts)
    assert (await contents(world))["changes"] == expected["changes"]
    (backup,) = (await world.call("ListBackups"))["BackupSummaries"]
    await world.call("RestoreTableFromBackup", BackupArn=backup["BackupArn"], TargetTableName="Again")
    await world.database.until_idle()
    restored = (await world.call("Scan", TableName="Again"))["Items"]
    assert {item["title"]["S"] for item in restored} >= {item["title"]["S"] for item in expected["items"]}
    await world.call("PutItem", TableName="Music", Item=song(50))
    changes = (await contents(world))["changes"]
    assert changes[:-1] == expected["changes"]
    assert changes[-1]["NewImage"] == song(50)
    world.clock.advance(12 * 86_400)
    await world.database.until_idle()
    assert (await world.call("Scan", TableName="Music"))["Items"] == []


def test_a_newer_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(RELEASED[-1] / "data", folder)
    (folder / "FORMAT").write_text(json.dumps({"store": "dynalite", "format": FORMAT + 1}))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(StoreTooNew, match=f"has format {FORMAT + 1}, written by a later version"):
        LevelDBEngine.open(folder)
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after.items() - before.items() == {(folder / "LOCK", b"")}
