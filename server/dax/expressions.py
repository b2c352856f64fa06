"""Expressions as DAX clients send them: parsed, with the names put in and the values numbered.

A node is an array that begins with an opcode. What comes out here is what the database's own parser makes of
text, aliases and placeholders included: every name becomes an alias and every value a placeholder, with the
names and values beside them. So all rules apply, in one place, in the same words, and the plan of an
expression is remembered for other values as it is for text.

    blob         condition  [1, node, [value, ...]]
                 update     [1, [action, ...], [value, ...]]
                 projection [1, [path, ...]]

The clients nest AND and OR to the right, two operands at a time; here they are one node again. That also
keeps a chain as long as the language allows from being as deep as it is long.
"""

from collections.abc import Mapping
from typing import Final

from dynalite.errors import ValidationException
from dynalite.expressions.tree import (
    Action,
    Alias,
    Clause,
    Node,
    Operation,
    Path,
    Placeholder,
    ProjectionTree,
    Section,
    UpdateTree,
)
from dynalite.limits import EXPRESSION_BYTES, EXPRESSION_OPERATORS
from dynalite.values.types import AttributeValue, Parsed, Request
from server.dax.cbor import ARRAY, INDEFINITE, TAG, TEXT, UNSIGNED, Malformed, head
from server.dax.values import read_text, read_value

_VERSION: Final = 1
_INDEX_TAG: Final = 3324
_LEVELS: Final = EXPRESSION_OPERATORS + 1
_TOO_LONG: Final = "Invalid expression: Expression size has exceeded the maximum allowed size;"

_JOINED: Final[Mapping[int, str]] = {6: "AND", 7: "OR"}
_NOT: Final = 8
_IN: Final = 10
_SIZE, _VARIABLE, _PATH = 16, 17, 18
_TESTS: Final[Mapping[int, tuple[str, int]]] = {
    0: ("=", 2),
    1: ("<>", 2),
    2: ("<", 2),
    3: (">=", 2),
    4: (">", 2),
    5: ("<=", 2),
    9: ("BETWEEN", 3),
    11: ("attribute_exists", 1),
    12: ("attribute_not_exists", 1),
    13: ("attribute_type", 2),
    14: ("begins_with", 2),
    15: ("contains", 2),
}
"""Opcodes that answer yes or no, with how many operands follow."""

_ACTIONS: Final[Mapping[int, Section]] = {19: "SET", 20: "ADD", 21: "DELETE", 22: "REMOVE"}
_COMPUTED: Final[Mapping[int, str]] = {23: "if_not_exists", 24: "list_append", 25: "+", 26: "-"}


class Expressions:
    """The expressions of one request, with the names and values that belong beside them."""

    __slots__ = ("_aliases", "_values")

    def __init__(self) -> None:
        self._aliases: dict[str, Alias] = {}
        self._values: dict[str, AttributeValue] = {}

    def condition(self, data: bytes) -> Parsed[Node]:
        """A condition, a filter or a key condition. Raises Malformed, Incomplete, as all of these do."""
        at = _opening(data, 3)
        reader = _Reader(self._aliases, len(self._values))
        tree, at = reader.condition(data, at, _LEVELS)
        self._read_values(data, at, reader)
        return Parsed(tree, len(data))

    def update(self, data: bytes) -> Parsed[UpdateTree]:
        at = _opening(data, 3)
        reader = _Reader(self._aliases, len(self._values))
        count, at = _array(data, at)
        sections: dict[Section, list[Action]] = {}
        for _ in range(count):
            action, at = reader.action(data, at)
            sections.setdefault(action.section, []).append(action)
        self._read_values(data, at, reader)
        clauses = [Clause(section, tuple(actions)) for section, actions in sections.items()]
        return Parsed(UpdateTree(tuple(clauses)), len(data))

    def projection(self, data: bytes) -> Parsed[ProjectionTree]:
        """A projection that answers by position, which is how the client wants it."""
        at = _opening(data, 2)
        reader = _Reader(self._aliases, 0)
        count, at = _array(data, at)
        paths = []
        for _ in range(count):
            path, at = reader.path(data, at)
            paths.append(path)
        _check_end(data, at)
        return Parsed(ProjectionTree(tuple(paths), by_position=True), len(data))

    def into(self, request: Request) -> None:
        """Put the names and values where a request has them."""
        if self._aliases:
            request["ExpressionAttributeNames"] = {str(alias): name for name, alias in self._aliases.items()}
        if self._values:
            request["ExpressionAttributeValues"] = self._values

    def _read_values(self, data: bytes, at: int, reader: "_Reader") -> None:
        count, at = _array(data, at)
        if reader.variables > count:
            raise Malformed("a variable without a value")
        for position in range(count):
            value, at = read_value(data, at)
            self._values[f":{reader.first_value + position}"] = value
        _check_end(data, at)


