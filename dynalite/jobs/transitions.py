"""Writes down what tables and indexes have become by time alone (`catalog/transitions.py`)."""

from dynalite.operations.context import Context


async def step(context: Context) -> bool:
    now = context.clock.now()
    due = [table for table in context.catalog.stored() if table.due_at is not None and now >= table.due_at]
    for table in due:
        await context.catalog.settle(table)
    return bool(due)
