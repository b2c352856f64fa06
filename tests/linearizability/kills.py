"""Kill the server when its clients have got so far, and start it again while they wait."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.linearizability.site import Site

T = TypeVar("T")


class Milestones:
    """Counts what clients have done; wakes whoever waits for a number."""

    def __init__(self) -> None:
        self._done = 0
        self._over = False
        self._changed = threading.Condition()

    def passed(self) -> None:
        with self._changed:
            self._done += 1
            self._changed.notify_all()

    def over(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def reached(self, number: int) -> bool:
        """Wait for the number; False when the clients have ended before it."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._done >= number)
            return self._done >= number


def work_under_kills(site: Site, kill_after: Sequence[int], work: Callable[[Callable[[], None]], T]) -> T:
    """Run `work`, which calls its argument at each step that a client has done, and kill the server when it
    has done so many steps. Returns what `work` does.
    """
    milestones = Milestones()

    def kill() -> None:
        for number in kill_after:
            if milestones.reached(number):
                site.kill_and_restart()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        return work(milestones.passed)
    finally:
        milestones.over()
        killer.join()
