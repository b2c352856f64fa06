"""docs/cli.md has every command and option, word for word."""

from pathlib import Path

from server import config
from server.commands import COMMANDS
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


def test_the_pages_configuration_file_can_be_read(tmp_path: Path) -> None:
    (text,) = PAGE.code("toml")
    file = tmp_path / "dynalite.toml"
    file.write_text(text)
    wanted = config.read(["--config", str(file)], {}, "dynalite serve")
    assert (wanted.port, wanted.admin, len(wanted.triggers)) == (8001, False, 2)
