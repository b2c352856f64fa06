"""Who may use what is for this machine alone, the admin API and the console: programs on it, and no web page
that happens to be open on it, other than the console's own.

- The connection comes from a loopback address, wherever the server listens.
- `Host` is a loopback name or address, or the one that the server was told to listen at. A page whose name an
  attacker points at 127.0.0.1 (DNS rebinding) brings its own name along, and is refused.
- `Origin` is absent, or the server's own: browsers send it with every request of a page elsewhere that could
  change anything. Where they say more (`Sec-Fetch-Site`), what changes anything must not come from elsewhere
  by that account either.
- A POST is declared as `application/json`, which a form cannot be, and for which a page elsewhere would have
  to ask first, and be told no.

DynamoDB's own API is guarded in another way (`origins.py`), because it is there for other machines and pages
too.
"""

from collections.abc import Mapping
from typing import Protocol

from server.access.reach import is_loopback

_HARMLESS = ("GET", "HEAD", "OPTIONS")
_FROM_HERE = ("same-origin", "none")  # none: the user typed the address


class Refused(Exception):
    """An answer that says no: an HTTP status and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Transport(Protocol):
    def get_extra_info(self, name: str) -> object: ...


def peer_of(transport: Transport | None) -> str | None:
    """The address that a connection comes from; None when it is gone already."""
    address = None if transport is None else transport.get_extra_info("peername")
    return str(address[0]) if isinstance(address, tuple) else None


def check(method: str, peer: str | None, fields: Mapping[str, str], configured_host: str) -> None:
    """Judge a request by its peer's address and its header fields (whose names' case makes no difference).

    Raises Refused.
    """
    if peer is None or not is_loopback(peer):
        raise Refused(403, "This is only for the machine that the server runs on.")
    host = fields.get("Host", "")
    if not _may_be_called(without_port(host), configured_host):
        raise Refused(403, f"This server is not known as {host!r}.")
    origin = fields.get("Origin")
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        raise Refused(403, f"This is not for pages from {origin}.")
    if method in _HARMLESS:
        return
    site = fields.get("Sec-Fetch-Site")
    if site is not None and site not in _FROM_HERE:
        raise Refused(403, "This is not for pages from elsewhere.")
    kind = fields.get("Content-Type", "").partition(";")[0].strip().lower()
    if method == "POST" and kind != "application/json":
        raise Refused(415, "A POST must have Content-Type: application/json.")


def check_reader(peer: str | None, fields: Mapping[str, str], configured_host: str, others: bool) -> None:
    """The same for figures, which programs on other machines may read too, if `others` may.

    Raises Refused.
    """
    if peer is None or is_loopback(peer) or not others:
        check("GET", peer, fields, configured_host)


def without_port(host: str) -> str:
    """The name or address in a Host field."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _may_be_called(name: str, configured_host: str) -> bool:
    return name.lower() in ("localhost", configured_host.lower()) or is_loopback(name)
