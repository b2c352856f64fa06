"""Items in Amazon Ion, as exports write them and imports read them.

Ion has types for what DynamoDB has, but for sets: they are lists with an annotation, `$dynamodb_SS`,
`$dynamodb_NS` or `$dynamodb_BS`. Numbers are decimals, binaries are blobs. The library (amazon.ion, an
optional extra) is imported when it is first needed.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import IO, Any

from dynalite.errors import ValidationException
from dynalite.values.types import AttributeValue, Item, Request

_SETS = {"$dynamodb_SS": "SS", "$dynamodb_NS": "NS", "$dynamodb_BS": "BS"}
_ANNOTATIONS = {type_: annotation for annotation, type_ in _SETS.items()}


class NotAnItem(Exception):
    """The Ion value is not `{Item: {…}}`, or holds what no attribute can."""


def require() -> None:
    """Refuse what needs the library when it is not there."""
    _ion()


def write(item: Item) -> bytes:
    """One line of a full export."""
    return _line({"Item": _struct(item)})


def write_change(images: Mapping[str, Item], micros: int) -> bytes:
    """One line of an incremental export: an item's key and images, by the names of their members."""
    metadata = {"WriteTimestampMicros": Decimal(micros)}
    return _line({"Record": {"Metadata": metadata} | {name: _struct(item) for name, item in images.items()}})


def _line(value: Mapping[str, object]) -> bytes:
    text: str = _ion().dumps(value, binary=False)
    return text.encode() + b"\n"


def _struct(item: Item) -> Mapping[str, object]:
    return {name: _to_ion(value) for name, value in item.items()}


def read(file: IO[bytes]) -> Iterator[object]:
    """The values of a stream of Ion, text or binary, one after the other."""
    values: Iterator[object] = _ion().load(file, single_value=False, parse_eagerly=False)
    return values


def entry(value: object) -> Request:
    """What a value asks for: its item, and what stands beside it, as a line of JSON would have it. Raises
    `NotAnItem`.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("Item"), Mapping):
        raise NotAnItem("the value has no struct named Item")
    return {str(name): _MEMBERS.get(name, _plain)(member) for name, member in value.items()}


def _item(found: Mapping[str, object]) -> Item:
    return {str(name): _from_ion(attribute) for name, attribute in found.items()}


def _plain(value: object) -> object:
    """Text, and maps of text. What else there is comes out as something that no member can be."""
    if isinstance(value, Mapping):
        return {str(name): _plain(member) for name, member in value.items()}
    return str(value) if isinstance(value, str) else value


_MEMBERS: Mapping[str, Callable[[Any], object]] = {"Item": _item, "ExpressionAttributeValues": _item}


# ------------------------------------------------------------------ to Ion


def _to_ion(value: AttributeValue) -> object:
    ((type_, payload),) = value.items()
    return _WRITERS[type_](payload)


def _set(type_: str) -> Callable[[list[str]], object]:
    def convert(members: list[str]) -> object:
        from amazon.ion.core import IonType
        from amazon.ion.simple_types import IonPyList

        converted = [_WRITERS[type_[0]](member) for member in members]
        return IonPyList.from_value(IonType.LIST, converted, annotations=(_ANNOTATIONS[type_],))

    return convert


_WRITERS: Mapping[str, Callable[[Any], object]] = {
    "S": lambda text: text,
    "N": lambda text: Decimal(text),
    "B": lambda text: b64decode(text),
    "BOOL": lambda value: value,
    "NULL": lambda _: None,
    "L": lambda members: [_to_ion(member) for member in members],
    "M": lambda members: {name: _to_ion(member) for name, member in members.items()},
    "SS": _set("SS"),
    "NS": _set("NS"),
    "BS": _set("BS"),
}


# ------------------------------------------------------------------ from Ion


def _from_ion(value: Any) -> AttributeValue:
    annotations = [str(getattr(one, "text", one)) for one in getattr(value, "ion_annotations", ())]
    for annotation in annotations:
        if annotation in _SETS:
            type_ = _SETS[annotation]
            return {type_: [_from_ion(member)[type_[0]] for member in value]}
    kind = _kind(value)
    if kind == "NULL":
        return {"NULL": True}
    if kind == "M":
        return {"M": {str(name): _from_ion(member) for name, member in value.items()}}
    if kind == "L":
        return {"L": [_from_ion(member) for member in value]}
    return {kind: _SCALARS[kind](value)}


_SCALARS: Mapping[str, Callable[[Any], object]] = {
    "BOOL": bool,
    "N": lambda value: str(Decimal(value)),
    "B": lambda value: b64encode(bytes(value)).decode(),
    "S": str,
}


def _kind(value: object) -> str:
    ion_type = getattr(value, "ion_type", None)
    if value is None or type(value).__name__ == "IonPyNull":
        return "NULL"
    if ion_type is not None and ion_type.name == "BOOL":
        return "BOOL"
    for type_, kind in _KINDS:
        if isinstance(value, type_):
            return kind
    raise NotAnItem(f"no attribute can hold a value of Ion type {getattr(ion_type, 'name', type(value))}")


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "BOOL"),
    ((int, Decimal), "N"),
    ((bytes, bytearray), "B"),
    (str, "S"),
    (Mapping, "M"),
    (list, "L"),
)


def _ion() -> Any:
    try:
        from amazon.ion import simpleion
    except ImportError as error:
        raise ValidationException(
            "This server cannot read or write Ion: install it with its extra, dynalite[ion]"
        ) from error
    return simpleion
