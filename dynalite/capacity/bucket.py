"""Token buckets: what a rate allows, and what may be saved up of it.

A bucket gains `rate` units a second and holds at most so many seconds' worth. A request is let in while there
is anything in the bucket and is charged afterwards, when its cost is known; so a bucket can be in debt, and
the next request waits until the debt is paid. Over time exactly the rate gets through.

Nothing runs in the background: a bucket is filled up when it is looked at, by the time that has passed on the
server's clock. A clock that is set back gives nothing and takes nothing.
"""


class Bucket:
    """Starts full. `rate` is in units a second."""

    __slots__ = ("_at", "level", "most", "rate")

    def __init__(self, rate: float, burst_seconds: float, now: float) -> None:
        self.rate = rate
        self.most = self.level = rate * burst_seconds
        self._at = now

    def open(self, now: float) -> bool:
        """Whether a request may pass at `now`."""
        self._fill(now)
        return self.level > 0

    def take(self, units: float, now: float) -> None:
        """Charge what a request has cost."""
        self._fill(now)
        self.level -= units

    def retune(self, rate: float, burst_seconds: float, now: float) -> None:
        """Another rate from `now` on. What has been saved stays, as far as it still fits."""
        self._fill(now)
        self.rate = rate
        self.most = rate * burst_seconds
        self.level = min(self.level, self.most)

    def _fill(self, now: float) -> None:
        passed = now - self._at
        if passed > 0:
            self.level = min(self.most, self.level + passed * self.rate)
        self._at = now
