"""Numbers: decimal text in, the service's own decimal text out.

A Number is a decimal of up to 38 significant digits whose leading digit stands between 10^-130 and 10^125. It
is kept as text in one canonical form, the one the service prints: plain decimal, no exponent, no `+`, no
zeros that do not count, and a single zero, `0`. Two canonical texts are the same number exactly when they are
the same text.

Reading works on the digits alone, never through `Decimal`: its cost is the length of the text whatever the
exponent says (`1e999999999` is refused without being expanded). Arithmetic goes through `Decimal` inside
`_EXACT`, a context that refuses to round. Outside such a context every `Decimal` operation, unary minus
included, rounds to 28 digits.

Sources: the ranges are the developer guide's. A sum that would need more than 38 digits is refused and called
an overflow, which it is not: that is what the service does.
"""

import re
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Subnormal

from dynalite.errors import InvalidRequest, ValidationException
from dynalite.limits import NUMBER_DIGITS, NUMBER_MAX_EXPONENT, NUMBER_MIN_EXPONENT

NOT_NUMERIC = "The parameter cannot be converted to a numeric value: "
TOO_PRECISE = "Attempting to store more than 38 significant digits in a Number"
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"

_ALREADY_CANONICAL = re.compile(r"0|-?(?:[1-9][0-9]*|(?:0|[1-9][0-9]*)\.[0-9]*[1-9])").fullmatch
_NUMBER = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?)([0-9]+))?").fullmatch

_SUM_FITS_LENGTH = NUMBER_DIGITS - 1  # two integers of up to so many digits add up to at most one more
_EXPONENT_LENGTH = 18  # an exponent with more digits than this outweighs any mantissa that fits in a request

_EXACT = Context(
    prec=NUMBER_DIGITS,
    Emax=NUMBER_MAX_EXPONENT,
    Emin=NUMBER_MIN_EXPONENT,
    traps=[InvalidOperation, Overflow, Inexact, Subnormal],
)
"""Computes a representable result or raises. `Subnormal` is a result whose leading digit stands too low."""


def canonical(text: str) -> str:
    """The canonical form of a number in any accepted spelling.

    Raises InvalidRequest for text that is no number, has more than 38 significant digits or is out of range.
    """
    # A text as short as this that looks canonical is within every limit. Nearly every number is one.
    if len(text) <= NUMBER_DIGITS and _ALREADY_CANONICAL(text):
        return text
    match = _NUMBER(text)
    if match is None:
        raise InvalidRequest(NOT_NUMERIC + text)
    sign, integer, fraction, exponent_sign, exponent_digits = match.groups(default="")
    digits = integer + fraction
    from_first = digits.lstrip("0")
    significant = from_first.rstrip("0")
    if not significant:
        return "0"
    point = len(integer) - (len(digits) - len(from_first)) + _exponent(exponent_sign, exponent_digits)
    _check_range(len(significant), point - 1)
    plain = _plain(significant, point)
    return "-" + plain if sign == "-" else plain


def weighed(text: str) -> tuple[str, int]:
    """The canonical form and its `size_bytes`. Raises as `canonical` does."""
    # Most numbers are natural ones, and written as they should be: 0.3 µs in place of 0.65.
    if text.isdigit() and text[0] != "0" and len(text) <= NUMBER_DIGITS and text.isascii():
        return text, 1 + (len(text.rstrip("0")) + 1) // 2
    number = canonical(text)
    return number, size_bytes(number)


def _exponent(sign: str, digits: str) -> int:
    digits = digits.lstrip("0")
    if len(digits) > _EXPONENT_LENGTH:
        digits = "9" * _EXPONENT_LENGTH
    exponent = int(digits or "0")
    return -exponent if sign == "-" else exponent


def _check_range(digits: int, leading_exponent: int) -> None:
    if digits > NUMBER_DIGITS:
        raise InvalidRequest(TOO_PRECISE)
    if leading_exponent > NUMBER_MAX_EXPONENT:
        raise InvalidRequest(OVERFLOW)
    if leading_exponent < NUMBER_MIN_EXPONENT:
        raise InvalidRequest(UNDERFLOW)


def _plain(significant: str, point: int) -> str:
    """Plain decimal text of 0.significant x 10^point, where neither end of `significant` is a zero."""
    if point <= 0:
        return "0." + "0" * -point + significant
    if point >= len(significant):
        return significant + "0" * (point - len(significant))
    return significant[:point] + "." + significant[point:]


def size_bytes(number: str) -> int:
    """What a canonical number weighs in an item.

    One byte, one more for each pair of digits begun on either side of the decimal point, one more for a minus
    sign. Zeros between the first and the last significant digit count, others do not: `100` and `0.0000001`
    weigh two bytes each, `100.5` four.
    """
    size = 2 if number[0] == "-" else 1
    if "." not in number:
        return size + (len(number.strip("-0")) + 1) // 2
    integer, _, fraction = number.lstrip("-").partition(".")
    if integer == "0":
        return size + (len(fraction.lstrip("0")) + 1) // 2
    return size + (len(integer) + 1) // 2 + (len(fraction) + 1) // 2


def add(a: str, b: str) -> str:
    """a + b, both canonical. Raises ValidationException when no number is exactly the sum."""
    if _both_short_integers(a, b):
        return str(int(a) + int(b))
    return _exactly(_EXACT.add, a, b)


def subtract(a: str, b: str) -> str:
    """a - b, as `add`."""
    if _both_short_integers(a, b):
        return str(int(a) - int(b))
    return _exactly(_EXACT.subtract, a, b)


def _both_short_integers(a: str, b: str) -> bool:
    return len(a) <= _SUM_FITS_LENGTH and len(b) <= _SUM_FITS_LENGTH and "." not in a and "." not in b


def _exactly(operation: Callable[[Decimal, Decimal], Decimal], a: str, b: str) -> str:
    try:
        result = operation(Decimal(a), Decimal(b))
    except Subnormal:
        raise ValidationException(UNDERFLOW) from None
    except (Overflow, Inexact):
        raise ValidationException(OVERFLOW) from None
    return canonical(str(result))


def compare(a: str, b: str) -> int:
    """-1, 0 or 1 as a is less than, equal to or greater than b, both canonical."""
    if a == b:
        return 0
    # Making a Decimal from text and ordering two of them never rounds, whatever the context.
    return -1 if Decimal(a) < Decimal(b) else 1
