"""From an item's key attributes to its place in storage, and every complaint about them.

A lookup (`Key` of GetItem, UpdateItem, DeleteItem) and a put are told different things about the same
mistake, and an index key again another: the texts are the service's. Sizes and types are checked before
anything is encoded, so an encoded key always fits.
"""

from collections.abc import Callable

from dynalite import limits
from dynalite.catalog.schema import Index, KeyAttribute, KeySchema, Table
from dynalite.errors import INVALID_VALUES, ValidationException
from dynalite.expressions.keycondition import EMPTY_KEY, HASH_TOO_LONG, NOT_VALID, RANGE_TOO_LONG
from dynalite.storage import keyspace
from dynalite.values.order import encode
from dynalite.values.size import value_size
from dynalite.values.types import AttributeValue, Item, KeyType

Hash = Callable[[bytes], bytes]

_SHORT_CHARACTERS = limits.SORT_KEY_BYTES // 4
"""So long together, the text of key attributes is within every limit: UTF-8 takes four bytes at most for a
character. Nearly all keys are, and need not be measured.
"""

_SCHEMA_MISMATCH = "The provided key element does not match the schema"
_UPDATED_TO_VALUE = (
    "The update expression attempted to update a secondary index key to a value that is not supported. "
)
_UPDATED_TO_TYPE = "The update expression attempted to update the secondary index key to unsupported type"
_UPDATED_BEYOND_SIZE = (
    "The update expression attempted to update the secondary index key beyond allowed size limits"
)


class KeyMismatch(ValidationException):
    """A key attribute that is missing, of another type than the schema says, or too long; or what else an
    index could not hold.

    A class of its own because a transaction reports this mistake as the member's reason, and all other
    mistakes in a key as the request's.
    """

    code = "ValidationException"


class EmptyKey(ValidationException):
    """A key attribute, of the table or of an index, whose value is empty.

    A class of its own because it is never a member's reason: a transaction that tries it is refused.
    """

    code = "ValidationException"


def check_lookup(keys: KeySchema, key: Item) -> None:
    """Refuse a lookup key that is not exactly the schema's attributes, in type and within the size limits."""
    if len(key) != len(keys.attributes):
        raise KeyMismatch(_SCHEMA_MISMATCH)
    characters = 0
    for attribute in keys.attributes:
        value = key.get(attribute.name)
        if value is None or attribute.type not in value:
            raise KeyMismatch(_SCHEMA_MISMATCH)
        content = value[attribute.type]
        if not content:
            raise empty_key(attribute.type, attribute.name)
        characters += len(content)
    if characters > _SHORT_CHARACTERS:
        _check_sizes(keys, key)


def check_put(keys: KeySchema, item: Item) -> None:
    """Refuse an item whose primary key is missing, of another type, empty or too long."""
    for attribute in keys.attributes:
        value = item.get(attribute.name)
        if value is None:
            raise KeyMismatch(f"{INVALID_VALUES}Missing the key {attribute.name} in the item")
        if attribute.type not in value:
            raise KeyMismatch(
                f"{INVALID_VALUES}Type mismatch for key {attribute.name}"
                f" expected: {attribute.type} actual: {type_of(value)}"
            )
    characters = 0
    for attribute in keys.attributes:
        content = item[attribute.name][attribute.type]
        if not content:
            raise empty_key(attribute.type, attribute.name)
        characters += len(content)
    if characters > _SHORT_CHARACTERS:
        _check_sizes(keys, item)


def empty_key(kind: KeyType, attribute: str) -> EmptyKey:
    """The refusal of a key without content."""
    return EmptyKey(f"{NOT_VALID}{EMPTY_KEY[kind]} Key: {attribute}")


def check_index_keys(
    table: Table, after: Item, before: Item | None = None, *, by_update: bool = False
) -> None:
    """Refuse an item that an index could not hold: a key attribute of the wrong type, empty or too long.

    An update is asked only about the index keys that it changes: `before` is the item it started from. Of
    several indexes that refuse an attribute the first by name is told. An attribute is judged whether or not
    the item has the others that it takes to be in the index.
    """
    for index in table.live_indexes:
        changed = False
        for attribute in index.keys.attributes:
            value = after.get(attribute.name)
            if value is None or (before is not None and before.get(attribute.name) == value):
                continue
            changed = True
            if attribute.name not in table.keys.names:
                _check_index_key(index, attribute, value, by_update)
        if not changed:
            continue
        if not by_update:
            _check_sizes(index.keys, after)
        elif not fits(index.keys, after):
            raise ValidationException(_UPDATED_BEYOND_SIZE)


