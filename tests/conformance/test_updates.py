"""What update expressions do: an item before, an expression, the item after, or the error while it runs."""

from typing import Any

import pytest

from tests.conformance.cases import compare
from tests.conformance.schema import at, n, on, s
from tests.conformance.wire import Refusal, Wire

NO_ATTRIBUTE = "The provided expression refers to an attribute that does not exist in the item"
BAD_PATH = "The document path provided in the update expression is invalid for update"
BAD_OPERAND = "An operand in the update expression has an incorrect data type"
MISMATCH = "Type mismatch for attribute to update"
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"


def seq(*values: Any) -> dict[str, Any]:
    return {"L": list(values)}


def doc(**members: Any) -> dict[str, Any]:
    return {"M": members}


ONE, V = {":v": n(1)}, {":v": s("x")}
Words = dict[str, Any]
AFTER: tuple[tuple[str, Words, str, Words, Words], ...] = (
    ("B5.70", {}, "SET a = :v", V, {"a": s("x")}),
    ("B5.70", {"a": n(1)}, "SET a = :v", V, {"a": s("x")}),
    ("B5.70", {"b": n(1)}, "SET a = b", {}, {"a": n(1), "b": n(1)}),
    ("B5.71", {"a": n(1), "b": n(2)}, "SET a = b, b = a", {}, {"a": n(2), "b": n(1)}),
    ("B5.71", {"a": n(1)}, "SET b = a REMOVE a", {}, {"b": n(1)}),
    ("B5.71", {"a": n(1)}, "SET a = a + :v, b = a", ONE, {"a": n(2), "b": n(1)}),
    ("B5.72", {"a": n(5)}, "SET a = a + :v", {":v": n("0.5")}, {"a": n("5.5")}),
    ("B5.72", {"a": n(5)}, "SET a = a - :v", {":v": n(7)}, {"a": n(-2)}),
    (
        "B5.72",
        {"a": n(5)},
        "SET a = :v - a",
        {":v": n(7)},
        {
            "a": n(2),
        },
    ),
    ("B5.72", {"a": n("1e37")}, "SET a = a + :v", {":v": n("9" * 37)}, {"a": n("1" + "9" * 37)}),
    ("B5.72", {"a": n("0.1")}, "SET a = a + :v", {":v": n("0.2")}, {"a": n("0.3")}),
    ("B5.72", {"a": n(5), "b": n(2)}, "SET c = a + b", {}, {"a": n(5), "b": n(2), "c": n(7)}),
    ("B5.73", {}, "SET a = if_not_exists(a, :v)", V, {"a": s("x")}),
    ("B5.73", {"a": n(1)}, "SET a = if_not_exists(a, :v)", V, {"a": n(1)}),
    ("B5.73", {}, "SET a = if_not_exists(a, :z) + :v", ONE | {":z": n(0)}, {"a": n(1)}),
    ("B5.73", {"b": n(3)}, "SET a = if_not_exists(a, b)", {}, {"a": n(3), "b": n(3)}),
    ("B5.74", {"a": seq(n(1))}, "SET a = list_append(a, :v)", {":v": seq(n(2))}, {"a": seq(n(1), n(2))}),
    ("B5.74", {"a": seq(n(1))}, "SET a = list_append(:v, a)", {":v": seq(n(2))}, {"a": seq(n(2), n(1))}),
    (
        "B5.74",
        {},
        "SET a = list_append(if_not_exists(a, :e), :v)",
        {":v": seq(n(2)), ":e": seq()},
        {"a": seq(n(2))},
    ),
    ("B5.75", {"a": seq(n(0), n(1))}, "SET a[1] = :v", V, {"a": seq(n(0), s("x"))}),
    ("B5.75", {"a": seq(n(0))}, "SET a[1] = :v", V, {"a": seq(n(0), s("x"))}),
    ("B5.75", {"a": seq(n(0))}, "SET a[99] = :v", V, {"a": seq(n(0), s("x"))}),
    (
        "B5.75",
        {"a": seq()},
        "SET a[7] = :v, a[3] = :w",
        {":v": n(7), ":w": n(3)},
        {"a": seq(n(3), n(7))},
    ),
    ("B5.75", {"a": seq(n(0), n(1), n(2))}, "REMOVE a[1]", {}, {"a": seq(n(0), n(2))}),
    ("B5.75", {"a": seq(n(0), n(1), n(2))}, "REMOVE a[0], a[2]", {}, {"a": seq(n(1))}),
    ("B5.75", {"a": seq(n(0))}, "REMOVE a[5]", {}, {"a": seq(n(0))}),
    ("B5.75", {"a": seq(n(0), n(1))}, "SET a[1] = :v REMOVE a[0]", V, {"a": seq(s("x"))}),
    ("B5.76", {"a": doc(b=n(1))}, "SET a.c = :v", V, {"a": doc(b=n(1), c=s("x"))}),
    ("B5.76", {"a": doc(b=n(1))}, "REMOVE a.b", {}, {"a": doc()}),
    ("B5.76", {"a": doc(b=seq(doc(c=n(1))))}, "SET a.b[0].c = :v", V, {"a": doc(b=seq(doc(c=s("x"))))}),
    ("B5.76", {}, "REMOVE a", {}, {}),
    ("B5.76", {"a": doc()}, "REMOVE a.b", {}, {"a": doc()}),
    ("B5.77", {}, "ADD a :v", ONE, {"a": n(1)}),
    ("B5.77", {"a": n(5)}, "ADD a :v", {":v": n(-7)}, {"a": n(-2)}),
    ("B5.77", {}, "ADD a :v", {":v": {"SS": ["x"]}}, {"a": {"SS": ["x"]}}),
    ("B5.77", {"a": {"NS": ["1"]}}, "ADD a :v", {":v": {"NS": ["1.0"]}}, {"a": {"NS": ["1"]}}),
    ("B5.77", {"a": doc(b=n(1))}, "ADD a.b :v", ONE, {"a": doc(b=n(2))}),
    ("B5.78", {"a": {"SS": ["x", "y"]}}, "DELETE a :v", {":v": {"SS": ["x"]}}, {"a": {"SS": ["y"]}}),
    ("B5.78", {"a": {"SS": ["x"]}}, "DELETE a :v", {":v": {"SS": ["x"]}}, {}),
    ("B5.78", {"a": {"SS": ["x"]}}, "DELETE a :v", {":v": {"SS": ["z"]}}, {"a": {"SS": ["x"]}}),
    ("B5.78", {}, "DELETE a :v", {":v": {"SS": ["x"]}}, {}),
    ("B5.79", {}, "SET a = (:v)", V, {"a": s("x")}),
    ("B5.79", {"a": n(1)}, "SET a = (a + :v)", ONE, {"a": n(2)}),
    ("B5.79", {"a": n(1)}, "set a = a + :v", ONE, {"a": n(2)}),
    ("B5.79", {}, "SET #a = :v", V | {"#a": "a"}, {"a": s("x")}),
    ("B5.79", {}, "SET #a = :v", V | {"#a": "a.b"}, {"a.b": s("x")}),
    (
        "B5.79",
        {"a": n(1), "b": n(2), "c": {"SS": ["x"]}, "d": n(4)},
        "SET a = :v REMOVE b DELETE c :s ADD d :v",
        ONE | {":s": {"SS": ["x"]}},
        {"a": n(1), "d": n(5)},
    ),
)
FAILS: tuple[tuple[str, Words, str, Words, str], ...] = (
    ("B5.41", {}, "SET a = b", {}, NO_ATTRIBUTE),
    ("B5.41", {}, "SET a = a + :v", ONE, NO_ATTRIBUTE),
    ("B5.41", {}, "SET a = list_append(a, :v)", {":v": seq()}, NO_ATTRIBUTE),
    ("B5.41", {"a": doc()}, "SET b = a.c", {}, NO_ATTRIBUTE),
    ("B5.41", {}, "SET a.b = :v", V, BAD_PATH),
    ("B5.41", {"a": n(1)}, "SET a.b = :v", V, BAD_PATH),
    ("B5.41", {"a": n(1)}, "SET a[0] = :v", V, BAD_PATH),
    ("B5.41", {"a": doc()}, "SET a[0] = :v", V, BAD_PATH),
    ("B5.41", {"a": seq()}, "SET a.b = :v", V, BAD_PATH),
    ("B5.41", {}, "REMOVE a.b", {}, BAD_PATH),
    ("B5.41", {}, "REMOVE a[0]", {}, BAD_PATH),
    ("B5.42", {"a": s("x")}, "SET a = a + :v", ONE, BAD_OPERAND),
    ("B5.42", {"a": n(1)}, "SET a = list_append(a, :v)", {":v": seq()}, BAD_OPERAND),
    ("B5.42", {"a": s("x")}, "ADD a :v", ONE, BAD_OPERAND),
    ("B5.42", {"a": {"NS": ["1"]}}, "ADD a :v", {":v": {"SS": ["x"]}}, BAD_OPERAND),
    ("B5.42", {"a": {"NS": ["1"]}}, "DELETE a :v", {":v": {"SS": ["x"]}}, BAD_OPERAND),
    ("B5.43", {"a": n("9" + "0" * 125)}, "SET a = a + :v", {":v": n("9" + "0" * 125)}, OVERFLOW),
    ("B5.43", {"a": n("9" + "0" * 125)}, "ADD a :v", {":v": n("9" + "0" * 125)}, OVERFLOW),
)


