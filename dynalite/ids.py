"""The one source of randomness.

Identifiers are drawn here and nowhere else, so that a simulation can hand in a seeded source and repeat a run
exactly. The default source is the operating system's.
"""

import random
import uuid

_REQUEST_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_REQUEST_ID_TAIL = (
    "VV4KQNSO5AEMVJF66Q9ASUAAJG"  # the constant second half of the ids that the service hands out
)


class Ids:
    """Draws identifiers; `seed` makes the sequence repeatable."""

    __slots__ = ("_random",)

    def __init__(self, seed: int | None = None) -> None:
        self._random: random.Random = random.SystemRandom() if seed is None else random.Random(seed)

    def uuid(self) -> str:
        """A version 4 UUID in its textual form."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def token(self, length_bytes: int) -> bytes:
        """Random bytes, for salts and opaque tokens."""
        return self._random.getrandbits(8 * length_bytes).to_bytes(length_bytes, "big")

    def fraction(self) -> float:
        """From 0 to 1, for pauses that are not to be the same for everybody."""
        return self._random.random()

    def hex(self, digits: int) -> str:
        """Lower-case hexadecimal digits."""
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"


class RequestIds:
    """Request ids in the service's style: 52 upper-case letters and digits, the last 26 of them constant.

    They only have to differ, and one is made for every request, so most of an id is drawn once and its last
    eight variable characters count, two at a time from a table of all 1,296 pairs.
    """

    __slots__ = ("_count", "_drawn", "_head", "_last")

    _PAIRS = tuple(a + b for a in _REQUEST_ID_ALPHABET for b in _REQUEST_ID_ALPHABET)

    def __init__(self, ids: Ids) -> None:
        drawn = int.from_bytes(ids.token(16), "big")
        base = len(self._PAIRS)
        self._drawn = "".join(self._PAIRS[drawn // base**place % base] for place in range(9))
        self._count = drawn % base**4
        self._head = self._heading()
        self._last = self._count % base

    def next(self) -> str:
        self._last += 1
        if self._last == len(self._PAIRS):
            self._last = 0
            self._count += len(self._PAIRS)
            self._head = self._heading()
        return self._head + self._PAIRS[self._last] + _REQUEST_ID_TAIL

    def _heading(self) -> str:
        """All of an id before the pair that counts."""
        base = len(self._PAIRS)
        counted = (self._PAIRS[self._count // base**place % base] for place in (3, 2, 1))
        return self._drawn + "".join(counted)
