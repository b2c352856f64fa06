"""The files around the packages: what they name is there, and what they say is so.

The image itself is not built here, which would take Docker and the network; its commands are tried without.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from server.config import OPTIONS
from tests.live import REPOSITORY, LiveServer, live_server
from tests.packages.check import PACKAGES

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
UNIT = (REPOSITORY / "deploy/dynalite.service").read_text()
VARIABLES = {option.variable for option in OPTIONS}


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions and their arguments."""
    text = (REPOSITORY / "Dockerfile").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


IMAGE = instructions()


def of(name: str) -> list[str]:
    return [rest for instruction, rest in IMAGE if instruction == name]


# ------------------------------------------------------------------ the image


def test_everything_that_is_copied_is_there_and_not_ignored() -> None:
    let_in = (REPOSITORY / ".dockerignore").read_text().splitlines()
    copied = [path for rest in of("COPY") if "--from" not in rest for path in shlex.split(rest)[:-1]]
    assert set(copied) >= {*PACKAGES, "pyproject.toml", PROJECT["readme"], *PROJECT["license-files"]}
    for path in copied:
        assert (REPOSITORY / path).exists()
        assert f"!{path}" in let_in


def test_every_package_is_installed_with_every_extra_that_a_server_can_use() -> None:
    [install] = [rest for rest in of("RUN") if rest.startswith("pip install")]
    extras = re.search(r"\.\[(.*?)\]", install)
    assert extras is not None
    not_here = {"dev", "fuzz", "leveldb"}  # the last is for a newer Python than the image's
    assert set(extras[1].split(",")) == PROJECT["optional-dependencies"].keys() - not_here


def test_it_runs_a_command_that_the_package_has_with_variables_that_the_server_reads() -> None:
    [entry], [command] = map(json.loads, of("ENTRYPOINT")), map(json.loads, of("CMD"))
    assert entry[0] in PROJECT["scripts"]
    ended = subprocess.run(
        [sys.executable, "-c", "from server.cli import main; raise SystemExit(main())", *command, "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    assert b"usage: dynalite serve" in ended.stdout
    [given] = of("ENV")
    assert {pair.partition("=")[0] for pair in given.split()} < VARIABLES


def test_it_does_not_run_as_root_and_may_write_where_its_data_is() -> None:
    order = [name for name, _ in IMAGE]
    assert order.index("USER") < order.index("VOLUME") < order.index("ENTRYPOINT")
    [user], [volume] = of("USER"), of("VOLUME")
    assert any(f"useradd --system --uid 8000 --no-create-home {user} " in rest for rest in of("RUN"))
    assert any(f"--owner {user} {volume}" in rest for rest in of("RUN"))
    assert f"DYNALITE_DATA={volume}" in of("ENV")[0]


def test_the_port_that_is_exposed_is_the_one_that_is_listened_at() -> None:
    [port] = of("EXPOSE")
    assert f"DYNALITE_PORT={port}" in of("ENV")[0].split()


def test_it_starts_with_the_images_own_settings(tmp_path: Path) -> None:
    settings = dict(pair.split("=") for pair in of("ENV")[0].split())
    settings |= {"DYNALITE_DATA": str(tmp_path), "DYNALITE_PORT": "0"}
    with live_server("--data", str(tmp_path), environment=settings) as live:
        assert live.client().list_tables()["TableNames"] == []


def health(live: LiveServer) -> int:
    [check] = of("HEALTHCHECK")
    interpreter, *rest = json.loads(check.partition("CMD ")[2])
    assert interpreter == "python"
    port = live.endpoint.rpartition(":")[2]
    return subprocess.run(
        [sys.executable, *rest], env={"DYNALITE_PORT": port}, capture_output=True, check=False
    ).returncode


def test_the_health_check_tells_the_living_from_the_dead() -> None:
    with live_server() as live:
        assert health(live) == 0
    assert health(live) == 1


# ------------------------------------------------------------------ the unit


def test_the_unit_sets_variables_that_the_server_reads() -> None:
    set_ = re.findall(r"^Environment=(\w+)=", UNIT, re.MULTILINE)
    assert set_
    assert set(set_) <= VARIABLES


def test_the_unit_runs_a_command_that_the_package_has() -> None:
    [command] = re.findall(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    program, *arguments = command.split()
    assert Path(program).name in PROJECT["scripts"]
    assert arguments == ["serve"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    unit = re.sub(r"(?<=ExecStart=)\S+", sys.executable, UNIT)
    assert complaints(unit, tmp_path) == ""
    assert "Protected" in complaints(unit.replace("ProtectHome=", "ProtectedHome="), tmp_path)


def complaints(unit: str, folder: Path) -> str:
    file = folder / "dynalite.service"
    file.write_text(unit)
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


# ------------------------------------------------------------------ the package


def test_the_version_is_the_changelogs_first() -> None:
    changelog = (REPOSITORY / "CHANGELOG.md").read_text()
    assert re.findall(r"^## ([\d.]+)", changelog, re.MULTILINE)[0] == PROJECT["version"]


def test_every_folder_of_code_is_a_package() -> None:
    """What has no `__init__.py` would not be in the wheel."""
    for package in PACKAGES:
        for module in (REPOSITORY / package).rglob("*.py"):
            assert (module.parent / "__init__.py").exists(), module.parent


def test_what_the_manifest_names_is_there() -> None:
    for line in (REPOSITORY / "MANIFEST.in").read_text().splitlines():
        for path in line.split()[1:]:
            assert (REPOSITORY / path).exists(), path


def test_every_type_hint_is_published() -> None:
    for package in PACKAGES:
        assert (REPOSITORY / package / "py.typed").exists()


def test_the_plugin_is_where_pytest_looks_for_it() -> None:
    from importlib import import_module

    [(name, module)] = PROJECT["entry-points"]["pytest11"].items()
    assert name == "dynalite"
    assert hasattr(import_module(module), "dynalite")
