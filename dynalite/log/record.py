"""What a record of the change log says: one item's change, complete.

Both images as they are stored, spliced and not encoded again, the item's place in its table, the cause and
the time. That is enough for every reader: a stream shows images, a restore to a second puts `before` images
back. Who needs less takes less; a record does not depend on who reads it.

A record is a msgpack array that begins with a version. Elements that a later version appends are ignored by
this one; a version above this one is refused.
"""

from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

import msgpack

Cause: TypeAlias = Literal["user", "ttl"]
"""Who changed the item: a caller, or its time to live."""

VERSION: Final = 1
_AT = 2

_pack = msgpack.Packer().pack  # one for all: making a packer costs more than packing a record
_unpack = msgpack.unpackb


class UnknownVersion(Exception):
    """A record was written by a newer server."""


class Image(Protocol):
    """A stored item: its size in bytes as charged, and its JSON."""

    @property
    def size(self) -> int: ...

    @property
    def json(self) -> bytes: ...


class LoggedImage(NamedTuple):
    """An image as a record of the log holds it."""

    size: int
    json: bytes


class Logged(NamedTuple):
    """A change. `at` is when it was made, in seconds of the epoch; `place` is H(pk) and the encoded sort key;
    an image is None when the item did not exist before, or does not any more.
    """

    cause: Cause
    at: float
    place: bytes
    before: LoggedImage | None
    after: LoggedImage | None


def pack(cause: Cause, at: float, place: bytes, before: Image | None, after: Image | None) -> bytes:
    packed: bytes = _pack(
        (
            VERSION,
            cause,
            at,
            place,
            None if before is None else before.size,
            None if before is None else before.json,
            None if after is None else after.size,
            None if after is None else after.json,
        )
    )
    return packed


def unpack(stored: bytes) -> Logged:
    """The change that `pack` was given. Raises `UnknownVersion` on a newer format."""
    version, cause, at, place, before_bytes, before, after_bytes, after, *_ = _unpack(stored)
    if version > VERSION:
        raise UnknownVersion(f"a log record has format {version}; this server reads up to {VERSION}")
    return Logged(
        cause,
        at,
        place,
        None if before is None else LoggedImage(before_bytes, before),
        None if after is None else LoggedImage(after_bytes, after),
    )


def time_of(stored: bytes) -> float:
    """When the change was made, without a look at the rest of it."""
    at: float = _unpack(stored)[_AT]
    return at
