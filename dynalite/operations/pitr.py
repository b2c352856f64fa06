"""UpdateContinuousBackups, DescribeContinuousBackups and RestoreTableToPointInTime.

Enabling recovery takes two changes of the table. The first opens its change log to writers; only when that is
durable has every writer begun to keep it, and only then, with the second, can it be said from when on the
table can be restored. What a killed server left between the two, a job completes (`jobs/restoring.py`).

A restore answers at once, with a new table that is CREATING until the job has brought it its items.
"""

from dataclasses import replace

from dynalite.catalog import describe, lineage
from dynalite.catalog.schema import UNTIL_DONE, Recovery, Restore, Table
from dynalite.catalog.standing import passing
from dynalite.errors import (
    ContinuousBackupsUnavailableException,
    InvalidRestoreTimeException,
    PointInTimeRecoveryUnavailableException,
    TableAlreadyExistsException,
    TableInUseException,
    TableNotFoundException,
    ValidationException,
)
from dynalite.model.catalogue import SHAPES
from dynalite.operations import tables
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.recovery import blueprint, window
from dynalite.values.types import Answer, Request

_DEFAULT_PERIOD_DAYS = 35
_NO_WARM_THROUGHPUT = "WarmThroughput cannot be specified in a GlobalSecondaryIndexOverride. Index: "


# ------------------------------------------------------------------ continuous backups


async def update_continuous_backups(context: Context, request: Request) -> Answer:
    specification = request["PointInTimeRecoverySpecification"]
    name = existing(context, request["TableName"]).name
    if specification["PointInTimeRecoveryEnabled"]:
        await _enable(context, name, specification.get("RecoveryPeriodInDays", _DEFAULT_PERIOD_DAYS))
    elif "RecoveryPeriodInDays" in specification:
        raise ValidationException(
            "RecoveryPeriodInDays can only be specified when PointInTimeRecoveryEnabled is true"
        )
    else:
        await _disable(context, name)
    return await _described(context, name)


async def _enable(context: Context, name: str, period_days: int) -> None:
    now, shards = context.clock.now(), context.settings.stream_shards
    last_sequence = await context.engine.last_sequence()

    def open_log(present: Table | None) -> tuple[Table, Table]:
        table = _changeable(present, name)
        if table.recovery is not None:
            wanted = replace(table.recovery, period_days=period_days)
        else:
            wanted = Recovery(period_days)
        table = lineage.with_recovery(table, wanted, shards, now, last_sequence)
        return table, table

    await confirm(context, await context.catalog.change(context.region, name, open_log))


async def confirm(context: Context, table: Table) -> None:
    """Say from when on a table whose log has been opened can be restored."""
    now = context.clock.now()

    def decide(present: Table | None) -> tuple[None, Table | None]:
        if present is None or present.id != table.id:
            return None, present
        recovery = present.recovery
        if recovery is None or recovery.since is not None:
            return None, present
        return None, replace(present, recovery=replace(recovery, since=now))

    await context.catalog.change(table.region, table.name, decide)


async def _disable(context: Context, name: str) -> None:
    now = context.clock.now()

    def decide(present: Table | None) -> tuple[None, Table]:
        table = _changeable(present, name)
        if window.held(table.id, context.catalog.stored()):
            raise ContinuousBackupsUnavailableException(
                f"Point in time recovery cannot be disabled while table {name} is being restored from"
            )
        return None, lineage.without_recovery(table, now)

    await context.catalog.change(context.region, name, decide)


def _changeable(present: Table | None, name: str) -> Table:
    if present is None:
        raise not_found(name)
    if present.status in ("CREATING", "DELETING"):
        raise ContinuousBackupsUnavailableException(
            f"Backups are being enabled for the table: {name}. Please retry later"
        )
    return present


async def describe_continuous_backups(context: Context, request: Request) -> Answer:
    return await _described(context, existing(context, request["TableName"]).name)


