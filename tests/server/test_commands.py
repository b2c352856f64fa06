"""The table of commands: each row can be run, explains itself, and costs nothing until it is."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

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


def shell(script: str, folder: Path, *, buffered: bool = True) -> "subprocess.CompletedProcess[str]":
    """What bash makes of a script in which `dynalite` is the command."""
    command = f"""dynalite() {{ {sys.executable} -c \\
        'import sys; from server.cli import main; sys.exit(main())' "$@"; }}
    """
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONUNBUFFERED": "" if buffered else "1"}
    return subprocess.run(
        ["bash", "-c", command + script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


PRINTING = ("--help", "completion bash", "doctor --in-memory --port 0", "dump --help")


@pytest.mark.parametrize("arguments", PRINTING)
def test_a_reader_that_goes_away_is_no_error_that_python_ignores_at_exit(
    arguments: str, tmp_path: Path
) -> None:
    """What was printed was written at exit only, where nobody could say anymore that it failed."""
    ended = shell(f"(dynalite {arguments}; echo $? >&2) | true", tmp_path)
    assert ended.stderr == "141\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the disk that is full is Linux's")
@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("arguments", ["--help", "completion bash", "serve --in-memory --port 0"])
def test_standard_output_on_a_full_disk_is_named_in_one_sentence(
    arguments: str, buffered: bool, tmp_path: Path
) -> None:
    ended = shell(f"dynalite {arguments} > /dev/full", tmp_path, buffered=buffered)
    assert ended.stderr == "dynalite: Standard output cannot be written: No space left on device.\n"
    assert ended.returncode == 1


def test_a_closed_stream_is_not_left_to_the_next_file_that_is_opened(tmp_path: Path) -> None:
    """One of the database's files became standard error, to which everybody writes."""
    code = (
        "import os; from server.cli import main; main(['--help']); "
        "print(os.path.samestat(os.fstat(0), os.stat(os.devnull)), os.open('file', os.O_CREAT) > 2,"
        " file=open(3, 'w'))"
    )
    ended = shell(f'exec 3>told; {sys.executable} -c "{code}" <&- >&- 2>&-; cat told', tmp_path)
    assert ended.stdout == "True True\n"
