"""What is written together: members that join while an earlier group is on its way.

A member is what stands or falls as a whole: usually one update, with what it expects to find. An update that
was decided from what a member of the same group is about to write becomes part of that member, because it is
right only if the other is. So a hundred increments of one item can be one member, and one round trip.

Updates are decided one after another, each from what is in the database with the rows of its group laid over
it, so the order in which they join is an order in which they could have happened. Counters are not laid over:
whoever reads one that the group adds to, or puts one, waits until the group is settled.
"""

import asyncio
from asyncio import AbstractEventLoop, Future
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from dynalite.storage.engine import Batch, decode_counter, encode_counter
from dynalite.storage.fence import GUARD
from dynalite.storage.postgres.rows import NOTHING, Stored

MOST_MEMBERS: Final = 128
MOST_BYTES: Final = 4 << 20


class Stale(Exception):
    """Something that an update was decided from has changed: it is to be decided again."""


class Append(NamedTuple):
    """A log record and its place among those of the group."""

    place: int
    log: bytes
    record: bytes


class Member:
    """Updates that stand or fall together.

    `fenced` members depend on what the tables are, which is as of when the guard had the value `believed`.
    """

    __slots__ = ("appends", "believed", "counts", "expected", "fenced", "rows", "waiters")

    def __init__(self) -> None:
        self.fenced = False
        self.believed: bytes | None = None
        self.expected: set[tuple[bytes, int | None, int | None]] = set()
        self.rows: dict[bytes, bytes | None] = {}
        self.appends: list[Append] = []
        self.counts: dict[bytes, int] = {}
        self.waiters: list[Future[None]] = []

    def fence(self, believed: bytes | None) -> None:
        """Depend on the tables as of a value of the guard; the value that was there first stays."""
        if not self.fenced:
            self.fenced, self.believed = True, believed

    def absorb(self, other: "Member") -> None:
        """Become one with another member of the group. Neither writes a row of the other's."""
        if other.fenced:
            self.fence(other.believed)
        self.expected |= other.expected
        self.rows.update(other.rows)
        self.appends += other.appends
        for counter, amount in other.counts.items():
            self.counts[counter] = self.counts.get(counter, 0) + amount
        self.waiters += other.waiters

    def settle(self, failure: Exception | None) -> None:
        """Tell everybody who waits."""
        for waiter in self.waiters:
            if waiter.done():
                continue
            if failure is None:
                waiter.set_result(None)
            else:
                waiter.set_exception(_another(failure))


