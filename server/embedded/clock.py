"""The server's clock, to be moved by a test.

A move returns when everything that it made due is done: what has expired is deleted, streams are trimmed,
tables have become what they were becoming. So a test looks right after it, and never waits.
"""

from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from server.embedded.desk import Desk

Moment: TypeAlias = float | str | datetime
"""Seconds since 1970, or a date and time; without a time zone it is in UTC."""


class MovableClock:
    """Time as one server sees it. All moves may be made whether the clock is frozen or not."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def now(self) -> float:
        """Seconds since 1970."""
        return self._desk.app.database.clock.now()

    def time(self) -> datetime:
        """The same as a date and time, in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    @property
    def frozen(self) -> bool:
        return self._desk.app.database.clock.frozen

    def freeze(self, at: Moment | None = None) -> datetime:
        """Stand still, now or at a moment."""
        return self._move(freeze=True) if at is None else self._move(freeze=True, set=_said(at))

    def set(self, moment: Moment) -> datetime:
        """Jump to a moment."""
        return self._move(set=_said(moment))

    def advance(
        self, seconds: float | timedelta = 0.0, *, minutes: float = 0.0, hours: float = 0.0, days: float = 0.0
    ) -> datetime:
        """Jump forward by the sum of these."""
        first = seconds if isinstance(seconds, timedelta) else timedelta(seconds=seconds)
        span = first + timedelta(minutes=minutes, hours=hours, days=days)
        return self._move(advance=span.total_seconds())

    def resume(self) -> datetime:
        """Run again, onward from where the clock stands."""
        return self._move(resume=True)

    def reset(self) -> datetime:
        """Be the system's clock again."""
        return self._move(reset=True)

    def _move(self, **moves: object) -> datetime:
        self._desk.ask("POST", "/_admin/clock", **moves)
        self._desk.ask("POST", "/_admin/sweep")
        return self.time()


def _said(moment: Moment) -> float | str:
    if not isinstance(moment, datetime):
        return moment
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