def ids(rows: Any) -> list[str]:
    return [f"{row[0]}-{row[2]}-{str(row[1])[:40]}" for row in rows]


def change(wire: Wire, before: Words, text: str, words: Words, returned: str = "NONE") -> dict[str, Any]:
    key = at("updates")
    wire("PutItem", on(Item=key | before))
    names = {name: word for name, word in words.items() if name[0] == "#"}
    values = {name: value for name, value in words.items() if name[0] == ":"}
    members: Words = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": values}
    given = {name: value for name, value in members.items() if value}
    return wire("UpdateItem", on(Key=key, UpdateExpression=text, ReturnValues=returned, **given))


@pytest.mark.parametrize(("behaviour", "before", "text", "words", "after"), AFTER, ids=ids(AFTER))
def test_after(wire: Wire, behaviour: str, before: Words, text: str, words: Words, after: Words) -> None:
    answer = change(wire, before, text, words, "ALL_NEW")
    assert answer["Attributes"] == at("updates") | after
    assert wire("GetItem", on(Key=at("updates")))["Item"] == at("updates") | after


@pytest.mark.parametrize(("behaviour", "before", "text", "words", "message"), FAILS, ids=ids(FAILS))
def test_fails(wire: Wire, behaviour: str, before: Words, text: str, words: Words, message: str) -> None:
    alternatives = (message, MISMATCH) if message == BAD_OPERAND else message
    with pytest.raises(Refusal) as raised:
        change(wire, before, text, words)
    compare(alternatives, raised.value)
    assert wire("GetItem", on(Key=at("updates")))["Item"] == at("updates") | before


