"""`dynalite doctor`, and what the server does where a library is missing."""

import json
import os
import re
import resource
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from dynalite.clock import Clock
from dynalite.settings import Settings
from server.checkup import CHECKS, LIBRARIES, Finding, findings
from server.config import Config
from tests.cli.conftest import Run
from tests.live import REPOSITORY, LocalServer, start_server


def found(subject: str, wanted: Config, clock: Clock | None = None) -> Finding:
    (finding,) = [one for one in findings(wanted, clock or Clock()) if one.subject.startswith(subject)]
    return finding


def config(folder: Path | None = None, port: int = 0) -> Config:
    return Config("127.0.0.1", port, Settings(data_folder=folder))


def test_nothing_is_wrong_where_these_tests_run(run: Run, tmp_path: Path) -> None:
    ended = run("doctor", "--data", str(tmp_path / "new"), "--port", "0")
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("ok       Python: CPython 3.")
    assert f"ok       data in {tmp_path / 'new'}: new; it will be made" in lines
    assert not (tmp_path / "new").exists()
    assert "\x1b" not in ended.out


def test_each_library_that_the_package_needs_is_looked_at() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    offered = ("s3", "ion", "zstd", "postgres")
    needed = [*project["dependencies"], *(library for name in offered for library in extras[name])]
    names = {re.split("[<>=; ]", requirement)[0] for requirement in needed}
    assert names == {name for library in LIBRARIES for name in (library.distribution, *library.others)}


def test_programs_read_it_too(run: Run, unused_port: int) -> None:
    answer = json.loads(run("doctor", "--in-memory", "--port", str(unused_port), "--output", "json").out)
    assert answer["healthy"] is True
    assert {
        "subject": f"127.0.0.1:{unused_port}",
        "level": "ok",
        "found": "free to listen at",
        "advice": "",
    } in (answer["findings"])


