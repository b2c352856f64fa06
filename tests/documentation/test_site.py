"""The site has every page, every link of the documentation leads somewhere, and the site can be built."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.documentation.pages import Page, pages
from tests.live import REPOSITORY

OUTSIDE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "bench/README.md")
ALL = [*map(Page, OUTSIDE), *pages()]


class Loader(yaml.SafeLoader):  # type: ignore[misc] # yaml is not typed
    """YAML in which MkDocs' own tags are plain text."""


def nav() -> list[str]:
    settings = yaml.load((REPOSITORY / "mkdocs.yml").read_text(), Loader)
    return list(_pages_of(settings["nav"]))


def _pages_of(part: object) -> list[str]:
    if isinstance(part, str):
        return [part]
    inner = part.values() if isinstance(part, dict) else part
    assert isinstance(inner, list) or hasattr(inner, "__iter__")
    return [page for one in inner for page in _pages_of(one)]


def test_every_page_is_in_the_nav_once() -> None:
    docs = REPOSITORY / "docs"
    there = {page.path.relative_to(docs).as_posix() for page in pages()}
    decisions = {name for name in there if re.fullmatch(r"decisions/\d{4}-.*", name)}
    assert len(nav()) == len(set(nav()))
    assert set(nav()) == there - decisions, "mkdocs.yml has the nav"


@pytest.mark.parametrize("page", ALL, ids=repr)
def test_every_link_leads_somewhere(page: Page) -> None:
    broken = [
        f"{target}#{anchor}"
        for target, anchor in page.links()
        if not target.exists() or (anchor and anchor not in Page(_name(target)).anchors)
    ]
    assert broken == []


def test_a_page_of_the_site_links_to_the_site_only() -> None:
    docs = REPOSITORY / "docs"
    assert [
        f"{page}: {target}"
        for page in pages()
        for target, _ in page.links()
        if not target.is_relative_to(docs)
    ] == []


def test_the_top_page_leads_to_every_page_of_the_nav() -> None:
    linked = {
        target.relative_to(REPOSITORY / "docs").as_posix() for target, _ in Page("docs/index.md").links()
    }
    assert linked == set(nav()) - {"index.md"}


def test_it_is_built_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    built = [path.read_text() for path in tmp_path.rglob("*.html")]
    assert len(built) > len(nav())
    decisions = (tmp_path / "decisions" / "index.html").read_text()
    for page in pages("docs/decisions"):
        assert f'href="{page.path.stem}.html"' in decisions or page.path.stem == "index"
    for text in built:
        assert re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"?(?:https?:)?//", text) == []


def _name(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()
