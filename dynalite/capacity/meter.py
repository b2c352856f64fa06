"""The one seam through which every operation says what it consumed, and asks whether it may go on.

Each operation has a meter of its own, so a charge need not say who makes it. Counting is always on: `read`,
`read_page` and `wrote` add to a series and to the heat of a partition key, and that is all they cost. Asking
is for servers that enforce capacity; callers look at `enforcing` before they spend a call on it:

    reads    `admit_read` before the read, charged by what was read
    writes   `write_refusal` before the write, for the table; `check_indexes` once the write has been decided
             and it is known which global indexes it touches: one that is behind refuses the table's write
    batches  ask for each item, after the one before has been charged, and leave those out that are refused

A refusal is an error, counted once for each item; a request that fails because of it is counted besides
(`request_refused`). `check_indexes` is called within a decision, which must have no effect, so it counts
nothing: it raises `IndexBehind`, which `behind` turns into the refusal and counts.

The charge comes after the work, so whatever was let in together may overshoot together, and the bucket is in
debt for it. Local indexes have no throughput: what they cost is taken from their table's.
"""

from collections.abc import Mapping

from dynalite.capacity import quotas, reserved, simultaneous
from dynalite.capacity.account import TABLE, Account
from dynalite.capacity.counting import Counting
from dynalite.capacity.figures import Figures, Series
from dynalite.capacity.insights import Images
from dynalite.capacity.places import HASH, hash_at, hash_end, index_hashes
from dynalite.capacity.refusals import refusal
from dynalite.catalog.schema import Index, Table
from dynalite.catalog.store import Catalog
from dynalite.clock import Clock
from dynalite.errors import ServiceError
from dynalite.values.types import Item

_PRUNE_FROM = 512
_REGIONS = 256
"""Of how many regions the users' mistakes are counted. Anybody can name any number of them."""
_NO_UNITS: Mapping[str, float] = {}
_NO_HASHES: Mapping[str, bytes] = {}


class IndexBehind(Exception):
    """A global index that a write touches has nothing left for it. `refusal` is what the table answers."""

    def __init__(self, index: Index, refusal: ServiceError) -> None:
        super().__init__(refusal.message)
        self.index = index
        self.refusal = refusal


class Capacity:
    """Every table's account. One per database; operations see it through a meter each."""

    def __init__(self, catalog: Catalog, clock: Clock, *, enforcing: bool) -> None:
        self.enforcing = enforcing
        self.accounts: dict[str, Account] = {}
        """By the table's UUID, which no other table ever has, not even after a restore."""
        self._catalog = catalog
        self._clock = clock
        self._meters: dict[str, Meter] = {}
        self._prune_at = _PRUNE_FROM
        self._errors: dict[str, Series] = {}
        self.since = clock.now()
        """When the database was opened, or counting began again (epoch seconds)."""

    def user_errors(self, region: str) -> Figures:
        """What is counted of a region's requests that were the user's mistakes, to be added to."""
        now = self._clock.now()
        series = self._errors.get(region)
        if series is None:
            if len(self._errors) >= _REGIONS:
                del self._errors[next(iter(self._errors))]
            series = self._errors[region] = Series(now)
        return series.at(now)

    def errors_of(self, region: str) -> Series | None:
        """The mistakes of a region's users; None when there were none."""
        return self._errors.get(region)

    def meter(self, operation: str) -> "Meter":
        """The meter of an operation; background work uses the one of `""`."""
        meter = self._meters.get(operation)
        if meter is None:
            meter = self._meters[operation] = Meter(self, self._clock, operation)
        return meter

    def account(self, table: Table) -> Account:
        account = self.accounts.get(table.uuid)
        if account is None:
            if len(self.accounts) >= self._prune_at:
                self._forget_dropped()
            account = self.accounts[table.uuid] = Account(table, self._clock.now())
        return account

    def metered(self, table: Table) -> Account:
        """The table's account, for which counters are about to be made. Those by another setting of its
        insights are let go; what they have counted stays.
        """
        account = self.account(table)
        if account.metered_as != table.metered_as:
            self._forget_meters([account.metered_as])
            account.metered_as = table.metered_as
        return account

    def check_quotas(self, before: Table | None, after: Table | None) -> None:
        """Raise LimitExceededException when a change of a table is one too many, or takes too much."""
        now = self._clock.now()
        changed = after or before
        assert changed is not None
        sharing = simultaneous.together(changed)
        others = [
            one
            for one in self._catalog.stored()
            if one.name != changed.name and simultaneous.together(one) == sharing
        ]
        simultaneous.check(before, after, others, now)
        if after is not None:
            reserved.check(before, after, others)
        if before is not None and after is not None:
            quotas.check(before, after, now)

    def reset(self) -> None:
        """Forget everything that was counted, and fill every bucket."""
        self._forget(list(self.accounts))
        self._errors.clear()
        self.since = self._clock.now()

    def _forget_dropped(self) -> None:
        present = {table.uuid for table in self._catalog.stored()}
        self._forget([identifier for identifier in self.accounts if identifier not in present])
        self._prune_at = max(_PRUNE_FROM, 2 * len(self.accounts))

    def _forget(self, tables: list[str]) -> None:
        self._forget_meters([self.accounts.pop(identifier).metered_as for identifier in tables])

    def _forget_meters(self, metered_as: list[str]) -> None:
        for meter in self._meters.values():
            meter.forget(metered_as)


