"""The commands of `dynalite`: a row each, and a module that is imported when the command is run.

A new command is a row here and a module beside this file with two names: `FORM`, all that it can be told
(`server/options.py`), and `run`, which does it and returns the exit status (`server/outcome.py`). Help,
completion and the reference in docs/cli.md follow from the row and the form.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Final, Protocol, cast

from server.options import Form, Given


class Module(Protocol):
    """What a command's module has."""

    FORM: Form

    def run(self, given: Given) -> int:
        """Do what was asked. Raises `outcome.Failure` with one sentence for what can be foreseen."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name, what it is for in a few words, and its module where that is named otherwise."""

    name: str
    summary: str
    module: str = ""

    def load(self) -> Module:
        return cast(Module, import_module(f"server.commands.{self.module or self.name}"))


COMMANDS: Final = (
    Command("serve", "serve DynamoDB's API, with the data in a folder or in memory"),
    Command("dump", "write a table to a file or to standard output"),
    Command("load", "put the items of a dump, or of an export's data file, into a table"),
    Command("backup", "make a backup of a table"),
    Command("backups", "list backups, and the seconds that a table can be restored to"),
    Command("restore", "make a table of a backup, or of what another was at a second"),
    Command("export", "write a table, or what has changed in it, to a bucket", "exporting"),
    Command("import", "make a table of the files in a bucket", "importing"),
    Command("check", "find out whether a data folder is sound, and repair what can be"),
    Command("completion", "print what a shell needs to complete these commands"),
    Command("doctor", "say what is wrong with this machine, and what to do about it"),
)

BY_NAME: Final = {command.name: command for command in COMMANDS}
