"""PartiQL: statements, batches of them and transactions of them."""

from typing import Any

import pytest

from tests.conformance.cases import PREFIX, Case, Like, No, judge, table_of
from tests.conformance.schema import NOWHERE, TABLE, at, n, on, s
from tests.conformance.wire import Wire

T, N = f'"{TABLE}"', f'"{NOWHERE}"'
KEYED = "pk = 'statements' AND sk = 1"
UNFORMED = "Statement wasn't well formed, can't be processed: "


def run(statement: str, **members: Any) -> dict[str, Any]:
    return {"Statement": statement, **members}


def batch(*statements: str) -> dict[str, Any]:
    return {"Statements": [{"Statement": statement} for statement in statements]}


def transaction(*statements: str) -> dict[str, Any]:
    return {"TransactStatements": [{"Statement": statement} for statement in statements]}


SELECT, UPDATE = f"SELECT * FROM {T} WHERE {KEYED}", f"UPDATE {T} SET a = 2 WHERE {KEYED}"
FALSE = No("ConditionalCheckFailedException", "The conditional request failed")
CASES = (
    Case(
        "B16.01",
        "no statement",
        "ExecuteStatement",
        run("HELLO"),
        Like((UNFORMED, "Expected data manipulation")),
    ),
    Case(
        "B16.01", "half a statement", "ExecuteStatement", run(f"SELECT * FROM {T} WHERE"), Like((UNFORMED,))
    ),
    Case(
        "B16.02",
        "COUNT",
        "ExecuteStatement",
        run(f"SELECT COUNT(*) FROM {N}"),
        Like(("Unexpected path component",)),
    ),
    Case(
        "B2.13", "a list by order", "ExecuteStatement", run(f"SELECT * FROM {N} WHERE a < [1]"), Like(("",))
    ),
    Case(
        "B2.13",
        "a map by order",
        "ExecuteStatement",
        run(f"SELECT * FROM {N} WHERE a >= {{'b': 1}}"),
        Like(("",)),
    ),
    Case(
        "B2.13", "a flag by order", "ExecuteStatement", run(f"SELECT * FROM {N} WHERE a > true"), Like(("",))
    ),
    Case(
        "B3.19",
        "no such table",
        "ExecuteStatement",
        run(f"SELECT * FROM {N}"),
        No("ResourceNotFoundException", "Requested resource not found"),
    ),
    Case(
        "B1.16",
        "no parameters",
        "ExecuteStatement",
        run(SELECT, Parameters=[]),
        f"{PREFIX}Value '[]' at 'parameters' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
    ),
    Case(
        "B16.03",
        "an item that is there",
        "ExecuteStatement",
        run(f"INSERT INTO {T} VALUE {{'pk': 'statements', 'sk': 1}}"),
        Like(("",), "DuplicateItemException"),
    ),
    Case(
        "B16.03",
        "update of none",
        "ExecuteStatement",
        run(f"UPDATE {T} SET a = 1 WHERE pk = 'never written' AND sk = 1"),
        FALSE,
    ),
    Case("B16.03", "update that does not fit", "ExecuteStatement", run(f"{UPDATE} AND a = 99"), FALSE),
    Case(
        "B16.03",
        "deletion of none",
        "ExecuteStatement",
        run(f"DELETE FROM {T} WHERE pk = 'never written' AND sk = 1"),
        {"Items": []},
    ),
    Case(
        "B16.03",
        "deletion that does not fit",
        "ExecuteStatement",
        run(f"DELETE FROM {T} WHERE {KEYED} AND a = 99"),
        FALSE,
    ),
    Case(
        "B16.04",
        "a write without its key",
        "ExecuteStatement",
        run(f"UPDATE {T} SET a = 1 WHERE pk = 'statements'"),
        Like(("",)),
    ),
    Case(
        "B16.05",
        "limit 0",
        "ExecuteStatement",
        run(SELECT, Limit=0),
        f"{PREFIX}Value '0' at 'limit' failed to satisfy constraint: Member "
        "must have value greater than or equal to 1",
    ),
    Case(
        "B16.06",
        "a token of nobody",
        "ExecuteStatement",
        run(SELECT, NextToken="nonsense"),
        "Invalid NextToken",
    ),
    Case(
        "B16.07",
        "an index of another name",
        "ExecuteStatement",
        run(f'SELECT * FROM {T}."nowhere"'),
        Like(("",)),
    ),
    Case(
        "B16.07",
        "an index on a write",
        "ExecuteStatement",
        run(f"DELETE FROM {T}.\"gsi\" WHERE gpk = 'a'"),
        Like(("",)),
    ),
    Case(
        "B16.07",
        "a consistent global index",
        "ExecuteStatement",
        run(f'SELECT * FROM {T}."gsi"', ConsistentRead=True),
        Like(("",)),
    ),
    Case("B2.14", "reads and writes", "BatchExecuteStatement", batch(SELECT, UPDATE), Like(("",))),
    Case("B2.14", "one item twice", "BatchExecuteStatement", batch(SELECT, SELECT), Like(("",))),
    Case("B2.14", "reads and writes", "ExecuteTransaction", transaction(SELECT, UPDATE), Like(("",))),
    Case(
        "B16.10",
        "26 statements",
        "BatchExecuteStatement",
        batch(*[SELECT] * 26),
        Like((PREFIX, "less than or equal to 25")),
    ),
    Case(
        "B16.10",
        "101 statements",
        "ExecuteTransaction",
        transaction(*[SELECT] * 101),
        Like((PREFIX, "less than or equal to 100")),
    ),
    Case(
        "B16.12", "RETURNING", "ExecuteTransaction", transaction(f"{UPDATE} RETURNING ALL NEW *"), Like(("",))
    ),
)


