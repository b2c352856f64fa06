"""What a row of the table of operations says (`catalogue.py` holds the rows)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dynalite.model.shape import Structure
from dynalite.operations.context import Context
from dynalite.values.types import Answer, Request

Effect: TypeAlias = Literal["reads", "writes", "control"]
Runner: TypeAlias = Callable[[Context, Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One API operation: the shape of its request, the coroutine that runs it, and what it touches.

    `api` is the first half of the request's target. `prefixes` marks the operations whose request-level
    errors carry the 2026 prefix (`errors.InvalidRequest`).
    """

    name: str
    shape: Structure
    run: Runner
    effect: Effect
    prefixes: bool = False
    api: str = "DynamoDB_20120810"
