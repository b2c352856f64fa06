"""The check of a data folder that no server has open.

LevelDB is opened as a server opens it, so what a crash left in its log is taken up first, and written into a
table file; without repair nothing else is written.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

from dynalite.checking.check import check, repair
from dynalite.checking.finding import Finding
from dynalite.checking.walk import Walk
from dynalite.recovery.vault import Vault
from dynalite.storage.folder import StoreError, holds_data
from dynalite.storage.leveldb import LevelDBEngine


class NoFolder(StoreError):
    """There is nothing to check."""


class Outcome(NamedTuple):
    """A finding, and whether it is no longer one."""

    finding: Finding
    repaired: bool


async def check_folder(
    folder: Path, told: Callable[[int], None], *, repairing: bool = False
) -> AsyncGenerator[Outcome, None]:
    """What is wrong with a data folder, repaired where that is wanted and possible. `told` hears how many
    rows have been walked. Raises StoreError when the folder cannot be opened.
    """
    if not holds_data(folder):
        raise NoFolder(f"There is no data folder at {folder}.")
    engine = LevelDBEngine.open(folder)
    try:
        async with aclosing(check(Walk(engine, told), Vault(folder))) as findings:
            async for finding in findings:
                yield Outcome(finding, repairing and await repair(engine, finding))
    finally:
        await engine.close()
