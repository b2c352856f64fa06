"""What values weigh: the bytes that the service counts against limits and capacity.

An item is the sum of its attributes: the UTF-8 length of the name and the weight of the value. Strings and
binary weigh their bytes (binary decoded), numbers as `number.size_bytes`, BOOL and NULL 1, sets the sum of
their members, lists and maps 3 and 1 for each element besides what they hold. Source: the developer guide's
page on item sizes.

Everything here takes canonical values; `attribute.py` weighs values while it makes them canonical.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from dynalite.values.number import size_bytes as number_size
from dynalite.values.types import AttributeValue, Item

COLLECTION_BYTES = 3
ELEMENT_BYTES = 1
FLAG_BYTES = 1


def text_size(text: str) -> int:
    """The length of a string, or of an attribute's name, in UTF-8."""
    return len(text) if text.isascii() else len(text.encode())


def binary_size(base64: str) -> int:
    """The length of what a canonical base64 text encodes."""
    return len(base64) // 4 * 3 - base64.count("=", -2)


def item_size(item: Item) -> int:
    """The size in bytes of a canonical item, names included."""
    size = 0
    for name, value in item.items():
        size += text_size(name) + value_size(value)
    return size


def resized(size_bytes: int, before: Item, after: Item, names: Collection[str]) -> int:
    """The size of `after`, which is as `before` (of so many bytes) but for the attributes of these names."""
    for name in names:
        if name in before:
            size_bytes -= text_size(name) + value_size(before[name])
        if name in after:
            size_bytes += text_size(name) + value_size(after[name])
    return size_bytes


def value_size(value: AttributeValue) -> int:
    """The size in bytes of a canonical AttributeValue."""
    for type, content in value.items():
        return _SIZES[type](content)
    raise ValueError("an AttributeValue without a type")


def _flag(_: bool) -> int:
    return FLAG_BYTES


def _strings(members: list[str]) -> int:
    return sum(map(text_size, members))


def _numbers(members: list[str]) -> int:
    return sum(map(number_size, members))


def _binaries(members: list[str]) -> int:
    return sum(map(binary_size, members))


def _list(elements: list[AttributeValue]) -> int:
    return COLLECTION_BYTES + ELEMENT_BYTES * len(elements) + sum(map(value_size, elements))


def _map(members: Item) -> int:
    return COLLECTION_BYTES + ELEMENT_BYTES * len(members) + item_size(members)


_SIZES: Mapping[str, Callable[[Any], int]] = {
    "S": text_size,
    "N": number_size,
    "B": binary_size,
    "BOOL": _flag,
    "NULL": _flag,
    "SS": _strings,
    "NS": _numbers,
    "BS": _binaries,
    "L": _list,
    "M": _map,
}
