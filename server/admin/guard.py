"""Who may use the admin API: programs on this machine, and no web page that happens to be open on it.

- The connection comes from a loopback address, wherever the server listens.
- `Host` is a loopback name or address, or the one that the server was told to listen at. A page whose name an
  attacker points at 127.0.0.1 (DNS rebinding) brings its own name along, and is refused.
- `Origin` is absent, or the server's own: browsers send it with every request of a page elsewhere that could
  change anything.
- A POST is declared as `application/json`, which a form cannot be, and for which a page elsewhere would have
  to ask first, and be told no.
"""

from collections.abc import Mapping
from ipaddress import ip_address

from server.admin.endpoint import Refusal


def check(method: str, peer: str | None, fields: Mapping[str, str], configured_host: str) -> None:
    """Judge a request by its peer's address and its header fields. Raises Refusal."""
    if peer is None or not _is_loopback(peer):
        raise Refusal(403, "The admin API is only for this machine.")
    host = fields.get("Host", "")
    if not _may_be_called(_without_port(host), configured_host):
        raise Refusal(403, f"The admin API is not known as {host!r}.")
    origin = fields.get("Origin")
    if origin is not None and origin != f"http://{host}":
        raise Refusal(403, f"The admin API is not for pages from {origin}.")
    kind = fields.get("Content-Type", "").partition(";")[0].strip().lower()
    if method == "POST" and kind != "application/json":
        raise Refusal(415, "A POST to the admin API must have Content-Type: application/json.")


def _may_be_called(name: str, configured_host: str) -> bool:
    return name.lower() in ("localhost", configured_host.lower()) or _is_loopback(name)


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _is_loopback(address: str) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)  # how a socket for both versions shows an IPv4 peer
    return (mapped or parsed).is_loopback
