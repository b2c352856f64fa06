"""Brings a restored table its items from the files of a backup, a page at a time.

The files' checksums were compared before the restore was accepted (`operations/backups.py`), and are compared
again with every file that is read. A file that was damaged in between ends the restore: the table, which
nobody has seen the inside of, is deleted.
"""

import asyncio
import logging

import msgpack

from dynalite.catalog import backup as backups
from dynalite.catalog.schema import Table
from dynalite.items import record as records
from dynalite.operations.context import Context
from dynalite.recovery import pages, target
from dynalite.recovery.vault import DamagedFile

log = logging.getLogger(__name__)


async def step(context: Context) -> bool:
    under_way = [
        (table, table.restore.backup_arn)
        for table in context.catalog.stored()
        if table.restore is not None and not table.restore.done and table.restore.backup_arn is not None
    ]
    for table, arn in under_way:
        try:
            await _load_file(context, table, arn)
        except DamagedFile as error:
            log.error("table %s cannot be restored: %s", table.name, error)
            await _give_up(context, table)
    return bool(under_way)


async def _load_file(context: Context, table: Table, arn: str) -> None:
    """Write the next file's pages into the table."""
    (stored,) = await context.engine.read([target.progress_key(table.id)])
    number, written = (0, 0) if stored is None else msgpack.unpackb(stored)
    backup = await backups.find(context.engine, table.region, arn)
    if backup is None:
        raise DamagedFile(f"The backup {arn} is gone")
    if number == len(backup.files):
        await target.finish(context.engine, context.catalog, table, context.clock.now())
        return
    content = await asyncio.to_thread(context.vault.fetch, backup.files[number])
    found = list(pages.unpack(content))
    for position in range(written, len(found)):
        more = position + 1 < len(found)
        reached = (number, position + 1) if more else (number + 1, 0)
        stored = await _write(context, table, found[position], stored, reached)


async def _write(
    context: Context, table: Table, page: pages.Page, stored: bytes | None, reached: tuple[int, int]
) -> bytes:
    """Write a page, and return the progress that was noted with it."""
    progress: bytes = msgpack.packb(reached)
    images = {place: records.unpack(value) for place, value in page}
    await target.bring(
        context.engine,
        context.hash,
        table,
        images,
        context.clock.now(),
        stored=stored,
        reached=progress,
    )
    await asyncio.sleep(0)
    return progress


async def _give_up(context: Context, table: Table) -> None:
    def decide(present: Table | None) -> tuple[None, Table | None]:
        return None, None if present is not None and present.id == table.id else present

    await context.catalog.change(table.region, table.name, decide)
