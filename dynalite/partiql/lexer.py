"""Statement text to tokens.

'text' is a string and "text" a name, each with its quote doubled inside; a bare name begins with a
letter, `_` or `$`. Comments run from `--` to the end of the line and from `/*` to the first `*/`. A
token knows where it stands, because the service points at it: `line:column:length`, in characters, from
1.

Text that makes no token is answered without a detail, as the service does it: an unknown character, a
quote or a comment that never closes, a number that runs into a name, and a number whose exponent or
scale leaves the 32-bit range of the service's own reader.
"""

import re
from typing import NamedTuple

from dynalite.errors import ValidationException
from dynalite.partiql.keywords import KEYWORDS

NAME = "name"
QUOTED = "quoted"
STRING = "string"
NUMBER = "number"
PARAMETER = "?"
END = "end"

_NOT_WELL_FORMED = "Statement wasn't well formed, can't be processed: "
_INT32 = 2**31

_TOKEN = re.compile(
    rf"""(?P<space>\s+|--[^\r\n]*|/\*(?s:.*?)\*/)
    |(?P<{NUMBER}>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_$]))
    |(?P<{NAME}>[A-Za-z_$][A-Za-z0-9_$]*)
    |(?P<{STRING}>'(?:[^']|'')*')
    |(?P<{QUOTED}>"(?:[^"]|"")*")
    |(?P<sign><<|>>|<>|<=|>=|!=|\|\||[=<>()\[\]{{}},.:;?*/%+-])""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """`kind` is one of the words above, a keyword in capitals, or a sign as written; `text` is without its
    quotes.
    """

    kind: str
    text: str
    start: int
    end: int


def not_well_formed(detail: str) -> ValidationException:
    """What is said of text that the grammar does not have."""
    return ValidationException(_NOT_WELL_FORMED + detail)


def tokens(text: str) -> list[Token]:
    """All tokens of a statement, closed by one of kind END. Raises ValidationException."""
    found = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or text.startswith("/*", position) != (match[0][:2] == "/*" and len(match[0]) > 3):
            raise not_well_formed("")
        position = match.end()
        if match.lastgroup != "space":
            found.append(_token(match))
    found.append(Token(END, "", len(text), len(text)))
    return found


def _token(match: "re.Match[str]") -> Token:
    kind, written = match.lastgroup or "", match[0]
    text = written
    if kind == NAME and written.upper() in KEYWORDS:
        kind = written.upper()
    elif kind == NUMBER:
        _check_scale(written)
    elif kind in (STRING, QUOTED):
        quote = written[0]
        text = written[1:-1].replace(quote * 2, quote)
    elif kind == "sign":
        kind = "<>" if written == "!=" else written
    return Token(kind, text, match.start(), match.end())


def _check_scale(number: str) -> None:
    mantissa, _, exponent = number.lower().partition("e")
    if not exponent:
        return
    if len(exponent) > 18 or not -_INT32 <= int(exponent) < _INT32:
        raise not_well_formed("")
    scale = len(mantissa.partition(".")[2]) - int(exponent)
    if not -_INT32 <= scale < _INT32:
        raise not_well_formed("")


def place(text: str, token: Token) -> str:
    """Where a token stands, as the service prints it: `line:column:length`."""
    before = text[: token.start]
    line = before.count("\n") + 1
    column = token.start - (before.rfind("\n") + 1) + 1
    return f"{line}:{column}:{token.end - token.start}"
