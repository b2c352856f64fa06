"""The item cache: what the items of some primary keys are, or that there are none.

It holds whole items as the JSON they are stored as; who wants a part of one takes it from the whole. An item
that does not exist is held like any other, until it is written or its time is over.

A read that misses takes a moment, and the item may be written in it. What was read is then older than what
the write left here, and must not replace it. So whoever is about to read says so (`begin`), and what it
brings is kept only when nobody has begun after it: of two that overlap, the one that began later saw
everything that the other did. A write begins after it is done.
"""

from typing import Final, NamedTuple

from dynalite.cache.lru import Entry, Figures, Lru
from dynalite.values.types import Spliced

ENTRY_BYTES: Final = 256
"""What an entry weighs besides its key and its item, about."""


class ItemKey(NamedTuple):
    """A table's id and the canonical text of its key attributes. A table that was dropped and made again has
    another id.
    """

    table: int
    partition: str
    sort: str | None


class Load:
    """A read on its way."""

    __slots__ = ()


class ItemCache:
    """Items by primary key. A time to live of 0 milliseconds means that they never become too old."""

    __slots__ = ("_loads", "_lru")

    def __init__(self, capacity_bytes: int, ttl_ms: int) -> None:
        self._lru: Lru[ItemKey, Spliced | None] = Lru(capacity_bytes, None)
        self._loads: dict[ItemKey, Load] = {}
        self.live_for(ttl_ms)

    @property
    def figures(self) -> Figures:
        return self._lru.figures

    def live_for(self, ttl_ms: int) -> None:
        """Set the time to live, also of what is held already."""
        self._lru.seconds_to_live = ttl_ms / 1000 if ttl_ms else None

    def get(self, key: ItemKey, now: float) -> Entry[Spliced | None] | None:
        """What is known of the item; its value is None when there is no such item."""
        return self._lru.get(key, now)

    def begin(self, key: ItemKey) -> Load:
        """A read of the item begins now; `finish` or `give_up` ends it."""
        load = self._loads[key] = Load()
        return load

    def finish(self, key: ItemKey, load: Load, item: Spliced | None, now: float) -> bool:
        """Hold what was read, unless a later read has begun or a write has come in between. Whether it was
        held.
        """
        if self._loads.get(key) is not load:
            return False
        del self._loads[key]
        self._hold(key, item, now)
        return True

    def give_up(self, key: ItemKey, load: Load) -> None:
        """The read has failed."""
        if self._loads.get(key) is load:
            del self._loads[key]

    def put(self, key: ItemKey, item: Spliced | None, now: float) -> None:
        """Hold what has been written. Reads that are on their way have seen older things."""
        self._loads.pop(key, None)
        self._hold(key, item, now)

    def discard(self, key: ItemKey) -> None:
        """Know nothing of the item any more, whatever reads on their way may bring."""
        self._loads.pop(key, None)
        self._lru.discard(key)

    def clear(self) -> None:
        self._loads.clear()
        self._lru.clear()

    def _hold(self, key: ItemKey, item: Spliced | None, now: float) -> None:
        size_bytes = ENTRY_BYTES + len(key.partition) + len(key.sort or "")
        if item is not None:
            size_bytes += len(item.json)
        self._lru.put(key, item, size_bytes, now)
