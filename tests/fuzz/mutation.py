"""Bytes changed in a few places: the oldest way to find what a parser did not expect."""

import random
from collections.abc import Sequence
from typing import Final

_CORNERS: Final = (b"\x00", b"\xff", b"\x7f", b"\x80", b"\n", b"\r\n", b'"', b"\\", b"9" * 30)
_LONGEST_BYTES: Final = 4096


def mutated(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    """`data` with one to five changes; parts of `others` may be put into it."""
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        at = rng.randint(0, len(made))
        width = rng.choice((0, 1, 1, 2, 4, 8, 32))
        match rng.randrange(7):
            case 0 if made:
                made[at % len(made)] ^= 1 << rng.randrange(8)
            case 1:
                made[at : at + width] = b""
            case 2:
                made[at:at] = rng.randbytes(width)
            case 3:
                made[at : at + width] = rng.choice(_CORNERS)
            case 4:
                made[at:at] = made[at : at + width] * rng.choice((1, 2, 20))
            case 5:
                made[at : at + width] = rng.randint(0, 2**32).to_bytes(4, "big")
            case _ if others:
                other = rng.choice(others)
                start = rng.randint(0, len(other))
                made[at : at + width] = other[start : start + rng.choice((4, 16, 64))]
    return bytes(made[:_LONGEST_BYTES])
