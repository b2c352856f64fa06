"""Tags of clusters. Groups have none."""

from typing import Final

from dynalite.limits import TAGS_PER_RESOURCE
from dynalite.values.types import Answer, Request
from server.dax.control import faults
from server.dax.control.plane import Operation, Plane, Running, tags_of
from server.dax.control.shapes import SHAPES

_ARN_PARTS: Final = 6


async def list_tags(plane: Plane, region: str, request: Request) -> Answer:
    return _listed(_resource(plane, region, request["ResourceName"]))


async def tag_resource(plane: Plane, region: str, request: Request) -> Answer:
    running = _resource(plane, region, request["ResourceName"])
    tags = {**running.record.tags, **tags_of(request["Tags"])}
    check_quota(tags)
    running.record.tags = tags
    await plane.keep()
    return _listed(running)


async def untag_resource(plane: Plane, region: str, request: Request) -> Answer:
    running = _resource(plane, region, request["ResourceName"])
    unknown = [key for key in request["TagKeys"] if key not in running.record.tags]
    if unknown:
        raise faults.TagNotFoundFault(f"Tags not found: {', '.join(unknown)}")
    for key in request["TagKeys"]:
        running.record.tags.pop(key, None)
    await plane.keep()
    return _listed(running)


def check_quota(tags: dict[str, str]) -> None:
    if len(tags) > TAGS_PER_RESOURCE:
        raise faults.TagQuotaPerResourceExceeded(f"A resource has {TAGS_PER_RESOURCE} tags at most")


def _resource(plane: Plane, region: str, arn: str) -> Running:
    parts = arn.split(":")
    kind, _, name = parts[-1].partition("/")
    if len(parts) != _ARN_PARTS or parts[:3] != ["arn", "aws", "dax"] or kind != "cache" or not name:
        raise faults.InvalidARNFault(f"Not the ARN of a cluster: {arn}")
    return plane.cluster(region, name)


def _listed(running: Running) -> Answer:
    return {"Tags": [{"Key": key, "Value": value} for key, value in running.record.tags.items()]}


OPERATIONS: Final = {
    "ListTags": Operation(SHAPES["ListTags"], list_tags),
    "TagResource": Operation(SHAPES["TagResource"], tag_resource),
    "UntagResource": Operation(SHAPES["UntagResource"], untag_resource),
}
