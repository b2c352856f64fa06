"""CBOR (RFC 8949), as much of it as the DAX protocol uses.

Reading takes bytes and a position, and returns a value and the position behind it. What is not there yet is
`Incomplete`, what will never become right is `Malformed`; both are decided before anything is allocated for
it, so an announced length costs nothing. Reading accepts every well-formed encoding: definite and indefinite
lengths, wide heads for small numbers, floats of all sizes, maps with a key twice (the last one counts, which
is what the Python client relies on).

Writing is definite wherever the Go client insists on it, and always the shortest head.

Tags stay what they are: a `Tagged` value, for whoever knows what the tag means there. Nothing here knows
AttributeValues; those are read straight into their own form by `values`.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

INDEFINITE: Final = -1
"""The argument of a head that leaves the length open."""

UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = range(8)

LEVELS: Final = 64
"""How deep the arguments of a call may be nested. Byte strings with CBOR inside begin anew."""

_BREAK: Final = 0xFF
_FALSE, _TRUE, _NULL, _UNDEFINED = 20, 21, 22, 23
_FLOATS: Final = {25: ">e", 26: ">f", 27: ">d"}


class Malformed(Exception):
    """What was received is not, and will not become, what it should be."""


class Incomplete(Exception):
    """The value goes on behind what has been received."""


class Tagged(NamedTuple):
    """A value with a tag in front."""

    tag: int
    value: object


# ------------------------------------------------------------------ reading


def head(data: bytes | bytearray, at: int) -> tuple[int, int, int]:
    """A head's major type, its argument (`INDEFINITE` when it is left open), and the position behind it."""
    try:
        first = data[at]
    except IndexError:
        raise Incomplete from None
    at += 1
    argument = first & 0x1F
    if argument < 24:
        return first >> 5, argument, at
    if argument < 28:
        end = at + (1 << argument - 24)
        if end > len(data):
            raise Incomplete
        return first >> 5, int.from_bytes(data[at:end], "big"), end
    if argument == 31 and BYTES <= first >> 5 <= MAP:
        return first >> 5, INDEFINITE, at
    raise Malformed("a head that CBOR does not have")


def read(data: bytes, at: int, levels: int = LEVELS) -> tuple[object, int]:
    """The value that begins at `at`, and the position behind it."""
    try:
        first = data[at]
    except IndexError:
        raise Incomplete from None
    if first >> 5 == SIMPLE:
        return simple(data, at)
    major, argument, at = head(data, at)
    return _READ[major](data, at, argument, levels - 1)


def ends(data: bytes | bytearray, at: int) -> bool:
    """Whether a break, the end of an indefinite length, stands at `at`."""
    try:
        return data[at] == _BREAK
    except IndexError:
        raise Incomplete from None


def _unsigned(data: bytes, at: int, argument: int, levels: int) -> tuple[object, int]:
    return argument, at


def _negative(data: bytes, at: int, argument: int, levels: int) -> tuple[object, int]:
    return -1 - argument, at


def string(data: bytes, at: int, length: int, major: int) -> tuple[bytes, int]:
    """The bytes of a byte or text string whose head has been read."""
    if length != INDEFINITE:
        end = at + length
        if end > len(data):
            raise Incomplete
        return data[at:end], end
    chunks = []
    while not ends(data, at):
        kind, length, at = head(data, at)
        if kind != major or length == INDEFINITE:
            raise Malformed("a string that holds something else than strings")
        chunk, at = string(data, at, length, major)
        chunks.append(chunk)
    return b"".join(chunks), at + 1


def _bytes(data: bytes, at: int, argument: int, levels: int) -> tuple[object, int]:
    return string(data, at, argument, BYTES)


def text(data: bytes, at: int, length: int) -> tuple[str, int]:
    """A text string whose head has been read."""
    raw, at = string(data, at, length, TEXT)
    try:
        return raw.decode(), at
    except UnicodeDecodeError:
        raise Malformed("a text that is not UTF-8") from None


def _text(data: bytes, at: int, argument: int, levels: int) -> tuple[object, int]:
    return text(data, at, argument)


