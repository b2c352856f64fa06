"""A backup's descriptor: what was backed up, when, how far that has come, and the files that hold it.

It stands in a row of its own, with the descriptor of the table as it was, so a backup outlives its table.
What is left to do for a backup is a second row, in one short queue for all of them: to make it, to delete it
when it expires, to delete it now. The queue names the table whose items a backup still reads, so that they
are not dropped under it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import msgpack
import orjson

from dynalite.catalog import codec
from dynalite.catalog.schema import Table
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Reader

BackupStatus: TypeAlias = Literal["CREATING", "AVAILABLE", "DELETED"]
BackupType: TypeAlias = Literal["USER", "SYSTEM"]

VERSION = 1
ID_DIGITS = 8
SYSTEM_DAYS = 35
"""How long the backup is kept that a table with point-in-time recovery leaves when it is deleted."""

_DAY_SECONDS = 86_400.0
_WORK = keyspace.job(0, b"backup")
_ROWS_PER_PAGE = 100
_PAGE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class BackupFile:
    """A file of a backup: its name, its size, how many items it holds, and its BLAKE2b digest in hex."""

    name: str
    size_bytes: int
    items: int
    digest: str


@dataclass(frozen=True, slots=True)
class Backup:
    """`id` sorts by age. `table` is as it was. Times are in epoch seconds; `expires_at` None: never. `items`
    and `size_bytes` are what the files hold so far, `copied` is the storage key of the last item in them, in
    hex.
    """

    id: str
    name: str
    type: BackupType
    table: Table
    created_at: float
    status: BackupStatus = "CREATING"
    expires_at: float | None = None
    items: int = 0
    size_bytes: int = 0
    files: tuple[BackupFile, ...] = ()
    copied: str = ""

    @property
    def arn(self) -> str:
        return f"{self.table.arn}/backup/{self.id}"


class Work(NamedTuple):
    """A place in the queue: what is to be done, from when on (epoch seconds), and the id of the table whose
    items it takes; 0 when it takes none.
    """

    row: bytes
    due_at: float
    table: int


def identifier(now: float, digits: str) -> str:
    """The last part of a backup's ARN: the time in milliseconds, and eight hexadecimal digits."""
    return f"{int(now * 1000):014d}-{digits}"


def of_deleted(table: Table, now: float) -> Backup:
    """The backup that a table with point-in-time recovery leaves behind."""
    return Backup(
        id=identifier(now, table.uuid[:ID_DIGITS]),
        name=f"{table.name}$DeletedTableBackup",
        type="SYSTEM",
        table=table,
        created_at=now,
        expires_at=now + SYSTEM_DAYS * _DAY_SECONDS,
    )


# ------------------------------------------------------------------ rows


def key(region: str, identifier: str) -> bytes:
    return keyspace.backup(region, identifier)


def encode(backup: Backup) -> bytes:
    members = {
        "version": VERSION,
        "id": backup.id,
        "name": backup.name,
        "type": backup.type,
        "table": orjson.Fragment(codec.encode(backup.table)),
        "created_at": backup.created_at,
        "status": backup.status,
        "expires_at": backup.expires_at,
        "items": backup.items,
        "size_bytes": backup.size_bytes,
        "files": [asdict(file) for file in backup.files],
        "copied": backup.copied,
    }
    return orjson.dumps(members)


def decode(stored: bytes) -> Backup:
    """The backup that `encode` was given. Raises `codec.UnknownVersion` on a newer format."""
    members: dict[str, Any] = orjson.loads(stored)
    version = members.pop("version")
    if version > VERSION:
        raise codec.UnknownVersion(f"a backup has format {version}; this server reads up to {VERSION}")
    members["table"] = codec.decode(orjson.dumps(members["table"]))
    members["files"] = tuple(BackupFile(**file) for file in members["files"])
    return Backup(**members)


def put(batch: Batch, backup: Backup) -> None:
    """Put a backup's row and its place in the queue, where there is anything left to do."""
    region = backup.table.region
    batch.put(key(region, backup.id), encode(backup))
    place = _WORK + key(region, backup.id)
    due_at = backup.expires_at if backup.status == "AVAILABLE" else 0.0
    if due_at is None:
        batch.delete(place)
    else:
        batch.put(place, msgpack.packb((due_at, backup.table.id if backup.status == "CREATING" else 0)))


def forget(batch: Batch, backup: Backup) -> None:
    row = key(backup.table.region, backup.id)
    batch.delete(row)
    batch.delete(_WORK + row)


def key_of(region: str, arn: str) -> bytes:
    """Where the backup of an ARN is, if there is one."""
    return key(region, arn.rpartition("/")[2])


def named(arn: str, stored: bytes | None) -> Backup | None:
    """The backup of an ARN from the row at `key_of`; None when there is none, or none any more."""
    backup = None if stored is None else decode(stored)
    return backup if backup is not None and backup.arn == arn and backup.status != "DELETED" else None


async def find(reader: Reader, region: str, arn: str) -> Backup | None:
    (stored,) = await reader.read([key_of(region, arn)])
    return named(arn, stored)


async def of_region(reader: Reader, region: str) -> Sequence[Backup]:
    """All backups of a region, oldest first."""
    return [backup for backup in await _scan(reader, key(region, "")) if backup.status != "DELETED"]


async def everywhere(reader: Reader) -> Sequence[Backup]:
    """All backups of all regions, with those that are deleted and whose files are not yet."""
    return await _scan(reader, keyspace.BACKUP)


async def _scan(reader: Reader, prefix: bytes) -> list[Backup]:
    found: list[Backup] = []
    start, stop = prefix, keyspace.after(prefix)
    while rows := await reader.scan(start, stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES):
        found += [decode(value) for _, value in rows]
        start = rows[-1][0] + b"\x00"
    return found


async def queue(reader: Reader) -> list[Work]:
    """What is left to do, of all regions. `row` is the key of the backup's row."""
    found = []
    start, stop = _WORK, keyspace.after(_WORK)
    while rows := await reader.scan(start, stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES):
        found += [Work(place[len(_WORK) :], *msgpack.unpackb(value)) for place, value in rows]
        start = rows[-1][0] + b"\x00"
    return found
