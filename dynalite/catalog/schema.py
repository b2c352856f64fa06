"""A table's description, as the engine works with it: immutable, complete, cheap to consult.

Every change makes a new `Table`. Key schemas are tuples of attributes from the start, because a global index
may have up to four partition and four sort attributes. Numeric ids, not names, appear in storage keys: a
dropped table's rows can be deleted at leisure, and a table re-created under the same name shares nothing with
them.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, TypeAlias

from dynalite.storage import keyspace
from dynalite.values.types import KeyType

TableStatus: TypeAlias = Literal["CREATING", "UPDATING", "DELETING", "ACTIVE"]
IndexStatus: TypeAlias = Literal["CREATING", "UPDATING", "DELETING", "ACTIVE"]
ProjectionType: TypeAlias = Literal["ALL", "KEYS_ONLY", "INCLUDE"]
DistanceFunction: TypeAlias = Literal["COSINE", "EUCLIDEAN", "DOT_PRODUCT"]
BillingMode: TypeAlias = Literal["PROVISIONED", "PAY_PER_REQUEST"]
DestinationStatus: TypeAlias = Literal[
    "ENABLING", "ACTIVE", "UPDATING", "DISABLING", "DISABLED", "ENABLE_FAILED"
]

INSIGHTS = "ContributorInsights"
"""The setting that says for what contributor insights are on (`capacity/insights.py`)."""

UNTIL_DONE = 1e18
"""The due time of what does not end by time: no clock comes to it."""


@dataclass(frozen=True, slots=True)
class KeyAttribute:
    """One attribute of a key schema with its declared type."""

    name: str
    type: KeyType


@dataclass(frozen=True, slots=True)
class KeySchema:
    """Partition attributes (at least one), then sort attributes (possibly none), in declared order."""

    partition: tuple[KeyAttribute, ...]
    sort: tuple[KeyAttribute, ...] = ()
    attributes: tuple[KeyAttribute, ...] = field(init=False, repr=False, compare=False)
    names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        attributes = self.partition + self.sort
        object.__setattr__(self, "attributes", attributes)
        object.__setattr__(self, "names", frozenset(a.name for a in attributes))


@dataclass(frozen=True, slots=True)
class Projection:
    """Which attributes an index carries besides the keys of the table and its own."""

    type: ProjectionType
    non_key_attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Throughput:
    """Provisioned units per second; 0/0 on demand. Times are epoch seconds, None when it never happened."""

    read_units: int = 0
    write_units: int = 0
    increased_at: float | None = None
    decreased_at: float | None = None
    decreases_today: int = 0


@dataclass(frozen=True, slots=True)
class Index:
    """A local or global secondary index. `id` is unique within its table for ever.

    `backfilling` is None except on an index that an update of the table is creating (then False, later True).
    `projected` holds the names that the index carries, None when it carries everything; the table fills it
    in.
    """

    id: int
    name: str
    is_global: bool
    keys: KeySchema
    projection: Projection
    status: IndexStatus = "ACTIVE"
    backfilling: bool | None = None
    throughput: Throughput = Throughput()
    on_demand_throughput: Mapping[str, int] | None = None
    warm_throughput: Mapping[str, int] | None = None
    projected: frozenset[str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SearchAttribute:
    """An attribute of a vector index's search schema: the one that partitions it (HASH), or a filter."""

    name: str
    type: KeyType
    partitions: bool = False


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """An index that is searched by nearness to a vector. `id` is from the same sequence as an `Index`'s.

    `attribute` holds an item's vector, a list of `dimensions` numbers. `backfilling` and `projected` are as
    for an `Index`; the vector is always projected.
    """

    id: int
    name: str
    attribute: str
    dimensions: int
    distance: DistanceFunction
    projection: Projection
    search: tuple[SearchAttribute, ...] = ()
    status: IndexStatus = "ACTIVE"
    backfilling: bool | None = None
    projected: frozenset[str] | None = field(default=None, compare=False)

    @property
    def partition(self) -> SearchAttribute | None:
        """What partitions the index, if anything does."""
        return next((attribute for attribute in self.search if attribute.partitions), None)


