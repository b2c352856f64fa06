"""What a request may look like: the kinds of shape, each with the fast question "is this in order?".

A shape says the JSON type of a member and the constraints that the service's front layer judges before any
operation sees the request: lengths, bounds, patterns, enumerations, required members. The tables in this
room are written in these words, in the order in which the service reports violations, with enumerations in
the order in which it prints them.

Every shape carries `accepts`, a closure built once, that answers yes or no in one pass and makes no
objects: nearly all requests are in order, and a server asks this of every one. Which rule was broken, and
in which words it is reported, is found out afterwards by `walker`, and only when the answer was no. A JSON
null is never accepted; the walker drops nulls and asks again.

What is left out: an AttributeValue is only looked at from outside. The operations validate, canonicalise
and measure it in one pass of their own (`values.attribute`), so looking inside here would walk every item
twice.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from dynalite.values.types import Parsed

Accepts: TypeAlias = Callable[[object], bool]

_PYTHON_PATTERNS: Mapping[str, str] = {
    r"\p{Print}+": r"[\x20-\x7E]+",
    r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*": (
        "[\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\r\n\t]*"
    ),
    # The same language. As the service writes it, a name that fails at its end costs the cube of its length.
    r"^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$": r"[a-z0-9A-Z][.\-\w]*[a-z0-9A-Z]",
}
"""Patterns are printed as the service writes them, for Java; Python reads these otherwise, or slowly."""

_HIGHEST_LENGTH = 2**63


def matcher(pattern: str) -> Callable[[str], object]:
    """The question whether the whole of a text matches.

    Compiled when it is first asked: most servers never see most patterns, and together they would cost a
    third of the time that it takes to load this room.
    """
    fullmatch: Callable[[str], object] | None = None

    def matches(text: str) -> object:
        nonlocal fullmatch
        if fullmatch is None:
            fullmatch = re.compile(_PYTHON_PATTERNS.get(pattern, pattern), re.ASCII).fullmatch
        return fullmatch(text)

    return matches


def is_text(value: str) -> bool:
    """Whether it can be written down: a Python string may hold half a surrogate pair, JSON text cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


@dataclass(frozen=True, slots=True, eq=False)
class String:
    """Text. `min` and `max` bound its length, `enum` lists its only values; a pattern describes the whole
    of it.
    """

    min: int = 0
    max: int | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "accepts", self._compile())

    @property
    def is_free(self) -> bool:
        """Whether it may be any text."""
        return not (self.min or self.enum) and self.max is None and self.pattern is None

    def _compile(self) -> Accepts:
        if self.enum:
            values = frozenset(self.enum)
            return lambda value: type(value) is str and value in values
        low, high = self.min, _HIGHEST_LENGTH if self.max is None else self.max
        if self.pattern is not None:
            matches = matcher(self.pattern)
            return lambda value: (
                type(value) is str and low <= len(value) <= high and matches(value) is not None
            )
        return lambda value: (
            type(value) is str and low <= len(value) <= high and (value.isascii() or is_text(value))
        )


@dataclass(frozen=True, slots=True, eq=False)
class Expression(String):
    """Text, or the tree that a client which parses expressions itself sends in its place."""

    def _compile(self) -> Accepts:
        accepts_text = String._compile(self)
        return lambda value: accepts_text(value) or type(value) is Parsed


@dataclass(frozen=True, slots=True, eq=False)
class NameOrArn:
    """A table, by its name or by its ARN.

    Since 2024 the service takes an ARN wherever it takes a table's name; what begins with `arn:` is judged
    as one, by its length only, and is taken apart where it is resolved.
    """

    name: String
    arn: String
    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        is_name, is_arn = self.name.accepts, self.arn.accepts
        object.__setattr__(
            self,
            "accepts",
            lambda value: (
                is_name(value) or (type(value) is str and value.startswith("arn:") and is_arn(value))
            ),
        )

    def reads_arn(self, value: str) -> bool:
        """Which of the two a text claims to be."""
        return value.startswith("arn:")


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """A whole number; `Integer` and `Long` below are its two widths."""

    java: str
    bits: int
    min: int | None = None
    max: int | None = None
    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        low = self.lowest if self.min is None else self.min
        high = self.highest if self.max is None else self.max
        object.__setattr__(self, "accepts", lambda value: type(value) is int and low <= value <= high)

    @property
    def lowest(self) -> int:
        return -(1 << self.bits - 1)

    @property
    def highest(self) -> int:
        return (1 << self.bits - 1) - 1


