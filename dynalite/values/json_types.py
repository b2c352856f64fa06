"""JSON that cannot be read as what a member wants: a number where text is due, text that is no base64.

The service deserialises a whole request before it validates any of it, so such a mistake comes before all
others. The walk of a value (`values.attribute`) meets it on its way; whoever has met another error first asks
`check_wire` about everything else, which cannot exhaust the stack, for it keeps one of its own.
"""

import re
from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from dynalite.errors import (
    INVALID_VALUES,
    InvalidRequest,
    SerializationException,
    ServiceError,
    ValidationException,
)

EMPTY: Final = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"


class Expected(NamedTuple):
    """What the service says on finding an object, an array or a scalar in place of what a member wants; and
    of a string, or of nothing, where it says something else of that.
    """

    on_object: str
    on_array: str
    on_scalar: str
    on_string: str | None = None
    on_null: str | None = None


OBJECT_FOUND: Final = "Start of structure or map found where not expected"
ARRAY_FOUND: Final = "Start of list found where not expected"
SCALAR_FOUND: Final = "Unexpected field type"
ELEMENT_FOUND: Final = "Unexpected value type in payload"
"""Said of a scalar in place of a structure that is an element of a list or map."""
TEXT_FOR_FLAG: Final = "Unexpected token received from parser"

_NO_STRING = "{token} cannot be converted to String"
_NO_BYTES = "only base-64-encoded strings are convertible to bytes"
_UNRECOGNIZED = "Unrecognized collection type "
_VALUE_TYPE = "com.amazonaws.dynamodb.v20120810.AttributeValue"

TYPE_TAG: Final = "__type"
TYPE_TAG_FOUND: Final = "No assembly name on stack!"
"""What the service says of an attribute with that name: its protocol reads it as the name of a type."""

VALUE = Expected(SCALAR_FOUND, f"{_UNRECOGNIZED}class {_VALUE_TYPE}", ELEMENT_FOUND)
ONLY_VALUE = VALUE._replace(on_scalar=SCALAR_FOUND)
TEXT = Expected(OBJECT_FOUND, ARRAY_FOUND, _NO_STRING)
BYTES = Expected(OBJECT_FOUND, ARRAY_FOUND, _NO_BYTES)
TEXT_ELEMENT = Expected(OBJECT_FOUND, f"{_UNRECOGNIZED}class java.lang.String", _NO_STRING)
STRING_ELEMENT = TEXT_ELEMENT._replace(
    on_null=f"{INVALID_VALUES}An string set may not have a null string as a member"
)
BYTES_ELEMENT = Expected(OBJECT_FOUND, f"{_UNRECOGNIZED}class java.nio.ByteBuffer", _NO_BYTES)
FLAG = Expected(OBJECT_FOUND, ARRAY_FOUND, "{token} cannot be converted to Boolean", TEXT_FOR_FLAG)
ARRAY = Expected(OBJECT_FOUND, SCALAR_FOUND, SCALAR_FOUND)
OBJECT = Expected(
    SCALAR_FOUND, f"{_UNRECOGNIZED}java.util.Map<java.lang.String, {_VALUE_TYPE}>", SCALAR_FOUND
)

_TOKENS: Mapping[type, str] = {int: "NUMBER_VALUE", float: "DECIMAL_VALUE", str: "STRING_VALUE"}


def unexpected(expected: Expected, found: object) -> ServiceError:
    """The error for what was found in place of what was expected."""
    if found is None:
        return ValidationException(EMPTY) if expected.on_null is None else InvalidRequest(expected.on_null)
    if isinstance(found, dict):
        return SerializationException(expected.on_object)
    if isinstance(found, list):
        return SerializationException(expected.on_array)
    if isinstance(found, str) and expected.on_string is not None:
        return SerializationException(expected.on_string)
    token = f"{found}_VALUE".upper() if isinstance(found, bool) else _TOKENS.get(type(found), "VALUE")
    return SerializationException(expected.on_scalar.format(token=token))


def utf8_size(text: str) -> int:
    """The length in bytes. Raises SerializationException for what is no text."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        # Half a surrogate pair. A JSON parser refuses it, so it is answered like JSON that does not parse.
        raise SerializationException from None


_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=]|=(?=[^=])")
_NOT_LAST = "Invalid last non-pad Base64 character dectected"
_LAST_DIGITS = {1: frozenset("AEIMQUYcgkosw048"), 2: frozenset("AQgw")}
"""By the number of padding characters, the last characters whose unused bits are zero."""


def decode_base64(text: str) -> bytes:
    """The bytes of a base64 text. Raises SerializationException unless it is the standard text for them."""
    if len(text) % 4:
        raise SerializationException(
            f"Base64 encoded length is expected a multiple of 4 bytes but found: {len(text)}"
        )
    padding = text.count("=", -2)
    try:
        raw = a2b_base64(text, strict_mode=True)
    except ValueError:
        stray = _NOT_BASE64.search(text)
        said = f"Invalid Base64 character: '{stray[0]}'" if stray else _NOT_LAST
        raise SerializationException(said) from None
    if padding and text[-padding - 1] not in _LAST_DIGITS[padding]:
        raise SerializationException(_NOT_LAST)
    return raw


# ------------------------------------------------------------------ the check by itself


def check_wire(raw: object, expected: Expected = VALUE) -> None:
    """Raise SerializationException if anything in an AttributeValue, however deep, has a wrong JSON type.

    `expected` is ONLY_VALUE where it is no element of a list or map.
    """
    if raw is not None and type(raw) is not dict:
        raise unexpected(expected, raw)
    pending: list[object] = [raw]
    while pending:
        value = pending.pop()
        if value is None:
            continue
        if type(value) is not dict:
            raise unexpected(VALUE, value)
        for name, content in value.items():
            if content is not None and name in _WIRE:
                pending.extend(_WIRE[name](content))


def _wire_text(content: object, expected: Expected = TEXT) -> tuple[()]:
    if type(content) is not str:
        raise unexpected(expected, content)
    utf8_size(content)
    return ()


def _wire_binary(content: object, expected: Expected = BYTES) -> tuple[()]:
    if type(content) is not str:
        raise unexpected(expected, content)
    decode_base64(content)
    return ()


def _wire_flag(content: object) -> tuple[()]:
    if type(content) is not bool:
        raise unexpected(FLAG, content)
    return ()


def _wire_set(content: object) -> tuple[()]:
    for member in _wire_list(content):
        if member is not None:
            _wire_text(member, TEXT_ELEMENT)
    return ()


def _wire_binary_set(content: object) -> tuple[()]:
    for member in _wire_list(content):
        if member is not None:
            _wire_binary(member, BYTES_ELEMENT)
    return ()


def _wire_list(content: object) -> list[object]:
    if type(content) is not list:
        raise unexpected(ARRAY, content)
    return content


def _wire_map(content: object) -> Iterable[object]:
    if type(content) is not dict:
        raise unexpected(OBJECT, content)
    if TYPE_TAG in content:
        raise SerializationException(TYPE_TAG_FOUND)
    for name in content:
        utf8_size(name)
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
