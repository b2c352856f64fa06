"""One node of a cache: `execute` in front of the database's `execute`.

What can be read from the caches is; everything else passes by, writes to whoever keeps the caches right. The
node judges nothing: a request that it cannot make sense of, down to the last projection, goes to the database
as it came, which finds the same fault and words it.

An answer from a cache has cost nothing, and says so when asked for its consumed capacity.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, TypeAlias, cast

import orjson

from dynalite import limits
from dynalite.cache import queries
from dynalite.cache.items import ItemCache, ItemKey, Load
from dynalite.cache.queries import QueryCache
from dynalite.capacity.report import consumed
from dynalite.catalog.schema import KeySchema, Table
from dynalite.errors import ServiceError
from dynalite.expressions import prepare, projection
from dynalite.expressions.prepare import Prepared
from dynalite.items import key as keys
from dynalite.model.catalogue import SHAPES
from dynalite.operations.batch import check_one_style
from dynalite.operations.context import Caller, Context
from dynalite.operations.reading import check_paths
from dynalite.values.attribute import canonical_item
from dynalite.values.size import item_size
from dynalite.values.types import Answer, Item, Request, Spliced

Execute: TypeAlias = Callable[[str, object, Caller], Awaitable[Answer]]

_CHANGES_BEHIND: Final = 10_000
"""A replica that is this many changes behind takes the oldest one early: waiting changes take memory."""


class Backing(Protocol):
    """What is cached: the database."""

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer: ...

    def context(self, region: str) -> Context: ...


class Change(NamedTuple):
    """What the primary node tells a replica: an item as it was written, None for one that is gone."""

    due_at: float
    key: ItemKey
    item: Spliced | None


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One key of a BatchGetItem: whose block it belongs to, and where its item is cached."""

    block: str
    key: Item
    place: ItemKey


def item_key(table: Table, item: Item) -> ItemKey:
    """Where an item is cached. `item` holds (at least) the table's key attributes in canonical form."""
    schema = table.keys
    partition = schema.partition[0]
    if not schema.sort:
        return ItemKey(table.id, item[partition.name][partition.type], None)
    sort = schema.sort[0]
    return ItemKey(table.id, item[partition.name][partition.type], item[sort.name][sort.type])


