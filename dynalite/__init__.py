"""DynamoDB on your own machine. `dynalite.Server` is a server in this process:

    with dynalite.Server() as server:
        server.client().list_tables()

It comes from the package `server`, which everything else in here knows nothing of; so it is looked up when
somebody asks for it (`docs/decisions/0021-one-name-for-users.md`).
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.embedded.server import Server

__all__ = ["Server"]


def __getattr__(name: str) -> object:
    if name != "Server":
        raise AttributeError(f"module 'dynalite' has no attribute {name!r}")
    try:
        from server.embedded.server import Server
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "server":
            raise
        import server

        raise ImportError(
            f"dynalite's own package `server` is hidden by another of that name: {server.__file__}"
        ) from error
    return Server
