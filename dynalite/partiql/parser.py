"""Tokens to statements.

    SELECT columns FROM table[.index] [WHERE condition] [ORDER BY key [ASC | DESC], ...]
    INSERT INTO table VALUE {...}
    UPDATE table SET path = value, ... | REMOVE path, ... [...] [WHERE condition] [RETURNING ...]
    FROM table [WHERE condition] SET ... | REMOVE ... [...] [RETURNING ...]
    DELETE FROM table [WHERE condition] [RETURNING ...]
    EXISTS (SELECT ...)

A semicolon may follow. What is missing although the grammar does not ask for it (a WHERE clause that
names the whole key) is for those to notice who know the table.
"""

from collections.abc import Callable, Mapping

from dynalite.expressions.cache import Cache
from dynalite.expressions.tree import Action, Literal, Node, Operation, Path, Placeholder
from dynalite.partiql.lexer import END, NAME, PARAMETER, QUOTED, Token, not_well_formed
from dynalite.partiql.statement import (
    Column,
    Command,
    Delete,
    Exists,
    Insert,
    Order,
    Returning,
    Select,
    Statement,
    Update,
)
from dynalite.partiql.terms import CONDITION_FUNCTIONS, UPDATE_FUNCTIONS, Terms
from dynalite.values.types import SET_TYPES, AttributeValue

_LEFT_OVER = "Unexpected token after expression"
_NO_STATEMENT = "Expected data manipulation"
_ALIAS = "Aliasing is not supported"
_EMPTY_NAME = "Path component cannot be an empty string"
_LONG_PATH = "A path may contain at most 2 components in the FROM clause"
_ONE_TABLE = "FROM clause may only contain a single table name"
_NOT_ON_INDEX = "This operation is not supported on an index"
_RETURNING_INSERT = "The RETURNING clause is not supported in INSERT statements"
_NO_COLUMN = "Unexpected path component"
_UNSUPPORTED_CLAUSE = "The {} clause is not supported"

_SET_FUNCTIONS = {"set_add": "ADD", "set_delete": "DELETE"}
_CACHED = 512

_parsed: Cache[str, Statement] = Cache(_CACHED)


def parse(text: str) -> Statement:
    """The statement in a text. Raises ValidationException for text that is no statement."""
    statement = _parsed.get(text)
    if statement is None:
        statement = _Parser(text).statement()
        _parsed.put(text, statement)
    return statement


