"""A shape's constraints one by one, in the service's words. Only asked about requests that break some."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dynalite.model.shape import ListOf, MapOf, NameOrArn, Shape, String, Whole, matcher

NOT_NULL = "Member must not be null"


@dataclass(frozen=True, slots=True)
class Constraint:
    """One rule. `minimum` marks least lengths and values, which the layer of 2026 words differently."""

    text: str
    holds: Callable[[Any], bool]
    minimum: bool = False


def constraints_of(shape: Shape) -> list[Constraint]:
    """In the order in which the service lists them inside brackets. Broken ones are reported in reverse."""
    match shape:
        case String(enum=values) if values:
            text = f"Member must satisfy enum value set: [{', '.join(values)}]"
            return [Constraint(text, lambda value: value in values)]
        case String():
            return _bounds("length", len, shape.min or None, shape.max) + _pattern(shape)
        case NameOrArn():
            return _of_a_table_name(shape.name)
        case Whole():
            return _bounds("value", lambda value: value, shape.min, shape.max)
        case ListOf() | MapOf():
            return _bounds("length", len, shape.min or None, shape.max)
        case _:
            return []


def _bounds(
    what: str, measure: Callable[[Any], int], least: int | None, most: int | None
) -> list[Constraint]:
    found = []
    if most is not None:
        text = f"Member must have {what} less than or equal to {most}"
        found.append(Constraint(text, lambda value: measure(value) <= most))
    if least is not None:
        text = f"Member must have {what} greater than or equal to {least}"
        found.append(Constraint(text, lambda value: measure(value) >= least, minimum=True))
    return found


def _pattern(shape: String) -> list[Constraint]:
    if shape.pattern is None:
        return []
    matches = matcher(shape.pattern)
    text = f"Member must satisfy regular expression pattern: {shape.pattern}"
    return [Constraint(text, lambda value: bool(matches(value)))]


def _of_a_table_name(name: String) -> list[Constraint]:
    """An empty one is told only that it is too short (captured; other names break their pattern as well)."""
    *bounds, pattern = constraints_of(name)
    return [*bounds, replace(pattern, holds=lambda value: not value or pattern.holds(value))]
