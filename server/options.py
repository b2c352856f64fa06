"""What a command can be told: operands, options, and where an option's value comes from.

A `Form` is a command's whole table: its help is made from it, and so are shell completion and the reference
in the documentation. An option's value is the nearest of a flag, an environment variable, the configuration
file and the default. All four are text and go through the same `parse`, so a value means the same wherever
it stands, and what is wrong with it is said in the same words.

Not every option has all four. One that says how things are around here (an endpoint, a port) `lasts`: it
has a variable and a key in the file. One that says what to do this time (a table, a moment) is a flag only:
a variable that lay forgotten in the environment must not decide what is restored.

The configuration file is TOML with one key for each option, spelt as the flag is. It is read only when it
is named, with `--config` or DYNALITE_CONFIG: an option can name a command to run, so a file that merely
lies in the folder where one happens to start must not be obeyed.
"""

import argparse
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import fill
from typing import Any, Final, NoReturn

from server import moments

_HELP_WIDTH: Final = 80

FLAG, VARIABLE, FILE, DEFAULT = range(4)
"""How near a value came from."""


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--name VALUE`, or `--name` alone where `value_name` is empty.

    One that `repeats` may be given several times; its values are the lines of the text that is parsed.
    Options of one `group` stand together in the help.
    """

    name: str
    value_name: str
    default: str
    help: str
    parse: Callable[[str], object]
    repeats: bool = False
    group: str = "options"
    lasts: bool = True

    @property
    def flag(self) -> str:
        return "--" + self.name

    @property
    def variable(self) -> str:
        return "DYNALITE_" + self.name.replace("-", "_").upper()

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that there are, where its value's name lists them."""
        return tuple(self.value_name.split("|")) if "|" in self.value_name else ()


@dataclass(frozen=True, slots=True)
class Operand:
    """An argument without a flag. One with a `default` may be left out."""

    name: str
    help: str
    default: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return self.name.upper() if self.default is None else f"[{self.name.upper()}]"


@dataclass(frozen=True, slots=True)
class Form:
    """All that a command can be told. `examples` are command lines, each with what it does."""

    description: str
    options: tuple[Option, ...] = ()
    operands: tuple[Operand, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()

    def groups(self) -> dict[str, list[Option]]:
        """The options by the heading that they stand under, in the table's order."""
        groups: dict[str, list[Option]] = {}
        for option in self.options:
            groups.setdefault(option.group, []).append(option)
        return groups


def under_headings(*rows: str | Option) -> tuple[Option, ...]:
    """A table of options from rows as the help will show them: a heading, then the options of its group."""
    options: list[Option] = []
    heading = ""
    for row in rows:
        if isinstance(row, str):
            heading = row
        else:
            options.append(replace(row, group=heading))
    return tuple(options)


CONFIG: Final = Option(
    "config", "FILE", "", "read options from this TOML file; flags and variables beat it", lambda text: text
)


class Given:
    """What a command was told, by the names of its options and operands."""

    __slots__ = ("_nearness", "_parser", "_values")

    def __init__(
        self, parser: argparse.ArgumentParser, values: Mapping[str, object], nearness: Mapping[str, int]
    ) -> None:
        self._parser = parser
        self._values = values
        self._nearness = nearness

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def get(self, name: str) -> Any:
        """The value; None for what the command cannot be told."""
        return self._values.get(name)

    def nearness(self, name: str) -> int:
        """Where an option's value comes from: FLAG, VARIABLE, FILE or DEFAULT."""
        return self._nearness[name]

    def refuse(self, sentence: str) -> NoReturn:
        """End the program: what it was told makes no sense as a whole. Exit status 2."""
        self._parser.error(sentence)


class WrongFile(Exception):
    """The configuration file cannot be used; the message is one sentence."""


def read(
    form: Form,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    program: str,
    lasting: Iterable[Option],
) -> Given:
    """What a command line, an environment and a configuration file say together.

    `lasting` are the options that the file may have, this command's or not. Exits with status 2 when
    something makes no sense, and with 0 after `--help`.
    """
    parser = _parser(form, program)
    told = vars(parser.parse_args(arguments))
    values: dict[str, object] = {one.name: told.pop(one.name) for one in form.operands}
    flags = {
        name.replace("_", "-"): "\n".join(text) if isinstance(text, list) else text
        for name, text in told.items()
        if text is not None
    }
    config = flags.pop(CONFIG.name, environment.get(CONFIG.variable, ""))
    try:
        file = read_file(Path(config), {option.name: option for option in lasting}) if config else {}
    except WrongFile as error:
        parser.error(str(error))
    nearness: dict[str, int] = {}
    for option in form.options:
        places = [
            (flags.get(option.name), option.flag),
            (environment.get(option.variable) if option.lasts else None, option.variable),
            (file.get(option.name) if option.lasts else None, f"{option.name} in {config}"),
            (option.default, option.flag),
        ]
        near, text, place = next((near, *found) for near, found in enumerate(places) if found[0] is not None)
        try:
            values[option.name] = option.parse(text or "")
        except ValueError as error:
            parser.error(f"{place} {error}, not {text!r}")
        nearness[option.name] = near
    return Given(parser, values, nearness)


def _parser(form: Form, program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=program,
        usage=" ".join((program, "[options]", *(operand.shown for operand in form.operands))),
        description=fill(form.description, _HELP_WIDTH),
        epilog=_examples(form),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    for operand in form.operands:
        parser.add_argument(
            operand.name,
            metavar=operand.name.upper(),
            nargs=None if operand.default is None else "?",
            default=operand.default,
            choices=operand.choices or None,
            help=operand.help.replace("%", "%%"),
        )
    for title, options in form.groups().items():
        group = parser.add_argument_group(title)
        for option in options:
            _add(group, option)
    general = parser.add_argument_group("general")
    if any(option.lasts for option in form.options):
        _add(general, CONFIG)
    general.add_argument("-h", "--help", action="help", help="show this and end")
    return parser


def _add(group: "argparse._ArgumentGroup", option: Option) -> None:
    text = option.help + note(option)
    text = text.replace("%", "%%")
    if option.value_name:
        action = "append" if option.repeats else "store"
        group.add_argument(option.flag, action=action, metavar=option.value_name, help=text)
    else:
        group.add_argument(option.flag, action="store_const", const="1", help=text)


def note(option: Option) -> str:
    """What the help says of an option's variable and default."""
    notes = []
    if option.lasts:
        notes.append(option.variable if option.value_name else option.variable + "=1")
    if option.value_name and option.default:
        notes.append(f"default {option.default}")
    return f" [{', '.join(notes)}]" if notes else ""


def _examples(form: Form) -> str | None:
    if not form.examples:
        return None
    lines = ["examples:"]
    for command, what in form.examples:
        lines += [f"  {command}", f"      {what}"]
    return "\n".join(lines)


# ------------------------------------------------------------------ the configuration file


def read_file(path: Path, known: Mapping[str, Option]) -> dict[str, str]:
    """The file's values as the text that a flag would have. Raises WrongFile."""
    import tomllib

    try:
        with open(path, "rb") as file:
            found = tomllib.load(file)
    except OSError as error:
        raise WrongFile(f"the configuration file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WrongFile(f"the configuration file {path} is not TOML: {error}") from error
    values = {}
    for name, value in found.items():
        option = known.get(name)
        if option is None:
            raise WrongFile(f"the configuration file {path} has {name}, {unknown(name, known, 'option')}")
        text = _text(value, option)
        if text is None:
            wanted = "a text, a number or true or false" + (", or a list of them" if option.repeats else "")
            raise WrongFile(f"{name} in {path} must be {wanted}")
        values[name] = text
    return values


def unknown(name: str, known: Iterable[str], kind: str) -> str:
    """That there is no such thing, and which one may have been meant."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), 1)
    return f"but there is no such {kind}" + (f"; is it {near[0]}?" if near else "")


def _text(value: object, option: Option) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, list) and option.repeats:
        texts = [_text(one, option) for one in value if not isinstance(one, list)]
        known = [text for text in texts if text is not None]
        return "\n".join(known) if len(known) == len(value) else None
    return None


# ------------------------------------------------------------------ how a value is read


def port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65535:
        raise ValueError("must be a number from 0 to 65535")
    return int(text)


def count(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= highest:
            raise ValueError(f"must be a number from {lowest} to {highest}")
        return int(text)

    return parse


def file(text: str) -> Path | None:
    return Path(text) if text else None


def seconds(text: str) -> float:
    found = float(text) if text.replace(".", "", 1).isdecimal() else math.nan
    if not math.isfinite(found):
        raise ValueError("must be a number of seconds, 0 or more")
    return found


def yes(text: str) -> bool:
    answer = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if text.lower() not in answer:
        raise ValueError("must be 1 or 0")
    return answer[text.lower()]


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {' or '.join(choices)}")
        return text

    return parse


def url(text: str) -> str | None:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text or None


def words(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


def moment(text: str) -> float | None:
    """Seconds since the epoch."""
    return moments.parse(text) if text else None
