"""Waiting on the server's clock, by those who deliver changes elsewhere and try again when they could not.

The clock may be frozen, moved and turned back, so nobody sleeps: whoever waits looks at it again and again,
and at once when something changes.
"""

from typing import Final

from dynalite.changes import Changes
from dynalite.clock import Clock

FIRST_PAUSE_SECONDS: Final = 0.2
LONGEST_PAUSE_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.25
"""How often (real time) those who wait for the clock look at it, if nobody says that it was moved."""


def pause_seconds(failures: int) -> float:
    """How long to wait after so many failures in a row: twice as long each time, up to a minute."""
    return min(FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE_SECONDS)


async def until(clock: Clock, changes: Changes, when: float) -> None:
    """Wait until the server's clock has come to `when`; a clock that is moved is noticed."""
    while (left := when - clock.now()) > 0:
        await changes.after(changes.count, min(left, LOOK_SECONDS))
