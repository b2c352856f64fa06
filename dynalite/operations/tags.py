"""TagResource, UntagResource and ListTagsOfResource, of tables and of their streams. Which tags there may be
is `catalog/tagging.py`.

A listing is never paged: fifty tags, the most that a resource has, come at once, as the service was seen to
answer; so no `NextToken` is ever given out, and one that is sent belongs to nothing. A stream has its tags
for as long as its table is there, also once it is disabled. Backups have none.
"""

from collections.abc import Callable
from dataclasses import replace

from dynalite.catalog import arn, lineage, tagging
from dynalite.catalog.arn import ResourceArn
from dynalite.catalog.schema import Stream, Table
from dynalite.catalog.standing import check_not_leaving
from dynalite.catalog.tagging import Tags
from dynalite.errors import AnothersResource, ResourceNotFoundException, ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request


async def tag_resource(context: Context, request: Request) -> Answer:
    text, tags = request["ResourceArn"], request["Tags"]
    resource = _resource(context, text)
    if not tags:
        raise ValidationException("Atleast one Tag needs to be provided as Input.")
    tagging.check(tags)
    await _change(context, text, resource, lambda present: tagging.merged(present, tags))
    return {}


async def untag_resource(context: Context, request: Request) -> Answer:
    text, tag_keys = request["ResourceArn"], request["TagKeys"]
    resource = _resource(context, text)
    if not tag_keys:
        raise ValidationException("Atleast one Tag Key needs to be provided as Input.")
    tagging.check_keys(tag_keys)
    await _change(context, text, resource, lambda present: tagging.without(present, tag_keys))
    return {}


async def list_tags_of_resource(context: Context, request: Request) -> Answer:
    text = request["ResourceArn"]
    resource = _resource(context, text)
    table = context.catalog.find(context.region, resource.table)
    tags = None if table is None or table.status == "CREATING" else _tags(table, resource)
    if tags is None:  # captured: this operation alone spells it so
        raise ResourceNotFoundException(f"Requested resource not found: ResourcArn: {text} not found")
    if "NextToken" in request:
        raise ValidationException("Invalid NextToken")
    return {"Tags": list(tags)}


def _resource(context: Context, text: str) -> ResourceArn:
    """What a ResourceArn names, a table or a stream, which may not exist."""
    resource = arn.resource(text)
    if resource.region != context.region:
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {text}")
    if resource.account != context.account:
        raise AnothersResource(text)
    return resource


async def _change(context: Context, text: str, resource: ResourceArn, revise: Callable[[Tags], Tags]) -> None:
    def decide(present: Table | None) -> tuple[None, Table]:
        if present is None or present.status == "CREATING":
            raise _not_found(text)
        check_not_leaving(present)
        tags = _tags(present, resource)
        if tags is None:
            raise _not_found(text)
        return None, _with_tags(present, resource, revise(tags))

    await context.catalog.change(context.region, resource.table, decide)


def _tags(table: Table, resource: ResourceArn) -> Tags | None:
    """The tags of the table or of its stream; None when it has no such stream."""
    if resource.stream_label is None:
        tags: Tags = table.settings.get("Tags", [])
        return tags
    found = (stream.tags for stream in lineage.streams(table) if stream.label == resource.stream_label)
    return next(found, None)


def _with_tags(table: Table, resource: ResourceArn, tags: Tags) -> Table:
    if resource.stream_label is None:
        return replace(table, settings={**table.settings, "Tags": tags})

    def tagged(stream: Stream) -> Stream:
        return replace(stream, tags=tuple(tags)) if stream.label == resource.stream_label else stream

    current = table.stream and tagged(table.stream)
    return replace(table, stream=current, past_streams=tuple(map(tagged, table.past_streams)))


def _not_found(text: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Requested resource not found: ResourceArn: {text} not found")


OPERATIONS = (
    Operation("TagResource", SHAPES["TagResource"], tag_resource, "control"),
    Operation("UntagResource", SHAPES["UntagResource"], untag_resource, "control"),
    Operation("ListTagsOfResource", SHAPES["ListTagsOfResource"], list_tags_of_resource, "reads"),
)
