"""A bounded memory of what was computed before: the least recently used entries make room."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Entries whose weights, 1 each unless said otherwise, sum up to `capacity` at most."""

    __slots__ = ("_capacity", "_entries", "_weight")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._weight = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()

    def get(self, key: K) -> V | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: K, value: V, weight: int = 1) -> None:
        """Remember a value; one that outweighs the capacity by itself is forgotten at once."""
        replaced = self._entries.pop(key, None)
        self._weight += weight - (0 if replaced is None else replaced[1])
        self._entries[key] = value, weight
        while self._weight > self._capacity:
            _, (_, freed) = self._entries.popitem(last=False)
            self._weight -= freed

    def __len__(self) -> int:
        return len(self._entries)
