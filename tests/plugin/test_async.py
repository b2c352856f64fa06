"""The plugin's fixtures for aioboto3, which pins a botocore of its own and so lives in another environment.

The plugin needs neither pytest-asyncio nor anyio; its fixtures work with both, and in tests that run an event
loop by themselves.
"""

import subprocess
from pathlib import Path

import pytest

from tests.documentation.pages import Page
from tests.live import REPOSITORY

PYTHON = REPOSITORY / ".venv-clients" / "bin" / "python"

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="`make clients` has not been run")

TESTS = """
import asyncio

import aioboto3
import pytest

SONGS = {
    "TableName": "Songs",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


async def tour(async_client, async_resource, server):
    async with async_client as client, async_resource as dynamodb:
        assert (await client.list_tables())["TableNames"] == []
        await client.create_table(**SONGS)
        table = await dynamodb.Table("Songs")
        await asyncio.gather(*(table.put_item(Item={"id": str(number)}) for number in range(20)))
        server.clock.advance(days=7)
        assert (await table.scan())["Count"] == 20


@pytest.mark.asyncio
@pytest.mark.parametrize("turn", range(2))
async def test_with_pytest_asyncio(dynalite_async_client, dynalite_async_resource, dynalite, turn):
    await tour(dynalite_async_client, dynalite_async_resource, dynalite)


@pytest.mark.anyio
@pytest.mark.parametrize("turn", range(2))
async def test_with_anyio(dynalite_async_client, dynalite_async_resource, dynalite, turn):
    await tour(dynalite_async_client, dynalite_async_resource, dynalite)


def test_with_neither(dynalite_async_client, dynalite_async_resource, dynalite):
    asyncio.run(tour(dynalite_async_client, dynalite_async_resource, dynalite))


@pytest.mark.asyncio
async def test_code_that_makes_its_own_clients(dynalite):
    async with aioboto3.Session().client("dynamodb") as client:
        assert (await client.list_tables())["TableNames"] == []
        await client.create_table(**SONGS)
    assert dynalite.client().list_tables()["TableNames"] == ["Songs"]


@pytest.fixture
def anyio_backend():
    return "asyncio"
"""

CONFTEST = """
import pytest

@pytest.fixture
def anyio_backend():
    return "asyncio"
"""
INI = """
[pytest]
addopts = -p no:cacheprovider
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""


def run(tests: str, folder: Path) -> str:
    """What pytest says of a suite in the other environment."""
    (folder / "test_songs.py").write_text(tests)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "pytest.ini").write_text(INI)
    command = [str(PYTHON), "-m", "pytest", "--dynalite-cost", str(folder)]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout
    return ended.stdout


def test_the_async_fixtures(tmp_path: Path) -> None:
    said = run(TESTS, tmp_path)
    assert "6 passed" in said
    assert "test_with_neither" in said


def test_the_guides_snippet(tmp_path: Path) -> None:
    [snippet] = [
        code for code in Page("docs/testing-your-code.md").code("python") if "async def test_" in code
    ]
    assert "1 passed" in run(snippet, tmp_path)
