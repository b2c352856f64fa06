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

    def hex(self, digits: int) -> str:
        """Lower-case hexadecimal digits."""
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"


class RequestIds:
    """Request ids in the service's style: 52 upper-case letters and digits, the last 26 of them constant.

    They only have to differ, and one is made for every request, so they count up from a random start in a
    stride that scatters the digits instead of asking the operating system each time.
    """

    __slots__ = ("_state",)

    _MODULUS = 36**26
    _STRIDE = 0x9E3779B97F4A7C15F39CC0605CEDC835 | 1

    def __init__(self, ids: Ids) -> None:
        self._state = int.from_bytes(ids.token(17), "big") % self._MODULUS

    def next(self) -> str:
        self._state = rest = (self._state + self._STRIDE) % self._MODULUS
        digits = []
        for _ in range(26):
            rest, digit = divmod(rest, 36)
            digits.append(_REQUEST_ID_ALPHABET[digit])
        return "".join(digits) + _REQUEST_ID_TAIL
