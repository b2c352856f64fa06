"""What an AttributeValue is: its canonical form, its size, its order, and sums of numbers.

A value is the wire's one-entry dict. `canonical` gives the form in which the service answers it, with sets
sorted, so that two values are the same exactly when their canonical dicts are equal. Numbers have 38
significant digits and magnitudes from 1E-130 to 9.99…E+125 (API reference, "Numbers").
"""

import base64
import json
from decimal import Context, Decimal, Inexact
from typing import Any, TypeAlias

Value: TypeAlias = dict[str, Any]
Item: TypeAlias = dict[str, Value]

DIGITS = 38
_EXACT = Context(prec=400, traps=[Inexact])

SET_MEMBER = {"SS": "S", "NS": "N", "BS": "B"}
ORDERED = ("S", "N", "B")


class Refused(Exception):
    """The service answers an error. More than one code stands where the documentation does not say which
    comes first.

    `whole`: what it means for a transaction that this happens in. It is refused as a whole (True), cancelled
    with a reason for this member (False), or the documentation does not say (None).
    """

    def __init__(self, *codes: str, item: Item | None = None, whole: bool | None = False) -> None:
        super().__init__(*codes)
        self.codes = frozenset(codes)
        self.item = item
        self.whole = whole


REASONS = {
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ValidationException": "ValidationError",
    "ResourceNotFoundException": "ResourceNotFound",
}
"""The short names that errors have where several are listed: in cancellation reasons, in a batch of
statements.
"""


class Cancelled(Refused):
    """A transaction is cancelled: `reasons` are its members', None for one that was fine. `codes` are the
    errors that may come instead.
    """

    def __init__(self, reasons: "list[Refused | None]", *codes: str) -> None:
        super().__init__("TransactionCanceledException", *codes)
        self.reasons = reasons


class Unsure(Exception):
    """The documentation does not say what happens. The walk leaves the request out."""


def invalid(whole: bool | None = False) -> Refused:
    return Refused("ValidationException", whole=whole)


def split(value: Value) -> tuple[str, Any]:
    ((kind, content),) = value.items()
    return kind, content


def canonical(value: Value) -> Value:
    kind, content = split(value)
    if kind == "N":
        return {"N": number_text(Decimal(str(content)))}
    if kind == "B":
        return {"B": base64.b64encode(as_bytes(content)).decode()}
    if kind in SET_MEMBER:
        member = SET_MEMBER[kind]
        members = [canonical({member: one}) for one in content]
        return {kind: [one[member] for one in sorted(members, key=order)]}
    if kind == "L":
        return {"L": [canonical(element) for element in content]}
    if kind == "M":
        return {"M": {name: canonical(element) for name, element in content.items()}}
    return {kind: content}


def canonical_item(item: Item) -> Item:
    return {name: canonical(value) for name, value in item.items()}


def as_answered(value: Value) -> Value:
    """An answer's value with its sets sorted, which come in no particular order, and everything else as it
    came.
    """
    kind, content = split(value)
    if kind in SET_MEMBER:
        member = SET_MEMBER[kind]
        return {kind: sorted(content, key=lambda one: order({member: one}))}
    if kind == "L":
        return {"L": [as_answered(element) for element in content]}
    if kind == "M":
        return {"M": {name: as_answered(element) for name, element in content.items()}}
    return value


def fingerprint(item: Item) -> str:
    """One text per item, so that items in no particular order can be sorted and compared."""
    return json.dumps({name: as_answered(value) for name, value in item.items()}, sort_keys=True)


def as_bytes(base64_text: object) -> bytes:
    return base64.b64decode(str(base64_text), validate=True)


def number_text(number: Decimal) -> str:
    """Plain digits, no exponent, no needless zero, no minus before nothing."""
    if number == 0:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def add(left: Value, right: Value, sign: int = 1) -> Value:
    total = _EXACT.add(Decimal(str(left["N"])), _EXACT.multiply(Decimal(sign), Decimal(str(right["N"]))))
    if total == 0:
        return {"N": "0"}
    if total.adjusted() > 125 or total.adjusted() < -130:
        raise invalid()
    if len(number_text(total).strip("-").replace(".", "").strip("0")) > DIGITS:
        raise Unsure("a sum of more than 38 digits")
    return {"N": number_text(total)}


def order(value: Value) -> bytes | Decimal:
    """The sort key of a string (UTF-8 bytes), number (value) or binary (unsigned bytes)."""
    kind, content = split(value)
    return Decimal(str(content)) if kind == "N" else raw_bytes(value)


def raw_bytes(value: Value) -> bytes:
    """The bytes of a string or a binary."""
    kind, content = split(value)
    if kind == "S":
        return str(content).encode()
    assert kind == "B", value
    return as_bytes(content)


def precedes(left: Value, right: Value) -> bool:
    """Whether a value sorts before another of its type."""
    first, second = order(left), order(right)
    if isinstance(first, Decimal):
        assert isinstance(second, Decimal), (left, right)
        return first < second
    assert isinstance(second, bytes), (left, right)
    return first < second


def item_size_bytes(item: Item) -> int:
    return sum(len(name.encode()) + size_bytes(value) for name, value in item.items())


def size_bytes(value: Value) -> int:
    """Developer guide, "Item sizes and formats", with the measured rule for numbers."""
    kind, content = split(value)
    if kind == "S":
        return len(str(content).encode())
    if kind == "N":
        return _number_size_bytes(str(content))
    if kind == "B":
        return len(as_bytes(content))
    if kind in SET_MEMBER:
        return sum(size_bytes({SET_MEMBER[kind]: member}) for member in content)
    if kind == "L":
        return 3 + sum(1 + size_bytes(element) for element in content)
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + size_bytes(element) for name, element in content.items())
    return 1


def _number_size_bytes(text: str) -> int:
    whole, _, fraction = text.removeprefix("-").partition(".")
    whole = whole.lstrip("0")
    if not fraction:
        whole = whole.rstrip("0")
    if not whole:
        fraction = fraction.lstrip("0")
    return 1 + (len(whole) + 1) // 2 + (len(fraction) + 1) // 2 + text.startswith("-")
