"""PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy, of tables. How a policy is kept and when it
may change is `catalog/policy.py`, what it says `access/policy.py`.

The policy of a table is in its descriptor and goes with it. Policies of streams are not kept.
"""

from dataclasses import replace

import orjson

from dynalite.catalog import arn, policy
from dynalite.catalog.policy import Change, Stored
from dynalite.catalog.rules import invalid
from dynalite.catalog.schema import Table
from dynalite.catalog.standing import check_not_leaving, not_found
from dynalite.errors import PolicyNotFoundException, ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

_MEMBER = "ResourcePolicy"  # under which a descriptor's settings keep it


async def put_resource_policy(context: Context, request: Request) -> Answer:
    name = _table_name(context, request["ResourceArn"])
    document = checked(request["Policy"])
    change = _change(context, name, request)

    def decide(table: Table | None) -> tuple[str, Table]:
        if table is None:
            raise not_found(name)
        wanted = policy.put(_kept(table), document, change)
        return wanted["RevisionId"], _keeping(table, wanted)

    return {"RevisionId": await context.catalog.change(context.region, name, decide)}


async def delete_resource_policy(context: Context, request: Request) -> Answer:
    name = _table_name(context, request["ResourceArn"])
    change = _change(context, name, request)

    def decide(table: Table | None) -> tuple[Stored | None, Table]:
        if table is None:
            raise not_found(name)
        present = _kept(table)
        return present, _keeping(table, policy.removed(present, change))

    last = await context.catalog.change(context.region, name, decide)
    return {} if last is None else {"RevisionId": last["RevisionId"]}


async def get_resource_policy(context: Context, request: Request) -> Answer:
    text = request["ResourceArn"]
    present = _kept(context.catalog.existing(context.region, _table_name(context, text)))
    if present is None or "Policy" not in present:
        raise PolicyNotFoundException(policy.NOT_FOUND + text)
    return dict(present)


def checked(text: str) -> str:
    """The canonical form of a document that is a policy in all its parts. Raises ValidationException."""
    from dynalite.access.policy import MalformedPolicy, resource  # few servers ever see a policy

    canonical = policy.canonical(text)
    try:
        resource("", orjson.loads(canonical))
    except MalformedPolicy as error:
        invalid(f"Invalid policy document: {error}")
    return canonical


def _table_name(context: Context, text: str) -> str:
    """The table that a ResourceArn names, which may not exist."""
    resource = arn.resource(text)
    if resource.region != context.region or resource.partition != "aws":
        invalid(f"Invalid resource Arn: {text}")
    if resource.account != context.account:
        raise ValidationException(
            "This action is only supported by accounts that match the resource owner’s account."
        )
    if resource.stream_label is not None:
        raise ValidationException("Policies of streams are not supported by this server")
    return resource.table


def _change(context: Context, name: str, request: Request) -> Change:
    return Change(name, request.get("ExpectedRevisionId"), context.clock.now())


def _kept(table: Table) -> Stored | None:
    kept: Stored | None = table.settings.get(_MEMBER)
    return kept


def _keeping(table: Table, wanted: Stored | None) -> Table:
    """The table with this policy. A table that comes or goes keeps what it has."""
    if wanted == table.settings.get(_MEMBER):
        return table
    if table.status == "CREATING":
        raise not_found(table.name)
    check_not_leaving(table)
    return replace(table, settings={**table.settings, _MEMBER: wanted})


OPERATIONS = (
    Operation("PutResourcePolicy", SHAPES["PutResourcePolicy"], put_resource_policy, "control"),
    Operation("GetResourcePolicy", SHAPES["GetResourcePolicy"], get_resource_policy, "reads"),
    Operation("DeleteResourcePolicy", SHAPES["DeleteResourcePolicy"], delete_resource_policy, "control"),
)
