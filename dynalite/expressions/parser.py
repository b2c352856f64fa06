"""Tokens to trees: the three grammars of the expression language.

    condition   operands compared by = <> < <= > >= BETWEEN IN, calls of functions, joined by NOT, AND, OR
    update      SET path = value, ... REMOVE path, ... ADD path :v, ... DELETE path :v, ...
    projection  path, ...

The parser knows syntax only. That a word is reserved, a function unknown or out of place is found in the
finished tree (`rules`), because a syntax error anywhere in the text comes first. Parentheses that stand
directly around parentheses are the exception: the service complains of them as soon as the outer one
closes.

An opening parenthesis in a condition may begin a condition or an operand, `(a) = :v` as well as `(a =
:v)`. Both are read by the same function; a node that cannot stand where it ended up is a syntax error at
the token behind it.

Nesting is limited, so that no text can exhaust the Python stack (one frame a level of parentheses, three
a call, which counts for two levels). The limit is the number of operators that an expression may have:
parentheses nested deeper are redundant or hold too many operators, and so do calls, of which nobody nests
half as many.
"""

from abc import ABC, abstractmethod
from typing import cast

from dynalite.expressions.complaint import Complaint
from dynalite.expressions.lexer import ALIAS, END, NAME, NUMBER, VALUE, tokens
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
from dynalite.limits import EXPRESSION_OPERATORS

COMPARATORS = frozenset(["=", "<>", "<", "<=", ">", ">="])

_OR, _AND = 1, 2
_BINDING = {"OR": _OR, "AND": _AND}
_CONDITION_WORDS = frozenset(["AND", "OR", "NOT", "BETWEEN", "IN"])
_CONDITION_ONLY = COMPARATORS | _CONDITION_WORDS
_SECTIONS = frozenset(["SET", "REMOVE", "ADD", "DELETE"])
_NO_WORDS: frozenset[str] = frozenset()

REDUNDANT_PARENTHESES = "The expression has redundant parentheses;"
TOO_MANY_OPERATORS = f"The expression contains too many operators; operator count: {EXPRESSION_OPERATORS + 1}"


def parse_condition(text: str) -> Node:
    """A condition, filter or key condition. Raises Complaint."""
    return _ConditionParser(text, _CONDITION_WORDS).condition()


def parse_update(text: str) -> UpdateTree:
    """An update expression. Raises Complaint."""
    return _UpdateParser(text, _SECTIONS).update()


def parse_projection(text: str) -> ProjectionTree:
    """A projection expression. Raises Complaint."""
    return _ProjectionParser(text, _NO_WORDS).projection()


class _Parser:
    """A position in the tokens, and what all grammars have: paths."""

    __slots__ = ("kind", "position", "text", "tokens")

    def __init__(self, text: str, keywords: frozenset[str]) -> None:
        self.text = text
        self.tokens = tokens(text, keywords)
        self.position = 0
        self.kind = self.tokens[0].kind

    def advance(self) -> str:
        """Step over the current token and return its text."""
        text = self.tokens[self.position].text
        self.position += 1
        self.kind = self.tokens[self.position].kind
        return text

    def expect(self, kind: str) -> str:
        if self.kind != kind:
            raise self.syntax_error()
        return self.advance()

    def syntax_error(self) -> Complaint:
        """The service quotes the unexpected token, and the text from the one before it to the one behind."""
        before = self.tokens[max(self.position - 1, 0)]
        token = self.tokens[self.position]
        behind = self.tokens[min(self.position + 1, len(self.tokens) - 1)]
        near = self.text[before.start : behind.end].rstrip()
        return Complaint(f'Syntax error; token: "{token.text}", near: "{near}"')

    def finish(self) -> None:
        if self.kind != END:
            raise self.syntax_error()

    def path(self) -> Path:
        return self.steps([self.name()])

    def steps(self, steps: list[str | int]) -> Path:
        """The rest of a path that begins with `steps`."""
        while True:
            if self.kind == ".":
                self.advance()
                steps.append(self.name())
            elif self.kind == "[":
                self.advance()
                steps.append(int(self.expect(NUMBER)))
                self.expect("]")
            else:
                return Path(tuple(steps))

    def name(self) -> str:
        if self.kind == ALIAS:
            return Alias(self.advance())
        return self.expect(NAME)


class _ProjectionParser(_Parser):
    __slots__ = ()

    def projection(self) -> ProjectionTree:
        paths = [self.path()]
        while self.kind == ",":
            self.advance()
            paths.append(self.path())
        self.finish()
        return ProjectionTree(tuple(paths))


