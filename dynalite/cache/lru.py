"""Entries that make room for others: the ones unused for longest leave first, when the bytes are used up."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class Figures:
    """What a cache has done so far, and what it holds now."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    evicted_bytes: int = 0
    entries: int = 0
    size_bytes: int = 0


class Entry(NamedTuple, Generic[V]):
    """A value, what it weighs, and when it was written (epoch seconds)."""

    value: V
    size_bytes: int
    written_at: float


class Lru(Generic[K, V]):
    """At most `capacity_bytes` of entries. `seconds_to_live` of None: an entry never becomes too old."""

    __slots__ = ("_entries", "capacity_bytes", "figures", "seconds_to_live")

    def __init__(self, capacity_bytes: int, seconds_to_live: float | None) -> None:
        self.capacity_bytes = capacity_bytes
        self.seconds_to_live = seconds_to_live
        self.figures = Figures()
        self._entries: OrderedDict[K, Entry[V]] = OrderedDict()

    def get(self, key: K, now: float) -> Entry[V] | None:
        """The entry, unless it is too old. Counts a hit or a miss."""
        entry = self._entries.get(key)
        figures = self.figures
        if entry is None:
            figures.misses += 1
            return None
        if self.seconds_to_live is not None and entry.written_at + self.seconds_to_live <= now:
            figures.misses += 1
            self.discard(key)
            return None
        figures.hits += 1
        self._entries.move_to_end(key)
        return entry

    def put(self, key: K, value: V, size_bytes: int, now: float) -> None:
        """Hold a value. One that is larger than the cache is not held, nor is what it replaces."""
        self.discard(key)
        if size_bytes > self.capacity_bytes:
            return
        figures = self.figures
        self._entries[key] = Entry(value, size_bytes, now)
        figures.entries += 1
        figures.size_bytes += size_bytes
        while figures.size_bytes > self.capacity_bytes:
            oldest = next(iter(self._entries))
            figures.evictions += 1
            figures.evicted_bytes += self.discard(oldest)

    def discard(self, key: K) -> int:
        """Forget an entry, if there is one. Returns the bytes that this sets free."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return 0
        self.figures.entries -= 1
        self.figures.size_bytes -= entry.size_bytes
        return entry.size_bytes

    def clear(self) -> None:
        self._entries.clear()
        self.figures.entries = self.figures.size_bytes = 0
