"""The query cache: answers of Query and Scan by what was asked.

The key is the request itself, with canonical values, without what does not change the answer (whether
consumed capacity is wanted), and with the table's id for its name. Two requests that mean the same but are
written differently are two entries, as in the real service.
"""

from hashlib import blake2b
from typing import Final

import orjson

from dynalite.cache.lru import Figures, Lru
from dynalite.values.types import Answer, Parsed, Request, Spliced

ENTRY_BYTES: Final = 512
_KEY_BYTES: Final = 16
_NOT_IN_KEY: Final = frozenset(["TableName", "ReturnConsumedCapacity"])


class QueryCache:
    """Answers by request. A time to live of 0 milliseconds means that none is held."""

    __slots__ = ("_lru", "_ttl_ms")

    def __init__(self, capacity_bytes: int, ttl_ms: int) -> None:
        self._lru: Lru[bytes, Answer] = Lru(capacity_bytes, ttl_ms / 1000)
        self._ttl_ms = ttl_ms

    @property
    def figures(self) -> Figures:
        return self._lru.figures

    @property
    def holds_answers(self) -> bool:
        return self._ttl_ms > 0

    def live_for(self, ttl_ms: int) -> None:
        """Set the time to live, also of what is held already."""
        self._ttl_ms = ttl_ms
        self._lru.seconds_to_live = ttl_ms / 1000

    def get(self, key: bytes, now: float) -> Answer | None:
        """The answer to a request, without its consumed capacity. It is the cache's own: do not change it."""
        entry = self._lru.get(key, now)
        return None if entry is None else entry.value

    def put(self, key: bytes, answer: Answer, now: float) -> None:
        """Hold an answer, without its consumed capacity."""
        kept = {name: value for name, value in answer.items() if name != "ConsumedCapacity"}
        size_bytes = ENTRY_BYTES + len(orjson.dumps(kept.get("LastEvaluatedKey")))
        items = kept.get("Items")
        if items is not None:
            spliced = items if isinstance(items, Spliced) else Spliced(orjson.dumps(items))
            kept["Items"] = spliced
            size_bytes += len(spliced.json)
        self._lru.put(key, kept, size_bytes, now)

    def clear(self) -> None:
        self._lru.clear()


def key(operation: str, table: int, request: Request) -> bytes:
    """What stands for a request whose values are canonical."""
    essence = {
        name: value.tree if isinstance(value, Parsed) else value
        for name, value in request.items()
        if name not in _NOT_IN_KEY
    }
    written = orjson.dumps((operation, table, essence), option=orjson.OPT_SORT_KEYS)
    return blake2b(written, digest_size=_KEY_BYTES).digest()
