"""`dynalite check FOLDER`: is everything in a data folder as it should be?"""

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Final

from dynalite.clock import Clock
from server.config import OUTPUT
from server.options import Form, Given, Operand, Option, yes
from server.outcome import DONE, Failure, Unreachable
from server.terminal import Progress, report

FORM: Final = Form(
    description="Find out whether a data folder is sound: that every row can be decoded, that indexes, the"
    " order of expiry and the figures are those of the items, that the change logs lead to the items as they"
    " are, and that the files of backups are undamaged. No server may have the folder open. Each thing that"
    " is wrong is a line; the exit status is 1 when any is left.",
    options=(
        Option("repair", "", "0", "make again what follows from the items", yes, lasts=False),
        OUTPUT,
    ),
    operands=(Operand("folder", "the data folder"),),
    examples=(
        ("dynalite check ./dynalite-data", "a line for each thing that is wrong"),
        ("dynalite check ./dynalite-data --repair", "the same, repaired where that is possible"),
    ),
)


def run(given: Given) -> int:
    folder = given["folder"]
    as_json = given["output"] == "json"
    rows, left = asyncio.run(_check(Path(folder), repairing=given["repair"], as_json=as_json))
    if left:
        raise Failure(f"{left} {'thing is' if left == 1 else 'things are'} wrong with {folder}.", "Unsound")
    report(as_json, f"{rows:,} rows read; nothing is wrong.", {"rows": rows}, sys.stdout)
    return DONE


async def _check(folder: Path, *, repairing: bool, as_json: bool) -> tuple[int, int]:
    """Tell every finding. Returns how many rows were read, and how many findings are left."""
    from dynalite.checking.offline import check_folder
    from dynalite.storage.folder import StoreError

    rows = left = 0
    with Progress(sys.stderr, "checking", Clock()) as progress:

        def told(walked: int) -> None:
            nonlocal rows
            rows = walked
            progress.at(0, 0, walked)

        try:
            async with aclosing(check_folder(folder, told, repairing=repairing)) as outcomes:
                async for finding, repaired in outcomes:
                    left += not repaired
                    ending = " Repaired." if repaired else " Not repairable." if repairing else ""
                    members = {**finding.json(), "repaired": repaired}
                    report(as_json, f"{finding}.{ending}", members, sys.stdout)
        except StoreError as error:
            raise Unreachable(str(error)) from error
    return rows, left
