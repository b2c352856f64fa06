"""What a change of an item does to an index: the row before and the row after, and their statistics."""

from collections import Counter
from dataclasses import replace
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from dynalite.capacity.units import write_units
from dynalite.catalog.schema import Index, KeyAttribute, KeySchema, Projection, ProjectionType, Table
from dynalite.items import indexes
from dynalite.items import key as keys
from dynalite.items import record as records
from dynalite.items.indexes import Entry
from dynalite.items.record import Record
from dynalite.storage import keyspace
from dynalite.storage.engine import Batch
from dynalite.values.size import item_size
from dynalite.values.types import Item, KeyType

KEYS = KeySchema((KeyAttribute("pk", "S"),), (KeyAttribute("sk", "N"),))
INDEX = Index(
    7,
    "by-author",
    True,
    KeySchema((KeyAttribute("author", "S"),), (KeyAttribute("year", "N"),)),
    Projection("ALL"),
)
HASH = keyspace.hasher(bytes(keyspace.SALT_BYTES))


def a_table(projection: ProjectionType) -> Table:
    non_key = ("title",) if projection == "INCLUDE" else ()
    index = replace(INDEX, projection=Projection(projection, non_key))
    return Table(1, "Books", "r", "a", "u", 0.0, KEYS, KEYS.attributes, indexes=(index,))


KINDS: tuple[KeyType | None, ...] = ("S", "N", None)
FEW = {"S": ("a", "b", ""), "N": ("1", "-2")}
"""So few values that two images often share one."""

projections = st.sampled_from(get_args(ProjectionType)).map(a_table)


@st.composite
def images(draw: st.DrawFn) -> Record | None:
    """The one item of these tests in some form: with key attributes of the index, without, of other types."""
    if draw(st.integers(0, 5)) == 0:
        return None
    item: Item = {"pk": {"S": "p"}, "sk": {"N": "1"}}
    for name in ("author", "year", "title", "note"):
        kind = draw(st.sampled_from(KINDS))
        if kind is not None:
            item[name] = {kind: draw(st.sampled_from(FEW[kind]))}
    return records.of(item, item_size(item))


def rows(table: Table, before: Record | None, after: Record | None) -> tuple[Entry | None, Entry | None]:
    present = before or after
    assert present is not None
    identity = keys.identity(table, present.item, HASH)
    return indexes.entries(table, table.indexes[0], before, after, HASH, identity)


changes = st.tuples(images(), images()).filter(any)


@given(projections, changes)
def test_both_rows_are_those_of_their_images(
    table: Table, change: tuple[Record | None, Record | None]
) -> None:
    def alone(image: Record | None) -> tuple[bytes, bytes] | None:
        return None if image is None else told(indexes.entry(table, table.indexes[0], image, HASH))

    def told(entry: Entry | None) -> tuple[bytes, bytes] | None:
        return None if entry is None else (entry.key, records.pack(entry.record))

    before, after = rows(table, *change)
    assert (told(before), told(after)) == (alone(change[0]), alone(change[1]))


@given(projections, changes)
def test_a_change_leaves_the_row_after_it_and_counts_the_difference(
    table: Table, change: tuple[Record | None, Record | None]
) -> None:
    before, after = rows(table, *change)
    batch = Batch()
    units = indexes.apply(batch, table, table.indexes[0], before, after)

    present: dict[bytes, bytes | None] = {}
    if before is not None:
        present[before.key] = records.pack(before.record)
    present.update(batch.rows)
    left = {key: value for key, value in present.items() if value is not None}
    assert left == ({} if after is None else {after.key: records.pack(after.record)})

    counted: Counter[bytes] = Counter()
    for entry, sign in ((after, 1), (before, -1)):
        if entry is not None:
            counted[keyspace.statistic(table.id, 7, keyspace.ITEM_COUNT)] += sign
            counted[keyspace.statistic(table.id, 7, keyspace.SIZE_BYTES)] += sign * entry.record.size
    assert batch.counts == {counter: amount for counter, amount in counted.items() if amount}
    assert units == charged(before, after)


def charged(before: Entry | None, after: Entry | None) -> float:
    """By AWS's pages: in place one write of the larger image; a move is a delete and an insert."""
    if before is not None and after is not None and before.key == after.key:
        if before.record.item == after.record.item:
            return 0.0
        return write_units(max(before.record.size, after.record.size))
    return sum((write_units(entry.record.size) for entry in (before, after) if entry is not None), 0.0)
