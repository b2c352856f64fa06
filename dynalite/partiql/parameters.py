"""What the `?` of a statement stand for.

Parameters are AttributeValues like any other, but the service reads their numbers in its own way: an
exponent must fit a 32-bit integer, or the text is no number at all; the check of the magnitude is done
in 32-bit arithmetic, so that enormous positive exponents come out as an underflow; and whichever comes
first in a value, such a number or a nesting that is too deep, is what is complained of. Hence this walk
before the ordinary one.
"""

from collections.abc import Iterable

from dynalite.errors import InvalidRequest, ValidationException
from dynalite.limits import NESTING_LEVELS
from dynalite.values.attribute import TOO_DEEP, canonical_value
from dynalite.values.number import NOT_NUMERIC, UNDERFLOW, canonical
from dynalite.values.types import AttributeValue, Request

_INT32 = 2**31
_EXPONENT_DIGITS = 18
_MISCOUNTED = "Number of parameters in request and statement don't match."


def of(request: Request) -> list[AttributeValue]:
    """The canonical parameters of one statement's request."""
    values = []
    for raw in request.get("Parameters", ()):
        _check_numbers(raw, NESTING_LEVELS - 1)
        values.append(canonical_value(raw)[0])
    return values


def check_count(parameters: int, given: list[AttributeValue]) -> None:
    """Refuse a statement that has more or fewer `?` than there are parameters."""
    if parameters != len(given):
        raise ValidationException(_MISCOUNTED)


def _check_numbers(raw: object, containers: int) -> None:
    if not isinstance(raw, dict):
        return
    for number in _listed(raw.get("N")) + _listed(raw.get("NS")):
        _check_number(number)
    inside = [*_listed(raw.get("L")), *_members(raw.get("M"))]
    if inside and containers == 0:
        raise InvalidRequest(TOO_DEEP)
    for value in inside:
        _check_numbers(value, containers - 1)


def _listed(raw: object) -> list[object]:
    if isinstance(raw, list):
        return raw
    return [] if raw is None else [raw]


def _members(raw: object) -> Iterable[object]:
    return raw.values() if isinstance(raw, dict) else ()


def _check_number(number: object) -> None:
    if not isinstance(number, str):
        return
    if not number:
        raise InvalidRequest(NOT_NUMERIC.rstrip(": "))
    mantissa, _, exponent = number.lower().partition("e")
    digits = exponent.removeprefix("-") if exponent.startswith("-") else exponent.removeprefix("+")
    if digits.isascii() and digits.isdecimal():
        significant = digits.lstrip("0") or "0"
        power = int(significant) if len(significant) <= _EXPONENT_DIGITS else _INT32
        if power >= _INT32:
            raise InvalidRequest(NOT_NUMERIC + number)
        integer = mantissa.lstrip("+-").partition(".")[0].lstrip("0")
        if not exponent.startswith("-") and power + len(integer) >= _INT32:
            raise InvalidRequest(UNDERFLOW)
    canonical(number)
