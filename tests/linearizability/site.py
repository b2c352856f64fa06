"""A server that may be killed while its clients work, and is started again on the same folder."""

import http.client
import threading

from tests.live import LiveServer, start_server

BROKEN = (OSError, http.client.HTTPException)
"""What a client sees of a server that dies: the call may have happened or not."""

RESTART_SECONDS = 60


class Site:
    """Where the clients find the server; after a kill it is somewhere else."""

    def __init__(self, *flags: str) -> None:
        self._flags = flags
        self._live: LiveServer = start_server(*flags)
        self._moved = threading.Condition()
        self.kills = 0

    @property
    def endpoint(self) -> str:
        return self._live.endpoint

    def kill_and_restart(self) -> None:
        """`kill -9`, in the middle of whatever is going on, and a new process on the same data."""
        self._live.kill()
        fresh = start_server(*self._flags)
        while fresh.endpoint == self.endpoint:  # by chance, but the clients know the server by its endpoint
            fresh.kill()
            fresh = start_server(*self._flags)
        with self._moved:
            self._live = fresh
            self.kills += 1
            self._moved.notify_all()

    def endpoint_after(self, old: str) -> str:
        """Where the server is once it is no longer at `old`, which has just broken."""
        with self._moved:
            moved = self._moved.wait_for(lambda: self.endpoint != old, RESTART_SECONDS)
            assert moved, f"{old} broke, and nobody restarted it; its status: {self._live.process.poll()}"
            return self.endpoint

    def close(self) -> None:
        self._live.stop()
