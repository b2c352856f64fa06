"""What a Kinesis destination has not got yet: the next records of its shards, in the order that items need.

A destination reads the table's change log, as a stream does, and much the same rule keeps the changes of an
item in order: a shard is read when every older one of the destination that has hashes in common with it is
done. (A parent is such a shard; so is one that a new stream's shards took over from, which is nobody's
parent.)

How far it has come is one row of the database, as JSON, beside the progress of triggers:

    {"first": number, "shards": {number: sequence}, "failing_since": seconds or null}

Shards with numbers below `first` are done, in others everything is delivered up to the sequence, and a shard
that is not mentioned has not been read. What the log forgets meanwhile, after a day where nobody keeps it for
longer, is lost.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from dynalite.catalog.schema import Destination, Shard, Table
from dynalite.log import horizon
from dynalite.storage import keyspace
from dynalite.storage.engine import Engine, LogEntry

RECORDS_PER_PAGE = 500
PAGE_BYTES = 1 << 20


class Progress(NamedTuple):
    """How far a destination has come. `failing_since` is when what follows could first not be delivered
    (epoch seconds); None when it can.
    """

    first: int
    shards: Mapping[int, int]
    failing_since: float | None = None

    def reached(self, shard: int, sequence: int) -> "Progress":
        return self._replace(shards={**self.shards, shard: sequence})


def read(row: bytes | None) -> Progress:
    """The progress that a row holds; that of a destination without one, which is new."""
    if row is None:
        return Progress(0, {})
    stored: dict[str, Any] = orjson.loads(row)
    shards = {int(number): sequence for number, sequence in stored["shards"].items()}
    return Progress(stored["first"], shards, stored["failing_since"])


def write(progress: Progress, table: Table, destination: Destination) -> bytes:
    """The row for a progress, without what need not be said any more."""
    left = (shard.number for shard in _shards(table, destination) if not _done(shard, progress))
    first = min(left, default=table.next_shard)
    shards = {str(number): sequence for number, sequence in progress.shards.items() if number >= first}
    return orjson.dumps({"first": first, "shards": shards, "failing_since": progress.failing_since})


def row_name(table: int, first_shard: int) -> bytes:
    """What the progress of a table's destination is remembered under: enabled anew, it has another."""
    return b"kinesis %d %d" % (table, first_shard)


class Page(NamedTuple):
    """The next entries of one shard, and the sequence up to which it is read behind them. `lost`: some that
    lay before them are gone undelivered, perhaps all.
    """

    shard: Shard
    entries: list[LogEntry]
    end: int
    lost: bool


async def next_pages(
    engine: Engine, table: Table, destination: Destination, progress: Progress
) -> list[Page]:
    """A page of every shard that may be read now and has something to read."""
    pages = []
    for shard in _readable(table, destination, progress):
        page = await _page(engine, table, shard, _position(shard, progress))
        if page is not None:
            pages.append(page)
    return pages


def finished(table: Table, destination: Destination, progress: Progress) -> bool:
    """Whether the destination has ended and has got everything that it is to have."""
    if destination.end_shard is None:
        return False
    return all(_done(shard, progress) for shard in _shards(table, destination))


def waits(table: Table, destination: Destination, progress: Progress) -> bool:
    """Whether there may be records that cannot be read yet, until the end of a closed shard is known."""
    left = (shard for shard in _shards(table, destination) if not _done(shard, progress))
    return any(shard.closed_at is not None or shard.start is None for shard in left)


def _shards(table: Table, destination: Destination) -> list[Shard]:
    """The destination's shards, oldest first."""
    end = table.next_shard if destination.end_shard is None else destination.end_shard
    return [shard for shard in table.shards if destination.first_shard <= shard.number < end]


def _readable(table: Table, destination: Destination, progress: Progress) -> list[Shard]:
    waiting = [shard for shard in _shards(table, destination) if not _done(shard, progress)]
    return [
        shard
        for position, shard in enumerate(waiting)
        if shard.start is not None and not any(_overlap(shard, older) for older in waiting[:position])
    ]


def _overlap(one: Shard, other: Shard) -> bool:
    return one.first_hash <= other.last_hash and other.first_hash <= one.last_hash


def _position(shard: Shard, progress: Progress) -> int:
    return progress.shards.get(shard.number, shard.start or 0)


def _done(shard: Shard, progress: Progress) -> bool:
    if shard.number < progress.first:
        return True
    return shard.end is not None and _position(shard, progress) >= shard.end


async def _page(engine: Engine, table: Table, shard: Shard, after: int) -> Page | None:
    """What follows in a shard; None when that is nothing."""
    log = keyspace.log(table.id, shard.number)
    entries = await engine.read_log(log, after=after, limit=RECORDS_PER_PAGE, max_bytes=PAGE_BYTES)
    # Asked for afterwards, so that what was trimmed beneath the reader's hands does not look like a gap.
    trimmed = await horizon.of(engine, table.id, shard.number)
    left = [entry for entry in entries if entry.sequence > trimmed]
    lost = trimmed > after
    return Page(shard, left, left[-1].sequence if left else trimmed, lost) if left or lost else None
