"""AttributeValues as CBOR.

    S          text
    N          integer, decimal (tag 4) or float
    B          bytes
    BOOL NULL  false, true, null
    L M        array, map
    SS NS BS   tags 3321, 3322, 3323 around an array

Reading goes straight to the wire form that the rest of the server uses, in one pass; whether a value is
right (its digits, its nesting, duplicates in a set) is judged where every client's values are judged.

Writing heeds what three clients can read. A number is never a float. An integer that a double cannot hold
exactly is a decimal with exponent 0, which the JavaScript client prints in full. All lengths are definite.
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from dynalite.errors import ValidationException
from dynalite.limits import NESTING_LEVELS, NUMBER_DIGITS
from dynalite.values.attribute import TOO_DEEP
from dynalite.values.types import AttributeValue, Item
from server.dax.cbor import (
    ARRAY,
    BYTES,
    FALSE,
    INDEFINITE,
    NULL,
    SIMPLE,
    TAG,
    TEXT,
    TRUE,
    Incomplete,
    Malformed,
    ends,
    head,
    read,
    simple,
    string,
    text,
    write_array,
    write_bytes,
    write_head,
    write_int,
    write_map,
    write_text,
)

_POSITIVE_BIGNUM: Final = 2
_NEGATIVE_BIGNUM: Final = 3
_DECIMAL: Final = 4
_SET_TYPES: Final = {3321: "SS", 3322: "NS", 3323: "BS"}
_SET_HEADS: Final = {type: write_head(TAG, tag) for tag, type in _SET_TYPES.items()}

_BIGNUM_BYTES: Final = 64  # 10^126 needs 53
_TOO_MANY_DIGITS: Final = "9" * 200
"""Stands for an integer so large that its digits are not worth computing."""

_LEVELS: Final = NESTING_LEVELS + 1


# ------------------------------------------------------------------ reading


def read_value(data: bytes, at: int, levels: int = _LEVELS) -> tuple[AttributeValue, int]:
    """The AttributeValue at `at`, not canonical yet, and the position behind it.

    Raises Malformed and Incomplete as `cbor.read`, ValidationException for one that is nested too deep.
    """
    try:
        first = data[at]
    except IndexError:
        raise Incomplete from None
    if first >> 5 == SIMPLE:
        value, at = simple(data, at)
        return _of_simple(value), at
    major, argument, at = head(data, at)
    return _READ[major](data, at, argument, levels)


def _of_simple(value: object) -> AttributeValue:
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": repr(value)}


def _unsigned(data: bytes, at: int, argument: int, levels: int) -> tuple[AttributeValue, int]:
    return {"N": str(argument)}, at


def _negative(data: bytes, at: int, argument: int, levels: int) -> tuple[AttributeValue, int]:
    return {"N": str(-1 - argument)}, at


def _binary(data: bytes, at: int, argument: int, levels: int) -> tuple[AttributeValue, int]:
    raw, at = string(data, at, argument, BYTES)
    return {"B": b2a_base64(raw, newline=False).decode()}, at


def _text(data: bytes, at: int, argument: int, levels: int) -> tuple[AttributeValue, int]:
    content, at = text(data, at, argument)
    return {"S": content}, at


def _list(data: bytes, at: int, length: int, levels: int) -> tuple[AttributeValue, int]:
    _check_levels(levels)
    elements = []
    left = length
    while left and not (left < 0 and ends(data, at)):
        element, at = read_value(data, at, levels - 1)
        elements.append(element)
        left -= 1
    return {"L": elements}, at + (length == INDEFINITE)


def _map(data: bytes, at: int, length: int, levels: int) -> tuple[AttributeValue, int]:
    members, at = read_map(data, at, length, levels)
    return {"M": members}, at


def _tagged(data: bytes, at: int, tag: int, levels: int) -> tuple[AttributeValue, int]:
    if tag in _SET_TYPES:
        return _set(data, at, _SET_TYPES[tag], levels)
    number, at = _tagged_number(data, at, tag)
    return {"N": number}, at


def _set(data: bytes, at: int, type: str, levels: int) -> tuple[AttributeValue, int]:
    major, length, at = head(data, at)
    if major != ARRAY:
        raise Malformed("a set that is not an array")
    listed, at = _list(data, at, length, levels)
    members = []
    for element in listed["L"]:
        member = element.get(type[0])
        if member is None:
            raise Malformed("a set with members of another type")
        members.append(member)
    return {type: members}, at


_READ: Final[tuple[Callable[[bytes, int, int, int], tuple[AttributeValue, int]], ...]] = (
    _unsigned,
    _negative,
    _binary,
    _text,
    _list,
    _map,
    _tagged,
)


def _check_levels(levels: int) -> None:
    if levels < 0:
        raise ValidationException(TOO_DEEP)


def read_map(data: bytes, at: int, length: int, levels: int = _LEVELS) -> tuple[Item, int]:
    """The members of a map whose head has been read."""
    _check_levels(levels)
    members: Item = {}
    left = length
    while left and not (left < 0 and ends(data, at)):
        name, at = read_text(data, at)
        members[name], at = read_value(data, at, levels - 1)
        left -= 1
    return members, at + (length == INDEFINITE)


def read_text(data: bytes, at: int) -> tuple[str, int]:
    """A text string."""
    major, length, at = head(data, at)
    if major != TEXT:
        raise Malformed("something else where a text is expected")
    return text(data, at, length)


def read_number(data: bytes, at: int) -> tuple[str, int]:
    """A number in any of its encodings, in some spelling."""
    value, at = read_value(data, at)
    number = value.get("N")
    if number is None:
        raise Malformed("something else where a number is expected")
    return number, at


def _tagged_number(data: bytes, at: int, tag: int) -> tuple[str, int]:
    value, at = read(data, at, 4)
    if tag == _DECIMAL:
        if not isinstance(value, list) or len(value) != 2 or type(value[0]) is not int:
            raise Malformed("a decimal without exponent and mantissa")
        return f"{_integer(value[1])}E{value[0]}", at
    return _integer((tag, value)), at


def _integer(value: object) -> str:
    """The digits of an integer: an int, or a bignum's tag and bytes."""
    if type(value) is int:
        return str(value)
    if not isinstance(value, tuple) or not isinstance(value[1], bytes):
        raise Malformed("something else where an integer is expected")
    tag, raw = value
    if tag not in (_POSITIVE_BIGNUM, _NEGATIVE_BIGNUM):
        raise Malformed("a tag that is not a number's")
    raw = raw.lstrip(b"\x00")
    if len(raw) > _BIGNUM_BYTES:
        return _TOO_MANY_DIGITS
    magnitude = int.from_bytes(raw, "big")
    return str(magnitude if tag == _POSITIVE_BIGNUM else -1 - magnitude)


