"""The reference pages of the documentation, made from the tables in the code.

`python -m server.reference` writes them anew, each between its two marks; what stands around the marks is
written by hand. A test compares, so nothing that has a row can be missing there. Each module makes one page:
it knows a table and says it as Markdown, and holds no facts of its own but those that no code could have,
such as how an operation differs from AWS's.
"""

from collections.abc import Callable, Mapping
from typing import Final

from server.reference import admin, command_line, errors, metrics, operations, settings

PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "docs/cli.md": command_line.text,
    "docs/reference/settings.md": settings.text,
    "docs/reference/operations.md": operations.text,
    "docs/reference/errors.md": errors.text,
    "docs/reference/metrics.md": metrics.text,
    "docs/reference/admin.md": admin.text,
}
"""What is between the marks of each page."""
