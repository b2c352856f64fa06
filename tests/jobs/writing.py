"""Items written as operations write them, and what a table and its indexes must then hold."""

from collections.abc import Sequence

from dynalite.items import indexes, record, write
from dynalite.items.key import storage_key
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch, decode_counter
from dynalite.values.attribute import canonical_item
from dynalite.values.size import item_size
from dynalite.values.types import AttributeValue, Item
from tests.catalog.world import World

PLENTY = 1_000_000_000


def an_item(pk: str, sk: str = "0", **values: str | AttributeValue) -> Item:
    """An item of `Music`. A value that is a str becomes a string, any other is an AttributeValue."""
    item: Item = {"pk": {"S": pk}, "sk": {"S": sk}}
    for name, value in values.items():
        item[name] = {"S": value} if isinstance(value, str) else value
    return canonical_item(item)[0]


async def put(world: World, item: Item, name: str = "Music") -> None:
    await _write(world, item, item, name)


async def delete(world: World, item: Item, name: str = "Music") -> None:
    await _write(world, item, None, name)


async def _write(world: World, primary: Item, after: Item | None, name: str) -> None:
    table, hash_ = world.table(name), world.context.hash
    key, at = storage_key(table, primary, hash_), world.context.clock.now()

    def decide(values: Sequence[bytes | None]) -> tuple[None, Batch]:
        before = None if values[0] is None else record.unpack(values[0])
        wanted = None if after is None else record.of(after, item_size(after))
        batch = Batch()
        write.apply(batch, write.Change(table, key, before, wanted, at, values[1:]), hash_)
        return None, batch

    await world.context.engine.update(write.reads(table, key), decide)


async def rows(world: World, prefix: bytes) -> list[tuple[bytes, bytes]]:
    return await world.context.engine.scan(prefix, keyspace.after(prefix), limit=PLENTY, max_bytes=PLENTY)


async def check_index(world: World, name: str = "new") -> int:
    """The index holds exactly what its table's items make, and its figures say so. Returns its size."""
    table = world.table()
    index = table.index(name)
    assert index is not None
    expected = {}
    for _, value in await rows(world, table.items_prefix):
        entry = indexes.entry(table, index, record.unpack(value), world.context.hash)
        if entry is not None:
            expected[entry.key] = record.pack(entry.record)
    found = dict(await rows(world, keyspace.index_rows(table.id, index.id)))
    assert found == expected
    counters = [
        keyspace.statistic(table.id, index.id, figure)
        for figure in (keyspace.ITEM_COUNT, keyspace.SIZE_BYTES)
    ]
    figures = [decode_counter(value) for value in await world.context.engine.read(counters)]
    assert figures == [len(found), sum(record.unpack(value).size for value in found.values())]
    return len(found)
