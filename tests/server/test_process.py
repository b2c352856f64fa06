"""The server as a process: how it starts, what it says, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.live import REPOSITORY, LiveServer, live_server, local_server, start_server

KEY = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}


def fails(*arguments: str) -> tuple[int, str]:
    """Exit status and complaint of a server that cannot start."""
    ended = subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


def test_it_says_where_it_listens_and_that_memory_forgets() -> None:
    with live_server() as server:
        assert server.banner.startswith(f"Dynalite is listening at {server.endpoint}\n")
        assert "Data: in memory; it is gone when the server stops" in server.banner
        with urllib.request.urlopen(server.endpoint) as answer:
            assert answer.read().startswith(b"healthy")


def test_the_snippet_that_it_prints_works() -> None:
    with live_server() as server:
        names: dict[str, Any] = {}
        exec(server.banner.partition("\n\n")[2].replace("\n    ", "\n").strip(), names)
        assert list(names["dynamodb"].tables.all()) == []


def test_it_says_where_the_data_is_and_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    with live_server("--data", str(folder)) as server:
        assert f"Data: in {folder} (durability: fsync)" in server.banner
        server.client().create_table(TableName="kept", **KEY)
        server.client().put_item(TableName="kept", Item={"pk": {"S": "a"}})
    with live_server("--data", str(folder)) as server:
        assert server.client().get_item(TableName="kept", Key={"pk": {"S": "a"}})["Item"] == {
            "pk": {"S": "a"}
        }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_in_order_when_asked(number: signal.Signals) -> None:
    server = start_server("--in-memory")
    with socket.create_connection(("127.0.0.1", int(server.endpoint.rpartition(":")[2]))):
        assert server.stop(number) == 0


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert fails("--in-memory", "--port", str(port)) == (
            1,
            f"dynalite: Another program listens at 127.0.0.1:{port} already; "
            "choose another --port, or 0 for any free one.\n",
        )


def test_a_dax_port_that_is_taken_is_not_told_as_the_http_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert fails("--in-memory", "--port", "0", "--dax-port", str(port)) == (
            1,
            f"dynalite: Another program listens at 127.0.0.1:{port} already; "
            "choose another --dax-port, or 0 for any free one.\n",
        )


def test_an_address_that_is_not_ours_is_named() -> None:
    status, complaint = fails("--in-memory", "--port", "0", "--host", "192.0.2.1", "--allow-anonymous")
    assert status == 1
    assert complaint.startswith("dynalite: The server cannot listen at 192.0.2.1:0: ")
    assert complaint.count("\n") == 1


def test_a_folder_in_use_is_named(tmp_path: Path) -> None:
    with live_server("--data", str(tmp_path)):
        status, complaint = fails("--port", "0", "--data", str(tmp_path))
    assert (status, complaint) == (1, f"dynalite: The data folder {tmp_path} is in use by another process.\n")


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, complaint = fails("--port", "0", "--data", str(tmp_path / "file"))
    assert (status, complaint) == (1, f"dynalite: {tmp_path / 'file'} is not a folder.\n")


def test_a_folder_of_a_later_format_is_named(tmp_path: Path) -> None:
    with live_server("--data", str(tmp_path)):
        pass
    (tmp_path / "FORMAT").write_text('{"store": "dynalite", "format": 999}\n')
    status, complaint = fails("--port", "0", "--data", str(tmp_path))
    assert status == 1
    assert "written by a later version" in complaint
    assert complaint.count("\n") == 1


def test_the_command_explains_itself() -> None:
    def dynalite(*arguments: str) -> tuple[int, str]:
        code = f"import sys; from server.cli import main; sys.exit(main({list(arguments)!r}))"
        ended = subprocess.run(
            [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=False
        )
        return ended.returncode, ended.stdout + ended.stderr

    assert dynalite("--help")[0] == 0
    assert dynalite()[0] == 2
    assert dynalite("sevre")[0] == 2
    status, text = dynalite("serve", "--help")
    assert status == 0
    assert "usage: dynalite serve" in text


def test_a_killed_server_is_gone(tmp_path: Path) -> None:
    server: LiveServer = start_server("--data", str(tmp_path))
    server.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(server.process.pid, 0)
    with live_server("--data", str(tmp_path)) as again:
        assert again.client().list_tables()["TableNames"] == []


def test_a_server_in_a_thread_serves_boto3() -> None:
    with local_server() as server:
        client = server.client()
        client.create_table(TableName="music", **KEY)
        assert client.list_tables()["TableNames"] == ["music"]
        assert server.client(region_name="eu-west-1").list_tables()["TableNames"] == []
