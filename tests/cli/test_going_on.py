"""Dumps and loads that are stopped, at any request or by a kill, go on where they were."""

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from server.client.patient import Patient
from server.dumps import loading, writing
from server.dumps.packing import packing
from server.dumps.sink import File
from server.dumps.source import Source
from tests.cli.conftest import Run
from tests.cli.scripted import Scripted, unwatched, wait
from tests.cli.tables import PLAIN, contents, fill
from tests.live import REPOSITORY, LocalServer, live_server


class Stopped(BaseException):
    """As a kill would, but where the test wants it."""


def at(number: int) -> Callable[[int], None]:
    """Trouble at the request of this number."""

    def trouble(asked: int) -> None:
        if asked == number:
            raise Stopped

    return trouble


def dump(api: Scripted, file: Path) -> int:
    sink = File(file)
    try:
        return wait(writing.write(api, "Plain", sink, unwatched))
    finally:
        sink.close()


def load(api: Patient, file: Path, at_once: int = 3) -> loading.Loaded:
    source = Source.open(file)
    try:
        return wait(loading.load(api, source, "Plain", unwatched, at_once))
    finally:
        source.close()


def text(file: Path) -> bytes:
    with open(file, "rb") as packed:
        return packing(file).unpack(packed).read()


SETTLING = 5
"""Requests of a dump before its first Scan."""


@pytest.mark.parametrize("ending", ["jsonl", "gz", "zst"])
@pytest.mark.parametrize("request_", range(1, SETTLING + 7))
def test_a_dump_that_is_stopped_anywhere_goes_on(request_: int, ending: str, tmp_path: Path) -> None:
    whole, stopped = tmp_path / f"whole.{ending}", tmp_path / f"stopped.{ending}"
    assert dump(Scripted(6, 10), whole) == 60
    with pytest.raises(Stopped):
        dump(Scripted(6, 10, at(request_)), stopped)
    assert not stopped.exists()
    again = Scripted(6, 10)
    assert dump(again, stopped) == 60
    assert text(stopped) == text(whole)
    done = max(0, request_ - SETTLING - 1)
    assert again.asked.count("Scan") == 6 - done
    assert {path.name for path in tmp_path.iterdir()} == {whole.name, stopped.name}


def test_what_was_written_behind_the_note_is_cut_off(tmp_path: Path) -> None:
    whole, stopped = tmp_path / "whole.gz", tmp_path / "stopped.gz"
    dump(Scripted(6, 10), whole)
    with pytest.raises(Stopped):
        dump(Scripted(6, 10, at(SETTLING + 3)), stopped)
    with open(tmp_path / "stopped.gz.part", "ab") as part:
        part.write(b"half a page")
    dump(Scripted(6, 10), stopped)
    assert text(stopped) == text(whole)


def test_a_table_that_was_made_again_is_dumped_from_its_beginning(tmp_path: Path) -> None:
    file = tmp_path / "dump"
    with pytest.raises(Stopped):
        dump(Scripted(6, 10, at(SETTLING + 4)), file)
    again = Scripted(6, 10)
    again.described["TableId"] = "second"
    dump(again, file)
    assert again.asked.count("Scan") == 6


