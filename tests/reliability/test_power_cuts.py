"""What a power cut takes away: everything that was not synced, and of that the last part may be torn.

That `--durability fsync` loses nothing is shown point by point by the crash matrix, which takes away what was
not synced. Here it is shown that the sync really comes before the answer, and what `--durability os` keeps:
every write up to some moment, and none after it, as long as the operating system writes a file in its order.
"""

import asyncio
import os
import shutil
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dynalite.database import Caller, Database
from dynalite.settings import Settings
from dynalite.storage import leveldb
from tests.live import live_server
from tests.oracle.client import Client
from tests.reliability.crash_matrix import findings
from tests.reliability.strace import events, watched
from tests.streams.world import plain

TABLE = {
    "TableName": "Notes",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [
        {"AttributeName": "id", "AttributeType": "N"},
        {"AttributeName": "shelf", "AttributeType": "S"},
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-shelf",
            "KeySchema": [{"AttributeName": "shelf", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
    "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
}
NOTES = 40
WRITES = 1500


def note(number: int) -> dict[str, Any]:
    return {
        "id": {"N": str(number % NOTES)},
        "number": {"N": str(number)},
        "shelf": {"S": f"{number % 7}"},
        "text": {"S": "x" * (number % 500)},
    }


def after(writes: int) -> dict[int, int]:
    """Which write each note is of after so many writes."""
    return {number % NOTES: number for number in range(writes)}


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a server that wrote with `--durability os`, as they are while it is still there."""
    folder = tmp_path_factory.mktemp("server") / "data"
    copy = tmp_path_factory.mktemp("copy") / "data"

    async def write() -> None:
        database = await Database.open(Settings(folder, "os"))
        await database.execute("CreateTable", dict(TABLE), Caller())
        for number in range(WRITES):
            await database.execute("PutItem", {"TableName": "Notes", "Item": note(number)}, Caller())
        await at_rest(folder / "rows")
        shutil.copytree(folder, copy)
        await database.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(leveldb._OPTIONS, "write_buffer_size", 128 * 1024)
        asyncio.run(write())
    return copy


async def at_rest(rows: Path) -> None:
    """Return when LevelDB's own thread merges nothing more: files come and go while it does."""
    before: list[str] = []
    while (names := sorted(os.listdir(rows))) != before:
        before = names
        await asyncio.sleep(0.2)


def cut(folder: Path, random: Random) -> None:
    """Let the last part of what was written not arrive; a few sectors of it may hold anything."""
    logs = sorted((folder / "rows").glob("*.log"))
    torn = random.choice(logs)
    size = torn.stat().st_size
    kept = random.randrange(size + 1)
    with torn.open("r+b") as file:
        file.truncate(kept)
        file.seek(kept)
        file.write(random.choice((b"", bytes(4096), random.randbytes(4096))))
    for log in logs[logs.index(torn) + 1 :]:
        log.write_bytes(b"")


@pytest.mark.parametrize("seed", range(12))
def test_durability_os_keeps_all_writes_up_to_some_moment(
    left_behind: Path, tmp_path: Path, seed: int
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(left_behind, folder)
    cut(folder, Random(seed))

    async def look() -> dict[int, int]:
        assert await findings(folder) == []
        database = await Database.open(Settings(folder, "os"))
        scan = plain(await database.execute("Scan", {"TableName": "Notes"}, Caller()))
        await database.close()
        return {int(stored["id"]["N"]): int(stored["number"]["N"]) for stored in scan["Items"]}

    found = asyncio.run(look())
    assert found == after(max(found.values(), default=-1) + 1)


@pytest.mark.parametrize("durability", ["fsync", "os"])
def test_a_write_is_answered_when_it_is_synced(tmp_path: Path, durability: str) -> None:
    with live_server("--data", str(tmp_path / "data"), "--durability", durability) as live:
        client = Client(live.endpoint)
        client("CreateTable", TABLE)
        with watched(live, tmp_path / "calls"):
            for number in range(20):
                client("PutItem", {"TableName": "Notes", "Item": note(number)})
        client.close()
    happened = events(tmp_path / "calls")
    expected = ["asked", "logged", "synced", "answered"]
    assert happened == (expected if durability == "fsync" else [e for e in expected if e != "synced"]) * 20
