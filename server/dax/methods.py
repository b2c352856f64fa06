"""The methods of the protocol: a row each, with what runs it.

A runner turns arguments into a request, has the node execute it, and writes what came back. It returns the
body, all that follows the sign of success; errors are raised, and written by whoever called. Only a cancelled
transaction is written here, because its reasons hold items, which are written with their table's key schema
in hand.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, cast

from dynalite.cache.attribute_lists import AttributeLists
from dynalite.catalog.schema import KeySchema
from dynalite.errors import TransactionCanceledException, ValidationException
from dynalite.operations.context import Caller
from dynalite.values.types import Answer, Item, Request
from server.dax import requests, responses
from server.dax.cbor import (
    EMPTY_ARRAY,
    NULL,
    Malformed,
    write_array,
    write_bytes,
    write_int,
    write_map,
    write_text,
)
from server.dax.expressions import Expressions
from server.dax.keys import read_key, write_key
from server.dax.responses import Writer, by_position, decoded, reason


class Node(Protocol):
    """What a method needs of the cache: a database, and the key schemas of its tables."""

    async def execute(self, operation: str, request: object, caller: Caller) -> Answer: ...

    def key_schema(self, region: str, table_name: str) -> KeySchema: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A call with all that is needed to answer it. `endpoints` writes the cluster's nodes."""

    arguments: list[object]
    caller: Caller
    node: Node
    writer: Writer
    endpoints: Callable[[], bytes]

    def schema(self, table_name: str) -> KeySchema:
        return self.node.key_schema(self.caller.region, table_name)

    async def execute(self, operation: str, request: Request) -> Answer:
        return await self.node.execute(operation, request, self.caller)

    @property
    def lists(self) -> AttributeLists:
        return self.writer.lists


class Cancelled(Exception):
    """A transaction was cancelled; `reasons` are written already."""

    def __init__(self, error: TransactionCanceledException, reasons: list[bytes]) -> None:
        super().__init__(error.message)
        self.error = error
        self.reasons = reasons


Run: TypeAlias = Callable[[Asked], Coroutine[Any, Any, bytes]]


@dataclass(frozen=True, slots=True)
class Method:
    """A method: its number, how many arguments follow, and what runs it."""

    name: str
    number: int
    arity: int
    run: Run


# ------------------------------------------------------------------ cluster, schemas, attribute lists


async def endpoints(asked: Asked) -> bytes:
    return asked.endpoints()


async def define_key_schema(asked: Asked) -> bytes:
    schema = asked.schema(requests.name(asked.arguments[0]))
    return write_map([write_text(one.name) + write_text(one.type) for one in schema.attributes])


async def define_attribute_list_id(asked: Asked) -> bytes:
    names = requests.array(asked.arguments[0])
    for name in names:
        if not isinstance(name, str):
            raise Malformed("an attribute name that is not a text")
    return write_int(await asked.lists.id_of(tuple(cast("list[str]", names))))


async def define_attribute_list(asked: Asked) -> bytes:
    identifier = asked.arguments[0]
    names = await asked.lists.names_of(identifier) if type(identifier) is int else None
    if names is None:
        raise ValidationException(f"The attribute list {identifier} is not known")
    return write_array([write_text(name) for name in names])


# ------------------------------------------------------------------ one item


async def get_item(asked: Asked) -> bytes:
    table, key, kwargs = asked.arguments
    table_name = requests.name(table)
    schema = asked.schema(table_name)
    request: Request = {"TableName": table_name, "Key": read_key(schema, requests.blob(key))}
    requests.options(kwargs, request, Expressions())
    answer = await asked.execute("GetItem", request)
    return await asked.writer.get_item(schema, answer, projected="ProjectionExpression" in request)


async def put_item(asked: Asked) -> bytes:
    table, key, values, kwargs = asked.arguments
    table_name = requests.name(table)
    schema = asked.schema(table_name)
    item = await requests.item(asked.lists, schema, key, values)
    return await _write(asked, "PutItem", schema, {"TableName": table_name, "Item": item}, kwargs)


async def update_item(asked: Asked) -> bytes:
    return await _write_at_key(asked, "UpdateItem")


async def delete_item(asked: Asked) -> bytes:
    return await _write_at_key(asked, "DeleteItem")


async def _write_at_key(asked: Asked, operation: str) -> bytes:
    table, key, kwargs = asked.arguments
    table_name = requests.name(table)
    schema = asked.schema(table_name)
    request: Request = {"TableName": table_name, "Key": read_key(schema, requests.blob(key))}
    return await _write(asked, operation, schema, request, kwargs)


async def _write(asked: Asked, operation: str, schema: KeySchema, request: Request, kwargs: object) -> bytes:
    requests.options(kwargs, request, Expressions())
    answer = await asked.execute(operation, request)
    return await asked.writer.write(schema, answer, request.get("ReturnValues"))


# ------------------------------------------------------------------ pages


