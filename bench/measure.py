"""One workload against one server: requests a second, latency, and what a request costs the server in CPU.

wrk does the sending where it is installed (Debian and Ubuntu: `apt-get install wrk`), since it takes the
least from the cores that it shares with the server. Otherwise the asyncio client does, whose own cost then
lowers the figures.
"""

import asyncio
import json
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass

from bench import client
from bench.process import Server
from bench.workloads import ITEMS_PER_PARTITION, Workload, headers, http_request

_WARM_UP_SECONDS = 1.0

_SCRIPT = """
local body = [==[%(body)s]==]
local headers = {%(headers)s}
local threads = 0
function setup(thread) threads = threads + 1; thread:set("seed", threads) end
function init() math.randomseed(seed) end
function request()
  local filled = string.format(body, math.random(0, %(last_partition)d), math.random(0, %(last_sort)d))
  return wrk.format("POST", "/", headers, filled)
end
function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format(
    'RESULT {"requests": %%d, "microseconds": %%d, "failed": %%d, "p50": %%f, "p99": %%f}',
    summary.requests, summary.duration, failed, latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class Result:
    requests_per_second: float
    p50_milliseconds: float
    p99_milliseconds: float
    server_cpu_microseconds: float
    """User and system time of the server per request."""


def measure(server: Server, workload: Workload, items: int, connections: int, seconds: float) -> Result:
    """Warm up, then measure for `seconds`. Keys are drawn at random from all `items`."""
    last_partition = max(0, items // ITEMS_PER_PARTITION - 1)
    send = _with_wrk if shutil.which("wrk") else _with_asyncio
    send(server.port, workload, last_partition, connections, _WARM_UP_SECONDS)
    cpu_before = server.cpu_seconds()
    requests, took_seconds, p50, p99 = send(server.port, workload, last_partition, connections, seconds)
    cpu_seconds = server.cpu_seconds() - cpu_before
    return Result(requests / took_seconds, p50 * 1e3, p99 * 1e3, cpu_seconds / requests * 1e6)


def _with_wrk(
    port: int, workload: Workload, last_partition: int, connections: int, seconds: float
) -> tuple[int, float, float, float]:
    lua_headers = ", ".join(f'["{name}"] = "{value}"' for name, value in headers(workload.operation).items())
    script = _SCRIPT % {
        "body": workload.body,
        "headers": lua_headers,
        "last_partition": last_partition,
        "last_sort": ITEMS_PER_PARTITION - 1,
    }
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", file.name]
        output = subprocess.run(
            [*command, f"http://127.0.0.1:{port}/"], check=True, capture_output=True, text=True
        ).stdout
    found = json.loads(output.partition("RESULT ")[2])
    if found["failed"]:
        raise RuntimeError(f"{workload.operation}: {found['failed']} requests failed")
    return found["requests"], found["microseconds"] / 1e6, found["p50"] / 1e6, found["p99"] / 1e6


def _with_asyncio(
    port: int, workload: Workload, last_partition: int, connections: int, seconds: float
) -> tuple[int, float, float, float]:
    parameters = workload.body.count("%")
    deadline = time.perf_counter() + seconds

    def requests() -> Iterator[bytes]:
        while time.perf_counter() < deadline:
            drawn = (random.randint(0, last_partition), random.randrange(ITEMS_PER_PARTITION))
            yield http_request(workload.operation, (workload.body % drawn[:parameters]).encode())

    started = time.perf_counter()
    latencies = sorted(asyncio.run(client.run(port, requests(), connections, window=1)))
    took = time.perf_counter() - started
    return len(latencies), took, latencies[len(latencies) // 2], latencies[len(latencies) * 99 // 100]
