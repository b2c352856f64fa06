"""`dynalite backups`: which backups there are, and which seconds a table can be restored to."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from server import moments
from server.client import session, tables
from server.client.api import Request
from server.client.patient import Patient
from server.options import Form, Given, Operand
from server.outcome import DONE
from server.terminal import report, size

FORM: Final = Form(
    description="List the backups of a table, or of all, the oldest first. Of a table with point-in-time"
    " recovery it says too which seconds it can be restored to.",
    options=session.WHERE,
    operands=(Operand("table", "the table's name; all tables if left out", ""),),
    examples=(
        ("dynalite backups", "all of them"),
        ("dynalite backups Songs --output json", "a table's, for a script"),
    ),
)

_Members: TypeAlias = Mapping[str, Any]


def run(given: Given) -> int:
    table = given["table"]

    async def work(api: Patient) -> int:
        found = await _list(api, table)
        window = await _window(api, table) if table else {}
        sentence = "\n".join([*map(_line, found), *_spoken(table, window)]) or "There are no backups."
        report(given["output"] == "json", sentence, {"backups": found, "recovery": window}, sys.stdout)
        return DONE

    return session.run(given, work)


async def _list(api: Patient, table: str) -> list[_Members]:
    request: Request = {"BackupType": "ALL"}
    if table:
        request["TableName"] = table
    found: list[_Members] = []
    while True:
        reply = await api.call("ListBackups", request)
        found += reply["BackupSummaries"]
        if (last := reply.get("LastEvaluatedBackupArn")) is None:
            return found
        request["ExclusiveStartBackupArn"] = last


async def _window(api: Patient, table: str) -> _Members:
    """What there is to say of point-in-time recovery; a table that is gone may still have backups."""
    if await tables.find(api, table) is None:
        return {}
    reply = await api.call("DescribeContinuousBackups", {"TableName": table})
    described: _Members = reply["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    return described


def _line(backup: _Members) -> str:
    made = moments.shown(backup["BackupCreationDateTime"])
    held = f"{size(backup.get('BackupSizeBytes', 0)):>10}"
    return f"{made}  {held}  {backup['BackupStatus']:9}  {backup['TableName']}  {backup['BackupArn']}"


def _spoken(table: str, window: _Members) -> Sequence[str]:
    if "LatestRestorableDateTime" not in window:
        return ()
    first, last = (moments.shown(window[f"{end}RestorableDateTime"]) for end in ("Earliest", "Latest"))
    return (f"{table} can be restored to any second from {first} to {last}.",)
