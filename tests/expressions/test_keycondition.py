"""Which key conditions a table or index can serve, and what they come to."""

from typing import Any

import pytest

from dynalite.errors import InvalidRequest, ServiceError, ValidationException
from dynalite.expressions import keycondition, prepare
from dynalite.expressions.keycondition import KeyClauses, KeyCondition

HASH = ((("pk", "S"),), ())
TABLE = ((("pk", "S"),), (("sk", "N"),))
TEXTS = ((("pk", "S"),), (("sk", "S"),))
BINARY = ((("pk", "B"),), (("sk", "B"),))
WIDE = ((("p1", "S"), ("p2", "N")), (("s1", "S"), ("s2", "N"), ("s3", "S")))

P, Q, ONE, TWO, BYTES = {"S": "p"}, {"S": "q"}, {"N": "1"}, {"N": "2"}, {"B": "AQ=="}
VALUES: dict[str, Any] = {
    ":p": P,
    ":q": Q,
    ":1": ONE,
    ":2": TWO,
    ":b": BYTES,
    ":empty": {"S": ""},
    ":nil": {"B": ""},
    ":long": {"S": "é" * 1025},
    ":middling": {"S": "x" * 1025},
}


def clauses(text: str) -> KeyClauses:
    values = {name: dict(value) for name, value in VALUES.items() if name in text.replace(")", " ").split()}
    request: dict[str, Any] = {"KeyConditionExpression": text}
    if values:
        request["ExpressionAttributeValues"] = values
    prepared = prepare.query(request).key_condition
    assert prepared is not None
    return prepared


def legacy(conditions: dict[str, tuple[str, ...]]) -> KeyClauses:
    members = {
        name: {"ComparisonOperator": word, "AttributeValueList": [dict(VALUES[given]) for given in arguments]}
        for name, (word, *arguments) in conditions.items()
    }
    prepared = prepare.query({"KeyConditions": members}).key_condition
    assert prepared is not None
    return prepared


RANGES = [
    ("pk = :p", HASH, KeyCondition((P,))),
    (":p = pk", TABLE, KeyCondition((P,))),
    ("(pk = :p)", TABLE, KeyCondition((P,))),
    ("pk = :p AND sk = :1", TABLE, KeyCondition((P,), (ONE,))),
    ("sk > :1 AND pk = :p", TABLE, KeyCondition((P,), (), ">", (ONE,))),
    ("(pk = :p) AND (sk >= :1)", TABLE, KeyCondition((P,), (), ">=", (ONE,))),
    ("pk = :p AND :1 <= sk", TABLE, KeyCondition((P,), (), ">=", (ONE,))),
    ("pk = :p AND :1 > sk", TABLE, KeyCondition((P,), (), "<", (ONE,))),
    ("pk = :p AND sk BETWEEN :1 AND :2", TABLE, KeyCondition((P,), (), "BETWEEN", (ONE, TWO))),
    ("pk = :p AND begins_with(sk, :q )", TEXTS, KeyCondition((P,), (), "begins_with", (Q,))),
    ("pk = :b AND begins_with(sk, :b )", BINARY, KeyCondition((BYTES,), (), "begins_with", (BYTES,))),
    # keys of several attributes: sort attributes from left to right, a range on the last
    ("p1 = :p AND p2 = :1", WIDE, KeyCondition((P, ONE))),
    ("s1 = :q AND p2 = :1 AND p1 = :p", WIDE, KeyCondition((P, ONE), (Q,))),
    ("p1 = :p AND p2 = :1 AND s1 < :q", WIDE, KeyCondition((P, ONE), (), "<", (Q,))),
    (
        "p1 = :p AND p2 = :1 AND s1 = :q AND s2 BETWEEN :1 AND :2",
        WIDE,
        KeyCondition((P, ONE), (Q,), "BETWEEN", (ONE, TWO)),
    ),
    ("p1 = :p AND p2 = :1 AND s1 = :q AND s2 = :2 AND s3 = :p", WIDE, KeyCondition((P, ONE), (Q, TWO, P))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "keys", "expected"), RANGES)
def test_range(text: str, keys: Any, expected: KeyCondition) -> None:
    assert keycondition.resolve(clauses(text), *keys) == expected


MISSED = "Query condition missed key schema element: "
GAP = (
    "RANGE key attributes {} must have equality conditions specified in the query because a condition is"
    " present on key attribute {}"
)
UNSUPPORTED = "Query key condition not supported"
WRONG_TYPE = "One or more parameter values were invalid: Condition parameter type does not match schema type"
EMPTY_KEY = (
    "One or more parameter values are not valid. The AttributeValue for a key attribute"
    " cannot contain an empty {} value. Key: {}"
)


