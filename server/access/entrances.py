"""The checked ways in, one for each protocol, over one verifier and one gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dynalite.access.gate import Gate
from dynalite.clock import Clock
from dynalite.database import Database
from server.access import keyring, requests
from server.access.guarded import GuardedDatabase, GuardedNode, GuardedService, Name, anything, cluster
from server.access.sigv4 import Verifier
from server.autoscaling import AutoScaling
from server.cloudwatch import CloudWatch
from server.dax import authorization
from server.dax.control.plane import ControlPlane
from server.dax.methods import Node
from server.dispatch import Identify, Service

_BESIDE: dict[type, tuple[str, Name]] = {
    AutoScaling: ("application-autoscaling", anything),
    CloudWatch: ("cloudwatch", anything),
    ControlPlane: ("dax", cluster),
}
"""The services beside DynamoDB: what their actions are called, and what their requests name."""


@dataclass(frozen=True, slots=True)
class Entrances:
    """Who asks, and may what."""

    verifier: Verifier

    @classmethod
    def open(cls, credentials: Path, account: str, clock: Clock) -> "Entrances":
        """By the keys of a credentials file. Raises WrongCredentials."""
        return cls(Verifier(keyring.load(credentials, account), clock))

    @property
    def http(self) -> Identify:
        return requests.identifier(self.verifier)

    def dax(self, database: Database) -> authorization.Entrance:
        """For the endpoints of DAX clusters."""
        gate = _gate(database)

        def guard(node: Node, cluster_name: str) -> Node:
            return GuardedNode(node, gate, cluster_name)

        return authorization.guarded(self.verifier, guard)

    def guarded(self, services: Iterable[Service], database: Database) -> list[Service]:
        """The services of the HTTP port, each behind the gate."""
        gate = _gate(database)
        found: list[Service] = []
        for service in services:
            beside = _BESIDE.get(type(service))
            if beside is None:
                found.append(GuardedDatabase(service, database, gate))
            else:
                found.append(GuardedService(service, gate, *beside))
        return found


def _gate(database: Database) -> Gate:
    return Gate(database.catalog, database.clock, database.settings.account)
