"""The checked ways in, one for each protocol, over one verifier."""

from dataclasses import dataclass
from pathlib import Path

from dynalite.clock import Clock
from server.access import keyring, requests
from server.access.sigv4 import Verifier
from server.dax import authorization
from server.dispatch import Identify


@dataclass(frozen=True, slots=True)
class Entrances:
    """Who asks, over HTTP and over DAX."""

    http: Identify
    dax: authorization.Entrance

    @classmethod
    def open(cls, credentials: Path, account: str, clock: Clock) -> "Entrances":
        """By the keys of a credentials file. Raises WrongCredentials."""
        verifier = Verifier(keyring.load(credentials, account), clock)
        return cls(requests.identifier(verifier), authorization.guarded(verifier))
