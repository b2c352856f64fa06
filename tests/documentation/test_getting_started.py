"""docs/getting-started: every page is followed from top to bottom, each on a server that is empty."""

import shutil
from pathlib import Path

import pytest

from server.config import OPTIONS
from tests.documentation.pages import ADDRESS, Page, pages
from tests.documentation.running import CLIENTS, NODE_MODULES, Reader
from tests.live import LocalServer

FOLDER = "docs/getting-started"
NOT_RUN = ("java", "terraform")
"""What they need cannot be had from where the tests' other tools come from."""

with_clients = pytest.mark.skipif(not CLIENTS.exists(), reason="`make clients` has not been run")
with_node = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")


@pytest.mark.parametrize("name", ["index", "boto3", "pynamodb"])
def test_python(name: str, server: LocalServer, tmp_path: Path) -> None:
    Reader(server.endpoint, tmp_path).follows(Page(f"{FOLDER}/{name}.md"))


@with_clients
def test_aioboto3(server: LocalServer, tmp_path: Path) -> None:
    Reader(server.endpoint, tmp_path, python=CLIENTS / "python").follows(Page(f"{FOLDER}/aioboto3.md"))


@with_clients
def test_the_aws_command_line(server: LocalServer, tmp_path: Path) -> None:
    page = Page(f"{FOLDER}/aws-cli.md")
    [profile] = page.snippets("ini")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(profile.at(server.endpoint))
    Reader(server.endpoint, tmp_path, python=CLIENTS / "python").follows(page)


@with_node
def test_javascript(server: LocalServer, tmp_path: Path) -> None:
    assert NODE_MODULES.exists(), "the SDK is not there: run `make clients`"
    Reader(server.endpoint, tmp_path).follows(Page(f"{FOLDER}/javascript.md"))


@pytest.mark.parametrize("name", NOT_RUN)
def test_a_page_that_is_not_run_says_so(name: str) -> None:
    assert "Nobody runs this page" in Page(f"{FOLDER}/{name}.md").text


def test_every_page_is_run_or_is_not_for_a_reason() -> None:
    run = {"index", "boto3", "pynamodb", "aioboto3", "aws-cli", "javascript"}
    assert {page.path.stem for page in pages(FOLDER)} == run | set(NOT_RUN)


def test_the_address_of_the_pages_is_where_a_server_listens_by_default() -> None:
    default = {option.name: option.default for option in OPTIONS}
    assert f"http://{default['host']}:{default['port']}" == ADDRESS
