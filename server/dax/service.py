"""The cache as a running server has it: in front of HTTP, behind the DAX endpoint, and its control plane.

One cluster serves both endpoints, so that what is written over HTTP with `--cache` is right for DAX clients
too. Without `--cache`, HTTP goes to the database past the caches, as it does at AWS.
"""

from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

from dynalite.cache.cluster import Cluster, Tuning
from dynalite.clock import Clock
from dynalite.database import Database
from dynalite.ids import Ids
from dynalite.limits import MIB
from dynalite.operations.context import Caller
from dynalite.values.types import Answer
from server import tls
from server.dax.authorization import ANYBODY, Entrance
from server.dax.control.catalogue import OPERATIONS
from server.dax.control.plane import ControlPlane, Plane, Site
from server.dax.endpoint import Endpoint, Where
from server.dax.settings import DaxSettings
from server.dispatch import Service


class Cached:
    """The database behind the cluster's primary node."""

    def __init__(self, database: Database, cluster: Cluster) -> None:
        self.serves = database.serves
        self._node = cluster.primary

    def execute(self, operation: str, request: object, caller: Caller) -> Coroutine[Any, Any, Answer]:
        return self._node.execute(operation, request, caller)


class Dax:
    """All of it. `services` are what answers HTTP requests, the database among them."""

    def __init__(
        self, cluster: Cluster, services: Sequence[Service], endpoint: Endpoint | None, plane: Plane | None
    ) -> None:
        self.cluster = cluster
        self.services = services
        self.endpoint = endpoint
        self._plane = plane

    @classmethod
    async def open(
        cls,
        settings: DaxSettings,
        host: str,
        database: Database,
        clock: Clock,
        ids: Ids,
        entrance: Entrance = ANYBODY,
    ) -> "Dax":
        """Make the caches, and listen if that is wanted.

        Raises Failure for an address that cannot be had and for certificates that cannot be used.
        """
        tuning = Tuning(
            settings.nodes,
            settings.item_ttl_ms,
            settings.query_ttl_ms,
            settings.cache_mib * MIB,
            settings.cache_mib * MIB,
            settings.replica_lag_seconds,
        )
        cluster = Cluster(database, tuning)
        services: list[Service] = [Cached(database, cluster) if settings.before_http else database]
        if settings.port is None:
            return cls(cluster, services, None, None)._following(database)
        secured = None
        if settings.certificate is not None and settings.certificate_key is not None:
            secured = tls.context(settings.certificate, settings.certificate_key)
        where = Where(host, settings.port, settings.advertised, secured)
        endpoint = await Endpoint.open(cluster, where, ids, entrance)
        try:
            plane = await Plane.open(Site(database, clock, ids, entrance, where, tuning))
        except BaseException:
            await endpoint.close()
            raise
        services.append(ControlPlane(plane, OPERATIONS))
        return cls(cluster, services, endpoint, plane)._following(database)

    def _following(self, database: Database) -> "Dax":
        """Forget what is held whenever the database goes back to another moment."""
        database.snapshots.rewound.append(self.forget)
        return self

    async def forget(self) -> None:
        """Empty every cache, of the clusters that the control plane runs too."""
        self.cluster.clear()
        if self._plane is not None:
            for running in self._plane.clusters.values():
                running.cluster.clear()

    def clusters(self) -> Iterator[tuple[str, str | None, Cluster]]:
        """Every cluster by name and region: first the command line's, which serves all regions."""
        yield "dynalite", None, self.cluster
        if self._plane is not None:
            for running in self._plane.clusters.values():
                yield running.record.name, running.record.region, running.cluster

    @property
    def address(self) -> str | None:
        """The endpoint's address, for a DAX client to be given; None when there is no endpoint."""
        if self.endpoint is None:
            return None
        host = self.endpoint.reachable_at
        scheme = "daxs" if self.endpoint.where.tls else "dax"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.endpoint.ports[0]}"

    async def close(self) -> None:
        """Stop listening, and wait for what goes on in the background."""
        if self._plane is not None:
            await self._plane.close()
        if self.endpoint is not None:
            await self.endpoint.close()
        await self.cluster.settled()
