"""Primary keys: bytes that only the key schema explains."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dynalite.catalog.schema import KeyAttribute, KeySchema
from dynalite.errors import ValidationException
from dynalite.values.attribute import canonical_item
from dynalite.values.types import Item, KeyType
from server.dax.cbor import Incomplete, Malformed
from server.dax.keys import read_compound, read_key, write_compound, write_key
from tests.strategies import items, key_values

TYPES: tuple[KeyType, ...] = ("S", "N", "B")


def schema(partition: KeyType, sort: KeyType | None = None) -> KeySchema:
    return KeySchema((KeyAttribute("pk", partition),), () if sort is None else (KeyAttribute("sk", sort),))


@pytest.mark.parametrize(
    ("keys", "encoded", "item"),
    [
        (schema("S"), "6162", {"pk": {"S": "ab"}}),
        (schema("N"), "c482200f", {"pk": {"N": "1.5"}}),
        (schema("N"), "fb3ff8000000000000", {"pk": {"N": "1.5"}}),
        (schema("B"), "00ff", {"pk": {"B": "AP8="}}),
        (schema("S", "S"), "6261626364", {"pk": {"S": "ab"}, "sk": {"S": "cd"}}),
        (schema("S", "N"), "626162c21c0010", {"pk": {"S": "ab"}, "sk": {"N": "10"}}),
        (schema("N", "B"), "07ff", {"pk": {"N": "7"}, "sk": {"B": "/w=="}}),
    ],
)
def test_what_clients_send(keys: KeySchema, encoded: str, item: Item) -> None:
    assert canonical_item(read_key(keys, bytes.fromhex(encoded)))[0] == item


@given(st.data(), st.sampled_from(TYPES), st.sampled_from((*TYPES, None)))
def test_keys_come_back(data: st.DataObject, partition: KeyType, sort: KeyType | None) -> None:
    keys = schema(partition, sort)
    item: Item = {one.name: {one.type: data.draw(key_values(one.type))} for one in keys.attributes}
    found = read_key(keys, write_key(keys, {**item, "other": {"S": "x"}}))
    assert canonical_item(found)[0] == item


@given(items())
def test_compound_keys_come_back_and_are_of_indefinite_length(item: Item) -> None:
    written = write_compound(item)
    assert (written[0], written[-1]) == (0xBF, 0xFF)
    assert canonical_item(read_compound(written))[0] == item


@settings(max_examples=200)
@given(st.binary(max_size=30), st.sampled_from(TYPES), st.sampled_from((*TYPES, None)))
def test_any_bytes_are_a_key_or_an_error(data: bytes, partition: KeyType, sort: KeyType | None) -> None:
    reads: tuple[Callable[[], Item], ...] = (
        lambda: read_key(schema(partition, sort), data),
        lambda: read_compound(data),
    )
    for read in reads:
        with contextlib.suppress(Malformed, Incomplete, ValidationException):
            read()
