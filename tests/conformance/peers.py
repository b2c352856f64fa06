"""The same rows, asked of other servers: `make conformance-peers`.

Every peer is installed from its registry into a folder of its own, started on a free port of the loopback
address, judged, and ended by its process id. Then `differential` asks it and us the same random requests.
Rows that a peer fails for want of a feature count like any other, and so do rows that it keeps us from asking
because it hangs or has ended itself: the table says how far one can rely on a peer to answer as the service
does. Everything is bounded (by `FILE_SECONDS`, `PEER_SECONDS` and `MOST_RESTARTS`), so that a run comes to an
end whatever peers do.
"""

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeAlias

from tests.conformance import differential
from tests.live import live_server

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
BEHAVIOURS = REPOSITORY / "docs" / "behaviours.md"
COLUMNS = ("captured", "docs", "secondary", "not marked")
KNOWN = dict(re.findall(r"^\| (B\S+) \| .* \| (\w+) \|$", BEHAVIOURS.read_text("utf-8"), re.MULTILINE))
"""The certainty of each behaviour."""
START_SECONDS = 60
STOP_SECONDS = 10
FILE_SECONDS = 90
PEER_SECONDS = 900
MOST_RESTARTS = 30


@dataclass(frozen=True)
class Peer:
    """How a peer is installed into `{folder}`, and started on `{port}`. `explained`: where it answers random
    requests otherwise than we do has been gone through.
    """

    name: str
    install: tuple[str, ...]
    start: tuple[str, ...]
    explained: bool = True


def from_npm(package: str) -> tuple[str, ...]:
    return ("npm", "install", "--prefix", "{folder}", "--no-audit", "--no-fund", "--silent", package)


def from_pypi(package: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pip", "install", "--quiet", "--target", "{folder}", package)


PEERS = (
    Peer(
        "Dynoxide",
        from_npm("@dynoxide/linux-x64"),
        ("{folder}/node_modules/@dynoxide/linux-x64/dynoxide", "serve", "--port", "{port}"),
        explained=False,
    ),
    Peer(
        "MiniStack",
        from_pypi("ministack"),
        (
            "env",
            "GATEWAY_PORT={port}",
            "BIND_HOST=127.0.0.1",
            "SERVICES=dynamodb",
            sys.executable,
            "-m",
            "ministack",
        ),
        explained=False,
    ),
    Peer(
        "dynalite (npm)",
        from_npm("dynalite"),
        (
            "{folder}/node_modules/.bin/dynalite",
            "--port",
            "{port}",
            "--createTableMs",
            "0",
            "--deleteTableMs",
            "0",
        ),
    ),
    Peer(
        "moto",
        from_pypi("moto[server]"),
        (sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "{port}"),
    ),
)


def filled(command: tuple[str, ...], **words: object) -> list[str]:
    return [part.format(**words) for part in command]


@contextmanager
def running(peer: Peer, folder: Path) -> Iterator[str]:
    """A peer's endpoint for the length of a `with` block."""
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        subprocess.run(filled(peer.install, folder=folder), check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        filled(peer.start, folder=folder, port=port),
        env={**os.environ, "PYTHONPATH": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await_port(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        with suppress(ProcessLookupError):  # it has ended itself
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def ours() -> Iterator[str]:
    with live_server() as server:
        yield server.endpoint


def await_port(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"nothing listens at port {port}")


def files() -> list[Path]:
    return [
        file
        for file in sorted(HERE.glob("test_*.py"))
        if file.stem not in {"test_classic", "test_behaviours"}
    ]


Tally: TypeAlias = "Counter[str]"
"""Rows by certainty."""


def judged(start: Callable[[], AbstractContextManager[str]]) -> tuple[Tally, Tally]:
    """The rows that a server passes, and all that were reached, by certainty. It is started anew for every
    file of rows, because some servers end themselves over a request, and hang over others: what is left of
    such a file is not reached, and when a server's time is up neither are the files that are left.
    """
    passed: Tally = Counter()
    reached: Tally = Counter()
    until = time.monotonic() + PEER_SECONDS
    for file in files():
        left = until - time.monotonic()
        if left <= 0:
            break
        with suppress(RuntimeError), start() as endpoint:
            for certainty, verdict in verdicts(file, endpoint, min(FILE_SECONDS, left)):
                reached[certainty] += 1
                passed[certainty] += verdict == "PASSED"
    return passed, reached


def verdicts(file: Path, endpoint: str, seconds: float) -> Iterator[tuple[str, str]]:
    """The certainty and the verdict of each row of a file that is judged within so many seconds."""
    command = [sys.executable, "-m", "pytest", str(file), "--endpoint", endpoint]
    command += ["-o", "addopts=", "-v", "--tb=no", "-p", "no:cacheprovider"]
    with subprocess.Popen(
        command, cwd=REPOSITORY, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as judge:
        watch = threading.Timer(seconds, judge.kill)
        watch.start()
        try:
            assert judge.stdout is not None
            for line in judge.stdout:
                found = re.match(r"tests/conformance/\S+?::.* (PASSED|FAILED|ERROR) +\[ *\d+%\]$", line)
                if found:
                    number = re.search(r"B\d+\.\d\d", line)
                    yield KNOWN.get(number[0] if number else "", "not marked"), found[1]
        finally:
            watch.cancel()
            judge.kill()


def row(name: str, passed: Tally, asked: Tally) -> str:
    cells = [f"{passed[column]} of {asked[column]}" for column in COLUMNS]
    return f"| {name} | {' | '.join(cells)} | {passed.total()} of {asked.total()} |"


def differences(
    peer: str, start: Callable[[], AbstractContextManager[str]], count: int, seed: int
) -> tuple[int, list[str]]:
    """How many random requests were asked of a peer and of us, and where the answers differ. Both are started
    anew after a request that the peer does not answer.
    """
    rest = differential.requests(count, seed)
    found: dict[str, None] = {}
    for _ in range(MOST_RESTARTS):
        with start() as theirs, ours() as here:
            done, unexplained = differential.compare(here, theirs, rest, peer)
        found |= dict.fromkeys(unexplained)
        rest = rest[done:]
        if not rest:
            break
    return count - len(rest), list(found)


def ended(number: int, frame: object) -> NoReturn:
    """Leave by every `finally`, so that what we have started ends with us."""
    sys.exit(128 + number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--folder", type=Path, default=REPOSITORY / ".peers", help="where peers are installed"
    )
    parser.add_argument("--requests", type=int, default=500, help="random requests to compare")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--peer", help="only peers with this in their name")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    print(f"| server | {' | '.join(COLUMNS)} | all |\n|{'---|' * (len(COLUMNS) + 2)}")
    passed, asked = judged(ours)
    print(row("this server", passed, asked), flush=True)
    chosen = {
        peer.name: partial(running, peer, options.folder / re.sub(r"\W+", "-", peer.name))
        for peer in PEERS
        if (options.peer or "") in peer.name
    }
    for name, start in chosen.items():
        print(row(name, judged(start)[0], asked), flush=True)
    for name in (peer.name for peer in PEERS if peer.name in chosen and peer.explained):
        start = chosen[name]
        done, found = differences(name, start, options.requests, options.seed)
        print(f"\n{name}: {len(found)} of {done} random requests are answered otherwise, unexplained")
        for difference in found:
            print(f"\n{difference}")


if __name__ == "__main__":
    main()
