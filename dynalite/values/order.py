"""Key values as bytes that sort as the values do.

Storage knows only the order of unsigned bytes, so a key value is written such that this order is the
service's: strings by their UTF-8 bytes, binary by unsigned bytes, numbers by value. Every encoding is also
prefix-free, none begins another of its type, so encodings may be followed by more (another attribute, a hash)
without disturbing the order.

S and B are the bytes themselves and a terminator that sorts below any byte:

    byte 0x00 → 0x01 0x01      byte 0x01 → 0x01 0x02      other bytes → themselves      end → 0x00

N is taken apart as sign, decimal exponent of the leading digit, and the significant digits in pairs:

    zero        0x02
    positive    0x03   exponent + 130   pair + 1 ...   0x00
    negative    0x01   the complement of what follows 0x03 for its absolute value

The exponents -130 to 125 fill exactly one byte. A pair is its two digits read as hexadecimal, 0x00 to 0x99,
and a last digit alone is followed by a 0. The 1 added lifts every pair above the terminator, so that 1 sorts
before 1.0001. The complement turns the order of negative numbers round, terminator included.
"""

from binascii import a2b_base64, b2a_base64
from typing import Literal

from dynalite.limits import NUMBER_MIN_EXPONENT
from dynalite.values import number
from dynalite.values.types import KeyType

_NEGATIVE = b"\x01"
_ZERO = b"\x02"
_POSITIVE = b"\x03"
_END = b"\x00"

_PLUS_ONE = bytes((byte + 1) % 256 for byte in range(256))
_MINUS_ONE = bytes((byte - 1) % 256 for byte in range(256))
_COMPLEMENT = bytes(255 - byte for byte in range(256))


def encode(type: KeyType, value: str) -> bytes:
    """The ordered bytes of a canonical key value: S text, N canonical number, B standard base64."""
    if type == "S":
        return _escape(value.encode()) + _END
    if type == "N":
        return _encode_number(value)
    return _escape(a2b_base64(value)) + _END


def encode_prefix(type: Literal["S", "B"], value: str) -> bytes:
    """What the encodings of exactly those values begin with that begin with `value`."""
    return _escape(value.encode() if type == "S" else a2b_base64(value))


def decode(type: KeyType, encoded: bytes, start: int = 0) -> tuple[str, int]:
    """The value whose encoding stands at `start`, and the offset of what follows it."""
    if type == "N":
        return _decode_number(encoded, start)
    end = encoded.index(_END, start)
    raw = _unescape(encoded[start:end])
    return (raw.decode() if type == "S" else b2a_base64(raw, newline=False).decode()), end + 1


def _escape(raw: bytes) -> bytes:
    if b"\x00" in raw or b"\x01" in raw:
        return raw.replace(b"\x01", b"\x01\x02").replace(b"\x00", b"\x01\x01")
    return raw


def _unescape(escaped: bytes) -> bytes:
    return escaped.replace(b"\x01\x01", b"\x00").replace(b"\x01\x02", b"\x01")


def _encode_number(value: str) -> bytes:
    if value == "0":
        return _ZERO
    integer, _, fraction = value.lstrip("-").partition(".")
    digits = (integer + fraction).lstrip("0")
    leading_exponent = len(digits) - len(fraction) - 1
    digits = digits.rstrip("0")
    if len(digits) % 2:
        digits += "0"
    pairs = bytes.fromhex(digits).translate(_PLUS_ONE)
    magnitude = bytes((leading_exponent - NUMBER_MIN_EXPONENT,)) + pairs + _END
    return _NEGATIVE + magnitude.translate(_COMPLEMENT) if value[0] == "-" else _POSITIVE + magnitude


def _decode_number(encoded: bytes, start: int) -> tuple[str, int]:
    kind = encoded[start : start + 1]
    if kind == _ZERO:
        return "0", start + 1
    negative = kind == _NEGATIVE
    # The exponent may be any byte, the terminator's value included: look for the end after it.
    end = encoded.index(_END.translate(_COMPLEMENT) if negative else _END, start + 2)
    magnitude = encoded[start + 1 : end]
    if negative:
        magnitude = magnitude.translate(_COMPLEMENT)
    digits = magnitude[1:].translate(_MINUS_ONE).hex()
    exponent = magnitude[0] + NUMBER_MIN_EXPONENT + 1 - len(digits)
    return number.canonical(f"{'-' if negative else ''}{digits}e{exponent}"), end + 1