class Node:
    """A node's two caches. `write` runs what is not answered from them, and tells all nodes about it."""

    def __init__(self, backing: Backing, write: Execute, items: ItemCache, queries: QueryCache) -> None:
        self.items = items
        self.queries = queries
        self._backing = backing
        self._write = write
        self._behind: deque[Change] = deque()
        self._reads: Mapping[str, Callable[[Request, Caller], Awaitable[Answer | None]]] = {
            "GetItem": self._get_item,
            "BatchGetItem": self._batch_get_item,
            "Query": self._query,
            "Scan": self._scan,
        }

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer:
        """As `Database.execute`. What is read may be as old as the times to live allow."""
        read = self._reads.get(operation)
        if read is None:
            return await self._write(operation, request, caller)
        if self._behind:
            self._catch_up(self._backing.context(caller.region).clock.now())
        if SHAPES[operation].accepts(request):
            answer = await read(cast(Request, request), caller)
            if answer is not None:
                return answer
        return await self._backing.execute(operation, request, caller)

    def key_schema(self, region: str, table_name: str) -> KeySchema:
        """A table's key schema. Raises ResourceNotFoundException."""
        return self._backing.context(region).catalog.get(region, table_name).keys

    def clear(self) -> None:
        """Forget everything."""
        self._behind.clear()
        self.items.clear()
        self.queries.clear()

    # -------------------------------------------------------------- what other nodes wrote

    def receive(self, change: Change, now: float) -> None:
        """Take over what was written through another node, once it is due."""
        self._behind.append(change)
        self._catch_up(now)

    def _catch_up(self, now: float) -> None:
        behind = self._behind
        while behind and (behind[0].due_at <= now or len(behind) > _CHANGES_BEHIND):
            change = behind.popleft()
            self.items.put(change.key, change.item, now)

    # -------------------------------------------------------------- items

    async def _get_item(self, request: Request, caller: Caller) -> Answer | None:
        """The answer; None when the caches have no part in it."""
        if request.get("ConsistentRead"):
            return None
        context = self._backing.context(caller.region)
        try:
            table, key = _place(context, request["TableName"], request["Key"])
            prepared = _prepared(table, request)
        except ServiceError:
            return None
        place = item_key(table, key)
        mode = request.get("ReturnConsumedCapacity")
        entry = self.items.get(place, context.clock.now())
        if entry is not None:
            item = entry.value
            capacity: object = consumed(mode, table, 0.0)
        else:
            item, capacity = await self._load(context, request, caller, place)
        answer: Answer = {}
        if item is not None:
            answer["Item"] = _shown(item, prepared)
        if capacity is not None:
            answer["ConsumedCapacity"] = capacity
        return answer

    async def _load(
        self, context: Context, request: Request, caller: Caller, place: ItemKey
    ) -> tuple[Spliced | None, object]:
        """An item from the database, whole, and what that cost."""
        asked = {
            name: request[name] for name in ("TableName", "Key", "ReturnConsumedCapacity") if name in request
        }
        load = self.items.begin(place)
        try:
            answer = await self._backing.execute("GetItem", asked, caller)
        except BaseException:
            self.items.give_up(place, load)
            raise
        item = _spliced(answer.get("Item"))
        self.items.finish(place, load, item, context.clock.now())
        return item, answer.get("ConsumedCapacity")

    async def _batch_get_item(self, request: Request, caller: Caller) -> Answer | None:
        context = self._backing.context(caller.region)
        asked: dict[str, Request] = request["RequestItems"]
        try:
            tables, wanted = _wanted(context, asked)
            check_one_style(asked.values())
            prepared = {name: _prepared(tables[name], block) for name, block in asked.items()}
        except ServiceError:
            return None
        if len({one.place for one in wanted}) < len(wanted) or len(wanted) > limits.BATCH_GET_KEYS:
            return None
        now = context.clock.now()
        found: dict[ItemKey, Spliced | None] = {}
        missing: dict[ItemKey, _Wanted] = {}
        for one in wanted:
            if not asked[one.block].get("ConsistentRead"):
                entry = self.items.get(one.place, now)
                if entry is None:
                    missing[one.place] = one
                else:
                    found[one.place] = entry.value
        rest = _rest(asked, missing)
        answer: Answer = {"Responses": {}, "UnprocessedKeys": {}}
        if rest:
            request_of_rest = {**request, "RequestItems": rest}
            answer = await self._load_batch(context, request_of_rest, caller, missing, found)
        _put_together(answer, asked, wanted, found, prepared)
        mode = request.get("ReturnConsumedCapacity")
        if mode is not None and mode != "NONE":
            spent = cast(list[dict[str, object]], answer.setdefault("ConsumedCapacity", []))
            known = {report["TableName"] for report in spent}
            spent += [
                cast(dict[str, object], consumed(mode, table, 0.0))
                for table in tables.values()
                if table.name not in known
            ]
        return answer

    async def _load_batch(
        self,
        context: Context,
        request: Request,
        caller: Caller,
        missing: Mapping[ItemKey, _Wanted],
        found: dict[ItemKey, Spliced | None],
    ) -> Answer:
        """Ask the database for what is missing, hold it, and add it to what was found."""
        loads: dict[ItemKey, Load] = {place: self.items.begin(place) for place in missing}
        try:
            answer = await self._backing.execute("BatchGetItem", request, caller)
            for place, item in _loaded(context, request, answer, missing).items():
                found[place] = item
                self.items.finish(place, loads[place], item, context.clock.now())
        finally:
            for place, load in loads.items():
                self.items.give_up(place, load)
        return answer

    # -------------------------------------------------------------- queries

    async def _query(self, request: Request, caller: Caller) -> Answer | None:
        return await self._page("Query", request, caller)

    async def _scan(self, request: Request, caller: Caller) -> Answer | None:
        return await self._page("Scan", request, caller)

    async def _page(self, operation: str, request: Request, caller: Caller) -> Answer | None:
        if not self.queries.holds_answers or request.get("ConsistentRead"):
            return None
        context = self._backing.context(caller.region)
        try:
            table = context.catalog.get(caller.region, request["TableName"])
            for member in ("ExpressionAttributeValues", "ExclusiveStartKey"):
                if member in request:
                    canonical_item(request[member])
            key = queries.key(operation, table.id, request)
        except (ServiceError, TypeError):  # TypeError: a member that nobody knows and JSON cannot say
            return None
        held = self.queries.get(key, context.clock.now())
        mode = request.get("ReturnConsumedCapacity")
        if held is None:
            answer = await self._backing.execute(operation, request, caller)
            self.queries.put(key, answer, context.clock.now())
            return answer
        if mode is None or mode == "NONE":
            return held
        return {**held, "ConsumedCapacity": consumed(mode, table, 0.0)}


