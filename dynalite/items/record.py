"""What a stored item looks like: its size and its JSON, so that most reads never decode it.

A record is a msgpack array: the item's size in bytes as the service charges it, then the item's canonical
JSON. The size decides paging and capacity; the JSON goes into an answer as it stands. Elements that a later
version appends after these two are ignored here.
"""

import msgpack
import orjson

from dynalite.values.types import Item

_unpack = msgpack.unpackb
_pack = msgpack.Packer().pack  # one for all: making a packer costs more than packing a record


class Record:
    """One stored item: `size` in bytes as charged, `json` as stored, and the item itself, decoded when first
    asked.
    """

    __slots__ = ("_item", "_packed", "json", "size")

    def __init__(self, size: int, json: bytes, item: Item | None = None) -> None:
        self.size = size
        self.json = json
        self._item = item
        self._packed: bytes | None = None

    @property
    def item(self) -> Item:
        """The decoded item. Shared between callers: never changed in place."""
        item = self._item
        if item is None:
            item = self._item = orjson.loads(self.json)
        return item

    def same_item(self, other: "Record | None") -> bool:
        """Whether both hold the same item; the order of attributes does not count."""
        return other is not None and (
            self.json == other.json
            or (self.size == other.size and len(self.json) == len(other.json) and self.item == other.item)
        )


def of(item: Item, size: int) -> Record:
    """A record of a canonical item whose size is known."""
    return Record(size, orjson.dumps(item), item)


def pack(record: Record) -> bytes:
    """The record as it is stored. It keeps that: an index that carries all of an item stores the same."""
    packed = record._packed
    if packed is None:
        packed = record._packed = _pack((record.size, record.json))
    return packed


def unpack(value: bytes) -> Record:
    fields = _unpack(value)
    return Record(fields[0], fields[1])
