"""The database's answers as DAX clients expect them.

Three things are particular. Items come without their key attributes where the client knows the key. With a
projection, what a path leads to comes under the path's position, and the client builds the item. And there
are traps, each of which some client falls into: nothing may be sent as null that the client would look
inside; no field that it does not know; BatchGetItem's body is an array of two elements that holds three.

Writing a page of items can take many milliseconds, so it gives way to other connections in between.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import orjson

from dynalite.cache.attribute_lists import AttributeLists, Names
from dynalite.cache.lru import Lru
from dynalite.catalog.schema import KeySchema
from dynalite.limits import MIB
from dynalite.values.types import Answer, Item, Spliced
from server.dax.cbor import (
    NULL,
    write_array,
    write_bytes,
    write_float,
    write_int,
    write_map,
    write_optional_text,
    write_text,
)
from server.dax.keys import write_compound, write_key
from server.dax.values import write_value

_ITEM, _CAPACITY, _ATTRIBUTES, _METRICS, _ITEMS, _COUNT, _LAST_KEY, _SCANNED = (
    write_int(number) for number in (0, 1, 2, 3, 7, 8, 9, 10)
)
_ITEMS_AT_A_TIME: Final = 64
_REMEMBERED_BYTES: Final = 16 * MIB
_UPDATED: Final = ("UPDATED_OLD", "UPDATED_NEW")


class Writer:
    """Writes answers. What items need for it is the registry of attribute lists.

    An item that is read over and over comes from the cache as the same JSON, and writing it would be most of
    the work of answering. So what some JSON was written as is remembered.
    """

    __slots__ = ("_written", "lists")

    def __init__(self, lists: AttributeLists) -> None:
        self.lists = lists
        self._written: Lru[tuple[bytes, frozenset[str]], bytes] = Lru(_REMEMBERED_BYTES, None)

    async def stored(self, schema: KeySchema, item: Spliced) -> bytes:
        """A stored item without its key attributes."""
        known = self._written.get((item.json, schema.names), 0)
        if known is not None:
            return known.value
        written = await self.values(schema, orjson.loads(item.json))
        self._written.put((item.json, schema.names), written, len(item.json) + len(written), 0)
        return written

    async def values(self, schema: KeySchema, item: Item) -> bytes:
        """An item without its key attributes."""
        return await self._under(tuple(sorted(item.keys() - schema.names)), item)

    async def whole(self, item: Item) -> bytes:
        """An item with its key attributes."""
        return await self._under(tuple(sorted(item)), item)

    async def _under(self, names: Names, item: Item) -> bytes:
        identifier = await self.lists.id_of(names)
        return write_int(identifier) + b"".join([write_value(item[name]) for name in names])

    async def updated(self, item: Item) -> bytes:
        """Attributes that an update touched, or parts of them: under their place in a list of names."""
        names = tuple(sorted(item))
        identifier = await self.lists.id_of(names)
        pairs = [write_int(place) + write_value(item[name]) for place, name in enumerate(names)]
        return write_int(identifier) + write_map(pairs)

    # -------------------------------------------------------------- one item

    async def get_item(self, schema: KeySchema, answer: Answer, *, projected: bool) -> bytes:
        fields = _costs(answer)
        found = answer.get("Item")
        if found is not None:
            if projected:
                written = by_position(decoded(found))
            elif isinstance(found, Spliced):
                written = write_bytes(await self.stored(schema, found))
            else:
                written = write_bytes(await self.values(schema, decoded(found)))
            fields.append(_ITEM + written)
        return _body(fields)

    async def write(self, schema: KeySchema, answer: Answer, returned: str | None) -> bytes:
        """The answer of a single write; `returned` is its ReturnValues."""
        fields = _costs(answer)
        attributes = answer.get("Attributes")
        if attributes is not None:
            write = (
                self.updated(decoded(attributes))
                if returned in _UPDATED
                else self.values(schema, decoded(attributes))
            )
            fields.append(_ATTRIBUTES + write_bytes(await write))
        return _body(fields)

    # -------------------------------------------------------------- many items

    async def page(self, schema: KeySchema, answer: Answer, *, projected: bool, of_index: bool) -> bytes:
        """The answer of Query and Scan."""
        fields = _costs(answer)
        if "Items" in answer:
            items = await self.items(schema, decoded(answer["Items"]), projected=projected, paired=True)
            fields.append(_ITEMS + write_array(items))
        fields.append(_COUNT + write_int(cast(int, answer["Count"])))
        fields.append(_SCANNED + write_int(cast(int, answer["ScannedCount"])))
        last = cast("Item | None", answer.get("LastEvaluatedKey"))
        if last is not None:
            cursor = write_compound(last) if of_index else write_key(schema, last)
            fields.append(_LAST_KEY + write_bytes(cursor))
        return _body(fields)

    async def items(
        self, schema: KeySchema, found: Iterable[object], *, projected: bool, paired: bool
    ) -> list[bytes]:
        """Items with their keys: as pairs, or one after the other."""
        written = []
        for number, one in enumerate(found, 1):
            item = decoded(one)
            if projected:
                written.append(by_position(item))
            else:
                key = write_bytes(write_key(schema, item))
                values = write_bytes(await self.values(schema, item))
                written += [write_array([key, values])] if paired else [key, values]
            if number % _ITEMS_AT_A_TIME == 0:
                await asyncio.sleep(0)
        return written


def decoded(value: object) -> Any:
    """An item, or a list of them, whether it comes as stored or not."""
    return orjson.loads(value.json) if isinstance(value, Spliced) else value


def by_position(item: Item) -> bytes:
    """What the paths of a projection led to."""
    return write_map([write_int(int(position)) + write_value(value) for position, value in item.items()])


def _body(fields: Sequence[bytes]) -> bytes:
    return write_map(fields) if fields else NULL


# ------------------------------------------------------------------ what it cost


def _costs(answer: Answer) -> list[bytes]:
    fields = []
    capacity = cast("Mapping[str, Any] | None", answer.get("ConsumedCapacity"))
    if capacity is not None:
        fields.append(_CAPACITY + write_bytes(consumed(capacity)))
    metrics = cast("Mapping[str, Any] | None", answer.get("ItemCollectionMetrics"))
    if metrics is not None:
        fields.append(_METRICS + write_bytes(collection(metrics)))
    return fields


def consumed(report: Mapping[str, Any]) -> bytes:
    """The ConsumedCapacity of one table."""
    table = report.get("Table")
    return b"".join(
        (
            write_text(report["TableName"]),
            write_float(report["CapacityUnits"]),
            NULL if table is None else write_float(table["CapacityUnits"]),
            _index_units(report.get("GlobalSecondaryIndexes")),
            _index_units(report.get("LocalSecondaryIndexes")),
        )
    )


def _index_units(arms: Mapping[str, Any] | None) -> bytes:
    if arms is None:
        return NULL
    return write_map([write_text(name) + write_float(arm["CapacityUnits"]) for name, arm in arms.items()])


_UNITS = {
    "CapacityUnits": write_int(1),
    "ReadCapacityUnits": write_int(2),
    "WriteCapacityUnits": write_int(3),
}
_TABLE_NAME, _TABLE = write_int(4), write_int(5)
_INDEXES = {"GlobalSecondaryIndexes": write_int(6), "LocalSecondaryIndexes": write_int(7)}


def consumed_by_transaction(report: Mapping[str, Any]) -> bytes:
    """The ConsumedCapacity of one table in a transaction, which tells reads and writes apart."""
    fields = [*_units(report), _TABLE_NAME + write_text(report["TableName"])]
    if "Table" in report:
        fields.append(_TABLE + write_map(_units(report["Table"])))
    for member, field in _INDEXES.items():
        if member in report:
            arms = [write_text(name) + write_map(_units(arm)) for name, arm in report[member].items()]
            fields.append(field + write_map(arms))
    return write_map(fields)


def _units(arm: Mapping[str, Any]) -> list[bytes]:
    return [field + write_float(arm[member]) for member, field in _UNITS.items() if member in arm]


def collection(metrics: Mapping[str, Any]) -> bytes:
    """The ItemCollectionMetrics of one item collection."""
    (key,) = metrics["ItemCollectionKey"].values()
    lower, upper = metrics["SizeEstimateRangeGB"]
    return write_value(key) + write_float(lower) + write_float(upper)


def collections_by_table(answer: Answer) -> bytes:
    """ItemCollectionMetrics of a batch or a transaction."""
    by_table = cast("Mapping[str, list[Mapping[str, Any]]]", answer.get("ItemCollectionMetrics", {}))
    return write_map(
        [
            write_text(table) + write_array([write_bytes(collection(one)) for one in metrics])
            for table, metrics in by_table.items()
        ]
    )


def capacities(answer: Answer) -> list[Mapping[str, Any]]:
    """ConsumedCapacity of a batch or a transaction: an entry a table."""
    return cast("list[Mapping[str, Any]]", answer.get("ConsumedCapacity", []))


def reason(one: Mapping[str, Any], item: bytes | None) -> list[bytes]:
    """Why an action cancelled its transaction, if it did: code, message, and the item if it was asked for."""
    return [
        write_optional_text(one.get("Code")),
        write_optional_text(one.get("Message")),
        NULL if item is None else write_bytes(item),
    ]
