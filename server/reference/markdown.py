"""What the pages are made of: tables, and the marks between which a generated part stands."""

from collections.abc import Iterable, Sequence
from typing import Final

BEGIN: Final = "<!-- from here on: python -m server.reference -->"
END: Final = "<!-- up to here -->"


def between_marks(page: str, text: str) -> str:
    """The page, with this text between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError("the page has no marks")
    return f"{before}{BEGIN}\n\n{text}\n{END}{after}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def code(text: str) -> str:
    """The text as code, fit for a table's cell; nothing stays nothing."""
    return f"`{text}`".replace("|", "\\|") if text else ""
