"""Operations where the rates of calls are enforced (`capacity/calls.py`)."""

from dataclasses import replace

from dynalite.capacity.calls import PER_SECOND, Calls
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request


def rated(row: Operation, calls: Calls) -> Operation:
    """The row; one with a rate lets a call pass before it runs it. The others are not touched."""
    if row.name not in PER_SECOND:
        return row

    async def run(context: Context, request: Request) -> Answer:
        calls.admit(context.region, row.name)
        return await row.run(context, request)

    return replace(row, run=run)
