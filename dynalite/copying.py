"""A copy of a whole database into a data folder, made while it is in use.

The rows are those of one snapshot: every write that was answered before the copy was asked for is in it, and
of those under way each is in it wholly or not at all. Reading a snapshot holds nobody up; between two pages
everybody else has a turn. A database in memory is copied in the same way, so it can be kept.

Beside the rows there are files. Those of backups and the logs of imports are taken together with the
snapshot: no background job runs then, which could delete one. It takes no time, since they never change and
can be linked (`recovery/vault.py`). The objects in buckets are somebody else's as much as ours, and are
copied as they are in the end.

The copy has another name until it is complete and on the disk. One that was broken off is never taken for a
data folder.
"""

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from dynalite.recovery.vault import Vault
from dynalite.storage import keyspace
from dynalite.storage.durable import sync
from dynalite.storage.engine import Batch, Engine, Snapshot, encode_counter, write_batch
from dynalite.storage.folder import StoreError

_ROWS_PER_PAGE = 1000
_PAGE_BYTES = 256 * 1024
_BUCKETS = "buckets"
_UNFINISHED = ".unfinished"
_END = b"\xff"


class CannotCopy(Exception):
    """The copy cannot be made; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds."""

    rows: int
    files: int


async def copy(
    engine: Engine, vault: Vault, source: Path | None, target: Path, working: asyncio.Lock
) -> Copied:
    """Copy the rows of an engine, the files of a vault, and the buckets in the data folder `source` (None:
    there are none), into a new data folder. `working` is held by background work while it runs. Raises
    CannotCopy.
    """
    draft = target.with_name(target.name + _UNFINISHED)
    try:
        if target.exists():
            raise CannotCopy(f"{target} exists; a copy needs a folder of its own.")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        try:
            copied = await _fill(engine, vault, source, draft, working)
            await asyncio.to_thread(_sync_all, draft)
            draft.rename(target)
            sync(target.parent)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise CannotCopy(f"{target} cannot be written: {error.strerror}.") from error
    except StoreError as error:
        raise CannotCopy(str(error)) from error
    return copied


async def _fill(
    engine: Engine, vault: Vault, source: Path | None, draft: Path, working: asyncio.Lock
) -> Copied:
    async with working:
        snapshot = engine.snapshot()
        try:
            sequence = await engine.last_sequence()
            files = vault.copy_to(draft)
        except BaseException:
            snapshot.close()
            raise
    try:
        rows = await _copy_rows(snapshot, sequence, draft)
    finally:
        snapshot.close()
    return Copied(rows, files + await asyncio.to_thread(_copy_buckets, source, draft))


async def _copy_rows(snapshot: Snapshot, sequence: int, draft: Path) -> int:
    from dynalite.storage.leveldb import LevelDBEngine  # a database in memory has not loaded it

    copy = LevelDBEngine.open(draft, "os")
    try:
        count = 0
        batch = Batch()
        batch.put(keyspace.SEQUENCE, encode_counter(sequence))  # engines in memory have no row for it
        start = b""
        while rows := await snapshot.scan(start, _END, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES):
            batch.rows.update(rows)
            await write_batch(copy, batch)
            await asyncio.sleep(0)
            count += len(rows)
            batch = Batch()
            start = rows[-1][0] + b"\x00"
        return count
    finally:
        await copy.close()


def _copy_buckets(source: Path | None, draft: Path) -> int:
    """Copy the objects in the buckets that a data folder has."""
    buckets = None if source is None else source / _BUCKETS
    if buckets is None or not buckets.is_dir():
        return 0
    shutil.copytree(buckets, draft / _BUCKETS)
    return sum(path.is_file() for path in (draft / _BUCKETS).rglob("*"))


def _sync_all(folder: Path) -> None:
    """Put everything below a folder on the disk, the folders' own names last."""
    for path in (*folder.rglob("*"), folder):
        sync(path)
