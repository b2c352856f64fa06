"""How long requests took, minute by minute, in so little memory that it can be kept for a day.

The times of the minute that runs are kept as they are; when it is over they become a histogram, whose steps
are five percent wide. Histograms add up, so a percentile of an hour is as good as one of a minute. It is the
upper end of its step: at most five percent above what was measured.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import exp, floor, log
from typing import Final

from dynalite.capacity.figures import SERIES_MINUTES

_STEP: Final = log(1.05)
_LEAST_SECONDS: Final = 1e-7


@dataclass(frozen=True, slots=True)
class Spread:
    """A number of times in seconds: how many, their sum, the least and the most, and how many are on each
    step of the histogram.
    """

    count: int
    total: float
    least: float
    most: float
    steps: Counter[int]

    def percentile(self, percent: float) -> float:
        """What so many percent of the times did not exceed."""
        rank = percent / 100 * self.count
        so_far = 0
        for step in sorted(self.steps):
            so_far += self.steps[step]
            if so_far >= rank:
                return min(max(exp((step + 1) * _STEP), self.least), self.most)
        return self.most


def spread(times: Iterable[float]) -> Spread:
    """The spread of at least one time."""
    known = [max(seconds, _LEAST_SECONDS) for seconds in times]
    steps = Counter(floor(log(seconds) / _STEP) for seconds in known)
    return Spread(len(known), sum(known), min(known), max(known), steps)


def together(spreads: list[Spread]) -> Spread:
    """The spread of all the times of at least one spread."""
    steps: Counter[int] = Counter()
    for one in spreads:
        steps.update(one.steps)
    return Spread(
        sum(one.count for one in spreads),
        sum(one.total for one in spreads),
        min(one.least for one in spreads),
        max(one.most for one in spreads),
        steps,
    )


class Latencies:
    """The times of one operation on one table. `now` are those of the minute that runs."""

    __slots__ = ("_begins", "_past", "now")

    def __init__(self, now: float) -> None:
        self._begins = now // 60 * 60
        self._past: deque[tuple[float, Spread]] = deque(maxlen=SERIES_MINUTES)
        self.now: list[float] = []

    def at(self, now: float) -> list[float]:
        """The times of the minute that runs, to be added to."""
        if not self._begins <= now < self._begins + 60:
            if self.now:
                self._past.append((self._begins, spread(self.now)))
            self._begins, self.now = now // 60 * 60, []
        return self.now

    def minutes(self, start: float, end: float) -> Iterator[tuple[float, Spread]]:
        """The minutes that begin at `start` <= minute < `end` (epoch seconds) and have times."""
        running = [(self._begins, spread(self.now))] if self.now else []
        for begins, one in (*self._past, *running):
            if start <= begins < end:
                yield begins, one
