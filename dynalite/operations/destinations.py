"""EnableKinesisStreamingDestination, DisableKinesisStreamingDestination, UpdateKinesisStreamingDestination
and DescribeKinesisStreamingDestination. What may become of one is told in `catalog/destinations.py`.

Nothing here speaks to Kinesis: an operation changes what a table wants to have, and what delivers finds it
there. Where nothing would ever deliver, a destination fails as it does for a stream that is not there: it is
ENABLING, and then ENABLE_FAILED with the reason.
"""

from collections.abc import Callable
from typing import Any

from dynalite.catalog import destinations
from dynalite.catalog.schema import DestinationStatus, Table
from dynalite.catalog.standing import not_found
from dynalite.errors import ValidationException
from dynalite.model.catalogue import SHAPES
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.values.types import Answer, Request

_NO_KINESIS = (
    "This server has no Kinesis to stream to: start it with --kinesis-endpoint and the URL of a server that"
    " speaks Kinesis' protocol"
)
_NOT_NOW = "Nothing is delivered while the server runs without --kinesis-endpoint"
_NO_CONFIGURATION = (
    "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration"
    " cannot be null or contain only null values"
)
_PRECISION = "ApproximateCreationDateTimePrecision"


async def enable_kinesis_streaming_destination(context: Context, request: Request) -> Answer:
    arn, configuration = request["StreamArn"], request.get("EnableKinesisStreamingConfiguration", {})
    now, due_at, shards = *_times(context), context.settings.stream_shards
    last_sequence = await context.engine.last_sequence()

    def change(table: Table) -> Table:
        precision = configuration.get(_PRECISION)
        if context.settings.kinesis_endpoint is None:
            return destinations.in_vain(table, arn, precision, now, due_at, _NO_KINESIS)
        return destinations.enabled(table, arn, precision, now, due_at, shards, last_sequence)

    name = await _change(context, request, change)
    return _answer(name, arn, "ENABLING", EnableKinesisStreamingConfiguration=configuration)


async def disable_kinesis_streaming_destination(context: Context, request: Request) -> Answer:
    if "EnableKinesisStreamingConfiguration" in request:
        raise ValidationException(
            "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters"
        )
    arn, (now, due_at) = request["StreamArn"], _times(context)
    name = await _change(context, request, lambda table: destinations.disabled(table, arn, now, due_at))
    return _answer(name, arn, "DISABLING")


async def update_kinesis_streaming_destination(context: Context, request: Request) -> Answer:
    configuration = request.get("UpdateKinesisStreamingConfiguration", {})
    if _PRECISION not in configuration:
        raise ValidationException(_NO_CONFIGURATION)
    arn, precision, (now, due_at) = request["StreamArn"], configuration[_PRECISION], _times(context)

    def change(table: Table) -> Table:
        return destinations.updated(table, arn, precision, now, due_at)

    name = await _change(context, request, change)
    return _answer(name, arn, "UPDATING", UpdateKinesisStreamingConfiguration=configuration)


async def describe_kinesis_streaming_destination(context: Context, request: Request) -> Answer:
    table, now = context.catalog.existing(context.region, request["TableName"]), context.clock.now()
    found = [destinations.described(one, now) for one in destinations.listed(table, now)]
    if context.settings.kinesis_endpoint is None and table.destination is not None:  # kept from other days
        for one in found:
            one["DestinationStatusDescription"] = _NOT_NOW
    return {"TableName": table.name, "KinesisDataStreamDestinations": found}


async def _change(context: Context, request: Request, change: Callable[[Table], Table]) -> str:
    """Change the table that a request names. Its name."""
    name = context.catalog.name(context.region, request["TableName"])

    def decide(present: Table | None) -> tuple[None, Table]:
        if present is None:
            raise not_found(name)
        return None, change(present)

    await context.catalog.change(context.region, name, decide)
    return name


def _times(context: Context) -> tuple[float, float]:
    """The present, and when a status that begins now may end."""
    now = context.clock.now()
    return now, now + context.settings.transition_seconds


def _answer(name: str, arn: str, status: DestinationStatus, **configuration: Any) -> Answer:
    return {"TableName": name, "StreamArn": arn, "DestinationStatus": status, **configuration}


OPERATIONS = (
    Operation(
        "EnableKinesisStreamingDestination",
        SHAPES["EnableKinesisStreamingDestination"],
        enable_kinesis_streaming_destination,
        "control",
    ),
    Operation(
        "DisableKinesisStreamingDestination",
        SHAPES["DisableKinesisStreamingDestination"],
        disable_kinesis_streaming_destination,
        "control",
    ),
    Operation(
        "UpdateKinesisStreamingDestination",
        SHAPES["UpdateKinesisStreamingDestination"],
        update_kinesis_streaming_destination,
        "control",
    ),
    Operation(
        "DescribeKinesisStreamingDestination",
        SHAPES["DescribeKinesisStreamingDestination"],
        describe_kinesis_streaming_destination,
        "reads",
    ),
)
