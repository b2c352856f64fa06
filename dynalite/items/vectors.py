"""Items as vector indexes see them: what may be written, what of it an index holds, and what that weighs.

An index holds the items that have a vector in order and, where the index is partitioned, the attribute that
partitions it. An attribute that is missing only keeps an item out; one that is there must be right, or the
write is refused. The numbers of a vector become 32-bit floats on their way into the index; the item keeps
them as they were written.

The sentences are those of us-east-1. Elsewhere the service opens them differently.
"""

import struct
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from dynalite import limits
from dynalite.catalog.schema import SearchAttribute, Table, VectorIndex
from dynalite.errors import INVALID_VALUES
from dynalite.items.key import KeyMismatch, empty_index_key, type_of
from dynalite.items.record import Record
from dynalite.values.size import item_size, value_size
from dynalite.values.types import AttributeValue, Item

Vector: TypeAlias = tuple[float, ...]

_INVALID = "One or more parameter values were invalid."
_COMPONENT_BYTES = 4
_NOTHING: Mapping[str, float] = {}


# ------------------------------------------------------------------ what may be written


def check(table: Table, after: Item, before: Item | None = None) -> None:
    """Refuse an item that a vector index could not read. An update from `before` answers for its changes."""
    for index in table.live_vectors:
        vector = after.get(index.attribute)
        if vector is not None and (before is None or before.get(index.attribute) != vector):
            _check_vector(index, vector)
        for attribute in index.search:
            value = after.get(attribute.name)
            if value is not None and (before is None or before.get(attribute.name) != value):
                _check_searched(index, attribute, value)


def _check_vector(index: VectorIndex, value: AttributeValue) -> None:
    name = index.attribute
    elements = value.get("L")
    if elements is None:
        _refuse(index, f"Invalid type for parameter {name}, Expected: L, Actual: {type_of(value)}.")
    if len(elements) != index.dimensions:
        _refuse(
            index,
            f"Invalid size for parameter {name}, Expected: {index.dimensions}, Actual: {len(elements)}.",
        )
    for place, element in enumerate(elements):
        if "N" not in element:
            _refuse(
                index,
                f"Invalid type for parameter {name}[{place}], Expected: 32-bit floating point number,"
                f" Actual: {type_of(element)}.",
            )
        try:
            single([element["N"]])
        except OverflowError:
            _refuse(
                index,
                f"Invalid value for parameter {name}[{place}], Value: {_scientific(element['N'])} is outside"
                " valid range [-3.4028235E38, 3.4028235E38].",
            )


def _refuse(index: VectorIndex, complaint: str) -> NoReturn:
    raise KeyMismatch(f"{_INVALID} {complaint} IndexName: {index.name}")


def _scientific(number: str) -> str:
    """A large number as Java prints a double: its shortest digits, one of them before the point."""
    digits, _, exponent = repr(float(number)).partition("e+")
    return f"{digits}{'' if '.' in digits else '.0'}E{exponent}"


def _check_searched(index: VectorIndex, attribute: SearchAttribute, value: AttributeValue) -> None:
    if attribute.type not in value:
        raise KeyMismatch(
            f"{_INVALID} Attribute '{attribute.name}' type mismatch. Expected: {attribute.type}, Actual:"
            f" {type_of(value)}. IndexName: {index.name}"
        )
    size_bytes = value_size(value)
    if not attribute.partitions:
        if size_bytes > limits.INLINE_FILTER_BYTES:
            raise KeyMismatch(
                f"{INVALID_VALUES}Size limit exceeded for SearchSchema attribute '{attribute.name}': maximum"
                f" {limits.INLINE_FILTER_BYTES} bytes"
            )
        return
    if not value[attribute.type]:
        raise empty_index_key(attribute.type, index.name, attribute.name)
    if size_bytes > limits.PARTITION_KEY_BYTES:
        raise KeyMismatch(
            f"{INVALID_VALUES}Aggregate size for HASH key attributes exceeds the maximum of"
            f" {limits.PARTITION_KEY_BYTES} bytes"
        )


# ------------------------------------------------------------------ what an index holds


def single(numbers: Sequence[str]) -> Vector:
    """Numbers as 32-bit floats. Raises OverflowError for one that none can hold."""
    form = f"<{len(numbers)}f"  # in native order it would not mind what is too large
    return struct.unpack(form, struct.pack(form, *map(float, numbers)))


def vector_of(index: VectorIndex, item: Item) -> Vector | None:
    """The vector by which an index holds the item; None when it does not."""
    partition = index.partition
    if partition is not None and not item.get(partition.name, {}).get(partition.type):
        return None
    elements = item.get(index.attribute, {}).get("L")
    if elements is None or len(elements) != index.dimensions:
        return None
    try:
        return single([element["N"] for element in elements])
    except (KeyError, OverflowError):  # written before there was the index
        return None


def carried(index: VectorIndex, item: Item) -> Item:
    """What the index carries of an item it holds, but for the vector."""
    names = item.keys() if index.projected is None else item.keys() & index.projected
    return {name: value for name, value in item.items() if name in names and name != index.attribute}


def entry_bytes(index: VectorIndex, item: Item) -> int:
    """What the item weighs in the index."""
    return _COMPONENT_BYTES * index.dimensions + item_size(carried(index, item))


# ------------------------------------------------------------------ what a write of it costs


def written_bytes(table: Table, before: Record | None, after: Record | None) -> Mapping[str, float]:
    """The request bytes that a change costs each vector index that it touches, by the index's name.

    As measured: the larger of both entries, at least a kilobyte; twice if it moves to another partition;
    nothing where what the index carries stays the same.
    """
    spent = {}
    for index in table.live_vectors:
        cost = _cost(index, before.item if before else {}, after.item if after else {})
        if cost:
            spent[index.name] = float(cost)
    return spent or _NOTHING


def _cost(index: VectorIndex, before: Item, after: Item) -> int:
    held = [(item, vector) for item in (before, after) if (vector := vector_of(index, item)) is not None]
    if not held:
        return 0
    partition = index.partition
    moved = 1
    if len(held) == len((before, after)):
        (left, left_vector), (entered, entered_vector) = held
        if left_vector == entered_vector and carried(index, left) == carried(index, entered):
            return 0
        moved = 2 if partition is not None and left[partition.name] != entered[partition.name] else 1
    larger = max(entry_bytes(index, item) for item, _ in held)
    return moved * max(larger, limits.VECTOR_REQUEST_BYTES)
