"""The JavaScript SDK v3 and its document client. One node process makes all checks of `javascript/tour.mjs`,
as starting one costs more than all of them; each check is a test of its own here.
"""

import json
import re
import shutil
import subprocess

import pytest

from tests.live import REPOSITORY, LiveServer

FOLDER = REPOSITORY / "tests" / "clients" / "javascript"
TOUR = FOLDER / "tour.mjs"
CHECKS = re.findall(r'^  async "(.+)"\(\) \{$', TOUR.read_text(), re.MULTILINE)

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@pytest.fixture(scope="module")
def results(live: LiveServer) -> dict[str, str | None]:
    """What each check found: None when all was well."""
    assert (FOLDER / "node_modules").exists(), "the SDK is not there: run `make clients`"
    ended = subprocess.run(
        ["node", TOUR, live.endpoint], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, str | None] = json.loads(ended.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("check", CHECKS)
def test_the_document_client(results: dict[str, str | None], check: str) -> None:
    assert results[check] is None, results[check]


def test_every_check_is_a_test(results: dict[str, str | None]) -> None:
    assert list(results) == CHECKS
