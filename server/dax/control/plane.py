"""What the operations of the control plane share: the clusters that run, the groups, the events.

Everything is kept in memory and written down as it changes; a server that starts again has its clusters at
the ports where clients know them, unless somebody else has taken one.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

import orjson

from dynalite.cache.cluster import DEFAULT_TTL_MS, Cluster, Tuning
from dynalite.clock import Clock
from dynalite.database import Database
from dynalite.errors import UnknownOperationException
from dynalite.ids import Ids
from dynalite.model.shape import Structure
from dynalite.model.walker import validate
from dynalite.operations import paging
from dynalite.operations.context import Caller
from dynalite.values.types import Answer, Request
from server.dax.authorization import Entrance
from server.dax.control import faults
from server.dax.control.records import (
    DEFAULT_PARAMETER_GROUP,
    DEFAULT_SUBNET_GROUP,
    ITEM_TTL,
    QUERY_TTL,
    ClusterRecord,
    Event,
    NodeRecord,
    ParameterGroup,
    SubnetGroup,
)
from server.dax.endpoint import Endpoint, Where

T = TypeVar("T")

log = logging.getLogger(__name__)

API: Final = "AmazonDAXV3"
_ROW: Final = b"dax"
"""What the database remembers the whole of it as: one JSON document."""

_EVENTS: Final = 1000
_SMALLEST_PAGE: Final = 20
_PAGE_SIZE: Final = 100


@dataclass(slots=True)
class Running:
    """A cluster at work."""

    record: ClusterRecord
    cluster: Cluster
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Site:
    """Where and how clusters are made: `where` is the first one's place, whose host and TLS others share."""

    database: Database
    clock: Clock
    ids: Ids
    entrance: Entrance
    where: Where
    tuning: Tuning