async def query(asked: Asked) -> bytes:
    table, key_condition, kwargs = asked.arguments
    expressions = Expressions()
    request: Request = {}
    if key_condition is not None:
        request["KeyConditionExpression"] = expressions.condition(requests.blob(key_condition))
    return await _page(asked, "Query", table, request, kwargs, expressions)


async def scan(asked: Asked) -> bytes:
    table, kwargs = asked.arguments
    return await _page(asked, "Scan", table, {}, kwargs, Expressions())


async def _page(
    asked: Asked, operation: str, table: object, request: Request, kwargs: object, expressions: Expressions
) -> bytes:
    table_name = requests.name(table)
    schema = asked.schema(table_name)
    request["TableName"] = table_name
    requests.options(kwargs, request, expressions)
    requests.start_key(kwargs, request, schema)
    answer = await asked.execute(operation, request)
    return await asked.writer.page(
        schema, answer, projected="ProjectionExpression" in request, of_index="IndexName" in request
    )


# ------------------------------------------------------------------ batches


async def batch_get_item(asked: Asked) -> bytes:
    tables, kwargs = asked.arguments
    schemas: dict[str, KeySchema] = {}
    blocks: dict[str, Request] = {}
    for table, given in requests.mapping(tables).items():
        name = requests.name(table)
        schema = schemas[name] = asked.schema(name)
        consistent, projection, keys = _three(given)
        blocks[name] = {
            "Keys": [read_key(schema, requests.blob(key)) for key in requests.array(keys)],
            "ConsistentRead": bool(consistent),
        }
        if projection is not None:
            expressions = Expressions()
            blocks[name]["ProjectionExpression"] = expressions.projection(requests.blob(projection))
            expressions.into(blocks[name])
    request = requests.options(kwargs, {"RequestItems": blocks}, Expressions())
    answer = await asked.execute("BatchGetItem", request)
    found = [
        write_text(name)
        + write_array(
            await asked.writer.items(
                schemas[name], items, projected="ProjectionExpression" in blocks[name], paired=False
            )
        )
        for name, items in cast("Mapping[str, list[object]]", answer["Responses"]).items()
    ]
    unprocessed = [
        write_text(name) + write_array([write_bytes(write_key(schemas[name], key)) for key in block["Keys"]])
        for name, block in cast("Mapping[str, Request]", answer["UnprocessedKeys"]).items()
    ]
    # an array of two that holds three: anything else, the clients do not read
    return b"\x82" + write_map(found) + write_map(unprocessed) + _consumed(answer)


def _three(argument: object) -> Sequence[object]:
    parts = requests.array(argument)
    if len(parts) != 3:
        raise Malformed("a block of a batch without its three parts")
    return parts


async def batch_write_item(asked: Asked) -> bytes:
    tables, kwargs = asked.arguments
    schemas: dict[str, KeySchema] = {}
    writes: dict[str, list[Request]] = {}
    for table, given in requests.mapping(tables).items():
        name = requests.name(table)
        schemas[name] = asked.schema(name)
        writes[name] = await _writes(asked, schemas[name], requests.array(given))
    request = requests.options(kwargs, {"RequestItems": writes}, Expressions())
    answer = await asked.execute("BatchWriteItem", request)
    unprocessed = []
    for name, left in cast("Mapping[str, list[Request]]", answer["UnprocessedItems"]).items():
        parts = [part for one in left for part in await _unwritten(asked.writer, schemas[name], one)]
        unprocessed.append(write_text(name) + write_array(parts))
    return write_map(unprocessed) + _consumed(answer) + responses.collections_by_table(answer)


async def _writes(asked: Asked, schema: KeySchema, given: list[object]) -> list[Request]:
    if len(given) % 2:
        raise Malformed("a batch with a key and nothing to do with it")
    writes = []
    for key, values in zip(given[::2], given[1::2], strict=True):
        if values is None:
            writes.append({"DeleteRequest": {"Key": read_key(schema, requests.blob(key))}})
        else:
            item = await requests.item(asked.lists, schema, key, values)
            writes.append({"PutRequest": {"Item": item}})
    return writes


async def _unwritten(writer: Writer, schema: KeySchema, one: Request) -> tuple[bytes, bytes]:
    """A write that is handed back: its key and the item. No client adds the one to the other here, so the
    item is whole.
    """
    if "PutRequest" in one:
        item = one["PutRequest"]["Item"]
        return write_bytes(write_key(schema, item)), write_bytes(await writer.whole(item))
    return write_bytes(write_key(schema, one["DeleteRequest"]["Key"])), NULL


def _consumed(answer: Answer) -> bytes:
    reports = responses.capacities(answer)
    return write_array([write_bytes(responses.consumed(report)) for report in reports])


# ------------------------------------------------------------------ transactions


