"""What requests add to when they are charged: made once for each operation on a table or index, then found by
what the table is metered as (`meter.py`).
"""

from dynalite.capacity import insights
from dynalite.capacity.account import Account
from dynalite.capacity.figures import Series
from dynalite.capacity.heat import Heat, Spent, Tally
from dynalite.capacity.insights import Insights, Watched
from dynalite.catalog.schema import Table
from dynalite.clock import Clock

_NEVER_KEPT: dict[bytes, Spent] = {}
"""The keys that reads add to directly, where something stands before the heat: none."""


class Counting:
    """What one operation adds to for one table or index: its series, and the heat that operations share.

    With insights on, what counts for them stands before the heat, and no read is added past it.
    """

    __slots__ = ("insights", "kept_reads", "read_heat", "series", "write_heat")

    def __init__(self, account: Account, table: Table, index: str, operation: str, clock: Clock) -> None:
        series = account.series.get((index, operation))
        if series is None:
            series = account.series[index, operation] = Series(clock.now())
        self.series = series
        reads = account.heat.setdefault((index, "Read"), Heat())
        writes = account.heat.setdefault((index, "Write"), Heat())
        self.kept_reads = reads.kept
        self.read_heat: Tally = reads
        self.write_heat: Tally = writes
        self.insights: Insights | None = insights.of(account.insights, table, index, operation)
        if self.insights is not None:
            self.kept_reads = _NEVER_KEPT
            self.read_heat = Watched(reads, self.insights, insights.READ_WEIGHT, clock)
            self.write_heat = Watched(writes, self.insights, insights.WRITE_WEIGHT, clock)
