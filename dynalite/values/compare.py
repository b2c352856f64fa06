"""What conditions ask of values: equality, order, membership, prefixes and size.

Everything takes canonical AttributeValues. Nothing here is an error: values that cannot be compared have no
order, contain nothing and begin with nothing; whether that is a complaint or simply false is for the caller
to know.
"""

from binascii import a2b_base64

from dynalite.values import number
from dynalite.values.size import binary_size
from dynalite.values.types import AttributeValue

_MEMBER_TYPES = {"SS": "S", "NS": "N", "BS": "B"}


def equal(a: AttributeValue, b: AttributeValue) -> bool:
    """Whether two values have the same type and, deeply, the same content.

    This is what the canonical form is for: numbers have one text, sets one order, and dicts compare as maps
    do.
    """
    return a == b


def order(a: AttributeValue, b: AttributeValue) -> int | None:
    """-1, 0 or 1 as `a` sorts before, with or after `b`; None unless both are S, both N or both B.

    Strings sort by their UTF-8 bytes (which is how Python compares text), binary by unsigned bytes.
    """
    for type, x in a.items():
        y = b.get(type)
        if y is None:
            return None
        if type == "N":
            return number.compare(x, y)
        if type == "S":
            return int(x > y) - int(x < y)
        if type == "B":
            left, right = a2b_base64(x), a2b_base64(y)
            return (left > right) - (left < right)
    return None


def contains(value: AttributeValue, operand: AttributeValue) -> bool:
    """Whether a string or binary contains the other, a set has the member, or a list an equal element."""
    for type, content in value.items():
        if type == "L":
            return operand in content
        sought = operand.get(_MEMBER_TYPES.get(type, type))
        if sought is None:
            return False
        if type in _MEMBER_TYPES or type == "S":
            return sought in content
        if type == "B":
            return a2b_base64(sought) in a2b_base64(content)
    return False


def begins_with(value: AttributeValue, prefix: AttributeValue) -> bool:
    """Whether a string begins with a string, or a binary with a binary."""
    if "S" in value and "S" in prefix:
        return bool(value["S"].startswith(prefix["S"]))
    if "B" in value and "B" in prefix:
        return a2b_base64(value["B"]).startswith(a2b_base64(prefix["B"]))
    return False


def size_of(value: AttributeValue) -> int | None:
    """What the function `size` answers: UTF-16 code units of an S, bytes of a B, the members of the rest.

    None for a number, BOOL or NULL, which have no size.
    """
    for type, content in value.items():
        if type == "S":
            return len(content) if content.isascii() else len(content.encode("utf-16-le")) // 2
        if type == "B":
            return binary_size(content)
        if type not in ("N", "BOOL", "NULL"):
            return len(content)
    return None
