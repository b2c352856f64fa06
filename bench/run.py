"""Measure the server from outside, alone or beside others, and print what a reader of the README asks.

    python -m bench.run                  this server, in memory and on disk: about two minutes
    python -m bench.run --peers          and every other that can be installed, interleaved: most of an hour
    python -m bench.run --peers --workloads Query,YCSB --promises memory --rounds 5 --seconds 4

The figures also go to bench/results (`latest.json`; with peers `peers.json` and a chart per promise).
What they mean: bench/README.md.
"""

import argparse
import json
import re
import statistics
from collections.abc import Sequence
from pathlib import Path

from bench import chart, report
from bench.contenders import OURS, PROMISES, Contender, Promise, peers
from bench.rounds import Row, compared, entered
from bench.workloads import ALL, Workload

RESULTS = Path(__file__).parent / "results"
_STARTS = 5


def main() -> None:
    options = _options()
    contenders = [*OURS, *(peers() if options.peers else ())]
    contenders = [contender for contender in contenders if contender.promise in options.promises]
    for contender in contenders:
        if contender.package is not None:
            contender.package.install()
    workloads = named(options.workloads)
    starts = [_started(contender) for contender in contenders]
    rows: list[Row] = []
    memory: dict[str, dict[str, int]] = {}
    for promise in options.promises:
        chosen = [contender for contender in contenders if contender.promise == promise]
        rows += _measured(promise, chosen, workloads, options, memory.setdefault(promise, {}))
        # At once, lest what took so long be lost with the next.
        _write(options, rows, {"start": starts, "loaded_resident_bytes": memory})


def named(patterns: Sequence[str]) -> list[Workload]:
    """The workloads in whose names one of the regular expressions is found."""
    return [one for one in ALL if any(re.search(pattern, one.name, re.IGNORECASE) for pattern in patterns)]


def _options() -> argparse.Namespace:
    def words(text: str) -> list[str]:
        return text.split(",")

    parser = argparse.ArgumentParser(description="Measure the server over HTTP.")
    parser.add_argument("--peers", action="store_true", help="measure other servers beside it")
    parser.add_argument("--promises", type=words, help=f"some of {','.join(PROMISES)}")
    parser.add_argument(
        "--workloads", type=words, default=[""], help="parts of their names, or patterns such as ^GetItem$"
    )
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--connections", type=lambda text: [int(one) for one in words(text)])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="of one measurement")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the figures")
    options = parser.parse_args()
    alone = {"promises": ["memory", "fsync"], "rounds": 1, "seconds": 1}
    beside_peers = {"promises": list(PROMISES), "rounds": 3, "seconds": 2}
    for name, value in (beside_peers if options.peers else alone).items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options


def _started(contender: Contender) -> report.Figures:
    """Start to first answer, and what an idle server holds of memory: medians of a few starts."""
    seconds, resident = [], []
    for _ in range(_STARTS):
        with contender.serving() as server:
            seconds.append(server.first_answer_seconds)
            resident.append(server.resident_bytes())
    first_answer, idle = statistics.median(seconds), int(statistics.median(resident))
    print(
        f"{contender.name + ', ' + contender.promise:<28}"
        f"start to first answer {first_answer * 1e3:6.0f} ms   idle {idle / 2**20:5.0f} MB",
        flush=True,
    )
    return {
        "name": contender.name,
        "version": contender.version,
        "promise": contender.promise,
        "first_answer_seconds": first_answer,
        "idle_resident_bytes": idle,
    }


def _measured(
    promise: Promise,
    contenders: Sequence[Contender],
    workloads: Sequence[Workload],
    options: argparse.Namespace,
    memory: dict[str, int],
) -> list[Row]:
    """All workloads on the servers of one promise. `memory` is told what each holds once it is loaded."""
    tables = list({table.name: table for workload in workloads for table in workload.tables}.values())
    rows = []
    with entered(contenders, tables, options.items) as entrants:
        names = [entrant.name for entrant in entrants]
        print(f"\n{promise}: requests a second at so many connections\n{report.headline(names)}")
        for workload in workloads:
            for connections in options.connections or workload.connections:
                row = compared(entrants, promise, workload, connections, options.rounds, options.seconds)
                print(report.line(row, names), flush=True)
                rows.append(row)
        for entrant in entrants:
            memory[entrant.name] = entrant.loaded_bytes
            print(f"{entrant.name} held {entrant.loaded_bytes / 2**20:.0f} MB once it was loaded")
            for what, reason in entrant.cannot.items():
                print(f"  {what}: {reason}")
    return rows


def _write(options: argparse.Namespace, rows: Sequence[Row], more: report.Figures) -> None:
    folder: Path = options.results
    folder.mkdir(parents=True, exist_ok=True)
    figures = {
        "machine": report.machine(),
        "items": options.items,
        "rounds": options.rounds,
        "seconds": options.seconds,
        **more,
        "results": [report.as_json(row) for row in rows],
    }
    file = folder / ("peers.json" if options.peers else "latest.json")
    file.write_text(json.dumps(figures, indent=2) + "\n")
    if options.peers:
        for promise in dict.fromkeys(row.promise for row in rows):
            title = f"Requests a second, by workload and connections; writes promise: {promise}"
            drawn = chart.svg(title, [row for row in rows if row.promise == promise])
            (folder / f"peers-{promise}.svg").write_text(drawn)
    print(f"\nwritten to {file}")


if __name__ == "__main__":
    main()
