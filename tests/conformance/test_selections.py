"""PartiQL: what statements read, index by index, and what they say of lists that they have changed."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.cases import Case, Expected, Like, No, judge, table_of
from tests.conformance.schema import HASH_TABLE, NOWHERE, TABLE, at, n, on, s
from tests.conformance.wire import Wire

T = f'"{TABLE}"'
WHERE = "WHERE pk = 'selections' AND sk = 1"
LIST = {"L": [n(1), n(2), n(3)]}
ITEM: dict[str, Any] = at("selections") | {
    "gpk": s("g"),
    "gsk": n(1),
    "lsk": s("l"),
    "m": {"M": {"k": {"BS": ["AAAA"]}, "n": {"NULL": True}}},
    "l": LIST,
    "ss": {"SS": ["a", "b"]},
    "b": {"B": "AAAA"},
    "nil": {"NULL": True},
}


@pytest.fixture(autouse=True)
def item(wire: Wire) -> Iterator[None]:
    wire("PutItem", on(Item=ITEM))
    yield
    wire("DeleteItem", on(Key=at("selections")))


def run(statement: str, **members: Any) -> dict[str, Any]:
    return {"Statement": statement, **members}


def found(wire: Wire, condition: str, *parameters: Any) -> bool:
    """Whether the item is found by a condition beside its key."""
    request = run(f"SELECT sk FROM {T} {WHERE} AND {condition}")
    if parameters:
        request["Parameters"] = list(parameters)
    items = wire("ExecuteStatement", request)["Items"]
    assert items in ([], [{"sk": n(1)}])
    return bool(items)


# ------------------------------------------------------------------ conditions


@pytest.mark.parametrize("operator", ["=", "<>"])
@pytest.mark.parametrize(
    ("name", "same", "other"),
    [
        ("m", ITEM["m"], {"M": {}}),
        ("l", LIST, {"L": [n(3), n(2), n(1)]}),
        ("ss", {"SS": ["b", "a"]}, {"SS": ["a"]}),
        ("b", {"B": "AAAA"}, {"B": "AAAB"}),
        ("nil", {"NULL": True}, s("null")),
    ],
)
def test_values_of_every_type_are_equal_or_not(
    wire: Wire, operator: str, name: str, same: Any, other: Any
) -> None:
    """B16.14"""
    assert found(wire, f"{name} {operator} ?", same) is (operator == "=")
    assert found(wire, f"{name} {operator} ?", other) is (operator == "<>")


def test_not_equal_and_different_are_not_the_same_where_there_is_nothing(wire: Wire) -> None:
    """B16.15"""
    assert found(wire, "NOT nothing = 'x'")
    assert not found(wire, "nothing <> 'x'")


# ------------------------------------------------------------------ indexes


def of(index: str, what: str, condition: str) -> str:
    return f'SELECT {what} FROM {T}."{index}" WHERE {condition}'


INDEXES: tuple[tuple[str, str, dict[str, Any], Expected], ...] = (
    ("B16.16", "unknown", run(of("no", "*", "gpk = 'g'")), Like(("",))),
    ("B16.16", "three parts", run(f'SELECT * FROM {T}."gsi"."no"'), Like(("",))),
    ("B16.16", "an empty part", run(f'SELECT * FROM {T}.""'), Like(("",))),
    ("B16.17", "not projected", run(of("gsi", "m", "gpk = 'g'")), Like(("",))),
    ("B16.17", "filtered by what is not projected", run(of("gsi", "pk", "gpk = 'g' AND b = 1")), Like(("",))),
    ("B16.17", "without a key", run(of("gsi", "pk", "nothing = 1")), {"Items": []}),
    ("B16.18", "fetched", run(of("lsi", "b", "pk = 'selections'")), {"Items": [{"b": {"B": "AAAA"}}]}),
)


@table_of(
    [Case(number, name, "ExecuteStatement", request, wanted) for number, name, request, wanted in INDEXES]
)
def test_an_index_answers_what_it_holds(wire: Wire, case: Case) -> None:
    judge(wire, case)


# ------------------------------------------------------------------ lists that have changed


@pytest.mark.parametrize(
    ("change", "which", "items"),
    [
        ("SET l[9] = 4", "ALL NEW", [ITEM | {"l": {"L": [*LIST["L"], n(4)]}}]),
        ("SET l[9] = 4", "MODIFIED NEW", []),
        ("SET l[2] = 8 SET l[0] = 9", "MODIFIED NEW", [{"l": {"L": [n(9), n(8)]}}]),
        ("SET l[2] = 8 SET l[0] = 9", "MODIFIED OLD", [{"l": {"L": [n(1), n(3)]}}]),
        ("REMOVE l[1]", "MODIFIED NEW", [{"l": {"L": [n(3)]}}]),
        ("REMOVE m.n", "MODIFIED NEW", []),
    ],
)
def test_what_was_modified_is_read_at_its_literal_index(
    wire: Wire, change: str, which: str, items: list[Any]
) -> None:
    """B16.08, B16.19"""
    answer = wire("ExecuteStatement", run(f"UPDATE {T} {change} {WHERE} RETURNING {which} *"))
    assert answer["Items"] == items


CHANGES = (
    ("B16.20", "an absent list", run(f"UPDATE {T} SET nothing[0] = 1 {WHERE}"), Like(("",))),
    ("B16.08", "DELETE and new images", run(f"DELETE FROM {T} {WHERE} RETURNING ALL NEW *"), Like(("",))),
    ("B16.08", "DELETE and parts", run(f"DELETE FROM {T} {WHERE} RETURNING MODIFIED OLD *"), Like(("",))),
)


@table_of(
    [Case(number, name, "ExecuteStatement", request, wanted) for number, name, request, wanted in CHANGES]
)
def test_changes_that_are_refused(wire: Wire, case: Case) -> None:
    judge(wire, case)


def test_a_token_is_for_the_statement_that_it_came_with(wire: Wire) -> None:
    """B16.21"""
    wire("PutItem", on(Item=at("selections", 2)))
    first = f"SELECT sk FROM {T} WHERE pk = 'selections'"
    page = wire("ExecuteStatement", run(first, Limit=1))
    assert page["Items"] == [{"sk": n(1)}]
    rest = wire("ExecuteStatement", run(first, NextToken=page["NextToken"]))
    assert rest["Items"] == [{"sk": n(2)}]
    other = run(f"SELECT pk FROM {T} WHERE pk = 'selections'", NextToken=page["NextToken"])
    refusal = No("ValidationException", "NextToken does not match request")
    judge(wire, Case("B16.21", "another statement", "ExecuteStatement", other, refusal))
    wire("DeleteItem", on(Key=at("selections", 2)))


# ------------------------------------------------------------------ batches and transactions


def batch(*statements: str, **members: Any) -> dict[str, Any]:
    return {"Statements": [{"Statement": statement, **members} for statement in statements]}


def consumed(wire: Wire, *statements: str) -> Any:
    return wire("BatchExecuteStatement", batch(*statements) | {"ReturnConsumedCapacity": "TOTAL"}).get(
        "ConsumedCapacity"
    )


DUPLICATE = f"INSERT INTO {T} VALUE {{'pk': 'selections', 'sk': 1}}"
SELECT = f"SELECT pk FROM {T} {WHERE}"


def test_a_batch_is_charged_for_what_it_tried_on_tables_where_something_succeeded(wire: Wire) -> None:
    """B16.22"""
    absent = f"DELETE FROM \"{HASH_TABLE}\" WHERE pk = 'selections, never written'"
    assert consumed(wire, DUPLICATE) is None
    assert consumed(wire, DUPLICATE, absent) == [{"TableName": HASH_TABLE, "CapacityUnits": 1.0}]
    gone = f"DELETE FROM {T} WHERE pk = 'selections' AND sk = 99"
    assert consumed(wire, DUPLICATE, gone) == [{"TableName": TABLE, "CapacityUnits": 2.0}]
    assert consumed(wire, SELECT, f"SELECT * FROM \"{NOWHERE}\" WHERE pk = 'a'") == [
        {"TableName": TABLE, "CapacityUnits": 0.5}
    ]
    consistent = batch(SELECT, ConsistentRead=True) | {"ReturnConsumedCapacity": "TOTAL"}
    answer = wire("BatchExecuteStatement", consistent)
    assert answer["ConsumedCapacity"] == [{"TableName": TABLE, "CapacityUnits": 1.0}]


@pytest.mark.parametrize("read", [f"SELECT * FROM {T} WHERE pk = 'selections'", of("gsi", "*", "gpk = 'g'")])
def test_a_batch_reads_by_whole_keys_only(wire: Wire, read: str) -> None:
    """B16.23"""
    (only,) = wire("BatchExecuteStatement", batch(read))["Responses"]
    assert only["Error"]["Code"] == "ValidationError"


def test_a_batch_shows_no_item_on_failure_though_it_is_asked_to(wire: Wire) -> None:
    """B16.24"""
    asked = batch(f"UPDATE {T} SET a = 1 {WHERE} AND a = 99", ReturnValuesOnConditionCheckFailure="ALL_OLD")
    (only,) = wire("BatchExecuteStatement", asked)["Responses"]
    assert only["Error"] == {
        "Code": "ConditionalCheckFailed",
        "Message": "The conditional request failed",
    }


def test_a_transaction_reads_no_index_and_does_not_mix(wire: Wire) -> None:
    """B16.25"""
    for statements in ([of("gsi", "*", "gpk = 'g'")], [SELECT, f"UPDATE {T} SET a = 1 {WHERE}"]):
        request = {"TransactStatements": [{"Statement": statement} for statement in statements]}
        judge(wire, Case("B16.25", "refused", "ExecuteTransaction", request, Like(("",))))
