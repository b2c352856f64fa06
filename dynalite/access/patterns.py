"""Patterns: `*` stands for any text, `?` for one character, `${aws:username}` for what is known of the
request.

What a variable stands for is taken as it is, so a user called `*` does not match everybody. `${*}`, `${?}`
and `${$}` are the characters themselves, and `${aws:username, 'nobody'}` has something to stand for when
nothing is known. Matching takes time in proportion to the text, whatever the pattern: behind each `*` the
first place where the next piece fits is the only one that needs to be tried."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

Facts: TypeAlias = Mapping[str, Sequence[str]]
"""What is known of a request: values by the lower-case name of a condition key."""

_ANY: Final = "*"
_ONE: Final = "?"
_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_DEFAULTED: Final = re.compile(r"([^,]*?)\s*,\s*'([^']*)'\s*")
_ESCAPED: Final = frozenset("*?$")


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """The one value of a fact, or the default; a pattern with neither matches nothing."""

    name: str
    default: str | None


Piece: TypeAlias = str | Literal | Variable
"""`*`, `?`, or one of those."""


class Pattern:
    """A compiled pattern. `wild` False: `*` and `?` are characters like others."""

    __slots__ = ("_fixed", "_flags", "_pieces", "text")

    def __init__(
        self, text: str, *, wild: bool = True, variables: bool = True, ignore_case: bool = False
    ) -> None:
        self.text = text
        self._flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        self._pieces = _pieces(text, wild, variables)
        varies = any(isinstance(piece, Variable) for piece in self._pieces)
        self._fixed = None if varies else self._compiled({})

    def matches(self, text: str, facts: Facts) -> bool:
        compiled = self._fixed or self._compiled(facts)
        return compiled is not None and compiled.fullmatch(text) is not None

    def _compiled(self, facts: Facts) -> re.Pattern[str] | None:
        """None when a variable stands for nothing."""
        parts = [""]
        for piece in self._pieces:
            if piece == _ANY:
                parts.append("")
            elif piece == _ONE:
                parts[-1] += "."
            else:
                text = piece.text if isinstance(piece, Literal) else _value(piece, facts)
                if text is None:
                    return None
                parts[-1] += re.escape(text)
        first, *others = parts
        if not others:
            return re.compile(first, self._flags)
        between = "".join(f"(?>.*?{part})" for part in others[:-1] if part)
        return re.compile(f"{first}{between}.*{others[-1]}", self._flags)


def _value(piece: Piece, facts: Facts) -> str | None:
    assert isinstance(piece, Variable)
    values = facts.get(piece.name, ())
    return values[0] if len(values) == 1 else piece.default


def _pieces(text: str, wild: bool, variables: bool) -> tuple[Piece, ...]:
    found: list[Piece] = []
    at = 0
    for match in _VARIABLE.finditer(text) if variables else ():
        found += _plain(text[at : match.start()], wild)
        inside = match[1]
        defaulted = _DEFAULTED.fullmatch(inside)
        if inside in _ESCAPED:
            found.append(Literal(inside))
        elif defaulted:
            found.append(Variable(defaulted[1].strip().lower(), defaulted[2]))
        else:
            found.append(Variable(inside.strip().lower(), None))
        at = match.end()
    return (*found, *_plain(text[at:], wild))


def _plain(text: str, wild: bool) -> list[Piece]:
    if not wild:
        return [Literal(text)]
    return [
        piece if piece in (_ANY, _ONE) else Literal(piece) for piece in re.split(r"([*?])", text) if piece
    ]
