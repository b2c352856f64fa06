"""Somebody in front of the console: what they see, by the names that a screen reader would say."""

import json
import time
from typing import Any

WAIT_MS = 8000


class Visitor:
    """A page of the console at a server. `errors` is what the page complained about; a test that provokes
    errors empties it.
    """

    def __init__(self, browser: Any, endpoint: str, **options: Any) -> None:
        self.errors: list[str] = []
        self._context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
        self._context.set_default_timeout(WAIT_MS)
        self._address = f"{endpoint}/console/"
        self.page = self._context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.go()

    def leave(self) -> None:
        self._context.close()

    def forget(self) -> None:
        """Forget what the console has remembered, and go elsewhere."""
        self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.page.goto("about:blank")

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def go(self, *pieces: str) -> "Visitor":
        self.page.goto("#/".join([self._address, "/".join(pieces)]))
        return self

    def sees(self, text: str) -> Any:
        """Wait for a text; returns where it is."""
        found = self.page.get_by_text(text, exact=True).first
        found.wait_for()
        return found

    def named(self, role: str, name: str) -> Any:
        return self.page.get_by_role(role, name=name, exact=True)

    def press(self, name: str) -> None:
        self.named("button", name).click()

    def heading(self, name: str) -> None:
        self.named("heading", name).first.wait_for()

    def field(self, name: str) -> Any:
        return self.page.get_by_label(name, exact=True).first

    def rows(self, table: str) -> list[list[str]]:
        """The cells of a table, once it is there."""
        grid = self.page.get_by_role("table", name=table, exact=True).first
        grid.wait_for()
        found: list[list[str]] = grid.locator("tbody").evaluate(
            "body => [...body.rows].map(row => [...row.cells].map(cell => cell.textContent))"
        )
        return found

    def code(self) -> str:
        """The Python that the page shows."""
        text: str = self.page.get_by_role("region", name="boto3").first.locator("code").text_content()
        return text

    def module(self, name: str, script: str, argument: Any = None) -> Any:
        """Run JavaScript with one of the console's modules as `it`, and `given`; JSON both ways."""
        wrapped = f"""async text => {{
            const [it, given] = [await import('/console/{name}'), JSON.parse(text)];
            return JSON.stringify({script});
        }}"""
        return json.loads(self.page.evaluate(wrapped, json.dumps(argument, ensure_ascii=False)))

    def until(self, script: str) -> None:
        """Wait until a JavaScript expression is true."""
        # Playwright's own way of waiting is `eval` in the page, which the console's policy forbids.
        deadline = time.monotonic() + WAIT_MS / 1000
        while not self.page.evaluate(script):
            assert time.monotonic() < deadline, script
            self.page.wait_for_timeout(20)
