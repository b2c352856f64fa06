"""APIs of other services on the same port: loaded when somebody first asks for one, as most never do."""

from abc import ABC, abstractmethod
from typing import ClassVar, Protocol

from dynalite.database import Caller, Database
from dynalite.values.types import Answer, Request


class Loaded(Protocol):
    """What does the work."""

    def serves(self, operation: str) -> bool: ...

    async def execute(self, operation: str, request: Request, region: str) -> Answer: ...


class OnDemand(ABC):
    """Such a service, as the dispatcher sees it. `api` is what its targets begin with."""

    __slots__ = ("_database", "_loaded")

    api: ClassVar[str]

    def __init__(self, database: Database) -> None:
        self._database = database
        self._loaded: Loaded | None = None

    @abstractmethod
    def load(self, database: Database) -> Loaded:
        """Import what does the work."""

    def serves(self, api: str, operation: str) -> bool:
        return api == self.api and self._service().serves(operation)

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        assert isinstance(request, dict)  # the dispatcher passes nothing else on
        return await self._service().execute(operation, request, caller.region)

    def _service(self) -> Loaded:
        if self._loaded is None:
            self._loaded = self.load(self._database)
        return self._loaded
