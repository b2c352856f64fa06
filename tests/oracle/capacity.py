"""What requests cost (developer guide, "Read consistency", "Capacity consumption", and what was measured).

A `Spent` is what one action consumed: units on the table's own arm, read or written, and units on indexes.
They add up over the actions of a batch or a transaction.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.oracle.schema import Index
from tests.oracle.values import Item, item_size_bytes

Report = dict[str, object]


@dataclass(frozen=True)
class Spent:
    read: float = 0.0
    written: float = 0.0
    indexes: dict[Index, float] = field(default_factory=dict)

    def twice_on_the_table(self) -> "Spent":
        """What the same action costs in a transaction: the indexes are not charged twice."""
        return Spent(2 * self.read, 2 * self.written, self.indexes)

    def report(self, table: str, mode: str | None, *, transactional: bool = False) -> Report | None:
        """The ConsumedCapacity of one table; None when it was not asked for."""
        if mode in (None, "NONE"):
            return None
        arms = {index: units for index, units in self.indexes.items() if units}
        own: Report = {"CapacityUnits": self.read + self.written}
        consumed: Report = {
            "TableName": table,
            "CapacityUnits": self.read + self.written + sum(arms.values()),
        }
        if transactional:
            split = {"ReadCapacityUnits": self.read, "WriteCapacityUnits": self.written}
            own |= {name: units for name, units in split.items() if units}
            consumed |= {name: units for name, units in split.items() if units}
            if self.written and arms:
                consumed["WriteCapacityUnits"] = self.written + sum(arms.values())
        if mode == "INDEXES":
            consumed["Table"] = own
            for member, local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
                used = {index.name: {"CapacityUnits": arms[index]} for index in arms if index.local is local}
                if used:
                    consumed[member] = used
        return consumed


def total(parts: Iterable[Spent]) -> Spent:
    read = written = 0.0
    indexes: Counter[Index] = Counter()
    for part in parts:
        read, written = read + part.read, written + part.written
        indexes.update(part.indexes)
    return Spent(read, written, dict(indexes))


def read_units(size_bytes: int, consistent: bool) -> float:
    return max(1, -(-size_bytes // 4096)) * (1.0 if consistent else 0.5)


def write_units(*images: Item | None) -> int:
    """One unit per started KB of the larger image, and never less than one."""
    return max(1, -(-larger_bytes(*images) // 1024))


def larger_bytes(*images: Item | None) -> int:
    return max((item_size_bytes(image) for image in images if image is not None), default=0)


def index_write_units(before: Item | None, after: Item | None, index: Index) -> int:
    """An index pays for the change of what it keeps (measured): two units when an entry moves, none when
    nothing changes.
    """
    if before == after:
        return 0
    if before is None or after is None:
        return write_units(before, after)
    if all(before[key.name] == after[key.name] for key in index.keys):
        return write_units(before, after)
    return write_units(before) + write_units(after)
