"""A cluster at work: a listening socket for each of its nodes.

Clients ask any node for all of them and dial what they are told, so every node must be reachable at the
address and port it is listed with.
"""

import asyncio
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from dynalite.cache.cluster import Cluster
from dynalite.ids import Ids, RequestIds
from server.dax.authorization import ANYBODY, Entrance
from server.dax.cbor import write_array, write_bytes, write_int, write_map, write_text
from server.dax.connection import Connection
from server.dax.methods import Node
from server.dax.responses import Writer
from server.outcome import cannot_listen
from server.turns import Turns

BACKLOG: Final = 1024
BEAT_SECONDS: Final = 1.0
MOST_CONNECTIONS: Final = 1024
"""Of one node. A client keeps ten or so, and each may be in the middle of a call of several megabytes."""
_LEAVING_SECONDS: Final = 5.0

_LEADER, _REPLICA = 1, 2


@dataclass(frozen=True, slots=True)
class Where:
    """Where the cluster of a name listens: node i at port + i, or each at any free port when `port` is 0."""

    host: str
    port: int
    advertised: str | None = None
    tls: ssl.SSLContext | None = None
    availability_zone: str = "us-east-1a"
    name: str = "default"


class Member:
    """One node of a cluster at work."""

    def __init__(self, endpoint: "Endpoint", node: Node) -> None:
        self.node = node
        self.writer = endpoint.writer
        self.entrance = endpoint.entrance
        self.served = endpoint.entrance.guard(node, endpoint.where.name)
        self.request_ids = endpoint.request_ids
        self.connections: set[Connection] = set()
        self.turns = Turns(self.connections)
        self.beats = 0
        self.listener: asyncio.Server | None = None
        self.endpoints = endpoint.listed

    @property
    def port(self) -> int:
        """Where it listens; 0 when it does not."""
        if self.listener is None or not self.listener.sockets:
            return 0
        port: int = self.listener.sockets[0].getsockname()[1]
        return port

    async def listen(self, where: Where, port: int) -> None:
        """Raises OSError."""
        self.listener = await asyncio.get_running_loop().create_server(
            lambda: Connection(self),
            where.host,
            port,
            backlog=BACKLOG,
            reuse_address=True,
            ssl=where.tls,
        )

    @property
    def is_crowded(self) -> bool:
        """Whether it has as many connections as it takes."""
        return len(self.connections) >= MOST_CONNECTIONS

    def beat(self) -> None:
        """A second has passed."""
        self.beats += 1
        for connection in tuple(self.connections):
            if connection.patient_until is not None and connection.patient_until <= self.beats:
                connection.lose_patience()

    def hang_up(self) -> None:
        """End all connections at once, as a node does that starts again."""
        for connection in tuple(self.connections):
            connection.lose_patience()

    async def close(self) -> None:
        """Stop listening and let the connections end their calls."""
        if self.listener is not None:
            self.listener.close()
        for connection in tuple(self.connections):
            connection.leave()
        waited = 0.0
        while self.connections and waited < _LEAVING_SECONDS:
            await asyncio.sleep(0.01)
            waited += 0.01
        self.hang_up()


class Endpoint:
    """A cluster's listeners. Made by `open`; `close` also ends the cluster's work in the background."""

    def __init__(self, cluster: Cluster, where: Where, ids: Ids, entrance: Entrance) -> None:
        self.cluster = cluster
        self.where = where
        self.entrance = entrance
        self.request_ids = RequestIds(ids)
        self.writer = Writer(cluster.attribute_lists)
        self.members: list[Member] = []
        self._leader_session = int.from_bytes(ids.token(4), "big") >> 1
        self._loop = asyncio.get_running_loop()
        self._beating = self._loop.call_later(BEAT_SECONDS, self._beat)

    @classmethod
    async def open(
        cls,
        cluster: Cluster,
        where: Where,
        ids: Ids,
        entrance: Entrance = ANYBODY,
        preferred_ports: Sequence[int] = (),
    ) -> "Endpoint":
        """Listen for every node; at the ports preferred if they are free. Raises Failure when an address
        cannot be had.
        """
        endpoint = cls(cluster, where, ids, entrance)
        try:
            await endpoint.follow(preferred_ports)
        except BaseException:
            await endpoint.close()
            raise
        return endpoint

    @property
    def ports(self) -> list[int]:
        return [member.port for member in self.members]

    @property
    def reachable_at(self) -> str:
        """An address of this machine at which clients find the nodes."""
        address = _address(self.where.advertised or self.where.host)
        if address.is_unspecified:
            return "127.0.0.1" if address.version == 4 else "::1"
        return str(address)

    async def follow(self, preferred_ports: Sequence[int] = ()) -> None:
        """Have a listener for each of the cluster's nodes, no more and no less."""
        by_node = {member.node: member for member in self.members}
        self.members = []
        for number, node in enumerate(self.cluster.nodes):
            member = by_node.pop(node, None)
            if member is None:
                member = Member(self, node)
                preferred = preferred_ports[number] if number < len(preferred_ports) else 0
                await self._listen(member, number, preferred)
            self.members.append(member)
        for member in by_node.values():
            await member.close()

    async def _listen(self, member: Member, number: int, preferred: int) -> None:
        if preferred:
            with suppress(OSError):
                await member.listen(self.where, preferred)
                return
        port = self.where.port + number if self.where.port else 0
        try:
            await member.listen(self.where, port)
        except OSError as error:
            raise cannot_listen(error, f"{self.where.host}:{port}", "--dax-port") from error

    async def close(self) -> None:
        self._beating.cancel()
        await asyncio.gather(*[member.close() for member in self.members])
        await self.cluster.settled()

    def listed(self, local_address: str) -> bytes:
        """The nodes as a client is told, which has reached us at `local_address`."""
        address = _address(self.where.advertised or local_address)
        return write_array(
            [
                write_map(
                    [
                        write_int(0) + write_int(number),
                        write_int(1) + write_text(str(address)),
                        write_int(2) + write_bytes(address.packed),
                        write_int(3) + write_int(member.port),
                        write_int(4) + write_int(_REPLICA if number else _LEADER),
                        write_int(5) + write_text(self.where.availability_zone),
                        write_int(6) + write_int(self._leader_session),
                    ]
                )
                for number, member in enumerate(self.members)
            ]
        )

    def _beat(self) -> None:
        for member in self.members:
            member.beat()
        self._beating = self._loop.call_later(BEAT_SECONDS, self._beat)


def _address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
