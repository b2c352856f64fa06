"""Which web pages may use DynamoDB's API: what browsers are told about them (CORS).

Where any key is accepted, a page needs none. So that a page from anywhere, open in some tab on this machine,
can neither read the tables nor write to them, requests that name an `Origin` are answered only for

- pages of this machine itself (`http://localhost:3000`), which is what one develops with;
- pages of this very server: their origin is the request's `Host`, and that is an address, or the name that
  the server was told to listen at. Any name would not do: an attacker can point his own at us (DNS
  rebinding), and then his page and our API have one origin;
- pages that the user has named (`--cors`).

Where signatures are checked (`--credentials`) pages from anywhere may come, as at AWS: they need a key.

Browsers name the origin with everything that a page sends by POST, and programs do not send the field at all.
"""

from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Final

from server import wire
from server.access.guard import without_port
from server.access.reach import is_loopback

EVERYBODY: Final = "*"


class Origins:
    """Knows which pages may come. `named` are origins, or `*`."""

    __slots__ = ("_configured_host", "_everybody", "_named")

    def __init__(self, configured_host: str = "127.0.0.1", named: Collection[str] = ()) -> None:
        self._configured_host = configured_host.lower()
        self._everybody = EVERYBODY in named
        self._named = frozenset(named)

    def allow(self, fields: Mapping[bytes, bytes]) -> bool:
        """Whether a request with these header fields may be answered; always, if no page has sent it."""
        origin = fields.get(b"origin")
        if origin is None or self._everybody:
            return True
        return self._allows(origin.decode("latin-1"), fields.get(b"host", b"").decode("latin-1"))

    def lines(self, fields: Mapping[bytes, bytes]) -> bytes | None:
        """The header lines that let the page read the answer; None when it may not even ask."""
        if b"origin" not in fields:
            return b""
        return wire.CORS if self.allow(fields) else None

    def _allows(self, origin: str, host: str) -> bool:
        if origin in self._named:
            return True
        name = without_port(origin.partition("://")[2]).lower()
        if name == "localhost" or is_loopback(name):
            return True
        return origin in (f"http://{host}", f"https://{host}") and (
            name == self._configured_host or _is_address(name)
        )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