async def transact_get_items(asked: Asked) -> bytes:
    tables = [requests.name(table) for table in requests.array(asked.arguments[0])]
    keys = requests.optional_array(asked.arguments[1], len(tables))
    projections = requests.optional_array(asked.arguments[2], len(tables))
    schemas = [asked.schema(table) for table in tables]
    gets: list[Request] = []
    for table, schema, key, projection in zip(tables, schemas, keys, projections, strict=True):
        get: Request = {"TableName": table, "Key": read_key(schema, requests.blob(key))}
        if projection is not None:
            expressions = Expressions()
            get["ProjectionExpression"] = expressions.projection(requests.blob(projection))
            expressions.into(get)
        gets.append(get)
    request: Request = {"TransactItems": [{"Get": get} for get in gets]}
    requests.options(asked.arguments[3], request, Expressions())
    answer = await _transact(asked, "TransactGetItems", request, schemas)
    found = cast("list[dict[str, object]]", answer["Responses"])
    written = []
    for get, schema, one in zip(gets, schemas, found, strict=True):
        if "Item" not in one:
            written.append(NULL)
        elif "ProjectionExpression" in get:
            written.append(by_position(decoded(one["Item"])))
        else:
            written.append(write_bytes(await asked.writer.values(schema, decoded(one["Item"]))))
    return write_array([write_array(written), _consumed_by_transaction(answer)])


_VERBS: Final[Mapping[object, str]] = {2: "Put", 7: "Delete", 9: "Update", 12: "ConditionCheck"}
_ALL_OLD: Final = 2


async def transact_write_items(asked: Asked) -> bytes:
    operations, tables, *others, kwargs = asked.arguments
    verbs = [_verb(number) for number in requests.array(operations)]
    count = len(verbs)
    names = [requests.name(table) for table in requests.optional_array(tables, count)]
    keys, values, _, on_failure, conditions, updates = (
        requests.optional_array(other, count) for other in others
    )
    schemas = [asked.schema(name) for name in names]
    items: list[Request] = []
    for place, verb in enumerate(verbs):
        action: Request = {"TableName": names[place]}
        if verb == "Put":
            action["Item"] = await requests.item(asked.lists, schemas[place], keys[place], values[place])
        else:
            action["Key"] = read_key(schemas[place], requests.blob(keys[place]))
        expressions = Expressions()
        if conditions[place] is not None:
            action["ConditionExpression"] = expressions.condition(requests.blob(conditions[place]))
        if updates[place] is not None:
            action["UpdateExpression"] = expressions.update(requests.blob(updates[place]))
        expressions.into(action)
        if _returns_item(on_failure[place]):
            action["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        items.append({verb: action})
    request = requests.options(kwargs, {"TransactItems": items}, Expressions())
    answer = await _transact(asked, "TransactWriteItems", request, schemas)
    return write_array(
        [EMPTY_ARRAY, _consumed_by_transaction(answer), responses.collections_by_table(answer)]
    )


def _verb(number: object) -> str:
    verb = _VERBS.get(number) if isinstance(number, int) else None
    if verb is None:
        raise Malformed("a transaction with an action that is not known")
    return verb


def _returns_item(number: object) -> bool:
    """Whether an item that refuses a condition is wanted. Clients say that it is not where nothing was asked,
    and a retry over HTTP says nothing: the requests are to be the same.
    """
    if not isinstance(number, int | None):
        raise Malformed("something else where a number is expected")
    return number == _ALL_OLD


async def _transact(asked: Asked, operation: str, request: Request, schemas: Sequence[KeySchema]) -> Answer:
    try:
        return await asked.execute(operation, request)
    except TransactionCanceledException as error:
        written = []
        listed = cast("list[Mapping[str, Any]]", error.fields["CancellationReasons"])
        for one, schema in zip(listed, schemas, strict=True):
            item: Item | None = decoded(one["Item"]) if "Item" in one else None
            values = None if item is None else await asked.writer.values(schema, item)
            written += reason(one, values)
        raise Cancelled(error, written) from None


def _consumed_by_transaction(answer: Answer) -> bytes:
    return write_array([responses.consumed_by_transaction(one) for one in responses.capacities(answer)])


# ------------------------------------------------------------------ the table

AUTHORIZE_CONNECTION: Final = 1489122155
"""The one method that is not answered (`authorization`)."""

_ROWS: Final = (
    Method("endpoints", 455855874, 0, endpoints),
    Method("defineKeySchema", -742646399, 1, define_key_schema),
    Method("defineAttributeListId", -1230579644, 1, define_attribute_list_id),
    Method("defineAttributeList", 670678385, 1, define_attribute_list),
    Method("getItem", 263244906, 3, get_item),
    Method("putItem", -2106490455, 4, put_item),
    Method("updateItem", 1425579023, 3, update_item),
    Method("deleteItem", 1013539361, 3, delete_item),
    Method("query", -931250863, 3, query),
    Method("scan", -1875390620, 2, scan),
    Method("batchGetItem", -697851100, 2, batch_get_item),
    Method("batchWriteItem", 116217951, 2, batch_write_item),
    Method("transactGetItems", 1866287579, 4, transact_get_items),
    Method("transactWriteItems", -1160037738, 9, transact_write_items),
)
METHODS: Final[Mapping[int, Method]] = {row.number: row for row in _ROWS}
ARITIES: Final[Mapping[int, int]] = {
    AUTHORIZE_CONNECTION: 5,
    **{row.number: row.arity for row in _ROWS},
}
