"""Does the size of a table matter? GetItem and Query on tables of different sizes, interleaved.

    python -m bench.scale --items 1000,1000000 --promise os

A million items of 1 KB take a minute or two to load; on disk they are loaded without fsync (`--promise os`).
LevelDB compacts files that many reads pass through in vain, so the first reads of a table just loaded
pay for rewriting it, once. They are made before the measuring begins (`--warm-up`).
"""

import argparse
from contextlib import ExitStack

from bench.contenders import OURS
from bench.measure import Result
from bench.report import medians
from bench.rounds import entered
from bench.workloads import ALL

_WORKLOADS = tuple(workload for workload in ALL if workload.name in ("GetItem", "Query, 10 items of 1 KB"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare sizes of tables.")
    parser.add_argument("--items", type=_numbers, default=[1000, 100_000])
    parser.add_argument("--promise", choices=("memory", "os"), default="memory")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--warm-up", type=int, default=30, help="seconds of GetItems on every table")
    options = parser.parse_args()
    ours = [contender for contender in OURS if contender.promise == options.promise]
    with ExitStack() as stack:
        servers = {
            items: stack.enter_context(entered(ours, _WORKLOADS[0].tables, items))[0]
            for items in options.items
        }
        for server in servers.values():
            server.measure(_WORKLOADS[0], 16, options.warm_up, seed=options.rounds)
        for workload in _WORKLOADS:
            results: dict[int, list[Result]] = {items: [] for items in servers}
            for seed in range(options.rounds):
                for items, server in servers.items():
                    results[items].append(server.measure(workload, 16, options.seconds, seed))
            middle = {items: medians(rounds) for items, rounds in results.items()}
            least = middle[min(middle)]
            for items, one in middle.items():
                print(
                    f"{workload.name:<26}{items:>10,} items {one.requests_per_second:>9,.0f} requests/s"
                    f"{least.requests_per_second / one.requests_per_second:6.2f}"
                    f"{one.server_cpu_microseconds:>8.1f} µs of CPU"
                    f"{one.server_cpu_microseconds / least.server_cpu_microseconds:6.2f}"
                )


def _numbers(text: str) -> list[int]:
    return [int(one) for one in text.split(",")]


if __name__ == "__main__":
    main()
