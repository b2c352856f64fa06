"""Clusters: made, described, resized, rebooted and deleted."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from dynalite.values.types import Answer, Request
from server.dax.control import faults
from server.dax.control.plane import Operation, Plane, Running, page, tags_of
from server.dax.control.records import ITEM_TTL, QUERY_TTL, ClusterRecord, NodeRecord
from server.dax.control.shapes import SHAPES
from server.dax.control.tags import check_quota

NODES_PER_CLUSTER: Final = 11
NODES_PER_REGION: Final = 50
_NAME: Final = re.compile(r"[a-z](?:-?[a-z0-9])*").fullmatch
_NAME_LENGTH: Final = 20
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_DAY_AND_TIME: Final = rf"({'|'.join(_DAYS)}):([01]\d|2[0-3]):([0-5]\d)"
_WINDOW: Final = re.compile(f"{_DAY_AND_TIME}-{_DAY_AND_TIME}", re.ASCII).fullmatch
_SHORTEST_WINDOW_MINUTES: Final = 60
_WEEK_MINUTES: Final = 7 * 24 * 60
_ZONES: Final = "abc"


async def create_cluster(plane: Plane, region: str, request: Request) -> Answer:
    name = request["ClusterName"].lower()
    if not _NAME(name) or len(name) > _NAME_LENGTH:
        raise faults.InvalidParameterValueException(
            f"Cluster names have 1 to {_NAME_LENGTH} letters, digits and single hyphens, begin with a letter"
            " and do not end with a hyphen"
        )
    if (region, name) in plane.clusters:
        raise faults.ClusterAlreadyExistsFault(f"Cluster already exists: {name}")
    if not request["NodeType"].startswith("dax."):
        raise faults.InvalidParameterValueException(f"Invalid node type: {request['NodeType']}")
    if not request["IamRoleArn"].startswith("arn:"):
        raise faults.InvalidParameterValueException("IamRoleArn must be an ARN")
    tags = tags_of(request.get("Tags", ()))
    check_quota(tags)
    encryption = request.get("ClusterEndpointEncryptionType", "NONE")
    if encryption == "TLS" and plane.site.where.tls is None:
        raise faults.InvalidParameterCombinationException(
            "The server has no certificate to encrypt endpoints with: start it with --dax-certificate"
        )
    _check_node_count(plane, region, request["ReplicationFactor"], 0)
    record = ClusterRecord(
        name=name,
        region=region,
        node_type=request["NodeType"],
        role_arn=request["IamRoleArn"],
        created_at=plane.now(),
        nodes=_new_nodes(plane, region, name, 0, request["ReplicationFactor"], request),
        tags=tags,
        encrypted_at_rest=request.get("SSESpecification", {}).get("Enabled", False),
        encryption=encryption,
        network_type=request.get("NetworkType", "ipv4"),
    )
    record.subnet_group = plane.subnet_group(region, request.get("SubnetGroupName", record.subnet_group)).name
    _describe_anew(plane, record, request)
    running = await plane.start(record)
    await plane.keep()
    plane.happened(region, "CLUSTER", name, "Cluster created.")
    return {"Cluster": shown(plane, running, "creating")}


async def delete_cluster(plane: Plane, region: str, request: Request) -> Answer:
    running = _available(plane, region, request["ClusterName"])
    answer: Answer = {"Cluster": shown(plane, running, "deleting")}
    del plane.clusters[region, running.record.name]
    await plane.keep()
    await running.endpoint.close()
    plane.happened(region, "CLUSTER", running.record.name, "Cluster deleted.")
    return answer


async def describe_clusters(plane: Plane, region: str, request: Request) -> Answer:
    names = request.get("ClusterNames")
    if names is None:
        found = [plane.clusters[place] for place in sorted(plane.clusters) if place[0] == region]
    else:
        found = [plane.cluster(region, name) for name in names]
    return page(found, request, "Clusters", lambda running: shown(plane, running))


async def update_cluster(plane: Plane, region: str, request: Request) -> Answer:
    running = _available(plane, region, request["ClusterName"])
    _describe_anew(plane, running.record, request)
    apply_parameters(plane, running)
    await plane.keep()
    return {"Cluster": shown(plane, running)}


async def increase_replication_factor(plane: Plane, region: str, request: Request) -> Answer:
    running = _available(plane, region, request["ClusterName"])
    record = running.record
    wanted, present = request["NewReplicationFactor"], len(record.nodes)
    if wanted <= present:
        raise faults.InvalidParameterValueException(f"The cluster has {present} nodes already")
    _check_node_count(plane, region, wanted, present)
    added = _new_nodes(plane, region, record.name, present, wanted, request)
    for _ in added:
        running.cluster.add_node()
    await running.endpoint.follow()
    record.nodes += added
    await plane.keep()
    for node in added:
        plane.happened(region, "CLUSTER", record.name, f"Added node {node.id}.")
    return {"Cluster": shown(plane, running, "modifying")}


async def decrease_replication_factor(plane: Plane, region: str, request: Request) -> Answer:
    running = _available(plane, region, request["ClusterName"])
    record = running.record
    wanted, present = request["NewReplicationFactor"], len(record.nodes)
    if not 1 <= wanted < present:
        raise faults.InvalidParameterValueException(f"The cluster has {present} nodes and must keep one")
    leaving = request.get("NodeIdsToRemove") or _last_nodes(
        record, present - wanted, request.get("AvailabilityZones")
    )
    if len(leaving) != present - wanted:
        raise faults.InvalidParameterCombinationException(
            "NodeIdsToRemove must name as many nodes as are to leave, and AvailabilityZones have as many"
        )
    numbers = {_number(running, node_id) for node_id in leaving}
    if len(numbers) != len(leaving):
        raise faults.InvalidParameterCombinationException("NodeIdsToRemove must name each node once")
    for number in sorted(numbers, reverse=True):  # from the end, so that those before keep their places
        running.cluster.remove_node(number)
        del record.nodes[number]
    await running.endpoint.follow()
    await plane.keep()
    for node_id in leaving:
        plane.happened(region, "CLUSTER", record.name, f"Removed node {node_id}.")
    return {"Cluster": {**shown(plane, running, "modifying"), "NodeIdsToRemove": leaving}}


async def reboot_node(plane: Plane, region: str, request: Request) -> Answer:
    """Break the node's connections. What it holds in its caches survives a reboot."""
    running = _available(plane, region, request["ClusterName"])
    number = _number(running, request["NodeId"])
    running.endpoint.members[number].hang_up()
    plane.happened(region, "CLUSTER", running.record.name, f"Rebooted node {request['NodeId']}.")
    return {"Cluster": shown(plane, running, "modifying", rebooting=number)}


