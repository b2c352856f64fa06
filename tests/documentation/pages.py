"""The documentation as tests read it: pages, the snippets that they show, their headings and links.

A snippet is a fenced block. A `text` block right below one of a programming language is what that program
prints. A `console` block holds command lines behind `$ ` (a backslash goes on on the next line), and what
they print between them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from tests.live import REPOSITORY

ADDRESS: Final = "http://127.0.0.1:8000"
"""Where the documentation's servers listen. A test puts its own server's address in its place."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_REMARK = re.compile(r"\s+# .*$")


@dataclass(frozen=True, slots=True)
class Snippet:
    """`shows` is what the page says that it prints, None where it says nothing."""

    language: str
    code: str
    shows: str | None = None

    def at(self, endpoint: str | Mapping[str, str]) -> str:
        """The code, for a server at this address; or for servers, by the addresses that the page has."""
        return _moved(self.code, endpoint)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """`shows` is what stands below it, with nothing where it prints nothing."""

    text: str
    shows: str

    def at(self, endpoint: str | Mapping[str, str]) -> str:
        return _moved(self.text, endpoint)

    def shown(self, endpoint: str | Mapping[str, str]) -> str:
        return _moved(self.shows, endpoint)


class Page:
    """A Markdown file, by its path from the repository's root."""

    def __init__(self, path: str) -> None:
        self.path: Path = REPOSITORY / path
        self.text: str = self.path.read_text()

    def __repr__(self) -> str:
        return self.path.relative_to(REPOSITORY).as_posix()

    def snippets(self, *languages: str) -> list[Snippet]:
        """The blocks of these languages (of all, when none is named) but for those that are output."""
        return [one for one in self._snippets() if not languages or one.language in languages]

    def code(self, *languages: str) -> list[str]:
        return [one.code for one in self.snippets(*languages)]

    @cached_property
    def prose(self) -> str:
        """The page without its blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """What a link to a place of this page may name: GitHub and the site make the same of a heading."""
        return frozenset(map(_anchor, _HEADING.findall(self.prose)))

    def links(self) -> Iterator[tuple[Path, str]]:
        """The files that are linked to, each with the anchor (or nothing); other sites are left out."""
        for target in _LINK.findall(re.sub(r"`[^`\n]*`", "", self.prose)):
            if "://" not in target and not target.startswith("mailto:"):
                file, _, anchor = target.partition("#")
                yield (self.path.parent / file).resolve() if file else self.path, anchor

    def _snippets(self) -> Iterator[Snippet]:
        blocks = list(_FENCE.finditer(self.text))
        position = 0
        while position < len(blocks):
            block, below = blocks[position], blocks[position + 1 : position + 2]
            position += 1
            if block[1] == "text" or not any(self._is_output(block, one) for one in below):
                yield Snippet(block[1], block[2])
            else:
                yield Snippet(block[1], block[2], below[0][2])
                position += 1

    def _is_output(self, block: re.Match[str], following: re.Match[str]) -> bool:
        return following[1] == "text" and not self.text[block.end() : following.start()].strip()


def _moved(text: str, endpoint: str | Mapping[str, str]) -> str:
    for address, other in ({ADDRESS: endpoint} if isinstance(endpoint, str) else endpoint).items():
        text = text.replace(address, other)
    return text


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def command_lines(block: str) -> list[CommandLine]:
    """What a `console` block asks a shell to do."""
    lines: list[CommandLine] = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command = re.match(r"(?:.*\\\n)*.*\n", part)
        assert command is not None
        lines.append(CommandLine(_REMARK.sub("", command[0].rstrip("\n")), part[command.end() :]))
    return lines


def pages(folder: str = "docs") -> list[Page]:
    """All pages of a folder and of the folders in it, by name."""
    return [
        Page(path.relative_to(REPOSITORY).as_posix()) for path in sorted((REPOSITORY / folder).rglob("*.md"))
    ]
