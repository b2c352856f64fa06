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

Two kinds of error come out of it. A JSON type that cannot be read as the member's type is a
SerializationException; the service deserialises a whole request before it validates any of it, so whoever has
met another error first asks `check_wire` about everything else. What the values themselves do wrong is judged
from the request alone (InvalidRequest), except that a value with no type or several is always answered bare.

Neither walk can exhaust the stack: this one stops at the nesting limit, `check_wire` keeps a stack of its
own.
"""

from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from dynalite.errors import (
    INVALID_VALUES,
    InvalidRequest,
    SerializationException,
    ServiceError,
    ValidationException,
)
from dynalite.limits import ATTRIBUTE_NAME_BYTES, NESTING_LEVELS
from dynalite.values.number import canonical as canonical_number
from dynalite.values.number import size_bytes as number_size
from dynalite.values.number import weighed
from dynalite.values.size import COLLECTION_BYTES, ELEMENT_BYTES, FLAG_BYTES
from dynalite.values.types import AttributeValue, Item

EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
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

_NAME_TOO_LONG = f"Attribute name is too large, must be less than {ATTRIBUTE_NAME_BYTES} bytes"

_CONTAINERS = NESTING_LEVELS - 1
"""How many lists and maps may stand one inside the other."""


class NestedTooDeep(InvalidRequest):
    """A value that is nested beyond the limit."""

    code = "ValidationException"


class NameTooLong(InvalidRequest):
    """An attribute's name, or a key of a map, that is too long."""

    code = "ValidationException"


# ------------------------------------------------------------------ JSON of the wrong type


class _Expected(NamedTuple):
    """What the service says on finding an object, an array or a scalar in place of what a member wants."""

    on_object: str
    on_array: str
    on_scalar: str


_OBJECT_FOUND = "Start of structure or map found where not expected"
_ARRAY_FOUND = "Start of list found where not expected"
_SCALAR_FOUND = "Unexpected field type"
_NO_CONVERSION = "{token} cannot be converted to String"
_MAP_TYPE = "java.util.Map<java.lang.String, com.amazonaws.dynamodb.v20120810.AttributeValue>"

TYPE_TAG: Final = "__type"
TYPE_TAG_FOUND: Final = "No assembly name on stack!"
"""What the service says of an attribute with that name: its protocol reads it as the name of a type."""

_VALUE = _Expected(_SCALAR_FOUND, _ARRAY_FOUND, _SCALAR_FOUND)
_TEXT = _Expected(_OBJECT_FOUND, _ARRAY_FOUND, _NO_CONVERSION)
_MEMBER = _Expected(_OBJECT_FOUND, "Unrecognized collection type class java.lang.String", _NO_CONVERSION)
_FLAG = _Expected(_OBJECT_FOUND, _ARRAY_FOUND, "Unexpected token received from parser")
_ARRAY = _Expected(_OBJECT_FOUND, _SCALAR_FOUND, _SCALAR_FOUND)
_OBJECT = _Expected(_SCALAR_FOUND, f"Unrecognized collection type {_MAP_TYPE}", _SCALAR_FOUND)

_TOKENS: Mapping[type, str] = {int: "NUMBER_VALUE", float: "DECIMAL_VALUE", str: "STRING_VALUE"}


def _unexpected(expected: _Expected, found: object) -> ServiceError:
    if found is None:
        return ValidationException(EMPTY)
    if isinstance(found, dict):
        return SerializationException(expected.on_object)
    if isinstance(found, list):
        return SerializationException(expected.on_array)
    token = f"{found}_VALUE".upper() if isinstance(found, bool) else _TOKENS.get(type(found), "VALUE")
    return SerializationException(expected.on_scalar.format(token=token))


def _utf8_size(text: str) -> int:
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        # Half a surrogate pair. A JSON parser refuses it, so it is answered like JSON that does not parse.
        raise SerializationException from None


_NOT_BASE64 = "Invalid Base64 character detected"
_LAST_DIGITS = {1: frozenset("AEIMQUYcgkosw048"), 2: frozenset("AQgw")}
"""By the number of padding characters, the last characters whose unused bits are zero."""


def _decoded(text: str) -> bytes:
    """The bytes of a base64 text, which must be the one standard text for them."""
    if len(text) % 4:
        raise SerializationException(
            f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(text)}"
        )
    padding = text.count("=", -2)
    try:
        raw = a2b_base64(text, strict_mode=True)
    except ValueError:
        raise SerializationException(_NOT_BASE64) from None
    if padding and text[-padding - 1] not in _LAST_DIGITS[padding]:
        if text[-padding - 1] == "=":  # from Python 3.13 on not decoded at all
            raise SerializationException(_NOT_BASE64)
        raise SerializationException("Invalid last non-pad Base64 character dectected")
    return raw


# ------------------------------------------------------------------ the walk


def canonical_item(raw: object) -> tuple[Item, int]:
    """The item, made canonical in place, and its size in bytes (names and values)."""
    if type(raw) is not dict:
        raise _unexpected(_OBJECT, raw)
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
    size = 0
    for name, value in members.items():
        size += len(name) if name.isascii() else _utf8_size(name)
        # Most attributes are plain strings: 0.2 µs each in place of 0.4.
        if type(value) is dict and len(value) == 1:
            text = value.get("S")
            if type(text) is str and text.isascii():
                size += len(text)
                continue
        size += _value(value, depth)
    return size


