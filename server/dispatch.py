"""From a request's headers and body to the operation's coroutine: all there is between the door and the
facade.
"""

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeAlias

from dynalite import errors
from dynalite.operations.context import Caller
from dynalite.values.types import Answer, Request
from server import credentials, wire
from server.request import HttpRequest

Execute: TypeAlias = Callable[[str, object, Caller], Coroutine[Any, Any, Answer]]


class Service(Protocol):
    """Something that runs operations: the database, or what stands beside or in front of it."""

    def serves(self, api: str, operation: str) -> bool: ...

    def execute(self, operation: str, request: object, caller: Caller) -> Coroutine[Any, Any, Answer]: ...


Identify: TypeAlias = Callable[[HttpRequest, bytes], Caller]
"""Who asks, for which target. Raises the ServiceError that turns them away."""


class Dispatcher:
    """Finds the operation that a request names and starts it.

    Targets are remembered once a service has said that it serves them, so the table is as long as the APIs at
    most.
    """

    __slots__ = ("_identify", "_operations", "_services")

    def __init__(self, *services: Service, identify: Identify = credentials.caller) -> None:
        self._services = services
        self._identify = identify
        self._operations: dict[bytes, tuple[Execute, str]] = {}

    def start(self, request: HttpRequest) -> Coroutine[Any, Any, Answer]:
        """The operation's coroutine, not begun.

        Raises what is wrong with the request, in the service's order: its JSON, its target, its caller.
        """
        fields, body = request.fields, request.body
        if b"content-encoding" in fields:
            body = wire.decoded(fields, body)
        members = wire.document(body)
        target = fields.get(b"x-amz-target", b"")
        execute, operation = self._operations.get(target) or self._find(target)
        return execute(operation, members, self._identify(request, target))

    def begin(self, request: HttpRequest, target: bytes, members: Request) -> Coroutine[Any, Any, Answer]:
        """As `start`, of a request in another protocol: what it asks for has been understood already."""
        execute, operation = self._operations.get(target) or self._find(target)
        return execute(operation, members, self._identify(request, target))

    def refused(self, error: errors.ServiceError, request_id: bytes) -> None:
        """What came was no request, and was answered so: of no interest here."""

    def _find(self, target: bytes) -> tuple[Execute, str]:
        api, operation = wire.target(target)
        for service in self._services:
            if service.serves(api, operation):
                found = self._operations[target] = service.execute, operation
                return found
        raise errors.UnknownOperationException
