"""Which moments a table can be restored to, and how much of its change log that takes.

A table with point-in-time recovery can be restored to any moment between two: the earliest, when it was
enabled or the recovery period ago, whichever is later, and the latest, which is the present less the lag that
the server is set to. The earliest is told rounded up to whole seconds, once the latest is as late: that is
what most SDKs send back.

The log that it takes is trimmed behind the period. What is gone does not come back when the period is made
longer, or the clock is set back, so the time up to which changes may be gone is written down, in a row of the
table's, before any is deleted. A restore under way keeps what it needs, however long it takes.
"""

import math
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import NamedTuple

from dynalite.catalog.schema import Restore, Table
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine, Reader, write_batch

DAY_SECONDS = 86_400.0

_SECONDS = Struct(">d")


class Window(NamedTuple):
    """The first and the last moment that a table can be restored to (epoch seconds), as they are told.
    `opened` is the first to a fraction of a second, where that is when recovery was enabled.
    """

    earliest: float
    latest: float
    opened: float

    def meant_by(self, asked: float) -> float | None:
        """The moment that is meant by the one asked for; None when it is not in the window. The second in
        which recovery was enabled is: in that second the window is told with fractions, which SDKs cut off.
        """
        return max(asked, self.opened) if math.floor(self.opened) <= asked <= self.latest else None


async def of(reader: Reader, table: Table, now: float, lag_seconds: float) -> Window | None:
    """The window of a table; None when point-in-time recovery is not enabled."""
    recovery = table.recovery
    if recovery is None or recovery.since is None:
        return None
    trimmed = await trimmed_until(reader, table.id)
    start = max(recovery.since, trimmed, now - recovery.period_days * DAY_SECONDS)
    latest = max(start, _whole_millis(now - lag_seconds))
    earliest = float(math.ceil(start))
    if earliest > latest:
        earliest = start
    return Window(earliest, latest, start if start == recovery.since else earliest)


def _whole_millis(moment: float) -> float:
    """Rounded, but never to what is later: at the latest time nothing may be still to come."""
    nearest = round(moment, 3)
    return nearest if nearest <= moment else round(moment - 0.001, 3)


def kept_since(table: Table, others: Iterable[Table], now: float) -> float:
    """Changes made after this time are still needed to restore the table, or by one of the others that is
    being restored from it.
    """
    needed = [now]
    if table.recovery is not None:
        needed.append(now - table.recovery.period_days * DAY_SECONDS)
    needed += [
        restore.at if restore.since is None else restore.since for restore in _under_way(table.id, others)
    ]
    return min(needed)


def held(table: int, others: Iterable[Table]) -> bool:
    """Whether one of the others is being restored from the items and the log of the table with this id."""
    return any(True for _ in _under_way(table, others))


def _under_way(table: int, others: Iterable[Table]) -> Iterator[Restore]:
    for other in others:
        restore = other.restore
        if restore is not None and not restore.done and restore.source == table:
            yield restore


async def trimmed_until(reader: Reader, table: int) -> float:
    """Changes made up to this time may be gone from the table's log; 0 when none is."""
    (value,) = await reader.read([_trimmed_key(table)])
    return 0.0 if value is None else float(_SECONDS.unpack(value)[0])


async def trim(engine: Engine, table: int, until: float) -> None:
    """Write down that changes made up to `until` may be gone from now on."""
    if until > await trimmed_until(engine, table):
        batch = Batch()
        batch.put(_trimmed_key(table), _SECONDS.pack(until))
        await write_batch(engine, batch)


def _trimmed_key(table: int) -> bytes:
    return keyspace.job(table, b"recovery")