class _Reader:
    """Reads the nodes of one expression. `variables` is one more than the highest number of a variable."""

    __slots__ = ("_size", "aliases", "first_value", "variables")

    def __init__(self, aliases: dict[str, Alias], first_value: int) -> None:
        self.aliases = aliases
        self.first_value = first_value
        self.variables = 0
        self._size = 0

    def _grow(self, characters: int) -> None:
        """Refuse a tree that no text of the permitted length is parsed into: a step or a variable is a
        character at least.
        """
        self._size += characters
        if self._size > EXPRESSION_BYTES:
            raise ValidationException(_TOO_LONG)

    def condition(self, data: bytes, at: int, levels: int) -> tuple[Node, int]:
        if not levels:
            raise Malformed("an expression that is nested too deep")
        opcode, count, behind = _node(data, at)
        if opcode in _JOINED:
            return self._joined(data, at, opcode, levels)
        if opcode == _NOT:
            _check_count(count, 1)
            operand, at = self.condition(data, behind, levels - 1)
            return Operation("NOT", (operand,)), at
        if opcode == _IN:
            return self._in(data, behind, count)
        operator, expected = _TESTS.get(opcode, ("", 0))
        if not operator:
            raise Malformed("something else where a condition is expected")
        _check_count(count, expected)
        operands, at = self._operands(data, behind, count)
        return Operation(operator, operands), at

    def _joined(self, data: bytes, at: int, opcode: int, levels: int) -> tuple[Node, int]:
        operands = []
        while True:
            next_opcode, count, behind = _node(data, at)
            if next_opcode != opcode:
                break
            _check_count(count, 2)
            left, at = self.condition(data, behind, levels - 1)
            operands.append(left)
        last, at = self.condition(data, at, levels - 1)
        operands.append(last)
        return Operation(_JOINED[opcode], tuple(operands)), at

    def _in(self, data: bytes, at: int, count: int) -> tuple[Node, int]:
        _check_count(count, 2)
        wanted, at = self._operand(data, at)
        choices, at = _array(data, at)
        operands, at = self._operands(data, at, choices)
        return Operation("IN", (wanted, *operands)), at

    def _operands(self, data: bytes, at: int, count: int) -> tuple[tuple[Node, ...], int]:
        operands = []
        for _ in range(count):
            operand, at = self._operand(data, at)
            operands.append(operand)
        return tuple(operands), at

    def _operand(self, data: bytes, at: int) -> tuple[Node, int]:
        opcode, count, behind = _node(data, at)
        if opcode == _PATH:
            return self.path(data, at)
        if opcode == _VARIABLE:
            return self._variable(data, at)
        if opcode != _SIZE:
            raise Malformed("something else where an operand is expected")
        _check_count(count, 1)
        measured, at = self.path(data, behind)
        return Operation("size", (measured,)), at

    def path(self, data: bytes, at: int) -> tuple[Path, int]:
        opcode, count, at = _node(data, at)
        if opcode != _PATH or not count:
            raise Malformed("something else where a path is expected")
        self._grow(count)
        name, at = read_text(data, at)
        steps: list[str | int] = [self._alias(name)]
        for _ in range(count - 1):
            major, argument, behind = head(data, at)
            if major == TEXT:
                name, at = read_text(data, at)
                steps.append(self._alias(name))
            elif major == TAG and argument == _INDEX_TAG:
                index, at = _unsigned(data, behind)
                steps.append(index)
            else:
                raise Malformed("a step that is neither a name nor an index")
        return Path(tuple(steps)), at

    def _alias(self, name: str) -> Alias:
        alias = self.aliases.get(name)
        if alias is None:
            alias = self.aliases[name] = Alias(f"#{len(self.aliases)}")
        return alias

    def _variable(self, data: bytes, at: int) -> tuple[Placeholder, int]:
        opcode, count, at = _node(data, at)
        if opcode != _VARIABLE or count != 1:
            raise Malformed("something else where a variable is expected")
        self._grow(1)
        number, at = _unsigned(data, at)
        self.variables = max(self.variables, number + 1)
        return Placeholder(f":{self.first_value + number}"), at

    # -------------------------------------------------------------- updates

    def action(self, data: bytes, at: int) -> tuple[Action, int]:
        opcode, count, at = _node(data, at)
        section = _ACTIONS.get(opcode)
        if section is None:
            raise Malformed("something else where an action is expected")
        _check_count(count, 1 if section == "REMOVE" else 2)
        path, at = self.path(data, at)
        if section == "REMOVE":
            return Action(section, path), at
        value: Node
        if section == "SET":
            value, at = self._value(data, at, _LEVELS)
        else:
            value, at = self._variable(data, at)
        return Action(section, path, value), at

    def _value(self, data: bytes, at: int, levels: int) -> tuple[Node, int]:
        if not levels:
            raise Malformed("an expression that is nested too deep")
        opcode, count, behind = _node(data, at)
        operator = _COMPUTED.get(opcode)
        if operator is None:
            return self._operand(data, at)
        _check_count(count, 2)
        left, at = self._value(data, behind, levels - 1)
        right, at = self._value(data, at, levels - 1)
        return Operation(operator, (left, right)), at


# ------------------------------------------------------------------ the parts of a blob


def _opening(data: bytes, parts: int) -> int:
    """The position behind an expression's head and version."""
    count, at = _array(data, 0)
    version, at = _unsigned(data, at)
    if count != parts or version != _VERSION:
        raise Malformed("an expression in an encoding that is not known")
    return at


def _array(data: bytes, at: int) -> tuple[int, int]:
    major, count, at = head(data, at)
    if major != ARRAY or count == INDEFINITE:
        raise Malformed("something else where an array is expected")
    return count, at


def _node(data: bytes, at: int) -> tuple[int, int, int]:
    """A node's opcode, how much follows it, and the position behind it."""
    count, at = _array(data, at)
    opcode, at = _unsigned(data, at)
    return opcode, count - 1, at


def _unsigned(data: bytes, at: int) -> tuple[int, int]:
    major, number, at = head(data, at)
    if major != UNSIGNED:
        raise Malformed("something else where a number is expected")
    return number, at


def _check_count(count: int, expected: int) -> None:
    if count != expected:
        raise Malformed("an operator with another number of operands")


def _check_end(data: bytes, at: int) -> None:
    if at != len(data):
        raise Malformed("an expression with something behind it")