# ------------------------------------------------------------------ writing


def write_value(value: AttributeValue) -> bytes:
    """A canonical AttributeValue."""
    for type, content in value.items():
        return _WRITE[type](content)
    raise ValueError("an AttributeValue without a type")


def write_number(number: str) -> bytes:
    """A canonical number."""
    integer, point, fraction = number.partition(".")
    if point:
        return _write_decimal(-len(fraction), int(integer + fraction), negative=number[0] == "-")
    if len(integer) <= 16 and -(1 << 53) < (small := int(integer)) < 1 << 53:
        return write_int(small)
    exponent = 0
    if len(integer.lstrip("-")) > NUMBER_DIGITS:
        significant = integer.rstrip("0")
        exponent = len(integer) - len(significant)
        integer = significant
    return _write_decimal(exponent, int(integer), negative=number[0] == "-")


def _write_decimal(exponent: int, mantissa: int, *, negative: bool) -> bytes:
    if -(1 << 64) <= mantissa < 1 << 64:
        written = write_int(mantissa)
    else:
        magnitude = -1 - mantissa if negative else mantissa
        tag = _NEGATIVE_BIGNUM if negative else _POSITIVE_BIGNUM
        raw = magnitude.to_bytes((magnitude.bit_length() + 7) // 8, "big")
        written = write_head(TAG, tag) + write_bytes(raw)
    return b"\xc4\x82" + write_int(exponent) + written


def _write_binary(content: str) -> bytes:
    return write_bytes(a2b_base64(content))


def _write_flag(content: bool) -> bytes:
    return TRUE if content else FALSE


def _write_null(content: bool) -> bytes:
    return NULL


def _write_list(elements: list[AttributeValue]) -> bytes:
    return write_array([write_value(element) for element in elements])


def _write_members(members: Mapping[str, AttributeValue]) -> bytes:
    return write_map([write_text(name) + write_value(value) for name, value in members.items()])


def _write_set(type: str, write: Callable[[Any], bytes]) -> Callable[[list[Any]], bytes]:
    tag = _SET_HEADS[type]
    return lambda members: tag + write_array([write(member) for member in members])


_WRITE: Final[Mapping[str, Callable[[Any], bytes]]] = {
    "S": write_text,
    "N": write_number,
    "B": _write_binary,
    "BOOL": _write_flag,
    "NULL": _write_null,
    "L": _write_list,
    "M": _write_members,
    "SS": _write_set("SS", write_text),
    "NS": _write_set("NS", write_number),
    "BS": _write_set("BS", _write_binary),
}
