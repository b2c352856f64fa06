"""The completion scripts, asked by the shells themselves."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from server.commands import BY_NAME, COMMANDS, Command
from tests.cli.conftest import Run

Complete = Callable[[str], set[str]]

_BASH = """
compopt() { :; }  # there is no completion going on that it could change
source ./script
COMP_WORDS=(%s) COMP_CWORD=$((%d))
_dynalite
printf '%%s\\n' "${COMPREPLY[@]}"
"""


def bash(line: str, folder: Path) -> set[str]:
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    text = _BASH % (quoted, len(words) - 1)
    command = ["bash", "--norc", "--noprofile", "-c", text]
    return set(subprocess.check_output(command, text=True, cwd=folder).splitlines())


def fish(line: str, folder: Path) -> set[str]:
    text = f"source ./script; complete -C '{line}'"
    said = subprocess.check_output(["fish", "--no-config", "-c", text], text=True, cwd=folder)
    return {row.partition("\t")[0] for row in said.splitlines()}


SHELLS = {"bash": bash, "fish": fish}


@pytest.fixture(params=SHELLS)
def complete(request: pytest.FixtureRequest, run: Run, tmp_path: Path) -> Complete:
    """What a shell offers for the last word of a line, in a folder with a file and a folder."""
    shell = request.param
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    (tmp_path / "a song.jsonl").touch()
    (tmp_path / "data").mkdir()
    (tmp_path / "script").write_text(run("completion", shell).out)
    return lambda line: {word.rstrip("/") for word in SHELLS[shell](line, tmp_path)} - {""}


def test_commands_are_offered_by_their_beginning(complete: Complete) -> None:
    assert complete("dynalite ") >= set(BY_NAME)
    assert complete("dynalite ba") == {"backup", "backups"}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_option_is_offered(complete: Complete, command: Command) -> None:
    flags = {option.flag for option in command.load().FORM.options}
    assert complete(f"dynalite {command.name} --") >= flags


def test_values_are_offered_where_they_can_be_known(complete: Complete) -> None:
    assert complete("dynalite serve --durability ") == {"fsync", "os"}
    assert complete("dynalite export Songs s3://b --format I") == {"ION"}
    assert complete("dynalite completion ") == {"bash", "zsh", "fish"}
    assert complete("dynalite serve --port ") == set()


def test_files_and_folders_are_offered_where_they_are_wanted(complete: Complete) -> None:
    assert {word.replace("\\", "") for word in complete("dynalite load a")} == {"a song.jsonl"}
    assert complete("dynalite serve --data d") == {"data"}
    assert "script" in complete("dynalite serve --config s")


_ZSH = """
autoload -U compinit && compinit -u -D
source ./script
[[ $_comps[dynalite] == _dynalite ]] || exit 1
# The functions of completion can be called only where a line is edited: these say what they are given.
_describe() { print -rl -- ${(P)2} }
_arguments() { print -rl -- "$@" }
words=(%s) CURRENT=%d
_dynalite
"""


@pytest.mark.skipif(shutil.which("zsh") is None, reason="there is no zsh here")
def test_zsh_is_given_every_command_and_option(run: Run, tmp_path: Path) -> None:
    (tmp_path / "script").write_text(run("completion", "zsh").out)

    def told(*words: str) -> list[str]:
        text = _ZSH % (" ".join(words), len(words) + 1)
        return subprocess.check_output(["zsh", "-f", "-c", text], text=True, cwd=tmp_path).splitlines()

    assert told("dynalite") == [f"{command.name}:{command.summary}" for command in COMMANDS]
    for command in COMMANDS:
        rows = told("dynalite", command.name)
        for option in command.load().FORM.options:
            assert any(row.lstrip("*").startswith(option.flag + "[") for row in rows)
    assert any(row.endswith(":fsync|os:(fsync os)") for row in told("dynalite", "serve"))
