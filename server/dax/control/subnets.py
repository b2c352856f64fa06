"""Subnet groups, and what has happened: both are only told, nothing depends on them."""

from typing import Final

from dynalite.values.types import Answer, Request
from server.dax.control import faults
from server.dax.control.plane import Operation, Plane, page
from server.dax.control.records import DEFAULT_SUBNET_GROUP, Event, SubnetGroup
from server.dax.control.shapes import SHAPES

GROUPS_PER_REGION: Final = 50
_VPC: Final = "vpc-local"
_ZONES: Final = "abc"
_SECONDS_PER_MINUTE: Final = 60
_EVENT_MINUTES: Final = 24 * 60


async def create_subnet_group(plane: Plane, region: str, request: Request) -> Answer:
    name = request["SubnetGroupName"].lower()
    if (region, name) in plane.subnet_groups:
        raise faults.SubnetGroupAlreadyExistsFault(f"SubnetGroup already exists: {name}")
    if sum(where == region for where, _ in plane.subnet_groups) >= GROUPS_PER_REGION:
        raise faults.SubnetGroupQuotaExceededFault(f"A region has {GROUPS_PER_REGION} groups at most")
    group = SubnetGroup(name, region, request.get("Description", ""), request["SubnetIds"])
    plane.subnet_groups[region, name] = group
    await plane.keep()
    plane.happened(region, "SUBNET_GROUP", name, "Subnet group created.")
    return {"SubnetGroup": _shown(group)}


async def delete_subnet_group(plane: Plane, region: str, request: Request) -> Answer:
    group = plane.subnet_group(region, request["SubnetGroupName"])
    for (where, _), running in plane.clusters.items():
        if where == region and running.record.subnet_group == group.name:
            raise faults.SubnetGroupInUseFault(f"Cluster {running.record.name} uses the group")
    plane.subnet_groups.pop((region, group.name), None)
    await plane.keep()
    plane.happened(region, "SUBNET_GROUP", group.name, "Subnet group deleted.")
    return {"DeletionMessage": f"Subnet group {group.name} has been deleted."}


async def describe_subnet_groups(plane: Plane, region: str, request: Request) -> Answer:
    names = request.get("SubnetGroupNames")
    if names is None:
        own = {name for where, name in plane.subnet_groups if where == region}
        names = sorted(own | {DEFAULT_SUBNET_GROUP})
    found = [plane.subnet_group(region, name) for name in names]
    return page(found, request, "SubnetGroups", _shown)


async def update_subnet_group(plane: Plane, region: str, request: Request) -> Answer:
    group = plane.subnet_group(region, request["SubnetGroupName"])
    group.description = request.get("Description", group.description)
    group.subnets = request.get("SubnetIds", group.subnets)
    plane.subnet_groups[region, group.name] = group
    await plane.keep()
    return {"SubnetGroup": _shown(group)}


def _shown(group: SubnetGroup) -> Answer:
    return {
        "SubnetGroupName": group.name,
        "Description": group.description,
        "VpcId": _VPC,
        "Subnets": [
            {
                "SubnetIdentifier": subnet,
                "SubnetAvailabilityZone": f"{group.region}{_ZONES[number % len(_ZONES)]}",
                "SupportedNetworkTypes": ["ipv4"],
            }
            for number, subnet in enumerate(group.subnets)
        ],
        "SupportedNetworkTypes": ["ipv4"],
    }


async def describe_events(plane: Plane, region: str, request: Request) -> Answer:
    """Events of the last day, unless the request says when."""
    if "Duration" in request and ("StartTime" in request or "EndTime" in request):
        raise faults.InvalidParameterCombinationException("Duration excludes StartTime and EndTime")
    end = request.get("EndTime", plane.now())
    minutes = request.get("Duration", _EVENT_MINUTES)
    start = request.get("StartTime", end - minutes * _SECONDS_PER_MINUTE)

    def matches(event: Event) -> bool:
        return (
            event.region == region
            and start <= event.at <= end
            and request.get("SourceName", event.source_name) == event.source_name
            and request.get("SourceType", event.source_type) == event.source_type
        )

    return page([event for event in plane.events if matches(event)], request, "Events", _told)


def _told(event: Event) -> Answer:
    return {
        "SourceName": event.source_name,
        "SourceType": event.source_type,
        "Message": event.message,
        "Date": event.at,
    }


OPERATIONS: Final = {
    "CreateSubnetGroup": Operation(SHAPES["CreateSubnetGroup"], create_subnet_group),
    "DeleteSubnetGroup": Operation(SHAPES["DeleteSubnetGroup"], delete_subnet_group),
    "DescribeSubnetGroups": Operation(SHAPES["DescribeSubnetGroups"], describe_subnet_groups),
    "UpdateSubnetGroup": Operation(SHAPES["UpdateSubnetGroup"], update_subnet_group),
    "DescribeEvents": Operation(SHAPES["DescribeEvents"], describe_events),
}