@pytest.mark.parametrize(
    ("text", "keys", "message"),
    [
        ("sk = :1", TABLE, MISSED + "pk"),
        ("other1 = :p", HASH, MISSED + "pk"),
        ("pk = :p AND other1 = :p", TABLE, MISSED + "sk"),
        ("pk = :p AND other1 = :p", HASH, UNSUPPORTED),
        ("pk > :p", TABLE, UNSUPPORTED),
        ("begins_with(pk, :p )", TABLE, UNSUPPORTED),
        ("pk = :p AND sk = :1 AND other1 = :p", TABLE, "Conditions can be of length 1 or 2 only"),
        ("pk = :1", TABLE, WRONG_TYPE),
        ("pk > :1", TABLE, WRONG_TYPE),
        ("pk = :p AND sk > :p", TABLE, WRONG_TYPE),
        ("pk = :p AND begins_with(sk, :p )", TABLE, WRONG_TYPE),
        ("pk = :p AND sk BETWEEN :p AND :q", TABLE, WRONG_TYPE),
        ("pk = :empty", TABLE, EMPTY_KEY.format("string", "pk")),
        ("pk = :p AND sk = :empty", TEXTS, EMPTY_KEY.format("string", "sk")),
        ("pk = :p AND begins_with(sk, :empty )", TEXTS, EMPTY_KEY.format("string", "sk")),
        ("pk = :b AND sk < :nil", BINARY, EMPTY_KEY.format("binary", "sk")),
        ("pk = :long", TABLE, keycondition.HASH_TOO_LONG),
        ("pk = :p AND sk = :middling", TEXTS, keycondition.RANGE_TOO_LONG),
        ("pk = :p AND sk > :middling", TEXTS, keycondition.RANGE_TOO_LONG),
        ("p1 = :p", WIDE, MISSED + "p2"),
        ("p2 = :1 AND s1 = :p", WIDE, MISSED + "p1"),
        ("p1 = :p AND p2 > :1", WIDE, UNSUPPORTED),
        ("p1 = :p AND p2 = :1 AND s2 = :1", WIDE, GAP.format("s1", "s2")),
        ("p1 = :p AND p2 = :1 AND s1 = :q AND s3 = :q", WIDE, GAP.format("s2", "s3")),
        ("p1 = :p AND p2 = :1 AND s1 > :q AND s2 = :1", WIDE, GAP.format("s1", "s2")),
        ("p1 = :p AND p2 = :1 AND other1 = :q", WIDE, MISSED + "s1"),
        ("p1 = :p AND p2 = :1 AND s1 = :q AND s2 = :1 AND s3 = :q AND other1 = :1", WIDE, UNSUPPORTED),
    ],
)  # fmt: skip
def test_what_a_key_schema_does_not_serve(text: str, keys: Any, message: str) -> None:
    with pytest.raises(ValidationException) as caught:
        keycondition.resolve(clauses(text), *keys)
    assert caught.value.message == message
    assert type(caught.value) is ValidationException  # the table decides: answered bare


OPERATOR = "Invalid operator used in KeyConditionExpression: "
CONDITION = "Invalid condition in KeyConditionExpression: "
NOT_FIRST = " operator must have the key attribute as its first operand"
NESTED = "Invalid KeyConditionExpression: KeyConditionExpressions cannot have conditions on nested attributes"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pk = :p OR sk = :1", OPERATOR + "OR"),
        ("NOT pk = :p", OPERATOR + "NOT"),
        ("pk = :p AND sk IN ( :1 )", OPERATOR + "IN"),
        ("pk <> :p", OPERATOR + "<>"),
        ("contains(pk, :p )", OPERATOR + "contains"),
        ("attribute_exists(pk)", OPERATOR + "attribute_exists"),
        ("pk = :p AND attribute_not_exists(sk)", OPERATOR + "attribute_not_exists"),
        (":1 BETWEEN sk AND :2", CONDITION + "BETWEEN" + NOT_FIRST),
        ("begins_with( :p , pk)", CONDITION + "begins_with" + NOT_FIRST),
        ("pk > sk", CONDITION + "Multiple attribute names used in one condition"),
        ("pk BETWEEN sk AND :1", CONDITION + "Multiple attribute names used in one condition"),
        (":1 = :2", CONDITION + "No key attribute specified"),
        ("pk > size(sk)", "KeyConditionExpressions cannot contain nested operations"),
        ("size(pk) > :1", "KeyConditionExpressions cannot contain nested operations"),
        ("pk > :p AND pk < :q", "KeyConditionExpressions must only contain one condition per key"),
        (
            "pk.a = :p",
            NESTED,
        ),
        (
            "pk = :p AND sk[0] = :1",
            NESTED,
        ),
    ],
)  # fmt: skip
def test_what_no_key_condition_may_say(text: str, message: str) -> None:
    for _ in range(2):  # the second time from what is remembered
        with pytest.raises(InvalidRequest) as caught:
            clauses(text)
        assert caught.value.message == message


