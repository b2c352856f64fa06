"""Who may open a data folder, and what it says when the answer is no."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dynalite.storage.durable import write_atomically
from dynalite.storage.folder import (
    FORMAT,
    DataFolder,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreTooNew,
    StoreUnwritable,
)
from dynalite.storage.leveldb import LevelDBEngine
from tests.storage.scenarios import names, put, row


def test_a_new_folder_gets_a_format_file_a_lock_and_rows(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    asyncio.run(LevelDBEngine.open(folder).close())
    assert sorted(path.name for path in folder.iterdir()) == ["FORMAT", "LOCK", "rows"]
    assert json.loads((folder / "FORMAT").read_text()) == {"store": "dynalite", "format": FORMAT}


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    first = LevelDBEngine.open(tmp_path)
    with pytest.raises(StoreLocked, match="in use"):
        LevelDBEngine.open(tmp_path)
    asyncio.run(first.close())
    asyncio.run(LevelDBEngine.open(tmp_path).close())


def test_another_process_counts_as_another_owner(tmp_path: Path) -> None:
    first = LevelDBEngine.open(tmp_path)
    program = (
        "import sys, pathlib, dynalite.storage.folder as f\n"
        "try: f.DataFolder(pathlib.Path(sys.argv[1]))\n"
        "except f.StoreLocked as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"The data folder {tmp_path} is in use by another process.\n"
    asyncio.run(first.close())


def test_a_later_format_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_text(json.dumps({"store": "dynalite", "format": FORMAT + 1}))
    with pytest.raises(StoreTooNew, match=f"format {FORMAT + 1}"):
        LevelDBEngine.open(tmp_path)
    assert not (tmp_path / "rows").exists()


@pytest.mark.parametrize(
    "text",
    [b"", b"1", b"null", b"{}", b'{"store": "other", "format": 1}', b'{"store": "dynalite"}', b"\xff\xfe",
     b'{"store": "dynalite", "format": "1"}', b'{"store": "dynalite", "format": true}',
     b'{"store": "dynalite", "format": 0}'],
)  # fmt: skip
def test_a_format_file_that_is_not_ours_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "FORMAT").write_bytes(text)
    with pytest.raises(StoreDamaged, match="FORMAT"):
        LevelDBEngine.open(tmp_path)


def test_a_refused_folder_is_not_kept_locked(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_text("{}")
    with pytest.raises(StoreDamaged):
        LevelDBEngine.open(tmp_path)
    (tmp_path / "FORMAT").unlink()
    asyncio.run(LevelDBEngine.open(tmp_path).close())


def test_rows_without_a_format_file_are_refused(tmp_path: Path) -> None:
    asyncio.run(LevelDBEngine.open(tmp_path).close())
    (tmp_path / "FORMAT").unlink()
    with pytest.raises(StoreDamaged, match="no FORMAT file"):
        LevelDBEngine.open(tmp_path)


def test_a_crash_before_the_rows_exist_leaves_a_folder_that_opens(tmp_path: Path) -> None:
    DataFolder(tmp_path).release()
    assert not (tmp_path / "rows").exists()
    asyncio.run(LevelDBEngine.open(tmp_path).close())


def test_a_draft_left_by_a_crash_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "FORMAT.new").write_text("half a l")
    asyncio.run(LevelDBEngine.open(tmp_path).close())
    assert json.loads((tmp_path / "FORMAT").read_text())["format"] == FORMAT


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreUnwritable, match="is not a folder"):
        LevelDBEngine.open(tmp_path / "data")
    with pytest.raises(StoreUnwritable):
        LevelDBEngine.open(tmp_path / "data" / "below")


def test_a_folder_that_nobody_may_even_look_for_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnwritable, match="cannot be used: File name too long"):
        LevelDBEngine.open(tmp_path / ("x" * 300))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o500)
    with pytest.raises(StoreUnwritable, match="Permission denied"):
        LevelDBEngine.open(tmp_path / "data")


def test_something_in_place_of_the_rows_is_refused_and_the_lock_let_go(tmp_path: Path) -> None:
    DataFolder(tmp_path).release()
    (tmp_path / "rows").write_text("not a store")
    for _ in range(2):
        with pytest.raises(StoreError) as refused:
            LevelDBEngine.open(tmp_path)
        assert not isinstance(refused.value, StoreLocked)


def test_a_damaged_store_is_called_damaged(tmp_path: Path) -> None:
    engine = LevelDBEngine.open(tmp_path)
    asyncio.run(put(engine, a="1"))
    asyncio.run(engine.close())
    for manifest in (tmp_path / "rows").glob("MANIFEST-*"):
        manifest.write_bytes(b"\x00" * 100)
    with pytest.raises(StoreDamaged, match="is damaged"):
        LevelDBEngine.open(tmp_path)


def test_rows_without_their_file_current_are_refused_and_left_alone(tmp_path: Path) -> None:
    """LevelDB itself would begin anew, and delete the rest."""
    engine = LevelDBEngine.open(tmp_path)
    asyncio.run(put(engine, a="1"))
    asyncio.run(engine.close())
    current = tmp_path / "rows" / "CURRENT"
    name = current.read_bytes()
    current.unlink()
    with pytest.raises(StoreDamaged, match="CURRENT is missing"):
        LevelDBEngine.open(tmp_path)
    current.write_bytes(name)
    engine = LevelDBEngine.open(tmp_path)
    assert asyncio.run(engine.read([row("a")])) == [b"1"]
    asyncio.run(engine.close())


def test_a_crash_before_leveldb_had_made_its_store_leaves_a_folder_that_opens(tmp_path: Path) -> None:
    asyncio.run(LevelDBEngine.open(tmp_path).close())
    for path in (tmp_path / "rows").iterdir():
        if path.name == "CURRENT" or path.suffix == ".log":
            path.unlink()
    asyncio.run(LevelDBEngine.open(tmp_path).close())


def test_a_torn_end_of_the_log_is_no_damage(tmp_path: Path) -> None:
    """What a power cut leaves of a write that was never acknowledged."""
    engine = LevelDBEngine.open(tmp_path)
    asyncio.run(put(engine, a="1"))
    asyncio.run(put(engine, b="2"))
    asyncio.run(engine.close())
    [log] = (tmp_path / "rows").glob("*.log")
    log.write_bytes(log.read_bytes()[:-3])
    engine = LevelDBEngine.open(tmp_path)
    assert asyncio.run(names(engine)) == "a"
    asyncio.run(engine.close())


def test_messages_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_text("{}")
    with pytest.raises(StoreDamaged) as refused:
        LevelDBEngine.open(tmp_path)
    message = str(refused.value)
    assert message.endswith(".")
    assert "\n" not in message


def test_an_atomic_write_replaces_the_whole_file(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"a long first content")
    write_atomically(tmp_path / "file", b"short")
    assert (tmp_path / "file").read_bytes() == b"short"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
