"""The shards of a table's change log: how they open, continue each other, and end.

The log is the table's. It is written while somebody reads it, in several shards: each takes the items whose
partition hash lies in its range, so all changes of one item are in one shard, in order. Now and then every
shard is closed and continued by a child with the same range, so that old records can be forgotten a shard at
a time. A reader finishes a parent before it reads the children, and thereby sees the changes of an item in
order. A stream is a reader: it sees the shards that were opened since it was enabled. A Kinesis destination
is another, with shards of its own in the same way. Point-in-time recovery is the third: it reads all of them,
and keeps them for longer.

A shard does not end when its successor is opened. Writes are decided with the descriptor that was visible
when they were decided, so a write that does not know of the successor yet may still be on its way into the
old shard. Hence two steps: the descriptor first names other shards to write to; once no write of the
uninformed is in flight, the old ones are sealed (`jobs/shards.py`): their last sequence is written down, and
their children begin there. A child is not shown to readers before, so nobody reads it too early.

All functions are pure: from a table to the table as it will be.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dynalite.catalog.schema import Destination, Recovery, Shard, Stream, Table

HASHES = 1 << 16
"""How many values the first two bytes of a partition hash have: the shards divide them."""

_MILLISECOND = timedelta(milliseconds=1)
_ID_PREFIX = "shardId-"
_ID_DIGITS = 20
_ID_TIME = slice(len(_ID_PREFIX), len(_ID_PREFIX) + _ID_DIGITS)


def with_stream(table: Table, view_type: str, shards: int, now: float, last_sequence: int) -> Table:
    """The table with a new stream of so many shards. `last_sequence` is not above any record's to come."""
    table = closed(table, now)
    label = _label(table, now)
    stream = Stream(view_type, label, table.next_shard, now)
    return replace(_opened(table, shards, now, last_sequence), stream=stream, latest_stream_label=label)


def without_stream(table: Table, now: float) -> Table:
    """The table with its stream disabled: nothing is added to it, what is in it can be read for a day."""
    if table.stream is not None:
        past = replace(table.stream, end_shard=table.next_shard, disabled_at=now)
        table = replace(table, stream=None, past_streams=(*table.past_streams, past))
    return rolled(table, now) if _read(table) else closed(table, now)


def with_destination(table: Table, wanted: Destination, shards: int, now: float, last_sequence: int) -> Table:
    """The table with a Kinesis destination. It begins with new shards, of its log if that is being written,
    so that it gets what is changed from now on.
    """
    wanted = replace(wanted, first_shard=table.next_shard)
    table = rolled(table, now) if _open(table) else _opened(table, shards, now, last_sequence)
    return with_changed(table, wanted)


def with_changed(table: Table, changed: Destination) -> Table:
    """The table with a destination in place of the one of the same stream, or before all others if there is
    none, and everything else as it was.
    """
    known = {one.stream_arn: one for one in table.destinations}
    if changed.stream_arn not in known:
        return replace(table, destinations=(changed, *table.destinations))
    known[changed.stream_arn] = changed
    return replace(table, destinations=tuple(known.values()))


def without_destination(table: Table, ended: Destination, now: float) -> Table:
    """The table with its destination ended, as `ended` says: it gets nothing that is changed from now on."""
    table = with_changed(table, replace(ended, end_shard=table.next_shard))
    return rolled(table, now) if _read(table) else closed(table, now)


def with_recovery(table: Table, recovery: Recovery, shards: int, now: float, last_sequence: int) -> Table:
    """The table with point-in-time recovery on. It reads the log that is there, or a new one of so many
    shards.
    """
    if not _open(table):
        table = _opened(table, shards, now, last_sequence)
    return replace(table, recovery=recovery)


def without_recovery(table: Table, now: float) -> Table:
    """The table with point-in-time recovery off. Its log goes on only for another reader."""
    table = replace(table, recovery=None)
    return table if _read(table) else closed(table, now)


def departing(table: Table, now: float) -> Table:
    """What is left of a table that is deleted: a log that nothing is added to."""
    on = table.destination
    if on is not None:
        table = with_changed(table, replace(on, status="DISABLING", due_at=now, end_shard=table.next_shard))
    return without_stream(without_recovery(table, now), now)


def _read(table: Table) -> bool:
    """Whether somebody reads what the table's log says from now on."""
    return not (table.stream is None and table.recovery is None and table.destination is None)


