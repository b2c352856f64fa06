"""`dynalite dump` and `dynalite load`: what comes back is what was there."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import zstandard

from dynalite.database import Database
from dynalite.errors import InternalServerError
from tests.cli.conftest import Run
from tests.cli.tables import NAME, PLAIN, TABLE, album, contents, fill
from tests.live import REPOSITORY, LocalServer

ALBUMS = [album(number) for number in range(60)]


def with_everything(client: Any) -> None:
    client.create_table(**TABLE)
    fill(client, NAME, ALBUMS)
    client.update_time_to_live(
        TableName=NAME, TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone"}
    )
    client.update_table(
        TableName=NAME, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    )
    client.update_continuous_backups(
        TableName=NAME,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 9},
    )


def described(client: Any, name: str) -> dict[str, Any]:
    """What a dump should carry of a table, without what is of one table only."""
    table = client.describe_table(TableName=name)["Table"]
    arn = table["TableArn"]
    kept = (
        "AttributeDefinitions KeySchema ProvisionedThroughput LocalSecondaryIndexes GlobalSecondaryIndexes"
        " TableClassSummary StreamSpecification DeletionProtectionEnabled ItemCount BillingModeSummary"
    )
    described = {member: table.get(member) for member in kept.split()}
    described["tags"] = client.list_tags_of_resource(ResourceArn=arn)["Tags"]
    described["ttl"] = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    recovery = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    described["days"] = recovery["PointInTimeRecoveryDescription"].get("RecoveryPeriodInDays")
    text = json.dumps(described, default=str, sort_keys=True)
    found: dict[str, Any] = json.loads(text.replace(f"table/{name}", "table/…"))
    return found


def test_vector_indexes_come_back(server: LocalServer, run: Run, tmp_path: Path) -> None:
    """Without them the copy was refused: an attribute that only they need was defined for nothing."""
    client = server.client()
    index = {
        "IndexName": "near",
        "VectorAttribute": {"AttributeName": "v"},
        "Dimensions": 2,
        "DistanceFunction": "COSINE",
        "Projection": {"ProjectionType": "ALL"},
        "SearchSchema": [{"AttributeName": "mood", "SearchSchemaElementType": "HASH"}],
    }
    definitions = [*PLAIN["AttributeDefinitions"], {"AttributeName": "mood", "AttributeType": "S"}]
    client.create_table(**PLAIN | {"AttributeDefinitions": definitions, "VectorIndexes": [index]})
    file = str(tmp_path / "plain.jsonl")
    assert run("dump", "Plain", file, "--endpoint", server.endpoint).status == 0
    assert run("load", file, "--table", "Copy", "--endpoint", server.endpoint).status == 0
    (copied,) = client.describe_table(TableName="Copy")["Table"]["VectorIndexes"]
    assert {member: copied[member] for member in index} == index


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "jsonl.zst"])
def test_a_table_comes_back_with_its_settings(
    ending: str, server: LocalServer, run: Run, tmp_path: Path
) -> None:
    client = server.client()
    with_everything(client)
    file = str(tmp_path / f"albums.{ending}")
    assert run("dump", NAME, file, "--endpoint", server.endpoint) == (
        0,
        f"Dumped 60 items of Albums to {file}.\n",
        "",
    )
    assert run("load", file, "--table", "Copy", "--endpoint", server.endpoint) == (
        0,
        "Loaded 60 items into Copy.\n",
        "",
    )
    assert contents(client, "Copy") == contents(client, NAME)
    assert described(client, "Copy") == described(client, NAME)
    assert [path.name for path in tmp_path.iterdir()] == [f"albums.{ending}"]


def test_the_loading_is_no_news_to_the_new_tables_stream(
    server: LocalServer, run: Run, tmp_path: Path
) -> None:
    client, streams = server.client(), server.client("dynamodbstreams")
    with_everything(client)
    file = str(tmp_path / "albums")
    run("dump", NAME, file, "--endpoint", server.endpoint)
    run("load", file, "--table", "Copy", "--endpoint", server.endpoint)
    arn = client.describe_table(TableName="Copy")["Table"]["LatestStreamArn"]
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        iterator = streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        assert streams.get_records(ShardIterator=iterator)["Records"] == []


def test_a_dump_is_lines_of_json(server: LocalServer, run: Run) -> None:
    client = server.client()
    client.create_table(**PLAIN)
    client.put_item(TableName="Plain", Item={"id": {"S": "a"}, "b": {"B": b"\x00"}})
    status, out, err = run("dump", "Plain", "--endpoint", server.endpoint)
    assert (status, err) == (0, "Dumped 1 items of Plain.\n")
    assert [json.loads(line) for line in out.splitlines()] == [
        {
            "Dump": {
                "Version": 1,
                "TableName": "Plain",
                "CreateTable": PLAIN | {"DeletionProtectionEnabled": False},
                "Afterwards": {},
            }
        },
        {"Item": {"id": {"S": "a"}, "b": {"B": "AA=="}}},
        {"End": {"Items": 1}},
    ]


def test_an_empty_table_is_a_dump_too(server: LocalServer, run: Run, tmp_path: Path) -> None:
    server.client().create_table(**PLAIN)
    file = str(tmp_path / "plain.gz")
    assert run("dump", "Plain", file, "--endpoint", server.endpoint).status == 0
    assert run("load", file, "--table", "Copy", "--endpoint", server.endpoint).status == 0
    assert contents(server.client(), "Copy") == {}


def test_a_folder_is_dumped_and_loaded_without_a_server(
    server: LocalServer, run: Run, tmp_path: Path
) -> None:
    with_everything(server.client())
    first, second, folder = tmp_path / "first.zst", tmp_path / "second.jsonl", str(tmp_path / "data")
    run("dump", NAME, str(first), "--endpoint", server.endpoint)
    assert run("load", str(first), "--data", folder).status == 0
    assert run("dump", NAME, str(second), "--data", folder).status == 0
    lines = zstandard.ZstdDecompressor().stream_reader(first.read_bytes(), read_across_frames=True).read()
    assert sorted(second.read_bytes().splitlines()) == sorted(lines.splitlines())


def test_a_folder_in_use_is_left_alone(server: LocalServer, run: Run) -> None:
    folder = str(server.app.database.settings.data_folder)
    assert run("dump", NAME, "--data", folder) == (
        3,
        "",
        f"dynalite: The data folder {folder} is in use by another process; if that is a server, name its"
        " --endpoint instead.\n",
    )


def test_a_folder_is_not_made_by_looking_for_one(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "none"
    assert run("dump", NAME, "--data", str(folder)).err == f"dynalite: There is no data folder at {folder}.\n"
    assert not folder.exists()


def test_a_folder_that_nobody_may_even_look_for_is_named(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 300)
    sentence = f"dynalite: The data folder {folder} cannot be used: File name too long.\n"
    assert run("dump", NAME, "--data", str(folder)) == (3, "", sentence)
    assert run("check", str(folder)) == (3, "", sentence)


def test_a_dump_replaces_no_device_and_no_pipe(server: LocalServer, run: Run, tmp_path: Path) -> None:
    server.client().create_table(**PLAIN)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    assert run("dump", "Plain", str(pipe), "--endpoint", server.endpoint).status == 0
    assert os.read(reader, 1 << 16).endswith(b'{"End":{"Items":0}}\n')
    os.close(reader)
    assert list(tmp_path.iterdir()) == [pipe]
    assert pipe.is_fifo()
    assert run("dump", "Plain", str(tmp_path), "--endpoint", server.endpoint).err == (
        f"dynalite: {tmp_path} cannot be written: Is a directory.\n"
    )


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no full device here")
def test_a_dump_into_a_full_stream_says_so(server: LocalServer) -> None:
    server.client().create_table(**PLAIN)
    arguments = ["dump", "Plain", "--endpoint", server.endpoint]
    code = f"from server.cli import main; raise SystemExit(main({arguments}))"
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [sys.executable, "-c", code], cwd=REPOSITORY, stdout=full, stderr=subprocess.PIPE, check=False
        )
    sentence = b"dynalite: Standard output cannot be written: No space left on device.\n"
    assert (ended.returncode, ended.stderr) == (1, sentence)


@pytest.mark.parametrize(
    ("failure", "status", "sentence"),
    [
        (InternalServerError("No write is taken."), 4, "InternalServerError: No write is taken."),
        (OSError(28, "No space left on device"), 1, "cannot go on: No space left on device."),
    ],
)
def test_work_that_fails_in_a_folder_is_told_in_a_sentence(
    failure: Exception,
    status: int,
    sentence: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With --data the command is its own server, and does the background work."""

    async def failing(_: Database) -> bool:
        raise failure

    file, folder = tmp_path / "table.jsonl", str(tmp_path / "data")
    note = {"Version": 1, "TableName": "Plain", "CreateTable": PLAIN, "Afterwards": {}}
    file.write_text(json.dumps({"Dump": note}) + '\n{"End":{"Items":0}}\n')
    assert run("load", str(file), "--data", folder).status == 0
    monkeypatch.setattr(Database, "tick", failing)
    ended = run("backup", "Plain", "--data", folder)
    assert (ended.status, ended.err.count("\n")) == (status, 1)
    assert ended.err.endswith(f"{sentence}\n")


