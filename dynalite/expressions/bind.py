"""Names and values for a parsed tree.

Binding replaces every alias by the name it stands for, makes sure that every placeholder has a value, and
applies the rules that need either (`rules`). Placeholders stay in the tree: the same bound tree serves
every request with the same text and names, which is why values are looked up when the tree is evaluated.
What has to be checked again for other values is returned as `checks`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from dynalite.expressions import rules
from dynalite.expressions.complaint import Complaint
from dynalite.expressions.rules import Values
from dynalite.expressions.tree import (
    LOGICAL,
    Action,
    Alias,
    Clause,
    Node,
    Operation,
    Path,
    Placeholder,
    ProjectionTree,
    UpdateTree,
    path_text,
)

T = TypeVar("T")

Names: TypeAlias = Mapping[str, str]
"""ExpressionAttributeNames: attribute names by alias."""

Check: TypeAlias = Callable[[Values], None]


@dataclass(frozen=True, slots=True)
class Bound(Generic[T]):
    """A tree without aliases, the aliases and placeholders it used, and what to check for other values."""

    tree: T
    aliases: frozenset[str]
    placeholders: frozenset[str]
    checks: tuple[Check, ...]


def bind_condition(tree: Node, names: Names, values: Values) -> Bound[Node]:
    """Bind a condition, one comparison after the other. Raises Complaint."""
    binder = _Binder(names, values)
    return binder.bound(binder.condition(tree))


def bind_update(tree: UpdateTree, names: Names, values: Values) -> Bound[UpdateTree]:
    """Bind an update: its paths, then its values, then their types. Raises Complaint."""
    binder = _Binder(names, values)
    return binder.bound(binder.update(tree))


def bind_projection(tree: ProjectionTree, names: Names) -> Bound[ProjectionTree]:
    """Bind a projection. Raises Complaint."""
    binder = _Binder(names, {})
    paths = tuple([binder.path(path) for path in tree.paths])
    check_apart(paths)
    return binder.bound(ProjectionTree(paths, tree.by_position))


class _Binder:
    __slots__ = ("aliases", "checks", "names", "placeholders", "values")

    def __init__(self, names: Names, values: Values) -> None:
        self.names = names
        self.values = values
        self.aliases: set[str] = set()
        self.placeholders: set[str] = set()
        self.checks: list[Check] = []

    def bound(self, tree: T) -> Bound[T]:
        return Bound(tree, frozenset(self.aliases), frozenset(self.placeholders), tuple(self.checks))

    def path(self, path: Path) -> Path:
        if not any(isinstance(step, Alias) for step in path.steps):
            return path
        steps: list[str | int] = []
        for step in path.steps:
            if isinstance(step, Alias):
                name = self.names.get(step)
                if name is None:
                    raise Complaint(
                        "An expression attribute name used in the document path is not defined;"
                        f" attribute name: {step}"
                    )
                self.aliases.add(str(step))
                steps.append(name)
            else:
                steps.append(step)
        return Path(tuple(steps))

    def operand(self, node: Node) -> Node:
        if isinstance(node, Path):
            return self.path(node)
        if isinstance(node, Operation):
            operands = []
            for operand in node.operands:
                operands.append(self.operand(operand))  # noqa: PERF401 (a comprehension is one more stack frame)
            return Operation(node.operator, tuple(operands))
        if isinstance(node, Placeholder):
            if node.name not in self.values:
                raise Complaint(
                    "An expression attribute value used in expression is not defined;"
                    f" attribute value: {node.name}"
                )
            self.placeholders.add(node.name)
        return node

    def condition(self, node: Node) -> Node:
        if isinstance(node, Operation) and node.operator in LOGICAL:
            operands = []
            for operand in node.operands:
                operands.append(self.condition(operand))  # noqa: PERF401 (a comprehension is one more stack frame)
            return Operation(node.operator, tuple(operands))
        bound = self.operand(node)
        self.judge(bound)
        return bound

    def judge(self, node: Node) -> None:
        """Apply the rules to an operation, the operations among its operands first."""
        if not isinstance(node, Operation):
            return
        for operand in node.operands:
            self.judge(operand)
        rules.check_count(node)
        rules.check_distinct(node)
        check = rules.TYPE_CHECKS.get(node.operator)
        if check is not None:
            check(node, self.values)
            if any(isinstance(operand, Placeholder) for operand in node.operands):
                self.checks.append(partial(check, node))

    def update(self, tree: UpdateTree) -> UpdateTree:
        paths = [self.path(action.path) for action in tree.actions]
        check_apart(paths)
        targets = iter(paths)
        clauses = []
        for clause in tree.clauses:
            actions = [
                Action(action.section, next(targets), action.value and self.operand(action.value))
                for action in clause.actions
            ]
            clauses.append(Clause(clause.section, tuple(actions)))
        bound = UpdateTree(tuple(clauses))
        for action in bound.actions:
            if action.value is not None:
                self.judge(action.value)
                rules.check_action(action, self.values)
                if action.section != "SET":
                    self.checks.append(partial(rules.check_action, action))
        return bound


class _Fork:
    """Where the paths of an expression part: the steps taken from here, and a path that came by."""

    __slots__ = ("ends", "passer", "steps")

    def __init__(self, passer: Path) -> None:
        self.passer = passer
        self.ends = False
        self.steps: dict[str | int, _Fork] = {}


def check_apart(paths: Iterable[Path]) -> None:
    """That no path is, contains or contradicts another: `a` and `a.b` overlap, `a.b` and `a[0]` conflict.

    Raises Complaint with the two paths in the order of the text.
    """
    root = _Fork(Path(()))
    for path in paths:
        fork = root
        for step in path.steps:
            if fork.ends:
                raise _clash("overlap", fork.passer, path)
            if fork.steps:
                other = next(iter(fork.steps))
                if isinstance(other, int) != isinstance(step, int):
                    raise _clash("conflict", fork.steps[other].passer, path)
            next_fork = fork.steps.get(step)
            if next_fork is None:
                next_fork = fork.steps[step] = _Fork(path)
            fork = next_fork
        if fork.ends or fork.steps:
            raise _clash("overlap", fork.passer, path)
        fork.ends = True


def _clash(how: str, one: Path, two: Path) -> Complaint:
    return Complaint(
        f"Two document paths {how} with each other; must remove or rewrite one of these paths;"
        f" path one: {path_text(one.steps)}, path two: {path_text(two.steps)}"
    )
