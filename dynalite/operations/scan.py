"""Scan: every item of a table or an index, in the order of the partition hash, whole or one segment of it."""

from dynalite.errors import ValidationException
from dynalite.expressions import prepare
from dynalite.items import ranges
from dynalite.model.catalogue import SHAPES
from dynalite.operations import cursor, reading
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

_MISMATCH = f"{cursor.INVALID}: The provided key element does not match the schema"
"""What is said of a starting key that does not fit the table. Of one that does not fit an index, less is."""

_OF_VECTORS = "Scan operation not supported on this index type"


async def scan(context: Context, request: Request) -> Answer:
    segment, total_segments = _segment(request)
    problem = reading.select_problem(request)
    if problem is not None:
        raise ValidationException(problem)
    prepared = prepare.scan(request)
    start_key = cursor.parse(request.get("ExclusiveStartKey"))
    source = reading.source(context, request, _OF_VECTORS)
    reading.check_projected(source, request, prepared)
    reading.check_paths(source.table, prepared)
    range_ = ranges.segment(ranges.prefix(source.table, source.index), segment, total_segments)
    if start_key is not None:
        mismatch = cursor.INVALID if source.index else _MISMATCH
        place = cursor.place(source.table, source.index, start_key, context.hash, mismatch)
        range_ = cursor.resume_scan(range_, place, segment, total_segments)
    return await reading.answer(context, request, source, range_, prepared)


def _segment(request: Request) -> tuple[int, int]:
    """Which share of the table is asked for; the whole of it unless the request says otherwise."""
    segment, total = request.get("Segment"), request.get("TotalSegments")
    if segment is None and total is None:
        return 0, 1
    if total is None:
        raise ValidationException(
            "The TotalSegments parameter is required but was not present in the request"
            " when Segment parameter is present"
        )
    if segment is None:
        raise ValidationException(
            "The Segment parameter is required but was not present in the request"
            " when parameter TotalSegments is present"
        )
    if segment >= total:
        raise ValidationException(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments:"
            f" Segment: {segment} is not less than TotalSegments: {total}"
        )
    return segment, total


OPERATIONS = (Operation("Scan", SHAPES["Scan"], scan, "reads"),)
