"""Primary keys as the protocol writes them: bytes whose meaning only the key schema tells.

    partition key alone       S, B: the raw bytes       N: a CBOR number
    partition and sort key    the partition key as CBOR, then the sort key to the end: S, B raw, N lex-decimal

A cursor into an index names its attributes instead, because it holds those of two keys: a map of
indefinite length, which the Go client insists on.
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping

from dynalite.catalog.schema import KeyAttribute, KeySchema
from dynalite.values.types import AttributeValue, Item
from server.dax import lexdecimal
from server.dax.cbor import BREAK, MAP, OPEN_MAP, Malformed, head, write_text
from server.dax.values import read_map, read_number, read_value, write_number, write_value


def read_key(schema: KeySchema, data: bytes) -> Item:
    """The key attributes, not canonical yet. Raises Malformed, Incomplete."""
    partition = schema.partition[0]
    if not schema.sort:
        if partition.type != "N":
            return {partition.name: _of_raw(partition, data)}
        number, at = read_number(data, 0)
        if at != len(data):
            raise Malformed("a key with something behind it")
        return {partition.name: {"N": number}}
    sort = schema.sort[0]
    value, at = read_value(data, 0)
    rest = data[at:]
    last = {"N": lexdecimal.decode(rest)} if sort.type == "N" else _of_raw(sort, rest)
    return {partition.name: value, sort.name: last}


def _of_raw(attribute: KeyAttribute, raw: bytes) -> AttributeValue:
    if attribute.type == "B":
        return {"B": b2a_base64(raw, newline=False).decode()}
    try:
        return {"S": raw.decode()}
    except UnicodeDecodeError:
        raise Malformed("a key that is not UTF-8") from None


def write_key(schema: KeySchema, item: Mapping[str, AttributeValue]) -> bytes:
    """The key of a canonical item."""
    partition = schema.partition[0]
    value = item[partition.name]
    if not schema.sort:
        return write_number(value["N"]) if partition.type == "N" else _raw(partition, value)
    sort = schema.sort[0]
    last = item[sort.name]
    return write_value(value) + (lexdecimal.encode(last["N"]) if sort.type == "N" else _raw(sort, last))


def _raw(attribute: KeyAttribute, value: AttributeValue) -> bytes:
    content: str = value[attribute.type]
    return content.encode() if attribute.type == "S" else a2b_base64(content)


def read_compound(data: bytes) -> Item:
    """A cursor into an index."""
    major, length, at = head(data, 0)
    if major != MAP:
        raise Malformed("a compound key that is not a map")
    members, at = read_map(data, at, length)
    if at != len(data):
        raise Malformed("a key with something behind it")
    return members


def write_compound(item: Mapping[str, AttributeValue]) -> bytes:
    """A cursor into an index."""
    pairs = [write_text(name) + write_value(value) for name, value in item.items()]
    return OPEN_MAP + b"".join(pairs) + BREAK
