"""Something may have changed: how those who wait for changes are woken without asking again and again.

There is one number, which rises with every change, and whoever wants to follow remembers the number that it
has seen. What changed is not said: the waiter looks, and may find nothing. Because the number is compared, a
change between looking and waiting is never missed.
"""

import asyncio


class Changes:
    """A count of changes that can be waited for. To be used from one event loop."""

    __slots__ = ("_waiting", "count")

    def __init__(self) -> None:
        self.count = 0
        self._waiting: asyncio.Future[None] | None = None

    def announce(self) -> None:
        """Something may have changed."""
        self.count += 1
        if self._waiting is not None:
            self._waiting.set_result(None)
            self._waiting = None

    async def after(self, seen: int, at_most_seconds: float) -> None:
        """Return when the count is above `seen`, or when the time (real time, not the clock's) is over."""
        if self.count > seen:
            return
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().create_future()
        await asyncio.wait((self._waiting,), timeout=at_most_seconds)
