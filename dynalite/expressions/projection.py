"""Projections: the part of an item that a request asked for.

The paths are folded into one tree of steps, and an item is walked along it once. A map keeps the members
that were asked for; a list keeps the elements that were asked for, close together and in the order of
their indices, and several paths through one element meet in it. What leads nowhere leaves nothing behind,
not even an empty map.
"""

from dataclasses import dataclass
from typing import TypeAlias

from dynalite.expressions.tree import Path
from dynalite.values import paths as document
from dynalite.values.types import AttributeValue, Item

Steps: TypeAlias = dict[str | int, "Steps | None"]
"""From a step to the steps behind it; None where the whole value is meant."""


@dataclass(frozen=True, slots=True)
class Projection:
    """`paths` as asked for; `steps` the same as a tree; `names` the top-level attributes they begin with.

    `whole` holds the names when every path is just a name, which makes projecting a lookup; else it is empty.
    `by_position` makes `project` answer `{"0": what the first path leads to, ...}`, as DAX clients want it.
    """

    paths: tuple[document.Path, ...]
    steps: Steps
    names: frozenset[str]
    whole: tuple[str, ...]
    by_position: bool = False


def of(paths: tuple[Path, ...], *, by_position: bool = False) -> Projection:
    """A projection of paths none of which is, contains or contradicts another."""
    steps: Steps = {}
    for path in paths:
        inner = steps
        for step in path.steps[:-1]:
            behind = inner.setdefault(step, {})
            assert behind is not None  # overlapping paths were refused
            inner = behind
        inner[path.steps[-1]] = None
    names = tuple([str(path.steps[0]) for path in paths])
    partial = any(len(path.steps) > 1 for path in paths)
    return Projection(
        tuple([path.steps for path in paths]),
        _in_order(steps),
        frozenset(names),
        () if partial or by_position else names,
        by_position,
    )


def _in_order(steps: Steps) -> Steps:
    """The same steps with indices ascending, at every level."""
    indices = sorted(step for step in steps if isinstance(step, int))
    ordered: Steps = {}
    for step in indices or steps:
        behind = steps[step]
        ordered[step] = None if behind is None else _in_order(behind)
    return ordered


def project(projection: Projection, item: Item) -> Item:
    """What the item has of what was asked for, `{}` if nothing. Values are shared with the item."""
    if projection.whole:
        return {name: item[name] for name in projection.whole if name in item}
    if projection.by_position:
        found = [document.get(item, path) for path in projection.paths]
        return {str(position): value for position, value in enumerate(found) if value is not None}
    return _members(item, projection.steps)


def top_level_names(projection: Projection) -> frozenset[str]:
    """The attributes that the projection takes, whole or in part."""
    return projection.names


def _members(members: Item, steps: Steps) -> Item:
    kept: Item = {}
    for step, behind in steps.items():
        value = members.get(step) if isinstance(step, str) else None
        if value is not None and behind is not None:
            value = _inside(value, behind)
        if value is not None:
            kept[str(step)] = value
    return kept


def _inside(value: AttributeValue, steps: Steps) -> AttributeValue | None:
    """The part of a map or list that `steps` lead to, or None if that is nothing."""
    if "M" in value:
        members = _members(value["M"], steps)
        return {"M": members} if members else None
    if "L" in value:
        elements = _elements(value["L"], steps)
        return {"L": elements} if elements else None
    return None


def _elements(elements: list[AttributeValue], steps: Steps) -> list[AttributeValue]:
    kept = []
    for step, behind in steps.items():
        if isinstance(step, str) or step >= len(elements):
            continue
        value: AttributeValue | None = elements[step]
        if value is not None and behind is not None:
            value = _inside(value, behind)
        if value is not None:
            kept.append(value)
    return kept
