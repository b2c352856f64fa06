"""What has happened to each item within a span of time: its image before, and its last change.

They are gathered in rows beside a table that is only made for this, one row for each item, by walking the log
backwards: the first change that is met is the item's last, and the last one that is met says what it was
before.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgpack

from dynalite.catalog.schema import Table
from dynalite.log.record import Logged, LoggedImage
from dynalite.recovery import target
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Engine


class Gathered(NamedTuple):
    """An item's fate. `at` is when it was last changed; an image is None where there was no item."""

    at: float
    before: LoggedImage | None
    after: LoggedImage | None

    @property
    def size(self) -> int:
        """Of both images, in bytes as charged."""
        return sum(image.size for image in (self.before, self.after) if image is not None)


def prefix(table: int) -> bytes:
    """What the keys of the rows begin with; the item's place follows."""
    return keyspace.job(table, b"gathered")


def unpack(stored: bytes) -> Gathered:
    at, before, after = msgpack.unpackb(stored)
    return Gathered(at, before and LoggedImage(*before), after and LoggedImage(*after))


async def add(
    engine: Engine, scratch: Table, changes: Iterable[Logged], *, stored: bytes | None, reached: bytes
) -> None:
    """Put changes, the newest first, to what was gathered of later ones, and bring the progress from `stored`
    to `reached`. Nothing happens when it is not at `stored` any more.
    """
    met: dict[bytes, Gathered] = {}
    for change in changes:
        later = met.get(change.place)
        met[change.place] = _joined(change, later)
    keys = [prefix(scratch.id) + place for place in met]
    progress = target.progress_key(scratch.id)

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch | None]:
        if values[0] != stored:  # another tick was here
            return None, None
        batch = Batch()
        batch.put(progress, reached)
        for key, present, found in zip(keys, values[1:], met.values(), strict=True):
            if present is not None:
                later = unpack(present)
                found = Gathered(later.at, found.before, later.after)
            batch.put(key, msgpack.packb(tuple(found)))
        return None, batch

    await engine.update([progress, *keys], decide)


def _joined(change: Logged, later: Gathered | None) -> Gathered:
    if later is None:
        return Gathered(change.at, change.before, change.after)
    return Gathered(later.at, change.before, later.after)
