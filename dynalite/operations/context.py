"""What an operation works with: the database's parts, seen from one region of one account."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dynalite.capacity.meter import Meter
from dynalite.capacity.tracking import Tracking
from dynalite.capacity.watch import Watch
from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.errors import InvalidSignatureException
from dynalite.ids import Ids
from dynalite.operations.conflicts import Held
from dynalite.recovery.buckets import Buckets
from dynalite.recovery.vault import Vault
from dynalite.settings import Settings
from dynalite.storage.engine import Engine

if TYPE_CHECKING:
    from dynalite.access.principals import Identity

_IS_REGION = re.compile(r"[A-Za-z0-9._-]{1,64}").fullmatch


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the region of the request's credential scope, and the access key. `identity` is whose it is,
    where that has been verified.

    Any name will do for a region, but it must be one: what is kept for the database itself lies in regions
    that none can name (`catalog.store.HIDDEN`). Raises InvalidSignatureException.
    """

    region: str = "us-east-1"
    access_key: str = ""
    identity: "Identity | None" = None

    def __post_init__(self) -> None:
        if not _IS_REGION(self.region):
            raise InvalidSignatureException("Credential should be scoped to a valid region")


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that a runner may touch. One per region and operation, kept while the database is open."""

    engine: Engine
    catalog: Catalog
    clock: Clock
    ids: Ids
    settings: Settings
    region: str
    account: str
    hash: Callable[[bytes], bytes]
    """The database's H (`storage/keyspace.py`)."""
    held: Held
    meter: Meter
    """What the operation consumes is charged here."""
    tracking: Tracking
    """What is scaled automatically, and how."""
    watch: Watch
    """How the operation's requests end is told here."""
    vault: Vault = field(default_factory=Vault)
    """Where backups are kept."""
    buckets: Buckets = field(default_factory=Buckets)
    """Where exports go to and imports come from."""
