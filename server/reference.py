"""The reference of the command line in docs/cli.md, made from the tables.

`python -m server.reference FILE...` writes it between its two marks in each file. A test compares, so a
command or an option cannot be forgotten there.
"""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from server.client.session import WHERE
from server.commands import COMMANDS, Command
from server.options import CONFIG, Option
from server.outcome import STATUSES

BEGIN: Final = "<!-- from here on: python -m server.reference docs/cli.md -->"
END: Final = "<!-- up to here -->"


def text() -> str:
    """The whole reference, as Markdown."""
    parts = [
        "## Commands\n",
        _table(("command", "what it does"), ((_link(command), command.summary) for command in COMMANDS)),
        *(_command(command) for command in COMMANDS),
        "## Options of every command that asks for operations\n",
        _options(WHERE),
        "## Exit statuses\n",
        _table(("status", "meaning"), ((str(status), meaning) for status, meaning in STATUSES)),
    ]
    return "\n".join(parts)


def inserted(page: str) -> str:
    """The page, with the reference between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError("the page has no marks")
    return f"{before}{BEGIN}\n\n{text()}\n{END}{after}"


def _link(command: Command) -> str:
    return f"[`dynalite {command.name}`](#dynalite-{command.name})"


def _command(command: Command) -> str:
    form = command.load().FORM
    common = {option.name for option in WHERE} if form.options[-len(WHERE) :] == WHERE else set()
    own = [option for option in form.options if option.name not in common]
    usage = " ".join((f"dynalite {command.name}", "[options]", *(one.shown for one in form.operands)))
    parts = [f"### `dynalite {command.name}`\n", f"{form.description}\n", f"    {usage}\n"]
    if form.operands:
        rows = ((f"`{one.shown}`", one.help) for one in form.operands)
        parts.append(_table(("operand", "meaning"), rows))
    if own:
        parts.append(_options(own))
    if common:
        parts.append(
            "And the [options of every command that asks for"
            " operations](#options-of-every-command-that-asks-for-operations).\n"
        )
    if form.examples:
        lines = "".join(f"# {what}\n{example}\n" for example, what in form.examples)
        parts.append(f"```sh\n{lines}```\n")
    return "\n".join(parts)


def _options(options: Sequence[Option]) -> str:
    rows = [_option(option) for option in options]
    if any(option.lasts for option in options):
        rows.append((f"`{CONFIG.flag} {CONFIG.value_name}`", f"`{CONFIG.variable}`", "", CONFIG.help))
    return _table(("option", "variable", "default", "meaning"), rows)


def _option(option: Option) -> tuple[str, str, str, str]:
    flag = f"{option.flag} {option.value_name}".rstrip().replace("|", "\\|")
    variable = f"`{option.variable}`" if option.lasts else ""
    default = f"`{option.default}`" if option.default and option.value_name else ""
    return f"`{flag}`", variable, default, option.help


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main(paths: Sequence[str]) -> None:
    for path in map(Path, paths):
        path.write_text(inserted(path.read_text()))


if __name__ == "__main__":
    main(sys.argv[1:])
