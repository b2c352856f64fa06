"""Which addresses are this machine's own, and only its own."""

import socket
from ipaddress import ip_address

from server.outcome import Failure


def is_loopback(address: str) -> bool:
    """Whether it is a loopback address, of either version or mapped into the other."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)  # how a socket for both versions shows an IPv4 peer
    return (mapped or parsed).is_loopback


def check_stays_here(host: str) -> None:
    """Raises Failure when somebody on another machine could reach a server that listens at `host`."""
    if is_loopback(host) or host == "localhost":
        return
    try:
        found = socket.getaddrinfo(host, None)
    except OSError:
        return  # listening will fail too, and say why
    if not all(is_loopback(str(address[0])) for *_, address in found):
        raise Failure(
            f"At {host} other machines could reach this server, and any access key would let them in;"
            " say who may come with --credentials FILE, or --allow-anonymous that everybody may."
        )