def apply_parameters(plane: Plane, running: Running) -> None:
    """Have a cluster live by its parameter group."""
    values = plane.parameter_group(running.record.region, running.record.parameter_group).values
    running.cluster.live_for(values[ITEM_TTL], values[QUERY_TTL])


# ------------------------------------------------------------------ parts


def _available(plane: Plane, region: str, name: str) -> Running:
    """The cluster of a name, to be changed: not while it is being created."""
    running = plane.cluster(region, name)
    if _coming(plane, running.record):
        raise faults.InvalidClusterStateFault(f"Cluster is not available: {name}")
    return running


def _check_node_count(plane: Plane, region: str, wanted: int, present: int) -> None:
    if wanted < 1:
        raise faults.InvalidParameterValueException("A cluster has one node at least")
    if wanted > NODES_PER_CLUSTER:
        raise faults.NodeQuotaForClusterExceededFault(f"A cluster has {NODES_PER_CLUSTER} nodes at most")
    others = sum(len(one.record.nodes) for (where, _), one in plane.clusters.items() if where == region)
    if others - present + wanted > NODES_PER_REGION:
        raise faults.NodeQuotaForCustomerExceededFault(f"A region has {NODES_PER_REGION} nodes at most")


def _new_nodes(
    plane: Plane, region: str, name: str, present: int, wanted: int, request: Request
) -> list[NodeRecord]:
    zones = request.get("AvailabilityZones") or [
        f"{region}{_ZONES[number % len(_ZONES)]}" for number in range(present, wanted)
    ]
    if len(zones) != wanted - present:
        raise faults.InvalidParameterCombinationException(
            "AvailabilityZones must name as many zones as there are new nodes"
        )
    taken = {node.id for node in plane.clusters[region, name].record.nodes} if present else set()
    letters = (f"{name}-{chr(ord('a') + number)}" for number in range(26))
    free = (node_id for node_id in letters if node_id not in taken)
    return [NodeRecord(next(free), zone, plane.now()) for zone in zones]


def _last_nodes(record: ClusterRecord, count: int, zones: Sequence[str] | None) -> list[str]:
    """The nodes that were added last, in certain zones if any are named; fewer where there are no more."""
    found = [node.id for node in record.nodes if not zones or node.availability_zone in zones]
    return found[-count:]


def _describe_anew(plane: Plane, record: ClusterRecord, request: Request) -> None:
    """Take over what creating and updating a cluster have in common, or nothing where some of it is wrong."""
    window = request.get("PreferredMaintenanceWindow", record.maintenance_window)
    _check_window(window)
    name = request.get("ParameterGroupName", record.parameter_group)
    record.parameter_group = plane.parameter_group(record.region, name).name
    record.description = request.get("Description", record.description)
    record.maintenance_window = window
    record.topic_arn = request.get("NotificationTopicArn", record.topic_arn)
    record.topic_status = request.get("NotificationTopicStatus", record.topic_status)
    record.security_groups = request.get("SecurityGroupIds", record.security_groups)


