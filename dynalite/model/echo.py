"""How the service prints a value that it refuses: as its own Java objects print themselves.

A structure prints all of its members, absent ones as null, and those that the API does not document too.
Members begin in lower case by lowering one letter, whatever the next is: `BOOL` is `bOOL`. Nothing relies
on the exact text (some regions print object identities instead), so an echo is cut off where it would only
be long: printing an attribute takes twenty times its size.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from dynalite.model.shape import Attribute, Boolean, ListOf, MapOf, Shape, String, Structure

ECHO_CHARACTERS = 65_536
ECHO_LEVELS = 64

_CUT = "..."
_TEXT = String()
_ATTRIBUTE = Attribute()
_ATTRIBUTE_MEMBERS: Mapping[str, Shape | None] = {
    "S": _TEXT,
    "N": _TEXT,
    "B": None,  # bytes do not print their content
    "INT": _TEXT,
    "DECIMAL": _TEXT,
    "DOUBLE": _TEXT,
    "SS": ListOf(_TEXT),
    "NS": ListOf(_TEXT),
    "BS": None,
    "INTSET": _TEXT,
    "DECIMALSET": _TEXT,
    "DOUBLESET": _TEXT,
    "M": MapOf(_TEXT, _ATTRIBUTE),
    "L": ListOf(_ATTRIBUTE),
    "NULL": Boolean(),
    "BOOL": Boolean(),
}
"""In the order in which the service prints them (captured), with the types that the API never had."""
_UNDOCUMENTED_TYPES = frozenset({"INT", "DECIMAL", "DOUBLE", "INTSET", "DECIMALSET", "DOUBLESET"})


def lower_first(name: str) -> str:
    """A member's name as the service's Java code spells it."""
    return name[:1].lower() + name[1:]


def echo(shape: Shape, value: object) -> str:
    """The text of a value whose JSON types are known to be right."""
    pieces: list[str] = []
    room = ECHO_CHARACTERS
    for piece in _pieces(shape, value, ECHO_LEVELS):
        if len(piece) > room:
            return "".join([*pieces, piece[:room], _CUT])
        room -= len(piece)
        pieces.append(piece)
    return "".join(pieces)


def _pieces(shape: Shape, value: object, levels: int) -> Iterator[str]:
    if value is None:
        yield "null"
    elif levels == 0:
        yield _CUT
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, list) and isinstance(shape, ListOf):
        yield "["
        for position, element in enumerate(value):
            yield ", " if position else ""
            yield from _pieces(shape.element, element, levels - 1)
        yield "]"
    elif isinstance(value, dict):
        yield from _braces(shape, value, levels)
    else:
        yield str(value)


def _braces(shape: Shape, value: dict[str, object], levels: int) -> Iterator[str]:
    if isinstance(shape, MapOf):
        yield "{"
        for position, (key, entry) in enumerate(value.items()):
            yield f"{', ' if position else ''}{key}="
            yield from _pieces(shape.value, entry, levels - 1)
        yield "}"
    elif isinstance(shape, Structure):
        yield f"{shape.name}("
        for position, name in enumerate(chain(shape.members, shape.unmodelled)):
            yield f"{', ' if position else ''}{lower_first(name)}="
            if name in shape.members:
                yield from _pieces(shape.members[name].shape, value.get(name), levels - 1)
            else:
                yield "null"
        yield ")"
    else:
        yield "AttributeValue("
        for position, (name, member) in enumerate(_ATTRIBUTE_MEMBERS.items()):
            yield f"{', ' if position else ''}{lower_first(name)}="
            given = None if name in _UNDOCUMENTED_TYPES else value.get(name)
            if member is None:
                yield from _bytes(given)
            else:
                yield from _pieces(member, given, levels - 1)
        yield ")"


def _bytes(given: object) -> Iterator[str]:
    if isinstance(given, str):
        size = len(given) * 3 // 4 - given.count("=", -2)
        yield f"java.nio.HeapByteBuffer[pos=0 lim={size} cap={size}]"
    elif isinstance(given, list):
        yield "["
        for position, element in enumerate(given):
            yield ", " if position else ""
            yield from _bytes(element)
        yield "]"
    else:
        yield "null"
