"""Values that stand in the text: 'text', numbers, TRUE, FALSE, NULL, [lists], {'name': maps} and <<sets>>.

They are made canonical while they are read. A value that cannot be stored is objected to with its path
inside the whole value, which the service calls `root`. Inside a collection the service takes literals
only: a parameter, a path or a call there is read and objected to.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal

from dynalite.errors import INVALID_VALUES, InvalidRequest
from dynalite.expressions.tree import Literal, Node, Operation, Placeholder
from dynalite.limits import NESTING_LEVELS
from dynalite.partiql.lexer import NUMBER, STRING, Token, not_well_formed
from dynalite.partiql.reader import Reader
from dynalite.values.number import canonical
from dynalite.values.types import AttributeValue

_ROOT = "root"
_CONSTANTS: Mapping[str, AttributeValue] = {
    "TRUE": {"BOOL": True},
    "FALSE": {"BOOL": False},
    "NULL": {"NULL": True},
}
_OPENERS = frozenset(["[", "{", "<<"])
_LITERALS = frozenset([STRING, NUMBER, *_CONSTANTS, *_OPENERS])

_TOO_DEEP = "Nesting Levels have exceeded supported limits"
_EMPTY_SET = "Empty bags are not supported"
_MIXED_SET = "Unsupported data type in Bag. DynamoDB only supports either numbers or strings in bags"

NULL: AttributeValue = _CONSTANTS["NULL"]
"""Stands where something was objected to."""


class Literals(Reader, ABC):
    """Reads literals."""

    __slots__ = ()

    @abstractmethod
    def unjudged(self) -> Node:
        """Any expression, without objecting to what it means."""

    def at_literal(self) -> bool:
        return self.kind in _LITERALS or (self.kind in ("+", "-") and self._signed_number() is not None)

    def literal(self) -> AttributeValue:
        """A whole value."""
        return self._value(_ROOT, NESTING_LEVELS - 1)

    def _value(self, path: str, containers: int) -> AttributeValue:
        """One value at `path`, in which so many containers may stand one inside the other."""
        kind = self.kind
        if kind == STRING:
            return {"S": self.advance().text}
        if kind in _CONSTANTS:
            self.advance()
            return _CONSTANTS[kind]
        if kind in _OPENERS and kind != "<<" and containers == 0:
            self.object(f"{_TOO_DEEP} under {path}")
        if kind in _OPENERS:
            self.enter()
            value = self._container(kind, path, containers - 1)
            self.leave()
            return value
        number = self._signed_number()
        if number is not None:
            return self._number(*number, path)
        return self._no_literal(path)

    def _container(self, kind: str, path: str, containers: int) -> AttributeValue:
        self.advance()
        if kind == "[":
            return {"L": self._elements("]", path, containers)}
        if kind == "<<":
            return self._set(self._elements(">>", path, containers))
        members: dict[str, AttributeValue] = {}
        more = self.kind != "}"
        while more:
            name = self.member_name()
            if name in members:
                self.object(f"The map under {path} has two members of the name {name}")
            members[name] = self._value(f"{path}.{name}", containers)
            more = self.take(",")
        self.expect("}")
        return {"M": members}

    def member_name(self) -> str:
        """The name of a map's member and the colon behind it."""
        if self.kind != STRING:
            raise not_well_formed("Expected a string as the name of a member")
        name = self.advance().text
        self.expect(":")
        return name

    def _elements(self, closer: str, path: str, containers: int) -> list[AttributeValue]:
        elements: list[AttributeValue] = []
        more = self.kind != closer
        while more:
            elements.append(self._value(f"{path}[{len(elements)}]", containers))
            more = self.take(",")
        self.expect(closer)
        return elements

    def _set(self, elements: list[AttributeValue]) -> AttributeValue:
        if not elements:
            self.object(_EMPTY_SET)
            return NULL
        types = {next(iter(element)) for element in elements}
        if types not in ({"S"}, {"N"}):
            self.object(_MIXED_SET)
            return NULL
        (type,) = types
        members = [element[type] for element in elements]
        if len(set(members)) < len(members):
            self.object(f"{INVALID_VALUES}Input collection [{', '.join(members)}] contains duplicates.")
        return {type + "S": sorted(members, key=Decimal if type == "N" else None)}

    def _signed_number(self) -> tuple[int, bool] | None:
        """How many signs stand before the number that comes next, and whether they make it negative."""
        at = self.position
        while self.tokens[at].kind in ("+", "-"):
            at += 1
        if self.tokens[at].kind != NUMBER:
            return None
        signs = self.tokens[self.position : at]
        return len(signs), sum(sign.kind == "-" for sign in signs) % 2 == 1

    def _number(self, signs: int, negative: bool, path: str) -> AttributeValue:
        for _ in range(signs):
            self.advance()
        text = self.advance().text
        try:
            return {"N": canonical("-" + text if negative else text)}
        except InvalidRequest as error:
            self.object(f"{error.message} under {path}")
            return {"N": "0"}

    def _no_literal(self, path: str) -> AttributeValue:
        start = self.token
        node = self.unjudged()
        self.object(f"Unsupported data type: {_described(node, start)} under key {path}", start)
        return NULL


def _described(node: Node, start: Token) -> str:
    if isinstance(node, Placeholder):
        return "Parameter"
    if isinstance(node, Operation):
        return node.operator
    return "Literal" if isinstance(node, Literal) else start.text
