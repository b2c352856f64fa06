"""Running a coroutine at once, without a task: the one place that knows how coroutines and futures meet.

Most operations finish without waiting for anything (a point read is answered inline), and for those an
`asyncio.Task` is pure cost: an object, a trip through the event loop, a wake-up. `drive` resumes the
coroutine where it stands. If it runs to its end, the outcome is reported before `drive` returns. If it waits,
what it yielded is a future (or nothing, from `asyncio.sleep(0)`), and the coroutine is resumed from that
future's callback, as a task would do it.

What is left out: there is no `asyncio.current_task()` inside a driven coroutine, so `asyncio.timeout` and
`wait_for` cannot be used in one (locks, events, executors and futures can), and it cannot be cancelled from
outside.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeAlias, TypeVar

T = TypeVar("T")

Done: TypeAlias = Callable[[T | None, BaseException | None], None]
"""Called once, with the result and None, or with None and the exception."""


def drive(coroutine: Coroutine[Any, Any, T], done: Done[T]) -> None:
    """Run `coroutine` as far as it goes now, and onward whenever what it waits for is there; then call
    `done`.
    """
    try:
        waits_for = coroutine.send(None)
    except StopIteration as stop:
        done(stop.value, None)
    except (Exception, asyncio.CancelledError) as error:
        done(None, error)
    else:
        _Drive(coroutine, done).wait(waits_for)


class _Drive(Generic[T]):
    """A coroutine that has begun to wait."""

    __slots__ = ("_coroutine", "_done")

    def __init__(self, coroutine: Coroutine[Any, Any, T], done: Done[T]) -> None:
        self._coroutine = coroutine
        self._done = done

    def wait(self, waits_for: object) -> None:
        """Arrange to be resumed. `_asyncio_future_blocking` is how a future says that it was awaited, not
        yielded.
        """
        blocking = getattr(waits_for, "_asyncio_future_blocking", None)
        if blocking:
            future: asyncio.Future[Any] = waits_for  # type: ignore[assignment]
            future._asyncio_future_blocking = False
            future.add_done_callback(self._wake)
        elif waits_for is None:
            asyncio.get_running_loop().call_soon(self._resume, None)
        else:
            wrong = RuntimeError(f"an operation yielded {waits_for!r}, which cannot be awaited")
            asyncio.get_running_loop().call_soon(self._resume, wrong)

    def _wake(self, future: "asyncio.Future[Any]") -> None:
        # A task does the same: only the exception is passed in, `await` fetches a result from the future
        # itself.
        try:
            future.result()
        except (Exception, asyncio.CancelledError) as error:
            self._resume(error)
        else:
            self._resume(None)

    def _resume(self, error: BaseException | None) -> None:
        try:
            waits_for = self._coroutine.send(None) if error is None else self._coroutine.throw(error)
        except StopIteration as stop:
            self._done(stop.value, None)
        except (Exception, asyncio.CancelledError) as raised:
            self._done(None, raised)
        else:
            self.wait(waits_for)
