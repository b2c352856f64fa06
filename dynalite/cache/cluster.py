"""A cluster of cache nodes: the first is the primary, which everything is written through.

A write goes to the database first. When that has answered, the items it touched are read again, straight from
storage, and held: so it does not matter how the write came to its result, nor in which order two writes of
one item are answered. A write that failed changes nothing here, unless nobody can say whether it failed: then
the items are forgotten. After a transaction the same happens in the background, as in the real service, so
for a moment a cached read may show what was before it.

The other nodes get what the primary holds after `replica_lag_seconds` of the server's clock. PartiQL
statements pass by: DAX has none.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, cast

from dynalite.cache.attribute_lists import AttributeLists
from dynalite.cache.items import ItemCache
from dynalite.cache.node import Backing, Change, Node, item_key
from dynalite.cache.queries import QueryCache
from dynalite.errors import InternalServerError, ResourceNotFoundException
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.limits import MIB
from dynalite.operations.context import Caller, Context
from dynalite.values.types import Answer, Item, Request, Spliced

DEFAULT_TTL_MS: Final = 300_000


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a cluster behaves. The times to live are DAX's `record-ttl-millis` and `query-ttl-millis`: 0 means
    that items never become too old, and that answers are not held at all. Each node has both capacities.
    """

    nodes: int = 1
    item_ttl_ms: int = DEFAULT_TTL_MS
    query_ttl_ms: int = DEFAULT_TTL_MS
    item_capacity_bytes: int = 64 * MIB
    query_capacity_bytes: int = 64 * MIB
    replica_lag_seconds: float = 0.0


Touched: TypeAlias = list[tuple[str, Item]]
"""Tables by the name in the request, with an item or a key."""


class Cluster:
    """Nodes in front of one database. `attribute_lists` are the database's, whatever the cluster."""

    def __init__(self, backing: Backing, tuning: Tuning) -> None:
        self.tuning = tuning
        self.attribute_lists = AttributeLists(backing.context("").engine)
        self._backing = backing
        self._background: set[asyncio.Task[None]] = set()
        self.nodes = [self._node() for _ in range(tuning.nodes)]

    @property
    def primary(self) -> Node:
        return self.nodes[0]

    def add_node(self) -> None:
        """Have one more replica, with empty caches."""
        self.nodes.append(self._node())

    def remove_node(self, number: int) -> None:
        """Have one node less. When the primary leaves, the next one takes its place."""
        del self.nodes[number]

    def live_for(self, item_ttl_ms: int, query_ttl_ms: int) -> None:
        """Change the times to live, also of what is held already."""
        self.tuning = replace(self.tuning, item_ttl_ms=item_ttl_ms, query_ttl_ms=query_ttl_ms)
        for node in self.nodes:
            node.items.live_for(item_ttl_ms)
            node.queries.live_for(query_ttl_ms)

    def clear(self) -> None:
        """Forget everything that is held: the database has gone back to another moment."""
        for node in self.nodes:
            node.clear()

    async def settled(self) -> None:
        """Return when everything that goes on in the background has ended."""
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)

    def _node(self) -> Node:
        tuning = self.tuning
        return Node(
            self._backing,
            self._write,
            ItemCache(tuning.item_capacity_bytes, tuning.item_ttl_ms),
            QueryCache(tuning.query_capacity_bytes, tuning.query_ttl_ms),
        )

    # -------------------------------------------------------------- writes

    async def _write(self, operation: str, request: object, caller: Caller) -> Answer:
        touches = _TOUCHES.get(operation)
        if touches is None:
            return await self._backing.execute(operation, request, caller)
        context = self._backing.context(caller.region)
        try:
            answer = await self._backing.execute(operation, request, caller)
        except InternalServerError:
            self._forget(context, touches(cast(Request, request)))
            raise
        touched = touches(cast(Request, request))
        if operation == "TransactWriteItems":
            task = asyncio.get_running_loop().create_task(self._refresh(context, touched))
            self._background.add(task)
            task.add_done_callback(self._background.discard)
        else:
            await self._refresh(context, touched)
        return answer

    async def _refresh(self, context: Context, touched: Touched) -> None:
        """Hold what storage holds now."""
        items = self.primary.items
        places = []
        rows = []
        for name, item in touched:
            with suppress(ResourceNotFoundException):  # the table was deleted in the meantime
                table = context.catalog.get(context.region, name)
                place = item_key(table, item)
                places.append((place, items.begin(place)))
                rows.append(keys.storage_key(table, item, context.hash))
        try:
            values = await context.engine.read(rows)
            now = context.clock.now()
            for (place, load), value in zip(places, values, strict=True):
                item_now = None if value is None else Spliced(records.unpack(value).json)
                if items.finish(place, load, item_now, now):
                    change = Change(now + self.tuning.replica_lag_seconds, place, item_now)
                    for replica in self.nodes[1:]:
                        replica.receive(change, now)
        finally:
            for place, load in places:
                items.give_up(place, load)

    def _forget(self, context: Context, touched: Touched) -> None:
        for name, item in touched:
            with suppress(ResourceNotFoundException):
                place = item_key(context.catalog.get(context.region, name), item)
                for node in self.nodes:
                    node.items.discard(place)


# ------------------------------------------------------------------ which items a request writes


def _item(request: Request) -> Touched:
    return [(request["TableName"], request["Item"])]


def _key(request: Request) -> Touched:
    return [(request["TableName"], request["Key"])]


def _batch(request: Request) -> Touched:
    return [
        (name, one["PutRequest"]["Item"] if "PutRequest" in one else one["DeleteRequest"]["Key"])
        for name, writes in request["RequestItems"].items()
        for one in writes
    ]


def _transaction(request: Request) -> Touched:
    return [touched for one in request["TransactItems"] for touched in _action(one)]


def _action(one: Request) -> Iterable[tuple[str, Item]]:
    for verb, write in one.items():
        if verb == "Put":
            yield write["TableName"], write["Item"]
        elif verb in ("Update", "Delete"):
            yield write["TableName"], write["Key"]


_TOUCHES: Final[Mapping[str, Callable[[Request], Touched]]] = {
    "PutItem": _item,
    "UpdateItem": _key,
    "DeleteItem": _key,
    "BatchWriteItem": _batch,
    "TransactWriteItems": _transaction,
}
"""After an operation has succeeded, its request is canonical and in order: no need to look twice."""
