"""A hook of MkDocs: the site's page of the decisions lists those that there are, by their files' headings.

In the repository the folder is that list. A list written by hand would be one more thing to forget.
"""

from pathlib import Path
from typing import Any


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    if page.file.src_uri != "decisions/index.md":
        return markdown
    files = sorted(Path(__file__).parent.glob("0*.md"))
    headings = [file.read_text().partition("\n")[0].removeprefix("# ") for file in files]
    lines = [f"- [{heading}]({file.name})" for file, heading in zip(files, headings, strict=True)]
    return "\n".join([markdown, *lines])
