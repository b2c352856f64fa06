"""Primary keys and index keys: missing, of another type, empty, too long, on every operation that takes one;
and how large an item may be.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import OK, OMPVI, Case, Expected, Like, No, judge, table_of
from tests.conformance.schema import BINARY_TABLE, HASH_TABLE, KEY, NUMBER_TABLE, TABLE, at, on
from tests.conformance.wire import Refusal, Wire

SCHEMA = "The provided key element does not match the schema"
COUNT = "The number of conditions on the keys is invalid"
HASH_SIZE = f"{OMPVI}Size of hashkey has exceeded the maximum size limit of2048 bytes"
RANGE_SIZE = f"{OMPVI}Aggregated size of all range keys has exceeded the size limit of 1024 bytes"
INDEX_KEY = (
    "One or more parameter values are not valid. A value specified for a secondary index key is not "
    "supported. The AttributeValue for a key attribute cannot contain an empty {kind} value. "
    "IndexName: {index}, IndexKey: {name}"
)


def empty(name: str, kind: str = "string") -> str:
    return (
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
        f"an empty {kind} value. Key: {name}"
    )


def lookups(table: str, key: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for operation in ("GetItem", "DeleteItem", "UpdateItem"):
        yield operation, on(table, Key=key)
    yield "BatchGetItem", {"RequestItems": {table: {"Keys": [key]}}}
    yield "BatchWriteItem", {"RequestItems": {table: [{"DeleteRequest": {"Key": key}}]}}


def batch_put(table: str, item: Any) -> dict[str, Any]:
    return {"RequestItems": {table: [{"PutRequest": {"Item": item}}]}}


def transactions(table: str, key: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "TransactGetItems", {"TransactItems": [{"Get": on(table, Key=key)}]}
    yield "TransactWriteItems", {"TransactItems": [{"Delete": on(table, Key=key)}]}
    yield "TransactWriteItems", {"TransactItems": [{"Put": on(table, Item=key)}]}
    update = on(table, Key=key, UpdateExpression="REMOVE v")
    yield "TransactWriteItems", {"TransactItems": [{"Update": update}]}
    check = on(table, Key=key, ConditionExpression="attribute_exists(v)")
    yield "TransactWriteItems", {"TransactItems": [{"ConditionCheck": check}]}


def cancelled(message: str) -> No:
    reasons = [{"Code": "ValidationError", "Message": message}]
    text = "Transaction cancelled, please refer cancellation reasons for specific reasons [ValidationError]"
    return No("TransactionCanceledException", text, (("CancellationReasons", reasons),))


WRONG: tuple[tuple[str, str, Any, str], ...] = (
    ("partition key N for S", TABLE, {"pk": {"N": "1"}, "sk": {"N": "1"}}, "pk expected: S actual: N"),
    ("partition key B for S", TABLE, {"pk": {"B": "YQ=="}, "sk": {"N": "1"}}, "pk expected: S actual: B"),
    ("partition key M for S", TABLE, {"pk": {"M": {}}, "sk": {"N": "1"}}, "pk expected: S actual: M"),
    ("partition key SS for S", TABLE, {"pk": {"SS": ["a"]}, "sk": {"N": "1"}}, "pk expected: S actual: SS"),
    ("partition key NULL", TABLE, {"pk": {"NULL": True}, "sk": {"N": "1"}}, "pk expected: S actual: NULL"),
    ("sort key S for N", TABLE, {"pk": {"S": "a"}, "sk": {"S": "1"}}, "sk expected: N actual: S"),
    ("sort key L for N", TABLE, {"pk": {"S": "a"}, "sk": {"L": []}}, "sk expected: N actual: L"),
    ("sort key BOOL for N", TABLE, {"pk": {"S": "a"}, "sk": {"BOOL": True}}, "sk expected: N actual: BOOL"),
    (
        "partition key S for N",
        NUMBER_TABLE,
        {"pk": {"S": "1"}, "sk": {"B": "YQ=="}},
        "pk expected: N actual: S",
    ),
    ("sort key S for B", NUMBER_TABLE, {"pk": {"N": "1"}, "sk": {"S": "a"}}, "sk expected: B actual: S"),
    ("partition key S for B", BINARY_TABLE, {"pk": {"S": "a"}, "sk": {"S": "a"}}, "pk expected: B actual: S"),
    ("no sort key table, N for S", HASH_TABLE, {"pk": {"N": "1"}}, "pk expected: S actual: N"),
)
MISSING: tuple[tuple[str, str, Any, str], ...] = (
    ("no key at all", TABLE, {}, "pk"),
    ("no sort key", TABLE, {"pk": {"S": "a"}}, "sk"),
    ("no partition key", TABLE, {"sk": {"N": "1"}}, "pk"),
    ("another attribute", TABLE, {"pk": {"S": "a"}, "other": {"S": "a"}}, "sk"),
    ("only another attribute", HASH_TABLE, {"other": {"S": "a"}}, "pk"),
)
EMPTY: tuple[tuple[str, str, Any, str], ...] = (
    ("partition key", TABLE, {"pk": {"S": ""}, "sk": {"N": "1"}}, empty("pk")),
    ("only key", HASH_TABLE, {"pk": {"S": ""}}, empty("pk")),
    ("sort key", BINARY_TABLE, {"pk": {"B": "YQ=="}, "sk": {"S": ""}}, empty("sk")),
    ("partition key", BINARY_TABLE, {"pk": {"B": ""}, "sk": {"S": "a"}}, empty("pk", "binary")),
    ("sort key", NUMBER_TABLE, {"pk": {"N": "1"}, "sk": {"B": ""}}, empty("sk", "binary")),
)
LONG: tuple[tuple[str, str, Any, str], ...] = (
    ("partition key of 2049", HASH_TABLE, {"pk": {"S": "x" * 2049}}, HASH_SIZE),
    ("partition key of 2049 in UTF-8", HASH_TABLE, {"pk": {"S": "ä" * 1024 + "x"}}, HASH_SIZE),
    ("sort key of 1025", BINARY_TABLE, {"pk": {"B": "YQ=="}, "sk": {"S": "x" * 1025}}, RANGE_SIZE),
    ("partition key of 2049 bytes", BINARY_TABLE, {"pk": {"B": "AAAA" * 683}, "sk": {"S": "a"}}, HASH_SIZE),
    ("sort key of 1026 bytes", NUMBER_TABLE, {"pk": {"N": "1"}, "sk": {"B": "AAAA" * 342}}, RANGE_SIZE),
)


def table_keys() -> Iterator[Case]:
    for name, table, key, mismatch in WRONG:
        text = f"{OMPVI}Type mismatch for key {mismatch}"
        yield Case("B6.01", name, "PutItem", on(table, Item=key), text)
        yield Case("B6.02", name, "BatchWriteItem", batch_put(table, key), SCHEMA)
        for operation, request in lookups(table, key):
            yield Case("B6.02", name, operation, request, SCHEMA)
        for operation, request in transactions(table, key):
            (kind,) = request["TransactItems"][0]
            message = text if kind == "Put" else SCHEMA
            yield Case("B6.03", f"{name}, {kind}", operation, request, cancelled(message))
    for name, table, key, absent in MISSING:
        message = f"{OMPVI}Missing the key {absent} in the item"
        yield Case("B6.06", name, "PutItem", on(table, Item=key), message)
        yield Case("B6.07", name, "BatchWriteItem", batch_put(table, key), SCHEMA)
        for operation, request in lookups(table, key):
            yield Case("B6.07", name, operation, request, (SCHEMA, COUNT))
    for name, table, key, message in (*EMPTY, *LONG):
        behaviour = "B6.04" if "not valid" in message else "B6.08"
        kind = name if behaviour == "B6.08" else f"empty {name} of {table}"
        yield Case(behaviour, kind, "PutItem", on(table, Item=key), message)
        yield Case(behaviour, f"{kind}, put", "BatchWriteItem", batch_put(table, key), message)
        for operation, request in lookups(table, key):
            yield Case(behaviour, kind, operation, request, message)
        for operation, request in transactions(table, key):
            (member,) = request["TransactItems"][0]
            if behaviour == "B6.04":
                yield Case("B6.05", f"{kind}, {member}", operation, request, message)
            else:
                yield Case("B6.09", f"{kind}, {member}", operation, request, cancelled(message))


LONGEST = (
    (HASH_TABLE, {"pk": {"S": "x" * 2048}}),
    (HASH_TABLE, {"pk": {"S": "ä" * 1024}}),
    (BINARY_TABLE, {"pk": {"B": "YQ=="}, "sk": {"S": "x" * 1024}}),
)


def index_keys() -> Iterator[Case]:
    types: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("gpk", {"N": "1"}, "gpk Expected: S Actual: N IndexName: "),
        ("gpk", {"NULL": True}, "gpk Expected: S Actual: NULL IndexName: "),
        ("gpk", {"M": {}}, "gpk Expected: S Actual: M IndexName: "),
        ("gsk", {"S": "x"}, "gsk Expected: N Actual: S IndexName: gall"),
        ("lsk", {"N": "1"}, "lsk Expected: S Actual: N IndexName: "),
    )
    for name, value, mismatch in types:
        wanted = Like((f"{OMPVI}Type mismatch for Index Key {mismatch}",))
        item = KEY | {name: value}
        yield Case("B6.40", f"{name} is {value}", "PutItem", on(Item=item), wanted)
        yield Case("B6.40", f"{name} is {value}", "BatchWriteItem", batch_put(TABLE, item), wanted)
        update = on(Key=KEY, UpdateExpression=f"SET {name} = :v", ExpressionAttributeValues={":v": value})
        yield Case("B6.40", f"{name} becomes {value}", "UpdateItem", update, wanted)
        failing = update | {"ConditionExpression": "attribute_exists(nothing)"}
        yield Case("B6.40", f"{name} never becomes {value}", "UpdateItem", failing, wanted)
        put = {"TransactItems": [{"Put": on(Item=item)}]}
        yield Case("B6.41", f"{name} is {value}", "TransactWriteItems", put, CANCELLED)
    update = on(
        Key=KEY,
        UpdateExpression="SET gpk = if_not_exists(gpk, :v)",
        ExpressionAttributeValues={":v": {"N": "1"}},
    )
    yield Case("B6.40", "what only the item tells", "UpdateItem", update, UNSUPPORTED)
    for name in ("gpk", "lsk"):
        item = KEY | {name: {"S": ""}}
        start = (
            "One or more parameter values are not valid. A value specified for a secondary index key is not"
        )
        wanted = Like((start, "empty string value", f"IndexKey: {name}"))
        yield Case("B6.42", f"{name} is empty", "PutItem", on(Item=item), wanted)
        yield Case("B6.42", f"{name} is empty", "BatchWriteItem", batch_put(TABLE, item), wanted)
        put = {"TransactItems": [{"Put": on(Item=item)}]}
        yield Case("B6.42", f"{name} is empty", "TransactWriteItems", put, wanted)
        update = on(Key=KEY, UpdateExpression=f"SET {name} = :v", ExpressionAttributeValues={":v": {"S": ""}})
        words = (
            "One or more parameter values are not valid. ",
            "The update expression attempted to update a secondary index key to a "
            "value that is not supported. ",
        )
        yield Case("B6.43", f"{name} becomes empty", "UpdateItem", update, Like(words))


UNSUPPORTED = "The update expression attempted to update the secondary index key to unsupported type"
CANCELLED = Like(("Transaction cancelled",), "TransactionCanceledException")
KEY_UPDATE = f"{OMPVI}Cannot update attribute {{}}. This attribute is part of the key"
V = {":v": {"S": "b"}}
KEY_UPDATES = (
    *(
        Case(
            "B5.40",
            text,
            "UpdateItem",
            on(Key=KEY, UpdateExpression=text, ExpressionAttributeValues=None if "REMOVE" in text else V),
            KEY_UPDATE.format(name),
        )
        for text, name in (
            ("SET pk = :v", "pk"),
            ("SET sk = :v", "sk"),
            ("SET v = :v, pk = :v", "pk"),
            ("SET sk = :v, pk = :v", "pk"),
            ("REMOVE pk", "pk"),
            ("REMOVE sk", "sk"),
            ("SET pk = if_not_exists(pk, :v)", "pk"),
        )
    ),
    Case(
        "B5.40",
        "by attribute updates",
        "UpdateItem",
        on(Key=KEY, AttributeUpdates={"pk": {"Value": {"S": "b"}}}),
        KEY_UPDATE.format("pk"),
    ),
)


def sizes() -> Iterator[Case]:
    """`KEY` weighs 3 + 4 bytes, the name of `v` one, and "sized" four more than "a"."""
    room = 409_600 - 8
    put = "Item size has exceeded the maximum allowed size"
    update = "Item size to update has exceeded the maximum allowed size"
    for name, length in (("409,600", room), ("409,601", room + 1)):
        big = at("sized") | {"v": {"S": "x" * (length - 4)}}
        over = length > room
        yield Case("B6.50", name, "PutItem", on(Item=big), put if over else OK)
        yield Case("B6.50", name, "BatchWriteItem", batch_put(TABLE, big), put if over else OK)
        transact = {"TransactItems": [{"Put": on(Item=big)}]}
        yield Case("B6.53", name, "TransactWriteItems", transact, put if over else OK)
        change = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": big["v"]}}
        transact = {"TransactItems": [{"Update": on(Key=at("sized"), **change)}]}
        wanted: Expected = cancelled(update) if over else OK
        yield Case("B6.53", f"{name} by update", "TransactWriteItems", transact, wanted)
    indexed = at("sized") | {"lsk": {"S": "l"}}  # 15 bytes, all of which the index keeps
    for name, length in (("with its entry", 409_600 - 2 * 15 - 1), ("and one more", 409_600 - 2 * 15)):
        big, wanted = {"S": "x" * length}, OK if "entry" in name else Like(("",))
        yield Case("B6.54", name, "PutItem", on(Item=indexed | {"v": big}), wanted)
        change = {"UpdateExpression": "SET v = :v, lsk = :l"}
        values = {"ExpressionAttributeValues": {":v": big, ":l": {"S": "l"}}}
        transact = {"TransactItems": [{"Update": on(Key=at("sized"), **change, **values)}]}
        wanted = OK if "entry" in name else Like(("",), "TransactionCanceledException")
        yield Case("B6.54", f"{name} by update", "TransactWriteItems", transact, wanted)
    for name, length in (("value and cost of 409,600", 409_600 - 1 - 22), ("and one more", 409_600 - 22)):
        change = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "x" * length}}}
        yield Case("B6.52", name, "UpdateItem", on(Key=at("a"), **change), OK if "cost" in name else update)
    yield Case(
        "B6.51",
        "far too large",
        "UpdateItem",
        on(Key=KEY, UpdateExpression="SET v = :v", ExpressionAttributeValues={":v": {"S": "x" * 409_600}}),
        update,
    )


COSTS: tuple[tuple[dict[str, Any], str, dict[str, Any], int], ...] = (
    ({}, "SET v = :v, w = :w", {":w": {"S": "x"}}, 409_600 - 1 - 2 - (3 + 19 + 19)),
    ({"l": {"L": [{"S": "x"}]}}, "SET l[0] = :v", {}, 409_600 - 1 - 3 - 1 - (3 + 19 + 1)),
    ({"n": {"N": "1"}}, "SET v = :v, n = n + :n", {":n": {"N": "1"}}, 409_600 - 1 - 3 - (3 + 19 + 19 + 50)),
    ({"x": {"S": "x"}}, "SET v = :v REMOVE x", {}, 409_600 - 1 - (3 + 19 + 2)),
)
"""An item besides its key, an update, its other values, and how long the string `:v` may be at most."""


@pytest.mark.parametrize(("before", "text", "values", "most"), COSTS, ids=[row[1] for row in COSTS])
def test_an_update_counts_what_its_actions_cost(
    wire: Wire, before: dict[str, Any], text: str, values: dict[str, Any], most: int
) -> None:
    """B6.52"""
    wire("PutItem", on(Item=at("cost") | before))
    for length in (most + 1, most):
        request = on(
            Key=at("cost"),
            UpdateExpression=text,
            ExpressionAttributeValues=values | {":v": {"S": "x" * length}},
        )
        if length == most:
            wire("UpdateItem", request)
        else:
            with pytest.raises(Refusal) as raised:
                wire("UpdateItem", request)
            assert raised.value.message == "Item size to update has exceeded the maximum allowed size"
    wire("DeleteItem", on(Key=at("cost")))


@table_of(table_keys(), index_keys(), KEY_UPDATES, sizes())
def test_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


@pytest.mark.parametrize(("table", "key"), LONGEST, ids=["2048", "2048 in UTF-8", "1024"])
def test_the_longest_keys_are_stored(wire: Wire, table: str, key: Any) -> None:
    """B6.08"""
    wire("PutItem", on(table, Item=key))
    assert wire("GetItem", on(table, Key=key))["Item"] == key


def test_a_number_key_is_one_key_however_it_is_spelled(wire: Wire) -> None:
    """B6.30"""
    wire("PutItem", on(Item=at("spelled") | {"sk": {"N": "01.0"}, "v": {"S": "x"}}))
    assert wire("GetItem", on(Key=at("spelled") | {"sk": {"N": "1e0"}}))["Item"]["v"] == {"S": "x"}


def test_an_update_judges_only_the_index_keys_that_it_changes(wire: Wire) -> None:
    """B6.44"""
    wire("PutItem", on(Item=at("index keys") | {"gpk": {"S": "g"}}))
    change = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": V}
    wire("UpdateItem", on(Key=at("index keys"), **change))