def _array(data: bytes, at: int, length: int, levels: int) -> tuple[object, int]:
    _check_levels(levels)
    elements = []
    if length == INDEFINITE:
        while not ends(data, at):
            element, at = read(data, at, levels)
            elements.append(element)
        return elements, at + 1
    for _ in range(length):
        element, at = read(data, at, levels)
        elements.append(element)
    return elements, at


def _map(data: bytes, at: int, length: int, levels: int) -> tuple[object, int]:
    _check_levels(levels)
    members: dict[object, object] = {}
    left = length
    while left and not (left < 0 and ends(data, at)):
        key, at = read(data, at, levels)
        if not isinstance(key, int | str | bytes):
            raise Malformed("a map's key that is neither a number nor a string")
        members[key], at = read(data, at, levels)
        left -= 1
    return members, at + (length == INDEFINITE)


def _tag(data: bytes, at: int, tag: int, levels: int) -> tuple[object, int]:
    _check_levels(levels)
    value, at = read(data, at, levels)
    return Tagged(tag, value), at


def simple(data: bytes, at: int) -> tuple[object, int]:
    """False, true, null or a float, whose head begins at `at`."""
    kind = data[at] & 0x1F
    at += 1
    if kind in _FLOATS:
        format = _FLOATS[kind]
        end = at + struct.calcsize(format)
        if end > len(data):
            raise Incomplete
        return struct.unpack(format, data[at:end])[0], end
    if kind not in _SIMPLE:
        raise Malformed("a simple value that means nothing here")
    return _SIMPLE[kind], at


_SIMPLE: Final = {_FALSE: False, _TRUE: True, _NULL: None, _UNDEFINED: None}
_READ: Final[Sequence[Callable[[bytes, int, int, int], tuple[object, int]]]] = (
    _unsigned,
    _negative,
    _bytes,
    _text,
    _array,
    _map,
    _tag,
)


def _check_levels(levels: int) -> None:
    if levels < 0:
        raise Malformed("arguments that are nested too deep")


# ------------------------------------------------------------------ writing

NULL: Final = b"\xf6"
FALSE: Final = b"\xf4"
TRUE: Final = b"\xf5"
OPEN_MAP: Final = b"\xbf"
BREAK: Final = b"\xff"
EMPTY_ARRAY: Final = b"\x80"

_ONE_BYTE_HEADS: Final = [[bytes((major << 5 | argument,)) for argument in range(24)] for major in range(8)]


def write_head(major: int, argument: int) -> bytes:
    """The shortest head for an argument of up to 64 bits."""
    if argument < 24:
        return _ONE_BYTE_HEADS[major][argument]
    if argument < 1 << 8:
        return bytes((major << 5 | 24, argument))
    if argument < 1 << 16:
        return bytes((major << 5 | 25,)) + argument.to_bytes(2, "big")
    if argument < 1 << 32:
        return bytes((major << 5 | 26,)) + argument.to_bytes(4, "big")
    return bytes((major << 5 | 27,)) + argument.to_bytes(8, "big")


def write_int(value: int) -> bytes:
    """An integer of up to 64 bits."""
    return write_head(UNSIGNED, value) if value >= 0 else write_head(NEGATIVE, -1 - value)


def write_bytes(value: bytes) -> bytes:
    return write_head(BYTES, len(value)) + value


def write_text(value: str) -> bytes:
    raw = value.encode()
    return write_head(TEXT, len(raw)) + raw


def write_optional_text(value: str | None) -> bytes:
    return NULL if value is None else write_text(value)


def write_float(value: float) -> bytes:
    """Always eight bytes: some clients take a number for a float only when it is one."""
    return b"\xfb" + struct.pack(">d", value)


def write_array(elements: Sequence[bytes]) -> bytes:
    """An array of elements that are written already."""
    return write_head(ARRAY, len(elements)) + b"".join(elements)


def write_map(pairs: Sequence[bytes]) -> bytes:
    """A map of pairs that are written already: each key followed by its value, in one piece."""
    return write_head(MAP, len(pairs)) + b"".join(pairs)
