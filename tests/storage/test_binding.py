"""LevelDB's binding is found under either of its names, and missed under the first."""

import os
import subprocess
import sys
from pathlib import Path

from tests.live import REPOSITORY

_IMPORT = """
try:
    from dynalite.storage.binding import plyvel
    print(plyvel.__name__)
except ImportError as error:
    print(error)
"""
_MISSING = "raise ImportError('no wheel of {name}')"


def imported(folder: Path, **modules: str) -> str:
    """What is imported where these modules come before all others."""
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text.format(name=name))
    environment = {**os.environ, "PYTHONPATH": f"{folder}:{REPOSITORY}"}
    command = [sys.executable, "-c", _IMPORT]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_plyvel_comes_first(tmp_path: Path) -> None:
    assert imported(tmp_path, plyvel="", plyvel_next="") == "plyvel"


def test_where_it_has_no_wheels_its_successor_does(tmp_path: Path) -> None:
    assert imported(tmp_path, plyvel=_MISSING, plyvel_next="") == "plyvel_next"


def test_without_both_it_is_plyvel_that_is_missed(tmp_path: Path) -> None:
    assert imported(tmp_path, plyvel=_MISSING, plyvel_next=_MISSING) == "no wheel of plyvel"
