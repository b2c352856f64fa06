"""The server's options: one table, from which the command line, the environment and the help are made.

A flag beats an environment variable, and that beats the default. Everything that can be wrong with a value is
said by its row's `parse`, as a ValueError with one sentence.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, get_args

from dynalite.settings import Durability, Settings, Wording
from server.dax.settings import DaxSettings
from server.triggers.definition import Definition, read_option


@dataclass(frozen=True, slots=True)
class Config:
    """Where to listen, and how the database behaves. Port 0 means any free one."""

    host: str
    port: int
    settings: Settings
    dax: DaxSettings = field(default_factory=DaxSettings)
    admin: bool = True
    triggers: Mapping[str, Definition] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Option:
    """One option: `--name VALUE`, or `--name` alone where `value_name` is empty.

    One that `repeats` may be given several times; its values are the lines of the text that is parsed.
    """

    name: str
    value_name: str
    default: str
    help: str
    parse: Callable[[str], object]
    repeats: bool = False

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


def _dax_port(text: str) -> int | None:
    return _port(text) if text else None


def _count(lowest: int, highest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdecimal() or not lowest <= int(text) <= highest:
            raise ValueError(f"must be a number from {lowest} to {highest}")
        return int(text)

    return parse


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        raise ValueError("must be an IP address") from None


def _file(text: str) -> Path | None:
    return Path(text) if text else None


def _seconds(text: str) -> float:
    seconds = float(text) if text.replace(".", "", 1).isdecimal() else math.nan
    if not math.isfinite(seconds):
        raise ValueError("must be a number of seconds, 0 or more")
    return seconds


def _shards(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 256:
        raise ValueError("must be a number from 1 to 256")
    return int(text)


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


def _url(text: str) -> str | None:
    if text and not text.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    return text or None


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
    Option("ttl-delay", "SECONDS", "3", "how long items stay after their time to live is over", _seconds),
    Option(
        "pitr-lag",
        "SECONDS",
        "0",
        "how far a table's latest restorable time lies behind the present",
        _seconds,
    ),
    Option("enforce-capacity", "", "0", "refuse what a table's throughput does not allow", _yes),
    Option(
        "s3-endpoint",
        "URL",
        "",
        "S3 server for exports and imports; without it, each bucket is a folder in the data folder",
        _url,
    ),
    Option("stream-shards", "N", "4", "number of open shards of a new stream", _shards),
    Option("no-admin", "", "0", "leave out the admin API under /_admin/", _yes),
    Option(
        "trigger",
        "TRIGGER",
        "",
        "call TABLE=module:function, TABLE=URL or TABLE=exec:COMMAND with a table's changes, or what a @FILE"
        " defines; may be repeated",
        read_option,
        repeats=True,
    ),
    Option("cache", "", "0", "put DAX's cache in front of the HTTP endpoint", _yes),
    Option(
        "cache-item-ttl",
        "MILLISECONDS",
        "300000",
        "how long an item stays in the item cache; 0 for ever",
        _count(0, 2**53),
    ),
    Option(
        "cache-query-ttl",
        "MILLISECONDS",
        "300000",
        "how long a page stays in the query cache; 0 not at all",
        _count(0, 2**53),
    ),
    Option("cache-size", "MIB", "64", "how large each of the two caches of a node may be", _count(1, 2**20)),
    Option("dax-port", "PORT", "", "port of the DAX endpoint, usually 8111; 0 picks a free one", _dax_port),
    Option("dax-nodes", "N", "1", "nodes of the DAX cluster, each at the next port", _count(1, 11)),
    Option("dax-replica-lag", "SECONDS", "0", "how long a write takes to the other DAX nodes", _seconds),
    Option(
        "dax-address", "ADDRESS", "", "IP address that DAX clients are told; else what they dialled", _address
    ),
    Option("dax-certificate", "FILE", "", "certificate (PEM) that makes the DAX endpoint daxs://", _file),
    Option("dax-certificate-key", "FILE", "", "the certificate's private key (PEM)", _file),
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
            action = "append" if option.repeats else "store"
            shown = f"{where}, default {option.default or 'none'}]" if option.default else f"{where}]"
            parser.add_argument(option.flag, action=action, metavar=option.value_name, help=shown)
        else:
            parser.add_argument(option.flag, action="store_const", const="1", help=f"{where}=1]")
    given = {
        name.replace("_", "-"): "\n".join(text) if isinstance(text, list) else text
        for name, text in vars(parser.parse_args(arguments)).items()
        if text is not None
    }
    if "data" in given and "in-memory" in given:
        parser.error("--data and --in-memory exclude each other")
    if "data" in given:
        given["in-memory"] = "0"  # a flag beats the other's variable
    values: dict[str, object] = {}
    for option in OPTIONS:
        text = given.get(option.name, environment.get(option.variable, option.default))
        try:
            values[option.name] = option.parse(text)
        except ValueError as error:
            source = option.flag if option.name in given else option.variable
            parser.error(f"{source} {error}, not {text!r}")
    if (values["dax-certificate"] is None) is not (values["dax-certificate-key"] is None):
        parser.error("--dax-certificate and --dax-certificate-key go together")
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
            ttl_delay_seconds=values["ttl-delay"],
            pitr_lag_seconds=values["pitr-lag"],
            s3_endpoint=values["s3-endpoint"],
            stream_shards=values["stream-shards"],
            enforce_capacity=values["enforce-capacity"],
        ),
        dax=DaxSettings(
            port=values["dax-port"],
            nodes=values["dax-nodes"],
            replica_lag_seconds=values["dax-replica-lag"],
            advertised=values["dax-address"],
            certificate=values["dax-certificate"],
            certificate_key=values["dax-certificate-key"],
            before_http=values["cache"],
            item_ttl_ms=values["cache-item-ttl"],
            query_ttl_ms=values["cache-query-ttl"],
            cache_mib=values["cache-size"],
        ),
        admin=not values["no-admin"],
        triggers=values["trigger"],
    )
