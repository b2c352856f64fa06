"""TagResource, UntagResource and ListTagsOfResource, of tables. Which tags there may be is
`catalog/tagging.py`.

A listing is never paged: fifty tags, the most that a table has, come at once, as the service was seen to
answer; so no `NextToken` is ever given out, and one that is sent belongs to nothing. Backups have no tags,
nor have they on the service. Tags of streams are not kept.
"""

from collections.abc import Callable
from dataclasses import replace

from dynalite.catalog import arn, tagging
from dynalite.catalog.schema import Table
from dynalite.catalog.store import being_deleted
from dynalite.catalog.tagging import Tags
from dynalite.errors import ResourceNotFoundException, ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request


async def tag_resource(context: Context, request: Request) -> Answer:
    text, tags = request["ResourceArn"], request["Tags"]
    name = _table_name(context, text)
    if not tags:
        raise ValidationException("Atleast one Tag needs to be provided as Input.")
    tagging.check(tags)
    await _change(context, text, name, lambda present: tagging.merged(present, tags))
    return {}


async def untag_resource(context: Context, request: Request) -> Answer:
    text, tag_keys = request["ResourceArn"], request["TagKeys"]
    name = _table_name(context, text)
    if not tag_keys:
        raise ValidationException("Atleast one Tag Key needs to be provided as Input.")
    tagging.check_keys(tag_keys)
    await _change(context, text, name, lambda present: tagging.without(present, tag_keys))
    return {}


async def list_tags_of_resource(context: Context, request: Request) -> Answer:
    text = request["ResourceArn"]
    table = context.catalog.find(context.region, _table_name(context, text))
    if table is None or table.status == "CREATING":
        raise _not_found(text)
    if "NextToken" in request:
        raise ValidationException("Invalid NextToken")
    return {"Tags": _tags(table)}


def _table_name(context: Context, text: str) -> str:
    """The table that a ResourceArn names, which may not exist."""
    resource = arn.resource(text)
    if resource.region != context.region:
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {text}")
    if resource.account != context.account:
        raise arn.denied(text, context.account)
    if resource.stream_label is not None:
        raise ValidationException("Tags of streams are not supported by this server")
    return resource.table


async def _change(context: Context, text: str, name: str, revise: Callable[[Tags], Tags]) -> None:
    def decide(present: Table | None) -> tuple[None, Table]:
        if present is None or present.status == "CREATING":
            raise _not_found(text)
        if present.status == "DELETING":
            raise being_deleted(present.name)
        return None, replace(present, settings={**present.settings, "Tags": revise(_tags(present))})

    await context.catalog.change(context.region, name, decide)


def _tags(table: Table) -> Tags:
    tags: Tags = table.settings.get("Tags", [])
    return tags


def _not_found(text: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Requested resource not found: ResourceArn: {text} not found")


OPERATIONS = (
    Operation("TagResource", SHAPES["TagResource"], tag_resource, "control"),
    Operation("UntagResource", SHAPES["UntagResource"], untag_resource, "control"),
    Operation("ListTagsOfResource", SHAPES["ListTagsOfResource"], list_tags_of_resource, "reads"),
)