@dataclass(frozen=True, slots=True)
class Shard:
    """One sequence of the table's change log: the changes of the items whose partition hash begins with two
    bytes from `first_hash` to `last_hash`.

    Its records have sequences above `start` and up to `end`. Writers use it while `closed_at` is None;
    readers know it once `start` is known and see that it is finished once `end` is (`catalog/lineage.py`).
    `parent` is the id of the shard that it continues. `number` is unique within its table for ever.
    """

    number: int
    id: str
    first_hash: int
    last_hash: int
    opened_at: float
    parent: str | None = None
    start: int | None = None
    closed_at: float | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream reads the table's log from shard number `first_shard` up to, and not including, `end_shard`.

    `label`, unique per table, is its time of creation in ISO form. `disabled_at` and `end_shard` are None
    while it is enabled. `tags` are its own, apart from the table's.
    """

    view_type: str
    label: str
    first_shard: int
    created_at: float
    end_shard: int | None = None
    disabled_at: float | None = None
    tags: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Destination:
    """A Kinesis stream that gets the table's changes: those in its log from shard number `first_shard` up to,
    and not including, `end_shard`, which is None while the destination is on.

    `status` is the one that was last written down, and not to change before `due_at` (epoch seconds); what it
    is by now says `catalog/destinations.py`. `description` tells why, where that is not obvious. `precision`
    is that of the records' times, None when nobody has asked for any; `changed_at` are its latest changes.
    """

    stream_arn: str
    status: DestinationStatus
    due_at: float
    first_shard: int
    end_shard: int | None = None
    precision: str | None = None
    changed_at: tuple[float, ...] = ()
    description: str | None = None


@dataclass(frozen=True, slots=True)
class TimeToLive:
    """What `attribute` says of an item's end. `filling`: items from before it was enabled are being entered
    into the order of expiry. Kept when disabled, for `changed_at` (epoch seconds).
    """

    attribute: str
    enabled: bool
    changed_at: float
    filling: bool = False


@dataclass(frozen=True, slots=True)
class Recovery:
    """Point-in-time recovery is on, for the last `period_days`. `since` is when every writer had begun to
    keep the log for it (epoch seconds); None until that is known.
    """

    period_days: int
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Restore:
    """What a table was, or is being, restored from: a table's state `at` a time, or a backup.

    `source` is the numeric id of the table, None when it is a backup. Only changes with sequences up to
    `until` can belong to the state: later ones were made after the restore was asked for. `since` not None
    asks for the changes from then on up to `at`, in place of the state.
    """

    at: float
    source_arn: str
    source: int | None = None
    until: int = 0
    backup_arn: str | None = None
    since: float | None = None
    done: bool = False


class Log(NamedTuple):
    """Where the changes of a table go: the logs of its open shards, in the order of their hashes, and the
    first two bytes of the lowest hash of each.
    """

    lowest_hashes: tuple[bytes, ...]
    keys: tuple[bytes, ...]

    def of(self, key: bytes) -> bytes:
        """The log of the item at a storage key."""
        place = keyspace.ITEM_HASH_AT
        return self.keys[bisect_right(self.lowest_hashes, key[place : place + 2]) - 1]


@dataclass(frozen=True, slots=True)
class Table:
    """One table in one region of one account.

    `due_at` is when what is under way ends (epoch seconds): a transitional status, or the settings named in
    `applying`, which are described as still being applied. None when nothing is; then the table is ACTIVE.
    `settings` holds what is kept and described but not acted on (SSE, table class, warm throughput, tags), by
    its wire name. `next_index_id` is the id that the next index will get. `filling` are the indexes that an
    update is adding and that do not hold every item yet. `guarded`: an index has something to say about what
    is written.

    `went_on_demand` and `class_changes` are when that last happened, the latest time last; quotas go by them.

    `shards` are those of the change log that still exist, oldest first, and `log` is where changes are
    written: None when nobody reads them. `past_streams` were disabled but can still be read. `expiring` is
    the attribute that TTL goes by, None when it is off. `destinations` are the Kinesis streams that the table
    has or had, the newest first, and `destination` is the one that is on, if any is. `restore` is where the
    table's items come from; until that is done the table is CREATING without end (`UNTIL_DONE`).

    `metered_as` is what the counters of its capacity are found by: its UUID, and another text for each
    setting of its insights. So a change of these brings other counters, and nobody has to look for one.
    """

    id: int
    name: str
    region: str
    account: str
    uuid: str
    created_at: float
    keys: KeySchema
    definitions: tuple[KeyAttribute, ...]
    indexes: tuple[Index, ...] = ()
    vector_indexes: tuple[VectorIndex, ...] = ()
    status: TableStatus = "ACTIVE"
    due_at: float | None = None
    billing_mode: BillingMode = "PROVISIONED"
    throughput: Throughput = Throughput()
    on_demand_since: float | None = None
    went_on_demand: tuple[float, ...] = ()
    class_changes: tuple[float, ...] = ()
    stream: Stream | None = None
    latest_stream_label: str | None = None
    past_streams: tuple[Stream, ...] = ()
    shards: tuple[Shard, ...] = ()
    next_shard: int = 1
    destinations: tuple[Destination, ...] = ()
    ttl: TimeToLive | None = None
    recovery: Recovery | None = None
    restore: Restore | None = None
    deletion_protection: bool = False
    next_index_id: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)
    applying: tuple[str, ...] = ()
    arn: str = field(init=False, repr=False, compare=False)
    metered_as: str = field(init=False, repr=False, compare=False)
    items_prefix: bytes = field(init=False, repr=False, compare=False)
    live_indexes: tuple[Index, ...] = field(init=False, repr=False, compare=False)
    live_vectors: tuple[VectorIndex, ...] = field(init=False, repr=False, compare=False)
    guarded: bool = field(init=False, repr=False, compare=False)
    filling: tuple[Index, ...] = field(init=False, repr=False, compare=False)
    has_local_index: bool = field(init=False, repr=False, compare=False)
    log: Log | None = field(init=False, repr=False, compare=False)
    expiring: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        carried = tuple(replace(index, projected=_projected(self.keys, index)) for index in self.indexes)
        vectors = tuple(replace(v, projected=_projected_vector(self.keys, v)) for v in self.vector_indexes)
        object.__setattr__(self, "indexes", carried)
        object.__setattr__(self, "vector_indexes", vectors)
        object.__setattr__(self, "live_vectors", tuple(v for v in vectors if v.status != "DELETING"))
        object.__setattr__(self, "arn", f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.name}")
        insights = self.settings.get(INSIGHTS)
        object.__setattr__(self, "metered_as", f"{self.uuid} {insights}" if insights else self.uuid)
        object.__setattr__(self, "items_prefix", keyspace.items(self.id))
        live = sorted((i for i in self.indexes if i.status != "DELETING"), key=lambda index: index.name)
        object.__setattr__(self, "live_indexes", tuple(live))
        object.__setattr__(self, "guarded", bool(self.live_indexes or self.live_vectors))
        object.__setattr__(self, "filling", tuple(i for i in self.indexes if i.backfilling is not None))
        object.__setattr__(self, "has_local_index", any(not i.is_global for i in self.indexes))
        object.__setattr__(self, "log", _log(self.id, self.shards))
        expiring = self.ttl.attribute if self.ttl is not None and self.ttl.enabled else None
        object.__setattr__(self, "expiring", expiring)

    @property
    def every_index(self) -> "tuple[Index | VectorIndex, ...]":
        return (*self.indexes, *self.vector_indexes)

    @property
    def destination(self) -> Destination | None:
        return next((one for one in self.destinations if one.end_shard is None), None)

    def index(self, name: str) -> Index | None:
        """The index of that name, in whatever status."""
        for index in self.indexes:
            if index.name == name:
                return index
        return None

    def vector_index(self, name: str) -> VectorIndex | None:
        """The vector index of that name, in whatever status."""
        for index in self.vector_indexes:
            if index.name == name:
                return index
        return None


def _log(table: int, shards: tuple[Shard, ...]) -> Log | None:
    open_ = sorted((s for s in shards if s.closed_at is None), key=lambda shard: shard.first_hash)
    if not open_:
        return None
    return Log(
        tuple(shard.first_hash.to_bytes(2, "big") for shard in open_),
        tuple(keyspace.log(table, shard.number) for shard in open_),
    )


def _projected(keys: KeySchema, index: Index) -> frozenset[str] | None:
    if index.projection.type == "ALL":
        return None
    return keys.names | index.keys.names | frozenset(index.projection.non_key_attributes)


def _projected_vector(keys: KeySchema, index: VectorIndex) -> frozenset[str] | None:
    if index.projection.type == "ALL":
        return None
    searched = {index.attribute, *(attribute.name for attribute in index.search)}
    return keys.names | searched | frozenset(index.projection.non_key_attributes)
