"""`GET /metrics`: the counters in Prometheus' text format, version 0.0.4.

The samples are those of the capacity reports: one for each table, index and operation. An index is `""` for
the table itself. Where several servers share a database, there are also those of how their writes meet.
"""

from collections.abc import Callable, Iterator
from typing import Final

from dynalite.capacity.figures import Figures
from dynalite.database import Database
from dynalite.storage.fence import Contention

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

COUNTERS: Final[tuple[tuple[str, str, Callable[[Figures], float]], ...]] = (
    ("requests_total", "Items and pages read or written.", lambda f: f.requests),
    ("consumed_read_units_total", "Read capacity units consumed.", lambda f: f.read_units),
    ("consumed_write_units_total", "Write capacity units consumed.", lambda f: f.write_units),
    (
        "wasted_read_units_total",
        "Read units spent on items that a filter dropped.",
        lambda f: f.wasted_read_units,
    ),
    ("returned_items_total", "Items returned by Query and Scan.", lambda f: f.returned),
    ("condition_failures_total", "Writes refused by their condition.", lambda f: f.condition_failures),
    ("read_throttle_events_total", "Reads refused for want of capacity.", lambda f: f.read_throttles),
    ("write_throttle_events_total", "Writes refused for want of capacity.", lambda f: f.write_throttles),
    (
        "throttled_requests_total",
        "Requests that failed for want of capacity.",
        lambda f: f.throttled_requests,
    ),
)


CONTENTION: Final[tuple[tuple[str, str, Callable[[Contention], int]], ...]] = (
    ("commits_total", "Groups of writes that the database took.", lambda c: c.commits),
    ("commit_conflicts_total", "Groups that the database undid because of others.", lambda c: c.conflicts),
    ("stale_updates_total", "Updates decided again because of other servers' writes.", lambda c: c.stale),
    (
        "doubtful_commits_total",
        "Groups whose answer was lost; what became of them was asked.",
        lambda c: c.doubtful,
    ),
)


def text(database: Database) -> str:
    """All samples, family by family."""
    rows = [
        (_labels(account.table.region, account.table.name, index, operation), series.total())
        for account in database.capacity.accounts.values()
        for (index, operation), series in account.series.items()
        if database.catalog.find(account.table.region, account.table.name) is not None
    ]
    return "".join([*_family(rows), *_contention(database)])


def _family(rows: list[tuple[str, Figures]]) -> Iterator[str]:
    for name, help_, value in COUNTERS:
        yield f"# HELP dynalite_{name} {help_}\n# TYPE dynalite_{name} counter\n"
        for labels, figures in rows:
            yield f"dynalite_{name}{labels} {value(figures)!r}\n"


def _contention(database: Database) -> Iterator[str]:
    if database.sharing is None:
        return
    for name, help_, value in CONTENTION:
        yield f"# HELP dynalite_{name} {help_}\n# TYPE dynalite_{name} counter\n"
        yield f"dynalite_{name} {value(database.sharing.contention)}\n"


def _labels(region: str, table: str, index: str, operation: str) -> str:
    # None of these values can hold a quote, a backslash or a line's end: table and index names are letters,
    # digits, `_`, `-` and `.`; a region is what a client signed for, and is escaped.
    escaped = region.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'{{region="{escaped}",table="{table}",index="{index}",operation="{operation}"}}'
