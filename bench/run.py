"""Measure the server from outside and print what a reader of the README wants to know.

    python -m bench.run                          every workload, in memory and on disk
    python -m bench.run --items 1000,1000000     GetItem and Query at both sizes, and their ratio

The figures also go to bench/results/latest.json. What they mean: bench/README.md.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from bench import client, workloads
from bench.measure import Result, measure
from bench.process import Server, serving

RESULTS = Path(__file__).parent / "results"
LATEST = RESULTS / "latest.json"
_STARTS = 5

Figures = dict[str, object]


def main() -> None:
    options = _options()
    figures: Figures = {"machine": _machine(), "connections": options.connections, "start": _starts()}
    for engine in options.engines:
        by_size: dict[int, dict[str, Result]] = {}
        for items in options.items:
            chosen = workloads.ALL if len(options.items) == 1 else workloads.AT_SCALE
            with _loaded(engine, items) as server:
                print(f"\n{engine}, {items:,} items, {options.connections} connections")
                by_size[items] = {
                    workload.operation: _measured(server, workload, items, options) for workload in chosen
                }
        figures[engine] = {
            str(items): {operation: asdict(result) for operation, result in results.items()}
            for items, results in by_size.items()
        }
        _print_ratio(by_size)
    RESULTS.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(figures, indent=2) + "\n")
    print(f"\nwritten to {LATEST.relative_to(Path.cwd()) if LATEST.is_relative_to(Path.cwd()) else LATEST}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the server over HTTP.")
    parser.add_argument("--engines", type=lambda text: text.split(","), default=["memory", "disk"])
    parser.add_argument("--items", type=lambda text: [int(one) for one in text.split(",")], default=[10_000])
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5.0)
    return parser.parse_args()


def _machine() -> Figures:
    return {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()}


def _starts() -> Figures:
    """Start to first answer, and what an idle server holds of memory."""
    seconds, resident = [], []
    for _ in range(_STARTS):
        with serving(None) as server:
            seconds.append(server.first_answer_seconds)
            resident.append(server.resident_bytes())
    first_answer, idle = statistics.median(seconds), statistics.median(resident)
    print(f"start to first answer {first_answer * 1e3:.0f} ms, idle {idle / 2**20:.0f} MB resident")
    return {"first_answer_seconds": first_answer, "idle_resident_bytes": idle}


@contextmanager
def _loaded(engine: str, items: int) -> Iterator[Server]:
    """A server that holds the data. On disk it is loaded without fsync, then started again with it."""
    if engine == "memory":
        with serving(None) as server:
            client.load(server.port, items)
            yield server
        return
    local = RESULTS / "local"
    local.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=local) as folder:
        with serving(Path(folder), durability="os") as server:
            client.load(server.port, items)
        with serving(Path(folder)) as server:
            yield server


def _measured(
    server: Server, workload: workloads.Workload, items: int, options: argparse.Namespace
) -> Result:
    result = measure(server, workload, items, options.connections, options.seconds)
    print(
        f"  {workload.operation:<11}{result.requests_per_second:>9,.0f} requests/s"
        f"   p50 {result.p50_milliseconds:6.2f} ms   p99 {result.p99_milliseconds:6.2f} ms"
        f"   server CPU {result.server_cpu_microseconds:6.0f} µs"
    )
    return result


def _print_ratio(by_size: dict[int, dict[str, Result]]) -> None:
    if len(by_size) < 2:
        return
    smallest, largest = by_size[min(by_size)], by_size[max(by_size)]
    for operation, result in smallest.items():
        ratio = largest[operation].requests_per_second / result.requests_per_second
        print(f"  {operation}: {max(by_size):,} items run at {ratio:.2f} of the speed of {min(by_size):,}")


if __name__ == "__main__":
    main()