@pytest.fixture(autouse=True)
def item(wire: Wire) -> None:
    wire("PutItem", on(Item=at("statements") | {"a": n(1)}))


@table_of(CASES)
def test_answered(wire: Wire, case: Case) -> None:
    judge(wire, case)


RETURNING: tuple[tuple[str, list[Any]], ...] = (
    (f"{UPDATE} RETURNING ALL OLD *", [at("statements") | {"a": n(1)}]),
    (f"{UPDATE} RETURNING ALL NEW *", [at("statements") | {"a": n(2)}]),
    (f"{UPDATE} RETURNING MODIFIED OLD *", [{"a": n(1)}]),
    (f"{UPDATE} RETURNING MODIFIED NEW *", [{"a": n(2)}]),
    (f"DELETE FROM {T} WHERE {KEYED} RETURNING ALL OLD *", [at("statements") | {"a": n(1)}]),
    (f"DELETE FROM {T} WHERE pk = 'never written' AND sk = 1 RETURNING ALL OLD *", []),
)


@pytest.mark.parametrize(("statement", "items"), RETURNING)
def test_returning(wire: Wire, statement: str, items: list[Any]) -> None:
    """B16.08"""
    assert wire("ExecuteStatement", run(statement))["Items"] == items


def test_a_batch_answers_each_statement(wire: Wire) -> None:
    """B16.11"""
    first, second, third = wire(
        "BatchExecuteStatement",
        batch(
            f"UPDATE {T} SET a = 5 WHERE {KEYED} AND a = 99",
            f"INSERT INTO {T} VALUE {{'pk': 'statements', 'sk': 2}}",
            "nonsense",
        ),
    )["Responses"]
    assert (first["Error"]["Code"], first["TableName"]) == ("ConditionalCheckFailed", TABLE)
    assert second == {"TableName": TABLE}
    assert third["Error"]["Code"] == "ValidationError"
    assert "TableName" not in third
    wire("DeleteItem", on(Key=at("statements", 2)))


@pytest.mark.parametrize("change", ["SET zz.b = 1", "SET t = t + 1", "SET a = zz"])
def test_what_goes_wrong_at_run_time_names_no_table_either(wire: Wire, change: str) -> None:
    """B16.11"""
    (only,) = wire("BatchExecuteStatement", batch(f"UPDATE {T} {change} WHERE {KEYED}"))["Responses"]
    assert set(only) == {"Error"}
    assert only["Error"]["Code"] == "ValidationError"


def test_a_transaction_of_writes_answers_nothing(wire: Wire) -> None:
    """B16.12"""
    assert wire("ExecuteTransaction", transaction(UPDATE)) == {"Responses": []}
    assert wire("GetItem", on(Key=at("statements")))["Item"]["a"] == n(2)


def test_reads_cost_what_reads_cost(wire: Wire) -> None:
    """B16.13"""
    total = {"TableName": TABLE, "CapacityUnits": 0.5}
    answer = wire("ExecuteStatement", run(SELECT, ReturnConsumedCapacity="TOTAL"))
    assert answer["ConsumedCapacity"] == total
    answer = wire("BatchExecuteStatement", batch(SELECT) | {"ReturnConsumedCapacity": "TOTAL"})
    assert answer["ConsumedCapacity"] == [total]
    answer = wire("ExecuteTransaction", transaction(SELECT) | {"ReturnConsumedCapacity": "TOTAL"})
    assert answer["ConsumedCapacity"] == [
        {"TableName": TABLE, "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}
    ]


def test_a_parameter_is_a_value(wire: Wire) -> None:
    """B16.09"""
    request = run(f"SELECT a FROM {T} WHERE pk = ? AND sk = ?", Parameters=[s("statements"), n(1)])
    assert wire("ExecuteStatement", request)["Items"] == [{"a": n(1)}]
