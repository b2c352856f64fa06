"""NextToken: where the last page of a SELECT stopped, told to the client as text that says everything.

It holds the number of the range and the key of the page's last row, a digest of the statement, its parameters
and what they were read from, and a tag that only this database can make (its keyed H over all of that). It
depends on nothing that a restart forgets, and one that anybody has altered is invalid.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

import msgpack
import orjson

from dynalite.errors import ValidationException
from dynalite.items.page import Range
from dynalite.operations.reading import Source
from dynalite.values.types import AttributeValue

BEGINNING: Final = b""
"""Stands for the last row of a range of which nothing has been read."""

_INVALID = "Invalid NextToken"
_OTHER = "NextToken does not match request"
_DIGEST_BYTES = 16
_TAG_BYTES = 16
_PURPOSE = b"\xffnext token\x00"
"""Keeps tags apart from H of partition keys: no encoded key begins like this."""

Hash = Callable[[bytes], bytes]


def digest_of(statement: str, parameters: list[AttributeValue], source: Source) -> bytes:
    """What a token is for."""
    read_from = [source.table.id, None if source.index is None else source.index.id]
    return blake2b(orjson.dumps([statement, parameters, read_from]), digest_size=_DIGEST_BYTES).digest()


def write(digest: bytes, number: int, place: bytes, hash: Hash) -> str:
    """The token for what is left of range `number` behind `place`, and all ranges after it."""
    packed: bytes = msgpack.packb((digest, number, place))
    return urlsafe_b64encode(packed + _tag(packed, hash)).decode()


def start(token: str | None, digest: bytes, planned: Sequence[Range], hash: Hash) -> tuple[int, Range | None]:
    """Where to begin: the number of a range, and what is left of it; None when that is all of it.

    Raises ValidationException for a token that was not made here, or for another statement.
    """
    if token is None:
        return 0, None
    of, number, place = _read(token, hash)
    if of != digest:
        raise ValidationException(_OTHER)
    return number, None if place == BEGINNING else planned[number].beyond(place)


def _read(token: str, hash: Hash) -> tuple[bytes, int, bytes]:
    try:
        tagged = urlsafe_b64decode(token.encode())
    except ValueError:
        raise ValidationException(_INVALID) from None
    packed, tag = tagged[:-_TAG_BYTES], tagged[-_TAG_BYTES:]
    # Other texts are decoded to the same bytes, but only one was given out.
    if tag != _tag(packed, hash) or urlsafe_b64encode(tagged).decode() != token:
        raise ValidationException(_INVALID)
    of, number, place = msgpack.unpackb(packed)
    return of, number, place


def _tag(packed: bytes, hash: Hash) -> bytes:
    return hash(_PURPOSE + packed)
