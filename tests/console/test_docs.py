"""docs/console.md: its pictures and pages are there, and its keys are those of the console."""

import re

from server.console.routes import PATH, pages
from tests.console.screenshots import FOLDER, PICTURES
from tests.live import REPOSITORY, live_server

TEXT = (REPOSITORY / "docs/console.md").read_text()


def test_the_pictures_are_those_that_are_taken() -> None:
    shown = set(re.findall(r"!\[.+\]\(console/(.+)\.png\)", TEXT))
    assert shown == {picture.__name__ for picture in PICTURES}
    assert shown == {path.stem for path in FOLDER.iterdir()}


def test_every_page_and_every_key_is_told() -> None:
    side, table, main = (pages()[name].content.decode() for name in ("side.js", "pages/table.js", "main.js"))
    titles = re.findall(r'^ +\w+: \["(\w+)", \(\) => import', table, re.MULTILINE)
    links = re.findall(r'link\(\[?"(\w+)"', side)
    told = re.findall(r"^\| (\w+) \|", TEXT, re.MULTILINE)
    assert set(told) - {"page", "key"} == {"Tables", *titles, *links}
    keys = re.findall(r'^  "?([/?\w])"?: \["', main, re.MULTILINE)
    assert len(keys) == 7
    assert [key for key in keys if f"<kbd>{key}</kbd>" not in TEXT] == []


def test_the_banner_says_where_it_is() -> None:
    with live_server() as server:
        assert f"Console: {server.endpoint}{PATH}\n" in server.banner
    with live_server("--no-console") as server:
        assert "Console" not in server.banner
