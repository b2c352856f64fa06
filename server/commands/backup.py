"""`dynalite backup`: an on-demand backup of a table."""

import sys
from typing import Final

from dynalite.clock import Clock
from server import moments
from server.client import session, tables
from server.client.patient import Patient
from server.options import Form, Given, Operand, Option, under_headings
from server.outcome import DONE, Failure
from server.terminal import Progress, report, size

FORM: Final = Form(
    description="Make a backup of a table as it is now, and wait until it is there. It outlives the table,"
    " and `dynalite restore` makes a new table of it.",
    options=(
        *under_headings(
            "what",
            Option(
                "name", "NAME", "", "the backup's name; by default the table's and the time", str, lasts=False
            ),
        ),
        *session.WHERE,
    ),
    operands=(Operand("table", "the table's name"),),
    examples=(
        ("dynalite backup Songs", "make a backup, and print its ARN"),
        ("dynalite backup Songs --name before-the-migration --output json", "for a script"),
    ),
)


def run(given: Given) -> int:
    table = given["table"]
    clock = Clock()
    name = given["name"] or f"{table}-{moments.shown(clock.now()).translate(_NOT_IN_NAMES)}"

    async def work(api: Patient) -> int:
        made = await api.call("CreateBackup", {"TableName": table, "BackupName": name})
        backup = made["BackupDetails"]["BackupArn"]
        with Progress(sys.stderr, f"backing up {table}", clock) as progress:
            while True:
                reply = await api.call("DescribeBackup", {"BackupArn": backup})
                details = reply["BackupDescription"]["BackupDetails"]
                if details["BackupStatus"] != "CREATING":
                    break
                progress.at(0, 0, None)
                await api.pause(tables.POLL_SECONDS)
        if details["BackupStatus"] != "AVAILABLE":
            raise Failure(f"The backup {backup} is {details['BackupStatus']}.")
        said = f"Backed up {table} ({size(details['BackupSizeBytes'])}):\n{backup}"
        report(given["output"] == "json", said, {"backup": details}, sys.stdout)
        return DONE

    return session.run(given, work)


_NOT_IN_NAMES: Final = str.maketrans("", "", ":")