def test_the_servers_own_export_files_can_be_loaded(server: LocalServer, run: Run, tmp_path: Path) -> None:
    """A data file of ExportTableToPointInTime: lines of items, compressed, and nothing else."""
    client = server.client()
    client.create_table(**PLAIN)
    file = tmp_path / "data.json.gz"
    items = [{"Item": {"id": {"S": str(number)}}} for number in range(30)]
    file.write_bytes(gzip.compress("".join(json.dumps(item) + "\n" for item in items).encode()))
    assert run("load", str(file), "--endpoint", server.endpoint).err == (
        f"dynalite: {file} does not say which table its items belong to: name one with --table.\n"
    )
    ended = run("load", str(file), "--table", "Plain", "--output", "json", "--endpoint", server.endpoint)
    assert json.loads(ended.out) == {"table": "Plain", "items": 30, "earlier": 0, "made": False}
    assert len(contents(client, "Plain")) == 30


def test_a_table_that_is_there_keeps_its_settings(server: LocalServer, run: Run, tmp_path: Path) -> None:
    client = server.client()
    with_everything(client)
    file = str(tmp_path / "albums")
    run("dump", NAME, file, "--endpoint", server.endpoint)
    client.create_table(**TABLE | {"TableName": "Copy", "Tags": []})
    assert run("load", file, "--table", "Copy", "--endpoint", server.endpoint).status == 0
    assert contents(client, "Copy") == contents(client, NAME)
    ttl = client.describe_time_to_live(TableName="Copy")["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "DISABLED"}


# ------------------------------------------------------------------ what is wrong with a file

HEADER = {"Dump": {"Version": 1, "TableName": "Plain", "CreateTable": PLAIN, "Afterwards": {}}}
ITEMS = [{"Item": {"id": {"S": str(number)}}} for number in range(40)]


@pytest.mark.parametrize(
    ("lines", "status", "sentence"),
    [
        ([], 1, "{file} is empty."),
        (["x"], 1, "Line 1 of {file} is not a JSON object."),
        ([{"Table": 1}], 1, "{file} is not a dump."),
        ([{"Dump": {"Version": 2}}], 1, "{file} was written by a later version of dynalite."),
        ([HEADER, *ITEMS], 1, "{file} was cut short: it has no last line. Its 40 items were loaded."),
        (
            [HEADER, *ITEMS, {"End": {"Items": 41}}],
            1,
            "{file} should have 41 items, but 40 were found; these were loaded.",
        ),
        ([HEADER, *ITEMS, "{", *ITEMS], 1, "Line 42 of {file} is not a JSON object."),
        ([HEADER, {"Items": 1}], 1, "Line 2 of {file} is not an item."),
        ([HEADER, {"End": {"Items": 0}}, *ITEMS], 1, "Line 3 of {file} is behind the end of the dump."),
        (
            [HEADER, *ITEMS[:30], {"Item": {"ID": {"S": "x"}}}, *ITEMS[30:]],
            4,
            "ValidationException: One or more parameter values were invalid: Missing the key id in the item"
            " (line 32)",
        ),
    ],
)
def test_a_file_that_is_no_dump_is_explained(
    lines: list[Any], status: int, sentence: str, server: LocalServer, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "dump"
    file.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    ended = run("load", str(file), "--endpoint", server.endpoint)
    assert ended.err == f"dynalite: {sentence.format(file=file)}\n"
    assert ended.status == status


def test_a_compressed_file_that_is_cut_is_explained(server: LocalServer, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "dump.gz"
    text = "".join(json.dumps(line) + "\n" for line in (HEADER, *ITEMS))
    file.write_bytes(gzip.compress(text.encode())[:-9])
    ended = run("load", str(file), "--endpoint", server.endpoint)
    assert ended.status == 1
    assert ended.err.startswith(f"dynalite: {file} cannot be read behind line ")
    assert ended.err.count("\n") == 1


def test_other_keys_are_refused_before_anything_is_put(server: LocalServer, run: Run, tmp_path: Path) -> None:
    client = server.client()
    client.create_table(**TABLE)
    file = tmp_path / "dump"
    file.write_text("".join(json.dumps(line) + "\n" for line in (HEADER, *ITEMS)))
    ended = run("load", str(file), "--table", NAME, "--endpoint", server.endpoint)
    assert ended.err == f"dynalite: The table Albums has other keys than the one in {file}.\n"


def test_of_lines_with_the_same_key_the_last_one_stays(server: LocalServer, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "dump"
    lines = [{"Item": {"id": {"S": str(n % 7)}, "line": {"N": str(n)}}} for n in range(200)]
    file.write_text("".join(json.dumps(line) + "\n" for line in (HEADER, *lines, {"End": {"Items": 200}})))
    assert run("load", str(file), "--endpoint", server.endpoint).status == 0
    found = contents(server.client(), "Plain").values()
    assert sorted(int(item["line"]["N"]) for item in found) == list(range(193, 200))


def test_nobody_at_the_endpoint_is_told_in_a_sentence_or_as_json(run: Run, unused_port: int) -> None:
    where = f"http://127.0.0.1:{unused_port}"
    sentence = f"No server answers at {where} (Connection refused)."
    assert run("dump", NAME, "--endpoint", where) == (3, "", f"dynalite: {sentence}\n")
    status, out, err = run("dump", NAME, "--endpoint", where, "--output", "json")
    assert (status, out) == (3, "")
    assert json.loads(err) == {"error": {"code": "Unreachable", "message": sentence}}
