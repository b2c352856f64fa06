"""The table of operations where the rates of calls are enforced (`capacity/calls.py`)."""

from collections.abc import Mapping
from dataclasses import replace

from dynalite.capacity.calls import PER_SECOND, Calls
from dynalite.clock import Clock
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request


def rated(rows: Mapping[str, Operation], clock: Clock) -> Mapping[str, Operation]:
    """The same rows; those with a rate let a call pass before they run it. The others are not touched."""
    calls = Calls(clock)
    return {name: _rated(row, calls) if name in PER_SECOND else row for name, row in rows.items()}


def _rated(row: Operation, calls: Calls) -> Operation:
    async def run(context: Context, request: Request) -> Answer:
        calls.admit(context.region, row.name)
        return await row.run(context, request)

    return replace(row, run=run)