class Plane:
    """The state of the control plane. Made by `open`."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.account = site.database.settings.account
        self.clusters: dict[tuple[str, str], Running] = {}
        self.parameter_groups: dict[tuple[str, str], ParameterGroup] = {}
        self.subnet_groups: dict[tuple[str, str], SubnetGroup] = {}
        self.events: deque[Event] = deque(maxlen=_EVENTS)
        self.changing = asyncio.Lock()
        self.down: list[ClusterRecord] = []
        """Clusters that cannot be started, kept for a server that can."""

    @classmethod
    async def open(cls, site: Site) -> "Plane":
        """Load what was written down, and start its clusters."""
        plane = cls(site)
        row = await site.database.remembered(_ROW)
        kept: dict[str, list[Any]] = {} if row is None else orjson.loads(row)
        for subnets in (SubnetGroup(**one) for one in kept.get("subnet_groups", ())):
            plane.subnet_groups[subnets.region, subnets.name] = subnets
        for parameters in (ParameterGroup(**one) for one in kept.get("parameter_groups", ())):
            plane.parameter_groups[parameters.region, parameters.name] = parameters
        for one in kept.get("clusters", ()):
            nodes = [NodeRecord(**node) for node in one.pop("nodes")]
            record = ClusterRecord(**one, nodes=nodes)
            if record.encryption == "TLS" and site.where.tls is None:
                log.warning("cluster %s stays down: it wants TLS and there is no certificate", record.name)
                plane.down.append(record)
            else:
                await plane.start(record)
        return plane

    async def close(self) -> None:
        """Stop every cluster. They start again with the server."""
        await asyncio.gather(*[running.endpoint.close() for running in self.clusters.values()])
        self.clusters.clear()

    def now(self) -> float:
        return self.site.clock.now()

    # -------------------------------------------------------------- looking

    def cluster(self, region: str, name: str) -> Running:
        running = self.clusters.get((region, name.lower()))
        if running is None:
            raise faults.ClusterNotFoundFault(f"Cluster not found: {name}")
        return running

    def parameter_group(self, region: str, name: str) -> ParameterGroup:
        group = self.parameter_groups.get((region, name))
        if group is None and name == DEFAULT_PARAMETER_GROUP:
            values = {ITEM_TTL: DEFAULT_TTL_MS, QUERY_TTL: DEFAULT_TTL_MS}
            group = ParameterGroup(name, region, "Default parameter group for dax1.0", values)
        if group is None:
            raise faults.ParameterGroupNotFoundFault(f"ParameterGroup not found: {name}")
        return group

    def subnet_group(self, region: str, name: str) -> SubnetGroup:
        name = name.lower()
        group = self.subnet_groups.get((region, name))
        if group is None and name == DEFAULT_SUBNET_GROUP:
            group = SubnetGroup(name, region, "The subnet group of clusters that name none")
        if group is None:
            raise faults.SubnetGroupNotFoundFault(f"SubnetGroup not found: {name}")
        return group

    # -------------------------------------------------------------- changing

    async def start(self, record: ClusterRecord) -> Running:
        """Start a cluster: caches of its own, listeners of its own."""
        group = self.parameter_group(record.region, record.parameter_group)
        site = self.site
        tuning = Tuning(
            nodes=len(record.nodes),
            item_ttl_ms=group.values[ITEM_TTL],
            query_ttl_ms=group.values[QUERY_TTL],
            item_capacity_bytes=site.tuning.item_capacity_bytes,
            query_capacity_bytes=site.tuning.query_capacity_bytes,
            replica_lag_seconds=site.tuning.replica_lag_seconds,
        )
        cluster = Cluster(site.database, tuning)
        where = Where(
            site.where.host,
            0,
            site.where.advertised,
            site.where.tls if record.encryption == "TLS" else None,
            name=record.name,
        )
        wanted = [node.port for node in record.nodes]
        endpoint = await Endpoint.open(cluster, where, site.ids, site.entrance, wanted)
        running = self.clusters[record.region, record.name] = Running(record, cluster, endpoint)
        return running

    async def keep(self) -> None:
        """Write everything down, with the ports that the nodes have got."""
        for running in self.clusters.values():
            for node, port in zip(running.record.nodes, running.endpoint.ports, strict=True):
                node.port = port
        kept = {
            "clusters": [*(running.record for running in self.clusters.values()), *self.down],
            "parameter_groups": list(self.parameter_groups.values()),
            "subnet_groups": list(self.subnet_groups.values()),
        }
        await self.site.database.remember(_ROW, orjson.dumps(kept))

    def happened(self, region: str, source_type: str, source_name: str, message: str) -> None:
        self.events.append(Event(region, source_type, source_name, message, self.now()))


# ------------------------------------------------------------------ operations

Run: TypeAlias = Callable[[Plane, str, Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API: `run` gets the plane, the region and the request."""

    shape: Structure
    run: Run


class ControlPlane:
    """The `dax` API: what stands beside the database behind the HTTP endpoint."""

    def __init__(self, plane: Plane, operations: Mapping[str, Operation]) -> None:
        self._plane = plane
        self._operations = operations

    def serves(self, api: str, operation: str) -> bool:
        return api == API and operation in self._operations

    def execute(self, operation: str, request: object, caller: Caller) -> Coroutine[Any, Any, Answer]:
        return self._execute(operation, request, caller)

    async def _execute(self, operation: str, request: object, caller: Caller) -> Answer:
        row = self._operations.get(operation)
        if row is None:
            raise UnknownOperationException
        validate(row.shape, request)
        assert isinstance(request, dict)
        async with self._plane.changing:
            return await row.run(self._plane, caller.region, request)


# ------------------------------------------------------------------ pages


def page(found: Sequence[T], request: Request, member: str, show: Callable[[T], object]) -> Answer:
    """The part of a list that a request asks for; its token says how many came before."""
    start = paging.start(
        request.get("NextToken"), faults.InvalidParameterValueException("NextToken is not valid")
    )
    size = request.get("MaxResults", _PAGE_SIZE)
    if not _SMALLEST_PAGE <= size <= _PAGE_SIZE:
        raise faults.InvalidParameterValueException(
            f"MaxResults must be from {_SMALLEST_PAGE} to {_PAGE_SIZE}"
        )
    shown, more = paging.page(found, start, size)
    return {member: [show(one) for one in shown], **more}


def tags_of(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags as a request lists them."""
    return {tag.get("Key", ""): tag.get("Value", "") for tag in given}
