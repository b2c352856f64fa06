"""`dynalite check`: what it prints, how it ends, and that a repair lasts."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from dynalite.settings import Settings
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, encode_counter
from dynalite.storage.leveldb import LevelDBEngine
from server.cli import main
from tests.checking.house import furnish, opened, rows

ITEMS = keyspace.statistic(1, 0, keyspace.ITEM_COUNT)
DAMAGE = {ITEMS: encode_counter(3), keyspace.items(77) + bytes(20): b"x"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one of everything, and no server that has it open."""

    async def make() -> None:
        world = await opened(Settings(tmp_path / "data", "os", stream_shards=2))
        await furnish(world)
        await world.database.close()

    asyncio.run(make())
    return tmp_path / "data"


def damage(folder: Path, changes: Mapping[bytes, bytes | None]) -> None:
    async def write() -> None:
        engine = LevelDBEngine.open(folder)
        batch = Batch()
        batch.rows.update(changes)
        await engine.update([], lambda _: (None, batch))
        await engine.close()

    asyncio.run(write())


def test_a_sound_folder_ends_with_status_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(folder)]) == 0
    assert "nothing is wrong" in capsys.readouterr().out


def test_each_thing_wrong_is_a_line_and_the_status_is_1(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(folder, DAMAGE)
    assert main(["check", str(folder)]) == 1
    told = capsys.readouterr()
    assert f"figure of table Music in us-east-1 ({ITEMS.hex()}): says 3 items; there are 22.\n" in told.out
    assert "2 things are wrong" in told.err


def test_json_is_an_object_a_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage(folder, DAMAGE)
    assert main(["check", str(folder), "--output", "json"]) == 1
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {"kind": "figure", "key": ITEMS.hex(), "repairable": True, "repaired": False}.items() <= found[
        1
    ].items()
    assert [one["kind"] for one in found] == ["items", "figure"]


def test_a_repair_lasts_and_what_cannot_be_repaired_is_left(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage(folder, DAMAGE)
    assert main(["check", str(folder), "--repair"]) == 1
    told = capsys.readouterr().out
    assert "there are 22. Repaired.\n" in told
    assert "of a table that nobody knows. Not repairable.\n" in told
    assert main(["check", str(folder)]) == 1
    assert "figure" not in capsys.readouterr().out


def test_all_repaired_is_status_0(folder: Path) -> None:
    damage(folder, {ITEMS: encode_counter(3)})
    assert main(["check", str(folder), "--repair"]) == 0
    assert main(["check", str(folder)]) == 0


def test_a_block_that_cannot_be_read_does_not_hide_the_rest(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """LevelDB's own checksums find a byte that was changed on the disk."""
    damage(folder, {})  # opening it moves the rows from LevelDB's log to a table file
    table = max((folder / "rows").glob("*.ldb"), key=lambda path: path.stat().st_size)
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 0xFF
    table.write_bytes(content)
    assert main(["check", str(folder)]) == 1
    assert "cannot be read from here on: Corruption: block checksum mismatch.\n" in capsys.readouterr().out


def test_a_backup_s_file_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (file,) = (folder / "backups").glob("*/000000")
    file.write_bytes(file.read_bytes()[:-1])
    assert main(["check", str(folder)]) == 1
    assert "its checksum does not match" in capsys.readouterr().out


def test_no_folder_is_made_where_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "nothing")]) == 3
    assert "There is no data folder" in capsys.readouterr().err
    assert not (tmp_path / "nothing").exists()


def test_a_folder_that_was_only_made_is_sound(tmp_path: Path) -> None:
    asyncio.run(LevelDBEngine.open(tmp_path / "data").close())
    assert main(["check", str(tmp_path / "data")]) == 0


def test_a_folder_in_use_is_not_checked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = LevelDBEngine.open(folder)
    assert main(["check", str(folder)]) == 3
    assert "in use by another process" in capsys.readouterr().err
    asyncio.run(engine.close())


def test_a_check_writes_nothing(folder: Path) -> None:
    def all_rows() -> list[tuple[bytes, bytes]]:
        async def read() -> list[tuple[bytes, bytes]]:
            engine = LevelDBEngine.open(folder)
            found = await rows(engine, b"")
            await engine.close()
            return found

        return asyncio.run(read())

    damage(folder, DAMAGE)
    before = all_rows()
    main(["check", str(folder)])
    assert all_rows() == before
