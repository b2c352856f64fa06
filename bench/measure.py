"""One workload against one server: requests a second, latency, and what a request costs the server in CPU.

wrk does the sending where it is installed (Debian and Ubuntu: `apt-get install wrk`), since it takes the
least from the cores that it shares with the server. Otherwise the asyncio client does, whose own cost then
lowers the figures; it cannot talk to servers that close the connection after every answer.
"""

import asyncio
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import cycle

from bench.client import Client, Refused, asking, run
from bench.process import Server
from bench.wire import Call, http_request
from bench.workloads import Draw, Workload

_TRIED_FIRST = 8
_PATIENCE_SECONDS = 20
"""How long the slowest are measured, who answer nothing in the time that does for the others."""
_REFUSABLE = 0.01
"""The share of answers that may be errors: transactions do conflict."""

_SCRIPT = """
local requests, last = {}, 0
function init()
  local file = io.open("%s", "rb")
  while true do
    local length = file:read(10)
    if not length then break end
    requests[#requests + 1] = file:read(tonumber(length))
  end
end
function request()
  last = last %% #requests + 1
  return requests[last]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %%d, "microseconds": %%d, "refused": %%d, "lost": %%d, '
      .. '"p50": %%f, "p99": %%f, "p999": %%f}',
    summary.requests, summary.duration, errors.status, errors.connect + errors.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"""


@dataclass(frozen=True, slots=True)
class Result:
    requests_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float
    p999_milliseconds: float
    server_cpu_microseconds: float = 0.0
    """User and system time of the server per request, whatever else it did meanwhile included."""


def measure(
    server: Server, workload: Workload, items: int, connections: int, seconds: float, seed: int
) -> Result:
    """Raises Refused when the server cannot do it."""
    draw = Draw(seed, items)
    calls = workload.calls(draw)
    others = [] if workload.beside is None else [call for _ in range(16) for call in workload.beside(draw)]
    _try(server.port, [*calls[:_TRIED_FIRST], *others[:1]])
    requests = [http_request(call) for call in calls]
    send = _with_wrk if shutil.which("wrk") else _with_asyncio
    with asking(server.port, others) if others else nullcontext():
        cpu_before = server.cpu_seconds()
        answered, result = send(server.port, requests, connections, seconds)
        cpu_seconds = server.cpu_seconds() - cpu_before
    return replace(result, server_cpu_microseconds=cpu_seconds / answered * 1e6)


def _try(port: int, calls: Sequence[Call]) -> None:
    """One by one, so that a refusal comes with its reason."""
    client = Client(port)
    try:
        for call in calls:
            client.ask(call)
    finally:
        client.close()


def _with_wrk(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> tuple[int, Result]:
    """How many requests were answered, and the rest."""
    with tempfile.NamedTemporaryFile() as data, tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        for request in requests:
            data.write(b"%010d" % len(request) + request)
        data.flush()
        script.write(_SCRIPT % data.name)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", "--timeout", f"{_PATIENCE_SECONDS}s", "-s", script.name]
        output = subprocess.run(
            [*command, f"-d{max(1, round(seconds))}s", f"http://127.0.0.1:{port}/"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    found = json.loads(output.partition("RESULT ")[2])
    answered = found["requests"]
    if not answered and seconds < _PATIENCE_SECONDS:
        return _with_wrk(port, requests, connections, _PATIENCE_SECONDS)
    if not answered or found["lost"] or found["refused"] > answered * _REFUSABLE:
        raise Refused(f"{found['refused']} of {answered} requests failed, {found['lost']} got no answer")
    latencies = (found[name] / 1e3 for name in ("p50", "p99", "p999"))
    return answered, Result(answered / found["microseconds"] * 1e6, *latencies)


def _with_asyncio(
    port: int, requests: Sequence[bytes], connections: int, seconds: float
) -> tuple[int, Result]:
    deadline = time.perf_counter() + seconds

    def until_deadline() -> Iterator[bytes]:
        for request in cycle(requests):
            if time.perf_counter() > deadline:
                return
            yield request

    started = time.perf_counter()
    latencies = sorted(asyncio.run(run(port, until_deadline(), connections)))
    took_seconds = time.perf_counter() - started
    p50, p99, p999 = (latencies[int(len(latencies) * share)] * 1e3 for share in (0.5, 0.99, 0.999))
    return len(latencies), Result(len(latencies) / took_seconds, p50, p99, p999)
