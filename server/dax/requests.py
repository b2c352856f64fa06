"""A call's arguments as requests to the database.

What the database is asked is the same as over HTTP, member by member, but for expressions, which stay trees.
Arguments of the wrong kind are Malformed; what they mean is judged by the database.
"""

from collections.abc import Callable, Mapping
from typing import Final

from dynalite.cache.attribute_lists import AttributeLists
from dynalite.catalog.schema import KeySchema
from dynalite.errors import ValidationException
from dynalite.values.types import Item, Request
from server.dax.cbor import UNSIGNED, Malformed, head
from server.dax.expressions import Expressions
from server.dax.keys import read_compound, read_key
from server.dax.values import read_value

_START_KEY: Final = 9


# ------------------------------------------------------------------ single arguments


def name(argument: object) -> str:
    """A table's or an index's name."""
    if isinstance(argument, str):
        return argument
    try:
        return blob(argument).decode()
    except UnicodeDecodeError:
        raise Malformed("a name that is not UTF-8") from None


def blob(argument: object) -> bytes:
    if not isinstance(argument, bytes):
        raise Malformed("something else where bytes are expected")
    return argument


def array(argument: object) -> list[object]:
    if not isinstance(argument, list):
        raise Malformed("something else where an array is expected")
    return argument


def mapping(argument: object) -> dict[object, object]:
    if not isinstance(argument, dict):
        raise Malformed("something else where a map is expected")
    return argument


def optional_array(argument: object, length: int) -> list[object]:
    """An array that is as long as its fellows, all nulls when it was left out."""
    elements: list[object] = [None] * length if argument is None else array(argument)
    if len(elements) != length:
        raise Malformed("arrays of different lengths")
    return elements


def _integer(argument: object) -> int:
    if type(argument) is not int:
        raise Malformed("something else where a number is expected")
    return argument


def _flag(argument: object) -> bool:
    return argument if isinstance(argument, bool) else bool(_integer(argument))


def _one_of(*values: str | None) -> Callable[[object], str]:
    def choose(argument: object) -> str:
        number = _integer(argument)
        value = values[number] if 0 <= number < len(values) else None
        if value is None:
            raise Malformed("a number that stands for nothing here")
        return value

    return choose


# ------------------------------------------------------------------ optional arguments


_MEMBERS: Final[Mapping[int, tuple[str, Callable[[object], object]]]] = {
    2: ("ConsistentRead", _flag),
    3: ("ReturnConsumedCapacity", _one_of("NONE", "TOTAL", "INDEXES")),
    6: ("ReturnItemCollectionMetrics", _one_of("NONE", "SIZE")),
    7: (
        "ReturnValues",
        _one_of(None, "NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"),
    ),
    11: ("IndexName", name),
    13: ("Limit", _integer),
    14: ("ScanIndexForward", _flag),
    15: (
        "Select",
        _one_of(None, "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "COUNT", "SPECIFIC_ATTRIBUTES"),
    ),
    16: ("Segment", _integer),
    17: ("TotalSegments", _integer),
    19: ("ClientRequestToken", name),
}
_EXPRESSIONS: Final[Mapping[int, tuple[str, Callable[[Expressions, bytes], object]]]] = {
    0: ("ProjectionExpression", Expressions.projection),
    4: ("ConditionExpression", Expressions.condition),
    8: ("UpdateExpression", Expressions.update),
    10: ("FilterExpression", Expressions.condition),
}
_LEFT_OUT: Final = ("NONE", None)
"""What a member need not be set to, because it is the default."""


def options(argument: object, request: Request, expressions: Expressions) -> Request:
    """Add a call's optional arguments to a request; `expressions` may hold one that was positional.

    Names and values that stand beside the expressions are in them already; those and all other keys are
    ignored.
    """
    given = {} if argument is None else mapping(argument)
    for key, value in given.items():
        if key in _MEMBERS:
            member, convert = _MEMBERS[key]  # type: ignore[index]
            converted = convert(value)
            if converted not in _LEFT_OUT:
                request[member] = converted
        elif key in _EXPRESSIONS and value is not None:
            member, parse = _EXPRESSIONS[key]  # type: ignore[index]
            request[member] = parse(expressions, blob(value))
    expressions.into(request)
    return request


def start_key(argument: object, request: Request, schema: KeySchema) -> None:
    """Add ExclusiveStartKey: a primary key, or with an index a cursor that names its attributes."""
    given = {} if argument is None else mapping(argument)
    raw = given.get(_START_KEY)
    if raw is not None:
        request["ExclusiveStartKey"] = (
            read_compound(blob(raw)) if "IndexName" in request else read_key(schema, blob(raw))
        )


# ------------------------------------------------------------------ items


async def item(lists: AttributeLists, schema: KeySchema, key: object, values: object) -> Item:
    """A whole item, from its key and the rest of it."""
    members = read_key(schema, blob(key))
    data = blob(values)
    major, identifier, at = head(data, 0)
    names = await lists.names_of(identifier) if major == UNSIGNED else None
    if names is None:
        raise ValidationException(
            f"The attribute list {identifier} is not known to this database."
            " The client learnt it from another one; it has to be started again."
        )
    for attribute in names:
        members[attribute], at = read_value(data, at)
    if at != len(data):
        raise Malformed("an item with something behind it")
    return members
