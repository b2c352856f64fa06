"""From a request's headers and body to the database's coroutine: all there is between the door and the
facade.
"""

from collections.abc import Coroutine
from typing import Any, Protocol

from dynalite import errors
from dynalite.operations.context import Caller
from dynalite.values.types import Answer
from server import credentials, wire


class Database(Protocol):
    """What the server needs of the facade."""

    def serves(self, api: str, operation: str) -> bool: ...

    def execute(self, operation: str, request: object, caller: Caller) -> Coroutine[Any, Any, Answer]: ...


class HttpRequest:
    """A request, read to its end. `fields` are its headers by lower-case name; `path` has no query."""

    __slots__ = ("body", "fields", "keep_alive", "method", "path", "query")

    def __init__(
        self,
        method: bytes,
        path: bytes,
        query: bytes,
        fields: dict[bytes, bytes],
        body: bytes | bytearray,
        keep_alive: bool,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.fields = fields
        self.body = body
        self.keep_alive = keep_alive


class Dispatcher:
    """Finds the operation that a request names and starts it.

    Targets are remembered once the database has said that it serves them, so the table is as long as the API
    at most.
    """

    __slots__ = ("_database", "_operations")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._operations: dict[bytes, str] = {}

    def start(self, request: HttpRequest) -> Coroutine[Any, Any, Answer]:
        """The operation's coroutine, not begun.

        Raises what is wrong with the request, in the service's order: its JSON, its target, its caller.
        """
        fields, body = request.fields, request.body
        if b"content-encoding" in fields:
            body = wire.decoded(fields, body)
        members = wire.document(body)
        target = fields.get(b"x-amz-target", b"")
        operation = self._operations.get(target) or self._find(target)
        return self._database.execute(operation, members, credentials.caller(fields, request.query))

    def _find(self, target: bytes) -> str:
        api, operation = wire.target(target)
        if not self._database.serves(api, operation):
            raise errors.UnknownOperationException
        self._operations[target] = operation
        return operation
