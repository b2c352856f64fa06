"""Makes backups, and deletes those that have expired or were deleted.

A backup is the table as of one snapshot, which was taken when the backup was asked for. A page of files is
written, then noted in the backup's row; a file that a killed server wrote but did not note is written again.
A snapshot does not outlive its process: after a restart the backup begins anew, and is then of that moment;
what was written of it before is deleted first, for there may be less to write now.
The backup that a deleted table leaves needs no snapshot, because the table does not change any more; it goes
on where it was. In both cases the items of a table that is deleted stay until its backup is made
(`jobs/dropping.py`).

A deleted backup is out of sight at once. Its files stay while there is a snapshot of the database to go back
to (`snapshots.py`), because the backup would be there again.
"""

import asyncio
from dataclasses import replace

from dynalite.catalog import backup as backups
from dynalite.catalog.backup import Backup
from dynalite.items import record as records
from dynalite.operations.backups import being_restored
from dynalite.operations.context import Context
from dynalite.recovery import pages
from dynalite.recovery.pages import Page
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Reader, write_batch

_ROWS_PER_PAGE = 2000
_PAGE_BYTES = 1 << 20
_PAGES_PER_FILE = 8


async def step(context: Context) -> bool:
    now = context.clock.now()
    due = [work for work in await backups.queue(context.engine) if work.due_at <= now]
    worked, failures = False, []
    for work in due:
        (stored,) = await context.engine.read([work.row])
        if stored is None:
            continue
        try:
            worked |= await _advance(context, backups.decode(stored))
        except OSError as error:  # a backup that there is no room for must not keep others from being deleted
            failures.append(error)
    if failures:
        raise failures[0]
    return worked


async def _advance(context: Context, backup: Backup) -> bool:
    """One step of what there is to do for a backup. Whether anything could be done."""
    if backup.status == "CREATING":
        await _copy(context, backup)
        return True
    if backup.status != "DELETED" and being_restored(context, backup):
        return False
    if backup.status != "DELETED":
        await _note(context, replace(backup, status="DELETED"))
        return True
    if context.vault.keeping:
        return False
    await _delete(context, backup)
    return True


async def _copy(context: Context, backup: Backup) -> None:
    """Write the next file of a backup."""
    reader, backup = _source(context, backup)
    found: list[Page] = []
    items = size_bytes = 0
    start, stop = _rest(backup)
    while len(found) < _PAGES_PER_FILE:
        rows = await reader.scan(start, stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES)
        if not rows:
            break
        found.append([(key[keyspace.ITEM_HASH_AT :], value) for key, value in rows])
        items += len(rows)
        size_bytes += sum(records.unpack(value).size for _, value in rows)
        start = rows[-1][0] + b"\x00"
        await asyncio.sleep(0)
    if found:
        name = _file_name(backup, len(backup.files))
        content = await asyncio.to_thread(pages.pack, found)
        file = await asyncio.to_thread(context.vault.store, name, content, items)
        backup = replace(
            backup,
            files=(*backup.files, file),
            items=backup.items + items,
            size_bytes=backup.size_bytes + size_bytes,
            copied=start[:-1].hex(),
        )
    if len(found) < _PAGES_PER_FILE:
        backup = replace(backup, status="AVAILABLE")
    await _note(context, backup)
    if backup.status == "AVAILABLE" and backup.id in context.vault.snapshots:
        context.vault.snapshots.pop(backup.id).close()


def _source(context: Context, backup: Backup) -> tuple[Reader, Backup]:
    """What a backup is read from, and the backup as far as it was made from that."""
    if backup.type == "SYSTEM":
        return context.engine, backup
    snapshot = context.vault.snapshots.get(backup.id)
    if snapshot is None:
        snapshot = context.vault.snapshots[backup.id] = context.engine.snapshot()
        _delete_begun(context, backup)
        now = context.clock.now()
        backup = replace(backup, created_at=now, files=(), items=0, size_bytes=0, copied="")
    return snapshot, backup


def _delete_begun(context: Context, backup: Backup) -> None:
    """Delete what an earlier process wrote of a backup: what it noted, and the next, which it may not have.

    Where there is a snapshot of the database to go back to, they may belong to the backup as it is there.
    """
    if not context.vault.keeping:
        for number in range(len(backup.files) + 1):
            context.vault.files.delete(_file_name(backup, number))


def _file_name(backup: Backup, number: int) -> str:
    return f"{backup.id}/{number:06d}"


def _rest(backup: Backup) -> tuple[bytes, bytes]:
    """Where the items are that are not in the files yet."""
    prefix = backup.table.items_prefix
    start = bytes.fromhex(backup.copied) + b"\x00" if backup.copied else prefix
    return start, keyspace.after(prefix)


async def _note(context: Context, backup: Backup) -> None:
    batch = Batch()
    backups.put(batch, backup)
    await write_batch(context.engine, batch)


async def _delete(context: Context, backup: Backup) -> None:
    """Delete the files of a backup that is out of sight already, then forget it."""
    for file in backup.files:
        context.vault.files.delete(file.name)
        await asyncio.sleep(0)
    batch = Batch()
    backups.forget(batch, backup)
    await write_batch(context.engine, batch)
