"""Numbers for lists of attribute names, kept for ever.

A DAX client does not send an item's attribute names with every item. It asks once for a number that stands
for the sorted names, and from then on sends the number; and what it has learnt it uses until its process
ends, whatever happens to the server. So a number must mean the same names on every node, after every restart,
and in a server that never met the client: it is derived from the names themselves, and what it stands for is
written down before anybody is told.

A number is 53 bits of a hash, which JavaScript's numbers can hold. 1 is the empty list's, by agreement of the
clients. Should two lists ever share a hash, the later one takes the next number that is free.

The rows are never deleted; as in the real service, applications whose attribute names know no bounds fill it.
Memory holds only those that are in use.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, TypeAlias

import msgpack

from dynalite.cache.lru import Lru
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Decide, Engine

Names: TypeAlias = tuple[str, ...]

EMPTY_LIST: Final = 1
_FIRST: Final = 2
_ID_BITS: Final = 53
_ID_BYTES: Final = 8
_CANDIDATES: Final = 4
_REMEMBERED_BYTES: Final = 8 << 20
_ENTRY_BYTES: Final = 200


class AttributeLists:
    """The registry. Both directions are remembered; asking for what is remembered waits for nothing."""

    __slots__ = ("_engine", "_ids", "_names")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ids: Lru[Names, int] = Lru(_REMEMBERED_BYTES, None)
        self._names: Lru[int, Names] = Lru(_REMEMBERED_BYTES, None)

    async def id_of(self, names: Names) -> int:
        """The number of a list, which is durable when this returns."""
        if not names:
            return EMPTY_LIST
        known = self._ids.get(names, 0)
        if known is not None:
            return known.value
        candidates = _candidates(names)
        identifier = await self._engine.update([_row(one) for one in candidates], _claim(names, candidates))
        self._remember(identifier, names)
        return identifier

    async def names_of(self, identifier: int) -> Names | None:
        """The list that a number stands for; None when it was never given out."""
        if identifier == EMPTY_LIST:
            return ()
        known = self._names.get(identifier, 0)
        if known is not None:
            return known.value
        if not _FIRST <= identifier < 1 << _ID_BITS:
            return None
        (row,) = await self._engine.read([_row(identifier)])
        if row is None:
            return None
        names = tuple(msgpack.unpackb(row))
        self._remember(identifier, names)
        return names

    def _remember(self, identifier: int, names: Names) -> None:
        size_bytes = _ENTRY_BYTES + sum(map(len, names))
        self._ids.put(names, identifier, size_bytes, 0)
        self._names.put(identifier, names, size_bytes, 0)


def _candidates(names: Names) -> list[int]:
    digest = blake2b(msgpack.packb(names), digest_size=_ID_BYTES).digest()
    first = int.from_bytes(digest, "big") >> 64 - _ID_BITS
    room = (1 << _ID_BITS) - _FIRST
    return [_FIRST + (first + step) % room for step in range(_CANDIDATES)]


def _row(identifier: int) -> bytes:
    return keyspace.system(b"dax-attributes/" + identifier.to_bytes(_ID_BYTES, "big"))


def _claim(names: Names, candidates: Sequence[int]) -> Decide[int]:
    written: bytes = msgpack.packb(names)

    def decide(values: Sequence[bytes | None]) -> tuple[int, Batch | None]:
        for identifier, value in zip(candidates, values, strict=True):
            if value == written:
                return identifier, None
            if value is None:
                batch = Batch()
                batch.put(_row(identifier), written)
                return identifier, batch
        raise ValueError("more lists of attribute names share one hash than there can be")

    return decide
