"""What keeps a server from starting, or from doing well, on this machine: a table of checks.

Each check looks at one thing and says what it found, and what to do about it where something is wrong. They
use nothing but the standard library until they look at a library, so they work where little else does; and
they change nothing.
"""

import os
import platform
import resource
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

from dynalite.clock import Clock
from dynalite.storage.postgres import place
from server import moments
from server.config import Config
from server.terminal import size

Level: TypeAlias = Literal["ok", "note", "warning", "failure"]

_OLDEST_PYTHON: Final = (3, 11)
_LITTLE_SPACE_BYTES: Final = 1 << 30
_NO_SPACE_BYTES: Final = 64 << 20
_FEW_FILES: Final = 1024
_FIRST_MOMENT: Final = 1_767_225_600.0  # 2026 begins: this program did not exist before
_SLACK_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found about a subject; `advice` is what to do, where there is something to do.

    A failure keeps the server from starting as it was asked to; a warning does not, but something will be
    missing or go wrong; a note is something that not everybody needs.
    """

    subject: str
    level: Level
    found: str
    advice: str = ""


class Library(NamedTuple):
    """A library: the module that is imported, what it is needed for, and what its absence is.

    `others` are the names under which it is published for other machines.
    """

    module: str
    distribution: str
    purpose: str
    absent: Level
    advice: str
    others: tuple[str, ...] = ()


_AGAIN: Final = "install dynalite again with pip, for this Python"

LIBRARIES: Final = (
    Library("aiohttp", "aiohttp", "HTTP", "failure", _AGAIN),
    Library("httptools", "httptools", "HTTP", "failure", _AGAIN),
    Library("msgpack", "msgpack", "stored records", "failure", _AGAIN),
    Library("orjson", "orjson", "JSON", "failure", _AGAIN),
    Library("sortedcontainers", "sortedcontainers", "the engine in memory", "failure", _AGAIN),
    Library(
        "dynalite.storage.binding",
        "plyvel",
        "data folders",
        "warning",
        "there is only --in-memory until it can be imported: pip install 'dynalite[leveldb]', which from"
        " Python 3.15 on needs LevelDB's headers (Debian: libleveldb-dev) and a C++ compiler",
        ("plyvel-ci", "plyvel-next"),
    ),
    Library("uvloop", "uvloop", "a faster event loop", "note", "pip install uvloop"),
    Library("asyncpg", "asyncpg", "databases", "note", "pip install 'dynalite[postgres]'"),
    Library("obstore", "obstore", "exports and imports", "note", "pip install 'dynalite[s3]'"),
    Library("amazon.ion", "amazon.ion", "exports and imports as Ion", "note", "pip install 'dynalite[ion]'"),
    Library("zstandard", "zstandard", "files that end in .zst", "note", "pip install 'dynalite[zstd]'"),
)


def findings(wanted: Config, clock: Clock) -> Iterator[Finding]:
    """What all checks find for a server of this configuration."""
    for check in CHECKS:
        yield from check(wanted, clock)


def _python(_: Config, __: Clock) -> Iterator[Finding]:
    found = f"{platform.python_implementation()} {platform.python_version()}, {platform.platform(terse=True)}"
    if sys.version_info < _OLDEST_PYTHON:
        yield Finding("Python", "failure", found, "use Python 3.11 or later")
    else:
        yield Finding("Python", "ok", found)


def _libraries(_: Config, __: Clock) -> Iterator[Finding]:
    for library in LIBRARIES:
        try:
            import_module(library.module)
        except Exception as error:  # a wheel for another machine can fail in any way
            found = f"cannot be imported, for {library.purpose} ({error or type(error).__name__})"
            yield Finding(library.distribution, library.absent, found, library.advice)
        else:
            yield Finding(library.distribution, "ok", f"{_version(library)}, {library.purpose}")


def _version(library: Library) -> str:
    for name in (library.distribution, *library.others):
        with suppress(PackageNotFoundError):
            return version(name)
    return "of an unknown version"


# ------------------------------------------------------------------ the data folder


def _folder(wanted: Config, _: Clock) -> Iterator[Finding]:
    folder = wanted.settings.data_folder
    if wanted.settings.engine is not None:
        found = f"in {place(wanted.settings.engine)}, which is asked when the server starts"
        yield Finding("data", "ok", found)
        return
    if folder is None:
        yield Finding("data", "ok", "in memory; it is gone when the server stops")
        return
    subject = f"data in {folder}"
    try:
        if folder.is_dir() and any((folder / name).exists() for name in ("FORMAT", "rows")):
            yield _opened(subject, folder)
        elif folder.exists() and not folder.is_dir():
            yield Finding(subject, "failure", "it is not a folder", "name another with --data")
        else:
            yield _makeable(subject, folder)
        yield _space(folder)
    except OSError as error:
        found = f"nothing can be found out about it ({error.strerror})"
        yield Finding(subject, "failure", found, "name another folder with --data")


def _opened(subject: str, folder: Path) -> Finding:
    """What the server itself would say of the folder when it locks it and reads its format."""
    from dynalite.storage.folder import DataFolder, StoreError, StoreLocked, StoreTooNew, StoreUnwritable

    advice: dict[type[StoreError], str] = {
        StoreLocked: "end the process that has it open, or name another folder with --data",
        StoreTooNew: "use the version that wrote it, or a later one",
        StoreUnwritable: "give yourself the right to write there, or name another folder with --data",
    }
    try:
        DataFolder(folder).release()
    except StoreError as error:
        what = advice.get(type(error), "restore it from a copy, or name another folder with --data")
        return Finding(subject, "failure", str(error).rstrip("."), what)
    return Finding(subject, "ok", "not in use, and of a format that this version reads")


def _makeable(subject: str, folder: Path) -> Finding:
    parent = _nearest(folder)
    if os.access(parent, os.W_OK | os.X_OK):
        return Finding(subject, "ok", "new; it will be made")
    return Finding(
        subject,
        "failure",
        f"{parent} cannot be written to",
        "give yourself the right to, or name another folder with --data",
    )


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if place.exists())


def _space(folder: Path) -> Finding:
    free = shutil.disk_usage(_nearest(folder)).free
    found = f"{size(free)} free for {folder}"
    if free < _NO_SPACE_BYTES:
        return Finding("disk", "failure", found, "make room: LevelDB needs more to put its files in order")
    if free < _LITTLE_SPACE_BYTES:
        return Finding("disk", "warning", found, "make room before much is written")
    return Finding("disk", "ok", found)


# ------------------------------------------------------------------ the machine


def _ports(wanted: Config, _: Clock) -> Iterator[Finding]:
    yield _listening(wanted.host, wanted.port, "--port or --host")
    first = wanted.dax.port
    if first is not None:
        for number in range(wanted.dax.nodes):
            yield _listening(wanted.host, first + number if first else 0, "--dax-port or --host")


def _listening(host: str, port: int, options: str) -> Finding:
    subject = f"{host}:{port}"
    try:
        ((family, _type, _protocol, _name, address), *_rest) = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        found = f"it cannot be listened at ({error.strerror})"
        return Finding(subject, "failure", found, f"end what listens there, or choose another {options}")
    return Finding(subject, "ok", "free to listen at")


def _files(_: Config, __: Clock) -> Iterator[Finding]:
    limit, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = limit == resource.RLIM_INFINITY
    found = "as many as one likes" if unlimited else f"{limit} (ulimit -n)"
    if not unlimited and limit < _FEW_FILES:
        advice = "each connection is one, and LevelDB needs some: ulimit -n 4096"
        yield Finding("open files", "warning", found, advice)
    else:
        yield Finding("open files", "ok", found)


def _clock(wanted: Config, clock: Clock) -> Iterator[Finding]:
    now = clock.now()
    found = moments.shown(now)
    advice = "set the system's clock: time to live, recovery and signatures go by it"
    last = _last_written(wanted.settings.data_folder)
    if now < _FIRST_MOMENT:
        yield Finding("clock", "warning", f"{found}, which cannot be", advice)
    elif last > now + _SLACK_SECONDS:
        yield Finding(
            "clock", "warning", f"{found}, but the data was written at {moments.shown(last)}", advice
        )
    else:
        yield Finding("clock", "ok", found)


def _last_written(folder: Path | None) -> float:
    """When anything was last written to the folder; 0 when nothing ever was."""
    if folder is None:
        return 0.0
    try:
        return max((path.stat().st_mtime for path in (folder / "rows").iterdir()), default=0.0)
    except OSError:
        return 0.0


Check: TypeAlias = Callable[[Config, Clock], Iterator[Finding]]

CHECKS: Final[tuple[Check, ...]] = (_python, _libraries, _folder, _ports, _files, _clock)
