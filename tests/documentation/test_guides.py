"""The snippets of every page are run by some test, and every command line of every page can be read.

Most guides are run in the rooms whose business they are; those that have no such test are followed here.
"""

import re
import shlex
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from dynalite.settings import Settings
from server import config, options
from server.commands import BY_NAME
from server.dax.settings import DaxSettings
from tests.documentation.pages import Page, command_lines, pages
from tests.documentation.running import Reader
from tests.kinesis.moto import Moto
from tests.live import REPOSITORY, LocalServer, local_server

DAX_PYTHON = REPOSITORY / ".venv-dax" / "bin" / "python"
DAX_MODULES = REPOSITORY / "tests" / "dax" / "javascript" / "node_modules"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}

ALL = [Page("README.md"), Page("CONTRIBUTING.md"), *pages()]
PROGRAMS = ("python", "javascript", "toml", "json", "ini")
RUN_BY = {
    "README.md": "documentation/test_readme.py",
    "docs/capacity.md": "documentation/test_guides.py",
    "docs/cli.md": "cli/test_reference.py",
    "docs/dax.md": "documentation/test_guides.py",
    "docs/recovery.md": "recovery/test_docs.py",
    "docs/security.md": "access/test_docs.py",
    "docs/streams.md": "documentation/test_guides.py",
    "docs/testing.md": "admin/test_docs.py",
    "docs/testing-your-code.md": "plugin/test_docs.py",
    "docs/triggers.md": "admin/test_docs.py",
}
"""By whom a page's snippets are run; those of the folders below by the tests that are named like them."""
FOLLOWED = ("docs/getting-started/", "docs/coming-from/")


def follow(
    page: str, server: LocalServer, folder: Path, others: Mapping[str, str] | None = None, **more: Path
) -> None:
    """Run what a page shows. `others` are servers beside ours, by the addresses that the page has."""
    address = server.app.dax.address if server.app.dax else None
    dax = {"dax://127.0.0.1:8111": address} if address else {}
    reader = Reader(server.endpoint, folder, {**dax, **(others or {})}, **more)
    reader.environment = {**reader.environment, **CREDENTIALS}
    reader.follows(Page(page))


def test_capacity(server: LocalServer, tmp_path: Path) -> None:
    follow("docs/capacity.md", server, tmp_path)


def test_streams(tmp_path: Path) -> None:
    with Moto() as moto, local_server(Settings(kinesis_endpoint=moto.endpoint)) as server:
        follow("docs/streams.md", server, tmp_path, {"http://127.0.0.1:4566": moto.endpoint})


@pytest.mark.skipif(not DAX_PYTHON.exists(), reason="`make clients` has not been run")
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_dax(tmp_path: Path) -> None:
    with local_server(dax=DaxSettings(port=0)) as server:
        server.client().create_table(
            TableName="Songs",
            KeySchema=[
                {"AttributeName": "artist", "KeyType": "HASH"},
                {"AttributeName": "title", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "artist", "AttributeType": "S"},
                {"AttributeName": "title", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        follow("docs/dax.md", server, tmp_path, python=DAX_PYTHON, node_modules=DAX_MODULES)


@pytest.mark.parametrize("page", [page for page in ALL if page.code(*PROGRAMS)], ids=repr)
def test_a_pages_snippets_are_run_by_some_test(page: Page) -> None:
    if not repr(page).startswith(FOLLOWED):
        test = (REPOSITORY / "tests" / RUN_BY[repr(page)]).read_text()
        assert f'"{page!r}"' in test


# ------------------------------------------------------------------ command lines


def lines_of(page: Page) -> list[str]:
    """What a page tells a shell to do, in its blocks and in its sentences."""
    lines = [line.text for block in page.code("console") for line in command_lines(block)]
    lines += [line for block in page.code("sh") for line in block.splitlines()]
    lines += [code for code in re.findall(r"`([^`\n]+)`", page.prose) if "…" not in code]
    return [re.sub(r"\s*(#|\||&).*", "", line).strip() for line in lines]


DYNALITE = sorted(
    {line for page in ALL for line in lines_of(page) if re.match(rf"dynalite ({'|'.join(BY_NAME)})\b", line)}
)
MAKE = sorted({line for page in ALL for line in lines_of(page) if re.match(r"make [a-z-]+", line)})


@pytest.mark.parametrize("line", DYNALITE)
def test_a_command_line_can_be_read(line: str) -> None:
    """As far as its flags and operands go. A bare name, or one with a bare flag, is part of a sentence."""
    _, name, *arguments = shlex.split(line)
    form = BY_NAME[name].load().FORM
    files = {"--config", "--credentials", "--tls-cert", "--prices", "--help", "[options]"}
    if len(arguments) == 1 and arguments[0] in {option.flag for option in form.options}:
        return
    if arguments and not files & set(arguments) and not any(one.startswith("@") for one in arguments):
        options.read(form, arguments, {}, name, config.LASTING)


@pytest.mark.parametrize("line", MAKE)
def test_make_knows_the_target(line: str) -> None:
    target = re.findall(r"[a-z-]+", line)[1]
    assert re.search(rf"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)


# ------------------------------------------------------------------ the walk through the house


@pytest.mark.parametrize("package", ["dynalite", "server"])
def test_the_walk_through_the_house_enters_every_room(package: str) -> None:
    text = Page("docs/architecture.md").text
    rooms = [path.parent.name for path in (REPOSITORY / package).glob("*/__init__.py")]
    assert rooms
    assert [room for room in rooms if not re.search(rf"\b{room}\b", text)] == []


def test_every_file_that_is_named_there_is_there() -> None:
    named = re.findall(r"`((?:\w+/)+(?:\w+\.py)?)`", Page("docs/architecture.md").text)
    assert len(named) > 20
    places = [REPOSITORY, REPOSITORY / "dynalite"]
    assert [name for name in named if not any((place / name).exists() for place in places)] == []
