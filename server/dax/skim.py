"""Finding the end of values without building them: framing for a protocol that has none.

A DAX request is a run of CBOR values with no length in front. One that arrives in pieces must not be read
from its beginning with every piece: a patient client could make us do so a million times. A `Skimmer` goes
over each byte once. It keeps a position and how many values are still open at each level, and stops where
the bytes do.

It also is the gatekeeper of memory: a request that announces more than it may have is refused when it
announces it, not when it arrives.
"""

from contextlib import suppress
from typing import Final

from server.dax.cbor import (
    ARRAY,
    BYTES,
    INDEFINITE,
    LEVELS,
    MAP,
    SIMPLE,
    TAG,
    TEXT,
    Incomplete,
    Malformed,
    ends,
    head,
)

VALUES: Final = 1 << 20
"""How many values a call may hold, inside its byte strings too: each costs memory, however short it is."""

COUNTED_FROM_BYTES: Final = VALUES
"""A shorter call cannot hold too many."""

_OPEN = -1  # of a level: it goes on to its break
_SIMPLE_BYTES = {20: 0, 21: 0, 22: 0, 23: 0, 25: 2, 26: 4, 27: 8}
"""How many bytes follow the head of false, true, null, undefined and the floats. Others mean nothing."""


class Skimmer:
    """Steps over `count` values from `at` on. `at` moves on as far as the data does, or beyond it where a
    string is announced that has not arrived yet.
    """

    __slots__ = ("_limit", "_open", "at", "values")

    def __init__(self, at: int, count: int, limit: int) -> None:
        self.at = at
        self.values = 0
        """How many values it has stepped over or into."""
        self._open = [count]
        self._limit = limit

    def done(self, data: bytes | bytearray) -> bool:
        """Whether the data holds all values. Raises Malformed as soon as they cannot be had within `limit`
        bytes.
        """
        levels = self._open
        try:
            while levels:
                if self.at > len(data):
                    return False
                if levels[-1] == 0:
                    levels.pop()
                elif levels[-1] == _OPEN and ends(data, self.at):
                    self.at += 1
                    levels.pop()
                else:
                    self._step(data)
        except Incomplete:
            return False
        return self.at <= len(data)

    def _step(self, data: bytes | bytearray) -> None:
        """Step over one head, and over the bytes of a string."""
        levels = self._open
        first = data[self.at] if self.at < len(data) else _missing()
        if first >> 5 == SIMPLE:
            if first & 0x1F not in _SIMPLE_BYTES:
                raise Malformed("a simple value that means nothing here")
            self._move(self.at + 1 + _SIMPLE_BYTES[first & 0x1F])
            self._count()
            return
        major, argument, at = head(data, self.at)
        if major in (BYTES, TEXT) and argument != INDEFINITE:
            at += argument
        self._move(at)
        self._count()
        if major == TAG:
            levels.append(1)
        elif argument == INDEFINITE:
            levels.append(_OPEN)
        elif major in (ARRAY, MAP):
            count = argument * 2 if major == MAP else argument
            if at + count > self._limit:  # every value takes a byte at least
                raise Malformed("a request that is too long")
            levels.append(count)
        if len(levels) > LEVELS + 1:
            raise Malformed("arguments that are nested too deep")

    def _move(self, at: int) -> None:
        if at > self._limit:
            raise Malformed("a request that is too long")
        self.at = at

    def _count(self) -> None:
        if self._open[-1] != _OPEN:
            self._open[-1] -= 1
        self.values += 1
        if self.values > VALUES:
            raise Malformed("a request with too many values")


def _missing() -> int:
    raise Incomplete


def check_count(arguments: object) -> None:
    """Refuse arguments whose byte strings hold more values than a call may. Raises Malformed.

    A byte string that is not CBOR is counted as far as it looks like it: reading it will not get further.
    """
    values = 0
    waiting = [arguments]
    while waiting:
        one = waiting.pop()
        if isinstance(one, bytes):
            skimmer = Skimmer(0, len(one), len(one))
            skimmer.values = values
            _skim(skimmer, one)
            values = skimmer.values
            if values > VALUES:
                raise Malformed("a request with too many values")
        elif isinstance(one, list):
            waiting.extend(one)
        elif isinstance(one, dict):
            waiting.extend(one.values())


def _skim(skimmer: Skimmer, data: bytes) -> None:
    with suppress(Malformed):
        skimmer.done(data)
