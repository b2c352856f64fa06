"""What a run came to: as lines for the terminal, and as JSON for everything else."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from bench.measure import Result
from bench.rounds import OUR_NAME, Row

Figures = dict[str, Any]

_NAME_WIDTH = 26
_CELL_WIDTH = 20


def machine() -> Figures:
    return {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.platform()}


def headline(names: Sequence[str]) -> str:
    columns = [*names, *(["to the best"] if len(names) > 1 else [])]
    return " " * (_NAME_WIDTH + 5) + "".join(f"{name:>{_CELL_WIDTH}}" for name in columns)


def line(row: Row, names: Sequence[str]) -> str:
    """Every server's figure and the spread of its rounds; alone, ours has room for its latencies too."""
    cells = [_cell(row, name) for name in names]
    if len(names) > 1:
        ratio = row.ratio()
        cells.append("–" if ratio is None else f"{ratio:.2f}")
    start = f"{row.workload:<{_NAME_WIDTH}}{row.connections:>5}"
    return start + "".join(f"{cell:>{_CELL_WIDTH}}" for cell in cells) + _details(row, names)


def _cell(row: Row, name: str) -> str:
    figure = row.figure(name)
    if figure is None:
        return "–"
    text = f"p99 {figure:,.1f} ms" if row.judged_by_latency else f"{figure:,.0f}"
    return f"{text} ±{row.spread(name) * 50:.0f}%" if len(row.results[name]) > 1 else text


def _details(row: Row, names: Sequence[str]) -> str:
    if len(names) > 1 or OUR_NAME not in row.results:
        return ""
    median = medians(row.results[OUR_NAME])
    return (
        f"   p50 {median.p50_milliseconds:7.2f} ms   p99 {median.p99_milliseconds:7.2f} ms"
        f"   p99.9 {median.p999_milliseconds:7.2f} ms   CPU {median.server_cpu_microseconds:7.0f} µs"
    )


def medians(rounds: Sequence[Result]) -> Result:
    """Field by field."""
    columns = (field.name for field in fields(Result))
    return Result(*(statistics.median(getattr(one, column) for one in rounds) for column in columns))


def as_json(row: Row) -> Figures:
    """Medians, with what is needed to doubt them."""
    servers: Figures = {
        name: asdict(medians(rounds)) | {"spread": row.spread(name), "rounds": len(rounds)}
        for name, rounds in row.results.items()
    }
    servers |= {name: {"cannot": reason} for name, reason in row.cannot.items()}
    return {
        "promise": row.promise,
        "workload": row.workload,
        "connections": row.connections,
        "judged_by": "p99_milliseconds" if row.judged_by_latency else "requests_per_second",
        "servers": servers,
        "best_peer": row.best_peer(),
        "ratio_to_best_peer": row.ratio(),
    }
