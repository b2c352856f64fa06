"""`dynalite completion`: what a shell needs to complete command lines, made from the tables.

The scripts are static: they ask nobody, and are as current as the program that wrote them.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from server.commands import COMMANDS, Command
from server.options import CONFIG, Form, Given, Operand, Option
from server.outcome import DONE, printing

_SHELLS: Final = ("bash", "zsh", "fish")

FORM: Final = Form(
    description="Print a script that makes a shell complete `dynalite` with its commands,"
    " options and values.",
    operands=(Operand("shell", "the shell", choices=_SHELLS),),
    examples=(
        ('eval "$(dynalite completion bash)"', "in ~/.bashrc"),
        ('eval "$(dynalite completion zsh)"', "in ~/.zshrc, behind compinit"),
        ("dynalite completion fish | source", "in ~/.config/fish/config.fish"),
    ),
)


def run(given: Given) -> int:
    with printing():
        sys.stdout.write(_SCRIPTS[given["shell"]]())
    return DONE


def _options(command: Command) -> list[Option]:
    options = list(command.load().FORM.options)
    return [*options, CONFIG] if any(option.lasts for option in options) else options


def _operand_kinds(command: Command) -> list[str]:
    """What each operand is, as `_kind` says it of an option's value."""
    return [
        " ".join(operand.choices) or ("FILE" if operand.name == "file" else "WORD")
        for operand in command.load().FORM.operands
    ]


def _kind(option: Option) -> str:
    """What an option's value is: FILE, FOLDER, WORD for what nobody can guess, or the words that it can be,
    with spaces between; empty: it has none.
    """
    if option.choices:
        return " ".join(option.choices)
    return option.value_name if option.value_name in ("", "FILE", "FOLDER") else "WORD"


# ------------------------------------------------------------------ bash

_BASH_KINDS: Final[Mapping[str, str]] = {
    "FILE": 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$word")',
    "FOLDER": 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$word")',
    "WORD": ":",
}


def _bash() -> str:
    names = " ".join([*(command.name for command in COMMANDS), "--help", "--version"])
    return f"""_dynalite() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "{names}" -- "$word"))
        return
    fi
    case "${{COMP_WORDS[1]}}" in
{"".join(map(_bash_command, COMMANDS))}    esac
}}
complete -F _dynalite dynalite
"""


def _bash_command(command: Command) -> str:
    options = _options(command)
    flags = " ".join([*(option.flag for option in options), "--help"])
    by_kind: dict[str, list[str]] = {}
    for option in options:
        if kind := _kind(option):
            by_kind.setdefault(kind, []).append(option.flag)
    lines = [f"    {command.name})", '        case "$before" in']
    lines += [f"        {'|'.join(flags)}) {_bash_words(kind)}; return ;;" for kind, flags in by_kind.items()]
    lines.append("        esac")
    operands = sorted(set(_operand_kinds(command)) - {"WORD"})
    otherwise = _bash_words(operands[0]) if operands else ":"
    lines += [
        f'        if [[ $word == -* ]]; then COMPREPLY=($(compgen -W "{flags}" -- "$word"))',
        f"        else {otherwise}; fi ;;",
    ]
    return "".join(line + "\n" for line in lines)


def _bash_words(kind: str) -> str:
    return _BASH_KINDS.get(kind) or f'COMPREPLY=($(compgen -W "{kind}" -- "$word"))'


# ------------------------------------------------------------------ zsh

_ZSH_KINDS: Final[Mapping[str, str]] = {"FILE": "_files", "FOLDER": "_files -/", "WORD": " "}


def _zsh() -> str:
    names = "\n".join(f"        {_quoted(_zsh_text(c.name) + ':' + c.summary)}" for c in COMMANDS)
    return f"""#compdef dynalite
_dynalite() {{
    local -a commands=(
{names}
    )
    if ((CURRENT == 2)); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    ((CURRENT--))
    case $command in
{"".join(map(_zsh_command, COMMANDS))}    esac
}}
if [[ $funcstack[1] == _dynalite ]]; then _dynalite "$@"; else compdef _dynalite dynalite; fi
"""


def _zsh_command(command: Command) -> str:
    rows = [_zsh_option(option) for option in _options(command)]
    rows.append("--help[show the help and end]")
    operands = zip(command.load().FORM.operands, _operand_kinds(command), strict=True)
    rows += [f":{operand.name}:{_zsh_words(kind)}" for operand, kind in operands]
    lines = " \\\n".join(f"            {_quoted(row)}" for row in rows)
    return f"    {command.name})\n        _arguments \\\n{lines} ;;\n"


def _zsh_option(option: Option) -> str:
    repeats = "*" if option.repeats else ""
    text = f"{repeats}{option.flag}[{_zsh_text(option.help)}]"
    kind = _kind(option)
    return f"{text}:{_zsh_text(option.value_name)}:{_zsh_words(kind)}" if kind else text


def _zsh_words(kind: str) -> str:
    return _ZSH_KINDS.get(kind) or f"({kind})"


def _zsh_text(text: str) -> str:
    for special in "\\[]:":
        text = text.replace(special, "\\" + special)
    return text


# ------------------------------------------------------------------ fish

_FISH_KINDS: Final[Mapping[str, str]] = {
    "": "-f",
    "FILE": "-r -F",
    "FOLDER": "-x -a '(__fish_complete_directories)'",
    "WORD": "-x",
}


def _fish() -> str:
    lines = [line for command in COMMANDS for line in _fish_command(command)]
    return "\n".join(("complete -c dynalite -f", *lines, ""))


def _fish_command(command: Command) -> Iterator[str]:
    name, summary = command.name, _quoted(command.summary)
    yield f"complete -c dynalite -n __fish_use_subcommand -a {name} -d {summary}"
    seen = f"complete -c dynalite -n '__fish_seen_subcommand_from {name}'"
    for option in _options(command):
        yield f"{seen} -l {option.name} {_fish_words(_kind(option))} -d {_quoted(option.help)}"
    for kind in sorted(set(_operand_kinds(command)) - {"WORD"}):
        yield f"{seen} {'-F' if kind == 'FILE' else f'-a {_quoted(kind)}'}"


def _fish_words(kind: str) -> str:
    return _FISH_KINDS.get(kind) or f"-x -a {_quoted(kind)}"


def _quoted(text: str) -> str:
    """The text in single quotes, as all of these shells read them."""
    return "'" + text.replace("'", "'\\''") + "'"


_SCRIPTS: Final[Mapping[str, Callable[[], str]]] = {"bash": _bash, "zsh": _zsh, "fish": _fish}
