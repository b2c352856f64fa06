"""The expression tree.

Whatever takes operands is an `Operation`: its operator is the word or sign of the language (`=`, `AND`,
`BETWEEN`, `contains`, `size`, `+`), and what an operator means, allows and answers stands in tables keyed
by that word. So there are four kinds of node, and nothing that walks a tree has a branch per operator:

    a.b[2]      Path(("a", "b", 2))
    :v          Placeholder(":v")       its value comes with each request
    {"N": "1"}  Literal                 only in trees that were not made from text
    x = :v      Operation("=", (x, :v))

A parsed path may contain an `Alias` (`#n`); binding replaces it by the name it stands for. AND and OR
hold as many operands as are written in a row; parentheses appear only as nesting.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias
from typing import Literal as OneOf

from dynalite.values.types import AttributeValue

LOGICAL: Final = frozenset(["AND", "OR", "NOT"])
MIRRORED: Final[Mapping[str, str]] = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What a comparison becomes when its operands change places."""

HIGHEST_INDEX: Final = 2**31 - 1
"""Of a list, in a path."""

Section: TypeAlias = OneOf["SET", "REMOVE", "ADD", "DELETE"]


class Alias(str):
    """A step `#n` of a path: a name that is still to be looked up in ExpressionAttributeNames."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Path:
    """A document path: a name, then names (into maps) and indices (into lists)."""

    steps: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value from ExpressionAttributeValues, by its name there (with the colon)."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A canonical value that stands in the tree itself."""

    value: AttributeValue


@dataclass(frozen=True, slots=True)
class Operation:
    """An operator or function with its operands in the order of the text."""

    operator: str
    operands: tuple["Node", ...]


Node: TypeAlias = Path | Placeholder | Literal | Operation


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an update: what it does to which path. Only REMOVE has no value."""

    section: Section
    path: Path
    value: Node | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One section of an update as written: its keyword and its actions."""

    section: Section
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class UpdateTree:
    """An update: its clauses in the order of the text."""

    clauses: tuple[Clause, ...]

    @property
    def actions(self) -> tuple[Action, ...]:
        return tuple(action for clause in self.clauses for action in clause.actions)


@dataclass(frozen=True, slots=True)
class ProjectionTree:
    """The paths of a projection in the order of the text.

    `by_position` asks for what each path leads to under the path's position, not for a part of the item.
    """

    paths: tuple[Path, ...]
    by_position: bool = False


def path_text(steps: tuple[str | int, ...]) -> str:
    """A path as the service prints it in messages: `[a, b, [2]]`."""
    return "[" + ", ".join([f"[{step}]" if isinstance(step, int) else step for step in steps]) + "]"


def paths_of(node: Node) -> tuple[tuple[str | int, ...], ...]:
    """Every path in a condition or value, from left to right."""
    found: list[tuple[str | int, ...]] = []
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Path):
            found.append(current.steps)
        elif isinstance(current, Operation):
            waiting.extend(reversed(current.operands))
    return tuple(found)