class _OperandParser(_Parser, ABC):
    """What conditions and updates have: values, calls and parentheses."""

    __slots__ = ("depth",)

    def __init__(self, text: str, keywords: frozenset[str]) -> None:
        super().__init__(text, keywords)
        self.depth = 0

    @abstractmethod
    def operand(self) -> Node:
        """An operand, possibly in parentheses."""

    def enter(self, levels: int, complaint: str) -> None:
        self.depth += levels
        if self.depth > EXPRESSION_OPERATORS:
            raise Complaint(complaint)

    def simple_operand(self) -> Node:
        """A value, a call or a path."""
        if self.kind == VALUE:
            return Placeholder(self.advance())
        if self.kind == NAME and self.tokens[self.position + 1].kind == "(":
            return self.call()
        return self.path()

    def call(self) -> Operation:
        self.enter(2, TOO_MANY_OPERATORS)
        function = self.advance()
        self.advance()
        operands = self.operands_until_closed()
        self.depth -= 2
        return Operation(function, operands)

    def operands_until_closed(self) -> tuple[Node, ...]:
        """One operand or more with commas between them, and the closing parenthesis."""
        operands = [self.operand()]
        while self.kind == ",":
            self.advance()
            operands.append(self.operand())
        self.expect(")")
        return tuple(operands)


class _ConditionParser(_OperandParser):
    __slots__ = ("closed",)

    def __init__(self, text: str, keywords: frozenset[str]) -> None:
        super().__init__(text, keywords)
        self.closed = (-1, -1)  # where the pair of parentheses stands that closed last

    def condition(self) -> Node:
        node = self.expression(_OR)
        self.require_condition(node)
        self.finish()
        return node

    def expression(self, weakest: int) -> Node:
        """An operand, or a condition whose operators bind at least as tightly as `weakest`."""
        negations = 0
        while self.kind == "NOT":
            self.advance()
            negations += 1
        if self.kind == "(":
            self.enter(1, REDUNDANT_PARENTHESES)
            opened = self.position
            self.advance()
            node = self.close(opened, self.expression(_OR))
        else:
            node = self.simple_operand()
        node = self.comparison(node)
        if negations:
            self.require_condition(node)
            for _ in range(negations):
                node = Operation("NOT", (node,))
        while (binding := _BINDING.get(self.kind, 0)) >= weakest:
            self.require_condition(node)
            word = self.kind
            operands = [node]
            while self.kind == word:
                self.advance()
                operands.append(self.expression(binding + 1))
                self.require_condition(operands[-1])
            node = Operation(word, tuple(operands))
        return node

    def comparison(self, left: Node) -> Node:
        """`left` alone, or compared with what follows."""
        word = self.kind
        if word in COMPARATORS:
            self.require_operand(left)
            self.advance()
            return Operation(word, (left, self.operand()))
        if word == "BETWEEN":
            self.require_operand(left)
            self.advance()
            low = self.operand()
            self.expect("AND")
            return Operation(word, (left, low, self.operand()))
        if word == "IN":
            self.require_operand(left)
            self.advance()
            self.expect("(")
            return Operation(word, (left, *self.operands_until_closed()))
        return left

    def operand(self) -> Node:
        if self.kind != "(":
            return self.simple_operand()
        self.enter(1, REDUNDANT_PARENTHESES)
        opened = self.position
        self.advance()
        return self.close(opened, self.operand())

    def close(self, opened: int, node: Node) -> Node:
        """Step over the parenthesis that closes the one at `opened`, with `node` between them."""
        if self.kind == ")" and self.closed == (opened + 1, self.position - 1):
            raise Complaint(REDUNDANT_PARENTHESES)
        self.closed = (opened, self.position)
        self.expect(")")
        self.depth -= 1
        return self.steps(list(node.steps)) if isinstance(node, Path) else node

    def require_condition(self, node: Node) -> None:
        """A bare operand where a condition must stand: the syntax error is that nothing compares it."""
        if not isinstance(node, Operation):
            raise self.syntax_error()

    def require_operand(self, node: Node) -> None:
        if isinstance(node, Operation) and node.operator in _CONDITION_ONLY:
            raise self.syntax_error()


class _UpdateParser(_OperandParser):
    __slots__ = ()

    def update(self) -> UpdateTree:
        clauses: list[Clause] = []
        while not clauses or self.kind != END:
            if self.kind not in _SECTIONS:
                raise self.syntax_error()
            section = cast("Section", self.kind)
            self.advance()
            actions = [self.action(section)]
            while self.kind == ",":
                self.advance()
                actions.append(self.action(section))
            clauses.append(Clause(section, tuple(actions)))
        return UpdateTree(tuple(clauses))

    def action(self, section: Section) -> Action:
        path = self.path()
        if section == "SET":
            self.expect("=")
            return Action(section, path, self.value())
        if section == "REMOVE":
            return Action(section, path)
        return Action(section, path, Placeholder(self.expect(VALUE)))

    def value(self) -> Node:
        """An operand, or the sum or difference of two."""
        left = self.operand()
        if self.kind not in ("+", "-"):
            return left
        return Operation(self.advance(), (left, self.operand()))

    def operand(self) -> Node:
        if self.kind != "(":
            return self.simple_operand()
        self.enter(1, TOO_MANY_OPERATORS)
        self.advance()
        node = self.value()
        self.expect(")")
        self.depth -= 1
        return node
