"""A server under measurement: a process of its own on a free loopback port, watched through /proc (Linux).

It is started in an empty folder, with that folder as its home, and ended by its process id.
"""

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.wire import Call, http_request

_CLOCK_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_POLL_SECONDS = 0.001
_QUIET_SECONDS = 30.0
_QUIET_FOR_SECONDS = 0.1
_QUIET_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process_id: int
    first_answer_seconds: float
    """From starting the process to the end of its first answer."""

    def cpu_seconds(self) -> float:
        """User and system time so far, of the process and those that it started."""
        ticks = 0
        for process_id in _family(self.process_id):
            # The fields are counted after the command's closing bracket (proc(5)).
            fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / _CLOCK_TICKS_PER_SECOND

    def wait_until_quiet(self) -> None:
        """Until it has next to nothing to do, or for as long as one can wait for that."""
        deadline = time.monotonic() + _QUIET_SECONDS
        before = self.cpu_seconds()
        while time.monotonic() < deadline:
            time.sleep(_QUIET_FOR_SECONDS)
            now = self.cpu_seconds()
            if now - before <= _QUIET_SHARE * _QUIET_FOR_SECONDS:
                return
            before = now

    def resident_bytes(self) -> int:
        """What of memory the process and those that it started hold; what they share counts several times."""
        return sum(_resident_bytes(process_id) for process_id in _family(self.process_id))


def _family(process_id: int) -> Iterator[int]:
    yield process_id
    for task in Path(f"/proc/{process_id}/task").iterdir():
        children = ""
        with suppress(FileNotFoundError, ProcessLookupError):  # the thread has just ended
            children = (task / "children").read_text()
        for child in children.split():
            yield from _family(int(child))


def _resident_bytes(process_id: int) -> int:
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel reports no VmRSS")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Sequence[str], port: int, folder: Path, environment: Mapping[str, str]
) -> Iterator[Server]:
    """The command's server, once it answers, until the block is left."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "HOME": str(folder), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(port, process)
        yield Server(port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    request = http_request(Call("ListTables", {}))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with exit code {process.returncode}")
        with (
            suppress(ConnectionError, TimeoutError),
            socket.create_connection(("127.0.0.1", port), 5) as connection,
        ):
            connection.sendall(request)
            if connection.recv(65536).startswith(b"HTTP/1.1 200"):
                return
        time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"{process.args!r} does not answer")
