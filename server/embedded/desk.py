"""The admin API without HTTP: the same table of endpoints, asked by a function call from another thread."""

from collections.abc import Mapping
from typing import Any

from server.admin.endpoint import Admin, Endpoint, Refusal
from server.app import App
from server.embedded.loop import Loop


class Desk:
    """Where a running server's admin endpoints are asked for what they do."""

    def __init__(self, loop: Loop, app: App, host: str) -> None:
        self.loop = loop
        self.app = app
        self._admin = Admin(app.database, app.triggers, host, app.dax, app.feeders)

    def ask(self, method: str, path: str, **members: object) -> Any:
        """What the endpoint answers, as Python's dicts and lists.

        Raises ValueError with the sentence that HTTP would be given, and a `ServiceError` where the database
        says no.
        """
        try:
            endpoint, named = _find(method, path)
            parameters = endpoint.read(named, members)
            return self.loop.run(lambda: endpoint.run(self._admin, parameters))
        except Refusal as refusal:
            raise ValueError(str(refusal)) from refusal


def _find(method: str, path: str) -> tuple[Endpoint, Mapping[str, str]]:
    """The row of a path, and what the path says in place of the row's `{names}`."""
    from server.admin.table import ENDPOINTS  # most of it is never asked for, and starting should be quick

    pieces = path.split("/")
    for endpoint in ENDPOINTS:
        pattern = endpoint.path.split("/")
        if endpoint.method != method or len(pattern) != len(pieces):
            continue
        pairs = list(zip(pattern, pieces, strict=True))
        if all(said == wanted or wanted.startswith("{") for wanted, said in pairs):
            return endpoint, {wanted[1:-1]: said for wanted, said in pairs if wanted.startswith("{")}
    raise Refusal(404, f"There is no {method} {path}; GET /_admin/ lists what there is.")