def _value(value: object, depth: int) -> int:
    """Walk one AttributeValue that stands inside `depth` lists and maps. Returns its size."""
    if type(value) is not dict:
        raise _unexpected(_VALUE, value)
    if len(value) != 1:
        _reduce_to_one(value)
    for type_name, content in value.items():
        walk = _WALKS.get(type_name)
        if walk is None:
            break
        return walk(value, content, depth)
    raise ValidationException(EMPTY)


def _reduce_to_one(value: AttributeValue) -> None:
    for name in [name for name, content in value.items() if content is None or name not in _WALKS]:
        del value[name]
    if len(value) > 1:
        raise ValidationException(SEVERAL_TYPES)


def _string(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not str:
        raise _unexpected(_TEXT, content)
    return len(content) if content.isascii() else _utf8_size(content)


def _number(value: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not str:
        raise _unexpected(_TEXT, content)
    value["N"], size = weighed(content)
    return size


def _binary(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not str:
        raise _unexpected(_TEXT, content)
    return len(_decoded(content))


def _bool(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not bool:
        raise _unexpected(_FLAG, content)
    return FLAG_BYTES


def _null(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not bool:
        raise _unexpected(_FLAG, content)
    if not content:
        raise InvalidRequest(NULL_NOT_TRUE)
    return FLAG_BYTES


def _texts(content: object, when_empty: str) -> list[str]:
    """The members of a set, still as sent."""
    if type(content) is not list:
        raise _unexpected(_ARRAY, content)
    if not content:
        raise InvalidRequest(when_empty)
    for member in content:
        if type(member) is not str:
            raise _unexpected(_MEMBER, member)
    return content


def _string_set(_: AttributeValue, content: object, depth: int) -> int:
    members = _texts(content, EMPTY_STRING_SET)
    size = sum([len(member) if member.isascii() else _utf8_size(member) for member in members])
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
    members = _texts(content, EMPTY_BINARY_SET)
    decoded = {member: _decoded(member) for member in members}
    if len(decoded) != len(members):
        listed = ",".join([f'"{member}"' for member in members])
        raise InvalidRequest(f"{INVALID_VALUES}Input collection [{listed}]of type BS contains duplicates.")
    members.sort(key=decoded.__getitem__)
    return sum(map(len, decoded.values()))


def _list(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not list:
        raise _unexpected(_ARRAY, content)
    if depth >= _CONTAINERS:
        raise NestedTooDeep(TOO_DEEP)
    size = COLLECTION_BYTES + ELEMENT_BYTES * len(content)
    for element in content:
        size += _value(element, depth + 1)
    return size


def _map(_: AttributeValue, content: object, depth: int) -> int:
    if type(content) is not dict:
        raise _unexpected(_OBJECT, content)
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


def check_nesting(item: Item) -> None:
    """Refuse a canonical item that an update has nested too deep. The item decides, so the error is bare."""
    containers = _containers(item.values())
    for _ in range(_CONTAINERS):
        if not containers:
            return
        containers = [inner for value in containers for inner in _containers(_inside(value))]
    if containers:
        raise ValidationException(TOO_DEEP)


def check_name(name: str) -> None:
    """Refuse the name of an attribute that is too long."""
    if len(name) >= ATTRIBUTE_NAME_BYTES or (not name.isascii() and _utf8_size(name) >= ATTRIBUTE_NAME_BYTES):
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


def check_wire(raw: object) -> None:
    """Raise SerializationException if anything in an AttributeValue, however deep, has a wrong JSON type."""
    pending = [raw]
    while pending:
        value = pending.pop()
        if value is None:
            continue
        if type(value) is not dict:
            raise _unexpected(_VALUE, value)
        for name, content in value.items():
            if content is not None and name in _WIRE:
                pending.extend(_WIRE[name](content))


def _wire_text(content: object, expected: _Expected = _TEXT) -> tuple[()]:
    if type(content) is not str:
        raise _unexpected(expected, content)
    _utf8_size(content)
    return ()


def _wire_binary(content: object, expected: _Expected = _TEXT) -> tuple[()]:
    if type(content) is not str:
        raise _unexpected(expected, content)
    _decoded(content)
    return ()


def _wire_flag(content: object) -> tuple[()]:
    if type(content) is not bool:
        raise _unexpected(_FLAG, content)
    return ()


def _wire_set(content: object) -> tuple[()]:
    for member in _wire_list(content):
        if member is not None:
            _wire_text(member, _MEMBER)
    return ()


def _wire_binary_set(content: object) -> tuple[()]:
    for member in _wire_list(content):
        if member is not None:
            _wire_binary(member, _MEMBER)
    return ()


def _wire_list(content: object) -> list[object]:
    if type(content) is not list:
        raise _unexpected(_ARRAY, content)
    return content


def _wire_map(content: object) -> Iterable[object]:
    if type(content) is not dict:
        raise _unexpected(_OBJECT, content)
    if TYPE_TAG in content:
        raise SerializationException(TYPE_TAG_FOUND)
    for name in content:
        _utf8_size(name)
    return content.values()


_WIRE: Mapping[str, Callable[[object], Iterable[object]]] = {
    "S": _wire_text,
    "N": _wire_text,
    "B": _wire_binary,
    "BOOL": _wire_flag,
    "NULL": _wire_flag,
    "SS": _wire_set,
    "NS": _wire_set,
    "BS": _wire_binary_set,
    "L": _wire_list,
    "M": _wire_map,
}
