"""How much clients may ask of the server at once: connections, memory, time.

Each is a row of `server/config.py`. What is not here has bounds of its own: a head (64 KiB, 100 fields), a
body (16 MiB, as at AWS), how deep JSON goes (its parser refuses more than 1,024 levels, an item more than
32), an expression (4 KB, 300 operators), a PartiQL statement (8 KB).

Memory is bounded in two sums over all connections, and only what is large counts: the bodies of requests from
when they arrive until they are answered, and the answers that their clients do not take. The rest is at most
128 KiB a connection. A body too many is refused (503, which SDKs try again). For answers it is too late to
refuse: the client that has let us wait the longest loses its connection.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from dynalite.limits import MIB

COUNTED_FROM_BYTES: Final = 65_536
"""A body that is no longer is not counted: nearly all are."""

_OTHER_FILES: Final = 1_100
"""LevelDB's thousand table files, and what else is open."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a user may say. Times are in seconds; a beat of the server is the least that is noticed."""

    connections: int = 4096
    memory_mib: int = 256
    head_seconds: float = 20.0
    body_seconds: float = 300.0
    reader_seconds: float = 300.0
    idle_seconds: float = 600.0
    drain_seconds: float = 0.0
    grace_seconds: float = 10.0


def affordable(bounds: Bounds) -> Bounds:
    """The same, with no more connections than this process may have files open beside the database's, after
    it has asked for as many as it needs. Running out of them would stop LevelDB's writes.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return bounds
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = bounds.connections + _OTHER_FILES
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < wanted:
        soft = wanted if hard == unlimited else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return replace(bounds, connections=min(bounds.connections, max(soft - _OTHER_FILES, soft // 4)))
    return bounds


class Holdings:
    """What is held for clients, all connections together, in bytes."""

    __slots__ = ("_most_bytes", "_unread", "bodies_bytes", "unread_bytes")

    def __init__(self, bounds: Bounds) -> None:
        self._most_bytes = bounds.memory_mib * MIB
        self.bodies_bytes = 0
        self.unread_bytes = 0
        self._unread: dict[Callable[[], None], int] = {}

    def take(self, size_bytes: int) -> bool:
        """Count so much more of a body, if there is room for it."""
        if self.bodies_bytes + size_bytes > self._most_bytes:
            return False
        self.bodies_bytes += size_bytes
        return True

    def release(self, size_bytes: int) -> None:
        """So much of the bodies is gone."""
        self.bodies_bytes -= size_bytes

    def unread(self, drop: Callable[[], None], size_bytes: int) -> None:
        """A client leaves so much of its answer with us. `drop` lets go of it and of the client; it is called
        when it has become too much, for whoever came first.
        """
        self.read(drop)
        self._unread[drop] = size_bytes
        self.unread_bytes += size_bytes
        while self.unread_bytes > self._most_bytes and self._unread:
            oldest = next(iter(self._unread))
            self.read(oldest)
            oldest()

    def read(self, drop: Callable[[], None]) -> None:
        """The client has taken it, or is gone."""
        self.unread_bytes -= self._unread.pop(drop, 0)
