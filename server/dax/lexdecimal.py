"""Numeric range keys: decimals as bytes whose order is the numbers'.

A number is 0.d1 d2 ... dn x 10^e, with its n digits as they were written. Then:

    zero        0x80
    positive    0xC0 + e where -62 <= e < 62, else 0xFE (e >= 0) or 0x81 (e < 0) and e as four bytes
    negative    0x3F - e likewise,             else 0x01           or 0x7E           and e complemented

and the digits in groups of three, each a code of ten bits: 12 more than the group (negative numbers: 1011
less the group), closed by a code that says how many digits of the last group count: 0, 1, 2 for one, two or
three (1023 less that). The last byte is filled up with zero bits.

Trailing zeros count as digits, so one number has several encodings: whoever compares keys compares numbers,
never these bytes.
"""

from typing import Final

from server.dax.cbor import Malformed

_ZERO: Final = 0x80
_ALSO_ZERO: Final = 0x7F
_SHORT: Final = range(-62, 62)
_GROUP_DIGITS: Final = 3
_CODE_BITS: Final = 10
_FIRST_CODE: Final = 12
_LAST_CODE: Final = 1023
_MOST_DIGITS: Final = 40  # beyond 38 a number is refused, but not here

_LONG_HEADERS: Final = {0xFE: False, 0x81: False, 0x01: True, 0x7E: True}
"""Headers that four bytes of exponent follow, and whether the number is negative."""


def encode(number: str) -> bytes:
    """A canonical number's bytes. Zeros at the end of an integer are kept, as the clients show what is sent;
    those beyond 38 digits cannot be.
    """
    if number == "0":
        return bytes((_ZERO,))
    negative = number[0] == "-"
    integer, _, fraction = number.lstrip("-").partition(".")
    written = (integer + fraction).lstrip("0")
    exponent = len(written) - len(fraction)
    digits = written if len(written) <= 38 else written.rstrip("0")
    return _header(exponent, negative) + _significand(digits, negative)


def _header(exponent: int, negative: bool) -> bytes:
    if exponent in _SHORT:
        return bytes((0x3F - exponent if negative else 0xC0 + exponent,))
    if negative:
        return bytes((0x01 if exponent >= 0 else 0x7E,)) + ((exponent ^ 0x7FFFFFFF) & 0xFFFFFFFF).to_bytes(
            4, "big"
        )
    return bytes((0xFE if exponent >= 0 else 0x81,)) + ((exponent ^ 0x80000000) & 0xFFFFFFFF).to_bytes(
        4, "big"
    )


def _significand(digits: str, negative: bool) -> bytes:
    counted = (len(digits) - 1) % _GROUP_DIGITS
    padded = digits + "0" * (_GROUP_DIGITS - 1 - counted)
    bits = 0
    for start in range(0, len(padded), _GROUP_DIGITS):
        code = int(padded[start : start + _GROUP_DIGITS]) + _FIRST_CODE
        bits = bits << _CODE_BITS | (_LAST_CODE - code if negative else code)
    bits = bits << _CODE_BITS | (_LAST_CODE - counted if negative else counted)
    length = (len(padded) // _GROUP_DIGITS + 1) * _CODE_BITS
    spare = -length % 8
    return (bits << spare).to_bytes((length + spare) // 8, "big")


def decode(data: bytes) -> str:
    """The number that the bytes stand for, in a spelling that `values.number` reads. Raises Malformed."""
    if not data:
        raise Malformed("a number without a byte")
    header = data[0]
    if header in (_ZERO, _ALSO_ZERO):
        return "0"
    if header in _LONG_HEADERS:
        negative = _LONG_HEADERS[header]
        raw = int.from_bytes(data[1:5], "big") ^ (0x7FFFFFFF if negative else 0x80000000)
        exponent = raw - (1 << 32) if raw >= 1 << 31 else raw
        data = data[5:]
    else:
        negative = header < _ZERO
        exponent = 0x3F - header if negative else header - 0xC0
        if exponent not in _SHORT:
            raise Malformed("a number without a value")
        data = data[1:]
    digits = _digits(data, negative)
    return f"{'-' if negative else ''}0.{digits}E{exponent}"


def _digits(data: bytes, negative: bool) -> str:
    groups: list[str] = []
    bits, available = 0, 0
    for byte in data:
        bits = (bits << 8 | byte) & 0xFFFFFF
        available += 8
        if available < _CODE_BITS:
            continue
        available -= _CODE_BITS
        code = bits >> available & _LAST_CODE
        if negative:
            code = _LAST_CODE - code
        if code < _GROUP_DIGITS:
            written = "".join(groups)
            if not written:
                break
            return written[: len(written) - _GROUP_DIGITS + 1 + code]
        if code < _FIRST_CODE or len(groups) > _MOST_DIGITS:
            break
        groups.append(f"{code - _FIRST_CODE:03}")
    raise Malformed("a number that does not end")
