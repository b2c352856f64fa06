"""LastEvaluatedKey and ExclusiveStartKey: where a page stopped, told to the client in key attributes.

For an index the cursor holds the index's key attributes and the table's, so that items which share an index
key are continued without loss.
"""

from dynalite.catalog.schema import Index, KeyAttribute, Table
from dynalite.errors import ValidationException
from dynalite.items import key as keys
from dynalite.items.key import Hash
from dynalite.items.page import Range
from dynalite.items.record import Record
from dynalite.values.attribute import EmptyName, canonical_item
from dynalite.values.types import Item

INVALID = "The provided starting key is invalid"


def last_evaluated(table: Table, index: Index | None, record: Record) -> Item:
    """The cursor after this record."""
    item = record.item
    return {attribute.name: item[attribute.name] for attribute in _attributes(table, index)}


def parse(raw: object, *, of_query: bool = False) -> Item | None:
    """An ExclusiveStartKey in canonical form; None when it was not sent. A Query tells an empty name bare."""
    if raw is None:
        return None
    try:
        return canonical_item(raw)[0]
    except ValidationException as error:
        if of_query and isinstance(error, EmptyName):
            raise
        raise ValidationException(f"{INVALID}: {error.message}") from None


def place(table: Table, index: Index | None, cursor: Item, hash: Hash, mismatch: str = INVALID) -> bytes:
    """Where a cursor stands in storage. `mismatch` is what is said of one that does not fit the schema."""
    attributes = _attributes(table, index)
    if len(cursor) != len(attributes) or not all(cursor.get(a.name, {}).get(a.type) for a in attributes):
        raise ValidationException(mismatch)
    if not keys.fits(table.keys, cursor) or (index is not None and not keys.fits(index.keys, cursor)):
        raise ValidationException(mismatch)
    if index is None:
        return keys.storage_key(table, cursor, hash)
    return keys.index_key(table, index, cursor, hash)


def resume_query(range_: Range, partition: bytes, place: bytes) -> Range:
    """The rest of a query's range after a cursor, which must lie in the partition and in the range."""
    if not place.startswith(partition):
        raise ValidationException(
            "The provided starting key is outside query boundaries based on provided conditions"
        )
    if not range_.start <= place < range_.stop:
        raise ValidationException("The provided starting key does not match the range key predicate")
    return range_.beyond(place)


def resume_scan(range_: Range, place: bytes, segment: int, total_segments: int) -> Range:
    """The rest of a scan's range after a cursor, which must lie in the segment that is scanned."""
    if not range_.start <= place < range_.stop:
        raise ValidationException(
            f"{INVALID}: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with correct Segment."
            f" TotalSegments: {total_segments} Segment: {segment}"
        )
    return range_.beyond(place)


def _attributes(table: Table, index: Index | None) -> tuple[KeyAttribute, ...]:
    if index is None:
        return table.keys.attributes
    extra = tuple(a for a in table.keys.attributes if a.name not in index.keys.names)
    return index.keys.attributes + extra