# ------------------------------------------------------------------ a BatchGetItem in parts


def _place(context: Context, table_name: str, raw_key: object) -> tuple[Table, Item]:
    """A table, and a key that was checked against it. Raises ServiceError."""
    table = context.catalog.get(context.region, table_name)
    key, _ = canonical_item(raw_key)
    keys.check_lookup(table.keys, key)
    return table, key


def _prepared(table: Table, asked: Request) -> Prepared:
    """What is to be shown of a table's items. Raises ServiceError."""
    prepared = prepare.get(asked)
    check_paths(table, prepared)
    return prepared


def _wanted(context: Context, asked: Mapping[str, Request]) -> tuple[dict[str, Table], list[_Wanted]]:
    tables: dict[str, Table] = {}
    wanted = []
    for name, block in asked.items():
        for raw_key in block["Keys"]:
            tables[name], key = _place(context, name, raw_key)
            wanted.append(_Wanted(name, key, item_key(tables[name], key)))
    return tables, wanted


def _rest(asked: Mapping[str, Request], missing: Mapping[ItemKey, _Wanted]) -> dict[str, Request]:
    """The blocks that the database must answer: consistent ones as they came, of others what is missing."""
    rest: dict[str, Request] = {}
    for name, block in asked.items():
        if block.get("ConsistentRead"):
            rest[name] = block
            continue
        missed = [one.key for one in missing.values() if one.block == name]
        if missed:
            rest[name] = {"Keys": missed}
    return rest


def _loaded(
    context: Context, request: Request, answer: Answer, missing: Mapping[ItemKey, _Wanted]
) -> dict[ItemKey, Spliced | None]:
    """What the database said of each missing key, None for an item that does not exist. What it left
    unprocessed is not among it.
    """
    responses = cast(dict[str, list[object]], answer["Responses"])
    unprocessed = cast(dict[str, Request], answer["UnprocessedKeys"])
    present: dict[ItemKey, Spliced | None] = {}
    skipped: set[ItemKey] = set()
    for name in {one.block for one in missing.values()}:
        table = context.catalog.get(context.region, name)
        for item in responses.get(name, ()):
            spliced = cast(Spliced, _spliced(item))
            present[item_key(table, orjson.loads(spliced.json))] = spliced
        skipped |= {item_key(table, key) for key in unprocessed.get(name, {}).get("Keys", ())}
    return {place: present.get(place) for place in missing if place not in skipped}


def _put_together(
    answer: Answer,
    asked: Mapping[str, Request],
    wanted: list[_Wanted],
    found: Mapping[ItemKey, Spliced | None],
    prepared: Mapping[str, Prepared],
) -> None:
    """Put cached and loaded items into an answer, table by table, as they were asked for."""
    responses = cast(dict[str, list[object]], answer["Responses"])
    unprocessed = cast(dict[str, Request], answer["UnprocessedKeys"])
    consistent = {name for name, block in asked.items() if block.get("ConsistentRead")}
    answer["Responses"] = together = {name: responses[name] if name in consistent else [] for name in asked}
    answer["UnprocessedKeys"] = left = {
        name: block for name, block in unprocessed.items() if name in consistent
    }
    answered_bytes = 0
    all_fit = sum(len(item.json) for item in found.values() if item is not None) <= limits.BATCH_BYTES
    for one in wanted:
        if one.block in consistent:
            continue
        item = found.get(one.place)
        # an item's JSON is longer than what it weighs: where that fits, nothing need be weighed
        size_bytes = 0 if item is None or all_fit else item_size(orjson.loads(item.json))
        if one.place not in found or answered_bytes + size_bytes > limits.BATCH_BYTES:
            left.setdefault(one.block, {**asked[one.block], "Keys": []})["Keys"].append(one.key)
        elif item is not None:
            answered_bytes += size_bytes
            together[one.block].append(_shown(item, prepared[one.block]))


def _spliced(item: object) -> Spliced | None:
    if item is None or isinstance(item, Spliced):
        return item
    return Spliced(orjson.dumps(item))


def _shown(item: Spliced, prepared: Prepared) -> object:
    if prepared.projection is None:
        return item
    return projection.project(prepared.projection, orjson.loads(item.json))
