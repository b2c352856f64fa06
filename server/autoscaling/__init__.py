"""Application Auto Scaling on the same port: what `service.py` does, loaded when somebody first asks, as most
never do.
"""

from typing import TYPE_CHECKING, Final

from dynalite.database import Caller, Database
from dynalite.values.types import Answer

if TYPE_CHECKING:
    from server.autoscaling.service import Service

API: Final = "AnyScaleFrontendService"


class AutoScaling:
    """The service, as the dispatcher sees it."""

    __slots__ = ("_database", "_service")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._service: Service | None = None

    def serves(self, api: str, operation: str) -> bool:
        return api == API and self._loaded().serves(operation)

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        assert isinstance(request, dict)  # the dispatcher passes nothing else on
        return await self._loaded().execute(operation, request, caller.region)

    def _loaded(self) -> "Service":
        if self._service is None:
            from server.autoscaling.service import Service

            self._service = Service(self._database)
        return self._service
