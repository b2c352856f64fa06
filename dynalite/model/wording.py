"""How broken constraints are reported, as data.

Two generations of wording are in service (see `errors`). The classic one names every violation by its
member in lower case and echoes the value. In 2026 a new front layer took over some operations; of these,
most regions

- no longer echo a value that is too short or too small, and spell its member as the request does,
- answer a bad table name alone, whatever else is wrong,
- say of ReturnValues something odd of its own,
- stop at the first violation in UpdateItem and Query,

and keep the classic form for everything else, in particular for what is absent, too long, or against a
pattern. Which operations the layer has reached in most regions is a table here. The three writes of single
items, BatchGetItem and SearchVectors have been captured; GetItem and Query are inferred from their
neighbours. Scan, BatchWriteItem and the transactions were still moving and stay classic, and so does the
control plane.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dynalite.errors import ValidationException
from dynalite.model.echo import echo, lower_first
from dynalite.model.shape import Shape

KEY_CHARACTERS = 1024


class Path(NamedTuple):
    """Where something is, in both spellings."""

    classic: str = ""
    pascal: str = ""

    def member(self, name: str) -> "Path":
        dot = "." if self.pascal else ""
        return Path(f"{self.classic}{dot}{lower_first(name)}", f"{self.pascal}{dot}{name}")

    def entry(self, place: int | str) -> "Path":
        """An element of a list, counted from one, or the value of a map at a key, cut if absurdly long."""
        step = f".{str(place)[:KEY_CHARACTERS]}.member"
        return Path(self.classic + step, self.pascal + step)


@dataclass(frozen=True, slots=True)
class Violation:
    """A constraint that a value breaks; the value is None when a required member is absent."""

    path: Path
    shape: Shape
    value: object
    constraint: str
    minimum: bool = False


@dataclass(frozen=True, slots=True)
class Layer:
    """How an operation behind the layer of 2026 chooses among several violations.

    What is wrong with the member `alone` is answered without the rest. `first_only`: nothing after the first
    violation is answered at all.
    """

    alone: str | None = "TableName"
    first_only: bool = False


_LAYERS: Mapping[str, Layer] = {
    "PutItem": Layer(),
    "UpdateItem": Layer(first_only=True),
    "DeleteItem": Layer(),
    "GetItem": Layer(),
    "Query": Layer(first_only=True),
    "BatchGetItem": Layer(alone=None),
    "SearchVectors": Layer(),
}

_LAYER_LINES: Mapping[str, str] = {
    "ReturnValues": (
        "Failed to satisfy constraint: "
        "Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, NONE]"
    ),
}
"""What the layer says of a member instead of the usual line. (It does print UPDATE_NEW.)"""

_CLASSIC_SENTENCES: Mapping[tuple[str, str], str] = {
    (operation, "RequestItems"): f"The requestItems parameter is required for {operation}"
    for operation in ("BatchGetItem", "BatchWriteItem")
}
"""What the classic service says of an empty member in a sentence of its own, once nothing else is wrong."""


def refusal(operation: str, violations: Sequence[Violation]) -> ValidationException:
    """The error that answers a request with these violations, at least one, in the order of their members."""
    classic = _classic(operation, violations)
    layer = _LAYERS.get(operation)
    return ValidationException(_of_2026(layer, violations) if layer else classic, classic=classic)


def _classic(operation: str, violations: Sequence[Violation]) -> str:
    sentence = ""
    lines = []
    for violation in violations:
        member = operation, violation.path.pascal
        if violation.minimum and member in _CLASSIC_SENTENCES:
            sentence = _CLASSIC_SENTENCES[member]
        else:
            lines.append(_classic_line(violation))
    return _detected(lines) if lines else sentence


def _of_2026(layer: Layer, violations: Sequence[Violation]) -> str:
    chosen = [violation for violation in violations if violation.path.pascal == layer.alone] or violations
    if layer.first_only:
        chosen = chosen[:1]
    return _detected([_line_of_2026(violation) for violation in chosen])


def _detected(lines: Sequence[str]) -> str:
    return f"{len(lines)} validation error{'s' if len(lines) > 1 else ''} detected: {'; '.join(lines)}"


def _classic_line(violation: Violation) -> str:
    value = "null" if violation.value is None else f"'{echo(violation.shape, violation.value)}'"
    return f"Value {value} at '{violation.path.classic}' failed to satisfy constraint: {violation.constraint}"


def _line_of_2026(violation: Violation) -> str:
    if violation.path.pascal in _LAYER_LINES:
        return _LAYER_LINES[violation.path.pascal]
    if violation.minimum:
        return f"Value at '{violation.path.pascal}' failed to satisfy constraint: {violation.constraint}"
    return _classic_line(violation)
