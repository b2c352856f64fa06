"""Reading rows and counters: each answer from one statement, and so from one moment.

The statements give rows and counters apart, because they are in two tables. Here they become what the Engine
promises: counters are rows too, and a row to which amounts were added is their sum.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from dynalite.storage.engine import Row, decode_counter, encode_counter
from dynalite.storage.fence import GUARD
from dynalite.storage.postgres import statements
from dynalite.storage.postgres.connections import Found

Fetch: TypeAlias = Callable[..., Awaitable[Found]]
"""From a statement and its arguments to the rows that it gives."""


class Stored(NamedTuple):
    """What is under a key: a row and its `ver`, and the sum of what was added to it as a counter."""

    row: bytes | None = None
    ver: int | None = None
    total: int | None = None

    @property
    def value(self) -> bytes | None:
        if self.total is None:
            return self.row
        return encode_counter(decode_counter(self.row) + self.total)


NOTHING = Stored()


def stored(found: Found) -> dict[bytes, Stored]:
    """By key, what a statement of `statements` found."""
    by_key: dict[bytes, Stored] = {}
    for key, row, ver, total in found:
        other = by_key.get(key)
        if other is None:
            by_key[key] = Stored(row, ver, total)
        elif total is None:
            by_key[key] = Stored(row, ver, other.total)
        else:
            by_key[key] = Stored(other.row, other.ver, total)
    return by_key


async def read(fetch: Fetch, keys: Iterable[bytes]) -> dict[bytes, Stored]:
    """What is under these keys; a key without anything is not in the answer."""
    return stored(await fetch(statements.READ, list(keys)))


class Page(NamedTuple):
    """A page of rows, and the value of the guard at its moment."""

    rows: list[Row]
    guard: bytes | None


async def scan(
    fetch: Fetch, start: bytes, stop: bytes, *, limit: int, max_bytes: int, reverse: bool
) -> Page:
    """One page, as `Reader.scan` promises it."""
    statement = statements.SCAN_BACK if reverse else statements.SCAN
    found = await fetch(statement, start, stop, limit, max(max_bytes, 1), GUARD)
    by_key = stored(found)
    guard = by_key.get(GUARD, NOTHING).row
    page = sorted((key, each) for key, each in by_key.items() if start <= key < stop)
    if reverse:
        page.reverse()
    return Page(_cut(page, limit, max_bytes), guard)


def _cut(found: Sequence[tuple[bytes, Stored]], limit: int, max_bytes: int) -> list[Row]:
    """As much of what was found, in order, as makes a page.

    Rows and counters were each cut at the page's bounds. So behind the last row of a page that is full there
    may be counters but no rows, and what both have is all there is up to where the bounds are met again.
    """
    page: list[Row] = []
    left_bytes = max_bytes
    for key, each in found[:limit]:
        value = each.value
        assert value is not None
        page.append((key, value))
        left_bytes -= len(value)
        if left_bytes <= 0:
            break
    return page
