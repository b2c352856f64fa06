"""Servers for tests to talk to over real HTTP.

`live_server` is a process of its own, as a user starts it: it can be killed, and started again on the same
folder. `local_server` runs in a thread of the test's process, which starts in milliseconds, and lets the test
reach in. Both listen at a free port of the loopback address.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import boto3
from botocore.config import Config as BotoConfig

from dynalite.clock import Clock
from dynalite.settings import Settings
from server.app import App
from server.config import Config
from server.embedded.loop import Loop
from tests import shapes

REPOSITORY = Path(__file__).parent.parent
START_SECONDS = 20
STOP_SECONDS = 20


def _boto(make: Callable[..., Any], service: str, endpoint: str, options: dict[str, Any]) -> Any:
    settings: dict[str, Any] = {
        "endpoint_url": endpoint,
        "region_name": "us-east-1",
        "aws_access_key_id": "anything",
        "aws_secret_access_key": "anything",
        "config": BotoConfig(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30),
    }
    return make(service, **(settings | options))


class Reachable:
    """Something that listens at `endpoint`, and boto3's ways to it, which hold every answer against the
    model. Options are boto3's own and win over ours.
    """

    endpoint: str

    def client(self, service: str = "dynamodb", **options: Any) -> Any:
        client = _boto(boto3.client, service, self.endpoint, options)
        shapes.watch(client)
        return client

    def resource(self, **options: Any) -> Any:
        resource = _boto(boto3.resource, "dynamodb", self.endpoint, options)
        shapes.watch(resource.meta.client)
        return resource


class LiveServer(Reachable):
    """A server process that has said where it listens."""

    def __init__(self, process: "subprocess.Popen[str]", endpoint: str, banner: str) -> None:
        self.process = process
        self.endpoint = endpoint
        self.banner = banner

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self._gone()

    def kill(self) -> None:
        """End it as a power cut would, as far as a process can tell."""
        self.process.kill()
        self._gone()

    def _gone(self) -> int:
        try:
            return self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            _output(self.process).close()


def start_server(*flags: str, environment: dict[str, str] | None = None) -> LiveServer:
    """Start `python -m server --port 0` with further flags. The caller ends it with `stop` or `kill`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server", "--port", "0", *flags],
        cwd=REPOSITORY,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        text=True,
    )
    banner = ""
    watch = threading.Timer(START_SECONDS, process.kill)
    watch.start()
    try:
        for line in _output(process):
            banner += line
            address = re.match(r"Dynalite is listening at (https?://\S+)", banner)
            if address and line == "\n" and banner.count("\n\n") == 2:
                return LiveServer(process, address[1], banner)
    finally:
        watch.cancel()
    _output(process).close()
    raise AssertionError(f"the server ended with status {process.wait()} before it listened:\n{banner}")


def _output(process: "subprocess.Popen[str]") -> IO[str]:
    assert process.stdout is not None
    return process.stdout


@contextmanager
def live_server(*flags: str, environment: dict[str, str] | None = None) -> Iterator[LiveServer]:
    """A server process for the length of a `with` block; in memory unless the flags say where else."""
    if not {"--data", "--engine"} & set(flags):
        flags = ("--in-memory", *flags)
    server = start_server(*flags, environment=environment)
    try:
        yield server
    finally:
        server.stop()


class LocalServer(Reachable):
    """A server in this process. Reach into `app` only through `loop.call` and `loop.run`."""

    def __init__(self, loop: Loop, app: App, clock: Clock, scheme: str) -> None:
        self.loop = loop
        self.app = app
        self.clock = clock
        self.endpoint = f"{scheme}://127.0.0.1:{app.port}"


@contextmanager
def local_server(settings: Settings | None = None, **config: Any) -> Iterator[LocalServer]:
    """A server in this process for the length of a `with` block, in memory by default; `config` are further
    members of its Config. Its clock may be moved.
    """
    loop = Loop()
    clock = Clock()
    try:
        app = loop.run(lambda: App.open(Config("127.0.0.1", 0, settings or Settings(), **config), clock))
        try:
            yield LocalServer(loop, app, clock, "https" if app.tls else "http")
        finally:
            loop.run(app.close)
    finally:
        loop.close()
