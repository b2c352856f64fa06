"""What a request on items says, for the condition keys of DynamoDB.

| key | facts |
|---|---|
| dynamodb:LeadingKeys | the partition key of each item that is named: text, canonical number, or base64 |
| dynamodb:Attributes | the top-level names of all attributes that the request mentions, its keys among them |
| dynamodb:Select | what a read returns: the parameter, or what it means that it is not there |
| dynamodb:ReturnValues | what a write returns; what it returns on failure counts when that is more |
| dynamodb:ReturnConsumedCapacity | the parameter, or NONE |
| dynamodb:EnclosingOperation | the transaction or batch that the action is part of |

A Scan names no leading keys, so a condition on them with `ForAllValues:` holds for it, as in IAM. Who means
to restrict rows must not allow Scan.

Attributes are taken from the texts as the parser reads them. A request whose expressions are wrong has none:
it is judged first, and refused with the service's own words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from dynalite.access.patterns import Facts
from dynalite.catalog.schema import KeySchema, Table
from dynalite.expressions import prepare
from dynalite.expressions.cache import Cache
from dynalite.expressions.parser import parse_condition, parse_projection, parse_update
from dynalite.expressions.prepare import Prepared
from dynalite.expressions.rules import value_of
from dynalite.expressions.tree import Alias, Node, UpdateTree, paths_of
from dynalite.values.attribute import canonical_value
from dynalite.values.types import AttributeValue, Item, Request

Prepare: TypeAlias = Callable[[Request], Prepared]

LEADING_KEYS: Final = "dynamodb:leadingkeys"
ATTRIBUTES: Final = "dynamodb:attributes"
SELECT: Final = "dynamodb:select"
RETURN_VALUES: Final = "dynamodb:returnvalues"
RETURN_CONSUMED_CAPACITY: Final = "dynamodb:returnconsumedcapacity"
ENCLOSING_OPERATION: Final = "dynamodb:enclosingoperation"
FULL_TABLE_SCAN: Final = "dynamodb:fulltablescan"

_NAMED_BY: Final = (
    "AttributeUpdates",
    "Expected",
    "KeyConditions",
    "QueryFilter",
    "ScanFilter",
    "Key",
    "Item",
)
"""Members whose own members are attributes."""

_REMEMBERED_CHARACTERS: Final = 256 * 1024


# ------------------------------------------------------------------ attributes


def _first(paths: Iterable[tuple[str | int, ...]]) -> Iterable[str]:
    """The names that paths begin with, or their aliases."""
    return [name for name, *_ in paths if isinstance(name, str)]


def _of_update(tree: UpdateTree) -> Iterable[str]:
    nodes: list[Node] = []
    for action in tree.actions:
        nodes += [action.path] if action.value is None else [action.path, action.value]
    return _first(steps for node in nodes for steps in paths_of(node))


_READERS: Final[Mapping[str, Callable[[str], Iterable[str]]]] = {
    "ProjectionExpression": lambda text: _first(path.steps for path in parse_projection(text).paths),
    "FilterExpression": lambda text: _first(paths_of(parse_condition(text))),
    "ConditionExpression": lambda text: _first(paths_of(parse_condition(text))),
    "KeyConditionExpression": lambda text: _first(paths_of(parse_condition(text))),
    "SearchConditionExpression": lambda text: _first(paths_of(parse_condition(text))),
    "UpdateExpression": lambda text: _of_update(parse_update(text)),
}
_read: Final[Cache[tuple[str, str], tuple[str, ...]]] = Cache(_REMEMBERED_CHARACTERS)


def attributes(request: Request) -> set[str]:
    """The top-level names of the attributes that a request mentions. Its expressions must be right."""
    found: set[str] = set(request.get("AttributesToGet", ()))
    for member in _NAMED_BY:
        found.update(request.get(member, ()))
    names: Mapping[str, str] = request.get(prepare.NAMES, {})
    for member in _READERS.keys() & request.keys():
        for name in _mentioned(member, request[member]):
            found.add(names[name] if isinstance(name, Alias) else name)
    return found


def _mentioned(member: str, text: str) -> tuple[str, ...]:
    known = _read.get((member, text))
    if known is None:
        known = tuple(dict.fromkeys(_READERS[member](text)))
        _read.put((member, text), known, len(text))
    return known


# ------------------------------------------------------------------ leading keys


def leading(schema: KeySchema, keys: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """The partition keys of items, of which some may be nonsense: those are left to the operation."""
    name = schema.partition[0].name
    return values(canonical_value(key[name])[0] for key in keys if name in key)


def values(found: Iterable[AttributeValue]) -> tuple[str, ...]:
    """Key values as policies write them, each once."""
    texts = [text for value in found for kind, text in value.items() if kind in ("S", "N", "B")]
    return tuple(dict.fromkeys(texts))


def _asked_for(schema: KeySchema, prepared: Prepared) -> tuple[str, ...]:
    """The partition keys of a Query."""
    assert prepared.key_condition is not None  # a Query without one is refused
    name, given = schema.partition[0].name, prepared.key_condition.values
    clauses = [one for one in prepared.key_condition.clauses if one.name == name and one.operator == "="]
    found = [value_of(operand, given) for clause in clauses for operand in clause.operands]
    return values([value for value in found if value is not None])


# ------------------------------------------------------------------ requests


def read(
    table: Table | None, request: Request, keys: Sequence[Item], prepared_by: Prepare, capacity: str | None
) -> Facts:
    """Of a read of items by their keys. `capacity` is the parameter ReturnConsumedCapacity."""
    prepared_by(request)
    return {
        **_leading(table, keys),
        ATTRIBUTES: tuple(sorted(attributes(request).union(*keys))),
        SELECT: (_select(request),),
        RETURN_CONSUMED_CAPACITY: (capacity or "NONE",),
    }


def query(table: Table | None, request: Request) -> Facts:
    prepared = prepare.query(request)
    schema = _schema(table, request.get("IndexName"))
    keys = {} if schema is None else {LEADING_KEYS: _asked_for(schema, prepared)}
    return {**keys, **_page(request)}


def scan(table: Table | None, request: Request) -> Facts:
    prepare.scan(request)
    return _page(request)


def search(table: Table | None, request: Request) -> Facts:
    """Of a search by vector, which goes through all partition keys as a Scan does."""
    prepare.search(request)
    return _page(request)


def write(
    table: Table | None, request: Request, key: Item, prepared_by: Prepare, capacity: str | None
) -> Facts:
    """Of a write of one item, alone or in a transaction."""
    prepared_by(request)
    returned = request.get("ReturnValues", "NONE")
    on_failure = request.get("ReturnValuesOnConditionCheckFailure", "NONE")
    return {
        **_leading(table, [key]),
        ATTRIBUTES: tuple(sorted(attributes(request))),
        RETURN_VALUES: (returned if on_failure == "NONE" else on_failure,),
        RETURN_CONSUMED_CAPACITY: (capacity or "NONE",),
    }


def writes(table: Table | None, items: Sequence[Item], capacity: str | None) -> Facts:
    """Of a batch of writes: whole items, and keys."""
    return {
        **_leading(table, items),
        ATTRIBUTES: tuple(sorted(set[str]().union(*items))),
        RETURN_CONSUMED_CAPACITY: (capacity or "NONE",),
    }


def _page(request: Request) -> Facts:
    return {
        ATTRIBUTES: tuple(sorted(attributes(request))),
        SELECT: (_select(request),),
        RETURN_CONSUMED_CAPACITY: (request.get("ReturnConsumedCapacity", "NONE"),),
    }


def _leading(table: Table | None, keys: Sequence[Item]) -> Facts:
    return {} if table is None else {LEADING_KEYS: leading(table.keys, keys)}


def _schema(table: Table | None, index_name: str | None) -> KeySchema | None:
    if table is None or index_name is None:
        return None if table is None else table.keys
    index = table.index(index_name)
    return None if index is None else index.keys


def _select(request: Request) -> str:
    given = request.get("Select")
    if given is not None:
        return str(given)
    if "ProjectionExpression" in request or "AttributesToGet" in request:
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if "IndexName" in request else "ALL_ATTRIBUTES"
