"""Triggers of a server process: given on the command line, killed, and back again."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.admin.desk import Desk
from tests.live import live_server
from tests.orders import TABLE
from tests.server.test_process import fails
from tests.triggers.world import STREAM

WRITE_DOWN = """
import json, sys
with open({path!r}, "a") as file:
    for record in json.load(sys.stdin)["Records"]:
        file.write(record["dynamodb"]["Keys"]["id"]["S"] + "\\n")
"""


def written(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def until(path: Path, names: set[str]) -> None:
    deadline = time.monotonic() + 20
    while set(written(path)) != names:
        assert time.monotonic() < deadline, written(path)
        time.sleep(0.01)


def put(client: Any, *names: str) -> None:
    for name in names:
        client.put_item(TableName="Orders", Item={"id": {"S": name}})


def test_a_killed_server_loses_nothing_of_what_it_had_to_deliver(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-c", WRITE_DOWN.format(path=str(out))]
    definitions = tmp_path / "triggers.json"
    definitions.write_text(json.dumps({"list": {"Table": "Orders", "Command": command}}))
    flags = ("--data", str(tmp_path / "data"), "--trigger", f"@{definitions}")
    with live_server(*flags) as server:
        client = server.client()
        client.create_table(**TABLE, StreamSpecification=STREAM)
        put(client, "a", "b")
        Desk(server.endpoint).post("/_admin/drain")
        assert sorted(written(out)) == ["a", "b"]
        put(client, "c", "d")
        server.kill()
    with live_server(*flags) as server:
        put(server.client(), "e")
        until(out, {"a", "b", "c", "d", "e"})
        Desk(server.endpoint).post("/_admin/drain")
    assert sorted(written(out))[:2] == ["a", "b"], "what was noted as delivered was delivered again"


def test_a_function_that_cannot_be_loaded_is_named() -> None:
    status, complaint = fails("--in-memory", "--port", "0", "--trigger", "Orders=no_such_module:f")
    assert status == 1
    assert complaint.startswith("dynalite: The function no_such_module:f cannot be loaded: ModuleNotFound")
