"""Items: browsed, queried, scanned, edited, created; and the boto3 call for what is seen."""

import time
from typing import Any

import boto3
import pytest

from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.storage.engine import Batch
from dynalite.values.attribute import canonical_item
from tests.admin.desk import Desk
from tests.console.tables import FOUR, song, with_songs
from tests.console.visitor import Visitor
from tests.live import LocalServer

BOUND_SECONDS = 3.0
"""Generous: the machine that runs the tests may have other things to do. One page takes a tenth of it."""


@pytest.fixture
def client(server: LocalServer) -> Any:
    return server.client()


@pytest.fixture
def songs(client: Any, visitor: Visitor) -> Visitor:
    with_songs(client)
    return visitor.go("tables", "Songs")


def run_python(code: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run what the console shows, and return what the call returns."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    head, call = code.split("\nclient.", 1)
    names: dict[str, Any] = {}
    exec(head, names)
    return eval(f"client.{call}", names)


# ------------------------------------------------------------------ reading


def test_a_table_is_browsed(songs: Visitor) -> None:
    rows = songs.rows("Items")
    assert {(row[0], row[1]) for row in rows} == {(one["artist"]["S"], one["title"]["S"]) for one in FOUR}
    [sinnerman] = [row for row in rows if row[1] == "Sinnerman"]
    assert {"1965", '["jazz", "live"]', "1" * 38, "–"} <= set(sinnerman)


def test_a_query_and_its_python_find_the_same(songs: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    songs.page.get_by_text("Query", exact=True).click()
    songs.field("artist").fill("Nina Simone")
    songs.page.get_by_label("Operator for title").select_option("begins with")
    songs.field("title, value 1").fill("S")
    songs.press("Run")
    songs.until("document.querySelectorAll('[aria-label=Items] tbody tr').length === 1")
    assert songs.rows("Items")[0][1] == "Sinnerman"
    [found] = run_python(songs.code(), monkeypatch)["Items"]
    assert found["title"] == {"S": "Sinnerman"}


def test_an_index_is_queried_by_number(songs: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    songs.page.get_by_text("Query", exact=True).click()
    songs.page.get_by_label("Table or index").select_option("by-year")
    songs.field("year").fill("1965")
    songs.page.get_by_label("Descending").check()
    songs.press("Run")
    songs.until("document.querySelectorAll('[aria-label=Items] tbody tr').length === 2")
    assert [row[1] for row in songs.rows("Items")] == ["Sinnerman", "Feeling Good"]
    answer = run_python(songs.code(), monkeypatch)
    assert [item["title"]["S"] for item in answer["Items"]] == ["Sinnerman", "Feeling Good"]
    songs.page.get_by_role("row").filter(has_text="Sinnerman").click()
    assert '"plays"' in songs.field("Item").input_value()  # the index has only keys, the editor all of it


def test_a_scan_is_filtered(songs: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    songs.press("+ Filter")
    songs.field("Attribute").fill("tags")
    songs.page.get_by_label("Operator", exact=True).select_option("contains")
    songs.field("Value").fill("jazz")
    songs.press("+ Filter")
    songs.page.get_by_label("Attribute", exact=True).nth(1).fill("plays")
    songs.page.get_by_label("Operator", exact=True).nth(1).select_option("exists")
    songs.page.get_by_label("Attribute", exact=True).nth(1).press("Enter")
    songs.until("document.querySelectorAll('[aria-label=Items] tbody tr').length === 1")
    assert run_python(songs.code(), monkeypatch)["Count"] == 1
    songs.page.get_by_label("Value", exact=True).first.fill("rock")
    songs.press("Run")
    songs.heading("Nothing found")


def test_pages_follow_each_other_and_the_python_with_them(
    client: Any, songs: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        client.put_item(TableName="Songs", Item=song("Bach", f"Prelude {number:02}", 1722))
    songs.page.get_by_label("Items on a page").select_option("25")
    seen = []
    for number in (1, 2, 3):
        songs.sees(f"Page {number}")
        seen += [(row[0], row[1]) for row in songs.rows("Items")]
        if number == 2:
            answer = run_python(songs.code(), monkeypatch)
            titles = [item["title"]["S"] for item in answer["Items"]]
            assert titles == [row[1] for row in songs.rows("Items")]
        if number < 3:
            songs.press("Next")
    assert (len(seen), len(set(seen))) == (64, 64)
    assert songs.named("button", "Next").is_disabled()
    songs.press("Previous")
    songs.sees("Page 2")
    assert [(row[0], row[1]) for row in songs.rows("Items")] == seen[25:50]


def test_a_table_of_100_000_items_is_quick(server: LocalServer, client: Any, visitor: Visitor) -> None:
    with_songs(client)

    async def fill() -> None:
        """As rows, without the log and the figures: the table is what it is for a reader."""
        context = server.app.database.context("us-east-1")
        table = context.catalog.existing("us-east-1", "Songs")
        batch = Batch()
        for number in range(100_000):
            item, size = canonical_item(song("Bulk", f"{number:06}", number))
            key = keys.storage_key(table, item, context.hash)
            batch.put(key, records.pack(records.of(item, size)))
        await context.engine.update([], lambda _: (None, batch))

    server.loop.run(fill)
    began = time.perf_counter()
    visitor.go("tables", "Songs")
    assert len(visitor.rows("Items")) == 50
    assert time.perf_counter() - began < BOUND_SECONDS
    began = time.perf_counter()
    visitor.press("Next")
    visitor.sees("Page 2")
    assert time.perf_counter() - began < BOUND_SECONDS
    assert visitor.page.locator("tbody tr").count() == 50


# ------------------------------------------------------------------ writing


def test_an_item_is_edited_as_plain_json(client: Any, songs: Visitor) -> None:
    songs.page.get_by_role("row").filter(has_text="Sinnerman").click()
    text = songs.field("Item")
    text.fill(text.input_value().replace('"year": 1965', '"year": 1966, "live": [true]'))
    songs.press("Save")
    songs.sees("The item was saved.")
    key = {"artist": {"S": "Nina Simone"}, "title": {"S": "Sinnerman"}}
    stored = client.get_item(TableName="Songs", Key=key)["Item"]
    assert stored == FOUR[0] | {"year": {"N": "1966"}, "live": {"L": [{"BOOL": True}]}}


def test_the_two_formats_say_the_same(songs: Visitor) -> None:
    songs.page.get_by_role("row").filter(has_text="Sinnerman").click()
    plain = songs.field("Item").input_value()
    songs.page.get_by_text("DynamoDB JSON", exact=True).click()
    assert '"SS"' in songs.field("Item").input_value()
    songs.page.get_by_text("Plain JSON", exact=True).click()
    assert songs.field("Item").input_value() == plain


def test_an_item_is_created_but_never_replaced_by_accident(client: Any, songs: Visitor) -> None:
    songs.press("New item")
    text = songs.field("Item")
    text.fill('{"artist": "Nina Simone", "title": "Sinnerman"}')
    songs.press("Create")
    songs.sees("ConditionalCheckFailedException")
    songs.errors.clear()
    text.fill('{"artist": "Nina Simone", "title": "Four Women"}')
    text.press("Control+Enter")
    songs.sees("The item was created.")
    assert client.scan(TableName="Songs")["Count"] == 5
    assert len([row for row in songs.rows("Items") if row[1] == "Four Women"]) == 1


def test_what_is_no_json_is_said_and_nothing_is_lost(songs: Visitor) -> None:
    songs.press("New item")
    songs.field("Item").fill("{not json")
    songs.press("Create")
    songs.sees("SyntaxError")
    songs.page.get_by_text("DynamoDB JSON", exact=True).click()
    assert songs.field("Item").input_value() == "{not json"


def test_an_item_is_deleted(client: Any, songs: Visitor) -> None:
    songs.page.get_by_role("row").filter(has_text="So What").click()
    songs.press("Delete")
    songs.page.get_by_role("dialog", name="Delete this item?").get_by_role("button", name="Delete").click()
    songs.sees("The item was deleted.")
    assert client.scan(TableName="Songs")["Count"] == 3


# ------------------------------------------------------------------ what items hold stays text


def test_values_are_never_html(client: Any, desk: Desk, visitor: Visitor) -> None:
    evil = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
    with_songs(client, StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"})
    item = song(evil, evil, 1, **{evil: {"S": evil}, "list": {"L": [{"S": evil}]}})
    client.put_item(TableName="Songs", Item=item)
    visitor.go("tables", "Songs")
    assert [row for row in visitor.rows("Items") if row[0] == evil and row[1] == evil]
    visitor.page.locator("tbody tr").filter(has_text="taken").click()
    assert "taken" in visitor.field("Item").input_value()
    visitor.go("statements")
    visitor.press("Run")
    visitor.named("table", "Result").wait_for()
    visitor.go("tables", "Songs", "stream")
    visitor.page.get_by_text("From the beginning", exact=True).click()
    visitor.page.get_by_role("group").filter(has_text="taken").first.wait_for()
    assert visitor.page.locator("img[src=x], main script").count() == 0
    assert "taken" not in visitor.page.title()
