"""What a user may say about the cache and the DAX endpoint. Light: the command line reads it for `--help`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DaxSettings:
    """`port` None: no DAX endpoint. Node i of the cluster listens at port + i, each at any free port when
    `port` is 0. `advertised` is the address that clients are told; None tells each client the address at
    which it has reached us. With a certificate and its key (PEM files) the endpoint speaks TLS.

    `before_http` puts the cluster's primary node in front of the JSON endpoint too. The times to live are
    DAX's own parameters, and 0 is what it is there: items never become too old, answers are not held.
    """

    port: int | None = None
    nodes: int = 1
    replica_lag_seconds: float = 0.0
    advertised: str | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    before_http: bool = False
    item_ttl_ms: int = 300_000
    query_ttl_ms: int = 300_000
    cache_mib: int = 64
