"""The expressions of a statement: conditions, operands, paths and calls.

Operators bind, from loosest to tightest: OR, AND, NOT, comparisons (with IN, BETWEEN, IS and LIKE), `+ -
||`, `* / %`, signs. One loop over that table reads them all. AND and OR hold as many operands as are
written in a row; other operators in a row nest to the left.
"""

from collections.abc import Mapping

from dynalite.errors import ValidationException
from dynalite.expressions.tree import HIGHEST_INDEX, Literal, Node, Operation, Path, Placeholder
from dynalite.partiql.keywords import KEYWORDS, OPERATOR_WORDS, OTHER_TYPE_NAMES, TYPE_NAMES
from dynalite.partiql.lexer import END, NAME, NUMBER, PARAMETER, QUOTED, STRING, Token, not_well_formed
from dynalite.partiql.literals import NULL, Literals

_OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT = range(1, 7)
_BINDING: Mapping[str, int] = {
    "OR": _OR,
    "AND": _AND,
    **dict.fromkeys(["=", "<>", "<", "<=", ">", ">=", "IN", "BETWEEN", "IS", "LIKE"], _COMPARISON),
    **dict.fromkeys(["+", "-", "||"], _SUM),
    **dict.fromkeys(["*", "/", "%"], _PRODUCT),
}
_NEGATED = frozenset(["IN", "BETWEEN", "LIKE"])  # `a NOT IN ...`
_UNSUPPORTED: Mapping[str, str] = {"LIKE": "Like", "||": "Concat", "*": "Times", "/": "Divide", "%": "Modulo"}
"""Operators that the service can read and does not serve, by the names that it has for them."""

CONDITION_FUNCTIONS = frozenset(
    ["attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size"]
)
UPDATE_FUNCTIONS = frozenset(["if_not_exists", "list_append", "set_add", "set_delete"])
_NOT_CALLABLE = OPERATOR_WORDS | {"NOT", "SELECT", "FROM", "WHERE", "SET", "REMOVE", "VALUE", "VALUES"}
_CALLABLE = (KEYWORDS - _NOT_CALLABLE) | {NAME}
_BRACKETS = {"(": ")", "[": "]", "<<": ">>"}
_INDEX_DIGITS = len(str(HIGHEST_INDEX))
_LEFT_NESTED = 64
_TOO_MANY = "The statement has too many operators in a row"


