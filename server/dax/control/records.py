"""What the control plane remembers, as it is written down."""

from dataclasses import dataclass, field
from typing import Final

DEFAULT_PARAMETER_GROUP: Final = "default.dax1.0"
DEFAULT_SUBNET_GROUP: Final = "default"

ITEM_TTL: Final = "record-ttl-millis"
QUERY_TTL: Final = "query-ttl-millis"


@dataclass(slots=True)
class NodeRecord:
    """One node; `port` is where it listened last, and will again if it can."""

    id: str
    availability_zone: str
    created_at: float
    port: int = 0


@dataclass(slots=True)
class ClusterRecord:
    """A cluster. The first node is the primary."""

    name: str
    region: str
    node_type: str
    role_arn: str
    created_at: float
    nodes: list[NodeRecord]
    description: str = ""
    subnet_group: str = DEFAULT_SUBNET_GROUP
    security_groups: list[str] = field(default_factory=list)
    maintenance_window: str = "sun:05:00-sun:06:00"
    topic_arn: str = ""
    topic_status: str = "active"
    parameter_group: str = DEFAULT_PARAMETER_GROUP
    tags: dict[str, str] = field(default_factory=dict)
    encrypted_at_rest: bool = False
    encryption: str = "NONE"
    network_type: str = "ipv4"

    def arn(self, account: str) -> str:
        return f"arn:aws:dax:{self.region}:{account}:cache/{self.name}"


@dataclass(slots=True)
class ParameterGroup:
    """The two times to live, in milliseconds."""

    name: str
    region: str
    description: str = ""
    values: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class SubnetGroup:
    name: str
    region: str
    description: str = ""
    subnets: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. Events are not written down; a server that starts has none."""

    region: str
    source_type: str
    source_name: str
    message: str
    at: float
