"""CreateTable, DescribeTable, ListTables and DeleteTable.

Tables live in one region of one account: the one that the request was sent to. A status that ends by itself
(CREATING, DELETING) is kept as a due time; see `catalog/transitions.py`.
"""

from dataclasses import replace

from dynalite import limits
from dynalite.catalog import building, describe, features, rules, tagging, throughput, vectors
from dynalite.catalog.building import Birth
from dynalite.catalog.schema import Table
from dynalite.catalog.standing import IN_USE, check_free, check_standing, not_found
from dynalite.errors import ResourceInUseException, ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.policies import checked
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request


async def create_table(context: Context, request: Request) -> Answer:
    table = await new_table(context, request)

    def decide(present: Table | None) -> tuple[None, Table]:
        check_free(present)
        context.meter.check_change(None, table)
        return None, table

    await context.catalog.change(context.region, table.name, decide)
    return {"TableDescription": describe.description(table, {}, table.created_at)}


async def new_table(context: Context, request: Request) -> Table:
    """The table that a CreateTable request describes, before it is anywhere. Refuses what no table may be."""
    _check_new(request)
    catalog, now = context.catalog, context.clock.now()
    name = catalog.name(context.region, request["TableName"])
    return building.new_table(
        request,
        Birth(
            id=await catalog.new_id(),
            name=name,
            region=context.region,
            account=context.account,
            uuid=context.ids.uuid(),
            now=now,
            due_at=now + context.settings.transition_seconds,
            stream_shards=context.settings.stream_shards,
            last_sequence=await context.engine.last_sequence(),
            taken_label=_taken_label(context, name),
        ),
    )


def _taken_label(context: Context, name: str) -> str | None:
    """The last label of the streams that deleted tables of this name have left."""
    left = context.catalog.with_log(context.region, name)  # some only for recovery's sake
    return max((label for table in left if (label := table.latest_stream_label)), default=None)


def _check_new(request: Request) -> None:
    features.refuse(request, building.UNSUPPORTED)
    throughput.check_new(request)
    rules.check_schema(request)
    vectors.check_new(request)
    for index in request.get("GlobalSecondaryIndexes", ()):
        throughput.check_new_index(index, request.get("BillingMode", "PROVISIONED"))
    features.check_new_stream(request.get("StreamSpecification"))
    features.check_encryption(request.get("SSESpecification"))
    tagging.check(request.get("Tags", ()))
    if "ResourcePolicy" in request:
        checked(request["ResourcePolicy"])


async def describe_table(context: Context, request: Request) -> Answer:
    table = context.catalog.existing(context.region, request["TableName"])
    return {"Table": await described(context, table)}


async def described(context: Context, table: Table) -> describe.Description:
    """A table's description with its present figures."""
    values = await context.engine.read(describe.counters(table))
    return describe.description(table, describe.figures(table, values), context.clock.now())


async def list_tables(context: Context, request: Request) -> Answer:
    after = request.get("ExclusiveStartTableName", "")
    limit = request.get("Limit", limits.TABLE_NAMES_PER_PAGE)
    names = [name for name in context.catalog.names(context.region) if name > after]
    answer: Answer = {"TableNames": names[:limit]}
    if len(names) > limit:
        answer["LastEvaluatedTableName"] = names[limit - 1]
    return answer


async def delete_table(context: Context, request: Request) -> Answer:
    name = context.catalog.name(context.region, request["TableName"])
    due_at = context.clock.now() + context.settings.transition_seconds

    def decide(present: Table | None) -> tuple[Table, Table]:
        if present is None:
            raise not_found(name)
        _check_deletable(present)
        context.meter.check_change(present, None)
        leaving = replace(present, status="DELETING", due_at=due_at, applying=())
        return leaving, leaving

    return {
        "TableDescription": await described(
            context, await context.catalog.change(context.region, name, decide)
        )
    }


def _check_deletable(table: Table) -> None:
    check_standing(table)
    if table.deletion_protection:
        raise ValidationException(
            "Resource cannot be deleted as it is currently protected against deletion."
            " Disable deletion protection first."
        )
    if any(index.status != "ACTIVE" for index in table.every_index):
        raise ResourceInUseException(
            f"{IN_USE}Cannot delete table while indexes are being created, updated, or deleted."
        )
    if table.due_at is not None:
        raise ResourceInUseException(f"{IN_USE}Table: {table.name} is in the process of being updated.")


OPERATIONS = (
    Operation("CreateTable", SHAPES["CreateTable"], create_table, "control"),
    Operation("DescribeTable", SHAPES["DescribeTable"], describe_table, "reads"),
    Operation("ListTables", SHAPES["ListTables"], list_tables, "reads"),
    Operation("DeleteTable", SHAPES["DeleteTable"], delete_table, "control"),
)
