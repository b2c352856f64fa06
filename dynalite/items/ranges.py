"""Which storage keys a Query or Scan walks: key conditions and segments become byte ranges.

Rows of one partition share a prefix and follow each other in sort key order, so every condition that the key
schema allows is one contiguous range. Encoded sort keys are prefix-free: the range of "equal to x" is the
range of keys that begin with x's encoding.
"""

from collections.abc import Callable
from typing import Any

from dynalite.catalog.schema import Index, KeySchema, Table
from dynalite.expressions.keycondition import KeyCondition
from dynalite.items.key import Hash
from dynalite.items.page import Range
from dynalite.storage import keyspace
from dynalite.storage.keyspace import after
from dynalite.values.order import encode, encode_prefix
from dynalite.values.types import AttributeValue

_SEGMENT_BITS = 64


def prefix(table: Table, index: Index | None) -> bytes:
    """What all rows of the table, or of one of its indexes, begin with."""
    return table.items_prefix if index is None else keyspace.index_rows(table.id, index.id)


def partition(rows: bytes, keys: KeySchema, condition: KeyCondition, hash: Hash) -> bytes:
    """The prefix of the partition that a key condition names."""
    return rows + hash(b"".join(map(_encode, condition.partition)))


def query(partition_prefix: bytes, condition: KeyCondition, *, reverse: bool) -> Range:
    """The rows of a partition that satisfy a key condition."""
    base = partition_prefix + b"".join(map(_encode, condition.sort_equals))
    if condition.operator is None:
        return Range(base, after(base), reverse)
    start, stop = _BOUNDS[condition.operator](base, condition.operands)
    return Range(start, stop, reverse)


def _typed(value: AttributeValue) -> tuple[Any, str]:
    """The type, which a resolved key condition knows to be a key's, and the payload."""
    ((type_, payload),) = value.items()
    return type_, payload


def _encode(value: AttributeValue) -> bytes:
    return encode(*_typed(value))


def _begins_with(base: bytes, operands: tuple[AttributeValue, ...]) -> tuple[bytes, bytes]:
    start = base + encode_prefix(*_typed(operands[0]))
    return start, after(start)


_BOUNDS: dict[str, Callable[[bytes, tuple[AttributeValue, ...]], tuple[bytes, bytes]]] = {
    "=": lambda base, x: (base + _encode(x[0]), after(base + _encode(x[0]))),
    "<": lambda base, x: (base, base + _encode(x[0])),
    "<=": lambda base, x: (base, after(base + _encode(x[0]))),
    ">": lambda base, x: (after(base + _encode(x[0])), after(base)),
    ">=": lambda base, x: (base + _encode(x[0]), after(base)),
    "BETWEEN": lambda base, x: (base + _encode(x[0]), after(base + _encode(x[1]))),
    "begins_with": _begins_with,
}


def segment(rows: bytes, number: int, total: int) -> Range:
    """One of `total` equal shares of the hash range, in which every partition falls into exactly one."""
    start = rows + _share(number, total)
    stop = after(rows) if number + 1 == total else rows + _share(number + 1, total)
    return Range(start, stop)


def _share(number: int, total: int) -> bytes:
    if number == 0:
        return b""
    return (-(-(number << _SEGMENT_BITS) // total)).to_bytes(_SEGMENT_BITS // 8, "big")
