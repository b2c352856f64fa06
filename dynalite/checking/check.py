"""The check of a whole database, part by part, and the repair of what can be repaired.

The order matters to repairs alone: descriptors first, since they say whose everything is, then the rows of
each table, then what is left over.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from typing import TypeAlias

from dynalite.checking import books as book
from dynalite.checking import leftovers
from dynalite.checking.books import Books
from dynalite.checking.finding import DATABASE, Finding
from dynalite.checking.items import TableCheck
from dynalite.checking.logs import LogCheck
from dynalite.checking.walk import Unreadable, Walk
from dynalite.recovery.vault import DamagedFile, Vault
from dynalite.storage import keyspace
from dynalite.storage.commit import said
from dynalite.storage.engine import Batch, Engine, decode_counter, encode_counter, write_batch

Part: TypeAlias = Callable[[Walk, Books], AsyncIterator[Finding]]

_DESCRIBED: Sequence[Part] = (
    leftovers.spaces,
    book.system,
    book.jobs,
    book.backup_rows,
    book.tokens,
    book.horizons,
    book.figures,
    book.transfers,
    book.expiry_rows,
    leftovers.data,
    leftovers.logs,
)
"""What only needs to know which tables there are."""


async def check(walk: Walk, vault: Vault) -> AsyncGenerator[Finding, None]:
    """Everything that is wrong with a database: its rows, and the files of its backups."""
    books = Books()
    async for finding in _readable(book.read(walk, books)):
        yield finding
    parts = [part(walk, books) for part in _DESCRIBED]
    if books.salt is not None:
        hash = keyspace.hasher(books.salt)
        parts += [TableCheck(walk, table, hash).findings() for table in books.tables.values()]
    logs = [LogCheck(walk, table, present=True) for table in books.tables.values()]
    logs += [LogCheck(walk, table, present=False) for table in books.departed.values()]
    parts += [log.findings() for log in logs]
    parts += [_sequence(walk, logs), _files(books, vault)]
    for findings in parts:
        async for finding in _readable(findings):
            yield finding


async def repair(engine: Engine, finding: Finding) -> bool:
    """Write what a finding can be repaired with. False when it cannot be."""
    if finding.mend is None:
        return False
    batch = Batch()
    batch.rows.update(finding.mend)
    await write_batch(engine, batch)
    return True


async def _readable(findings: AsyncIterator[Finding]) -> AsyncIterator[Finding]:
    """The findings of a part, which ends where the engine cannot read."""
    try:
        async for finding in findings:
            yield finding
    except Unreadable as error:
        cause = said(error.__cause__ or error).rstrip(".")
        yield Finding("rows", DATABASE, error.start, f"cannot be read from here on: {cause}")


async def _sequence(walk: Walk, logs: Sequence[LogCheck]) -> AsyncIterator[Finding]:
    """A memory engine keeps its last sequence elsewhere, so the row may be missing altogether."""
    highest = max((log.last_sequence for log in logs), default=0)
    stored = await walk.value(keyspace.SEQUENCE)
    if stored is not None and decode_counter(stored) < highest:
        what = f"sequences up to {highest} were given out, not up to {decode_counter(stored)}"
        mend = {keyspace.SEQUENCE: encode_counter(highest)}
        yield Finding("system row", DATABASE, keyspace.SEQUENCE, what, mend)


async def _files(books: Books, vault: Vault) -> AsyncIterator[Finding]:
    """The files of backups that are complete, read from end to end, one after the other."""
    for key, backup in books.backups.items():
        for file in backup.files if backup.status == "AVAILABLE" else ():
            try:
                vault.fetch(file)
            except DamagedFile as error:
                yield Finding("backup", f"backup {backup.id}", key, f"{error}.")