def _check_window(window: str) -> None:
    found = _WINDOW(window)
    if found is None:
        raise faults.InvalidParameterValueException(f"Not a ddd:hh24:mi-ddd:hh24:mi: {window}")
    start, end = _minutes(*found.group(1, 2, 3)), _minutes(*found.group(4, 5, 6))
    if (end - start) % _WEEK_MINUTES < _SHORTEST_WINDOW_MINUTES:
        raise faults.InvalidParameterValueException(
            f"A maintenance window has {_SHORTEST_WINDOW_MINUTES} minutes at least: {window}"
        )


def _minutes(day: str, hours: str, minutes: str) -> int:
    """A moment of the week."""
    return (_DAYS.index(day) * 24 + int(hours)) * 60 + int(minutes)


def _number(running: Running, node_id: str) -> int:
    for number, node in enumerate(running.record.nodes):
        if node.id == node_id:
            return number
    raise faults.NodeNotFoundFault(f"Node not found: {node_id}")


def shown(plane: Plane, running: Running, status: str = "available", rebooting: int | None = None) -> Answer:
    """A cluster as the API describes it."""
    record = running.record
    if status == "available" and _coming(plane, record):
        status = "creating"
    answer: Answer = {
        "ClusterName": record.name,
        "Description": record.description,
        "ClusterArn": record.arn(plane.account),
        "TotalNodes": len(record.nodes),
        "ActiveNodes": len(record.nodes) if status != "creating" else 0,
        "NodeType": record.node_type,
        "Status": status,
        "ClusterDiscoveryEndpoint": _endpoint(running, 0),
        "PreferredMaintenanceWindow": record.maintenance_window,
        "SubnetGroup": record.subnet_group,
        "SecurityGroups": [
            {"SecurityGroupIdentifier": group, "Status": "active"} for group in record.security_groups
        ],
        "IamRoleArn": record.role_arn,
        "ParameterGroup": {
            "ParameterGroupName": record.parameter_group,
            "ParameterApplyStatus": "in-sync",
            "NodeIdsToReboot": [],
        },
        "SSEDescription": {"Status": "ENABLED" if record.encrypted_at_rest else "DISABLED"},
        "ClusterEndpointEncryptionType": record.encryption,
        "NetworkType": record.network_type,
    }
    if status not in ("creating", "deleting"):  # then only the cluster itself is told about
        answer["Nodes"] = [
            _node(running, number, "rebooting" if number == rebooting else status)
            for number in range(len(record.nodes))
        ]
    if record.topic_arn:
        answer["NotificationConfiguration"] = {
            "TopicArn": record.topic_arn,
            "TopicStatus": record.topic_status,
        }
    return answer


def _coming(plane: Plane, record: ClusterRecord) -> bool:
    """Whether a cluster is still being created."""
    return plane.now() < record.created_at + plane.site.database.settings.transition_seconds


def _node(running: Running, number: int, status: str) -> Mapping[str, object]:
    node = running.record.nodes[number]
    return {
        "NodeId": node.id,
        "Endpoint": _endpoint(running, number),
        "NodeCreateTime": node.created_at,
        "AvailabilityZone": node.availability_zone,
        "NodeStatus": status,
        "ParameterGroupStatus": "in-sync",
    }


def _endpoint(running: Running, number: int) -> Mapping[str, object]:
    """Where a node is reached, as a client is told."""
    address = running.endpoint.reachable_at
    port = running.endpoint.ports[number] if number < len(running.endpoint.ports) else 0
    scheme = "daxs" if running.record.encryption == "TLS" else "dax"
    host = f"[{address}]" if ":" in address else address
    return {"Address": address, "Port": port, "URL": f"{scheme}://{host}:{port}"}


OPERATIONS: Final = {
    "CreateCluster": Operation(SHAPES["CreateCluster"], create_cluster),
    "DeleteCluster": Operation(SHAPES["DeleteCluster"], delete_cluster),
    "DescribeClusters": Operation(SHAPES["DescribeClusters"], describe_clusters),
    "UpdateCluster": Operation(SHAPES["UpdateCluster"], update_cluster),
    "IncreaseReplicationFactor": Operation(SHAPES["IncreaseReplicationFactor"], increase_replication_factor),
    "DecreaseReplicationFactor": Operation(SHAPES["DecreaseReplicationFactor"], decrease_replication_factor),
    "RebootNode": Operation(SHAPES["RebootNode"], reboot_node),
}
