"""The one validating walk: from what a client sent to canonical values and their size, in a single pass.

A value is walked once, when it enters. The walk checks it, brings it into the canonical form and weighs it;
whatever is computed afterwards relies on that form:

    N            the text of `number.canonical`
    B            standard base64 with padding
    SS NS BS     no duplicates; sorted by UTF-8 bytes, by value, by bytes
    BOOL NULL    true or false; true
    any value    exactly one entry: null members are absent, unknown members ignored, so both are dropped

The walk takes ownership of what it is given and rewrites it in place. Two canonical values are equal exactly
when their dicts are.

Two kinds of error come out of it. JSON that cannot be read as what the member wants is a
SerializationException (`values.json_types`). What the values themselves do wrong is judged from the request
alone (InvalidRequest), except that a value with no type or several is always answered bare.

The walk cannot exhaust the stack: it stops at the nesting limit.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from dynalite.errors import INVALID_VALUES, InvalidRequest, SerializationException, ValidationException
from dynalite.limits import ATTRIBUTE_NAME_BYTES, NESTING_LEVELS
from dynalite.values.json_types import (
    ARRAY,
    BYTES,
    BYTES_ELEMENT,
    EMPTY,
    FLAG,
    OBJECT,
    STRING_ELEMENT,
    TEXT,
    TEXT_ELEMENT,
    TYPE_TAG,
    TYPE_TAG_FOUND,
    VALUE,
    Expected,
    decode_base64,
    unexpected,
    utf8_size,
)
from dynalite.values.number import canonical as canonical_number
from dynalite.values.number import size_bytes as number_size
from dynalite.values.number import weighed
from dynalite.values.size import COLLECTION_BYTES, ELEMENT_BYTES, FLAG_BYTES
from dynalite.values.types import AttributeValue, Item

SEVERAL_TYPES = (
    "Supplied AttributeValue has more than one datatypes set,"
    " must contain exactly one of the supported datatypes"
)
EMPTY_STRING_SET = INVALID_VALUES + "An string set  may not be empty"
EMPTY_NUMBER_SET = INVALID_VALUES + "An number set  may not be empty"
EMPTY_BINARY_SET = INVALID_VALUES + "Binary sets should not be empty"
DUPLICATE_NUMBERS = "Input collection contains duplicates"
NULL_NOT_TRUE = INVALID_VALUES + "Null attribute value types must have the value of true"
TOO_DEEP = (
    "Nesting Levels have exceeded supported limits:"
    " Attributes in the item have nested levels beyond supported limit"
)

EMPTY_NAME = "Empty attribute name"
_NAME_TOO_LONG = f"Attribute name is too large, must be less than {ATTRIBUTE_NAME_BYTES} bytes"

_CONTAINERS = NESTING_LEVELS - 1
"""How many lists and maps may stand one inside the other."""


class NestedTooDeep(InvalidRequest):
    """A value that is nested beyond the limit."""

    code = "ValidationException"


class NameTooLong(InvalidRequest):
    """An attribute's name, or a key of a map, that is too long."""

    code = "ValidationException"


class EmptyName(InvalidRequest):
    """An attribute's name, or a key of a map, of no characters."""

    code = "ValidationException"


# ------------------------------------------------------------------ the walk


def canonical_item(raw: object) -> tuple[Item, int]:
    """The item, made canonical in place, and its size in bytes (names and values)."""
    if type(raw) is not dict:
        raise unexpected(OBJECT, raw)
    size = _members(raw, 0)
    if size >= ATTRIBUTE_NAME_BYTES:  # else no name in it can be too long
        check_names({"M": raw})
    return raw, size


def canonical_value(raw: object, levels: int = NESTING_LEVELS) -> tuple[AttributeValue, int]:
    """The AttributeValue, of fewer than so many levels, made canonical in place, and its size in bytes."""
    size = _value(raw, NESTING_LEVELS - levels)
    assert type(raw) is dict
    if size >= ATTRIBUTE_NAME_BYTES:
        check_names(raw)
    return raw, size


def _members(members: dict[str, object], depth: int) -> int:
    if TYPE_TAG in members:
        raise SerializationException(TYPE_TAG_FOUND)
    if "" in members:
        raise EmptyName(EMPTY_NAME)
    size = utf8_size("".join(members))
    for value in members.values():
        # Most attributes are plain strings and numbers: 0.2 and 0.5 µs in place of 0.4 and 0.9.
        if type(value) is dict and len(value) == 1:
            text = value.get("S")
            if type(text) is str:
                size += len(text) if text.isascii() else utf8_size(text)
                continue
            text = value.get("N")
            if type(text) is str:
                value["N"], weight = weighed(text)
                size += weight
                continue
        size += _value(value, depth)
    return size


def _value(value: object, depth: int) -> int:
    """Walk one AttributeValue that stands inside `depth` lists and maps. Returns its size."""
    if type(value) is not dict:
        raise unexpected(VALUE, value)
    if len(value) != 1:
        _reduce_to_one(value, depth)
    for type_name, content in value.items():
        walk = _WALKS.get(type_name)
        if walk is None:
            break
        return walk(value, content, depth)
    raise ValidationException(EMPTY)


