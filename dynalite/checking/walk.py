"""How a check reads: in pages, counting as it goes, so that its memory does not grow with the store.

What the engine itself cannot read (a block whose checksum is wrong) ends the part of the check that asked for
it, with `Unreadable`; the other parts go on.
"""

from collections.abc import AsyncIterator, Callable, Sequence

from dynalite.storage import keyspace
from dynalite.storage.engine import Reader, Row

_ROWS_PER_PAGE = 500
_PAGE_BYTES = 1 << 20
_LAST = b"\xff"


class Unreadable(Exception):
    """The engine fails to read its rows from `start` on; the cause is the engine's own error."""

    def __init__(self, start: bytes) -> None:
        super().__init__(start)
        self.start = start


def _ignore(rows: int) -> None:
    pass


class Walk:
    """A reader, and how many rows have been walked. `told` is called with that number after every page."""

    __slots__ = ("_reader", "_told", "rows_walked")

    def __init__(self, reader: Reader, told: Callable[[int], None] = _ignore) -> None:
        self._reader = reader
        self._told = told
        self.rows_walked = 0

    async def pages(self, start: bytes, stop: bytes) -> AsyncIterator[list[Row]]:
        """The rows with start <= key < stop, a page at a time. Those handed out may be changed."""
        while page := await self._page(start, stop, _ROWS_PER_PAGE):
            self.rows_walked += len(page)
            self._told(self.rows_walked)
            yield page
            start = page[-1][0] + b"\x00"

    async def rows(self, prefix: bytes) -> AsyncIterator[Row]:
        """The rows that begin with a prefix."""
        async for page in self.pages(prefix, keyspace.after(prefix)):
            for row in page:
                yield row

    async def first(self, start: bytes, stop: bytes = _LAST) -> bytes | None:
        """The first key of a range; None when it is empty."""
        page = await self._page(start, stop, 1)
        return page[0][0] if page else None

    async def values(self, keys: Sequence[bytes]) -> list[bytes | None]:
        try:
            return await self._reader.read(keys) if keys else []
        except Exception as error:
            raise Unreadable(keys[0]) from error

    async def value(self, key: bytes) -> bytes | None:
        return (await self.values([key]))[0]

    async def _page(self, start: bytes, stop: bytes, limit: int) -> list[Row]:
        try:
            return await self._reader.scan(start, stop, limit=limit, max_bytes=_PAGE_BYTES)
        except Exception as error:  # each engine has its own
            raise Unreadable(start) from error
