"""The way from the door to the ordinary web server behind it (`server/application.py`), on the same port.

Importing aiohttp takes longer than the rest of start-up together, and most runs of the server never need it.
So it is imported when the first connection arrives that the door does not answer itself, in a thread, while
the others are served on. aiohttp's protocol is then given the transport and the bytes read so far.
"""

import asyncio
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from server.front import Front

if TYPE_CHECKING:
    from aiohttp.web import AppRunner

    from dynalite.database import Database
    from server.admin.endpoint import Admin


@dataclass(frozen=True, slots=True)
class Figures:
    """A database to report on, the host that the server listens at, and whether the report is for others than
    the programs of this machine.
    """

    database: "Database"
    host: str
    for_others: bool = True


class Site:
    """Takes connections over from doors. Without `admin` there is no admin API and no console, without
    `figures` nothing that reports on a database.
    """

    __slots__ = ("_access_log", "_admin", "_adoptions", "_console", "_figures", "_runner", "_starting")

    def __init__(
        self,
        admin: "Admin | None" = None,
        figures: Figures | None = None,
        *,
        console: bool = True,
        access_log: bool = False,
    ) -> None:
        self._access_log = access_log
        self._admin = admin
        self._console = console
        self._figures = figures
        self._runner: AppRunner | None = None
        self._starting = asyncio.Lock()
        self._adoptions: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many it has, or is about to have."""
        server = None if self._runner is None else self._runner.server
        return len(self._adoptions) + (0 if server is None else len(server.connections))

    def adopt(self, front: Front, transport: asyncio.Transport, received: bytes) -> None:
        """Take over a connection whose reading is paused, and of which `received` has been read already."""
        task = asyncio.get_running_loop().create_task(self._adopt(front, transport, received))
        self._adoptions.add(task)  # the loop itself holds tasks weakly
        task.add_done_callback(self._adoptions.discard)

    async def close(self) -> None:
        """Finish the requests that run, and close the connections."""
        await asyncio.gather(*self._adoptions)
        if self._runner is not None:
            await self._runner.cleanup()

    async def _adopt(self, front: Front, transport: asyncio.Transport, received: bytes) -> None:
        try:
            runner = await self._running(front)
        except BaseException:
            transport.abort()  # whoever waits for an answer must not wait for ever
            raise
        server = runner.server
        if server is None or transport.is_closing():
            transport.abort()
            return
        protocol = server()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        protocol.data_received(received)
        transport.resume_reading()

    async def _running(self, front: Front) -> "AppRunner":
        async with self._starting:
            if self._runner is None:
                application = await asyncio.to_thread(import_module, "server.application")
                self._runner = await application.start(
                    front, self._admin, self._figures, console=self._console, access_log=self._access_log
                )
        return self._runner