class Terms(Literals):
    """Reads expressions. `functions` are the functions that mean something where the reader stands."""

    __slots__ = ("functions", "left_nested")

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.functions = CONDITION_FUNCTIONS
        self.left_nested = 0

    # -------------------------------------------------------------- operators

    def expression(self, weakest: int = _OR) -> Node:
        """A term, with the operators behind it that bind at least as tightly as `weakest`."""
        if self.kind == "NOT" and weakest <= _NOT:
            self.advance()
            self.enter()
            node: Node = Operation("NOT", (self.expression(_NOT),))
            self.leave()
        else:
            node = self._term()
        while True:
            negated = self.kind == "NOT" and self.tokens[self.position + 1].kind in _NEGATED
            binding = _COMPARISON if negated else _BINDING.get(self.kind, 0)
            if binding < weakest:
                return node
            if negated:
                self.advance()
                node = Operation("NOT", (self._infix(node, binding),))
            else:
                node = self._infix(node, binding)

    def unjudged(self) -> Node:
        before = self.objection
        node = self.expression()
        self.objection = before
        return node

    def _infix(self, left: Node, binding: int) -> Node:
        """`left` with the operator that follows it and what that takes on its right."""
        kind = self.advance().kind
        if binding <= _AND:
            operands = [left, self._right_side(binding + 1)]
            while self.take(kind):
                operands.append(self._right_side(binding + 1))
            return Operation(kind, tuple(operands))
        if isinstance(left, Operation) and left.operator in _BINDING:
            self.left_nested += 1
            if self.left_nested > _LEFT_NESTED:
                raise ValidationException(_TOO_MANY)
        if kind == "IS":
            return self._type_test(left)
        if kind == "IN":
            return Operation(kind, (left, *self._choices()))
        if kind == "BETWEEN":
            low = self._right_side(_SUM)
            self.expect("AND")
            return Operation(kind, (left, low, self._right_side(_SUM)))
        if kind in _UNSUPPORTED:
            self.object(f"Unsupported operation: {_UNSUPPORTED[kind]}")
        return Operation(kind, (left, self._right_side(binding + 1)))

    def _right_side(self, weakest: int) -> Node:
        if self.kind == END:
            raise not_well_formed("Missing right-hand side expression of infix operator")
        self.enter()
        node = self.expression(weakest)
        self.leave()
        return node

    def _choices(self) -> list[Node]:
        """What stands behind IN, in any kind of brackets."""
        if self.kind not in _BRACKETS:
            raise self.unexpected()
        closer = _BRACKETS[self.advance().kind]
        choices = [self._right_side(_SUM)]
        while self.take(","):
            choices.append(self._right_side(_SUM))
        self.expect(closer)
        return choices

    def _type_test(self, left: Node) -> Node:
        """What IS means: IS MISSING asks for the path, everything else for the type of what it leads to."""
        negated = self.take("NOT")
        words = tuple([token.text.upper() for token in self.tokens[self.position : self.position + 2]])
        name = words if words in OTHER_TYPE_NAMES else words[:1]
        type = TYPE_NAMES.get(name)
        if type is None and name not in OTHER_TYPE_NAMES:
            raise not_well_formed("Expected type name")
        for _ in name:
            self.advance()
        if type is None:
            self.object("Unsupported operation: IsType")
        if type == "MISSING":
            return Operation("attribute_exists" if negated else "attribute_not_exists", (left,))
        test = Operation("attribute_type", (left, Literal({"S": type or "NULL"})))
        return Operation("NOT", (test,)) if negated else test

    # -------------------------------------------------------------- terms

    def _term(self) -> Node:
        kind = self.kind
        if kind == "(":
            return self._parenthesised()
        if kind == PARAMETER:
            return self.parameter()
        if kind in _CALLABLE and self.behind("("):
            return self._call()
        if kind in (NAME, QUOTED):
            return self.path()
        if kind == "MISSING":
            self.object("Unsupported data type: Missing", self.advance())
            return Literal(NULL)
        if self.at_literal():
            return Literal(self.literal())
        if kind in ("+", "-"):
            self.advance()
            self.object(f"Unsupported operation: {'Neg' if kind == '-' else 'Pos'}")
            return self._right_side(_PRODUCT + 1)
        raise self.unexpected()

    def _parenthesised(self) -> Node:
        self.advance()
        self.enter()
        node = self.expression()
        self.leave()
        self.expect(")")
        return self._steps(list(node.steps)) if isinstance(node, Path) else node

    def parameter(self) -> Placeholder:
        self.expect(PARAMETER)
        self.parameters += 1
        return Placeholder(f"?{self.parameters}")

    def _call(self) -> Operation:
        name = self.advance()
        self.advance()
        self.enter()
        arguments: list[Node] = []
        if self.take("*"):
            arguments.append(Literal(NULL))
        elif self.kind != ")":
            arguments.append(self.expression())
            while self.take(","):
                arguments.append(self.expression())
        self.leave()
        self.expect(")")
        return self.called(name, tuple(arguments))

    def called(self, name: Token, arguments: tuple[Node, ...]) -> Operation:
        function = name.text.lower()
        if function not in self.functions:
            self.object(f"Unrecognized function: {function}", name)
        return Operation(function, arguments)

    # -------------------------------------------------------------- paths

    def path(self) -> Path:
        """A document path. A keyword can begin or continue one only in quotes."""
        if self.kind not in (NAME, QUOTED):
            raise self.unexpected()
        return self._steps([self.advance().text])

    def _steps(self, steps: list[str | int]) -> Path:
        """The rest of a path that begins with `steps`."""
        while True:
            if self.take("."):
                if self.kind not in (NAME, QUOTED):
                    raise not_well_formed("Invalid path dot component")
                steps.append(self.advance().text)
            elif self.take("["):
                if self.kind == NUMBER and self.token.text.isdigit():
                    steps.append(self._index())
                elif self.kind == STRING:
                    steps.append(self.advance().text)
                else:
                    raise not_well_formed("Invalid path component")
                self.expect("]")
            else:
                return Path(tuple(steps))

    def _index(self) -> int:
        token = self.advance()
        digits = token.text.lstrip("0") or "0"
        if len(digits) > _INDEX_DIGITS or int(digits) > HIGHEST_INDEX:
            self.object(f"List index is not within the allowable range; index: [{token.text}]")
            return 0
        return int(digits)
