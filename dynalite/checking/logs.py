"""A table's change log: its shards, and whether its records lead to the items as they are.

Every record holds the item before and after a change, and all changes of one item are in one shard at a time.
So the image before each change must be the image after the one before it, and the last must be the present
item. That is provable from the first record that is kept, as long as the log was written without a pause: a
shard without a parent begins anew. What was trimmed proves nothing.

To compare, the fingerprint of the last image of every item in the log is remembered. A log of many records is
walked several times, each time for a share of the hashes, so that memory stays bounded.
"""

from collections.abc import AsyncIterator, Iterable
from itertools import pairwise

import msgpack

from dynalite.catalog.lineage import HASHES
from dynalite.catalog.schema import Shard, Table
from dynalite.checking.finding import Finding, named
from dynalite.checking.items import Wrong, decoded
from dynalite.checking.walk import Walk
from dynalite.items import record as records
from dynalite.log import horizon
from dynalite.log.record import Image, Logged, UnknownVersion, unpack
from dynalite.storage import keyspace
from dynalite.storage.engine import decode_counter, entry_of

_RECORDS_PER_WALK = 200_000
_ITEMS_PER_PAGE = 500


class LogCheck:
    """The check of one table's log. `present`: the table is there, and its items with it."""

    def __init__(self, walk: Walk, table: Table, *, present: bool) -> None:
        self._walk = walk
        self._table = table
        self._present = present
        self._where = f"the log of {named(table)}"
        self._records = 0
        self.last_sequence = 0
        """The highest sequence of a record."""

    async def findings(self) -> AsyncIterator[Finding]:
        for what in _lineage(self._table.shards):
            yield Finding("shard", self._where, b"", what)
        for shard in self._table.shards:
            async for finding in self._shard(shard):
                yield finding
        walks = 1 + self._records // _RECORDS_PER_WALK
        for share in range(walks):
            async for finding in self._images(HASHES * share // walks, HASHES * (share + 1) // walks):
                yield finding

    async def _shard(self, shard: Shard) -> AsyncIterator[Finding]:
        """Every record of a shard by itself, and whether the last is where the shard ends."""
        last = 0
        async for key, value in self._walk.rows(keyspace.log(self._table.id, shard.number)):
            self._records += 1
            last = entry_of((key, value)).sequence
            what = _misplaced(shard, last)
            try:
                place = _logged(value).place[:2]
            except Wrong as error:
                what = str(error)
            else:
                if not shard.first_hash <= int.from_bytes(place, "big") <= shard.last_hash:
                    what = "is of an item that belongs to another shard"
            if what is not None:
                yield Finding("log record", self._where, key, what)
        self.last_sequence = max(self.last_sequence, last)
        if last and shard.end is not None and await self._trimmed(shard) < shard.end != last:
            what = f"shard {shard.number} ends at {shard.end}, and its last record is {last}"
            yield Finding("shard", self._where, b"", what)

    async def _trimmed(self, shard: Shard) -> int:
        key = keyspace.horizon(self._table.id, shard.number)
        values = await self._walk.values([key + horizon.STREAMS, key + horizon.RECOVERY])
        return max(map(decode_counter, values))

    # -------------------------------------------------------------- images

    async def _images(self, first_hash: int, beyond: int) -> AsyncIterator[Finding]:
        """The changes of the items in a range of hashes, each held against the one before it."""
        latest: dict[bytes, int | None] = {}
        for shard in self._table.shards:
            if shard.parent is None:
                _forget(latest, shard)
            async for key, value in self._walk.rows(keyspace.log(self._table.id, shard.number)):
                try:
                    logged = _logged(value)
                except Wrong:
                    continue
                if not first_hash <= int.from_bytes(logged.place[:2], "big") < beyond:
                    continue
                before = _fingerprint(logged.before)
                if latest.get(logged.place, before) != before:
                    what = "does not go on from the item's last change"
                    yield Finding("log record", self._where, key, what)
                latest[logged.place] = _fingerprint(logged.after)
        if self._present and self._table.log is not None:
            async for finding in self._present_items(latest):
                yield finding

    async def _present_items(self, latest: dict[bytes, int | None]) -> AsyncIterator[Finding]:
        places = list(latest)
        for start in range(0, len(places), _ITEMS_PER_PAGE):
            page = places[start : start + _ITEMS_PER_PAGE]
            keys = [self._table.items_prefix + place for place in page]
            for place, key, value in zip(page, keys, await self._walk.values(keys), strict=True):
                if _readable(value) and latest[place] != _fingerprint_of(value):
                    what = "is not what its last change in the log made it"
                    yield Finding("item", named(self._table), key, what)


def _logged(value: bytes) -> Logged:
    """A record of the log. Raises Wrong."""
    try:
        logged = unpack(value)
    except UnknownVersion as error:
        raise Wrong(str(error)) from error
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise Wrong(f"cannot be decoded ({type(error).__name__})") from error
    if not isinstance(logged.place, bytes) or len(logged.place) < keyspace.HASH_BYTES:
        raise Wrong("names no item")
    return logged


def _fingerprint(image: Image | None) -> int | None:
    return None if image is None else hash(image.json)


def _fingerprint_of(value: bytes | None) -> int | None:
    return None if value is None else _fingerprint(records.unpack(value))


def _readable(value: bytes | None) -> bool:
    """Whether it can be compared; an item that cannot be decoded was told of with the table's items."""
    try:
        return value is None or decoded(value) is not None
    except Wrong:
        return False


def _forget(latest: dict[bytes, int | None], shard: Shard) -> None:
    """A shard begins anew: nothing is known any more of the items in its range."""
    for place in [
        place for place in latest if shard.first_hash <= int.from_bytes(place[:2], "big") <= shard.last_hash
    ]:
        del latest[place]


def _misplaced(shard: Shard, sequence: int) -> str | None:
    if shard.start is not None and sequence <= shard.start:
        return f"comes before the shard's beginning, {shard.start}"
    if shard.end is not None and sequence > shard.end:
        return f"comes after the shard's end, {shard.end}"
    return None


def _lineage(shards: Iterable[Shard]) -> list[str]:
    """What is wrong with the shards of a table, one sentence each."""
    shards = list(shards)
    wrong = [
        f"shard {later.number} comes after {earlier.number}"
        for earlier, later in pairwise(shards)
        if later.number <= earlier.number
    ]
    known = {shard.id: shard for shard in shards}
    for shard in shards:
        parent = None if shard.parent is None else known.get(shard.parent)
        if parent is not None and shard.start is not None and shard.start != parent.end:
            wrong.append(f"shard {shard.number} does not begin where its parent {parent.number} ends")
        if shard.start is not None and shard.end is not None and shard.end < shard.start:
            wrong.append(f"shard {shard.number} ends before it begins")
    ranges = sorted((s.first_hash, s.last_hash) for s in shards if s.closed_at is None)
    borders = [-1, *(border for range_ in ranges for border in range_), HASHES]
    if ranges and any(low + 1 != high for low, high in zip(borders[::2], borders[1::2], strict=True)):
        wrong.append("the open shards do not divide all hashes among them")
    return wrong
