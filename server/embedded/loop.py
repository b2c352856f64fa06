"""An event loop in a thread of its own, and the way to it from other threads."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE_SECONDS: Final = 60.0
"""Nothing that is asked of a loop takes longer, or it is said to have failed."""


class Loop:
    """It runs from the moment it is made until `close`, or the end of the process."""

    def __init__(self, factory: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop) -> None:
        self.loop = factory()
        self._thread = threading.Thread(target=self.loop.run_forever, name="dynalite", daemon=True)
        self._thread.start()

    def run(self, work: Callable[[], Awaitable[T]], at_most_seconds: float = PATIENCE_SECONDS) -> T:
        """Run a coroutine function on the loop and return its result. Raises TimeoutError."""

        async def await_it() -> T:
            return await work()

        return asyncio.run_coroutine_threadsafe(await_it(), self.loop).result(at_most_seconds)

    def call(self, function: Callable[[], T]) -> T:
        """Call a function on the loop's thread and return its result."""

        async def call_it() -> T:
            return function()

        return self.run(call_it)

    def close(self) -> None:
        self.run(self.loop.shutdown_default_executor)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
