"""Parameter groups: names for a pair of times to live. A change reaches running clusters at once."""

from typing import Final

from dynalite.cache.cluster import DEFAULT_TTL_MS
from dynalite.values.digits import whole
from dynalite.values.types import Answer, Request
from server.dax.control import faults
from server.dax.control.clusters import apply_parameters
from server.dax.control.plane import Operation, Plane, page
from server.dax.control.records import DEFAULT_PARAMETER_GROUP, ITEM_TTL, QUERY_TTL, ParameterGroup
from server.dax.control.shapes import SHAPES

GROUPS_PER_REGION: Final = 20
_DESCRIPTIONS: Final = {
    ITEM_TTL: "How long the item cache holds an item, in milliseconds; 0: for ever",
    QUERY_TTL: "How long the query cache holds an answer, in milliseconds; 0: not at all",
}
_HIGHEST_TTL_MS: Final = 2**53


async def create_parameter_group(plane: Plane, region: str, request: Request) -> Answer:
    name = request["ParameterGroupName"]
    if not name or name.startswith("default."):
        raise faults.InvalidParameterValueException(f"Invalid parameter group name: {name}")
    if (region, name) in plane.parameter_groups:
        raise faults.ParameterGroupAlreadyExistsFault(f"ParameterGroup already exists: {name}")
    if sum(where == region for where, _ in plane.parameter_groups) >= GROUPS_PER_REGION:
        raise faults.ParameterGroupQuotaExceededFault(f"A region has {GROUPS_PER_REGION} groups at most")
    values = {ITEM_TTL: DEFAULT_TTL_MS, QUERY_TTL: DEFAULT_TTL_MS}
    group = ParameterGroup(name, region, request.get("Description", ""), values)
    plane.parameter_groups[region, name] = group
    await plane.keep()
    plane.happened(region, "PARAMETER_GROUP", name, "Parameter group created.")
    return {"ParameterGroup": _shown(group)}


async def delete_parameter_group(plane: Plane, region: str, request: Request) -> Answer:
    group = _own(plane, region, request["ParameterGroupName"])
    for (where, _), running in plane.clusters.items():
        if where == region and running.record.parameter_group == group.name:
            raise faults.InvalidParameterGroupStateFault(f"Cluster {running.record.name} uses the group")
    del plane.parameter_groups[region, group.name]
    await plane.keep()
    plane.happened(region, "PARAMETER_GROUP", group.name, "Parameter group deleted.")
    return {"DeletionMessage": f"Parameter group {group.name} has been deleted."}


async def describe_parameter_groups(plane: Plane, region: str, request: Request) -> Answer:
    names = request.get("ParameterGroupNames")
    if names is None:
        names = [DEFAULT_PARAMETER_GROUP]
        names += sorted(name for where, name in plane.parameter_groups if where == region)
    found = [plane.parameter_group(region, name) for name in names]
    return page(found, request, "ParameterGroups", _shown)


async def update_parameter_group(plane: Plane, region: str, request: Request) -> Answer:
    group = _own(plane, region, request["ParameterGroupName"])
    values = dict(group.values)
    for given in request["ParameterNameValues"]:
        name = given.get("ParameterName", "")
        if name not in _DESCRIPTIONS:
            raise faults.InvalidParameterValueException(f"Invalid parameter name: {name}")
        values[name] = _milliseconds(name, given.get("ParameterValue", ""))
    group.values = values
    await plane.keep()
    for (where, _), running in plane.clusters.items():
        if where == region and running.record.parameter_group == group.name:
            apply_parameters(plane, running)
    plane.happened(region, "PARAMETER_GROUP", group.name, "Parameter group updated.")
    return {"ParameterGroup": _shown(group)}


async def describe_parameters(plane: Plane, region: str, request: Request) -> Answer:
    group = plane.parameter_group(region, request["ParameterGroupName"])
    source = "system" if group.name == DEFAULT_PARAMETER_GROUP else "user"
    wanted = request.get("Source", source)
    found = [_parameter(name, group.values[name], source) for name in _DESCRIPTIONS if wanted == source]
    return page(found, request, "Parameters", lambda parameter: parameter)


async def describe_default_parameters(plane: Plane, region: str, request: Request) -> Answer:
    found = [_parameter(name, DEFAULT_TTL_MS, "user") for name in _DESCRIPTIONS]
    return page(found, request, "Parameters", lambda parameter: parameter)


def _own(plane: Plane, region: str, name: str) -> ParameterGroup:
    """A group that may be changed."""
    group = plane.parameter_group(region, name)
    if name == DEFAULT_PARAMETER_GROUP:
        raise faults.InvalidParameterGroupStateFault("The default parameter group cannot be changed")
    return group


def _milliseconds(name: str, text: str) -> int:
    milliseconds = whole(text, _HIGHEST_TTL_MS)
    if milliseconds is None:
        raise faults.InvalidParameterValueException(f"Invalid value for {name}: {text}")
    return milliseconds


def _shown(group: ParameterGroup) -> Answer:
    return {"ParameterGroupName": group.name, "Description": group.description}


def _parameter(name: str, milliseconds: int, source: str) -> Answer:
    return {
        "ParameterName": name,
        "ParameterType": "DEFAULT",
        "ParameterValue": str(milliseconds),
        "NodeTypeSpecificValues": [],
        "Description": _DESCRIPTIONS[name],
        "Source": source,
        "DataType": "integer",
        "AllowedValues": "0-",
        "IsModifiable": "TRUE",
        "ChangeType": "IMMEDIATE",
    }


OPERATIONS: Final = {
    "CreateParameterGroup": Operation(SHAPES["CreateParameterGroup"], create_parameter_group),
    "DeleteParameterGroup": Operation(SHAPES["DeleteParameterGroup"], delete_parameter_group),
    "DescribeParameterGroups": Operation(SHAPES["DescribeParameterGroups"], describe_parameter_groups),
    "UpdateParameterGroup": Operation(SHAPES["UpdateParameterGroup"], update_parameter_group),
    "DescribeParameters": Operation(SHAPES["DescribeParameters"], describe_parameters),
    "DescribeDefaultParameters": Operation(SHAPES["DescribeDefaultParameters"], describe_default_parameters),
}
