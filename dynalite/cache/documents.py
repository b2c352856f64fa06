"""Small JSON documents by name, kept with the data: what DAX's control plane has to remember."""

from collections.abc import Sequence
from typing import Any, Final, TypeAlias

import orjson

from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, Decide, Engine

Document: TypeAlias = dict[str, Any]

_SPACE: Final = keyspace.system(b"dax/")
_ROWS_PER_PAGE: Final = 1000
_PAGE_BYTES: Final = 1 << 20


class Documents:
    """All documents of a database. Each write is durable when it returns."""

    __slots__ = ("_engine",)

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def load(self) -> dict[str, Document]:
        """Every document by its name."""
        found: dict[str, Document] = {}
        start, stop = _SPACE, keyspace.after(_SPACE)
        while rows := await self._engine.scan(start, stop, limit=_ROWS_PER_PAGE, max_bytes=_PAGE_BYTES):
            for key, value in rows:
                found[key[len(_SPACE) :].decode()] = orjson.loads(value)
            start = rows[-1][0] + b"\x00"
        return found

    async def put(self, name: str, document: object) -> None:
        """Keep a document: anything that JSON, or orjson for us, can write."""
        await self._engine.update([], _set(name, orjson.dumps(document)))

    async def delete(self, name: str) -> None:
        await self._engine.update([], _set(name, None))


def _set(name: str, value: bytes | None) -> Decide[None]:
    key = _SPACE + name.encode()

    def decide(_: Sequence[bytes | None]) -> tuple[None, Batch]:
        batch = Batch()
        batch.rows[key] = value
        return None, batch

    return decide
