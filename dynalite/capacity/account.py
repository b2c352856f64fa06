"""One table's account: what it consumed, which keys it was spent on, and what lets more of it through."""

from typing import Final

from dynalite.capacity.figures import Series
from dynalite.capacity.heat import Heat
from dynalite.capacity.insights import Insights
from dynalite.capacity.lanes import Kind, Lane, terms
from dynalite.capacity.latencies import Latencies
from dynalite.catalog.schema import Index, Table

TABLE: Final = ""
"""Stands for the table itself where an index may be named."""


class Account:
    """One table's figures, heat, insights and lanes. All by index name, `TABLE` for the table's own.

    `metered_as` is what its counters were last found by, and `provisioned_since` when the present provisioned
    throughput was first seen.
    """

    __slots__ = (
        "counting_since",
        "heat",
        "insights",
        "lanes",
        "latencies",
        "metered_as",
        "provisioned_since",
        "series",
        "table",
    )

    def __init__(self, table: Table, now: float) -> None:
        self.table = table
        self.series: dict[tuple[str, str], Series] = {}
        """By index and operation."""
        self.heat: dict[tuple[str, Kind], Heat] = {}
        self.insights: dict[str, Insights] = {}
        """Of what they are on for."""
        self.metered_as = table.metered_as
        self.lanes: dict[tuple[str, Kind], Lane] = {}
        self.latencies: dict[str, Latencies] = {}
        """By operation."""
        self.counting_since = self.provisioned_since = now

    def lane(self, table: Table, index: Index | None, kind: Kind, now: float) -> Lane:
        """The lane that a request goes through, by the terms of the descriptor that it goes by."""
        if table is not self.table:
            self.follow(table, now)
        owner = index if index is not None and index.is_global else None
        key = (TABLE if owner is None else owner.name, kind)
        lane = self.lanes.get(key)
        if lane is None:
            lane = self.lanes[key] = Lane(kind, terms(table, owner, kind), now)
        return lane

    def reached(self) -> dict[tuple[str, Kind], float]:
        """What lanes on demand have grown to beyond their terms, by index and kind."""
        lanes = self.lanes.items()
        return {
            key: lane.reached
            for key, lane in lanes
            if lane.terms.mode == "PAY_PER_REQUEST" and lane.reached > lane.terms.units
        }

    def follow(self, table: Table, now: float) -> None:
        """Go by a newer descriptor of the table."""
        switched = table.billing_mode != self.table.billing_mode
        if switched or table.throughput != self.table.throughput:
            self.provisioned_since = now
        self.table = table
        for (name, kind), lane in list(self.lanes.items()):
            index = table.index(name) if name else None
            if name and index is None:
                del self.lanes[name, kind]
            else:
                lane.agree(terms(table, index, kind), now)
