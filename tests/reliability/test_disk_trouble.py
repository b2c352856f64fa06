"""A disk that is full, cannot be written, or fails to sync: what cannot be stored is refused with a clear
500, reads go on, and nothing acknowledged is lost.

The trouble is real where the machine lets us: a file system of a few megabytes (root only), a limit on the
size of files, and the kernel's own error from fsync, which strace injects.
"""

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dynalite.storage.folder import StoreUnwritable
from dynalite.storage.leveldb import LevelDBEngine
from tests.live import LiveServer, live_server
from tests.oracle.client import Client, ServiceError
from tests.reliability.crash_matrix import findings
from tests.reliability.strace import attached

MIB = 1 << 20
TABLE = {
    "TableName": "Files",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}


def put(client: Client, number: int) -> None:
    item = {"id": {"S": f"{number}"}, "content": {"S": f"{number}," * 1500}}
    client("PutItem", {"TableName": "Files", "Item": item})


def stored(client: Client) -> set[int]:
    """The items that are there. Every one of them is whole."""
    found: set[int] = set()
    request: dict[str, Any] = {"TableName": "Files", "ConsistentRead": True}
    while True:
        answer: Any = client("Scan", request)
        for item in answer["Items"]:
            assert item["content"]["S"] == f"{item['id']['S']}," * 1500
            found.add(int(item["id"]["S"]))
        if "LastEvaluatedKey" not in answer:
            return found
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


class Story:
    """A client that notes what was acknowledged, and expects what a server must do in trouble."""

    def __init__(self, live: LiveServer) -> None:
        self.client = Client(live.endpoint)
        self.acknowledged: set[int] = set()
        self.tried = 0

    def begin(self) -> None:
        self.client("CreateTable", TABLE)
        self.write(10)

    def write(self, count: int) -> None:
        for _ in range(count):
            self.tried += 1
            put(self.client, self.tried)
            self.acknowledged.add(self.tried)

    def write_into_trouble(self) -> None:
        """Write until that is refused."""
        with pytest.raises(ServiceError, match="500 InternalServerError: The write could not be stored"):
            self.write(5000)

    def expect_reads_alone(self, why: str) -> None:
        """Every write is refused with a reason, and what was acknowledged can be read."""
        for _ in range(3):
            self.tried += 1
            with pytest.raises(ServiceError) as refused:
                put(self.client, self.tried)
            assert refused.value.code == "InternalServerError"
            assert why in str(refused.value.message)
            assert "Start it again when the cause is gone." in str(refused.value.message)
        assert stored(self.client) == self.acknowledged

    def end(self) -> None:
        self.client.close()


def expect_all_after_a_restart(folder: Path, durability: str, story: Story) -> None:
    """All that was acknowledged is there; of the rest, at most the write that was under way."""
    assert asyncio.run(findings(folder)) == []
    with live_server("--data", str(folder), "--durability", durability) as live:
        again = Story(live)
        found = stored(again.client)
        assert story.acknowledged <= found
        assert len(found - story.acknowledged) <= 1
        again.tried = story.tried
        again.write(100)
        assert stored(again.client) == found | again.acknowledged
        again.end()
    assert asyncio.run(findings(folder)) == []


# ------------------------------------------------------------------ no room


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with 6 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", disk], capture_output=True)
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    yield disk
    subprocess.run(["umount", disk], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount file systems")
@pytest.mark.parametrize("durability", ["fsync", "os"])
def test_a_full_disk_loses_nothing(small_disk: Path, durability: str) -> None:
    folder = small_disk / "data"
    (small_disk / "filler").write_bytes(bytes(4 * MIB))
    with live_server("--data", str(folder), "--durability", durability) as live:
        story = Story(live)
        story.begin()
        story.write_into_trouble()
        story.expect_reads_alone("No space left on device")
        (small_disk / "filler").unlink()
        story.expect_reads_alone("No space left on device")
        story.end()
    expect_all_after_a_restart(folder, durability, story)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount file systems")
def test_a_start_on_a_full_disk_says_so_and_spoils_nothing(small_disk: Path) -> None:
    folder, filler = small_disk / "data", small_disk / "filler"
    with live_server("--data", str(folder)) as live:
        story = Story(live)
        story.begin()
        story.end()
        live.kill()
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    with pytest.raises(StoreUnwritable, match="No space left on device"):
        LevelDBEngine.open(folder)
    filler.unlink()
    expect_all_after_a_restart(folder, "fsync", story)


if sys.platform == "linux":  # the only one that lets a process set the limits of another

    def test_a_limit_on_the_size_of_files_loses_nothing(tmp_path: Path) -> None:
        folder = tmp_path / "data"
        with live_server("--data", str(folder)) as live:
            story = Story(live)
            story.begin()
            _, hard = resource.prlimit(live.process.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(live.process.pid, resource.RLIMIT_FSIZE, (MIB, hard))
            story.write_into_trouble()
            story.expect_reads_alone("File too large")
            resource.prlimit(live.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
            story.expect_reads_alone("File too large")
            story.end()
        expect_all_after_a_restart(folder, "fsync", story)


# ------------------------------------------------------------------ no writing, no syncing


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount file systems")
def test_a_start_on_a_read_only_disk_says_so_and_spoils_nothing(small_disk: Path) -> None:
    folder = small_disk / "data"
    with live_server("--data", str(folder)) as live:
        story = Story(live)
        story.begin()
        story.end()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(StoreUnwritable, match="Read-only file system"):
        LevelDBEngine.open(folder)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    expect_all_after_a_restart(folder, "fsync", story)


def test_an_fsync_that_fails_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with live_server("--data", str(folder)) as live:
        story = Story(live)
        story.begin()
        with attached(live, "-e", "inject=fsync,fdatasync:error=EIO:when=20+", "-o", str(tmp_path / "calls")):
            story.write_into_trouble()
            assert len(story.acknowledged) == 29
        story.expect_reads_alone("Input/output error")
        story.end()
    expect_all_after_a_restart(folder, "fsync", story)
