"""Backups, restores, exports and imports from the command line, by a server and without one."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.tables import NAME, PLAIN, TABLE, album, contents, fill
from tests.live import LocalServer

ALBUMS = [album(number) for number in range(30)]
FROM = [album(number) for number in range(30, 40)]


@pytest.fixture
def client(server: LocalServer) -> Any:
    """A client of a server with a table that has point-in-time recovery and ten items."""
    client = server.client()
    client.create_table(**TABLE)
    client.update_continuous_backups(
        TableName=NAME, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    fill(client, NAME, FROM)
    return client


def later(server: LocalServer, seconds: float) -> float:
    """Move the server's clock. Returns what time it is then."""
    server.loop.call(lambda: server.clock.advance(seconds))
    return server.clock.now()


def arguments(server: LocalServer) -> tuple[str, ...]:
    return ("--endpoint", server.endpoint)


def test_a_table_is_restored_from_a_backup(server: LocalServer, client: Any, run: Run) -> None:
    made = run("backup", NAME, "--name", "first", *arguments(server))
    said, arn = made.out.splitlines()
    assert (made.status, made.err) == (0, "")
    assert said.startswith("Backed up Albums (")
    before = contents(client, NAME)
    fill(client, NAME, ALBUMS)
    ended = run("restore", arn, "Copy", *arguments(server))
    assert ended == (0, "Restored 10 items into Copy.\n", "")
    assert contents(client, "Copy") == before


def test_backups_are_listed_for_people_and_for_programs(server: LocalServer, client: Any, run: Run) -> None:
    assert run("backups", *arguments(server)).out == "There are no backups.\n"
    made = json.loads(run("backup", NAME, "--output", "json", *arguments(server)).out)["backup"]
    assert made["BackupName"].startswith("Albums-20")
    listed = json.loads(run("backups", NAME, "--output", "json", *arguments(server)).out)
    assert [backup["BackupArn"] for backup in listed["backups"]] == [made["BackupArn"]]
    assert listed["recovery"]["PointInTimeRecoveryStatus"] == "ENABLED"
    line, window = run("backups", NAME, *arguments(server)).out.splitlines()
    assert line.split()[-3:] == ["AVAILABLE", NAME, made["BackupArn"]]
    assert window.startswith("Albums can be restored to any second from 20")


def test_a_long_list_is_listed_to_its_end(server: LocalServer, run: Run) -> None:
    client = server.client()
    client.create_table(**PLAIN)
    for number in range(101):
        client.create_backup(TableName="Plain", BackupName=f"number-{number}")
    assert run("backups", *arguments(server)).out.count("\n") == 101


def test_the_backups_of_a_table_that_is_gone_are_listed(server: LocalServer, client: Any, run: Run) -> None:
    client.delete_table(TableName=NAME)
    ended = run("backups", NAME, *arguments(server))
    assert ended.status == 0
    assert "backup" in ended.out
    assert "can be restored" not in ended.out


@pytest.mark.parametrize("as_text", [str, "{:.3f}".format])
def test_a_table_goes_back_to_a_second(as_text: Any, server: LocalServer, client: Any, run: Run) -> None:
    before = contents(client, NAME)
    moment = later(server, 60)
    later(server, 60)
    fill(client, NAME, ALBUMS)
    later(server, 60)
    ended = run("restore", NAME, "Then", "--at", as_text(moment), *arguments(server))
    assert ended == (0, "Restored 10 items into Then.\n", "")
    assert contents(client, "Then") == before
    assert run("restore", NAME, "Now", *arguments(server)).out == "Restored 40 items into Now.\n"


def test_what_cannot_be_restored_is_explained(server: LocalServer, client: Any, run: Run) -> None:
    ended = run("restore", NAME, "Then", "--at", "2020-01-01", *arguments(server))
    assert ended.status == 4
    assert ended.err.startswith("dynalite: InvalidRestoreTimeException: ")
    assert run("restore", NAME, "Then", "--at", "noon").err.endswith(
        "dynalite restore: error: --at must be seconds since 1970, or a time such as 2030-01-31T12:00:00Z,"
        " not 'noon'\n"
    )
    assert run("restore", "arn:x:table/y/backup/z", "Then", "--at", "1").status == 2
    assert run("restore", "Nope", "Then", *arguments(server)).status == 1


# ------------------------------------------------------------------ exports and imports


def bucket(server: LocalServer) -> Path:
    folder = server.app.database.settings.data_folder
    assert folder is not None
    return folder / "buckets" / "archive"


