"""docs/reference/settings.md: every option that lasts, and how it is spelt wherever it may stand."""

from server.config import CLIENT_OPTIONS, OPTIONS
from server.embedded.options import BY_KEYWORD
from server.options import CONFIG, Option
from server.reference.markdown import code, table

_HEADS = ("flag", "variable", "in the file, `Server(…)`", "default", "meaning")


def text() -> str:
    parts = ["## The server's\n"]
    groups: dict[str, list[Option]] = {}
    for option in OPTIONS:
        groups.setdefault(option.group, []).append(option)
    for name, options in groups.items():
        parts += [f"### {name[:1].upper()}{name[1:]}\n", table(_HEADS, map(_row, options))]
    parts += [
        "### The configuration file\n",
        table(_HEADS[:2] + _HEADS[-1:], [(_flag(CONFIG), code(CONFIG.variable), CONFIG.help)]),
        "## The other commands'\n",
        table(("flag", "variable", "in the file", "default", "meaning"), map(_clients, CLIENT_OPTIONS)),
    ]
    return "\n".join(parts)


def _row(option: Option) -> tuple[str, ...]:
    keywords = (keyword for keyword, one in BY_KEYWORD.items() if one is option)
    spellings = dict.fromkeys((option.name, *keywords))
    return (
        _flag(option),
        code(option.variable),
        ", ".join(map(code, spellings)),
        _default(option),
        option.help,
    )


def _clients(option: Option) -> tuple[str, ...]:
    return _flag(option), code(option.variable), code(option.name), _default(option), option.help


def _flag(option: Option) -> str:
    return code(f"{option.flag} {option.value_name}".rstrip())


def _default(option: Option) -> str:
    return code(option.default) if option.value_name else ""