def test_a_port_in_use_is_a_failure(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("doctor", "--in-memory", "--port", str(port))
    assert ended.status == 1
    assert f"failure  127.0.0.1:{port}: it cannot be listened at (Address already in use); " in ended.out


def test_a_dax_port_in_use_is_a_failure(run: Run) -> None:
    """The doctor called everything ok, and the server did not start."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("doctor", "--in-memory", "--port", "0", "--dax-port", str(port))
    assert ended.status == 1
    assert f"failure  127.0.0.1:{port}: it cannot be listened at (Address already in use); " in ended.out


def test_a_folder_in_use_is_a_failure(server: LocalServer) -> None:
    folder = server.app.database.settings.data_folder
    finding = found("data in", config(folder))
    assert (finding.level, finding.found) == (
        "failure",
        f"The data folder {folder} is in use by another process",
    )


@pytest.mark.parametrize(
    ("files", "level", "advice"),
    [
        ({"FORMAT": '{"store": "dynalite", "format": 1}\n'}, "ok", ""),
        ({"FORMAT": '{"store": "dynalite", "format": 999}\n'}, "failure", "use the version that wrote it"),
        ({"FORMAT": "x"}, "failure", "restore it from a copy"),
        ({"rows": ""}, "failure", "restore it from a copy"),
        ({}, "ok", ""),
    ],
)
def test_a_folders_format_is_judged(files: dict[str, str], level: str, advice: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    finding = found("data in", config(tmp_path))
    assert finding.level == level
    assert finding.advice.startswith(advice)


def test_a_folder_that_nobody_may_even_look_for_is_a_failure(tmp_path: Path) -> None:
    finding = found("data in", config(tmp_path / ("x" * 300)))
    assert finding.level == "failure"
    assert "File name too long" in finding.found


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert found("data in", config(tmp_path / "file")).level == "failure"


@pytest.mark.parametrize(("free", "level"), [(1 << 40, "ok"), (1 << 29, "warning"), (1 << 20, "failure")])
def test_a_disk_should_have_room(
    free: int, level: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Usage:
        def __init__(self) -> None:
            self.free = free

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage())
    assert found("disk", config(tmp_path)).level == level


@pytest.mark.parametrize(("limit", "level"), [(256, "warning"), (4096, "ok"), (resource.RLIM_INFINITY, "ok")])
def test_a_server_needs_files(limit: int, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert found("open files", config()).level == level


@pytest.mark.parametrize(("now", "level"), [(0.0, "warning"), (1_900_000_000.0, "ok")])
def test_a_clock_that_cannot_be_right_is_named(now: float, level: str) -> None:
    clock = Clock()
    clock.freeze()
    clock.set(now)
    assert found("clock", config(), clock).level == level


def test_data_from_the_future_tells_that_the_clock_went_back(tmp_path: Path) -> None:
    clock = Clock()
    clock.freeze()
    clock.set(1_900_000_000.0)
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "000003.log").touch()
    os.utime(tmp_path / "rows" / "000003.log", (1_900_000_100, 1_900_000_100))
    finding = found("clock", config(tmp_path), clock)
    assert finding.level == "warning"
    assert "but the data was written at 2030-03-17T17:48:20.000Z" in finding.found


def test_every_check_has_something_to_say_and_advice_where_it_is_needed(tmp_path: Path) -> None:
    for check in CHECKS:
        for finding in check(config(tmp_path), Clock()):
            assert finding.found
            assert finding.advice or finding.level == "ok"


# ------------------------------------------------------------------ where a library is missing


PLYVEL = ("plyvel", "plyvel_next")


@pytest.fixture
def without(tmp_path: Path) -> Any:
    """Makes an environment in which some modules cannot be imported."""

    def make(*modules: str) -> dict[str, str]:
        folder = tmp_path / "broken"
        folder.mkdir()
        for module in modules:
            (folder / f"{module}.py").write_text(
                f"raise ImportError('no wheel for this machine', name={module!r})"
            )
        return {**os.environ, "PYTHONPATH": f"{folder}:{REPOSITORY}"}

    return make


def dynalite(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    code = "import sys; from server.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.module)
def test_a_library_that_is_missing_is_named(library: Any, without: Any) -> None:
    modules = PLYVEL if library.distribution == "plyvel" else (library.module.partition(".")[0],)
    ended = dynalite(without(*modules), "doctor", "--in-memory", "--port", "0")
    assert ended.stderr == ""
    assert ended.returncode == (1 if library.absent == "failure" else 0)
    (line,) = [line for line in ended.stdout.splitlines() if f"{library.distribution}: cannot" in line]
    assert line.startswith(library.absent)
    assert line.endswith(library.advice)


def test_without_plyvel_the_server_starts_in_memory_and_says_so(
    without: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    server = start_server(environment=without(*PLYVEL))
    try:
        assert "Data: in memory; it is gone when the server stops" in server.banner
        assert server.client().list_tables()["TableNames"] == []
    finally:
        assert server.stop() == 0
    assert capfd.readouterr().err == (
        "dynalite: LevelDB cannot be used (no wheel for this machine), so everything is kept in memory;"
        " `dynalite doctor` says what to do.\n"
    )


@pytest.mark.parametrize(("command", "status"), [("serve", 1), ("dump", 3)])
def test_without_plyvel_a_folder_that_is_asked_for_is_refused(
    command: str, status: int, without: Any, tmp_path: Path
) -> None:
    (tmp_path / "FORMAT").write_text('{"store": "dynalite", "format": 1}\n')
    operands = ("Songs",) if command == "dump" else ("--port", "0")
    ended = dynalite(without(*PLYVEL), command, *operands, "--data", str(tmp_path))
    assert (ended.returncode, ended.stdout) == (status, "")
    assert ended.stderr == (
        "dynalite: A data folder needs LevelDB, and plyvel cannot be imported: no wheel for this machine.\n"
    )


def test_without_what_everything_needs_the_doctor_is_recommended(without: Any) -> None:
    ended = dynalite(without("orjson"), "serve", "--in-memory")
    assert (ended.returncode, ended.stderr) == (
        1,
        "dynalite: no wheel for this machine; `dynalite doctor` says what is missing.\n",
    )
