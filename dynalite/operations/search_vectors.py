"""SearchVectors: the items whose vectors are nearest to one, by one of three measures.

A search walks the whole table and keeps the best, so it finds the true neighbours where the service's index
finds them approximately, and its cost grows with the table: right for developing and testing against, and for
tables of thousands. It gives way to other requests between slices of a page, like any read that decodes.

COSINE and EUCLIDEAN are distances, the smaller the nearer; DOT_PRODUCT is the greater the nearer. All is
computed in double precision from 32-bit components, and ends within the range of a 32-bit float. What is
equally near comes in storage order.
"""

import math
import struct
from collections.abc import Callable, Mapping
from heapq import heappush, heappushpop
from operator import mul
from typing import TypeAlias

from dynalite import limits
from dynalite.catalog.schema import DistanceFunction, SearchAttribute, Table, VectorIndex
from dynalite.errors import ValidationException
from dynalite.expressions import prepare
from dynalite.expressions import projection as projections
from dynalite.expressions.condition import Condition
from dynalite.expressions.prepare import Prepared
from dynalite.expressions.rules import Values
from dynalite.expressions.tree import Node, Path, Placeholder
from dynalite.expressions.tree import Operation as Operator
from dynalite.items import key as keys
from dynalite.items import vectors
from dynalite.items.page import Range, read_page
from dynalite.items.vectors import Vector
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.storage import keyspace
from dynalite.values.attribute import canonical_value
from dynalite.values.number import canonical as canonical_number
from dynalite.values.types import Answer, AttributeValue, Item, Request

Equality: TypeAlias = tuple[tuple[str | int, ...], AttributeValue]

_GREATEST: float = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]  # of the 32-bit floats
_LEAST_DIGITS, _MOST_DIGITS = 1, 9  # of a decimal that tells any two of them apart
_CONDITION = "Invalid SearchConditionExpression: "
_NOT_EQUALITY = f"{_CONDITION}Invalid comparator used in SearchConditionExpression"
_NESTED = f"{_CONDITION}SearchConditionExpression cannot have conditions on nested attributes"
_TWICE = f"{_CONDITION}SearchConditionExpression must only contain one condition per attribute"
_NEEDS_PARTITION = "SearchConditionExpression must be provided when SearchSchema has a HASH key"
_NO_VECTOR = (
    "Search vector contains invalid values. All values in the search vector must be a 32-bit floating-point"
    " number attribute"
)


async def search_vectors(context: Context, request: Request) -> Answer:
    if request["TopK"] > limits.SEARCH_RESULTS:
        raise ValidationException(
            f"Provided TopK value '{request['TopK']}' is out of valid range. The value must be between 1 and"
            f" {limits.SEARCH_RESULTS} inclusive"
        )
    prepared = prepare.search(request)
    equalities = _equalities(prepared.condition)
    elements = [canonical_value(raw)[0] for raw in request["SearchVector"]]
    table = context.catalog.get(context.region, request["TableName"])
    index = _index(table, request["IndexName"])
    wanted = _wanted(index, elements)
    _check_equalities(index, equalities)
    conditions = {str(steps[0]): value for steps, value in equalities}
    nearest = _Nearest(index, wanted, conditions, request["TopK"])
    await _walk(context, table, nearest)
    answer: Answer = {
        "SearchResults": [
            {"Item": _shown(index, item, prepared), "Score": score} for score, item in nearest.ranked()
        ]
    }
    if request.get("ReturnConsumedCapacity", "NONE") != "NONE":
        spent = max(nearest.scanned_bytes, limits.VECTOR_REQUEST_BYTES)
        answer["ConsumedCapacity"] = {"VectorSearchRequestBytes": float(spent)}
    return answer


def _index(table: Table, name: str) -> VectorIndex:
    index = table.vector_index(name)
    if index is None or index.status == "DELETING" or index.backfilling is False:
        raise ValidationException(f"The table does not have the specified index: {name}")
    if index.status == "CREATING":
        raise ValidationException(f"Cannot search backfilling vector index: {name}")
    return index


def _wanted(index: VectorIndex, elements: list[AttributeValue]) -> Vector:
    """The vector that is searched for."""
    try:
        vector = vectors.single([element["N"] for element in elements])
    except (KeyError, OverflowError):
        raise ValidationException(_NO_VECTOR) from None
    if len(vector) != index.dimensions:
        raise ValidationException(
            f"Input search vector dimension {len(vector)} does not match vector index dimension"
            f" {index.dimensions}"
        )
    return vector


# ------------------------------------------------------------------ the condition


def _equalities(condition: Condition | None) -> list[Equality]:
    """What a condition says: nothing but paths that equal values, joined by AND."""
    return [] if condition is None else list(_equal(condition.rule.tree, condition.values))


def _equal(node: Node, values: Values) -> list[Equality]:
    if isinstance(node, Operator) and node.operator == "AND":
        return [equality for operand in node.operands for equality in _equal(operand, values)]
    if isinstance(node, Operator) and node.operator == "=":
        for path, value in (node.operands, node.operands[::-1]):
            if isinstance(path, Path) and isinstance(value, Placeholder):
                return [(path.steps, values[value.name])]
    raise ValidationException(_NOT_EQUALITY)


