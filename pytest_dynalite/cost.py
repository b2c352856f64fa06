"""`--dynalite-cost`: what the tests consumed, and what was read for nothing.

What a test consumed travels as one of its report's user properties, as plain numbers, because that is what
pytest-xdist carries from a worker to the process that prints (and what `--junitxml` writes down).

A single run of a test costs nothing worth printing, so prices are those of a million runs, on demand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from dynalite import Server

PROPERTY: Final = "dynalite_consumption"
_MILLION: Final = 1e6


@dataclass(frozen=True, slots=True)
class Row:
    """What one operation consumed. `where` is `Scan Songs`, or `Query Songs/by-year` for an index."""

    where: str
    reads: float
    writes: float
    wasted: float
    throttled: int
    price: float


def note(item: pytest.Item, server: "Server") -> None:
    """Keep what has been consumed with the test that runs."""
    rows = [
        (
            f"{row.operation} {row.table}" + (f"/{row.index}" if row.index else ""),
            row.figures.read_units,
            row.figures.write_units,
            row.figures.wasted_read_units,
            row.figures.throttled_requests,
            row.price(server.prices),
        )
        for row in server.consumption()
    ]
    item.user_properties.append((PROPERTY, rows))


class Report:
    """Gathers what the tests have noted, and prints it when all are done."""

    def __init__(self, dearest: int | None) -> None:
        self._dearest = dearest
        """How many lines there may be; None: any number."""
        self._tests: dict[str, list[Row]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name == PROPERTY:
                    noted: Any = value
                    self._tests[report.nodeid] = [Row(*row) for row in noted]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.ensure_newline()
        terminalreporter.section("DynamoDB: what was consumed")
        if not self._tests:
            terminalreporter.write_line("No test has used the fixture `dynalite`.")
            return
        for line in [*self._prices(), *self._waste()]:
            terminalreporter.write_line(line)

    def _prices(self) -> Iterator[str]:
        totals = {test: _sum(rows) for test, rows in self._tests.items()}
        all_ = _sum(list(totals.values()))
        yield f"{'read units':>12}{'write units':>13}{'throttled':>11}{'a million runs':>20}  test"
        ranked = sorted(totals.items(), key=lambda total: (-total[1].price, total[0]))
        shown = ranked[: self._dearest]
        for test, total in shown:
            yield _line(total, test)
        left_out = len(ranked) - len(shown)
        yield _line(all_, f"all {len(ranked)}" + (f", {left_out} of them not shown" if left_out else ""))

    def _waste(self) -> Iterator[str]:
        """The reads whose items a filter threw away: Scans and Queries that an index would make cheaper."""
        wasteful = [(test, row) for test, rows in self._tests.items() for row in rows if row.wasted]
        if not wasteful:
            return
        wasteful.sort(key=lambda found: (-found[1].wasted, found[0], found[1].where))
        yield ""
        yield "Read units that were paid for items which a filter then dropped:"
        yield f"{'wasted':>12}{'of':>13}  "
        for test, row in wasteful[: self._dearest]:
            yield f"{row.wasted:>12.1f}{row.reads:>13.1f}  {row.where} in {test}"


def _line(total: Row, what: str) -> str:
    price = total.price * _MILLION
    return f"{total.reads:>12.1f}{total.writes:>13.1f}{total.throttled:>11}{price:>20.2f}  {what}"


def _sum(rows: list[Row]) -> Row:
    return Row(
        "",
        sum(row.reads for row in rows),
        sum(row.writes for row in rows),
        sum(row.wasted for row in rows),
        sum(row.throttled for row in rows),
        sum(row.price for row in rows),
    )