RETURNED: tuple[tuple[str, Words, str, Words, str, Words | None], ...] = (
    ("B5.80", {"a": n(1)}, "SET a = :v", V, "NONE", None),
    ("B5.80", {"a": n(1)}, "SET a = :v", V, "ALL_OLD", at("updates") | {"a": n(1)}),
    ("B5.80", {"a": n(1)}, "SET a = :v", V, "UPDATED_OLD", {"a": n(1)}),
    ("B5.80", {"a": n(1)}, "SET a = :v", V, "UPDATED_NEW", {"a": s("x")}),
    ("B5.80", {"a": n(1), "b": n(2)}, "SET a = :v", V, "ALL_NEW", at("updates") | {"a": s("x"), "b": n(2)}),
    ("B5.80", {}, "SET a = :v", V, "UPDATED_OLD", None),
    ("B5.81", {"a": n(1)}, "REMOVE a", {}, "UPDATED_NEW", None),
    ("B5.81", {"a": n(1)}, "REMOVE a", {}, "UPDATED_OLD", {"a": n(1)}),
    ("B5.81", {"a": doc(b=n(1), c=n(2))}, "SET a.b = :v", V, "UPDATED_NEW", {"a": doc(b=s("x"))}),
    ("B5.81", {"a": doc(b=n(1), c=n(2))}, "SET a.b = :v", V, "UPDATED_OLD", {"a": doc(b=n(1))}),
    (
        "B5.82",
        {"a": doc(b=n(1), c=n(2), d=n(3))},
        "SET a.b = :v, a.c = :v",
        V,
        "UPDATED_NEW",
        {"a": doc(b=s("x"), c=s("x"))},
    ),
)


@pytest.mark.parametrize(
    ("behaviour", "before", "text", "words", "returned", "attributes"),
    RETURNED,
    ids=[f"{row[0]}-{row[4]}-{row[2]}" for row in RETURNED],
)
def test_returned(
    wire: Wire,
    behaviour: str,
    before: Words,
    text: str,
    words: Words,
    returned: str,
    attributes: Words | None,
) -> None:
    assert change(wire, before, text, words, returned).get("Attributes") == attributes


def test_an_update_without_an_expression_makes_an_item_of_its_key(wire: Wire) -> None:
    """B5.83"""
    key = at("updates", 2)
    wire("DeleteItem", on(Key=key))
    wire("UpdateItem", on(Key=key))
    assert wire("GetItem", on(Key=key))["Item"] == key
    wire("PutItem", on(Item=key | {"a": n(1)}))
    wire("UpdateItem", on(Key=key))
    assert wire("GetItem", on(Key=key))["Item"] == key | {"a": n(1)}


def test_a_condition_sees_the_item_before_its_key_is_added(wire: Wire) -> None:
    """B2.11"""
    key = at("updates", 3)
    wire("DeleteItem", on(Key=key))
    with pytest.raises(Refusal) as raised:
        wire("UpdateItem", on(Key=key, ConditionExpression="attribute_exists(pk)"))
    assert raised.value.code == "ConditionalCheckFailedException"
    assert "Item" not in wire("GetItem", on(Key=key))


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "DeleteItem"])
@pytest.mark.parametrize("asked", ["ALL_OLD", "NONE", None])
def test_a_failed_condition_shows_the_item_when_asked(wire: Wire, operation: str, asked: str | None) -> None:
    """B5.44"""
    item = at("updates", 4) | {"a": n(1)}
    wire("PutItem", on(Item=item))
    request = on(ConditionExpression="attribute_not_exists(pk)")
    request |= {"Item": item} if operation == "PutItem" else {"Key": at("updates", 4)}
    request |= {"ReturnValuesOnConditionCheckFailure": asked} if asked else {}
    with pytest.raises(Refusal) as raised:
        wire(operation, request)
    assert raised.value.code == "ConditionalCheckFailedException"
    assert raised.value.body.get("Item") == (item if asked == "ALL_OLD" else None)