def test_an_export_is_imported_again(server: LocalServer, client: Any, run: Run, tmp_path: Path) -> None:
    ended = run("export", NAME, "s3://archive/albums", *arguments(server))
    said, manifest = ended.out.splitlines()
    assert said == "Exported 10 items of Albums:"
    key = manifest.removeprefix("s3://archive/")
    assert (bucket(server) / key).exists()
    data = f"s3://archive/{key.rpartition('/')[0]}/data/"
    imported = ("--compression", "GZIP", *arguments(server))
    keys = ("--key", "artist:S", "--key", "no:N")
    assert run("import", data, "Copy", *keys, *imported).out == "Imported 10 items into Copy.\n"
    assert contents(client, "Copy") == contents(client, NAME)

    dump = tmp_path / "dump"
    run("dump", NAME, str(dump), *arguments(server))
    # An import has no local indexes to offer, nor has the service.
    header, _, rest = dump.read_text().partition("\n")
    assert json.loads(header)["Dump"]["CreateTable"].pop("LocalSecondaryIndexes")
    definitions = json.loads(header)["Dump"]
    definitions["CreateTable"]["AttributeDefinitions"] = [
        one for one in definitions["CreateTable"]["AttributeDefinitions"] if one["AttributeName"] != "year"
    ]
    dump.write_text(json.dumps({"Dump": definitions}) + "\n" + rest)
    assert run("import", data, "Like", "--like", str(dump), *imported).status == 0
    assert client.query(
        TableName="Like",
        IndexName="by-label",
        KeyConditionExpression="label = :label",
        ExpressionAttributeValues={":label": {"S": "label 0"}},
    )["Count"]


def test_only_what_has_changed_is_exported(server: LocalServer, client: Any, run: Run) -> None:
    since = later(server, 60)
    later(server, 60)
    fill(client, NAME, ALBUMS[:3])
    later(server, 20 * 60)
    ended = run("export", NAME, "s3://archive", "--since", str(since), *arguments(server))
    assert ended.out.splitlines()[0] == "Exported 3 items of Albums:"


def test_a_list_of_text_becomes_a_table(server: LocalServer, run: Run) -> None:
    bucket(server).mkdir(parents=True)
    (bucket(server) / "users.csv").write_text("1;Nina\n2;Abbey\n")
    csv = ("--format", "CSV", "--delimiter", ";", "--columns", "id,name", "--key", "id:N")
    ended = run("import", "s3://archive/users.csv", "Users", *csv, *arguments(server))
    assert ended == (0, "Imported 2 items into Users.\n", "")
    found = server.client().get_item(TableName="Users", Key={"id": {"N": "2"}})["Item"]
    assert found == {"id": {"N": "2"}, "name": {"S": "Abbey"}}


def test_items_that_could_not_be_imported_are_counted(server: LocalServer, run: Run) -> None:
    bucket(server).mkdir(parents=True)
    lines = [{"Item": {"id": {"S": "a"}}}, {"Item": {"ID": {"S": "b"}}}]
    (bucket(server) / "items.json").write_text("\n".join(map(json.dumps, lines)))
    ended = run("import", "s3://archive/items", "Plain", "--key", "id:S", *arguments(server))
    assert ended.status == 1
    assert ended.err.startswith("dynalite: 1 of 2 items could not be imported; the log is arn:")


def test_an_import_from_no_bucket_fails(server: LocalServer, run: Run) -> None:
    ended = run("import", "s3://nowhere", "Plain", "--key", "id:S", *arguments(server))
    assert ended.status == 1
    assert ended.err.startswith("dynalite: The import failed: ")


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("s3://b", "Plain"), "one of --key and --like must say what the table's key is"),
        (("/b", "Plain", "--key", "a:S"), "SOURCE must be s3://BUCKET or s3://BUCKET/PREFIX, not '/b'"),
        (("s3://b", "Plain", "--key", "a"), "--key must be NAME:S, NAME:N or NAME:B, not 'a'"),
        (
            ("s3://b", "Plain", "--format", "XML"),
            "--format must be DYNAMODB_JSON or ION or CSV, not 'XML'",
        ),
    ],
)
def test_nonsense_is_named_before_anybody_is_asked(flags: tuple[str, ...], sentence: str, run: Run) -> None:
    ended = run("import", *flags)
    assert ended.status == 2
    assert ended.err.endswith(f"dynalite import: error: {sentence}\n")


def test_all_of_it_works_without_a_server(run: Run, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "data"))
    objects = tmp_path / "data" / "buckets" / "archive"
    objects.mkdir(parents=True)
    lines = [json.dumps({"Item": {"id": {"S": str(number)}}}) for number in range(50)]
    (objects / "items.json.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    flags = ("--key", "id:S", "--compression", "GZIP")
    assert run("import", "s3://archive/items", "Plain", *flags, *data).out == (
        "Imported 50 items into Plain.\n"
    )
    arn = run("backup", "Plain", *data).out.splitlines()[1]
    assert run("restore", arn, "Copy", *data).out == "Restored 50 items into Copy.\n"
    assert run("dump", "Copy", *data).out.count('{"Item":') == 50
    ended = run("restore", "Plain", "Then", *data)
    assert ended.status == 4
    assert "Point in time recovery is not enabled" in ended.err