class _Parser(Terms):
    __slots__ = ()

    def statement(self) -> Statement:
        read = _COMMANDS.get(self.kind)
        if read is None:
            raise not_well_formed(_NO_STATEMENT)
        command = read(self)
        self.take(";")
        if self.kind != END:
            raise not_well_formed(_LEFT_OVER)
        return Statement(command, self.parameters, self.objection)

    # -------------------------------------------------------------- SELECT

    def select(self) -> Select:
        self.expect("SELECT")
        if self.kind in ("DISTINCT", "ALL"):
            self.object(_UNSUPPORTED_CLAUSE.format(self.kind), self.advance())
        columns = self._columns()
        self.expect("FROM")
        if self.kind not in (NAME, QUOTED):
            raise self.unexpected()
        table, *rest = self._source()
        if len(rest) > 1:
            self.object(_LONG_PATH)
        where = self._where()
        order = self._order()
        self._refuse_clauses()
        return Select(table, rest[0] if rest else None, columns, where, order)

    def _columns(self) -> tuple[Column, ...] | None:
        if self.take("*"):
            return None
        columns = [self._column()]
        while self.take(","):
            columns.append(self._column())
        names = set()
        for column in columns:
            if column.name in names:
                self.object(f"The SELECT clause names the column {column.name} twice")
            names.add(column.name)
        return tuple(columns)

    def _column(self) -> Column:
        """A path, named in the answer by its last name and the indices behind it."""
        start = self.token
        node = self.unjudged()
        if self.take("AS"):
            self.object(_ALIAS)
            self.advance()
        if not isinstance(node, Path):
            self.object(_NO_COLUMN, start)
            return Column(start.text, (start.text,))
        last = max(at for at, step in enumerate(node.steps) if isinstance(step, str))
        name = str(node.steps[last]) + "".join([f"[{step}]" for step in node.steps[last + 1 :]])
        return Column(name, node.steps)

    def _order(self) -> tuple[Order, ...]:
        if not self.take("ORDER"):
            return ()
        self.expect("BY")
        terms = [self._order_term()]
        while self.take(","):
            terms.append(self._order_term())
        return tuple(terms)

    def _order_term(self) -> Order:
        start = self.token
        path = self.path()
        if len(path.steps) > 1:
            self.object(_NO_COLUMN, start)
        descending = self.kind == "DESC"
        if self.kind in ("ASC", "DESC"):
            self.advance()
        return Order(str(path.steps[0]), descending)

    def _refuse_clauses(self) -> None:
        """Clauses that the language has and the service does not."""
        if self.kind in ("LIMIT", "HAVING", "GROUP"):
            clause = self.advance()
            self.take("BY")
            self.object(_UNSUPPORTED_CLAUSE.format(clause.kind), clause)
            self.expression()

    # -------------------------------------------------------------- writes

    def insert(self) -> Insert:
        self.expect("INSERT")
        self.expect("INTO")
        table, *rest = self._source(aliases=False)
        if rest:
            self.object(_ONE_TABLE)
        if not self.take("VALUE"):
            self.expression()
            raise not_well_formed(_LEFT_OVER if self.kind != END else "Expected VALUE")
        attributes = self._item()
        if self._returning() is not None:
            self.object(_RETURNING_INSERT)
        return Insert(table, attributes)

    def _item(self) -> tuple[tuple[str, AttributeValue | Placeholder], ...]:
        self.expect("{")
        attributes: dict[str, AttributeValue | Placeholder] = {}
        more = self.kind != "}"
        while more:
            name = self.member_name()
            if name in attributes:
                self.object(f"The item has two attributes of the name {name}")
            attributes[name] = self.parameter() if self.kind == PARAMETER else self.literal()
            more = self.take(",")
        self.expect("}")
        return tuple(attributes.items())

    def update(self) -> Update:
        self.expect("UPDATE")
        table = self._target()
        actions = self._actions()
        where = self._where()
        return Update(table, actions, where, self._returning())

    def from_first(self) -> Update:
        self.expect("FROM")
        table = self._target()
        where = self._where()
        actions = self._actions()
        return Update(table, actions, where, self._returning())

    def delete(self) -> Delete:
        self.expect("DELETE")
        self.expect("FROM")
        table = self._target()
        where = self._where()
        returning = self._returning()
        if returning is not None and returning != ("ALL", "OLD"):
            self.object(
                f"Invalid returning clause: RETURNING {' '.join(returning)} *."
                " Only RETURNING ALL OLD * is allowed in DELETE statements."
            )
        return Delete(table, where, returning)

    def _target(self) -> str:
        """The table of an update or delete."""
        table, *rest = self._source()
        if rest:
            self.object(_NOT_ON_INDEX if len(rest) == 1 else _LONG_PATH)
        return table

    def _returning(self) -> Returning | None:
        if not self.take("RETURNING"):
            return None
        which = self.advance().text.upper()
        image = self.advance().text.upper()
        self.expect("*")
        if which not in ("ALL", "MODIFIED") or image not in ("OLD", "NEW"):
            raise not_well_formed("Expected ALL or MODIFIED, OLD or NEW")
        return ("ALL" if which == "ALL" else "MODIFIED", "OLD" if image == "OLD" else "NEW")

    # -------------------------------------------------------------- actions of an update

    def _actions(self) -> tuple[Action, ...]:
        if self.kind not in ("SET", "REMOVE"):
            raise not_well_formed(_NO_STATEMENT)
        actions: list[Action] = []
        while self.kind in ("SET", "REMOVE"):
            read = self._assignment if self.advance().kind == "SET" else self._removal
            actions.append(read())
            while self.take(","):
                actions.append(read())
        return tuple(actions)

    def _removal(self) -> Action:
        return Action("REMOVE", self.path())

    def _assignment(self) -> Action:
        path = self.path()
        self.expect("=")
        start = self.token
        self.functions = UPDATE_FUNCTIONS
        value = self.expression()
        self.functions = CONDITION_FUNCTIONS
        if isinstance(value, Operation) and value.operator in _SET_FUNCTIONS:
            return self._set_action(path, value, start)
        self._check_value(value, start)
        return Action("SET", path, value)

    def _set_action(self, path: Path, call: Operation, start: Token) -> Action:
        """set_add and set_delete work on the very attribute that is assigned."""
        name = call.operator.upper()
        if len(call.operands) != 2:
            self.object(f"{name} must have exactly two arguments", start)
            return Action("REMOVE", path)
        first, second = call.operands
        if first != path:
            self.object(f"The first argument to {name} must equal the assignment value", start)
        is_set = isinstance(second, Placeholder) or (
            isinstance(second, Literal) and SET_TYPES & second.value.keys()
        )
        if not is_set:
            argument = self.tokens[self.tokens.index(start) + 2]
            self.object(f"The second argument to {name} must be a value with type SET", argument)
        return Action("ADD" if call.operator == "set_add" else "DELETE", path, second)

    def _check_value(self, value: Node, start: Token) -> None:
        """What is assigned is an operand, or a sum or difference: no condition."""
        waiting = [value]
        while waiting:
            node = waiting.pop()
            if not isinstance(node, Operation):
                continue
            if node.operator in _SET_FUNCTIONS:
                self.object(f"Unrecognized function: {node.operator}", start)
            elif node.operator not in _VALUE_OPERATORS:
                self.object(f"Unsupported operation: {node.operator}")
            waiting.extend(node.operands)

    # -------------------------------------------------------------- EXISTS, and what statements share

    def exists(self) -> Exists:
        self.expect("EXISTS")
        self.expect("(")
        select = self.select()
        self.expect(")")
        return Exists(select)

    def _where(self) -> Node | None:
        return self.expression() if self.take("WHERE") else None

    def _source(self, *, aliases: bool = True) -> list[str]:
        """The table, and what is written behind it with dots."""
        names = [self._source_name()]
        while self.take("."):
            names.append(self._source_name())
        if "" in names:
            self.object(_EMPTY_NAME)
        if aliases and (self.kind in (NAME, QUOTED) or self.kind == "AS"):
            self.object(_ALIAS)
            self.take("AS")
            self.advance()
        return names

    def _source_name(self) -> str:
        if self.kind not in (NAME, QUOTED):
            raise not_well_formed("Expected identifier for simple path")
        return self.advance().text


_VALUE_OPERATORS = frozenset(["+", "-", "if_not_exists", "list_append"])

_COMMANDS: Mapping[str, Callable[[_Parser], Command]] = {
    "SELECT": _Parser.select,
    "INSERT": _Parser.insert,
    "UPDATE": _Parser.update,
    "FROM": _Parser.from_first,
    "DELETE": _Parser.delete,
    "EXISTS": _Parser.exists,
}
