"""How a database behaves, in one value handed down from the top. Every field has the default that a user
meets first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

Durability: TypeAlias = Literal["fsync", "os"]
Wording: TypeAlias = Literal["2026", "classic"]


@dataclass(frozen=True, slots=True)
class Prices:
    """What is charged: for a million units on demand, for a provisioned unit by the hour, and for a gigabyte
    stored by the month.

    The defaults are the service's for us-east-1 and the standard table class, in dollars, as its pricing page
    has had them since November 2024, without the free tier.
    """

    million_reads: float = 0.125
    million_writes: float = 0.625
    read_unit_hour: float = 0.00013
    write_unit_hour: float = 0.00065
    stored_gb_month: float = 0.25


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Prices by region, and those of every region that has none of its own."""

    elsewhere: Prices = Prices()
    regions: Mapping[str, Prices] = field(default_factory=dict)
    currency: str = "USD"

    def of(self, region: str) -> Prices:
        return self.regions.get(region, self.elsewhere)


@dataclass(frozen=True, slots=True)
class Settings:
    """`data_folder` None keeps everything in memory, or with `engine` in the database that this DSN names,
    which other servers may share.

    `durability`: `fsync` answers a write once it is on the disk; `os` once the operating system has it, which
    survives a killed process but not a power cut. `wording` chooses between the validation messages of most
    regions since 2026 and the ones before. `transition_seconds` is how long a table stays CREATING, UPDATING
    or DELETING.

    `stream_shards` is how many open shards a new stream has, `shard_seconds` how long a shard stays open, and
    `ttl_delay_seconds` how long an expired item stays before it is deleted. `pitr_lag_seconds` is how far the
    latest time that a table can be restored to lies behind the present. `s3_endpoint` is the URL of the
    server that has the buckets of exports and imports; None: each bucket is a folder beside the data.

    `kinesis_endpoint` is the URL of the server that has the streams of Kinesis destinations; None: a table
    can have none.

    `enforce_capacity` refuses what a table's throughput does not allow; it is counted in any case. `prices`
    are what capacity reports reckon with.
    """

    data_folder: Path | None = None
    durability: Durability = "fsync"
    wording: Wording = "2026"
    account: str = "000000000000"
    transition_seconds: float = 0.0
    stream_shards: int = 4
    shard_seconds: float = 4 * 3600.0
    ttl_delay_seconds: float = 3.0
    pitr_lag_seconds: float = 0.0
    s3_endpoint: str | None = None
    kinesis_endpoint: str | None = None
    enforce_capacity: bool = False
    prices: PriceTable = field(default_factory=PriceTable)
    engine: str | None = None