def check_assigned(table: Table, assigned: Item) -> None:
    """Refuse an update that sets index keys to values that no index could hold, before an item is read."""
    for index in table.live_indexes:
        for attribute in index.keys.attributes:
            value = assigned.get(attribute.name)
            if value is None:
                continue
            if attribute.type not in value:
                raise _index_key_mismatch(index, attribute, value)
            if not value[attribute.type]:
                raise empty_index_key(attribute.type, index.name, attribute.name, by_update=True)


def _check_index_key(index: Index, attribute: KeyAttribute, value: AttributeValue, by_update: bool) -> None:
    if attribute.type not in value:
        if by_update:
            raise ValidationException(_UPDATED_TO_TYPE)
        raise _index_key_mismatch(index, attribute, value)
    if not value[attribute.type]:
        raise empty_index_key(attribute.type, index.name, attribute.name, by_update=by_update)


def _index_key_mismatch(index: Index, attribute: KeyAttribute, value: AttributeValue) -> KeyMismatch:
    return KeyMismatch(
        f"{INVALID_VALUES}Type mismatch for Index Key {attribute.name} Expected: {attribute.type}"
        f" Actual: {type_of(value)} IndexName: {index.name}"
    )


def empty_index_key(kind: KeyType, index: str, attribute: str, *, by_update: bool = False) -> EmptyKey:
    """The refusal of an index key without content, of an index that is named."""
    if by_update:
        return EmptyKey(f"{NOT_VALID}{_UPDATED_TO_VALUE}{EMPTY_KEY[kind]}")
    return EmptyKey(
        f"{NOT_VALID}A value specified for a secondary index key is not supported. {EMPTY_KEY[kind]}"
        f" IndexName: {index}, IndexKey: {attribute}"
    )


def indexable(index: Index, item: Item) -> bool:
    """Whether the item holds every key attribute of the index, in type and not empty."""
    for attribute in index.keys.attributes:
        value = item.get(attribute.name)
        if value is None or not value.get(attribute.type):
            return False
    return True


def fits(keys: KeySchema, item: Item) -> bool:
    """Whether the key attributes that the item has are within the size limits."""
    return _are_short(keys, item) or (
        _size(keys.partition, item) <= limits.PARTITION_KEY_BYTES
        and _size(keys.sort, item) <= limits.SORT_KEY_BYTES
    )


def _are_short(keys: KeySchema, item: Item) -> bool:
    characters = 0
    for attribute in keys.attributes:
        value = item.get(attribute.name)
        if value is not None:
            characters += len(value.get(attribute.type, ""))
    return characters <= _SHORT_CHARACTERS


def _check_sizes(keys: KeySchema, item: Item) -> None:
    if _are_short(keys, item):
        return
    if _size(keys.partition, item) > limits.PARTITION_KEY_BYTES:
        raise KeyMismatch(HASH_TOO_LONG)
    if keys.sort and _size(keys.sort, item) > limits.SORT_KEY_BYTES:
        raise KeyMismatch(RANGE_TOO_LONG)


def _size(attributes: tuple[KeyAttribute, ...], item: Item) -> int:
    total = 0
    for attribute in attributes:
        value = item.get(attribute.name)
        if value is not None and attribute.type in value:
            total += value_size(value)
    return total


def type_of(value: AttributeValue) -> str:
    """The one type name in a canonical AttributeValue."""
    return next(iter(value))


def primary(keys: KeySchema, item: Item) -> Item:
    """The key attributes alone."""
    return {attribute.name: item[attribute.name] for attribute in keys.attributes}


# ------------------------------------------------------------------ places in storage


def _encoded(attributes: tuple[KeyAttribute, ...], item: Item) -> bytes:
    if len(attributes) == 1:
        only = attributes[0]
        return encode(only.type, item[only.name][only.type])
    return b"".join([encode(a.type, item[a.name][a.type]) for a in attributes])


def partition_hash(keys: KeySchema, item: Item, hash: Hash) -> bytes:
    """H of the partition attributes."""
    return hash(_encoded(keys.partition, item))


def storage_key(table: Table, item: Item, hash: Hash) -> bytes:
    """Where the item with these (checked) key attributes lives."""
    keys = table.keys
    if keys.sort:
        return table.items_prefix + hash(_encoded(keys.partition, item)) + _encoded(keys.sort, item)
    return table.items_prefix + hash(_encoded(keys.partition, item))


def identity(table: Table, item: Item, hash: Hash) -> bytes:
    """H of the whole primary key: what every index row of the item ends with."""
    return hash(_encoded(table.keys.attributes, item))


def index_key(table: Table, index: Index, item: Item, hash: Hash, identified: bytes | None = None) -> bytes:
    """Where the index's row of this (indexable) item lives. `identified` is its `identity`, where known."""
    keys = index.keys
    return b"".join(
        (
            keyspace.index_rows(table.id, index.id),
            hash(_encoded(keys.partition, item)),
            _encoded(keys.sort, item),
            identity(table, item, hash) if identified is None else identified,
        )
    )
