"""JSON that cannot be read as what a member wants: a number where text is due, text that is no base64.

The service deserialises a whole request before it validates any of it, so such a mistake comes before all
others. The walk of a value (`values.attribute`) meets it on its way; whoever has met another error first asks
`check_wire` about everything else, which cannot exhaust the stack, for it keeps one of its own.
"""

from binascii import a2b_base64
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from dynalite.errors import SerializationException, ServiceError, ValidationException

EMPTY: Final = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"


class Expected(NamedTuple):
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

VALUE = Expected(_SCALAR_FOUND, _ARRAY_FOUND, _SCALAR_FOUND)
TEXT = Expected(_OBJECT_FOUND, _ARRAY_FOUND, _NO_CONVERSION)
MEMBER = Expected(_OBJECT_FOUND, "Unrecognized collection type class java.lang.String", _NO_CONVERSION)
FLAG = Expected(_OBJECT_FOUND, _ARRAY_FOUND, "Unexpected token received from parser")
ARRAY = Expected(_OBJECT_FOUND, _SCALAR_FOUND, _SCALAR_FOUND)
OBJECT = Expected(_SCALAR_FOUND, f"Unrecognized collection type {_MAP_TYPE}", _SCALAR_FOUND)

_TOKENS: Mapping[type, str] = {int: "NUMBER_VALUE", float: "DECIMAL_VALUE", str: "STRING_VALUE"}


def unexpected(expected: Expected, found: object) -> ServiceError:
    """The error for what was found in place of what was expected."""
    if found is None:
        return ValidationException(EMPTY)
    if isinstance(found, dict):
        return SerializationException(expected.on_object)
    if isinstance(found, list):
        return SerializationException(expected.on_array)
    token = f"{found}_VALUE".upper() if isinstance(found, bool) else _TOKENS.get(type(found), "VALUE")
    return SerializationException(expected.on_scalar.format(token=token))


def utf8_size(text: str) -> int:
    """The length in bytes. Raises SerializationException for what is no text."""
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        # Half a surrogate pair. A JSON parser refuses it, so it is answered like JSON that does not parse.
        raise SerializationException from None


_NOT_BASE64 = "Invalid Base64 character detected"
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
        raise SerializationException(_NOT_BASE64) from None
    if padding and text[-padding - 1] not in _LAST_DIGITS[padding]:
        if text[-padding - 1] == "=":  # from Python 3.13 on not decoded at all
            raise SerializationException(_NOT_BASE64)
        raise SerializationException("Invalid last non-pad Base64 character dectected")
    return raw


# ------------------------------------------------------------------ the check by itself


def check_wire(raw: object) -> None:
    """Raise SerializationException if anything in an AttributeValue, however deep, has a wrong JSON type."""
    pending = [raw]
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


def _wire_binary(content: object, expected: Expected = TEXT) -> tuple[()]:
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
            _wire_text(member, MEMBER)
    return ()


def _wire_binary_set(content: object) -> tuple[()]:
    for member in _wire_list(content):
        if member is not None:
            _wire_binary(member, MEMBER)
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
