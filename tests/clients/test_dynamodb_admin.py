"""npm's dynamodb-admin, the page that many people look at a local DynamoDB with, pointed at the server."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

import pytest

from tests.live import REPOSITORY, LiveServer

FOLDER = REPOSITORY / "tests" / "clients" / "javascript"
PROGRAM = FOLDER / "node_modules" / "dynamodb-admin" / "dist" / "dynamodb-admin.js"
START_SECONDS = 30

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")

UNITS = {"ReadCapacityUnits": 3, "WriteCapacityUnits": 2}
SONGS = {
    "TableDefinition": {
        "TableName": "AdminSongs",
        "HashAttributeName": "artist",
        "HashAttributeType": "S",
        "RangeAttributeName": "year",
        "RangeAttributeType": "N",
        **UNITS,
    },
    "SecondaryIndexes": [
        {
            "IndexName": "by-title",
            "IndexType": "global",
            "HashAttributeName": "title",
            "HashAttributeType": "S",
            **UNITS,
        }
    ],
}


class Admin:
    """The web page, as a browser asks for it."""

    def __init__(self, address: str) -> None:
        self.address = address

    def ask(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(self.address + path, content, headers, method=method)
        try:
            with urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def page(self, path: str) -> str:
        status, text = self.ask("GET", path)
        assert status == 200, text
        return text

    def items(self, **query: str) -> Any:
        return json.loads(self.page(f"/tables/AdminSongs/items?{urlencode(query)}"))


@pytest.fixture(scope="module")
def admin(live: LiveServer) -> Iterator[Admin]:
    assert PROGRAM.exists(), "dynamodb-admin is not there: run `make clients`"
    process = subprocess.Popen(
        ["node", PROGRAM, "--host", "127.0.0.1", "--port", "0", "--dynamo-endpoint", live.endpoint],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    watch = threading.Timer(START_SECONDS, process.kill)
    watch.start()
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"dynamodb-admin listening on (http://\S+)", line):
            break
    watch.cancel()
    try:
        assert found, said
        yield Admin(found[1])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def songs(admin: Admin) -> Iterator[Admin]:
    """The page, with a table of six songs that it has made itself."""
    assert admin.ask("POST", "/create-table", SONGS) == (204, "")
    for number in range(6):
        song = {
            "artist": "Nina Simone",
            "year": 1960 + number,
            "title": f"No. {number}",
            "live": number % 2 == 0,
        }
        status, text = admin.ask("PUT", "/tables/AdminSongs/add-item", song)
        assert (status, json.loads(text)) == (200, {"artist": "Nina Simone", "year": 1960 + number})
    yield admin
    assert admin.ask("DELETE", "/tables/AdminSongs") == (204, "")


def test_the_first_page_lists_the_tables(songs: Admin) -> None:
    assert "AdminSongs" in songs.page("/")
    [table] = [one for one in json.loads(songs.page("/api/tables")) if one["TableName"] == "AdminSongs"]
    assert {name: table["ProvisionedThroughput"][name] for name in UNITS} == UNITS
    assert table["GlobalSecondaryIndexes"][0]["IndexName"] == "by-title"


def test_a_tables_page_and_what_is_known_of_it(songs: Admin) -> None:
    assert "AdminSongs" in songs.page("/tables/AdminSongs")
    assert "by-title" in songs.page("/tables/AdminSongs/meta")
    assert "DISABLED" in songs.page("/tables/AdminSongs/ttl")


def test_items_come_in_pages(songs: Admin) -> None:
    first = songs.items(pageSize="4")
    assert [song["year"] for song in first["Items"]] == [1960, 1961, 1962, 1963]
    assert first["uniqueKeys"][:2] == ["artist", "year"]
    second = songs.items(pageSize="4", startKey=json.dumps({"artist": "Nina Simone", "year": 1963}))
    assert [song["year"] for song in second["Items"]] == [1964, 1965]
    assert second["nextKey"] is None


def test_items_are_filtered_and_queried(songs: Admin) -> None:
    from_1964 = {"year": {"type": "N", "operator": ">=", "value": "1964"}}
    found = songs.items(filters=json.dumps(from_1964))
    assert [song["year"] for song in found["Items"]] == [1964, 1965]
    of_artist = {"artist": {"type": "S", "operator": "=", "value": "Nina Simone"}, **from_1964}
    found = songs.items(operationType="query", filters=json.dumps(of_artist))
    assert [song["year"] for song in found["Items"]] == [1964, 1965]
    titled = {"title": {"type": "S", "operator": "=", "value": "No. 3"}}
    found = songs.items(operationType="query", queryableSelection="by-title", filters=json.dumps(titled))
    assert [song["year"] for song in found["Items"]] == [1963]


def test_an_item_is_shown_changed_and_deleted(songs: Admin) -> None:
    path = f"/tables/AdminSongs/items/{quote('Nina Simone')},1960"
    assert "No. 0" in songs.page(path)
    changed = {"artist": "Nina Simone", "year": 1960, "title": "Sinnerman", "plays": [1, 2.5, None]}
    status, text = songs.ask("PUT", path, changed)
    assert (status, json.loads(text)) == (200, changed)
    assert songs.ask("DELETE", path) == (204, "")
    assert songs.ask("GET", path) == (404, "Not found")


def test_all_items_are_purged(songs: Admin) -> None:
    assert songs.ask("DELETE", "/tables/AdminSongs/all")[0] == 200
    assert songs.items()["Items"] == []


def test_the_servers_refusals_reach_the_page(admin: Admin) -> None:
    status, text = admin.ask("DELETE", "/tables/Nothing")
    assert status == 500
    assert json.loads(text)["message"] == "Requested resource not found: Table: Nothing not found"