def Integer(min: int | None = None, max: int | None = None) -> Whole:  # noqa: N802 (named like its siblings)
    return Whole("Integer", 32, min, max)


def Long(min: int | None = None, max: int | None = None) -> Whole:  # noqa: N802
    return Whole("Long", 64, min, max)


@dataclass(frozen=True, slots=True, eq=False)
class Real:
    """A number that need not be whole: a double, or a time in seconds since the epoch, as `java` tells."""

    java: str
    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "accepts", lambda value: type(value) is float or type(value) is int)


@dataclass(frozen=True, slots=True, eq=False)
class Boolean:
    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "accepts", lambda value: value is True or value is False)


@dataclass(frozen=True, slots=True, eq=False)
class Attribute:
    """An AttributeValue: any JSON object, as far as this room is concerned."""

    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "accepts", lambda value: type(value) is dict)


@dataclass(frozen=True, slots=True, eq=False)
class ListOf:
    """A list; `min` and `max` bound its length."""

    element: "Shape"
    min: int = 0
    max: int | None = None
    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        element_accepts = self.element.accepts
        low, high = self.min, _HIGHEST_LENGTH if self.max is None else self.max

        def accepts(value: object) -> bool:
            if type(value) is not list or not low <= len(value) <= high:
                return False
            for element in value:  # noqa: SIM110 (a generator would cost more than the loop)
                if not element_accepts(element):
                    return False
            return True

        object.__setattr__(self, "accepts", accepts)


@dataclass(frozen=True, slots=True, eq=False)
class MapOf:
    """A map from names that the client chose; `min` and `max` bound the number of its entries."""

    key: String | NameOrArn
    value: "Shape"
    min: int = 0
    max: int | None = None
    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        key_accepts, value_accepts = self.key.accepts, self.value.accepts
        low, high = self.min, _HIGHEST_LENGTH if self.max is None else self.max
        holds_attributes = type(self.value) is Attribute and type(self.key) is String and self.key.is_free

        def accepts(value: object) -> bool:
            if type(value) is not dict or not low <= len(value) <= high:
                return False
            if holds_attributes and _are_plain_attributes(value):
                return True
            for key, entry in value.items():  # noqa: SIM110 (as above)
                if not (value_accepts(entry) and key_accepts(key)):
                    return False
            return True

        object.__setattr__(self, "accepts", accepts)


def _are_plain_attributes(entries: dict[str, object]) -> bool:
    """Whether all names are ASCII and all values may be AttributeValues. Nearly every item is so: 0.6 µs for
    one of eleven attributes, where asking the shapes about each takes 2.2.
    """
    for entry in entries.values():
        if type(entry) is not dict:
            return False
    try:
        return "".join(entries).isascii()
    except TypeError:  # a name that is no text
        return False


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    shape: "Shape"
    required: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """Named members in the service's order. Members that it does not know are ignored, as the service does.

    `name` is the service's own name for it, which it prints when it echoes one; a request bears its
    operation's name. `unmodelled` are members that the service prints and does not document.
    """

    name: str
    members: Mapping[str, Member]
    unmodelled: tuple[str, ...] = ()
    accepts: Accepts = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        find = {name: member.shape.accepts for name, member in self.members.items()}.get
        required = tuple(name for name, member in self.members.items() if member.required)

        def accepts(value: object) -> bool:
            if type(value) is not dict:
                return False
            for name, given in value.items():
                member_accepts = find(name)
                if member_accepts is not None and not member_accepts(given):
                    return False
            for name in required:  # noqa: SIM110 (as above)
                if name not in value:
                    return False
            return True

        object.__setattr__(self, "accepts", accepts)


Shape: TypeAlias = String | NameOrArn | Whole | Real | Boolean | Attribute | ListOf | MapOf | Structure


Members: TypeAlias = dict[str, Shape | Member]
"""What `structure` takes as keywords; a bare shape is an optional member."""


def structure(name: str, /, **members: Shape | Member) -> Structure:
    """A structure from keyword arguments, whose order is the members' order."""
    return Structure(
        name, {key: value if isinstance(value, Member) else Member(value) for key, value in members.items()}
    )


def required(shape: Shape) -> Member:
    return Member(shape, required=True)


def enum(*values: str) -> String:
    """Text with only these values, in the order in which the service prints them."""
    return String(enum=values)
