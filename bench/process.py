"""The server under measurement: a process of its own on a free loopback port, watched through /proc."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.workloads import http_request

_CLOCK_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_START_TIMEOUT_SECONDS = 60.0
_POLL_SECONDS = 0.001


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process_id: int
    first_answer_seconds: float
    """From starting the process to the end of its first answer."""

    def cpu_seconds(self) -> float:
        """User and system time so far. The fields are counted after the command's closing bracket
        (proc(5)).
        """
        fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS_PER_SECOND

    def resident_bytes(self) -> int:
        for line in Path(f"/proc/{self.process_id}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the kernel reports no VmRSS")


@contextmanager
def serving(data_folder: Path | None, durability: str = "fsync") -> Iterator[Server]:
    """A server in memory, or over `data_folder`; it is ended when the block is left."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    storage = (
        ["--in-memory"] if data_folder is None else ["--data", str(data_folder), "--durability", durability]
    )
    command = [sys.executable, "-m", "server", "--host", "127.0.0.1", "--port", str(port), *storage]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for_answer(port, process)
        yield Server(port, process.pid, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait()


def _wait_for_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with exit code {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(http_request("ListTables", b"{}"))
                if connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    return
        except ConnectionRefusedError:
            time.sleep(_POLL_SECONDS)
    raise RuntimeError("the server does not answer")
