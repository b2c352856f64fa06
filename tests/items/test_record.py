"""Two records hold the same item whatever the order of its attributes, and only then."""

from random import Random

import orjson
from hypothesis import given
from hypothesis import strategies as st

from dynalite.items import record as records
from dynalite.items.record import Record
from dynalite.values.size import item_size
from dynalite.values.types import Item
from tests.strategies import items


def stored(item: Item) -> Record:
    """As a record comes out of storage."""
    return records.unpack(records.pack(records.of(item, item_size(item))))


def in_another_order(value: object, random: Random) -> object:
    """The same JSON, the members of every object shuffled."""
    if isinstance(value, list):
        return [in_another_order(element, random) for element in value]
    if not isinstance(value, dict):
        return value
    members = [(name, in_another_order(member, random)) for name, member in value.items()]
    random.shuffle(members)
    return dict(members)


@given(items(), st.randoms(use_true_random=False))
def test_the_order_of_attributes_does_not_count(item: Item, random: Random) -> None:
    shuffled = in_another_order(item, random)
    assert stored(item).same_item(Record(item_size(item), orjson.dumps(shuffled)))


@given(items(), items())
def test_items_are_the_same_when_they_are_equal(one: Item, other: Item) -> None:
    assert stored(one).same_item(stored(other)) == (one == other)


@given(st.text("ab", max_size=4), st.text("ab", max_size=4))
def test_texts_of_the_same_letters_are_told_apart(one: str, other: str) -> None:
    left, right = stored({"a": {"S": one}}), stored({"a": {"S": other}})
    assert left.same_item(right) == (one == other)


def test_no_item_is_the_same_as_none() -> None:
    assert not stored({}).same_item(None)
