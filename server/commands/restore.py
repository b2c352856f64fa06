"""`dynalite restore`: a new table, from a backup or from any second of the recovery period."""

import sys
from typing import Any, Final

from dynalite.clock import Clock
from server.client import session, tables
from server.client.api import Request
from server.client.patient import Patient
from server.options import Form, Given, Operand, Option, moment, under_headings
from server.outcome import DONE
from server.terminal import Progress, report

FORM: Final = Form(
    description="Make a new table of a backup, or of what a table with point-in-time recovery was at a"
    " second, and wait until it can be used.",
    options=(
        *under_headings(
            "what",
            Option(
                "at",
                "TIME",
                "",
                "the moment to go back to: seconds since 1970, or 2030-01-31T12:00:00Z (UTC where it does not"
                " say otherwise); by default the latest",
                moment,
                lasts=False,
            ),
        ),
        *session.WHERE,
    ),
    operands=(
        Operand("source", "a backup's ARN, as `dynalite backups` lists them, or a table's name"),
        Operand("table", "the new table's name"),
    ),
    examples=(
        ("dynalite restore Songs SongsAtNoon --at 2026-11-23T12:00:00Z", "what Songs was at noon"),
        (
            "dynalite restore arn:aws:dynamodb:us-east-1:000000000000:table/Songs/backup/01… Songs2",
            "from a backup",
        ),
    ),
)


def run(given: Given) -> int:
    source, table, at = given["source"], given["table"], given["at"]
    from_backup = "/backup/" in source
    if from_backup and at is not None:
        given.refuse("--at goes with a table, not with a backup")

    async def work(api: Patient) -> int:
        total = await (_backed_up if from_backup else _present)(api, source)
        operation, request = _backup(source) if from_backup else _recovery(source, at)
        await api.call(operation, {**request, "TargetTableName": table})
        with Progress(sys.stderr, f"restoring {table}", Clock()) as progress:
            described = await tables.active(api, table, progress.at, total)
        items = described["ItemCount"]
        members = {"table": table, "source": source, "items": items}
        report(given["output"] == "json", f"Restored {items:,} items into {table}.", members, sys.stdout)
        return DONE

    return session.run(given, work)


def _backup(arn: str) -> tuple[str, Request]:
    return "RestoreTableFromBackup", {"BackupArn": arn}


def _recovery(table: str, at: float | None) -> tuple[str, Request]:
    source = {"SourceTableArn" if table.startswith("arn:") else "SourceTableName": table}
    when: Request = {"UseLatestRestorableTime": True} if at is None else {"RestoreDateTime": at}
    return "RestoreTableToPointInTime", {**source, **when}


async def _backed_up(api: Patient, arn: str) -> int:
    described = (await api.call("DescribeBackup", {"BackupArn": arn}))["BackupDescription"]
    return _items(described["SourceTableDetails"])


async def _present(api: Patient, table: str) -> int:
    """About how many items there will be: as many as there are now."""
    return _items(await tables.existing(api, table))


def _items(described: Any) -> int:
    return int(described.get("ItemCount", 0))
