"""The server's options: one table, from which the command line, the environment and the help are made.

A flag beats an environment variable, and that beats the default. Everything that can be wrong with a value is
said by its row's `parse`, as a ValueError with one sentence.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from dynalite.settings import Durability, Settings, Wording


@dataclass(frozen=True, slots=True)
class Config:
    """Where to listen, and how the database behaves. Port 0 means any free one."""

    host: str
    port: int
    settings: Settings


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--name VALUE`, or `--name` alone where `value_name` is empty."""

    name: str
    value_name: str
    default: str
    help: str
    parse: Callable[[str], object]

    @property
    def flag(self) -> str:
        return "--" + self.name

    @property
    def variable(self) -> str:
        return "DYNALITE_" + self.name.replace("-", "_").upper()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65535:
        raise ValueError("must be a number from 0 to 65535")
    return int(text)


def _seconds(text: str) -> float:
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else math.nan
    if not math.isfinite(seconds):
        raise ValueError("must be a number of seconds, 0 or more")
    return seconds


def _account(text: str) -> str:
    if len(text) != 12 or not text.isascii() or not text.isdecimal():
        raise ValueError("must be 12 digits")
    return text


def _yes(text: str) -> bool:
    answer = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False, "": False}
    if text.lower() not in answer:
        raise ValueError("must be 1 or 0")
    return answer[text.lower()]


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"must be {' or '.join(choices)}")
        return text

    return parse


def _words(text: str) -> str:
    if not text:
        raise ValueError("must not be empty")
    return text


OPTIONS: Final = (
    Option("host", "ADDRESS", "127.0.0.1", "address to listen at", _words),
    Option("port", "PORT", "8000", "port to listen at; 0 picks a free one and says which", _port),
    Option("data", "FOLDER", "dynalite-data", "folder that holds the data; made when it is missing", _words),
    Option("in-memory", "", "0", "keep everything in memory, and forget it at the end", _yes),
    Option(
        "durability",
        "|".join(get_args(Durability)),
        "fsync",
        "answer a write when it is on the disk (fsync), or when the operating system has it (os)",
        _one_of(*get_args(Durability)),
    ),
    Option(
        "wording",
        "|".join(get_args(Wording)),
        "2026",
        "word validation messages as the service does since 2026, or as before (classic)",
        _one_of(*get_args(Wording)),
    ),
    Option("account", "DIGITS", "000000000000", "account number in ARNs", _account),
    Option(
        "transition-delay", "SECONDS", "0", "how long tables stay CREATING, UPDATING or DELETING", _seconds
    ),
)


def read(arguments: Sequence[str], environment: Mapping[str, str], program: str) -> Config:
    """The configuration that a command line and an environment ask for. Exits with status 2 when it makes no
    sense.
    """
    parser = argparse.ArgumentParser(
        prog=program,
        description="Serve DynamoDB's API. Every option can be given as an environment variable too.",
        allow_abbrev=False,
    )
    for option in OPTIONS:
        where = f"{option.help} [{option.variable}"
        if option.value_name:
            parser.add_argument(
                option.flag, metavar=option.value_name, help=f"{where}, default {option.default}]"
            )
        else:
            parser.add_argument(option.flag, action="store_const", const="1", help=f"{where}=1]")
    given = {
        name.replace("_", "-"): text
        for name, text in vars(parser.parse_args(arguments)).items()
        if text is not None
    }
    if "data" in given and "in-memory" in given:
        parser.error("--data and --in-memory exclude each other")
    if "data" in given:
        given["in-memory"] = "0"  # a flag beats the other's variable
    values = {}
    for option in OPTIONS:
        text = given.get(option.name, environment.get(option.variable, option.default))
        try:
            values[option.name] = option.parse(text)
        except ValueError as error:
            source = option.flag if option.name in given else option.variable
            parser.error(f"{source} {error}, not {text!r}")
    return _config(values)


def _config(values: Mapping[str, Any]) -> Config:
    return Config(
        host=values["host"],
        port=values["port"],
        settings=Settings(
            data_folder=None if values["in-memory"] else Path(values["data"]),
            durability=values["durability"],
            wording=values["wording"],
            account=values["account"],
            transition_seconds=values["transition-delay"],
        ),
    )
