"""The one clock.

Everything that asks for the time asks a `Clock`: expiry, retention, iterators, tokens, token buckets. Because
there is only one, moving it moves all of them together, which is how tests reach next week without sleeping.
Time is a float of seconds since the epoch. Nothing else in the package may read the system's clock.
"""

import time

_system_now = time.time  # looked up once: every request asks for the time


class Clock:
    """The system's time plus an offset, or a time that stands still.

    `advance` and `set` may move the clock in either direction; whoever keeps a deadline compares it with
    `now()` each time and so follows.
    """

    __slots__ = ("_frozen_at", "_offset_seconds")

    def __init__(self) -> None:
        self._offset_seconds = 0.0
        self._frozen_at: float | None = None

    def now(self) -> float:
        """Seconds since the epoch, as this server sees them."""
        frozen_at = self._frozen_at
        return _system_now() + self._offset_seconds if frozen_at is None else frozen_at

    @staticmethod
    def elapsed() -> float:
        """Seconds since some moment, to see how long something took in truth, however the clock is moved."""
        return time.perf_counter()

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    @property
    def offset_seconds(self) -> float:
        """How far this clock is ahead of the system's (negative: behind)."""
        return self.now() - _system_now()

    def freeze(self) -> None:
        """Stop at the present moment."""
        self._frozen_at = self.now()

    def resume(self) -> None:
        """Run again, onward from the moment at which the clock stands."""
        if self._frozen_at is not None:
            self._offset_seconds = self._frozen_at - _system_now()
            self._frozen_at = None

    def set(self, epoch_seconds: float) -> None:
        """Jump to a moment; a frozen clock stays frozen there."""
        if self._frozen_at is not None:
            self._frozen_at = epoch_seconds
        else:
            self._offset_seconds = epoch_seconds - _system_now()

    def advance(self, seconds: float) -> None:
        """Jump forward (negative: back) from the present moment."""
        self.set(self.now() + seconds)

    def reset(self) -> None:
        """Be the system's clock again."""
        self._frozen_at = None
        self._offset_seconds = 0.0
