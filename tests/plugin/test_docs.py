"""docs/testing-your-code.md: its tests pass, its programs run, and its tables are complete."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from pytest_dynalite import plugin
from tests.documentation.pages import Page
from tests.live import REPOSITORY

pytest_plugins = ["pytester"]

GUIDE = Page("docs/testing-your-code.md")
TESTS = [code for code in GUIDE.code("python") if "\ndef test_" in code or code.startswith("def test_")]
PROGRAMS = [code for code in GUIDE.code("python") if "def test_" not in code]


@pytest.fixture(autouse=True)
def nothing_but_the_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)


def test_the_tests_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(**{f"test_{number}": code for number, code in enumerate(TESTS)})
    result = pytester.runpytest_inprocess("-p", "pytest_dynalite.plugin", "-W", "error")
    result.assert_outcomes(passed=sum(code.count("def test_") for code in TESTS))


@pytest.mark.parametrize("settings", GUIDE.code("toml"))
def test_the_settings_are_understood(pytester: pytest.Pytester, settings: str) -> None:
    given = tomllib.loads(settings)["tool"]["pytest"]["ini_options"]
    pytester.makepyprojecttoml(settings)
    pytester.makepyfile(
        dedent(f"""
        import boto3
        CLIENT = boto3.client("dynamodb", region_name="us-east-1") if "usefixtures" in {given!r} else None

        def test_it(dynalite):
            assert (CLIENT or dynalite.client()).list_tables()["TableNames"] == []
        """)
    )
    pytester.runpytest_inprocess("-p", "pytest_dynalite.plugin").assert_outcomes(passed=1)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_programs_run(program: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr


def test_every_fixture_is_in_the_table() -> None:
    fixtures = {name for name in vars(plugin) if name.startswith("dynalite")}
    assert set(re.findall(r"^\| `(\w+)` \| (?:test|session) \|", GUIDE.text, re.MULTILINE)) == fixtures


def test_every_snippet_is_run() -> None:
    asynchronous = [code for code in GUIDE.code("python") if "async def test_" in code]
    assert len(TESTS) + len(PROGRAMS) + len(asynchronous) == len(GUIDE.code("python"))
