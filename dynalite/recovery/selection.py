"""Which items an export holds, and which of their attributes: its FilterSpecification.

It is a Query's, or without a key condition a Scan's: a key condition is a range of places, so what lies
outside of it is not even read; a filter is asked about every item within; a projection makes what is
written. An incremental export is of changes, and a change counts when the item before it or the item after
it is one that was asked for: who replays the lines would otherwise keep an item that has left the selection.
"""

import copy
from typing import NamedTuple

import orjson

from dynalite.catalog.schema import KeySchema
from dynalite.expressions import condition as conditions
from dynalite.expressions import keycondition, prepare
from dynalite.expressions import projection as projections
from dynalite.expressions.condition import Condition
from dynalite.expressions.keycondition import KeyCondition
from dynalite.expressions.prepare import Prepared
from dynalite.expressions.projection import Projection
from dynalite.items import ranges
from dynalite.items.key import Hash
from dynalite.items.page import Range
from dynalite.items.record import Record
from dynalite.storage.keyspace import after
from dynalite.values.types import Item, Request


class Selection(NamedTuple):
    """What is wanted of a table: None is everything."""

    key_condition: KeyCondition | None = None
    filter: Condition | None = None
    projection: Projection | None = None

    def range(self, prefix: bytes, keys: KeySchema, hash: Hash) -> Range:
        """The rows that may be wanted, of all whose keys are the prefix and a place."""
        if self.key_condition is None:
            return Range(prefix, after(prefix))
        partition = ranges.partition(prefix, keys, self.key_condition, hash)
        return ranges.query(partition, self.key_condition, reverse=False)

    def keeps(self, item: Item) -> bool:
        return self.filter is None or conditions.holds(self.filter, item)

    def shown(self, item: Item) -> Item:
        """What is written of an item."""
        return item if self.projection is None else projections.project(self.projection, item)

    def json(self, record: Record) -> bytes:
        """The same as JSON text; as it is stored when all of it is wanted."""
        return record.json if self.projection is None else orjson.dumps(self.shown(record.item))


EVERYTHING = Selection()


def prepared(specification: Request) -> Prepared:
    """What the expressions of a FilterSpecification say. It stays as it is. Raises ValidationException."""
    return prepare.export(copy.deepcopy(specification))


def of(found: Prepared, keys: KeySchema) -> Selection:
    """What they mean for a table with these keys. Raises ValidationException."""
    if found.key_condition is None:
        return Selection(None, found.filter, found.projection)
    condition = keycondition.resolve(
        found.key_condition,
        tuple((one.name, one.type) for one in keys.partition),
        tuple((one.name, one.type) for one in keys.sort),
    )
    if found.filter is not None:
        keycondition.filter_must_not_touch(found.filter, [one.name for one in keys.attributes])
    return Selection(condition, found.filter, found.projection)
