"""Shard iterators: a place in a shard, told to the client as text that says everything.

Nothing is kept of an iterator, so it survives a restart, and a million of them cost nothing. Its text is the
stream's ARN, a version, and a token: the shard, the sequence after which reading goes on, the time at which
it was handed out, and a tag that only this database can make (its keyed H over all of that). An iterator that
anybody has altered, or that another database handed out, is invalid.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable
from dataclasses import dataclass
from struct import Struct

from dynalite.errors import ExpiredIteratorException, ValidationException

LIFETIME_SECONDS = 900.0

_VERSION = "1"
_PLACE = Struct(">IQd")
_TAG_BYTES = 16
_PURPOSE = b"\xffshard iterator\x00"
"""Keeps tags apart from H of partition keys: no encoded key begins like this."""

Hash = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class ShardIterator:
    """A place in shard number `shard` of a stream: behind the sequence `after`. `issued_at` is in epoch
    seconds.
    """

    stream_arn: str
    shard: int
    after: int
    issued_at: float


def write(iterator: ShardIterator, hash: Hash) -> str:
    place = _PLACE.pack(iterator.shard, iterator.after, iterator.issued_at)
    token = urlsafe_b64encode(place + _tag(iterator.stream_arn, place, hash)).decode()
    return f"{iterator.stream_arn}|{_VERSION}|{token}"


def read(text: str, now: float, hash: Hash) -> ShardIterator:
    """The iterator of a text. Raises ValidationException, or ExpiredIteratorException after a quarter of an
    hour.
    """
    stream_arn, _, rest = text.partition("|")
    version, _, token = rest.partition("|")
    try:
        packed = urlsafe_b64decode(token.encode())
    except (NotBase64, ValueError):
        packed = b""
    place, tag = packed[:-_TAG_BYTES], packed[-_TAG_BYTES:]
    is_ours = len(place) == _PLACE.size and tag == _tag(stream_arn, place, hash)
    if version != _VERSION or not is_ours or urlsafe_b64encode(packed).decode() != token:
        raise ValidationException("Invalid ShardIterator")
    iterator = ShardIterator(stream_arn, *_PLACE.unpack(place))
    if now - iterator.issued_at > LIFETIME_SECONDS:
        raise ExpiredIteratorException("Shard iterator has expired")
    return iterator


def _tag(stream_arn: str, place: bytes, hash: Hash) -> bytes:
    return hash(_PURPOSE + stream_arn.encode() + b"\x00" + place)
