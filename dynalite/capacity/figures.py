"""What has been consumed, minute by minute: the numbers behind every report.

Counting is exact and always on. A series belongs to one operation on one table or index; it adds up the
minute that runs and keeps the past ones for a day. Sums over operations, over indexes and over time are made
by whoever asks.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

SERIES_MINUTES: Final = 24 * 60


@dataclass(slots=True)
class Figures:
    """Sums over some time. Units are capacity units.

    `scanned` and `returned` are the items of Query and Scan, `wasted_read_units` what was paid for items that
    a filter then threw away. Throttle events count one for each item refused, `throttled_requests` one for
    each request that failed because of it. `conflicts` are writes and reads that a transaction held back.
    """

    requests: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    scanned: int = 0
    returned: int = 0
    wasted_read_units: float = 0.0
    condition_failures: int = 0
    read_throttles: int = 0
    write_throttles: int = 0
    throttled_requests: int = 0
    system_errors: int = 0
    conflicts: int = 0

    def add(self, other: "Figures") -> None:
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


NAMES: Final = tuple(field.name for field in fields(Figures))


class Series:
    """The figures of one operation on one table or index, by the minute.

    `now` are those of the minute from `begins` up to `ends` (epoch seconds), the last one that `at` was asked
    for.
    """

    __slots__ = ("_before", "_past", "begins", "ends", "now")

    def __init__(self, now: float) -> None:
        self.now = Figures()
        self.begins = now // 60 * 60
        self.ends = self.begins + 60
        self._past: deque[tuple[float, Figures]] = deque(maxlen=SERIES_MINUTES)
        self._before = Figures()
        """All minutes that are over."""

    def at(self, now: float) -> Figures:
        """The figures of the minute that runs, to be added to."""
        if not self.begins <= now < self.ends:
            self._turn(now)
        return self.now

    def total(self) -> Figures:
        """Everything ever counted."""
        result = Figures()
        result.add(self._before)
        result.add(self.now)
        return result

    def minutes(self, start: float, end: float) -> Iterator[tuple[float, Figures]]:
        """The minutes that begin at `start` <= minute < `end` (epoch seconds), as far as they are kept."""
        for begins, figures in (*self._past, (self.begins, self.now)):
            if start <= begins < end:
                yield begins, figures

    def _turn(self, now: float) -> None:
        self._past.append((self.begins, self.now))
        self._before.add(self.now)
        self.now = Figures()
        self.begins = now // 60 * 60
        self.ends = self.begins + 60