class Meter:
    """One operation's view of the accounts."""

    __slots__ = ("_capacity", "_clock", "_indexes", "_operation", "_tables", "enforcing")

    def __init__(self, capacity: Capacity, clock: Clock, operation: str) -> None:
        self.enforcing = capacity.enforcing
        self._capacity = capacity
        self._clock = clock
        self._operation = operation
        self._tables: dict[str, Counting] = {}
        self._indexes: dict[tuple[str, str], Counting] = {}

    def forget(self, metered_as: list[str]) -> None:
        for table in metered_as:
            self._tables.pop(table, None)
        for key in [key for key in self._indexes if key[0] in metered_as]:
            del self._indexes[key]

    # -------------------------------------------------------------- charging

    def read(self, table: Table, units: float, place: bytes, item: Item) -> None:
        """One item has been read, or found missing, at its place in storage. `item` has its key."""
        counting = self._tables.get(table.metered_as) or self._of_table(table)
        now = self._clock.now()
        series = counting.series
        figures = series.now if series.begins <= now < series.ends else series.at(now)
        figures.requests += 1
        figures.read_units += units
        hash_ = place[HASH]
        spent = counting.kept_reads.get(hash_)
        if spent is not None:
            spent.units += units
        else:
            counting.read_heat.enter(hash_, units, table.keys, item)
        if self.enforcing:
            self._capacity.account(table).lane(table, None, "Read", now).take(units, hash_, now)

    def read_page(
        self,
        table: Table,
        index: Index | None,
        *,
        units: float,
        on_table: float,
        scanned: int,
        returned: int,
        place: bytes | None,
        item: Item | None,
        weights: Mapping[bytes, int] | None = None,
    ) -> None:
        """A page has been read from a table or an index.

        `units` were read there, `on_table` behind a local index. `place` begins with the one partition that
        was read, and `item` has its key, where that is known. Where it is None, for a page of many
        partitions, the `weights` say how much was read of each, by what its places begin with.
        """
        counting = self._counting(table, index)
        now = self._clock.now()
        figures = counting.series.at(now)
        figures.requests += 1
        figures.read_units += units
        figures.scanned += scanned
        figures.returned += returned
        if scanned > returned:
            figures.wasted_read_units += units * (scanned - returned) / scanned
        if on_table:
            self._counting(table, None).series.at(now).read_units += on_table
        hash_ = None if place is None else hash_at(place, index)
        if hash_ is not None and item is not None:
            keys = (table if index is None else index).keys
            counting.read_heat.add(hash_, units, keys, item)
        if self.enforcing:
            lane = self._capacity.account(table).lane(table, index, "Read", now)
            lane.take(units + on_table, hash_, now)
            if weights:
                each = (units + on_table) / sum(weights.values())
                for beginning, weight in weights.items():
                    lane.ranges.take(hash_at(beginning, index), each * weight, now)

    def wrote(
        self,
        table: Table,
        place: bytes,
        item: Item,
        units: float,
        index_units: Mapping[str, float],
        hashes: Mapping[str, bytes] = _NO_HASHES,
        images: Images | None = None,
    ) -> None:
        """One item has been written; `item` has its key. `hashes` are what `check_indexes` found, `images`
        what the write has changed.
        """
        counting = self._tables.get(table.metered_as) or self._of_table(table)
        now = self._clock.now()
        figures = counting.series.at(now)
        figures.requests += 1
        figures.write_units += units
        hash_ = place[HASH]
        counting.write_heat.add(hash_, units, table.keys, item)
        for name, spent in index_units.items():
            of_index = self._counting_index(table, name)
            of_index.series.at(now).write_units += spent
            if of_index.insights is not None and images is not None:
                of_index.insights.wrote(images, spent, now)
        if self.enforcing:
            self._take_writes(table, hash_, units, index_units, hashes, now)

    def condition_failed(self, table: Table, place: bytes, item: Item, units: float) -> None:
        """A write was refused by its condition; it is charged all the same."""
        self.wrote(table, place, item, units, _NO_UNITS)
        self.figures(table).condition_failures += 1

    def _take_writes(
        self,
        table: Table,
        hash_: bytes,
        units: float,
        index_units: Mapping[str, float],
        hashes: Mapping[str, bytes],
        now: float,
    ) -> None:
        account = self._capacity.account(table)
        for name, spent in index_units.items():
            index = table.index(name)
            if index is not None and index.is_global:
                account.lane(table, index, "Write", now).take(spent, hashes.get(name), now)
            else:
                units += spent
        account.lane(table, None, "Write", now).take(units, hash_, now)

    # -------------------------------------------------------------- asking, where capacity is enforced

    def admit_read(
        self, table: Table, index: Index | None, place: bytes, item: Item | None, *, walking: bool = False
    ) -> None:
        """Raise what a read at this place is refused with, and count a failed request. `item` has the key
        that is read there, where that is known.

        With `walking` the place is only where a page of many partitions begins, and may lack part of a hash.
        """
        refusal = self.read_refusal(table, index, place, item, walking=walking)
        if refusal is not None:
            raise self.request_refused(table, refusal)

    def weigh(self, index: Index | None) -> int:
        """How much of a row's key has to be looked at to charge a page to each of its partitions (bytes)."""
        return hash_end(index) if self.enforcing else 0

    def read_refusal(
        self, table: Table, index: Index | None, place: bytes, item: Item | None, *, walking: bool = False
    ) -> ServiceError | None:
        now = self._clock.now()
        lane = self._capacity.account(table).lane(table, index, "Read", now)
        cause = lane.closed(hash_at(place, index), now, walking=walking)
        if cause is None:
            return None
        self._refused(table, index, item, now).read_throttles += 1
        return refusal(table, index if index is not None and index.is_global else None, "Read", cause)

    def write_refusal(self, table: Table, place: bytes, item: Item) -> ServiceError | None:
        now = self._clock.now()
        cause = self._capacity.account(table).lane(table, None, "Write", now).closed(place[HASH], now)
        if cause is None:
            return None
        self._refused(table, None, item, now).write_throttles += 1
        return refusal(table, None, "Write", cause)

    def _refused(self, table: Table, index: Index | None, item: Item | None, now: float) -> Figures:
        """The figures in which to count a refusal, once the insights have."""
        counting = self._counting(table, index)
        if counting.insights is not None and item is not None:
            counting.insights.refused(item, now)
        return counting.series.at(now)

    def check_indexes(
        self, table: Table, index_units: Mapping[str, float], rows: Mapping[bytes, object]
    ) -> Mapping[str, bytes]:
        """The partitions of the indexes that a decided write touches, from the rows of its batch.

        Raises IndexBehind when one of the global indexes refuses it.
        """
        hashes = index_hashes(table, index_units, rows)
        now = self._clock.now()
        for name in index_units:
            index = table.index(name)
            if index is None or not index.is_global:
                continue
            lane = self._capacity.account(table).lane(table, index, "Write", now)
            cause = lane.closed(hashes.get(name), now)
            if cause is not None:
                raise IndexBehind(index, refusal(table, index, "Write", cause))
        return hashes

    def behind(self, table: Table, behind: IndexBehind) -> ServiceError:
        """Count a write that a global index refused, on both, and return its refusal."""
        self.figures(table).write_throttles += 1
        self.figures(table, behind.index).write_throttles += 1
        return behind.refusal

    def request_refused(self, table: Table, refusal: ServiceError) -> ServiceError:
        """Count a request that failed as a whole, and return the refusal that it is answered with."""
        self.figures(table).throttled_requests += 1
        return refusal

    def follow(self, table: Table) -> None:
        """The table's descriptor has changed: go by it from this moment, not from the next request on."""
        self._capacity.account(table).follow(table, self._clock.now())

    def check_change(self, before: Table | None, after: Table | None) -> None:
        """Raise LimitExceededException when the account's quotas do not allow a table to be made (`before` is
        None), changed or dropped (`after` is None), where they are enforced.
        """
        if self.enforcing:
            self._capacity.check_quotas(before, after)

    # -------------------------------------------------------------- where it is counted

    def figures(self, table: Table, index: Index | None = None) -> Figures:
        """What the operation has consumed in the minute that runs, to be added to."""
        return self._counting(table, index).series.at(self._clock.now())

    def _counting(self, table: Table, index: Index | None) -> Counting:
        if index is None:
            return self._tables.get(table.metered_as) or self._of_table(table)
        return self._counting_index(table, index.name)

    def _of_table(self, table: Table) -> Counting:
        account = self._capacity.metered(table)
        counting = Counting(account, table, TABLE, self._operation, self._clock)
        self._tables[table.metered_as] = counting
        return counting

    def _counting_index(self, table: Table, name: str) -> Counting:
        counting = self._indexes.get((table.metered_as, name))
        if counting is None:
            account = self._capacity.metered(table)
            counting = Counting(account, table, name, self._operation, self._clock)
            self._indexes[table.metered_as, name] = counting
        return counting
