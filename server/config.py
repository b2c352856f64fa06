"""The options that last: one table, from which the command line, the environment, the configuration file
and the help are made, and the server's configuration, which is made from them.

Everything that can be wrong with a value is said by its row's `parse`, as a ValueError with one sentence;
where a value comes from is `server/options.py`'s business. Options that only say what a command is to do
this time stand in the command's own module.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from dynalite.settings import Durability, Settings, Wording
from server import options, prices
from server.access.settings import AccessSettings
from server.bounds import Bounds
from server.dax.settings import DaxSettings
from server.log_settings import FORMATS, LEVELS, LogSettings
from server.options import (
    FLAG,
    Form,
    Given,
    Option,
    count,
    file,
    one_of,
    port,
    seconds,
    under_headings,
    url,
    words,
    yes,
)

if TYPE_CHECKING:
    from server.triggers.definition import Definition


@dataclass(frozen=True, slots=True)
class Config:
    """Where to listen, and how the database behaves. Port 0 means any free one."""

    host: str
    port: int
    settings: Settings
    dax: DaxSettings = field(default_factory=DaxSettings)
    admin: bool = True
    console: bool = True
    triggers: "Mapping[str, Definition]" = field(default_factory=dict)
    access: AccessSettings = field(default_factory=AccessSettings)
    bounds: Bounds = field(default_factory=Bounds)
    log: LogSettings = field(default_factory=LogSettings)


def _dax_port(text: str) -> int | None:
    return port(text) if text else None


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        raise ValueError("must be an IP address") from None


def _account(text: str) -> str:
    if len(text) != 12 or not text.isascii() or not text.isdecimal():
        raise ValueError("must be 12 digits")
    return text


def _triggers(text: str) -> "Mapping[str, Definition]":
    if not text:
        return {}
    from server.triggers.definition import read_option  # most servers need not load it

    return read_option(text)


def _endpoint(text: str) -> str:
    found = url(text)
    if found is None:
        raise ValueError("must begin with http:// or https://")
    return found.rstrip("/")


def _origins(text: str) -> frozenset[str]:
    origins = frozenset(text.split())
    for origin in origins:
        scheme, separator, authority = origin.partition("://")
        if origin != "*" and not (scheme and separator and authority and "/" not in authority):
            raise ValueError("must be * or an origin like https://app.example")
    return origins


def _database(text: str) -> str | None:
    if text and not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("must begin with postgresql://")
    return text or None


OPTIONS: Final = under_headings(
    "listening",
    Option("host", "ADDRESS", "127.0.0.1", "address to listen at", words),
    Option("port", "PORT", "8000", "port to listen at; 0 picks a free one and says which", port),
    Option("no-admin", "", "0", "leave out the admin API under /_admin/, and the console with it", yes),
    Option("no-console", "", "0", "leave out the console under /console/", yes),
    "who gets in",
    Option("credentials", "FILE", "", "access keys (TOML) that are let in; without it, any key is", file),
    Option("allow-anonymous", "", "0", "let any key in on a --host that other machines can reach", yes),
    Option("tls-cert", "FILE", "", "certificate (PEM) that makes the HTTP port https://", file),
    Option("tls-key", "FILE", "", "the certificate's private key (PEM)", file),
    Option(
        "cors",
        "ORIGIN",
        "",
        "web pages that may use the API, such as https://app.example, or * for all; without it, those of this"
        " machine, and all with --credentials; may be repeated",
        _origins,
        repeats=True,
    ),
    "how much at once",
    Option(
        "max-connections", "N", "4096", "connections to the HTTP port; one more is refused", count(1, 2**20)
    ),
    Option(
        "request-memory",
        "MIB",
        "256",
        "what large requests may take, all together, and as much for answers that clients do not read",
        count(32, 2**20),
    ),
    Option("head-timeout", "SECONDS", "20", "how long a request's head may take to arrive", seconds),
    Option("body-timeout", "SECONDS", "300", "how long its body may", seconds),
    Option("read-timeout", "SECONDS", "300", "how long a client may leave its answer unread", seconds),
    Option("idle-timeout", "SECONDS", "600", "how long a connection may wait for its next request", seconds),
    "the end",
    Option(
        "drain",
        "SECONDS",
        "0",
        "after SIGTERM, how long to go on and say at /_health that it is over before closing connections",
        seconds,
    ),
    Option("grace", "SECONDS", "10", "how long requests that run then may take to end", seconds),
    "logs",
    Option("log", "|".join(FORMATS), "text", "how to write the log, on standard error", one_of(*FORMATS)),
    Option("log-level", "|".join(LEVELS), "warning", "what to write of it", one_of(*LEVELS)),
    Option("access-log", "", "0", "write a line for every request", yes),
    "data",
    Option("data", "FOLDER", "dynalite-data", "folder that holds the data; made when it is missing", words),
    Option("in-memory", "", "0", "keep everything in memory, and forget it at the end", yes),
    Option(
        "engine",
        "URL",
        "",
        "keep everything in the database at postgresql://…, which several servers can share",
        _database,
    ),
    Option(
        "durability",
        "|".join(get_args(Durability)),
        "fsync",
        "answer a write when it is on the disk (fsync), or when the operating system has it (os)",
        one_of(*get_args(Durability)),
    ),
    "behaviour",
    Option(
        "wording",
        "|".join(get_args(Wording)),
        "2026",
        "word validation messages as the service does since 2026, or as before (classic)",
        one_of(*get_args(Wording)),
    ),
    Option("account", "DIGITS", "000000000000", "account number in ARNs", _account),
    Option(
        "transition-delay", "SECONDS", "0", "how long tables stay CREATING, UPDATING or DELETING", seconds
    ),
    Option("ttl-delay", "SECONDS", "3", "how long items stay after their time to live is over", seconds),
    Option(
        "pitr-lag",
        "SECONDS",
        "0",
        "how far a table's latest restorable time lies behind the present",
        seconds,
    ),
    Option("enforce-capacity", "", "0", "refuse what a table's throughput does not allow", yes),
    Option(
        "prices",
        "FILE",
        "",
        "prices for the bill of /_admin/capacity (TOML); else us-east-1's",
        prices.read_option,
    ),
    "exports and imports",
    Option(
        "s3-endpoint",
        "URL",
        "",
        "S3 server for exports and imports; without it, each bucket is a folder in the data folder",
        url,
    ),
    "streams and triggers",
    Option("stream-shards", "N", "4", "number of open shards of a new stream", count(1, 256)),
    Option(
        "kinesis-endpoint",
        "URL",
        "",
        "Kinesis server for tables' Kinesis streaming destinations; without it, a table can have none",
        lambda text: _endpoint(text) if text else None,
    ),
    Option(
        "trigger",
        "TRIGGER",
        "",
        "call TABLE=module:function, TABLE=URL or TABLE=exec:COMMAND with a table's changes, or what a @FILE"
        " defines; may be repeated",
        _triggers,
        repeats=True,
    ),
    "DAX",
    Option("cache", "", "0", "put DAX's cache in front of the HTTP endpoint", yes),
    Option(
        "cache-item-ttl",
        "MILLISECONDS",
        "300000",
        "how long an item stays in the item cache; 0 for ever",
        count(0, 2**53),
    ),
    Option(
        "cache-query-ttl",
        "MILLISECONDS",
        "300000",
        "how long a page stays in the query cache; 0 not at all",
        count(0, 2**53),
    ),
    Option("cache-size", "MIB", "64", "how large each of the two caches of a node may be", count(1, 2**20)),
    Option("dax-port", "PORT", "", "port of the DAX endpoint, usually 8111; 0 picks a free one", _dax_port),
    Option("dax-nodes", "N", "1", "nodes of the DAX cluster, each at the next port", count(1, 11)),
    Option("dax-replica-lag", "SECONDS", "0", "how long a write takes to the other DAX nodes", seconds),
    Option(
        "dax-address", "ADDRESS", "", "IP address that DAX clients are told; else what they dialled", _address
    ),
    Option("dax-certificate", "FILE", "", "certificate (PEM) that makes the DAX endpoint daxs://", file),
    Option("dax-certificate-key", "FILE", "", "the certificate's private key (PEM)", file),
)


OUTPUT: Final = Option(
    "output",
    "text|json",
    "text",
    "print for people (text) or for programs (json)",
    one_of("text", "json"),
    group="output",
)

CLIENT_OPTIONS: Final = under_headings(
    "where",
    Option("endpoint", "URL", "http://127.0.0.1:8000", "the server to talk to", _endpoint),
    Option("region", "NAME", "us-east-1", "the region that the table is in", words),
    "output",
    OUTPUT,
)
"""For commands that talk to a server, or to a data folder as one."""

LASTING: Final = (*OPTIONS, *CLIENT_OPTIONS)
"""What the configuration file may have."""

SERVE: Final = Form(
    description="Serve DynamoDB's API until SIGTERM or SIGINT. An option is a flag, a variable"
    " (in brackets) or a key of the --config file.",
    options=OPTIONS,
    examples=(
        ("dynalite serve", "keep the data in ./dynalite-data and listen at port 8000"),
        ("dynalite serve --in-memory --port 0", "forget everything at the end, listen at any free port"),
        ("dynalite serve --data /var/lib/dynalite --dax-port 8111", "with the DAX endpoint"),
    ),
)


def read(arguments: Sequence[str], environment: Mapping[str, str], program: str) -> Config:
    """The configuration that a command line and an environment ask for. Exits with status 2 when it makes no
    sense.
    """
    return of(options.read(SERVE, arguments, environment, program, LASTING))


def of(given: Given) -> Config:
    """The server's configuration, if what was given makes sense as a whole."""
    values = {option.name: given[option.name] for option in OPTIONS}
    _choose_store(values, given)
    try:
        return config_of(values)
    except ValueError as error:
        given.refuse(str(error))