ITEMS = 5_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "dump.zst"
    assert dump(Scripted(ITEMS // 500, 500), path) == ITEMS
    return path


@pytest.mark.parametrize("request_", [2, 50, 120, 180])
def test_a_load_that_is_stopped_goes_on_behind_what_is_there(request_: int, file: Path) -> None:
    first, second = Scripted(trouble=at(request_)), Scripted()
    with pytest.raises(Stopped):
        load(first.patient(), file)
    loaded = load(second.patient(), file)
    assert (loaded.items, loaded.earlier) == (ITEMS, ITEMS - second.put)
    # What was on its way is put again, and nothing else: three batches.
    assert ITEMS <= first.put + second.put <= ITEMS + 75
    assert not file.with_name("dump.zst.loading").exists()


def test_another_file_of_the_name_is_loaded_from_its_beginning(file: Path) -> None:
    with pytest.raises(Stopped):
        load(Scripted(trouble=at(100)).patient(), file)
    os.utime(file, ns=(1, 1))
    again = Scripted()
    load(again.patient(), file)
    assert again.put == ITEMS


def test_a_load_beside_which_nothing_can_be_written_is_done_all_the_same(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise OSError("read-only")

    monkeypatch.setattr("server.dumps.note.os.replace", refuse)
    assert load(Scripted().patient(), file).items == ITEMS


def test_a_killed_load_is_finished_by_the_same_command(server: LocalServer, run: Run, tmp_path: Path) -> None:
    """Through the whole program: kill -9 in the middle, then the same command line again."""
    path = tmp_path / "items.jsonl"
    lines = [orjson.dumps({"Item": {"id": {"S": str(n)}, "n": {"N": str(n)}}}) for n in range(20_000)]
    header = {"Dump": {"Version": 1, "TableName": "Plain", "CreateTable": PLAIN, "Afterwards": TTL}}
    lines = [orjson.dumps(header), *lines, orjson.dumps({"End": {"Items": 20_000}})]
    path.write_bytes(b"\n".join(lines))
    code = "import sys; from server.cli import main; sys.exit(main())"
    command = ["load", str(path), "--endpoint", server.endpoint]
    process = subprocess.Popen([sys.executable, "-c", code, *command], cwd=REPOSITORY)
    note = path.with_name("items.jsonl.loading")
    deadline = time.monotonic() + 30
    while b'"items":0' in (note.read_bytes() if note.exists() else b'"items":0'):
        assert process.poll() is None
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    ended = run(*command, "--output", "json")
    loaded = orjson.loads(ended.out)
    assert loaded["items"] == 20_000
    assert loaded["earlier"] >= 1000
    client = server.client()
    assert len(contents(client, "Plain")) == 20_000
    ttl = client.describe_time_to_live(TableName="Plain")["TimeToLiveDescription"]
    assert ttl["AttributeName"] == "gone"
    assert ttl["TimeToLiveStatus"] in ("ENABLING", "ENABLED")


TTL = {"UpdateTimeToLive": {"TimeToLiveSpecification": {"Enabled": True, "AttributeName": "gone"}}}


def test_a_dump_survives_that_its_server_is_started_again(tmp_path: Path, run: Run) -> None:
    """A server that has answered and goes away is waited for; here it comes back on the same port."""
    folder = str(tmp_path / "data")
    with live_server("--data", folder, "--durability", "os") as server:
        server.client().create_table(**PLAIN)
        fill(server.client(), "Plain", [{"id": {"S": str(number)}} for number in range(100)])
        endpoint, port = server.endpoint, server.endpoint.rpartition(":")[2]
    assert run("dump", "Plain", "--endpoint", endpoint).status == 3
    with live_server("--data", folder, "--port", port):
        assert run("dump", "Plain", "--endpoint", endpoint).out.count("\n") == 102


# ------------------------------------------------------------------ memory


def peak_bytes(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("ending", "pages"), [("jsonl", 50), ("gz", 15), ("zst", 15)])
def test_fifty_thousand_items_need_no_more_memory_than_five_thousand(
    ending: str, pages: int, tmp_path: Path
) -> None:
    few, many = tmp_path / f"few.{ending}", tmp_path / f"many.{ending}"
    dumping = [
        peak_bytes(lambda: dump(Scripted(5, 1000), few)),
        peak_bytes(lambda: dump(Scripted(pages, 1000), many)),
    ]
    loading_ = [
        peak_bytes(lambda: load(Scripted().patient(), few)),
        peak_bytes(lambda: load(Scripted().patient(), many)),
    ]
    # A page is about 150 KB of lines here; what a table adds beyond its pages would be megabytes.
    assert dumping[1] < dumping[0] + 200_000
    assert loading_[1] < loading_[0] + 200_000