async def _described(context: Context, name: str) -> Answer:
    table = existing(context, name)
    found = await _window(context, table)
    described: Answer = {"PointInTimeRecoveryStatus": "DISABLED" if found is None else "ENABLED"}
    if found is not None and table.recovery is not None:
        described |= {
            "RecoveryPeriodInDays": table.recovery.period_days,
            "EarliestRestorableDateTime": found.earliest,
            "LatestRestorableDateTime": found.latest,
        }
    return {
        "ContinuousBackupsDescription": {
            "ContinuousBackupsStatus": "ENABLED",
            "PointInTimeRecoveryDescription": described,
        }
    }


# ------------------------------------------------------------------ restore


async def restore_table_to_point_in_time(context: Context, request: Request) -> Answer:
    for index in request.get("GlobalSecondaryIndexOverride", ()):
        if "WarmThroughput" in index:
            raise ValidationException(_NO_WARM_THROUGHPUT + index["IndexName"])
    table = _source(context, request)
    at = await _moment(context, table, request)
    restore = Restore(at, table.arn, table.id, until=await context.engine.last_sequence())
    target = await new_target(context, request, blueprint.of(table), restore)
    return {"TableDescription": describe.description(target, {}, context.clock.now())}


def _source(context: Context, request: Request) -> Table:
    given = [request[member] for member in ("SourceTableArn", "SourceTableName") if member in request]
    if len(given) != 1:
        raise ValidationException("Exactly one of SourceTableArn and SourceTableName must be specified")
    return existing(context, given[0])


async def _moment(context: Context, table: Table, request: Request) -> float:
    """The time to restore to. Raises when it cannot be had."""
    found = await _window(context, table)
    if found is None:
        raise unavailable(table)
    latest = request.get("UseLatestRestorableTime", False)
    if latest == ("RestoreDateTime" in request):
        raise ValidationException(
            "Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified"
        )
    if latest:
        return found.latest
    at = found.meant_by(request["RestoreDateTime"])
    if at is None:
        raise InvalidRestoreTimeException(
            "An invalid restore time was specified. RestoreDateTime must be between"
            " EarliestRestorableDateTime and LatestRestorableDateTime."
        )
    return at


async def new_target(context: Context, request: Request, like: Request, restore: Restore) -> Table:
    """Make the table that a restore's items will go to: CREATING until they are there."""
    made = await tables.new_table(context, blueprint.overridden(like, request))
    target = replace(made, restore=restore, due_at=UNTIL_DONE)

    def decide(present: Table | None) -> tuple[None, Table]:
        _check_free(present, target.name)
        context.meter.check_change(None, target)
        return None, target

    await context.catalog.change(context.region, target.name, decide)
    return target


def _check_free(present: Table | None, name: str) -> None:
    if present is not None:
        check_standing(present)
        raise TableAlreadyExistsException(f"Table already exists: {name}")


# ------------------------------------------------------------------ what these operations share


def existing(context: Context, name: str) -> Table:
    """The table of this name or ARN, as the operations about backups look for it."""
    table = context.catalog.find(context.region, name)
    if table is None:
        raise not_found(context.catalog.name(context.region, name))
    return table


def not_found(name: str) -> TableNotFoundException:
    return TableNotFoundException(f"Table not found: {name}")


def check_standing(table: Table) -> None:
    """Raise TableInUseException for a table that is being created or deleted."""
    comes_or_goes = passing(table)
    if comes_or_goes is not None:
        raise TableInUseException(comes_or_goes)


def unavailable(table: Table) -> PointInTimeRecoveryUnavailableException:
    return PointInTimeRecoveryUnavailableException(
        f"Point in time recovery is not enabled for table '{table.name}'"
    )


async def _window(context: Context, table: Table) -> window.Window | None:
    return await window.of(context.engine, table, context.clock.now(), context.settings.pitr_lag_seconds)


OPERATIONS = (
    Operation(
        "UpdateContinuousBackups", SHAPES["UpdateContinuousBackups"], update_continuous_backups, "control"
    ),
    Operation(
        "DescribeContinuousBackups",
        SHAPES["DescribeContinuousBackups"],
        describe_continuous_backups,
        "reads",
    ),
    Operation(
        "RestoreTableToPointInTime",
        SHAPES["RestoreTableToPointInTime"],
        restore_table_to_point_in_time,
        "control",
    ),
)
