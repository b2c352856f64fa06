"""CreateBackup, DescribeBackup, ListBackups, DeleteBackup and RestoreTableFromBackup.

A backup and a restore answer at once; a job does the work (`jobs/backing_up.py`, `jobs/loading.py`). A backup
holds the table as it was when the answer was given. A table with point-in-time recovery leaves one more, of
type SYSTEM, when it is deleted (`catalog/store.py`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from dynalite.catalog import backup as backups
from dynalite.catalog import describe, expiring
from dynalite.catalog.backup import Backup
from dynalite.catalog.schema import Restore, Table
from dynalite.errors import BackupInUseException, BackupNotFoundException, InternalServerError
from dynalite.model.catalogue import SHAPES
from dynalite.operations import pitr
from dynalite.operations.context import Context
from dynalite.operations.registry import Operation
from dynalite.recovery import blueprint
from dynalite.recovery.vault import DamagedFile
from dynalite.storage.engine import Batch, write_batch
from dynalite.values.types import Answer, Request

_PER_PAGE = 100


async def create_backup(context: Context, request: Request) -> Answer:
    table = pitr.existing(context, request["TableName"])
    pitr.check_standing(table)
    context.vault.check()
    now = context.clock.now()
    backup = Backup(
        id=backups.identifier(now, context.ids.hex(backups.ID_DIGITS)),
        name=request["BackupName"],
        type="USER",
        table=table,
        created_at=now,
    )
    context.vault.snapshots[backup.id] = context.engine.snapshot()
    try:
        await write_batch(context.engine, _row(backup))
    except Exception:  # while a snapshot is open the engine keeps the rows that it shows
        context.vault.snapshots.pop(backup.id).close()
        raise
    context.catalog.work.set()
    return {"BackupDetails": _details(backup)}


async def describe_backup(context: Context, request: Request) -> Answer:
    arn = request["BackupArn"]
    (stored,) = await context.engine.read([backups.key_of(context.region, arn)])
    return {"BackupDescription": _description(_existing(arn, stored))}


async def list_backups(context: Context, request: Request) -> Answer:
    wanted = await _wanted(context, request)
    limit = request.get("Limit", _PER_PAGE)
    answer: Answer = {"BackupSummaries": [_summary(backup) for backup in wanted[:limit]]}
    if len(wanted) > limit:
        answer["LastEvaluatedBackupArn"] = wanted[limit - 1].arn
    return answer


async def _wanted(context: Context, request: Request) -> Sequence[Backup]:
    """What a request to list asks for, behind where the last page ended."""
    name = None
    if "TableName" in request:
        name = context.catalog.name(context.region, request["TableName"])
    type_ = request.get("BackupType", "USER")
    lower = request.get("TimeRangeLowerBound", float("-inf"))
    upper = request.get("TimeRangeUpperBound", float("inf"))
    _, _, after = request.get("ExclusiveStartBackupArn", "").rpartition("/")
    return [
        backup
        for backup in await backups.of_region(context.engine, context.region)
        if name in (None, backup.table.name)
        and type_ in ("ALL", backup.type)
        and lower <= _told(backup.created_at) < upper
        and backup.id > after
    ]


async def delete_backup(context: Context, request: Request) -> Answer:
    arn = request["BackupArn"]

    def decide(values: Sequence[bytes | None]) -> tuple[Backup, Batch]:
        backup = _available(arn, values[0])
        if being_restored(context, backup):
            raise BackupInUseException(f"Backup is being restored: {arn}")
        deleted = replace(backup, status="DELETED")
        return deleted, _row(deleted)

    deleted = await context.engine.update([backups.key_of(context.region, arn)], decide)
    context.catalog.work.set()
    return {"BackupDescription": _description(deleted)}


def being_restored(context: Context, backup: Backup) -> bool:
    """Whether a table takes its items from the backup, or is about to."""
    return backup.arn in context.vault.restoring or any(
        table.restore is not None and not table.restore.done and table.restore.backup_arn == backup.arn
        for table in context.catalog.stored()
    )


async def restore_table_from_backup(context: Context, request: Request) -> Answer:
    arn = request["BackupArn"]
    context.vault.restoring.append(arn)  # from here on the backup cannot be deleted
    try:
        backup = await context.engine.update(  # which sees a deletion that is still on its way to disk
            [backups.key_of(context.region, arn)], lambda values: (_available(arn, values[0]), None)
        )
        await _verify(context, backup)
        restore = Restore(backup.created_at, backup.table.arn, backup_arn=arn)
        target = await pitr.new_target(context, request, blueprint.of(backup.table), restore)
    finally:
        context.vault.restoring.remove(arn)
    return {"TableDescription": describe.description(target, {}, context.clock.now())}


async def _verify(context: Context, backup: Backup) -> None:
    """Compare every file with its checksum, so that no damaged backup is ever restored by half."""
    for file in backup.files:
        try:
            await asyncio.to_thread(context.vault.fetch, file)
        except DamagedFile as error:
            raise InternalServerError(str(error)) from error


def _existing(arn: str, stored: bytes | None) -> Backup:
    backup = backups.named(arn, stored)
    if backup is None:
        raise BackupNotFoundException(f"Backup not found: {arn}")
    return backup


def _available(arn: str, stored: bytes | None) -> Backup:
    backup = _existing(arn, stored)
    if backup.status == "CREATING":
        raise BackupInUseException(f"Backup is being created: {arn}")
    return backup


def _row(backup: Backup) -> Batch:
    batch = Batch()
    backups.put(batch, backup)
    return batch


# ------------------------------------------------------------------ descriptions


def _told(epoch_seconds: float) -> float:
    """A time as it is shown, and as it is compared with what a client sends: what was shown to it."""
    return round(epoch_seconds, 3)


def _details(backup: Backup) -> Answer:
    described: Answer = {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size_bytes,
        "BackupStatus": backup.status,
        "BackupType": backup.type,
        "BackupCreationDateTime": _told(backup.created_at),
    }
    if backup.expires_at is not None:
        described["BackupExpiryDateTime"] = _told(backup.expires_at)
    return described


def _summary(backup: Backup) -> Answer:
    table = backup.table
    return _details(backup) | {
        "TableName": table.name,
        "TableId": table.uuid,
        "TableArn": table.arn,
    }


def _description(backup: Backup) -> Answer:
    return {
        "BackupDetails": _details(backup),
        "SourceTableDetails": _source(backup),
        "SourceTableFeatureDetails": _features(backup.table),
    }


def _source(backup: Backup) -> Answer:
    table = backup.table
    described: Answer = {
        "TableName": table.name,
        "TableId": table.uuid,
        "TableArn": table.arn,
        "TableSizeBytes": backup.size_bytes,
        "ItemCount": backup.items,
        "KeySchema": describe.key_schema(table.keys),
        "TableCreationDateTime": _told(table.created_at),
        "ProvisionedThroughput": {
            "ReadCapacityUnits": table.throughput.read_units,
            "WriteCapacityUnits": table.throughput.write_units,
        },
        "BillingMode": table.billing_mode,
    }
    if "OnDemandThroughput" in table.settings:
        described["OnDemandThroughput"] = table.settings["OnDemandThroughput"]
    return described


def _features(table: Table) -> Answer:
    like = blueprint.of(table)
    described: Answer = {
        member: like[member]
        for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes", "VectorIndexes")
        if member in like
    }
    if table.stream is not None:
        described["StreamDescription"] = {
            "StreamEnabled": True,
            "StreamViewType": table.stream.view_type,
        }
    if table.expiring is not None:
        described["TimeToLiveDescription"] = {
            "TimeToLiveStatus": expiring.status(table.ttl),
            "AttributeName": table.expiring,
        }
    encryption = describe.encryption(table)
    if encryption is not None:
        described["SSEDescription"] = encryption
    return described


OPERATIONS = (
    Operation("CreateBackup", SHAPES["CreateBackup"], create_backup, "control"),
    Operation("DescribeBackup", SHAPES["DescribeBackup"], describe_backup, "reads"),
    Operation("ListBackups", SHAPES["ListBackups"], list_backups, "reads"),
    Operation("DeleteBackup", SHAPES["DeleteBackup"], delete_backup, "control"),
    Operation(
        "RestoreTableFromBackup", SHAPES["RestoreTableFromBackup"], restore_table_from_backup, "control"
    ),
)
