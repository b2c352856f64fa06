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
from bench.wire import http_request
from bench.workloads import Draw, Workload

_WARM_UP_SECONDS = 1.0
_TRIED_FIRST = 8
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
    requests = [http_request(call) for call in workload.calls(draw)]
    others = [] if workload.beside is None else [call for _ in range(16) for call in workload.beside(draw)]
    send = _with_wrk if shutil.which("wrk") else _with_asyncio
    with asking(server.port, others) if others else nullcontext():
        cpu_before = server.cpu_seconds()
        result = send(server.port, requests, connections, seconds)
        cpu_seconds = server.cpu_seconds() - cpu_before
    count = result.requests_per_second * seconds
    return replace(result, server_cpu_microseconds=cpu_seconds / count * 1e6)


def warm_up(server: Server, workload: Workload, items: int) -> None:
    """Try the first few requests one by one, then let it run for a moment. Raises Refused with the reason."""
    draw = Draw(0, items)
    calls = workload.calls(draw)
    client = Client(server.port)
    try:
        for call in calls[:_TRIED_FIRST]:
            client.ask(call)
        if workload.beside is not None:
            client.ask(workload.beside(draw)[0])
    finally:
        client.close()
    measure(server, workload, items, workload.connections[0], _WARM_UP_SECONDS, seed=0)


def _with_wrk(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Result:
    with tempfile.NamedTemporaryFile() as data, tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        for request in requests:
            data.write(b"%010d" % len(request) + request)
        data.flush()
        script.write(_SCRIPT % data.name)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "--timeout", "30s"]
        output = subprocess.run(
            [*command, "-s", script.name, f"http://127.0.0.1:{port}/"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    found = json.loads(output.partition("RESULT ")[2])
    answered = found["requests"]
    if not answered or found["lost"] or found["refused"] > answered * _REFUSABLE:
        raise Refused(f"{found['refused']} of {answered} requests failed, {found['lost']} got no answer")
    return Result(
        answered / found["microseconds"] * 1e6, found["p50"] / 1e3, found["p99"] / 1e3, found["p999"] / 1e3
    )


def _with_asyncio(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Result:
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
    return Result(len(latencies) / took_seconds, p50, p99, p999)
