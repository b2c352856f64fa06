"""Partitions: however much a table may do, no key range does more than 3,000 reads or 1,000 writes a second.

The hash of the partition key decides the partition, and the partitions share out the hashes. A table begins
with as many equal ones as its throughput needs. There is no share per partition beyond the ceiling: adaptive
capacity lets any of them use what the table has left. One that is refused for a minute is split for heat:
around the key that causes most of it, which then has a partition to itself, or else through the middle of the
load. A single key can have no more than one partition, here as there.

What is left out: reads and writes are split apart from each other, a partition is never merged, an item
collection is not split by its sort key, and what was learnt of heat is forgotten when the server stops.
Source: the developer guide, "Burst and adaptive capacity" and "Designing partition keys".
"""

from bisect import bisect_right

from dynalite.capacity.bucket import Bucket
from dynalite.storage.keyspace import HASH_BYTES

SPLIT_SECONDS = 60.0
"""How long a partition must have been refusing before it is split, and after how much quiet that is over."""

_SPACE = 1 << (8 * HASH_BYTES)
_HASHES_WATCHED = 256
_BURST_SECONDS = 1.0


class _Partition:
    """The hashes from `start` up to those of the next partition."""

    __slots__ = ("bucket", "last_refused", "refused", "refusing_since", "start")

    def __init__(self, start: int, bucket: Bucket) -> None:
        self.start = start
        self.bucket = bucket
        self.refused: dict[int, int] = {}
        self.refusing_since = self.last_refused = float("-inf")


class Ranges:
    """The partitions of one table or global index, for reads or for writes."""

    __slots__ = ("_ceiling", "_partitions", "_starts")

    def __init__(self, ceiling: float, count: int, now: float) -> None:
        self._ceiling = ceiling
        self._partitions: list[_Partition] = []
        self._starts: list[int] = []
        self._replace(0, 0, [place * _SPACE // count for place in range(count)], now)

    def __len__(self) -> int:
        return len(self._partitions)

    def admits(self, hash_: bytes, now: float, *, heat: bool = True) -> bool:
        """Whether the partition of a hash lets a request pass. Refusals are remembered as heat."""
        number = int.from_bytes(hash_, "big")
        place = self._place(number)
        if self._partitions[place].bucket.open(now):
            return True
        if not heat:
            return False
        return self._refuse(place, number, now) and self._partitions[self._place(number)].bucket.open(now)

    def take(self, hash_: bytes, units: float, now: float) -> None:
        self._partitions[self._place(int.from_bytes(hash_, "big"))].bucket.take(units, now)

    def reserve(self, count: int, now: float) -> None:
        """Have at least so many partitions, by halving the widest ones."""
        while len(self._partitions) < count:
            widths = [self._end(place) - start for place, start in enumerate(self._starts)]
            place = widths.index(max(widths))
            start = self._starts[place]
            self._replace(place, place + 1, [start, start + widths[place] // 2], now)

    def _place(self, number: int) -> int:
        return bisect_right(self._starts, number) - 1

    def _end(self, place: int) -> int:
        return self._starts[place + 1] if place + 1 < len(self._starts) else _SPACE

    def _replace(self, first: int, behind: int, starts: list[int], now: float) -> None:
        self._starts[first:behind] = starts
        fresh = [_Partition(start, Bucket(self._ceiling, _BURST_SECONDS, now)) for start in starts]
        self._partitions[first:behind] = fresh

    def _refuse(self, place: int, number: int, now: float) -> bool:
        """Note a refusal. Whether the partition has been split because of it."""
        hot = self._partitions[place]
        if not 0 <= now - hot.last_refused < SPLIT_SECONDS:
            hot.refusing_since = now
            hot.refused.clear()
        hot.last_refused = now
        if number in hot.refused or len(hot.refused) < _HASHES_WATCHED:
            hot.refused[number] = hot.refused.get(number, 0) + 1
        if now - hot.refusing_since < SPLIT_SECONDS:
            return False
        end = self._end(place)
        starts = sorted({hot.start, *(cut for cut in _cuts(hot.refused) if hot.start < cut < end)})
        if len(starts) == 1:
            return False
        self._replace(place, place + 1, starts, now)
        return True


def _cuts(refused: dict[int, int]) -> tuple[int, ...]:
    """Where to cut: on both sides of a key with half of the refusals, or in the middle of them."""
    total = sum(refused.values())
    hottest = max(refused, key=refused.__getitem__)
    if 2 * refused[hottest] >= total:
        return hottest, hottest + 1
    so_far = 0
    for number in sorted(refused):
        if 2 * so_far >= total:
            return (number,)
        so_far += refused[number]
    return (max(refused),)
