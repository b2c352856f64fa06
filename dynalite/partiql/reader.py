"""A position in a statement's tokens, and the two ways to complain.

A syntax error is raised where it is found. What can be read but means nothing to the service is objected
to and read on, because a syntax error further on comes first; the first objection counts.
"""

from dynalite.errors import ValidationException
from dynalite.partiql.keywords import KEYWORDS, OPERATOR_WORDS
from dynalite.partiql.lexer import END, Token, not_well_formed, place, tokens

_DEPTH = 64  # three stack frames each
_TOO_DEEP = "The statement is nested too deeply"
_OPERATOR_SIGNS = frozenset(["=", "<>", "<", "<=", ">", ">=", "*", "/", "%", "||"])


class Reader:
    """Steps through tokens. `kind` is the current token's."""

    __slots__ = ("depth", "kind", "objection", "parameters", "position", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.position = 0
        self.kind = self.tokens[0].kind
        self.parameters = 0
        self.depth = 0
        self.objection: str | None = None

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def behind(self, kind: str) -> bool:
        """Whether the token after the current one is of this kind."""
        return self.kind != END and self.tokens[self.position + 1].kind == kind

    def advance(self) -> Token:
        token = self.tokens[self.position]
        if token.kind != END:
            self.position += 1
            self.kind = self.tokens[self.position].kind
        return token

    def take(self, *kinds: str) -> bool:
        """Step over these tokens if all of them come next."""
        following = self.tokens[self.position : self.position + len(kinds)]
        if tuple([token.kind for token in following]) != kinds:
            return False
        for _ in kinds:
            self.advance()
        return True

    def expect(self, kind: str) -> Token:
        if self.kind != kind:
            raise not_well_formed(f"Expected {kind}")
        return self.advance()

    def enter(self) -> None:
        """One level deeper. Nesting is limited, so that no text can exhaust the stack, here or in a later
        walk.
        """
        self.depth += 1
        if self.depth > _DEPTH:
            raise ValidationException(_TOO_DEEP)

    def leave(self) -> None:
        self.depth -= 1

    def object(self, objection: str, at: Token | None = None) -> None:
        """Remember what is wrong with the statement's meaning, and where, if nothing before it was."""
        if self.objection is None:
            self.objection = objection if at is None else f"{objection} at {place(self.text, at)}"

    def unexpected(self) -> ValidationException:
        """What is said where a term should begin and none does."""
        if self.kind in OPERATOR_WORDS or self.kind in _OPERATOR_SIGNS:
            return not_well_formed("Unexpected operator")
        if self.kind in KEYWORDS:
            return not_well_formed("Unexpected keyword")
        return not_well_formed("Unexpected term")
