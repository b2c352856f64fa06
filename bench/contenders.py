"""Who is measured: this server, and the others that can be had without charge.

What a server promises about an acknowledged write decides what it can be compared with:

- `memory`: it is gone when the server stops;
- `os`: it survives a killed process, not a power cut (no fsync before the answer);
- `fsync`: it has been fsynced before the answer.

The peers' promises are what their system calls show (strace, 200 writes one after the other): Dynoxide
fsyncs SQLite for each; ExtendDB lets SQLite's log go to the disk when it is checkpointed; dynalite (npm)
writes to LevelDB unsynced. Amazon's DynamoDB Local is not installed from anywhere, for its licence's sake:
point DYNAMODB_LOCAL_JAR at your own copy.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Literal

from bench.process import Server, free_port, serving

REPOSITORY = Path(__file__).parent.parent
PEERS_FOLDER = REPOSITORY / ".peers" / "bench"

Promise = Literal["memory", "os", "fsync"]
PROMISES: tuple[Promise, ...] = ("memory", "os", "fsync")


@dataclass(frozen=True, slots=True)
class Package:
    """Where a peer comes from. `name` may ask for extras, which are no part of its folder's name."""

    registry: Literal["npm", "PyPI"]
    name: str

    @property
    def folder(self) -> Path:
        return PEERS_FOLDER / re.sub(r"\W+", "-", f"{self.registry} {self.name}").strip("-")

    def install(self) -> None:
        """Into a folder of its own, unless it is there. No script of a package from npm is run."""
        if self.folder.exists():
            return
        making = self.folder.with_name(self.folder.name + ".making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        commands = {
            "npm": ["npm", "install", "--prefix", str(making), "--ignore-scripts", "--no-audit", "--no-fund"],
            "PyPI": [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(making)],
        }
        subprocess.run([*commands[self.registry], self.name], check=True, stdout=subprocess.DEVNULL)
        making.rename(self.folder)

    def version(self) -> str:
        if self.registry == "npm":
            about = self.folder / "node_modules" / self.name / "package.json"
            return str(json.loads(about.read_text())["version"])
        name = self.name.partition("[")[0]
        return next(iter(metadata.distributions(name=name, path=[str(self.folder)]))).version


@dataclass(frozen=True, slots=True)
class Contender:
    """How a server is started. In its command and environment {port}, {data} (an empty folder) and {package}
    are filled in.
    """

    name: str
    promise: Promise
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    package: Package | None = None

    @contextmanager
    def serving(self) -> Iterator[Server]:
        port = free_port()
        with tempfile.TemporaryDirectory(dir=_scratch(), ignore_cleanup_errors=True) as data:
            words = {
                "port": port,
                "data": data,
                "package": self.package.folder if self.package else "",
                "repository": REPOSITORY,
            }
            command = [part.format(**words) for part in self.command]
            environment = {name: value.format(**words) for name, value in self.environment.items()}
            with serving(command, port, Path(data), environment) as server:
                yield server

    @property
    def version(self) -> str:
        return self.package.version() if self.package else ""


def _scratch() -> Path:
    """On the disk that the repository is on: temporary files may be kept in memory."""
    folder = REPOSITORY / "bench" / "results" / "local"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _ours(promise: Promise, *flags: str) -> Contender:
    command = (sys.executable, "-m", "server", "--host", "127.0.0.1", "--port", "{port}", *flags)
    # What pip installs has its bytecode, and so must we, also where the environment forbids to write it:
    # without it a start is a compiler's run.
    environment = {"PYTHONPATH": "{repository}", "PYTHONDONTWRITEBYTECODE": ""}
    return Contender("this server", promise, command, environment)


def _dynoxide(promise: Promise, *flags: str) -> Contender:
    program = "{package}/node_modules/@dynoxide/linux-x64/dynoxide"
    package = Package("npm", "@dynoxide/linux-x64")
    return Contender("Dynoxide", promise, (program, "serve", "--port", "{port}", *flags), package=package)


def _extenddb(promise: Promise, path: str) -> Contender:
    program = "{package}/node_modules/@extenddb/linux-x64/extenddb"
    environment = {
        "EXTENDDB__SERVER__PORT": "{port}",
        "EXTENDDB__STORAGE__SQLITE__PATH": path,
        "EXTENDDB__LOGGING__LEVEL": "error",
    }
    package = Package("npm", "@extenddb/linux-x64")
    return Contender("ExtendDB", promise, (program, "serve", "--foreground"), environment, package)


def _dynalite_npm(promise: Promise, *flags: str) -> Contender:
    program = "{package}/node_modules/.bin/dynalite"
    command = (program, "--host", "127.0.0.1", "--port", "{port}", "--createTableMs", "0", *flags)
    return Contender("dynalite (npm)", promise, command, package=Package("npm", "dynalite"))


def _dynamodb_local(jar: str, promise: Promise, *flags: str) -> Contender:
    libraries = Path(jar).parent / "DynamoDBLocal_lib"
    command = ("java", f"-Djava.library.path={libraries}", "-jar", jar, "-port", "{port}", *flags)
    return Contender("DynamoDB Local", promise, command)


OURS = (
    _ours("memory", "--in-memory"),
    _ours("os", "--data", "{data}/tables", "--durability", "os"),
    _ours("fsync", "--data", "{data}/tables", "--durability", "fsync"),
)

_MOTO = Contender(
    "moto",
    "memory",
    (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "{port}"),
    {"PYTHONPATH": "{package}"},
    Package("PyPI", "moto[server]"),
)
_MINISTACK = Contender(
    "MiniStack",
    "memory",
    (sys.executable, "-m", "ministack"),
    {
        "PYTHONPATH": "{package}",
        "GATEWAY_PORT": "{port}",
        "BIND_HOST": "127.0.0.1",
        "SERVICES": "dynamodb",
        "LOG_LEVEL": "ERROR",
    },
    Package("PyPI", "ministack"),
)


def peers() -> tuple[Contender, ...]:
    """All others, and DynamoDB Local if there is a jar. What its file survives its maker does not say."""
    found = (
        _dynoxide("memory"),
        _extenddb("memory", ":memory:"),
        _dynalite_npm("memory"),
        _MINISTACK,
        _MOTO,
        _extenddb("os", "{data}/tables.sqlite"),
        _dynalite_npm("os", "--path", "{data}/tables"),
        _dynoxide("fsync", "--db-path", "{data}/tables.sqlite"),
    )
    jar = os.environ.get("DYNAMODB_LOCAL_JAR")
    if jar is None:
        return found
    local = (_dynamodb_local(jar, "memory", "-inMemory"), _dynamodb_local(jar, "os", "-dbPath", "{data}"))
    return found + local
