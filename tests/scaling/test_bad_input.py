"""A database that cannot be used is refused with one sentence that says why."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from dynalite.database import Database
from dynalite.settings import Settings
from dynalite.storage.folder import StoreError, StoreTooNew, StoreUnwritable
from server.cli import main
from tests import postgres
from tests.storage.scenarios import on_loop


async def why_not(dsn: str) -> str:
    """What is said when a server is to start on this database, which it cannot."""
    with pytest.raises(StoreError) as refused:
        await Database.open(Settings(engine=dsn))
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "secret" not in sentence
    return sentence


@on_loop
async def test_a_host_where_nobody_listens() -> None:
    port = postgres.free_port()
    assert await why_not(f"postgresql://somebody:secret@127.0.0.1:{port}/dynalite") == (
        f"The database dynalite at 127.0.0.1:{port} cannot be used: nobody listens there."
    )


@on_loop
async def test_several_hosts_none_of_which_answers() -> None:
    ports = [postgres.free_port() for _ in range(2)]
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    assert f"at {hosts} cannot be used" in await why_not(f"postgresql://somebody:secret@{hosts}/dynalite")


@on_loop
async def test_a_host_that_does_not_exist() -> None:
    assert "cannot be used" in await why_not("postgresql://somebody:secret@nowhere.invalid/dynalite")


@on_loop
async def test_a_database_that_does_not_exist(database: str) -> None:
    sentence = await why_not(database.rpartition("/")[0] + "/missing")
    assert sentence.startswith("The database missing at ")
    assert sentence.endswith(" cannot be used: it does not exist; make it with createdb.")


@on_loop
async def test_a_dsn_that_is_none(database: str) -> None:
    assert "cannot be used" in await why_not("postgresql://127.0.0.1:port/dynalite")


@on_loop
async def test_a_user_who_may_not_make_tables(empty_database: str) -> None:
    owner = await asyncpg.connect(empty_database)
    await owner.execute(
        "CREATE SCHEMA closed; CREATE ROLE guest LOGIN; GRANT USAGE ON SCHEMA closed TO guest"
    )
    try:
        guest = empty_database.replace("postgres@", "guest@") + "?search_path=closed"
        assert "this user may not make tables in it" in await why_not(guest)
    finally:
        await owner.execute("DROP SCHEMA closed; DROP ROLE guest")
        await owner.close()


@on_loop
async def test_a_format_of_a_later_version(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    await connection.execute("UPDATE dynalite_store SET value = 2 WHERE name = 'format'")
    try:
        with pytest.raises(StoreTooNew, match=r"has format 2, written by a later version"):
            await Database.open(Settings(engine=empty_database))
    finally:
        await connection.execute("UPDATE dynalite_store SET value = 1 WHERE name = 'format'")
        await connection.close()


@on_loop
async def test_a_replica_that_takes_no_writes(empty_database: str) -> None:
    read_only = empty_database + "?default_transaction_read_only=on"
    with pytest.raises(StoreUnwritable, match=r"is a read-only replica; name the primary"):
        await Database.open(Settings(engine=read_only))


def test_asyncpg_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    for name in [name for name in sys.modules if name.startswith("dynalite.storage.postgres.")]:
        monkeypatch.delitem(sys.modules, name)
    sentence = asyncio.run(why_not("postgresql://127.0.0.1/dynalite"))
    assert "pip install 'dynalite[postgres]'" in sentence


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--engine", "mysql://127.0.0.1/dynalite"], "--engine must begin with postgresql://"),
        (["--engine", "postgresql://x/y", "--data", "folder"], "--data and --engine exclude each other"),
        (["--engine", "postgresql://x/y", "--in-memory"], "--in-memory and --engine exclude each other"),
    ],
)
def test_options_that_make_no_sense(
    capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", *arguments])
    assert ended.value.code == 2
    assert complaint in capsys.readouterr().err


def test_the_command_ends_with_the_sentence() -> None:
    port = postgres.free_port()
    done = subprocess.run(
        [sys.executable, "-m", "server", "--engine", f"postgresql://x@127.0.0.1:{port}/dynalite"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent.parent,
        timeout=30,
    )
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"dynalite: The database dynalite at 127.0.0.1:{port} cannot be used: nobody listens there."
    ]


FORBIDDEN = ("advisory", "listen", "notify", "nextval", "ctid", "for update", "serial", "lock table")


def statement_texts() -> Iterator[str]:
    from dynalite.storage.postgres import statements

    for dialect in (each for _, each in statements.DIALECTS):
        yield from statements.tables(dialect)
    for commit in statements.COMMIT.values():
        yield commit.text
    for name, text in vars(statements).items():
        if name.isupper() and isinstance(text, str):
            yield text


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_statement_uses_what_other_databases_do_not_have(word: str) -> None:
    assert [text for text in statement_texts() if word in text.lower()] == []
