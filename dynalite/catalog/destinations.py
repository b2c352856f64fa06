"""Kinesis streaming destinations: what a table's may become, and what the service says to what they may not.

A table has one destination that is on (ENABLING, ACTIVE, UPDATING or DISABLING), and any number that were or
could not be. Enabling one is accepted whatever its stream: that there is no such stream shows afterwards, as
ENABLE_FAILED, once whoever delivers has looked (`server/kinesis/`). Disabling one ends what it gets; it is
DISABLING until that is delivered, and no longer than some minutes where the stream cannot be reached.

The words are the service's, captured in October 2026, except those for what nobody has captured: a precision
that is changed too often, a server without Kinesis. All functions are pure.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from dynalite import limits
from dynalite.catalog import lineage
from dynalite.catalog.schema import Destination, DestinationStatus, Table
from dynalite.catalog.standing import check_standing
from dynalite.errors import LimitExceededException, ValidationException

DEFAULT_PRECISION: Final = "MILLISECOND"
DISABLING_SECONDS: Final = 300.0
"""How long it is tried to deliver what a disabled destination has not got yet."""

_STATE: Final = "Table is not in a valid state to enable Kinesis Streaming Destination: "
ENDED: Final = ("DISABLED", "ENABLE_FAILED")

NOT_PERMITTED: Final = "User does not have a permission to use kinesis stream"
_BELONGS: Final = "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in "
_OTHER_REGION: Final = f"{_BELONGS}the current region"
NOT_ACTIVE: Final = f"{_BELONGS}Active state"
UNREACHED: Final = "Nothing could be delivered for 168 hours"


def status(destination: Destination, now: float) -> DestinationStatus:
    """What has become of a destination by `now` (epoch seconds)."""
    if destination.status == "UPDATING" and now >= destination.due_at:
        return "ACTIVE"
    if destination.status == "ENABLE_FAILED" and now < destination.due_at:
        return "ENABLING"
    if destination.status == "DISABLING" and now >= destination.due_at + DISABLING_SECONDS:
        return "DISABLED"
    return destination.status


def busy(destination: Destination, now: float) -> bool:
    """Whether there is, or may be, something to deliver to it."""
    return status(destination, now) not in ENDED


def listed(table: Table, now: float) -> Iterable[Destination]:
    """The destinations that are shown: those that have ended for a day."""
    return (one for one in table.destinations if busy(one, now) or now < one.due_at + limits.STREAM_SECONDS)


def described(destination: Destination, now: float) -> dict[str, Any]:
    state = status(destination, now)
    optional = {
        "DestinationStatusDescription": destination.description if state in ENDED else None,
        "ApproximateCreationDateTimePrecision": destination.precision,
    }
    return {
        "StreamArn": destination.stream_arn,
        "DestinationStatus": state,
        **{member: value for member, value in optional.items() if value is not None},
    }


# ------------------------------------------------------------------ what a client asks for


def enabled(
    table: Table, arn: str, precision: str | None, now: float, due_at: float, shards: int, last_sequence: int
) -> Table:
    """The table with a destination ENABLING. A log that must be begun gets so many shards, and sequences
    above `last_sequence`.
    """
    table = _free(table, now)
    wanted = Destination(arn, "ENABLING", due_at, first_shard=0, precision=precision)
    return lineage.with_destination(table, wanted, shards, now, last_sequence)


def in_vain(table: Table, arn: str, precision: str | None, now: float, due_at: float, why: str) -> Table:
    """The table with a destination that is ENABLING, and then ENABLE_FAILED: nothing delivers to it."""
    table = _free(table, now)
    shard = table.next_shard
    failing = Destination(arn, "ENABLE_FAILED", due_at, shard, shard, precision, description=why)
    return lineage.with_changed(table, failing)


def _free(table: Table, now: float) -> Table:
    """The table without the destinations that are no longer shown. Raises what a client is told whose table
    can have none now.
    """
    if any(busy(one, now) for one in table.destinations):
        raise ValidationException(
            f"{_STATE}EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE"
            " operation."
        )
    check_standing(table)
    return replace(table, destinations=tuple(listed(table, now)))


def disabled(table: Table, arn: str, now: float, due_at: float) -> Table:
    """The table with the destination DISABLING, perhaps again."""
    found = _find(table, arn)
    state = None if found is None else status(found, now)
    if found is None or state not in ("ACTIVE", "DISABLING"):
        raise ValidationException(
            f"{_STATE}KinesisStreamingDestination must be ACTIVE to perform DISABLE operation."
        )
    if state == "DISABLING":
        return table
    return lineage.without_destination(table, replace(found, status="DISABLING", due_at=due_at), now)


def updated(table: Table, arn: str, precision: str, now: float, due_at: float) -> Table:
    """The table with the destination UPDATING to another precision."""
    found = _find(table, arn)
    if found is None:
        raise ValidationException(
            f"{_STATE}No streaming destination with streamArn: {arn} found for table with tableName:"
            f" {table.name}"
        )
    if status(found, now) != "ACTIVE":
        raise ValidationException(
            f"{_STATE}Kinesis streaming is not in ACTIVE state. Updates are only allowed in ACTIVE state."
            f" TableName: {table.name}"
        )
    if precision == (found.precision or DEFAULT_PRECISION):
        raise ValidationException(
            f"Invalid Request: Precision is already set to the desired value of {precision} for tableId:"
            f" {table.uuid}, kdsArn: {arn}"
        )
    today = tuple(at for at in found.changed_at if now - at < limits.PRECISION_CHANGES_SECONDS)
    if len(today) >= limits.PRECISION_CHANGES:
        raise LimitExceededException(
            f"The precision of a streaming destination can be changed {limits.PRECISION_CHANGES} times in 24"
            f" hours: tableId: {table.uuid}, kdsArn: {arn}"
        )
    wanted = replace(found, status="UPDATING", due_at=due_at, precision=precision, changed_at=(*today, now))
    return lineage.with_changed(table, wanted)


def _find(table: Table, arn: str) -> Destination | None:
    return next((one for one in table.destinations if one.stream_arn == arn), None)


# ------------------------------------------------------------------ what becomes of it


def arn_fault(arn: str, region: str) -> str | None:
    """What is wrong with a stream's ARN, seen from a table's region; None when nothing is."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return NOT_PERMITTED
    _, _, service, of_region, _, resource = parts
    kind, _, name = resource.partition("/")
    if service != "kinesis" or kind != "stream" or not name or "/" in name:
        return NOT_PERMITTED
    return None if of_region == region else _OTHER_REGION


def ended(table: Table, before: Destination, into: DestinationStatus, why: str | None, now: float) -> Table:
    """The table with a destination at its end, if it is still the one that was known `before`: DISABLED, or
    ENABLE_FAILED with the reason.
    """
    found = _same(table, before)
    if found is None:
        return table
    at_end = replace(found, status=into, due_at=now, description=why)
    if found.end_shard is None:
        return lineage.without_destination(table, at_end, now)
    return lineage.with_changed(table, at_end)


def active(table: Table, before: Destination) -> Table:
    """The table with a destination ACTIVE that was ENABLING."""
    found = _same(table, before)
    if found is None or found.status != "ENABLING":
        return table
    return lineage.with_changed(table, replace(found, status="ACTIVE"))


def _same(table: Table, before: Destination) -> Destination | None:
    """The destination as it is now; None when it has ended, or was enabled anew."""
    found = _find(table, before.stream_arn)
    if found is None or found.first_shard != before.first_shard or found.status in ENDED:
        return None
    return found
