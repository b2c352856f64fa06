"""Each page of the console shows what it is there for."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.admin.desk import Desk
from tests.console.tables import song, with_songs
from tests.console.visitor import Visitor
from tests.live import LocalServer, live_server

NOON = "2030-01-31 12:00:00"


@pytest.fixture
def client(server: LocalServer) -> Any:
    return server.client()


# ------------------------------------------------------------------ tables


def test_an_empty_server_says_how_to_begin(visitor: Visitor, client: Any) -> None:
    visitor.go()
    visitor.heading("No tables yet")
    visitor.press("New table")
    visitor.field("Name").fill("Things")
    visitor.field("Partition key").get_by_role("textbox").fill("id")
    assert 'TableName="Things"' in visitor.code()
    visitor.press("Create table")
    visitor.heading("No items yet")
    assert client.describe_table(TableName="Things")["Table"]["TableStatus"] == "ACTIVE"
    visitor.page.get_by_role("link", name="Things").wait_for()


def test_the_tables_of_the_region_are_listed(visitor: Visitor, client: Any, server: LocalServer) -> None:
    with_songs(client, StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    with_songs(server.client(region_name="eu-west-1"), TableName="Songs")
    visitor.go()
    [row] = visitor.rows("Tables")
    assert row[:6] == ["Songs", "artist (S), title (S)", "4", "232 B", "1", "on demand"]
    assert row[6] == "stream"
    visitor.page.get_by_label("Region").select_option("eu-west-1")
    visitor.until("document.querySelector('main').textContent.includes('eu-west-1')")
    assert len(visitor.rows("Tables")) == 1
    visitor.page.get_by_label("Region").select_option("")
    visitor.named("textbox", "Region").fill("mars-1")
    visitor.press("Go there")
    visitor.heading("No tables yet")


def test_keys_indexes_and_settings_are_told(visitor: Visitor, client: Any) -> None:
    with_songs(client, Tags=[{"Key": "team", "Value": "music"}], DeletionProtectionEnabled=True)
    ttl = {"Enabled": True, "AttributeName": "ends"}
    client.update_time_to_live(TableName="Songs", TimeToLiveSpecification=ttl)
    visitor.go("tables", "Songs", "overview")
    assert visitor.rows("Keys and indexes") == [
        ["the table", "", "artist (S)", "title (S)", "everything", "4", "232 B", ""],
        ["by-year", "global", "year (N)", "title (S)", "keys", "4", "168 B", ""],
    ]
    for words in ("by ends", "team = music", "on demand", "on"):
        visitor.sees(words)
    visitor.press("Delete table")
    visitor.field("Name of the table").fill("Songs")
    visitor.named("dialog", "Delete Songs?").get_by_role("button", name="Delete table").click()
    visitor.page.get_by_text("deletion protection", exact=False).first.wait_for()
    visitor.errors.clear()
    client.update_table(TableName="Songs", DeletionProtectionEnabled=False)
    visitor.named("dialog", "Delete Songs?").get_by_role("button", name="Delete table").click()
    visitor.heading("No tables yet")


# ------------------------------------------------------------------ PartiQL


def test_statements_are_run_and_remembered(visitor: Visitor, client: Any) -> None:
    with_songs(client)
    visitor.go("statements")
    text = visitor.field("Statement")
    text.fill("SELECT title FROM \"Songs\" WHERE artist = 'Miles Davis'")
    text.press("Control+Enter")
    assert visitor.rows("Result") == [["So What"]]
    assert "client.execute_statement(" in visitor.code()
    text.fill("DELETE FROM \"Songs\" WHERE artist = 'Miles Davis' AND title = 'So What'")
    visitor.press("Run")
    visitor.heading("Done")
    assert client.scan(TableName="Songs")["Count"] == 3
    visitor.go("clock").go("statements")
    assert visitor.field("Statement").input_value().startswith("DELETE")
    visitor.page.get_by_role("button", name="SELECT title").click()
    assert visitor.field("Statement").input_value().startswith("SELECT")


def test_a_wrong_statement_is_answered_in_the_servers_words(visitor: Visitor, client: Any) -> None:
    visitor.go("statements")
    visitor.field("Statement").fill("SELEKT")
    visitor.press("Run")
    visitor.sees("ValidationException")
    visitor.page.get_by_role("alert").get_by_text("Statement wasn't well formed").wait_for()
    visitor.errors.clear()


# ------------------------------------------------------------------ streams


def test_changes_are_seen_as_they_are_made(visitor: Visitor, client: Any, desk: Desk) -> None:
    with_songs(client)
    visitor.go("tables", "Songs", "stream")
    visitor.heading("This table has no stream")
    visitor.press("Turn the stream on")
    visitor.sees("Waiting for changes…")
    changes = visitor.page.get_by_label("Changes, the newest first")
    client.put_item(TableName="Songs", Item=song("Nina Simone", "Mississippi Goddam", 1964))
    changes.get_by_text("INSERT").wait_for()
    client.delete_item(
        TableName="Songs", Key={"artist": {"S": "Nina Simone"}, "title": {"S": "Mississippi Goddam"}}
    )
    changes.get_by_text("REMOVE").wait_for()
    desk.post("/_admin/streams/roll", table="Songs")
    client.put_item(TableName="Songs", Item=song("Nina Simone", "Sinnerman", 1966))
    changes.get_by_text("MODIFY").click()
    assert '"year": 1965' in changes.locator("pre").first.text_content()
    assert '"year": 1966' in changes.locator("pre").nth(1).text_content()
    assert changes.locator("summary").first.text_content().count("Sinnerman") == 1
    visitor.sees("3 changes")


# ------------------------------------------------------------------ recovery


def test_a_second_is_looked_at_and_had_back(visitor: Visitor, client: Any, desk: Desk) -> None:
    desk.post("/_admin/clock", freeze=True, set=NOON)
    with_songs(client)
    visitor.go("tables", "Songs", "recovery")
    visitor.press("Turn recovery on")
    visitor.named("slider", "Second to look at").wait_for()
    desk.post("/_admin/clock", advance=100)
    client.put_item(TableName="Songs", Item=song("Nina Simone", "Sinnerman", 2000))
    client.put_item(TableName="Songs", Item=song("Nina Simone", "New", 2000))
    client.delete_item(TableName="Songs", Key={"artist": {"S": "Miles Davis"}, "title": {"S": "So What"}})
    desk.post("/_admin/clock", advance=100)
    visitor.press("Up to now")
    visitor.sees("2030-01-31 12:03:20")
    time_ = visitor.field("Time (UTC)")
    slider = visitor.named("slider", "Second to look at")
    time_.fill("2030-01-31 12:01:41")
    time_.press("Enter")
    visitor.sees("1 min 39 s before the latest")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    assert time_.input_value() == "2030-01-31 12:01:39"
    differences = {row[1]: row[2:] for row in visitor.rows("Differences")}
    assert differences["So What"][0] == "gone"
    assert differences["New"] == ["new", "–", "year: 2000"]
    assert (differences["Sinnerman"][0], differences["Sinnerman"][2]) == ("different", "year: 2000")
    assert len(visitor.rows("Items then")) == 4
    visitor.press("Restore this second…")
    visitor.field("New table").fill("Songs-back")
    visitor.press("Restore")
    visitor.page.get_by_role("status").get_by_role("link", name="Songs-back").click()
    visitor.heading("Songs-back")
    assert {row[1] for row in visitor.rows("Items")} >= {"So What", "Sinnerman"}
    assert client.scan(TableName="Songs-back")["Count"] == 4


# ------------------------------------------------------------------ capacity


def test_what_was_consumed_is_drawn(visitor: Visitor, client: Any) -> None:
    with_songs(client)
    client.scan(TableName="Songs")
    visitor.go("capacity")
    [row] = visitor.rows("Capacity")
    assert (row[0], row[1], float(row[3])) == ("Songs", "on demand", 4.0)
    visitor.go("tables", "Songs", "capacity")
    operations = {row[0]: row for row in visitor.rows("Operations")}
    assert operations["PutItem"][1] == "4"
    chart = visitor.page.get_by_role("img", name="Consumed: ", exact=False)
    assert "write units/s at most 0.1" in chart.get_attribute("aria-label")
    assert chart.locator("path").count() == 2
    assert [row[1] for row in visitor.rows("Writes")] == ["3", "1"]
    visitor.go("capacity")
    visitor.press("Count from nothing")
    visitor.until(
        "document.querySelector('[aria-label=Capacity] tbody').rows[0].cells[3].textContent === '0'"
    )


# ------------------------------------------------------------------ DAX


def test_a_server_without_a_cache_says_how_to_have_one(visitor: Visitor) -> None:
    visitor.go("caches")
    visitor.heading("No cache")


def test_hit_rates_are_shown(open_console: Callable[..., Visitor]) -> None:
    with live_server("--cache") as cached:
        client = cached.client()
        with_songs(client)
        key = {"artist": {"S": "Miles Davis"}, "title": {"S": "So What"}}
        for _ in range(4):
            client.get_item(TableName="Songs", Key=key)
        visitor = open_console(cached.endpoint).go("caches")
        visitor.sees("100.0 % hits")
        assert visitor.rows("Nodes")[0][:2] == ["primary", "4"]
        visitor.page.get_by_role("img", name="Hits and misses", exact=False).wait_for()
        visitor.leave()


# ------------------------------------------------------------------ the clock


def test_the_clock_is_stopped_set_moved_and_let_go(visitor: Visitor, desk: Desk) -> None:
    visitor.go("clock")
    visitor.sees("running")
    visitor.press("Freeze")
    visitor.sees("stopped")
    visitor.field("Set to (UTC)").get_by_role("textbox").fill(NOON)
    visitor.press("Set")
    visitor.sees(f"{NOON} UTC")
    visitor.press("+1 hour")
    visitor.sees("2030-01-31 13:00:00 UTC")
    visitor.press("Advance")
    visitor.sees("2030-01-31 13:15:00 UTC")
    visitor.sees("stopped 13:15:00")
    assert desk.get("/_admin/clock")["now"] == 1896095700
    visitor.field("Set to (UTC)").get_by_role("textbox").fill("tomorrow")
    visitor.press("Set")
    visitor.sees("A time is written 2030-01-31 12:00:00.")
    visitor.press("Resume")
    visitor.sees("running")
    visitor.press("Back to the present")
    visitor.sees("The system's time.")
