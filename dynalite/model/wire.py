"""What is wrong with a request as JSON, before anybody asks what it means.

The service reads a whole request into its types before it judges any of it. So a member of the wrong JSON
type, however deep and however late, is answered before the first broken constraint, and whoever has found
another error asks `check_wire` first. The walker does so by itself; the facade does so for errors that come
from further down.

A member that is null is a member that is not there. A null among the values of a map or a list cannot be
left out like that: an AttributeValue there becomes the empty one, which the operation will refuse in its
own words, and anything else stays for the walker to report.
"""

from collections.abc import Mapping

from dynalite.errors import SerializationException
from dynalite.model.shape import (
    Attribute,
    Boolean,
    Expression,
    ListOf,
    MapOf,
    NameOrArn,
    Real,
    Shape,
    String,
    Structure,
    Whole,
    is_text,
)
from dynalite.values import json_types
from dynalite.values.json_types import ARRAY_FOUND, ELEMENT_FOUND, OBJECT_FOUND, SCALAR_FOUND, TEXT_FOR_FLAG
from dynalite.values.types import Parsed

_TOKENS: Mapping[object, str] = {
    str: "STRING_VALUE",
    int: "NUMBER_VALUE",
    float: "DECIMAL_VALUE",
    True: "TRUE_VALUE",
    False: "FALSE_VALUE",
}

# ------------------------------------------------------------------ nulls


def drop_nulls(shape: Shape, value: object) -> None:
    """Remove members that are null, in place. Wrong types are left alone for `check_wire` to find."""
    if isinstance(shape, Structure) and isinstance(value, dict):
        for name in [name for name, given in value.items() if given is None and name in shape.members]:
            del value[name]
        for name, given in value.items():
            if name in shape.members:
                drop_nulls(shape.members[name].shape, given)
    elif isinstance(shape, ListOf) and isinstance(value, list):
        value[:] = [_without_nulls(shape.element, element) for element in value]
    elif isinstance(shape, MapOf) and isinstance(value, dict):
        for key, entry in value.items():
            value[key] = _without_nulls(shape.value, entry)


def _without_nulls(shape: Shape, entry: object) -> object:
    if entry is None and isinstance(shape, Attribute):
        return {}
    drop_nulls(shape, entry)
    return entry


# ------------------------------------------------------------------ JSON types


def check_wire(shape: Structure, request: object) -> None:
    """Raise SerializationException if anything in a request has a wrong JSON type."""
    if not isinstance(request, dict):
        raise SerializationException
    _check(shape, request)


def _check(shape: Shape, value: object, *, inside_collection: bool = False) -> None:
    if value is None:
        return
    match shape:
        case Attribute():
            json_types.check_wire(value, json_types.VALUE if inside_collection else json_types.ONLY_VALUE)
        case Structure():
            for name, given in _object(shape, value, inside_collection).items():
                if name in shape.members:
                    _check(shape.members[name].shape, given)
        case MapOf():
            entries = _object(shape, value, inside_collection)
            if isinstance(shape.value, Attribute) and json_types.TYPE_TAG in entries:
                raise SerializationException(json_types.TYPE_TAG_FOUND)
            for key, entry in entries.items():
                _check(shape.key, key)
                _check(shape.value, entry, inside_collection=True)
        case ListOf():
            for element in _array(value):
                _check(shape.element, element, inside_collection=True)
        case _:
            if type(value) is list and inside_collection:
                raise SerializationException(_unrecognized(shape))
            _check_scalar(shape, value)


def _object(shape: Structure | MapOf, value: object, inside_collection: bool) -> dict[str, object]:
    if type(value) is dict:
        return value
    if type(value) is list:
        raise SerializationException(_unrecognized(shape))
    is_element = inside_collection and isinstance(shape, Structure)
    raise SerializationException(ELEMENT_FOUND if is_element else SCALAR_FOUND)


def _array(value: object) -> list[object]:
    if type(value) is list:
        return value
    raise SerializationException(OBJECT_FOUND if type(value) is dict else SCALAR_FOUND)


def _check_scalar(shape: String | NameOrArn | Whole | Real | Boolean, value: object) -> None:
    if type(value) is dict:
        raise SerializationException(OBJECT_FOUND)
    if type(value) is list:
        raise SerializationException(ARRAY_FOUND)
    match shape:
        case Expression() if type(value) is Parsed:
            fits = True
        case String() | NameOrArn():
            fits = type(value) is str
            if type(value) is str and not is_text(value):
                raise SerializationException  # no JSON text can say this
        case Whole():
            fits = type(value) is int and shape.lowest <= value <= shape.highest
        case Real():
            fits = type(value) in (int, float)
        case Boolean():
            fits = type(value) is bool
            if type(value) is str:
                raise SerializationException(TEXT_FOR_FLAG)
    if not fits:
        token = _TOKENS.get(value if type(value) is bool else type(value))
        text = f"{token} cannot be converted to {_simple_name(shape)}" if token else SCALAR_FOUND
        raise SerializationException(text)


# ------------------------------------------------------------------ the service's names of types


def _simple_name(shape: String | NameOrArn | Whole | Real | Boolean) -> str:
    match shape:
        case Whole() | Real():
            return shape.java
        case Boolean():
            return "Boolean"
        case _:
            return "String"


def _unrecognized(shape: Shape) -> str:
    name = _java_type(shape)
    return f"Unrecognized collection type {name if '<' in name else 'class ' + name}"


def _java_type(shape: Shape) -> str:
    match shape:
        case Attribute():
            return "com.amazonaws.dynamodb.v20120810.AttributeValue"
        case Structure():
            return f"com.amazonaws.dynamodb.v20120810.{shape.name}"
        case MapOf():
            return f"java.util.Map<java.lang.String, {_java_type(shape.value)}>"
        case ListOf():
            return f"java.util.List<{_java_type(shape.element)}>"
        case _:
            return f"java.lang.{_simple_name(shape)}"
