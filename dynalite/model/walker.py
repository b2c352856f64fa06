"""The walk that judges a request by its shape.

A request that is in order costs one pass of `Structure.accepts` and nothing else. Only when that says no is
the reason looked for: nulls are dropped, which may be all that was needed; then wrong JSON types are
answered; then the broken constraints are collected in the order of the shape's members, outer before inner,
and worded.

Rules that need more than one member, a table or an expression are not judged here. Shapes are finite, so
this walk is only as deep as they are, however deep the request is.
"""

from collections.abc import Iterable, Iterator
from itertools import islice

from dynalite.errors import SerializationException
from dynalite.model.constraints import NOT_NULL, Constraint, constraints_of
from dynalite.model.shape import ListOf, MapOf, NameOrArn, Shape, Structure
from dynalite.model.wire import check_wire, drop_nulls
from dynalite.model.wording import Path, Violation, refusal

__all__ = ["check_wire", "validate"]

REPORTED_VIOLATIONS = 10
"""More are counted by nobody, and each may echo what it refuses."""


def validate(shape: Structure, request: object) -> None:
    """Check a request, whose nulls are dropped in place.

    Raises SerializationException for JSON that cannot be read as this shape, else ValidationException for
    constraints that do not hold.
    """
    if shape.accepts(request):
        return
    if not isinstance(request, dict):
        raise SerializationException
    drop_nulls(shape, request)
    if shape.accepts(request):
        return
    check_wire(shape, request)
    raise refusal(shape.name, list(islice(_inside(shape, request, Path()), REPORTED_VIOLATIONS)))


def _judge(shape: Shape, value: object, path: Path) -> Iterator[Violation]:
    """What is wrong with a value itself, then with what is inside it."""
    for constraint in reversed(_rules(shape, value)):
        if not constraint.holds(value):
            yield Violation(path, shape, value, constraint.text, constraint.minimum)
    yield from _inside(shape, value, path)


def _inside(shape: Shape, value: object, path: Path) -> Iterator[Violation]:
    if isinstance(shape, Structure) and isinstance(value, dict):
        for name, member in shape.members.items():
            if name in value:
                yield from _judge(member.shape, value[name], path.member(name))
            elif member.required:
                yield Violation(path.member(name), member.shape, None, NOT_NULL)
    elif isinstance(shape, ListOf) and isinstance(value, list):
        if _any_broken(shape.element, value):
            yield Violation(path, shape, value, f"Member must satisfy constraint: {_listed(shape.element)}")
        yield from _entries(shape.element, enumerate(value, 1), path)
    elif isinstance(shape, MapOf) and isinstance(value, dict):
        if _any_broken(shape.key, value):
            yield Violation(path, shape, value, f"Map keys must satisfy constraint: {_listed(shape.key)}")
        if _any_broken(shape.value, value.values()):
            yield Violation(path, shape, value, f"Map value must satisfy constraint: {_listed(shape.value)}")
        yield from _entries(shape.value, value.items(), path)


def _entries(shape: Shape, entries: Iterable[tuple[int | str, object]], path: Path) -> Iterator[Violation]:
    for place, entry in entries:
        if entry is None:
            yield Violation(path.entry(place), shape, None, NOT_NULL)
        elif not shape.accepts(entry):
            yield from _inside(shape, entry, path.entry(place))


def _any_broken(shape: Shape, values: Iterable[object]) -> bool:
    """Whether any value breaks a constraint of its own: then the collection that holds it is blamed."""
    return any(
        not constraint.holds(value)
        for value in values
        if value is not None and not shape.accepts(value)
        for constraint in _rules(shape, value)
    )


def _listed(shape: Shape) -> str:
    return f"[{', '.join(constraint.text for constraint in constraints_of(shape))}]"


def _rules(shape: Shape, value: object) -> list[Constraint]:
    """The constraints by which this value is judged: a table may be named in two ways."""
    if isinstance(shape, NameOrArn) and isinstance(value, str) and shape.reads_arn(value):
        return constraints_of(shape.arn)
    return constraints_of(shape)
