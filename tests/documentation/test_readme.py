"""The README's program prints what the README says, and its test passes, both as a reader would run them."""

from pathlib import Path

import pytest

from tests.documentation.pages import Page
from tests.documentation.running import Reader
from tests.live import REPOSITORY, LocalServer

pytest_plugins = ["pytester"]

README = Page("README.md")


def test_the_program(server: LocalServer, tmp_path: Path) -> None:
    Reader(server.endpoint, tmp_path).follows(README)


def test_the_test(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    [test] = [code for code in README.code("python") if "def test_" in code]
    pytester.makepyfile(test)
    pytester.runpytest_subprocess("-p", "pytest_dynalite.plugin", "-W", "error").assert_outcomes(passed=1)
