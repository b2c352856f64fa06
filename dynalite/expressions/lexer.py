"""Text to tokens.

A name begins with a letter; `#n` and `:v` need at least one letter, digit or underscore after the sign;
numbers occur only as list indices. A character that belongs to no token is a token of its own, which no
grammar accepts. Keywords are keywords without regard to case, and which words are keywords depends on the
grammar: `in` may not name an attribute in a condition, `set` not in an update.
"""

import re
from typing import NamedTuple

NAME = "name"
ALIAS = "alias"
VALUE = "value"
NUMBER = "number"
STRAY = "stray"
END = "<EOF>"

_TOKEN = re.compile(
    rf"""(?P<{NAME}>[A-Za-z][A-Za-z0-9_]*)
    |(?P<{ALIAS}>\#[A-Za-z0-9_]+)
    |(?P<{VALUE}>:[A-Za-z0-9_]+)
    |(?P<{NUMBER}>0|[1-9][0-9]*)
    |(?P<sign><>|<=|>=|[=<>()\[\],.+-])
    |(?P<{STRAY}>[^ \t\r\n])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """`kind` is one of the words above, a keyword in capitals, or a sign as written."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str, keywords: frozenset[str]) -> list[Token]:
    """All tokens of `text`, closed by one of kind END."""
    found = []
    for match in _TOKEN.finditer(text):
        written = match[0]
        kind = match.lastgroup or STRAY
        if kind == "sign":
            kind = written
        elif kind == NAME and written.upper() in keywords:
            kind = written.upper()
        found.append(Token(kind, written, match.start(), match.end()))
    found.append(Token(END, END, len(text), len(text)))
    return found
