"""What a table or a global index lets through: one lane for its reads and one for its writes.

A lane is a row of gates, all of which must be open. Which gates there are depends on the billing mode:

    provisioned   the units provisioned, up to 300 seconds of them saved
    on demand     the table quota; the ceiling that the user has set, if any; and what on-demand has grown to

and behind them, in either mode, the partitions (`ranges.py`). A local index has no lane: it uses its table's.

On demand a table serves its warm throughput at once (12,000 reads and 4,000 writes a second unless more was
asked for) and twice its previous peak. A new peak counts as the previous one after 30 minutes. What has been
reached so becomes the warm throughput of the table (`jobs/warming.py`), and is served by a server that starts
again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeAlias

from dynalite import limits
from dynalite.capacity.bucket import Bucket
from dynalite.capacity.ranges import Ranges
from dynalite.catalog.schema import BillingMode, Index, Table

Kind: TypeAlias = Literal["Read", "Write"]
Cause: TypeAlias = Literal[
    "ProvisionedThroughputExceeded",
    "KeyRangeThroughputExceeded",
    "AccountLimitExceeded",
    "MaxOnDemandThroughputExceeded",
]

_PARTITION_UNITS: Mapping[Kind, int] = {
    "Read": limits.PARTITION_READ_UNITS,
    "Write": limits.PARTITION_WRITE_UNITS,
}
_WARM: Mapping[Kind, str] = {"Read": "ReadUnitsPerSecond", "Write": "WriteUnitsPerSecond"}
_MOST: Mapping[Kind, str] = {"Read": "MaxReadRequestUnits", "Write": "MaxWriteRequestUnits"}
_ON_DEMAND_BURST_SECONDS = 1.0


class Gate(Protocol):
    """One of the limits that a lane keeps."""

    def open(self, now: float) -> bool: ...

    def take(self, units: float, now: float) -> None: ...


class Growing:
    """On-demand's own limit: a floor, or twice the previous peak. `grown` hears of each new limit."""

    __slots__ = ("_bucket", "_floor", "_grown", "_in_second", "_peak", "_previous", "_rising_at", "_second")

    def __init__(self, floor: float, grown: Callable[[float, float], None], now: float) -> None:
        self._floor = floor
        self._grown = grown
        self._bucket = Bucket(floor, _ON_DEMAND_BURST_SECONDS, now)
        self._previous = floor / 2
        self._peak = 0.0
        self._rising_at: float | None = None
        self._second = int(now)
        self._in_second = 0.0

    @property
    def rate(self) -> float:
        return self._bucket.rate

    def raise_floor(self, floor: float, now: float) -> None:
        """Allow at least so much from now on."""
        self._floor = floor
        self._previous = max(self._previous, floor / 2)
        if self._bucket.rate < floor:
            self._bucket.retune(floor, _ON_DEMAND_BURST_SECONDS, now)

    def open(self, now: float) -> bool:
        self._turn(now)
        return self._bucket.open(now)

    def take(self, units: float, now: float) -> None:
        self._turn(now)
        self._in_second += units
        self._bucket.take(units, now)

    def _turn(self, now: float) -> None:
        """Close the second that is over, and the half hour."""
        if int(now) == self._second:
            return
        if self._in_second > self._previous:
            self._peak = max(self._peak, self._in_second)
            if self._rising_at is None:
                self._rising_at = float(self._second)
        self._second, self._in_second = int(now), 0.0
        if self._rising_at is not None and now - self._rising_at >= limits.ON_DEMAND_GROWTH_SECONDS:
            self._previous, self._peak, self._rising_at = self._peak, 0.0, None
            rate = max(self._floor, 2 * self._previous)
            self._bucket.retune(rate, _ON_DEMAND_BURST_SECONDS, now)
            self._grown(rate, now)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a descriptor says about one lane: units a second, and the ceiling that the user has set."""

    mode: BillingMode
    units: float
    ceiling: float | None = None


def terms(table: Table, index: Index | None, kind: Kind) -> Terms:
    """The terms of a table's lane or, with `index`, of a global index's."""
    throughput = table.throughput if index is None else index.throughput
    if table.billing_mode == "PROVISIONED":
        return Terms("PROVISIONED", throughput.read_units if kind == "Read" else throughput.write_units)
    warm: Mapping[str, Any] = table.settings.get("WarmThroughput") or {}
    most: Mapping[str, Any] = table.settings.get("OnDemandThroughput") or {}
    if index is not None:
        warm, most = index.warm_throughput or {}, index.on_demand_throughput or {}
    floor = limits.ON_DEMAND_READ_UNITS if kind == "Read" else limits.ON_DEMAND_WRITE_UNITS
    return Terms("PAY_PER_REQUEST", max(floor, warm.get(_WARM[kind], 0)), most.get(_MOST[kind]))


def _quota(terms: Terms) -> float:
    """What a table on demand may do at most."""
    return max(limits.TABLE_CAPACITY_UNITS, terms.units)


class Lane:
    """What lets the reads, or the writes, of one table or global index through."""

    __slots__ = ("_gates", "_kind", "ranges", "reached", "terms")

    def __init__(self, kind: Kind, terms: Terms, now: float) -> None:
        self._kind = kind
        self.terms = terms
        self.reached = terms.units
        """The most that has been served at once; on demand it grows beyond the terms, up to the quota."""
        self.ranges = Ranges(_PARTITION_UNITS[kind], self._partitions(terms.units), now)
        self._gates: Sequence[tuple[Cause, Gate]] = self._build(now)

    def closed(self, hash_: bytes | None, now: float, *, walking: bool = False) -> Cause | None:
        """Why a request for a partition hash (None: for no one partition) cannot pass; None when it can.

        A request that is `walking` begins at that hash and goes on from there: it is no heat of a key.
        """
        for cause, gate in self._gates:
            if not gate.open(now):
                return cause
        if hash_ is not None and not self.ranges.admits(hash_, now, heat=not walking):
            return "KeyRangeThroughputExceeded"
        return None

    def take(self, units: float, hash_: bytes | None, now: float) -> None:
        """Charge what a request has cost."""
        for _, gate in self._gates:
            gate.take(units, now)
        if hash_ is not None:
            self.ranges.take(hash_, units, now)

    def agree(self, terms: Terms, now: float) -> None:
        """Go by new terms. A change of the provisioned units keeps what has been saved."""
        if terms == self.terms:
            return
        before, self.terms = self.terms, terms
        self.reached = max(self.reached, terms.units) if terms.mode == before.mode else terms.units
        self.ranges.reserve(self._partitions(terms.units), now)
        gate = self._gates[0][1]
        if terms.mode == before.mode == "PROVISIONED" and isinstance(gate, Bucket):
            gate.retune(terms.units, limits.BURST_SECONDS, now)
        elif replace(terms, units=0) == replace(before, units=0) and _quota(terms) == _quota(before):
            for _, gate in self._gates:
                if isinstance(gate, Growing):
                    gate.raise_floor(terms.units, now)
        else:
            self._gates = self._build(now)

    def _partitions(self, units: float) -> int:
        return max(1, -int(-units // _PARTITION_UNITS[self._kind]))

    def _build(self, now: float) -> Sequence[tuple[Cause, Gate]]:
        terms = self.terms
        if terms.mode == "PROVISIONED":
            return (("ProvisionedThroughputExceeded", Bucket(terms.units, limits.BURST_SECONDS, now)),)
        gates: list[tuple[Cause, Gate]] = [
            ("AccountLimitExceeded", Bucket(_quota(terms), _ON_DEMAND_BURST_SECONDS, now)),
            ("KeyRangeThroughputExceeded", Growing(terms.units, self._grown, now)),
        ]
        if terms.ceiling is not None:
            most = Bucket(terms.ceiling, _ON_DEMAND_BURST_SECONDS, now)
            gates.insert(0, ("MaxOnDemandThroughputExceeded", most))
        return gates

    def _grown(self, units: float, now: float) -> None:
        self.reached = max(self.reached, int(min(units, _quota(self.terms))))
        self.ranges.reserve(self._partitions(units), now)