class Group:
    """Members on their way to the database, and what its rows will be when they are there."""

    __slots__ = (
        "_owners",
        "_settled",
        "counting",
        "failed",
        "loop",
        "members",
        "places",
        "size_bytes",
        "ver",
    )

    def __init__(self, loop: AbstractEventLoop, ver: int) -> None:
        self.loop = loop
        self.ver = ver
        """What every row that the group writes is known by."""
        self.members: list[Member] = []
        self.counting: set[bytes] = set()
        """The counters that somebody adds to."""
        self.failed: set[Member] = set()
        self.places = 0
        self.size_bytes = 0
        self._owners: dict[bytes, Member] = {}
        self._settled: Future[None] = loop.create_future()

    @property
    def full(self) -> bool:
        return len(self.members) >= MOST_MEMBERS or self.size_bytes >= MOST_BYTES

    def __contains__(self, key: bytes) -> bool:
        """Whether a member writes the row at `key`."""
        return key in self._owners

    def value(self, key: bytes) -> bytes | None:
        """What the row at `key` will be."""
        return self._owners[key].rows[key]

    def counts(self, keys: Iterable[bytes]) -> bool:
        """Whether one of these is a counter that somebody adds to."""
        return bool(self.counting) and not self.counting.isdisjoint(keys)

    def join(
        self, read: Iterable[bytes], expected: Mapping[bytes, Stored], batch: Batch | None
    ) -> tuple[Member, Future[None]]:
        """Take an update that was decided from the rows at `read`, of which `expected` are the database's.

        Returns what it is part of now, and a future that is done when the update is durable; it may fail.
        """
        batch = batch or Batch()
        touched = (*read, *batch.rows, *batch.counts)
        owners = list(dict.fromkeys(self._owners[key] for key in touched if key in self._owners))
        member = self._united(owners)
        member.expected.update((key, each.ver, each.total) for key, each in expected.items())
        self._take(member, batch)
        waiter = self.loop.create_future()
        member.waiters.append(waiter)
        return member, waiter

    def _united(self, owners: list[Member]) -> Member:
        """One member from all that an update has to do with, or a new one."""
        if not owners:
            member = Member()
            self.members.append(member)
            return member
        member, *others = owners
        for other in others:
            member.absorb(other)
            self.members.remove(other)
            self._owners.update(dict.fromkeys(other.rows, member))
        return member

    def _take(self, member: Member, batch: Batch) -> None:
        for key, value in batch.rows.items():
            member.rows[key] = value
            self._owners[key] = member
            self.size_bytes += len(key) + len(value or b"")
        for log, record in batch.appends:
            member.appends.append(Append(self.places, log, record))
            self.places += 1
            self.size_bytes += len(record)
        for counter, amount in batch.counts.items():
            if counter in member.rows:  # the sum starts from the row that is put
                member.rows[counter] = encode_counter(decode_counter(member.rows[counter]) + amount)
            else:
                member.counts[counter] = member.counts.get(counter, 0) + amount
                self.counting.add(counter)

    # -------------------------------------------------------------- the end

    async def until_settled(self) -> None:
        """Return when the group's fate is known, whatever it is."""
        await asyncio.wait((self._settled,))

    def written(self, key: bytes) -> Stored | None:
        """What the group has written at `key`, if it has."""
        member = self._owners.get(key)
        if member is None or member in self.failed or key in self.counting:
            return None
        row = member.rows[key]
        return NOTHING if row is None else Stored(row, self.ver)

    def dismiss(self, member: Member, failure: Exception) -> None:
        """Let a member go without writing it."""
        self.members.remove(member)
        self.failed.add(member)
        member.settle(failure)

    def settle(self, stale: Iterable[int]) -> None:
        """The group is written, except the members at these places, of which nothing is."""
        self.failed.update(self.members[place] for place in stale)
        for member in self.members:
            member.settle(Stale() if member in self.failed else None)
        self._settled.set_result(None)

    def fail(self, failure: Exception) -> None:
        self.failed.update(self.members)
        for member in self.members:
            member.settle(failure)
        self._settled.set_result(None)

    # -------------------------------------------------------------- what is sent

    def columns(self) -> dict[str, list[object]]:
        """The arrays of `statements.COMMIT` by name; members are named by their place."""
        columns: dict[str, list[object]] = {name: [] for name in _COLUMNS}
        for place, member in enumerate(self.members):
            _extend(columns, place, "expected", _EXPECTED, member.expected)
            _extend(columns, place, "put", _PUT, member.rows.items())
            _extend(columns, place, "count", _COUNT, member.counts.items())
            _extend(columns, place, "append", _APPEND, member.appends)
            if member.fenced:
                _extend(columns, place, "guarded", _GUARDED, ((GUARD, member.believed),))
        return columns


_EXPECTED: Final = ("key", "ver", "total")
_PUT: Final = ("key", "value")
_COUNT: Final = ("key", "amount")
_APPEND: Final = ("place", "log", "record")
_GUARDED: Final = ("key", "value")

_COLUMNS: Final = [
    f"{kind}_{column}"
    for kind, columns in (
        ("expected", _EXPECTED),
        ("put", _PUT),
        ("count", _COUNT),
        ("append", _APPEND),
        ("guarded", _GUARDED),
    )
    for column in ("member", *columns)
]


def _extend(
    columns: dict[str, list[object]],
    place: int,
    kind: str,
    names: tuple[str, ...],
    rows: Iterable[tuple[object, ...]],
) -> None:
    for row in rows:
        columns[f"{kind}_member"].append(place)
        for name, value in zip(names, row, strict=True):
            columns[f"{kind}_{name}"].append(value)


def _another(failure: Exception) -> Exception:
    """An exception of its own for each waiter, since each is raised on a way of its own."""
    other = type(failure)(*failure.args)
    other.__cause__ = failure
    return other
