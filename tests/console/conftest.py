"""A headless Chromium, Debian's own, driven by Playwright; without one these tests are skipped.

The browser is started once for the package and no longer kept than that: Playwright's synchronous API runs an
event loop in the tests' thread, and tests elsewhere want to run their own. A test fails when the page reports
an error that the test did not foresee.
"""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.admin.desk import Desk
from tests.console.visitor import Visitor
from tests.live import LocalServer, local_server

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def server() -> Iterator[LocalServer]:
    with local_server() as running:
        yield running


@pytest.fixture
def desk(server: LocalServer) -> Iterator[Desk]:
    """The admin API of the server, which every test leaves empty and in the present."""
    desk = Desk(server.endpoint)
    yield desk
    desk.post("/_admin/clock", reset=True)
    desk.post("/_admin/reset")


@pytest.fixture
def open_console(browser: Any) -> Iterator[Callable[..., Visitor]]:
    """Open the console of a server, as somebody new. Options are those of a browser context."""
    visitors: list[Visitor] = []

    def open_(endpoint: str, **options: Any) -> Visitor:
        visitors.append(Visitor(browser, endpoint, **options))
        return visitors[-1]

    yield open_
    for visitor in visitors:
        visitor.leave()
    assert [error for visitor in visitors for error in visitor.errors] == []


@pytest.fixture(scope="package")
def regular(browser: Any, server: LocalServer) -> Iterator[Visitor]:
    visitor = Visitor(browser, server.endpoint)
    yield visitor
    visitor.leave()


@pytest.fixture
def visitor(regular: Visitor, desk: Desk) -> Iterator[Visitor]:
    """Somebody in front of the console of `server`, whose browser remembers nothing of the last test."""
    regular.forget()
    yield regular
    errors, regular.errors = regular.errors, []
    assert errors == []