def _opened(table: Table, shards: int, now: float, last_sequence: int) -> Table:
    """The table with so many shards opened that continue none."""
    first = table.next_shard
    opened = []
    for position in range(shards):
        low, high = HASHES * position // shards, HASHES * (position + 1) // shards
        number = first + position
        opened.append(Shard(number, _shard_id(table, number, now), low, high - 1, now, start=last_sequence))
    return replace(table, shards=(*table.shards, *opened), next_shard=first + shards)


def closed(table: Table, now: float) -> Table:
    """The table with every open shard closed, and nothing to write changes to."""
    return replace(table, shards=tuple(_closed(shard, now) for shard in table.shards))


def rolled(table: Table, now: float) -> Table:
    """The table with every open shard closed and continued by a child."""
    children = [
        Shard(
            number,
            _shard_id(table, number, now),
            parent.first_hash,
            parent.last_hash,
            now,
            parent=parent.id,
        )
        for number, parent in enumerate(_open(table), table.next_shard)
    ]
    shards = (*(_closed(shard, now) for shard in table.shards), *children)
    return replace(table, shards=shards, next_shard=table.next_shard + len(children))


def roll_due(table: Table, now: float, shard_seconds: float) -> bool:
    return any(now - shard.opened_at >= shard_seconds for shard in _open(table))


def unsealed(table: Table) -> list[Shard]:
    """The shards that nobody will write to but whose end is not known yet."""
    return [shard for shard in table.shards if shard.closed_at is not None and shard.end is None]


def sealed(table: Table, last: Mapping[int, int]) -> Table:
    """The table with shards ended and their children begun. `last` has the last sequence in each shard that
    is to be sealed, by its number; 0 in one that is empty.
    """
    ends = {shard.id: shard.end for shard in table.shards}
    shards = []
    for shard in table.shards:  # parents come first
        if shard.start is None and shard.parent is not None:
            shard = replace(shard, start=ends[shard.parent])
        if shard.end is None and shard.start is not None and shard.number in last:
            shard = replace(shard, end=max(shard.start, last[shard.number]))
            ends[shard.id] = shard.end
        shards.append(shard)
    return replace(table, shards=tuple(shards))


def hidden(table: Table, numbers: Collection[int]) -> Table:
    """The table with these shards, which recovery may still need, taken from its streams: a stream begins
    with the first shard that is not among them.
    """

    def later(stream: Stream) -> Stream:
        left = (s.number for s in table.shards if s.number >= stream.first_shard and s.number not in numbers)
        return replace(stream, first_shard=min(left, default=table.next_shard))

    return replace(
        table,
        stream=None if table.stream is None else later(table.stream),
        past_streams=tuple(later(stream) for stream in table.past_streams),
    )


def shown(table: Table, shard: Shard) -> bool:
    """Whether some stream has the shard, or has had it and not lost it yet."""
    return any(stream.first_shard <= shard.number for stream in streams(table))


def without(table: Table, numbers: Collection[int], disabled_until: float) -> Table:
    """The table without the shards of these numbers, and without streams disabled by then (epoch seconds)."""
    return replace(
        table,
        shards=tuple(shard for shard in table.shards if shard.number not in numbers),
        past_streams=tuple(s for s in table.past_streams if not _disabled(s, disabled_until)),
    )


def streams(table: Table) -> Iterable[Stream]:
    """Every stream that can be read, oldest first."""
    return table.past_streams if table.stream is None else (*table.past_streams, table.stream)


def of_stream(table: Table, stream: Stream) -> list[Shard]:
    """The stream's shards that readers may know of, oldest first."""
    end = table.next_shard if stream.end_shard is None else stream.end_shard
    return [s for s in table.shards if stream.first_shard <= s.number < end and s.start is not None]


def _open(table: Table) -> list[Shard]:
    return [shard for shard in table.shards if shard.closed_at is None]


def _closed(shard: Shard, now: float) -> Shard:
    return replace(shard, closed_at=now) if shard.closed_at is None else shard


def _disabled(stream: Stream, until: float) -> bool:
    return stream.disabled_at is not None and stream.disabled_at <= until


def _shard_id(table: Table, number: int, now: float) -> str:
    """Ids sort by age: the time in milliseconds, then the number. Readers ask for the shards behind the last
    that they know, so the time never goes back, whatever the clock does.
    """
    latest = int(table.shards[-1].id[_ID_TIME]) if table.shards else 0
    return f"{_ID_PREFIX}{max(int(now * 1000), latest):0{_ID_DIGITS}d}-{number:08x}"


def _label(table: Table, now: float) -> str:
    """The time of creation, or the millisecond after the table's last stream."""
    created = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
    if table.latest_stream_label is not None:
        created = max(created, datetime.fromisoformat(table.latest_stream_label) + _MILLISECOND)
    return created.isoformat(timespec="milliseconds")
