"""Which partition keys are used most, in bounded memory.

A table may have more keys than can be counted one by one. So the counts of a thousand are kept, and when
there is no room the colder half is let go: what is hot stays. From then on a key that is not kept enters at
one of sixteen uses, by chance: what is hot is soon in, and its count lacks what it used before; what is cold,
which is most of a large table, costs no more than the throw of a die. (To enter each took 3 µs a read.) Kept
with each hash is the partition key itself, so that a report can name it.
"""

from dataclasses import dataclass
from heapq import nlargest
from random import Random
from typing import Final, Protocol, TypeVar

from dynalite.catalog.schema import KeySchema
from dynalite.values.types import Item

KEYS: Final = 1024
_ENTERS: Final = 1 / 16

# One of its own: whoever embeds the database may have seeded the interpreter's.
_chance: Final = Random(0).random


class Counted(Protocol):
    """What is counted of a key."""

    units: float


K = TypeVar("K")
C = TypeVar("C", bound=Counted)


def cool(kept: dict[K, C]) -> None:
    """Let the colder half of the keys go; of those that used alike, what came first.

    Sorted, because the heap of `nlargest` is Python's: 155 µs in place of 402 for 1,024 keys.
    """
    by_units = sorted(kept, key=lambda one: kept[one].units)
    for cold in by_units[: len(by_units) // 2]:
        del kept[cold]


@dataclass(slots=True)
class Spent:
    """The units that were spent on a partition key."""

    units: float
    key: Item


class Tally(Protocol):
    """What is told of the units that are spent on keys: a `Heat`, or what stands before one."""

    def add(self, hash_: bytes, units: float, keys: KeySchema, item: Item) -> None: ...

    def enter(self, hash_: bytes, units: float, keys: KeySchema, item: Item) -> None: ...


class Heat:
    """What was spent on the hottest keys, by partition hash. The units of a key that is kept may be added to
    directly.
    """

    __slots__ = ("_crowded", "kept")

    def __init__(self) -> None:
        self.kept: Final[dict[bytes, Spent]] = {}
        self._crowded = False

    def add(self, hash_: bytes, units: float, keys: KeySchema, item: Item) -> None:
        """Count units that were spent on a key; `item` has it."""
        spent = self.kept.get(hash_)
        if spent is not None:
            spent.units += units
        else:
            self.enter(hash_, units, keys, item)

    def enter(self, hash_: bytes, units: float, keys: KeySchema, item: Item) -> None:
        """Count a key that is not among those kept, or leave it out; `item` has it."""
        if self._crowded and _chance() > _ENTERS:
            return
        if len(self.kept) >= KEYS:
            self._crowded = True
            cool(self.kept)
        self.kept[hash_] = Spent(
            units, {attribute.name: item[attribute.name] for attribute in keys.partition}
        )

    def hottest(self, count: int) -> list[tuple[Item, float]]:
        """The keys that used most, with their units, the hottest first."""
        most = nlargest(count, self.kept.values(), key=lambda spent: spent.units)
        return [(spent.key, spent.units) for spent in most]
