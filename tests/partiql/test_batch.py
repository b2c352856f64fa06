"""BatchExecuteStatement: an answer or an error for each statement, in order."""

from typing import Any

import pytest

from tests.partiql.session import Session, asked

NEEDS_KEY = "Select statements within BatchExecuteStatement must specify the primary key in the where clause."


@pytest.fixture
def users(db: Session) -> Session:
    for name in ("anna", "bert", "carl"):
        db.put("Users", id=name, age=30)
    return db


def batch(db: Session, *statements: str | dict[str, Any], **members: Any) -> dict[str, Any]:
    asked_for = [asked(one) if isinstance(one, str) else one for one in statements]
    return db.call("BatchExecuteStatement", Statements=asked_for, **members)


def responses(db: Session, *statements: str | dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = batch(db, *statements)["Responses"]
    return found


def refused(db: Session, *statements: str) -> tuple[str, str]:
    error = db.refused("BatchExecuteStatement", Statements=[asked(one) for one in statements])
    return error.code, error.message


def test_reads_answer_in_order(users: Session) -> None:
    assert responses(
        users,
        "SELECT * FROM Users WHERE id = 'bert'",
        "SELECT age FROM Users WHERE id = 'anna'",
        "SELECT * FROM Users WHERE id = 'nobody'",
    ) == [
        {"TableName": "Users", "Item": {"id": {"S": "bert"}, "age": {"N": "30"}}},
        {"TableName": "Users", "Item": {"age": {"N": "30"}}},
        {"TableName": "Users"},
    ]


def test_writes_run_one_by_one(users: Session) -> None:
    assert responses(
        users,
        "INSERT INTO Users VALUE {'id': 'dora'}",
        "UPDATE Users SET age = 31 WHERE id = 'anna' RETURNING MODIFIED NEW *",
        "UPDATE Users REMOVE age WHERE id = 'bert' RETURNING MODIFIED NEW *",
        "DELETE FROM Users WHERE id = 'carl' RETURNING ALL OLD *",
    ) == [
        {"TableName": "Users"},
        {"TableName": "Users", "Item": {"age": {"N": "31"}}},
        {"TableName": "Users"},
        {"TableName": "Users", "Item": {"id": {"S": "carl"}, "age": {"N": "30"}}},
    ]
    assert users.item("Users", id="dora") == {"id": "dora"}
    assert users.item("Users", id="bert") == {"id": "bert"}
    assert users.item("Users", id="carl") is None


def test_a_member_that_fails_leaves_the_others_alone(users: Session) -> None:
    found = responses(
        users,
        "INSERT INTO Users VALUE {'id': 'anna'}",
        "UPDATE Users SET a = 1 WHERE id = 'bert' AND age = 0",
        "DROP TABLE Users",
        "INSERT INTO Nowhere VALUE {'id': 'x'}",
        "INSERT INTO Users VALUE {'id': 'new'}",
        "EXISTS(SELECT * FROM Users WHERE id = 'carl' AND age = 30)",
    )
    assert [response.get("Error", {}).get("Code") for response in found] == [
        "DuplicateItem",
        "ConditionalCheckFailed",
        "ValidationError",
        "ResourceNotFound",
        None,
        "ValidationError",
    ]
    assert found[1]["Error"]["Message"] == "The conditional request failed"
    assert users.item("Users", id="new") is not None


def test_a_failure_names_the_table_unless_the_statement_is_wrong(users: Session) -> None:
    found = responses(
        users,
        "INSERT INTO Users VALUE {'id': 'anna'}",
        "UPDATE Users SET a = age.x WHERE id = 'bert'",
        "UPDATE Users SET a = 1 WHERE age = 1",
    )
    assert [response.get("TableName") for response in found] == ["Users", None, None]


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM Users",
        "SELECT * FROM Users WHERE age = 30",
        "SELECT * FROM Users WHERE id = 'anna' AND age = 30",
        "SELECT * FROM Users WHERE id = 'anna' AND id = 'bert'",
        "SELECT * FROM Users WHERE id IN ['anna', 'bert']",
        "SELECT * FROM Songs WHERE artist = 'a'",
        "SELECT * FROM Orders.placed WHERE customer = 'c' AND \"order\" = 1",
    ],
)
def test_a_read_names_one_item_by_its_key_and_says_nothing_else(users: Session, statement: str) -> None:
    (response,) = responses(users, statement)
    assert response == {"Error": {"Code": "ValidationError", "Message": NEEDS_KEY}}


def test_an_in_of_one_value_names_the_key(users: Session) -> None:
    (response,) = responses(users, "SELECT age FROM Users WHERE id IN ['anna'] AND 'anna' = id")
    assert response["Item"] == {"age": {"N": "30"}}


def test_reads_and_writes_do_not_mix(users: Session) -> None:
    code, message = refused(
        users, "SELECT * FROM Users WHERE id = 'anna'", "DELETE FROM Users WHERE id = 'bert'"
    )
    assert (code, "both read and write" in message) == ("ValidationException", True)
    assert users.item("Users", id="bert") is not None


def test_no_item_is_named_twice(users: Session) -> None:
    for statements in (
        ["SELECT * FROM Users WHERE id = 'anna'", "SELECT age FROM Users WHERE 'anna' = id"],
        ["DELETE FROM Users WHERE id = 'anna'", "INSERT INTO Users VALUE {'id': 'anna'}"],
    ):
        assert refused(users, *statements)[0] == "ValidationException"
    assert users.item("Users", id="anna") is not None


def test_a_failed_condition_shows_no_item_even_when_asked(users: Session) -> None:
    request = asked("DELETE FROM Users WHERE id = 'anna' AND age = 1")
    (response,) = responses(users, {**request, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    assert set(response) == {"Error", "TableName"}
    assert set(response["Error"]) == {"Code", "Message"}


def test_parameters_are_judged_member_by_member(users: Session) -> None:
    bad = {"Statement": "SELECT * FROM Users WHERE id = ?", "Parameters": [{"N": "1e99999999999"}]}
    good = asked("SELECT * FROM Users WHERE id = ?", ["anna"])
    first, second = responses(users, bad, good)
    assert first["Error"]["Message"] == "The parameter cannot be converted to a numeric value: 1e99999999999"
    assert second["Item"]["age"] == {"N": "30"}


# ------------------------------------------------------------------ capacity


def test_each_read_is_charged_by_its_own_consistency(users: Session) -> None:
    consistent = {**asked("SELECT * FROM Users WHERE id = 'anna'"), "ConsistentRead": True}
    answer = batch(users, consistent, "SELECT * FROM Users WHERE id = 'bert'", ReturnConsumedCapacity="TOTAL")
    assert answer["ConsumedCapacity"] == [{"TableName": "Users", "CapacityUnits": 1.5}]


def test_a_failed_write_is_charged_where_another_succeeded(users: Session) -> None:
    users.put("Users", id="big", text="x" * 2500)
    answer = batch(
        users,
        "UPDATE Users SET a = 1 WHERE id = 'big' AND a = 0",
        "UPDATE Users SET a = 1 WHERE id = 'anna'",
        "DELETE FROM Counts WHERE n = 1",
        "UPDATE Songs SET a = 1 WHERE artist = 'a' AND song = '1'",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"] == [
        {"TableName": "Users", "CapacityUnits": 4.0},
        {"TableName": "Counts", "CapacityUnits": 1.0},
    ]


def test_where_nothing_succeeded_nothing_is_reported(users: Session) -> None:
    answer = batch(users, "INSERT INTO Users VALUE {'id': 'anna'}", ReturnConsumedCapacity="TOTAL")
    assert "ConsumedCapacity" not in answer
