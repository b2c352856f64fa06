"""Batches and transactions: what they refuse as a whole, what they cancel, and what they answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import OK, PREFIX, Case, Like, No, compare, judge, missing_table, table_of
from tests.conformance.schema import HASH_TABLE, KEY, NOWHERE, TABLE, at, n, nested, on, s
from tests.conformance.test_values import DEEP
from tests.conformance.wire import Refusal, Wire

FAILED = "failed to satisfy constraint:"
DUPLICATES = "Provided list of item keys contains duplicates"
ONE_ITEM = "Transaction request cannot include multiple operations on one item"
ONE_ACTION = "TransactItems can only contain one of Check, Put, Update or Delete"
CONDITION_FAILED = "The conditional request failed"
TWO_TYPES = (
    "Supplied AttributeValue has more than one datatypes set, "
    "must contain exactly one of the supported datatypes"
)
V = {":v": s("x")}


def write(*requests: Any, table: str = TABLE) -> dict[str, Any]:
    return {"RequestItems": {table: list(requests)}}


def put(item: Any) -> dict[str, Any]:
    return {"PutRequest": {"Item": item}}


def delete(key: Any) -> dict[str, Any]:
    return {"DeleteRequest": {"Key": key}}


def transact(*actions: Any, **members: Any) -> dict[str, Any]:
    return {"TransactItems": list(actions), **members}


def t_put(key: Any, **members: Any) -> dict[str, Any]:
    return {"Put": on(Item=key, **members)}


def t_update(key: Any, text: str, **members: Any) -> dict[str, Any]:
    return {"Update": on(Key=key, UpdateExpression=text, **members)}


def t_check(key: Any, text: str, **members: Any) -> dict[str, Any]:
    return {"ConditionCheck": on(Key=key, ConditionExpression=text, **members)}


BATCHES = (
    Case(
        "B1.07",
        "26 puts",
        "BatchWriteItem",
        write(*(put(at(f"bw-{i}")) for i in range(26))),
        Like(
            (
                f"{PREFIX}Value "
                f"'{{{TABLE}=[WriteRequest(putRequest=PutRequest(item={{pk=AttributeValue(s=bw-0, n=null, "
                "b=null, iNT=null, dECIMAL=null, dOUBLE=null, sS=null, nS=null, bS=null, iNTSET=null, "
                "dECIMALSET=null, dOUBLESET=null, m=null, l=null, nULL=null, bOOL=null)",
                f"' at 'requestItems' {FAILED} Map value must satisfy constraint: "
                "[Member must have length less than or equal to 25, "
                "Member must have length greater than or equal to 1]",
            )
        ),
    ),
    Case(
        "B1.07",
        "25 puts",
        "BatchWriteItem",
        write(*(put(at(f"bw-{i}")) for i in range(25))),
        {"UnprocessedItems": {}},
    ),
    Case(
        "B1.07", "no requests of a table", "BatchWriteItem", write(), Like((PREFIX, "Map value must satisfy"))
    ),
    Case(
        "B1.08",
        "no tables",
        "BatchGetItem",
        {"RequestItems": {}},
        f"{PREFIX}Value at 'RequestItems' {FAILED} Member must have length greater than or equal to 1",
    ),
    Case(
        "B1.09",
        "no tables",
        "BatchWriteItem",
        {"RequestItems": {}},
        "The requestItems parameter is required for BatchWriteItem",
    ),
    Case("B1.01", "none", "BatchWriteItem", {}, Like((PREFIX, "Value null at 'requestItems'"))),
    Case("B1.01", "none", "BatchGetItem", {}, Like((PREFIX, "Value null at 'requestItems'"))),
    Case(
        "B8.01",
        "101 keys of one table",
        "BatchGetItem",
        {"RequestItems": {TABLE: {"Keys": [at(f"k{i}") for i in range(101)]}}},
        Like((PREFIX, "Member must have length less than or equal to 100")),
    ),
    Case(
        "B8.01",
        "101 keys of two tables",
        "BatchGetItem",
        {
            "RequestItems": {
                TABLE: {"Keys": [at(f"k{i}") for i in range(60)]},
                HASH_TABLE: {"Keys": [{"pk": s(f"k{i}")} for i in range(41)]},
            }
        },
        "Too many items requested for the BatchGetItem call",
    ),
    Case(
        "B8.01",
        "26 writes to two tables",
        "BatchWriteItem",
        {
            "RequestItems": {
                TABLE: [put(at(f"k{i}")) for i in range(20)],
                HASH_TABLE: [put({"pk": s(f"k{i}")}) for i in range(6)],
            }
        },
        Like(("Too many items requested for the BatchWriteItem call",)),
    ),
    Case("B8.02", "a key twice", "BatchGetItem", {"RequestItems": {TABLE: {"Keys": [KEY, KEY]}}}, DUPLICATES),
    Case(
        "B8.02",
        "a key twice, spelled otherwise",
        "BatchGetItem",
        {"RequestItems": {TABLE: {"Keys": [KEY, KEY | {"sk": n("1.0")}]}}},
        DUPLICATES,
    ),
    Case("B8.02", "two puts", "BatchWriteItem", write(put(KEY), put(KEY | {"v": s("x")})), DUPLICATES),
    Case("B8.02", "put and delete", "BatchWriteItem", write(put(KEY), delete(KEY)), DUPLICATES),
    Case("B8.03", "both in one", "BatchWriteItem", write(put(KEY) | delete(KEY)), TWO_TYPES),
    Case("B8.04", "nothing", "BatchWriteItem", write(delete(KEY)), {"UnprocessedItems": {}}),
    Case(
        "B8.04",
        "an absent item",
        "BatchGetItem",
        {"RequestItems": {TABLE: {"Keys": [at("never written")]}}},
        {"UnprocessedKeys": {}, "Responses": {TABLE: []}},
    ),
    Case(
        "B3.19",
        "one of two tables missing",
        "BatchGetItem",
        {"RequestItems": {TABLE: {"Keys": [KEY]}, NOWHERE: {"Keys": [KEY]}}},
        missing_table(),
    ),
    Case(
        "B2.04",
        "a bad projection of one table fails the call",
        "BatchGetItem",
        {
            "RequestItems": {
                TABLE: {"Keys": [at("never written")]},
                HASH_TABLE: {"Keys": [{"pk": s("a")}], "ProjectionExpression": "a, a"},
            }
        },
        Like(("Invalid ProjectionExpression: Two document paths overlap",)),
    ),
    *(
        Case(
            "B1.10",
            "none",
            operation,
            transact(),
            f"{PREFIX}Value '[]' at 'transactItems' {FAILED} Member must have "
            "length greater than or equal to 1",
        )
        for operation in ("TransactWriteItems", "TransactGetItems")
    ),
    Case(
        "B8.10",
        "101 actions",
        "TransactWriteItems",
        transact(*(t_put(at(f"t{i}")) for i in range(101))),
        Like((PREFIX, f"at 'transactItems' {FAILED} Member must have length less than or equal to 100")),
    ),
    Case(
        "B8.10",
        "101 gets",
        "TransactGetItems",
        transact(*({"Get": on(Key=at(f"t{i}"))} for i in range(101))),
        Like((PREFIX, f"at 'transactItems' {FAILED} Member must have length less than or equal to 100")),
    ),
    Case("B8.11", "an item twice", "TransactWriteItems", transact(t_put(KEY), t_put(KEY)), ONE_ITEM),
    Case(
        "B8.11",
        "an item checked and written",
        "TransactWriteItems",
        transact(t_put(KEY), t_check(KEY, "attribute_exists(a)")),
        ONE_ITEM,
    ),
    Case("B8.12", "no action", "TransactWriteItems", transact({}), ONE_ACTION),
    Case(
        "B8.12",
        "two actions",
        "TransactWriteItems",
        transact(t_put(KEY) | {"Delete": on(Key=KEY)}),
        ONE_ACTION,
    ),
    Case(
        "B8.13",
        "token of 37",
        "TransactWriteItems",
        transact(t_put(KEY), ClientRequestToken="x" * 37),
        Like((PREFIX, f"at 'clientRequestToken' {FAILED} Member must have length less than or equal to 36")),
    ),
    Case(
        "B8.13",
        "empty token",
        "TransactWriteItems",
        transact(t_put(KEY), ClientRequestToken=""),
        Like(
            (PREFIX, f"at 'clientRequestToken' {FAILED} Member must have length greater than or equal to 1")
        ),
    ),
    Case("B2.09", "nested put", "TransactWriteItems", transact(t_put(KEY | {"v": nested(32)})), DEEP),
    Case(
        "B2.09",
        "an oversize put beside a good one",
        "TransactWriteItems",
        transact(t_put(at("fine")), t_put(KEY | {"v": s("x" * 409_600)})),
        "Item size has exceeded the maximum allowed size",
    ),
    Case(
        "B8.15",
        "names without an expression",
        "TransactWriteItems",
        transact(t_put(at("placeholders"), ExpressionAttributeNames={"#a": "a"})),
        OK,
    ),
    Case(
        "B8.15",
        "values without an expression",
        "TransactWriteItems",
        transact({"Delete": on(Key=at("placeholders"), ExpressionAttributeValues={":a": s("x")})}),
        OK,
    ),
    Case(
        "B8.15",
        "names without a projection",
        "TransactGetItems",
        transact({"Get": on(Key=at("placeholders"), ExpressionAttributeNames={"#a": "a"})}),
        OK,
    ),
    Case(
        "B5.30",
        "with an expression every name is used",
        "TransactWriteItems",
        transact(t_check(KEY, "attribute_exists(pk)", ExpressionAttributeNames={"#a": "a"})),
        "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}",
    ),
    Case(
        "B3.19",
        "a missing table beside a failing condition",
        "TransactWriteItems",
        transact(t_check(at("never written"), "attribute_exists(pk)"), {"Delete": on(NOWHERE, Key=KEY)}),
        missing_table(),
    ),
)


@table_of(BATCHES)
def test_answered(wire: Wire, case: Case) -> None:
    judge(wire, case)


def test_of_items_of_300_kb_a_batch_answers_52(wire: Wire) -> None:
    """B8.05"""
    keys = [at(f"large {number}") for number in range(54)]
    for key in keys:
        wire("PutItem", on(Item=key | {"filler": s("x" * (300 * 1024 - 50))}))
    answer = wire("BatchGetItem", {"RequestItems": {TABLE: {"Keys": keys}}})
    assert len(answer["Responses"][TABLE]) == 52
    assert len(answer["UnprocessedKeys"][TABLE]["Keys"]) == 2
    for key in keys:
        wire("DeleteItem", on(Key=key))


def reason(code: str, message: str, **more: Any) -> dict[str, Any]:
    return {"Code": code, "Message": message, **more}


NONE = {"Code": "None"}
FALSE = reason("ConditionalCheckFailed", CONDITION_FAILED)
ALL_OLD = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
STORED = at("transactions") | {"a": n(1), "t": s("x")}
THERE = at("transactions")
GONE = at("never written")
REASONS: tuple[tuple[str, str, list[Any], list[Any]], ...] = (
    ("B8.20", "check", [t_check(GONE, "attribute_exists(pk)")], [FALSE]),
    ("B8.20", "put", [t_put(THERE, ConditionExpression="attribute_not_exists(pk)")], [FALSE]),
    ("B8.20", "update", [t_update(THERE, "REMOVE a", ConditionExpression="attribute_exists(zz)")], [FALSE]),
    ("B8.20", "delete", [{"Delete": on(Key=GONE, ConditionExpression="attribute_exists(pk)")}], [FALSE]),
    ("B8.21", "first of two", [t_check(GONE, "attribute_exists(pk)"), t_put(at("beside"))], [FALSE, NONE]),
    ("B8.21", "second of two", [t_put(at("beside")), t_check(GONE, "attribute_exists(pk)")], [NONE, FALSE]),
    (
        "B8.21",
        "two of three",
        [
            t_check(GONE, "attribute_exists(pk)"),
            t_put(at("beside")),
            t_put(THERE, ConditionExpression="attribute_not_exists(pk)"),
        ],
        [FALSE, NONE, FALSE],
    ),
    (
        "B8.22",
        "the item is shown when asked",
        [t_put(THERE, ConditionExpression="attribute_not_exists(pk)", **ALL_OLD)],
        [{**FALSE, "Item": STORED}],
    ),
    (
        "B8.22",
        "of a check too",
        [t_check(THERE, "attribute_not_exists(pk)", **ALL_OLD)],
        [{**FALSE, "Item": STORED}],
    ),
    (
        "B2.15",
        "a check compares with a deep value",
        [t_check(THERE, "a = :deep", ExpressionAttributeValues={":deep": nested(40)})],
        [FALSE],
    ),
    (
        "B2.15",
        "an update writes a deep value",
        [t_update(THERE, "SET a = :deep", ExpressionAttributeValues={":deep": nested(32)})],
        [reason("ValidationError", DEEP)],
    ),
    ("B8.22", "an absent one is not", [t_check(GONE, "attribute_exists(pk)", **ALL_OLD)], [FALSE]),
    *(
        (
            "B8.23",
            text,
            [t_update(THERE, text, **({"ExpressionAttributeValues": v} if v else {}))],
            [reason("ValidationError", message)],
        )
        for text, v, message in (
            (
                "SET b = zz",
                {},
                "The provided expression refers to an attribute that does not exist in the item",
            ),
            ("SET zz.b = :v", V, "The document path provided in the update expression is invalid for update"),
            (
                "SET t = t + :n",
                {":n": n(1)},
                "An operand in the update expression has an incorrect data type",
            ),
        )
    ),
)


@pytest.mark.parametrize(
    ("behaviour", "name", "actions", "reasons"), REASONS, ids=[f"{r[0]}-{r[1]}" for r in REASONS]
)
def test_cancelled(wire: Wire, behaviour: str, name: str, actions: list[Any], reasons: list[Any]) -> None:
    wire("PutItem", on(Item=STORED))
    wire("DeleteItem", on(Key=at("beside")))
    with pytest.raises(Refusal) as raised:
        wire("TransactWriteItems", transact(*actions, ReturnConsumedCapacity="TOTAL"))
    codes = ", ".join(each["Code"] for each in reasons)
    text = f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]"
    compare(No("TransactionCanceledException", text, (("CancellationReasons", reasons),)), raised.value)
    assert "Message" in raised.value.body
    assert "ConsumedCapacity" not in raised.value.body
    assert "Item" not in wire("GetItem", on(Key=at("beside")))
    assert wire("GetItem", on(Key=THERE))["Item"] == STORED


def token_rows() -> Iterator[tuple[str, dict[str, Any]]]:
    item = at("tokens")
    yield "another item", transact(t_put(at("tokens", 2)))
    yield "another value", transact(t_put(item | {"v": s("y")}))
    yield "another action", transact({"Delete": on(Key=item)})


@pytest.mark.parametrize(("name", "second"), list(token_rows()))
def test_a_token_stands_for_one_request(wire: Wire, name: str, second: dict[str, Any]) -> None:
    """B8.14"""
    token = {"ClientRequestToken": f"token {name}"}
    first = transact(t_put(at("tokens") | {"v": s("x")}))
    wire("TransactWriteItems", first | token)
    wire("TransactWriteItems", first | token)
    with pytest.raises(Refusal) as raised:
        wire("TransactWriteItems", second | token)
    assert raised.value.code == "IdempotentParameterMismatchException"


def test_a_replayed_token_writes_nothing(wire: Wire) -> None:
    """B8.14"""
    wire("PutItem", on(Item=at("replay") | {"a": n(0)}))
    add = transact(t_update(at("replay"), "ADD a :one", ExpressionAttributeValues={":one": n(1)}))
    for _ in range(3):
        wire("TransactWriteItems", add | {"ClientRequestToken": "replayed"})
    assert wire("GetItem", on(Key=at("replay")))["Item"]["a"] == n(1)


def test_the_members_of_a_reading_answer_in_order(wire: Wire) -> None:
    """B8.24"""
    wire("PutItem", on(Item=STORED))
    gets = [
        {"Get": on(Key=THERE, ProjectionExpression="a")},
        {"Get": on(Key=GONE)},
        {"Get": on(HASH_TABLE, Key={"pk": s("never written")})},
    ]
    assert wire("TransactGetItems", transact(*gets))["Responses"] == [{"Item": {"a": n(1)}}, {}, {}]


def test_all_or_nothing(wire: Wire) -> None:
    """B8.21"""
    wire("TransactWriteItems", transact(t_put(at("all")), t_put(at("all", 2)), {"Delete": on(Key=THERE)}))
    assert wire("GetItem", on(Key=at("all")))["Item"] == at("all")
    assert "Item" not in wire("GetItem", on(Key=THERE))
