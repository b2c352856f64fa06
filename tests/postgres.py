"""PostgreSQL servers for tests: made from Debian's packages in a folder of their own, on free loopback ports.

A cluster is fast and forgetful (no fsync) unless a test asks otherwise. PostgreSQL refuses to run as root, so
where the tests do, its programs run as the user `postgres`, which Debian's package makes.

DYNALITE_TEST_POSTGRES names a database to use instead, of whatever store speaks PostgreSQL's protocol.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dynalite.ids import Ids

if TYPE_CHECKING:
    from dynalite.storage.postgres.engine import PostgresEngine

GIVEN_DSN = os.environ.get("DYNALITE_TEST_POSTGRES", "")
START_SECONDS = 30
TABLES = ("dynalite_kv", "dynalite_counters", "dynalite_tokens", "dynalite_leases")
_USER = "postgres"

_QUICK: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def programs() -> Path | None:
    """Where the newest installed PostgreSQL keeps its programs; None when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


MISSING = "PostgreSQL's programs are not installed (Debian's package postgresql)"


class Cluster:
    """One PostgreSQL server with its folder. `dsn` names its database `dynalite`."""

    def __init__(self, **settings: str) -> None:
        found = programs()
        assert found is not None, MISSING
        self._programs = found
        self.folder = Path(tempfile.mkdtemp(prefix="dynalite-postgres-"))
        if os.getuid() == 0:
            shutil.chown(self.folder, _USER)
        self.port = free_port()
        self.settings = dict(settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def dsn(self) -> str:
        return f"postgresql://{_USER}@127.0.0.1:{self.port}/dynalite"

    def make(self) -> None:
        """Make the folder, start the server in it and create the database."""
        self.run("initdb", "--pgdata", str(self._data), "--username", _USER, "--auth", "trust", "--no-sync",
                 "--encoding", "UTF8", "--locale", "C")  # fmt: skip
        self.start()
        self.run("createdb", "--host", "127.0.0.1", "--port", str(self.port), "--username", _USER, "dynalite")

    def copy_of(self, primary: "Cluster", name: str) -> None:
        """Make the folder a standby of `primary`, known to it under a name, and start it."""
        self.run("pg_basebackup", "--pgdata", str(self._data), "--no-sync", "--checkpoint", "fast",
                 "--write-recovery-conf", "--dbname",
                 f"host=127.0.0.1 port={primary.port} user={_USER} application_name={name}")  # fmt: skip
        self.start()

    def start(self) -> None:
        told = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": "200",
            "shared_buffers": "32MB",
            **self.settings,
        }
        flags = [part for name, value in told.items() for part in ("-c", f"{name}={value}")]
        with open(self.folder.parent / f"{self.folder.name}.log", "ab") as log:
            self._process = subprocess.Popen(
                [str(self._programs / "postgres"), "-D", str(self._data), *flags],
                stdout=log,
                stderr=log,
                cwd="/",
                user=_USER if os.getuid() == 0 else None,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            assert time.monotonic() < deadline, "PostgreSQL does not start"
            assert self._process.poll() is None, "PostgreSQL ended at once"
            time.sleep(0.02)

    def promote(self) -> None:
        """Make a standby the primary."""
        self.run("pg_ctl", "promote", "--pgdata", str(self._data), "--wait", "--timeout", str(START_SECONDS))

    def kill(self) -> None:
        """End it as a power cut would: no process of it gets to say anything."""
        if self._process is None or self._process.poll() is not None:
            return
        children = _children(self._process.pid)
        self._process.kill()
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self._process.wait()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder.parent / f"{self.folder.name}.log").unlink(missing_ok=True)

    def sql(self, statement: str) -> str:
        """What psql prints of a statement's result."""
        return self.run("psql", "--dbname", self.dsn, "--no-psqlrc", "--tuples-only", "--no-align",
                        "--command", statement).strip()  # fmt: skip

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs to its end, and return what it printed."""
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            capture_output=True,
            text=True,
            cwd="/",
            user=_USER if os.getuid() == 0 else None,
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return done.stdout

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _ready(self) -> bool:
        asked = subprocess.run(
            [str(self._programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)], cwd="/"
        )
        return asked.returncode == 0


@contextmanager
def cluster(**settings: str) -> Iterator[Cluster]:
    """A new PostgreSQL server for the length of a `with` block; without fsync unless `settings` say more."""
    made = Cluster(**(settings or _QUICK))
    try:
        made.make()
        yield made
    finally:
        made.remove()


def _children(parent: int) -> list[int]:
    """The processes that a process has started and that still run."""
    listed = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(child) for child in listed.split()]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def engine(dsn: str) -> "PostgresEngine":
    """The engine on a database that has its tables. It connects when it is first asked something."""
    from dynalite.storage.postgres.connections import Connections
    from dynalite.storage.postgres.engine import PostgresEngine

    return PostgresEngine(Connections(dsn, Ids()))


async def make_empty(dsn: str) -> None:
    """Make the tables where they are missing, with nothing in them."""
    from dynalite.storage.postgres.connections import CHORES, Connections

    connections = Connections(dsn, Ids())
    await connections.prepare()
    connection = await connections.connect(CHORES, dialect=None)
    for name in TABLES:
        await connection.execute(f"DELETE FROM {name}")
    await connection.close()
    connections.close()
