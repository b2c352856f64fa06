"""The table of commands: each row can be run, explains itself, and costs nothing until it is."""

import subprocess
import sys
from dataclasses import replace

import pytest

from server.cli import main
from server.commands import COMMANDS, Command
from server.config import LASTING
from tests.live import REPOSITORY


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_explains_itself(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([command.name, "--help"])
    assert exit_.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    form = command.load().FORM
    assert f"usage: dynalite {command.name}" in text
    for option in form.options:
        assert option.flag in text
        assert " ".join(option.help.split()) in text
        assert (option.variable in text) is option.lasts
    for operand in form.operands:
        assert operand.name.upper() in text
    for example, what in form.examples:
        assert example in text
        assert what in text


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_lasts_means_the_same_to_every_command(command: Command) -> None:
    lasting = {option.name: option for option in LASTING}
    for option in command.load().FORM.options:
        if option.lasts:
            assert replace(lasting[option.name], group=option.group) == option


def test_the_command_lists_its_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in COMMANDS:
        assert f"{command.name} " in text
        assert command.summary in text


def test_a_misspelt_command_is_named_with_the_one_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sevre"]) == 2
    assert capsys.readouterr().err == (
        "dynalite: You ask for 'sevre', but there is no such command; is it serve?\n"
    )


def test_a_command_loads_no_other_commands_module() -> None:
    """`dynalite serve` starts as fast as if it were the only command."""
    code = (
        "import sys; from server.cli import main\n"
        "try: main(['serve', '--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith('server.commands.')])\n"
        "print([name for name in ('aiohttp', 'plyvel', 'tomllib', 'difflib') if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    modules, heavy = ended.stdout.splitlines()[-2:]
    assert modules == "['server.commands.serve']"
    assert heavy == "[]"
