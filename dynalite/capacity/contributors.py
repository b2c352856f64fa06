"""Who contributes most, minute by minute: the time series behind a rule of contributor insights.

The units of each key are counted in bounded memory, as in `heat.py`: of the minute that runs 512 keys are
kept, and when there is no room the smaller half is let go; of a minute that is over the hundred largest stay,
for a day. So what leads is right, and what is small may be missing. Sums, counts and extremes are of all that
was counted, whatever was let go.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import nlargest
from typing import Final, TypeAlias

from dynalite.capacity.figures import SERIES_MINUTES
from dynalite.capacity.heat import cool

Key: TypeAlias = tuple[str, ...]
"""The values of a key's attributes, as texts."""

KEYS: Final = 512
KEYS_OF_THE_PAST: Final = 100


@dataclass(slots=True)
class Share:
    """What a key has of a minute: its units, and the most at one time."""

    units: float
    most: float


@dataclass(slots=True)
class Minute:
    """A minute's contributors, from `begins` on (epoch seconds). `let_go` counts the keys that are not kept;
    one that came again after that is counted twice.
    """

    begins: float
    shares: dict[Key, Share] = field(default_factory=dict)
    let_go: int = 0
    count: int = 0
    total: float = 0.0
    least: float = float("inf")
    most: float = 0.0

    @property
    def contributors(self) -> int:
        return len(self.shares) + self.let_go

    def add(self, key: Key, units: float) -> None:
        self.count += 1
        self.total += units
        self.least = min(self.least, units)
        self.most = max(self.most, units)
        share = self.shares.get(key)
        if share is not None:
            share.units += units
            share.most = max(share.most, units)
            return
        if len(self.shares) >= KEYS:
            cool(self.shares)
            self.let_go += KEYS - len(self.shares)
        self.shares[key] = Share(units, units)

    def end(self) -> None:
        """Keep what leads."""
        if len(self.shares) > KEYS_OF_THE_PAST:
            leading = nlargest(KEYS_OF_THE_PAST, self.shares.items(), key=lambda one: one[1].units)
            self.let_go += len(self.shares) - KEYS_OF_THE_PAST
            self.shares = dict(leading)


class Contributors:
    """A rule's minutes, as far as there are any and they are kept."""

    __slots__ = ("_now", "_past")

    def __init__(self) -> None:
        self._now: Minute | None = None
        self._past: deque[Minute] = deque(maxlen=SERIES_MINUTES)

    def add(self, key: Key, units: float, now: float) -> None:
        minute = self._now
        if minute is None or not minute.begins <= now < minute.begins + 60:
            if minute is not None:
                minute.end()
                self._past.append(minute)
            minute = self._now = Minute(now // 60 * 60)
        minute.add(key, units)

    def minutes(self, start: float, end: float) -> Iterator[Minute]:
        """The minutes that begin at `start` <= minute < `end` (epoch seconds)."""
        for minute in (*self._past, self._now):
            if minute is not None and start <= minute.begins < end:
                yield minute
