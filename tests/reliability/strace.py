"""The system calls of a running server, watched or made to fail, by `strace`. Tests that need it are skipped
where it is missing or may not be used.
"""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from tests.live import LiveServer

Event: TypeAlias = Literal["asked", "logged", "synced", "answered"]

_CALLS = "trace=read,recvfrom,recvmsg,write,writev,sendto,sendmsg,fsync,fdatasync"
_FD = r"\d+<(?P<file>[^>]*)>"
_EVENTS: tuple[tuple[Event, str], ...] = (
    ("asked", rf'(read|recvfrom)\({_FD}, "POST / '),
    ("answered", rf'(write|sendto)\({_FD}, "HTTP/1.1 200'),
    ("logged", r"write\(\d+<[^>]*\.log>"),
    ("synced", r"(fsync|fdatasync)\(\d+<[^>]*\.log>\) += 0"),
)


@contextmanager
def attached(live: LiveServer, *options: str) -> Iterator[None]:
    """strace on a server, with some options, for the length of a `with` block."""
    program = shutil.which("strace")
    if program is None:
        pytest.skip("there is no strace")
    tracer = subprocess.Popen(
        [program, "-f", "-y", *options, "-p", str(live.process.pid)], stderr=subprocess.PIPE, text=True
    )
    assert tracer.stderr is not None
    try:
        said = tracer.stderr.readline()
        if "attached" not in said:
            pytest.skip(f"strace may not be used here: {said.strip()}")
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
        tracer.stderr.close()


@contextmanager
def watched(live: LiveServer, file: Path) -> Iterator[None]:
    """Write down the calls that `events` understands."""
    with attached(live, "-e", _CALLS, "-o", str(file)):
        yield


def events(file: Path) -> list[Event]:
    """What happened, in its order. A call that another thread's interrupted counts when it is done."""
    found: list[Event] = []
    begun: dict[str, str] = {}
    for line in file.read_text(errors="replace").splitlines():
        thread, _, call = line.partition(" ")
        call = call.strip()
        if call.endswith("<unfinished ...>"):
            begun[thread] = call.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>", call):
            call = begun.pop(thread, "") + call[resumed.end() :]
        found += [event for event, pattern in _EVENTS if re.match(pattern, call)]
    return found
