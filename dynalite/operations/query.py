"""Query: the items of one partition, in sort key order."""

from dynalite.catalog.schema import Index
from dynalite.errors import ValidationException
from dynalite.expressions import keycondition, prepare
from dynalite.expressions.condition import Condition, document_paths
from dynalite.items import ranges
from dynalite.model.catalogue import SHAPES
from dynalite.operations import cursor, reading
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

_OF_VECTORS = "Query operation not supported on this index type."


async def query(context: Context, request: Request) -> Answer:
    problem = reading.select_problem(request)
    if problem is not None:
        raise ValidationException(f"1 validation error detected: {problem}", classic=problem)
    prepared = prepare.query(request)
    assert prepared.key_condition is not None  # `prepare.query` refuses a query without one
    start_key = cursor.parse(request.get("ExclusiveStartKey"), of_query=True)
    of_vectors = reading.NOT_CONSISTENT if request.get("ConsistentRead") else _OF_VECTORS
    source = reading.source(context, request, of_vectors)
    keys = source.table.keys if source.index is None else source.index.keys
    condition = keycondition.resolve(
        prepared.key_condition,
        tuple((a.name, a.type) for a in keys.partition),
        tuple((a.name, a.type) for a in keys.sort),
    )
    if prepared.filter is not None:
        keycondition.filter_must_not_touch(prepared.filter, [a.name for a in keys.attributes])
        _check_filtered(source.index, prepared.filter)
    reading.check_projected(source, request, prepared)
    reading.check_paths(source.table, prepared)
    partition = ranges.partition(ranges.prefix(source.table, source.index), keys, condition, context.hash)
    range_ = ranges.query(partition, condition, reverse=not request.get("ScanIndexForward", True))
    if start_key is not None:
        place = cursor.place(source.table, source.index, start_key, context.hash)
        range_ = cursor.resume_query(range_, partition, place)
    key = {a.name: value for a, value in zip(keys.partition, condition.partition, strict=True)}
    return await reading.answer(context, request, source, range_, prepared, partition, key)


def _check_filtered(index: Index | None, filter_: Condition) -> None:
    """A global index is filtered by what it carries. (A scan of it is not held to that: it finds nothing.)"""
    if index is None or not index.is_global or index.projected is None:
        return
    names = dict.fromkeys(str(path[0]) for path in document_paths(filter_))
    missing = [name for name in names if name not in index.projected]
    if missing:
        raise keycondition.filters_beyond(index.name, missing)


OPERATIONS = (Operation("Query", SHAPES["Query"], query, "reads"),)