def _reduce_to_one(value: AttributeValue, depth: int) -> None:
    """Drop what says nothing. Of several types, what is wrong with one of them is told first."""
    for name in [name for name, content in value.items() if content is None or name not in _WALKS]:
        del value[name]
    if len(value) > 1:
        for name, content in list(value.items()):
            _WALKS[name](value, content, depth)
        raise ValidationException(SEVERAL_TYPES)


def _string(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not str:
        raise unexpected(TEXT, content)
    return len(content) if content.isascii() else utf8_size(content)


def _number(value: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not str:
        raise unexpected(TEXT, content)
    value["N"], size = weighed(content)
    return size


def _binary(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not str:
        raise unexpected(BYTES, content)
    return len(decode_base64(content))


def _bool(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not bool:
        raise unexpected(FLAG, content)
    return FLAG_BYTES


def _null(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not bool:
        raise unexpected(FLAG, content)
    if not content:
        raise InvalidRequest(NULL_NOT_TRUE)
    return FLAG_BYTES


def _texts(content: object, when_empty: str, element: Expected = TEXT_ELEMENT) -> list[str]:
    """The members of a set, still as sent."""
    if type(content) is not list:
        raise unexpected(ARRAY, content)
    if not content:
        raise InvalidRequest(when_empty)
    for member in content:
        if type(member) is not str:
            raise unexpected(element, member)
    return content


def _string_set(_: AttributeValue, content: object, depth: int) -> int:
    members = _texts(content, EMPTY_STRING_SET, STRING_ELEMENT)
    size = sum([len(member) if member.isascii() else utf8_size(member) for member in members])
    if len(set(members)) != len(members):
        listed = ", ".join([f'"{member}"' for member in members])
        raise InvalidRequest(f"{INVALID_VALUES}Input collection [{listed}] contains duplicates.")
    members.sort()  # by code point, which is the order of UTF-8 bytes
    return size


def _number_set(value: AttributeValue, content: object, depth: int) -> int:
    members = [canonical_number(member) for member in _texts(content, EMPTY_NUMBER_SET)]
    if len(set(members)) != len(members):
        raise InvalidRequest(DUPLICATE_NUMBERS)
    members.sort(key=Decimal)
    value["NS"] = members
    return sum(map(number_size, members))


def _binary_set(_: AttributeValue, content: object, depth: int) -> int:
    members = _texts(content, EMPTY_BINARY_SET, BYTES_ELEMENT)
    decoded = {member: decode_base64(member) for member in members}
    if len(decoded) != len(members):
        listed = ",".join([f'"{member}"' for member in members])
        raise InvalidRequest(f"{INVALID_VALUES}Input collection [{listed}]of type BS contains duplicates.")
    members.sort(key=decoded.__getitem__)
    return sum(map(len, decoded.values()))


def _list(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not list:
        raise unexpected(ARRAY, content)
    if depth >= _CONTAINERS:
        raise NestedTooDeep(TOO_DEEP)
    size = COLLECTION_BYTES + ELEMENT_BYTES * len(content)
    for element in content:
        size += _value(element, depth + 1)
    return size


def _map(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not dict:
        raise unexpected(OBJECT, content)
    if depth >= _CONTAINERS:
        raise NestedTooDeep(TOO_DEEP)
    return COLLECTION_BYTES + ELEMENT_BYTES * len(content) + _members(content, depth + 1)


_WALKS: Mapping[str, Callable[[AttributeValue, object, int], int]] = {
    "S": _string,
    "N": _number,
    "B": _binary,
    "BOOL": _bool,
    "NULL": _null,
    "SS": _string_set,
    "NS": _number_set,
    "BS": _binary_set,
    "L": _list,
    "M": _map,
}


# ------------------------------------------------------------------ checks by themselves


def check_nesting(values: Iterable[AttributeValue]) -> None:
    """Refuse values that an update has nested too deep. The item decides, so the error is bare."""
    containers = _containers(values)
    for _ in range(_CONTAINERS):
        if not containers:
            return
        containers = [inner for value in containers for inner in _containers(_inside(value))]
    if containers:
        raise ValidationException(TOO_DEEP)


def check_name(name: str) -> None:
    """Refuse the name of an attribute that is too long."""
    if len(name) >= ATTRIBUTE_NAME_BYTES or (not name.isascii() and utf8_size(name) >= ATTRIBUTE_NAME_BYTES):
        raise NameTooLong(_NAME_TOO_LONG)


def check_names(value: AttributeValue) -> None:
    """Refuse a canonical value that has, however deep inside, a name that is too long."""
    pending = [value]
    while pending:
        containers = _containers(pending)
        for container in containers:
            for name in container.get("M", ()):
                check_name(name)
        pending = [inner for container in containers for inner in _inside(container)]


def _containers(values: Iterable[AttributeValue]) -> list[AttributeValue]:
    return [value for value in values if "M" in value or "L" in value]


def _inside(value: AttributeValue) -> Iterable[AttributeValue]:
    inside: Iterable[Any] = value["M"].values() if "M" in value else value["L"]
    return inside
