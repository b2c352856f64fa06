"""ItemCollectionMetrics: how large the items and local index rows under one partition key are, together.

The figure is computed when it is asked for, by walking the collection: keeping it on every write would cost
each of them a counter, for a figure that hardly anybody reads. The cost is proportional to the collection.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

from dynalite.catalog.schema import Table
from dynalite.items import key as keys
from dynalite.items import ranges
from dynalite.items.page import Range, read_page
from dynalite.operations.context import Context
from dynalite.storage.keyspace import after
from dynalite.values.types import Answer, Item, Request

_GIB = 1024**3


async def metrics(context: Context, table: Table, item: Item) -> dict[str, Any]:
    """The ItemCollectionMetrics of the item's collection. The range is in whole gigabytes."""
    size_bytes = await _size_bytes(context, table, item)
    lower = size_bytes // _GIB
    return {
        "ItemCollectionKey": {a.name: item[a.name] for a in table.keys.partition},
        "SizeEstimateRangeGB": [float(lower), float(lower + 1)],
    }


async def into(
    answer: Answer, request: Request, context: Context, items: Iterable[tuple[str, Table, Item]]
) -> None:
    """Add to an answer whose request asked for them the metrics of every collection among the items, once
    each, by the table's name as the request gives it. Where no table has a local index there are none.
    """
    if request.get("ReturnItemCollectionMetrics") != "SIZE":
        return
    found: dict[str, list[dict[str, Any]]] = {}
    seen: set[tuple[str, bytes]] = set()
    for name, table, item in items:
        collection = (name, keys.partition_hash(table.keys, item, context.hash))
        if table.has_local_index and collection not in seen:
            seen.add(collection)
            found.setdefault(name, []).append(await metrics(context, table, item))
    if found:
        answer["ItemCollectionMetrics"] = found


async def _size_bytes(context: Context, table: Table, item: Item) -> int:
    partition = keys.partition_hash(table.keys, item, context.hash)
    total = 0
    for index in (None, *(i for i in table.live_indexes if not i.is_global)):
        start = ranges.prefix(table, index) + partition
        rest = Range(start, after(start))
        while True:
            page = await read_page(context.engine, rest)
            total += page.scanned_bytes
            if page.last is None:
                break
            last = page.last.item
            rest = rest.beyond(
                keys.storage_key(table, last, context.hash)
                if index is None
                else keys.index_key(table, index, last, context.hash)
            )
            await asyncio.sleep(0)
    return total
