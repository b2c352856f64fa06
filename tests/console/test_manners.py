"""The keyboard, the dark, what happens when the server goes, and when it wants signatures."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.tables import with_songs
from tests.console.visitor import Visitor
from tests.live import LocalServer, live_server, start_server


@pytest.fixture
def songs(server: LocalServer, visitor: Visitor) -> Visitor:
    with_songs(server.client())
    return visitor.go("tables", "Songs")


# ------------------------------------------------------------------ the keyboard


def test_everything_can_be_done_without_a_mouse(songs: Visitor) -> None:
    keyboard = songs.page.keyboard
    rows = songs.rows("Items")
    songs.page.locator("tbody tr").first.focus()
    keyboard.press("ArrowDown")
    keyboard.press("End")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    assert rows[2][1] in songs.field("Item").input_value()
    keyboard.press("Escape")
    songs.until("!document.querySelector('dialog')")
    keyboard.press("n")
    songs.named("heading", "New item in Songs").wait_for()
    keyboard.press("Escape")
    songs.until("!document.querySelector('dialog')")
    songs.named("tab", "Items").focus()
    keyboard.press("ArrowRight")
    songs.heading("Keys and indexes")
    songs.until("document.activeElement.textContent === 'Overview'")
    keyboard.press("/")
    keyboard.type("son")
    keyboard.press("Enter")
    songs.named("table", "Items").wait_for()
    songs.page.locator("tbody tr").first.focus()
    keyboard.press("?")
    songs.named("heading", "Keyboard").wait_for()
    keyboard.press("Escape")
    keyboard.press("c")
    songs.heading("Clock")


def test_a_grid_is_one_stop_of_the_tab_key(songs: Visitor) -> None:
    songs.rows("Items")
    assert songs.page.locator("tbody tr[tabindex='0']").count() == 1
    assert songs.page.locator("tbody tr[tabindex='-1']").count() == 3


def test_every_control_has_a_name(songs: Visitor) -> None:
    for pieces in ((), ("tables", "Songs"), ("tables", "Songs", "recovery"), ("statements",), ("clock",)):
        songs.go(*pieces)
        songs.until("!document.querySelector('main .busy')")
        unnamed = songs.page.evaluate(
            """() => [...document.querySelectorAll('button, input, select, textarea, a')].filter(one =>
                !(one.ariaLabel || one.getAttribute('aria-label') || one.textContent.trim()
                  || one.labels?.[0]?.textContent.trim() || one.closest('[role=group][aria-label]'))
            ).map(one => one.outerHTML)"""
        )
        assert unnamed == []


# ------------------------------------------------------------------ light and dark


def background(visitor: Visitor) -> tuple[int, ...]:
    text = visitor.page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    return tuple(int(number) for number in text[4:-1].split(","))


def test_the_page_is_as_dark_as_the_system_or_as_one_likes(visitor: Visitor) -> None:
    visitor.go()
    assert min(background(visitor)) > 200
    visitor.page.emulate_media(color_scheme="dark")
    assert max(background(visitor)) < 60
    visitor.press("Theme: as the system")
    assert min(background(visitor)) > 200
    visitor.press("Theme: light")
    visitor.page.emulate_media(color_scheme="light")
    assert max(background(visitor)) < 60
    visitor.go("clock")
    visitor.page.reload()
    assert max(background(visitor)) < 60
    visitor.press("Theme: dark")
    assert min(background(visitor)) > 200


# ------------------------------------------------------------------ when something is wrong


def test_a_table_that_is_not_there(visitor: Visitor) -> None:
    visitor.go("tables", "Nowhere")
    visitor.sees("ResourceNotFoundException")
    visitor.errors.clear()
    visitor.page.get_by_role("link", name="dynalite").click()
    visitor.heading("No tables yet")


def test_the_server_goes_and_comes_back(tmp_path: Path, open_console: Callable[..., Visitor]) -> None:
    server = start_server("--data", str(tmp_path))
    try:
        with_songs(server.client())
        visitor = open_console(server.endpoint).go("tables", "Songs")
        visitor.rows("Items")
        assert server.stop(signal.SIGTERM) == 0
        visitor.press("Run")
        visitor.sees("The server does not answer. Trying again…")
        server = start_server("--data", str(tmp_path), "--port", server.endpoint.rpartition(":")[2])
        visitor.until("!document.querySelector('.gone')")
        assert len(visitor.rows("Items")) == 4
        visitor.errors.clear()
        visitor.leave()
    finally:
        server.stop()


def test_a_server_that_verifies_signatures_is_signed_in_to(open_console: Callable[..., Visitor]) -> None:
    """Played by a wrapper of the page's requests, which refuses what is not signed."""
    with live_server() as server:
        with_songs(server.client())
        visitor = open_console(server.endpoint)
        signed: list[str] = []

        def judge(route: Any) -> None:
            authorization = route.request.headers["authorization"]
            if authorization.endswith("Signature=none"):
                body = '{"__type": "com.amazon.coral.service#UnrecognizedClientException", "message": "Who?"}'
                route.fulfill(status=400, content_type="application/x-amz-json-1.0", body=body)
            else:
                signed.append(authorization)
                route.continue_()

        visitor.page.route(f"{server.endpoint}/", judge)
        visitor.go("tables", "Songs")
        visitor.field("Access key").fill("AKID")
        visitor.field("Secret key").fill("secret")
        visitor.press("Sign in")
        assert len(visitor.rows("Items")) == 4
        assert all(" Credential=AKID/" in authorization for authorization in signed)
        visitor.errors.clear()
        visitor.leave()
