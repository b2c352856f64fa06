"""What a user may say about who gets in. Light: the command line reads it for `--help`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """`credentials` None: any key is accepted, and the server listens on loopback only, unless `anonymous`
    says that others may come too. With a certificate and its key (PEM files) the HTTP port speaks TLS.
    `origins` are the web pages from elsewhere that may use the API (`origins.py`).
    """

    credentials: Path | None = None
    anonymous: bool = False
    certificate: Path | None = None
    certificate_key: Path | None = None
    origins: frozenset[str] = frozenset()
