"""docs/cli.md: every command, with its operands, options and examples."""

from collections.abc import Sequence

from server.client.session import WHERE
from server.commands import COMMANDS, Command
from server.options import CONFIG, Option
from server.outcome import STATUSES
from server.reference.markdown import code, table


def text() -> str:
    """The whole reference, as Markdown."""
    parts = [
        "## Commands\n",
        table(("command", "what it does"), ((_link(command), command.summary) for command in COMMANDS)),
        *(_command(command) for command in COMMANDS),
        "## Options of every command that asks for operations\n",
        _options(WHERE),
        "## Exit statuses\n",
        table(("status", "meaning"), ((str(status), meaning) for status, meaning in STATUSES)),
    ]
    return "\n".join(parts)


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
        parts.append(table(("operand", "meaning"), rows))
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
    return table(("option", "variable", "default", "meaning"), rows)


def _option(option: Option) -> tuple[str, str, str, str]:
    flag = code(f"{option.flag} {option.value_name}".rstrip())
    variable = code(option.variable) if option.lasts else ""
    default = code(option.default) if option.value_name else ""
    return flag, variable, default, option.help