def test_the_other_expressions_come_before_the_rules_of_key_conditions() -> None:
    with pytest.raises(InvalidRequest) as caught:
        prepare.query({"KeyConditionExpression": "a = b OR c = d", "FilterExpression": ""})
    assert caught.value.message == "Invalid FilterExpression: The expression can not be empty;"


# ------------------------------------------------------------------ KeyConditions


@pytest.mark.parametrize(
    ("conditions", "keys", "expected"),
    [
        ({"pk": ("EQ", ":p")}, TABLE, KeyCondition((P,))),
        ({"sk": ("EQ", ":1"), "pk": ("EQ", ":p")}, TABLE, KeyCondition((P,), (ONE,))),
        ({"pk": ("EQ", ":p"), "sk": ("LE", ":1")}, TABLE, KeyCondition((P,), (), "<=", (ONE,))),
        (
            {"pk": ("EQ", ":p"), "sk": ("BETWEEN", ":1", ":2")},
            TABLE,
            KeyCondition((P,), (), "BETWEEN", (ONE, TWO)),
        ),
        (
            {"pk": ("EQ", ":p"), "sk": ("BEGINS_WITH", ":q")},
            TEXTS,
            KeyCondition((P,), (), "begins_with", (Q,)),
        ),
    ],
)
def test_legacy_range(conditions: Any, keys: Any, expected: KeyCondition) -> None:
    assert keycondition.resolve(legacy(conditions), *keys) == expected


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({}, "Conditions can be of length 1 or 2 only"),
        ({"a": ("NULL",), "b": ("NULL",), "c": ("NULL",)}, "Conditions can be of length 1 or 2 only"),
        ({"sk": ("NULL",)}, MISSED + "pk"),
        ({"pk": ("GT", ":p")}, UNSUPPORTED),
        ({"pk": ("EQ", ":1")}, WRONG_TYPE),
        *[
            (
                {"pk": ("EQ", ":p"), "sk": (word, *arguments)},
                "Attempted conditional constraint is not an indexable operation",
            )
            for word, *arguments in [
                ("NE", ":1"),
                ("IN", ":1"),
                ("CONTAINS", ":1"),
                ("NOT_CONTAINS", ":1"),
                ("NULL",),
                ("NOT_NULL",),
            ]
        ],
    ],
)
def test_legacy_conditions_that_a_table_does_not_serve(conditions: Any, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        keycondition.resolve(legacy(conditions), *TABLE)
    assert caught.value.message == message


# ------------------------------------------------------------------ filters and paths


@pytest.mark.parametrize(
    ("request_", "what"),
    [
        ({"FilterExpression": "attribute_exists(a) OR NOT size(sk) > a"}, "Filter Expression"),
        ({"QueryFilter": {"sk": {"ComparisonOperator": "NULL"}}}, "QueryFilter"),
    ],
)
def test_a_filter_leaves_keys_to_the_key_condition(request_: dict[str, Any], what: str) -> None:
    key_condition = {"KeyConditions": {"pk": {"ComparisonOperator": "EQ", "AttributeValueList": [dict(P)]}}}
    prepared = prepare.query(request_ | key_condition)
    assert prepared.filter is not None
    keycondition.filter_must_not_touch(prepared.filter, ["pk"])
    with pytest.raises(ValidationException) as caught:
        keycondition.filter_must_not_touch(prepared.filter, ["pk", "sk"])
    assert caught.value.message == (
        f"{what} can only contain non-primary key attributes: Primary key attribute: sk"
    )


def test_no_path_leads_into_a_key() -> None:
    keycondition.paths_must_not_enter([("pk",), ("a", "pk"), ("a", 0)], ["pk"])
    with pytest.raises(ValidationException) as caught:
        keycondition.paths_must_not_enter([("a",), ("pk", 0)], ["pk"])
    assert caught.value.message == (
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: pk"
    )
