"""A table's description, as the engine works with it: immutable, complete, cheap to consult.

Every change makes a new `Table`. Key schemas are tuples of attributes from the start, because a global index
may have up to four partition and four sort attributes. Numeric ids, not names, appear in storage keys: a
dropped table's rows can be deleted at leisure, and a table re-created under the same name shares nothing with
them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from dynalite.storage import keyspace

KeyType: TypeAlias = Literal["S", "N", "B"]
TableStatus: TypeAlias = Literal["CREATING", "UPDATING", "DELETING", "ACTIVE"]
IndexStatus: TypeAlias = Literal["CREATING", "UPDATING", "DELETING", "ACTIVE"]
ProjectionType: TypeAlias = Literal["ALL", "KEYS_ONLY", "INCLUDE"]
BillingMode: TypeAlias = Literal["PROVISIONED", "PAY_PER_REQUEST"]


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
class StreamSpecification:
    """A stream of the table's changes; `label`, unique per table, is its time of creation in ISO form."""

    view_type: str
    label: str
    log_id: int


@dataclass(frozen=True, slots=True)
class Table:
    """One table in one region of one account.

    `due_at` is when what is under way ends (epoch seconds): a transitional status, or the settings named in
    `applying`, which are described as still being applied. None when nothing is; then the table is ACTIVE.
    `settings` holds what is kept and described but not acted on (SSE, table class, warm throughput, tags), by
    its wire name. `next_index_id` is the id that the next index will get. `filling` are the indexes that an
    update is adding and that do not hold every item yet.
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
    status: TableStatus = "ACTIVE"
    due_at: float | None = None
    billing_mode: BillingMode = "PROVISIONED"
    throughput: Throughput = Throughput()
    on_demand_since: float | None = None
    stream: StreamSpecification | None = None
    latest_stream_label: str | None = None
    deletion_protection: bool = False
    next_index_id: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)
    applying: tuple[str, ...] = ()
    arn: str = field(init=False, repr=False, compare=False)
    items_prefix: bytes = field(init=False, repr=False, compare=False)
    live_indexes: tuple[Index, ...] = field(init=False, repr=False, compare=False)
    filling: tuple[Index, ...] = field(init=False, repr=False, compare=False)
    has_local_index: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        carried = tuple(replace(index, projected=_projected(self.keys, index)) for index in self.indexes)
        object.__setattr__(self, "indexes", carried)
        object.__setattr__(self, "arn", f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.name}")
        object.__setattr__(self, "items_prefix", keyspace.items(self.id))
        object.__setattr__(self, "live_indexes", tuple(i for i in self.indexes if i.status != "DELETING"))
        object.__setattr__(self, "filling", tuple(i for i in self.indexes if i.backfilling is not None))
        object.__setattr__(self, "has_local_index", any(not i.is_global for i in self.indexes))

    def index(self, name: str) -> Index | None:
        """The index of that name, in whatever status."""
        for index in self.indexes:
            if index.name == name:
                return index
        return None


def _projected(keys: KeySchema, index: Index) -> frozenset[str] | None:
    if index.projection.type == "ALL":
        return None
    return keys.names | index.keys.names | frozenset(index.projection.non_key_attributes)
