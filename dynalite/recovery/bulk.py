"""Bulk puts: what one has done so far, and what it will report.

A bulk put has two rows while it runs. The transfer says what was asked for and what is answered about it
(`recovery/transfers.py`); the progress says how far it is. The progress is the queue: it is there until
nothing is left to do. It is written in the batches of the items, so that what is counted is what was
written, and so are the lines of the report, each in a row of its own until they are put into the bucket
together.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgpack

from dynalite.storage import keyspace
from dynalite.storage.engine import Reader

if TYPE_CHECKING:
    from dynalite.recovery.transfers import Transfer

FINAL = frozenset({"COMPLETED", "COMPLETED_WITH_ERRORS", "CANCELLED", "FAILED"})

_PROGRESS = keyspace.job(0, b"bulk")
_REPORT = keyspace.job(0, b"report")
_NUMBER_BYTES = 8
_ROWS_PER_PAGE = 100
_PAGE_BYTES = 1 << 20

TABLE = ""
"""Stands for the table itself where an index may be named."""

_NOTHING_USED: Mapping[str, int] = {}


class Progress(NamedTuple):
    """How far a bulk put has come: the number of the object that is being read, how many of its entries have
    been, and the figures so far. `read_bytes` counts the objects before this one, `used_bytes` what was
    written to the table and its indexes.

    `reported` lines have been made, of which `waiting_bytes` are not in the bucket yet; `files` are. `owed`
    write units were spent by the time `owed_at` and are worked off at the rate that was asked for.
    """

    object: int = 0
    entry: int = 0
    processed: int = 0
    failed: int = 0
    read_bytes: int = 0
    used_bytes: Mapping[str, int] = _NOTHING_USED
    reported: int = 0
    waiting_bytes: int = 0
    files: int = 0
    owed: float = 0.0
    owed_at: float = 0.0

    def pack(self) -> bytes:
        packed: bytes = msgpack.packb(tuple(self))
        return packed

    @classmethod
    def unpack(cls, stored: bytes) -> "Progress":
        return cls(*msgpack.unpackb(stored))


class UnderWay(NamedTuple):
    """A bulk put that is not over, and its progress as stored."""

    region: str
    id: str
    stored: bytes


def progress_key(transfer: "Transfer") -> bytes:
    return _PROGRESS + _name(transfer)


def report_prefix(transfer: "Transfer") -> bytes:
    """What the keys of the waiting lines of a report begin with; their number follows."""
    return _REPORT + _name(transfer)


def report_key(transfer: "Transfer", number: int) -> bytes:
    return report_prefix(transfer) + number.to_bytes(_NUMBER_BYTES, "big")


def _name(transfer: "Transfer") -> bytes:
    return f"{transfer.region}\x00{transfer.id}\x00".encode()


async def under_way(reader: Reader) -> list[UnderWay]:
    """All bulk puts of all regions that are not over, the oldest of a region first."""
    found = []
    start, stop = _PROGRESS, keyspace.after(_PROGRESS)
    while rows := await reader.scan(start, stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES):
        for key, stored in rows:
            region, id_, _ = key[len(_PROGRESS) :].decode().split("\x00")
            found.append(UnderWay(region, id_, stored))
        start = rows[-1][0] + b"\x00"
    return found


def report_folder(transfer: "Transfer") -> str:
    """What the keys of a bulk put's own objects begin with."""
    prefix = transfer.description["OutputS3Configuration"].get("S3KeyPrefix", "").rstrip("/")
    return f"{prefix}/AWSDynamoDB/{transfer.id}" if prefix else f"AWSDynamoDB/{transfer.id}"


def figures(transfer: "Transfer", progress: Progress) -> Mapping[str, Any]:
    """The members of a description that say how far it is."""
    return {
        "ProcessedItemCount": progress.processed,
        "FailedItemCount": progress.failed,
        "ProcessedInputBytes": progress.read_bytes,
        "BulkOperationUsage": [_usage(transfer, progress.used_bytes)],
    }


def _usage(transfer: "Transfer", used_bytes: Mapping[str, int]) -> Mapping[str, Any]:
    """What was written, to the table and to each index. Bytes of vectors are another kind, and not summed."""
    vectors = transfer.state.get("VectorIndexes", ())
    described: dict[str, Any] = {
        "TableName": transfer.request["TableName"],
        "BulkPutBytes": sum(size for name, size in used_bytes.items() if name not in vectors),
        "Table": {"BulkPutBytes": used_bytes.get(TABLE, 0)},
    }
    for member in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        named = transfer.state[member]
        if named:
            described[member] = {name: {"BulkPutBytes": used_bytes.get(name, 0)} for name in named}
    if vectors:
        weighed = {name: {"BulkPutVectorBytes": used_bytes.get(name, 0)} for name in vectors}
        described["VectorIndexes"] = weighed
    return described
