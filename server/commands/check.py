"""`dynalite check FOLDER`: is everything in a data folder as it should be?"""

import asyncio
import json
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Final

from server.commands.outcome import DONE, Failure, Unreachable
from server.options import Form, Given, Operand, Option, yes

FORM: Final = Form(
    "Find out whether a data folder is sound: that every row can be decoded, that indexes, the order of\n"
    "expiry and the figures are those of the items, that the change logs lead to the items as they are, and\n"
    "that the files of backups are undamaged. The server must not be running.",
    (
        Option("repair", "", "0", "make again what follows from the items", yes, lasts=False),
        Option("json", "", "0", "write each finding as a line of JSON", yes, lasts=False),
    ),
    (Operand("folder", "the data folder"),),
    (
        ("dynalite check ./dynalite-data", "one line for each thing that is wrong; status 1 if there is any"),
        ("dynalite check ./dynalite-data --repair", "the same, and status 0 if all of it could be repaired"),
    ),
)

_ROWS_BETWEEN_NOTES: Final = 100_000


def run(given: Given) -> int:
    left = asyncio.run(_check(Path(given["folder"]), repairing=given["repair"], as_json=given["json"]))
    if left:
        raise Failure(f"{left} {'thing is' if left == 1 else 'things are'} wrong with {given['folder']}.")
    return DONE


async def _check(folder: Path, *, repairing: bool, as_json: bool) -> int:
    """Tell every finding. Returns how many are left."""
    from dynalite.checking.offline import check_folder
    from dynalite.storage.folder import StoreError

    progress = _Progress()
    left = 0
    try:
        async with aclosing(check_folder(folder, progress.told, repairing=repairing)) as outcomes:
            async for finding, repaired in outcomes:
                left += not repaired
                if as_json:
                    print(json.dumps({**finding.json(), "repaired": repaired}), flush=True)
                else:
                    ending = " Repaired." if repaired else " Not repairable." if repairing else ""
                    print(f"{finding}.{ending}", flush=True)
    except StoreError as error:
        raise Unreachable(str(error)) from error
    finally:
        progress.end()
    if not as_json:
        print(f"{progress.rows} rows read; {left or 'nothing'} left to complain of.")
    return left


class _Progress:
    """How far the check is, on a terminal's standard error."""

    def __init__(self) -> None:
        self.rows = 0
        self._shown = 0
        self._terminal = sys.stderr.isatty()

    def told(self, rows: int) -> None:
        self.rows = rows
        if self._terminal and rows - self._shown >= _ROWS_BETWEEN_NOTES:
            self._shown = rows
            print(f"\r{rows} rows", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown:
            print(file=sys.stderr)
