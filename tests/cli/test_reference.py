"""docs/cli.md has every command and option, word for word."""

import re
import shlex
from pathlib import Path

import pytest

from server import config, options
from server.commands import BY_NAME, COMMANDS
from server.reference import command_line
from tests.documentation.pages import Page

PAGE = Page("docs/cli.md")


def test_the_reference_has_every_command_and_option() -> None:
    text = command_line.text()
    for command in COMMANDS:
        assert f"### `dynalite {command.name}`" in text
        for option in command.load().FORM.options:
            assert f"| `{option.flag}" in text
            assert option.help in text


COMMAND_LINES = re.findall(rf"\b(dynalite (?:{'|'.join(BY_NAME)})\b[^#|&`)\n]*)", PAGE.text)


@pytest.mark.parametrize("line", dict.fromkeys(line.strip() for line in COMMAND_LINES))
def test_every_command_line_of_the_page_can_be_read(line: str, tmp_path: Path) -> None:
    """As far as its flags and operands go."""
    _, name, *arguments = shlex.split(line)
    if "[options]" in arguments or "--config" in arguments:
        return  # a line of usage, or one with a file that a test of its own reads
    if not arguments and any(operand.default is None for operand in BY_NAME[name].load().FORM.operands):
        return  # a command's name in a sentence
    options.read(BY_NAME[name].load().FORM, arguments, {}, name, config.LASTING)


def test_the_pages_configuration_file_can_be_read(tmp_path: Path) -> None:
    (text,) = PAGE.code("toml")
    file = tmp_path / "dynalite.toml"
    file.write_text(text)
    wanted = config.read(["--config", str(file)], {}, "dynalite serve")
    assert (wanted.port, wanted.admin, len(wanted.triggers)) == (8001, False, 2)
