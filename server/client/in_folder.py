"""A data folder, opened in this process as a server would open it: no server may have it open meanwhile."""

import asyncio
from types import TracebackType

import orjson

from dynalite.database import Caller, Database
from dynalite.errors import ServiceError
from dynalite.settings import Settings
from dynalite.storage.folder import StoreError, StoreLocked, holds_data
from server.client.api import Reply, Request
from server.json_body import splice
from server.outcome import Failure, Refused, Unreachable

_LEAST_PAUSE_SECONDS = 0.005


class Folder:
    """The folder of `settings`, in a `with` block. One that is not there is made only if it `may_be_new`."""

    def __init__(self, settings: Settings, region: str, may_be_new: bool) -> None:
        self._may_be_new = may_be_new
        self.place = str(settings.data_folder and settings.data_folder.absolute())
        self._settings = settings
        self._caller = Caller(region)

    async def __aenter__(self) -> "Folder":
        folder = self._settings.data_folder
        try:
            if folder is None or not (self._may_be_new or holds_data(folder)):
                raise Unreachable(f"There is no data folder at {self.place}.")
            self._database = await Database.open(self._settings)
        except StoreLocked as error:
            raise Unreachable(
                f"The data folder {self.place} is in use by another process; if that is a server,"
                " name its --endpoint instead."
            ) from error
        except StoreError as error:
            raise Unreachable(str(error)) from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._database.close()

    async def call(self, operation: str, request: Request) -> Reply:
        # What crosses the seam is a copy, as it is over HTTP: the database owns what it is given.
        try:
            answer = await self._database.execute(
                operation, orjson.loads(orjson.dumps(request)), self._caller
            )
        except ServiceError as error:
            raise Refused(error.message, error.code) from error
        reply: Reply = orjson.loads(orjson.dumps(answer, default=splice))
        return reply

    async def pause(self, seconds: float) -> None:
        """Nobody else works here, so what is due is done now."""
        try:
            await self._database.tick()
        except ServiceError as error:
            raise Refused(error.message, error.code) from error
        except OSError as error:
            raise Failure(f"The work in {self.place} cannot go on: {error.strerror or error}.") from error
        await asyncio.sleep(min(seconds, _LEAST_PAUSE_SECONDS))
