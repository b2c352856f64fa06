"""docs/coming-from: what is shown there runs. Our own servers stand in for those that one comes from: it is
the way that is tested, not the place where it begins.
"""

import shutil
from pathlib import Path

import pytest

from tests.documentation.pages import Page, pages
from tests.documentation.running import Reader
from tests.live import REPOSITORY, LocalServer, local_server

pytest_plugins = ["pytester"]

FOLDER = "docs/coming-from"
with_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


def load(server: LocalServer) -> None:
    songs = server.resource().create_table(
        TableName="Songs",
        KeySchema=[{"AttributeName": "title", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "title", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for title in ("Sinnerman", "Feeling Good"):
        songs.put_item(Item={"title": title})


def test_dynamodb_local(server: LocalServer, tmp_path: Path) -> None:
    load(server)
    with local_server() as other:
        load(other)
        Reader(server.endpoint, tmp_path, {"http://127.0.0.1:8001": other.endpoint}).follows(
            Page(f"{FOLDER}/dynamodb-local.md")
        )


def test_localstack(server: LocalServer, tmp_path: Path) -> None:
    Reader(server.endpoint, tmp_path).follows(Page(f"{FOLDER}/localstack.md"))


@with_node
def test_dynalite_for_node(server: LocalServer, tmp_path: Path) -> None:
    with local_server() as other:
        load(other)
        Reader(server.endpoint, tmp_path, {"http://127.0.0.1:4567": other.endpoint}).follows(
            Page(f"{FOLDER}/dynalite-npm.md")
        )


def test_moto(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    tests = Page(f"{FOLDER}/moto.md").code("python")
    pytester.makepyfile(**{f"test_{number}": code for number, code in enumerate(tests)})
    pytester.runpytest_subprocess("-p", "pytest_dynalite.plugin", "-W", "error").assert_outcomes(passed=3)


def test_every_page_is_followed() -> None:
    assert {page.path.stem for page in pages(FOLDER)} == {
        "dynamodb-local",
        "localstack",
        "moto",
        "dynalite-npm",
    }