def _check_equalities(index: VectorIndex, equalities: list[Equality]) -> None:
    """Hold a condition against the search schema."""
    known = {attribute.name: attribute for attribute in index.search}
    names = [str(steps[0]) for steps, _ in equalities]
    for name in names:
        if name not in known:
            raise ValidationException(
                "SearchConditionExpression must not contain any attributes that is not in SearchSchema."
                f" Invalid attribute: {name}"
            )
    if any(len(steps) > 1 for steps, _ in equalities):
        raise ValidationException(_NESTED)
    if len(set(names)) < len(names):
        raise ValidationException(_TWICE)
    if index.partition is not None and index.partition.name not in names:
        raise ValidationException(_NEEDS_PARTITION)
    for name, (_, value) in zip(names, equalities, strict=True):
        _check_type(known[name], value)


def _check_type(attribute: SearchAttribute, value: AttributeValue) -> None:
    if attribute.type not in value:
        raise ValidationException(
            f"Type of '{attribute.name}' attribute in SearchConditionExpression ({keys.type_of(value)}) does"
            f" not match type in search schema ({attribute.type})"
        )
    if attribute.partitions and not value[attribute.type]:
        raise keys.empty_key(attribute.type, attribute.name)


# ------------------------------------------------------------------ the search


class _Nearest:
    """The `count` items that are nearest so far, and what was looked at for it."""

    def __init__(
        self, index: VectorIndex, wanted: Vector, conditions: Mapping[str, AttributeValue], count: int
    ):
        self.scanned_bytes = 0
        self._index = index
        self._wanted = wanted
        self._conditions = conditions.items()
        self._count = count
        self._score = _SCORES[index.distance]
        self._sign = -1.0 if index.distance == "DOT_PRODUCT" else 1.0
        self._met = 0
        self._heap: list[tuple[float, int, float, Item]] = []

    def consider(self, item: Item) -> bool:
        """Look at an item. Always False: it need not be kept by anyone else."""
        vector = vectors.vector_of(self._index, item)
        if vector is None or any(item.get(name) != value for name, value in self._conditions):
            return False
        self.scanned_bytes += vectors.entry_bytes(self._index, item)
        score = _within_range(self._score(self._wanted, vector))
        self._met += 1
        ranked = (-self._sign * score, -self._met, score, item)  # the heap's first is the worst of them
        if len(self._heap) < self._count:
            heappush(self._heap, ranked)
        else:
            heappushpop(self._heap, ranked)
        return False

    def ranked(self) -> list[tuple[float, Item]]:
        """Scores and items, the nearest first."""
        best_first = sorted(self._heap, key=lambda ranked: ranked[:2], reverse=True)
        return [(score, item) for *_, score, item in best_first]


async def _walk(context: Context, table: Table, nearest: _Nearest) -> None:
    """Show every item of the table to the search."""
    rest = Range(table.items_prefix, keyspace.after(table.items_prefix))
    while True:
        page = await read_page(context.engine, rest, keep=nearest.consider)
        if page.last is None:
            return
        rest = rest.beyond(keys.storage_key(table, page.last.item, context.hash))


def _dot(wanted: Vector, vector: Vector) -> float:
    return math.fsum(map(mul, wanted, vector))


def _cosine(wanted: Vector, vector: Vector) -> float:
    """1 minus the cosine: 0 of one direction, 2 of opposite ones. A vector of no length is at 1."""
    lengths = math.hypot(*wanted) * math.hypot(*vector)
    if lengths == 0:
        return 1.0
    if wanted == vector:
        return 0.0
    return min(max(1.0 - _dot(wanted, vector) / lengths, 0.0), 2.0)


_SCORES: Mapping[DistanceFunction, Callable[[Vector, Vector], float]] = {
    "COSINE": _cosine,
    "EUCLIDEAN": math.dist,
    "DOT_PRODUCT": _dot,
}


def _within_range(score: float) -> float:
    return min(max(score, -_GREATEST), _GREATEST) + 0.0  # and -0.0 becomes 0.0


# ------------------------------------------------------------------ what is shown of an item


def _shown(index: VectorIndex, item: Item, prepared: Prepared) -> Item:
    """What the index carries, or the part of it that is asked for. The vector must be named to be shown."""
    shown = vectors.carried(index, item)
    if prepared.projection is None:
        return shown
    if index.attribute in projections.top_level_names(prepared.projection):
        vector = vectors.vector_of(index, item) or ()
        shown[index.attribute] = {"L": [{"N": _shortest(component)} for component in vector]}
    return projections.project(prepared.projection, shown)


def _shortest(component: float) -> str:
    """The shortest number that is this 32-bit float."""
    texts = (f"{component:.{digits}g}" for digits in range(_LEAST_DIGITS, _MOST_DIGITS + 1))
    return canonical_number(next(text for text in texts if vectors.single([text]) == (component,)))


OPERATIONS = (Operation("SearchVectors", SHAPES["SearchVectors"], search_vectors, "reads"),)
