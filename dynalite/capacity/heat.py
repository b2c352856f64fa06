"""Which partition keys are used most, in bounded memory.

A table may have more keys than can be counted one by one. So the counts of a thousand are kept, and when
there is no room the colder half is let go: what is hot stays, and its count lacks no more than what it had
when it was last let go. Kept with each hash is the partition key itself, so that a report can name it.
"""

from heapq import nlargest
from typing import Final

from dynalite.catalog.schema import KeySchema
from dynalite.values.types import Item

KEYS: Final = 1024


class Heat:
    """Units by partition hash. `units` may be added to directly, for the keys that it has."""

    __slots__ = ("names", "units")

    def __init__(self) -> None:
        self.units: Final[dict[bytes, float]] = {}
        self.names: dict[bytes, Item] = {}

    def add(self, hash_: bytes, units: float, keys: KeySchema, item: Item) -> None:
        """Count units that were spent on a key; `item` has it."""
        try:
            self.units[hash_] += units
        except KeyError:
            self.enter(hash_, units, keys, item)

    def enter(self, hash_: bytes, units: float, keys: KeySchema, item: Item) -> None:
        """Count a key that is not among those kept; `item` has it."""
        if len(self.units) >= KEYS:
            kept = set(nlargest(KEYS // 2, self.units, key=self.units.__getitem__))
            for cold in self.units.keys() - kept:
                del self.units[cold], self.names[cold]
        self.units[hash_] = units
        self.names[hash_] = {attribute.name: item[attribute.name] for attribute in keys.partition}

    def hottest(self, count: int) -> list[tuple[Item, float]]:
        """The keys that used most, with their units, the hottest first."""
        most = nlargest(count, self.units.items(), key=lambda entry: entry[1])
        return [(self.names[hash_], units) for hash_, units in most]