def _choose_store(values: dict[str, Any], given: Given) -> None:
    """Leave one of the places where data can be kept: the one that is named nearest."""
    near = {name: given.nearness(name) for name in ("data", "in-memory", "engine") if values[name]}
    named = [name for name, nearness in near.items() if nearness == FLAG]
    if len(named) > 1:
        given.refuse(f"--{named[0]} and --{named[1]} exclude each other")
    nearest = min(near.values())
    # Where two are named equally near, by variables or in the file, the one that is not the default counts.
    chosen = [name for name, nearness in near.items() if nearness == nearest][-1]
    values["in-memory"] = chosen == "in-memory"
    values["engine"] = values["engine"] if chosen == "engine" else None


def _check_dax_ports(values: Mapping[str, Any]) -> None:
    """Raise ValueError when a node's port is none, or the HTTP port."""
    if values["dax-port"]:
        ports = range(values["dax-port"], values["dax-port"] + values["dax-nodes"])
        if ports[-1] > 65535:
            raise ValueError(f"--dax-port {ports[0]} leaves no ports for --dax-nodes {len(ports)}")
        if values["port"] in ports:
            raise ValueError(f"--port {values['port']} is one of the ports of --dax-port and --dax-nodes")


def config_of(values: Mapping[str, Any]) -> Config:
    """The configuration that the parsed value of every option makes. Raises ValueError."""
    for one, other in (("tls-cert", "tls-key"), ("dax-certificate", "dax-certificate-key")):
        if (values[one] is None) is not (values[other] is None):
            raise ValueError(f"--{one} and --{other} go together")
    _check_dax_ports(values)
    return Config(
        host=values["host"],
        port=values["port"],
        settings=Settings(
            data_folder=None if values["in-memory"] or values["engine"] else Path(values["data"]),
            engine=values["engine"],
            durability=values["durability"],
            wording=values["wording"],
            account=values["account"],
            transition_seconds=values["transition-delay"],
            ttl_delay_seconds=values["ttl-delay"],
            pitr_lag_seconds=values["pitr-lag"],
            s3_endpoint=values["s3-endpoint"],
            kinesis_endpoint=values["kinesis-endpoint"],
            stream_shards=values["stream-shards"],
            enforce_capacity=values["enforce-capacity"],
            prices=values["prices"],
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
        console=not values["no-console"],
        triggers=values["trigger"],
        access=AccessSettings(
            credentials=values["credentials"],
            anonymous=values["allow-anonymous"],
            certificate=values["tls-cert"],
            certificate_key=values["tls-key"],
            origins=values["cors"],
        ),
        bounds=Bounds(
            connections=values["max-connections"],
            memory_mib=values["request-memory"],
            head_seconds=values["head-timeout"],
            body_seconds=values["body-timeout"],
            reader_seconds=values["read-timeout"],
            idle_seconds=values["idle-timeout"],
            drain_seconds=values["drain"],
            grace_seconds=values["grace"],
        ),
        log=LogSettings(values["log"], values["log-level"], values["access-log"]),
    )
