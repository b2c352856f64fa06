"""ExecuteTransaction: all statements or none."""

from typing import Any

import pytest

from tests.partiql.session import Session, asked


@pytest.fixture
def users(db: Session) -> Session:
    for name in ("anna", "bert"):
        db.put("Users", id=name, age=30)
    return db


def transact(db: Session, *statements: str | dict[str, Any], **members: Any) -> dict[str, Any]:
    asked_for = [asked(one) if isinstance(one, str) else one for one in statements]
    return db.call("ExecuteTransaction", TransactStatements=asked_for, **members)


def refused(db: Session, *statements: str | dict[str, Any], **members: Any) -> tuple[str, str]:
    asked_for = [asked(one) if isinstance(one, str) else one for one in statements]
    error = db.refused("ExecuteTransaction", TransactStatements=asked_for, **members)
    return error.code, error.message


def reasons(db: Session, *statements: str | dict[str, Any]) -> list[dict[str, Any]]:
    asked_for = [asked(one) if isinstance(one, str) else one for one in statements]
    error = db.refused("ExecuteTransaction", TransactStatements=asked_for)
    assert error.code == "TransactionCanceledException", error
    found = error.fields["CancellationReasons"]
    assert isinstance(found, list)
    return found


def codes(db: Session, *statements: str | dict[str, Any]) -> list[str]:
    return [reason["Code"] for reason in reasons(db, *statements)]


def test_writes_take_effect_together_and_answer_nothing(users: Session) -> None:
    answer = transact(
        users,
        "INSERT INTO Users VALUE {'id': 'carl'}",
        "UPDATE Users SET age = age + 1 WHERE id = 'anna'",
        "DELETE FROM Users WHERE id = 'bert'",
        "EXISTS(SELECT * FROM Users WHERE id = 'dora' AND age IS MISSING)",
    )
    assert answer == {"Responses": []}
    assert users.item("Users", id="carl") is not None
    assert users.item("Users", id="anna") == {"id": "anna", "age": 31}
    assert users.item("Users", id="bert") is None


@pytest.mark.parametrize(
    ("failing", "code", "message"),
    [
        ("INSERT INTO Users VALUE {'id': 'anna'}", "DuplicateItem", "Duplicate primary key exists in table"),
        ("UPDATE Users SET a = 1 WHERE id = 'x'", "ConditionalCheckFailed", "The conditional request failed"),
        (
            "DELETE FROM Users WHERE id = 'anna' AND age = 1",
            "ConditionalCheckFailed",
            "The conditional request failed",
        ),
        (
            "EXISTS(SELECT * FROM Users WHERE id = 'anna' AND age = 1)",
            "ConditionalCheckFailed",
            "The conditional request failed",
        ),
        (
            "UPDATE Users SET a = b + 1 WHERE id = 'anna'",
            "ValidationError",
            "The provided expression refers to an attribute that does not exist in the item",
        ),
        (
            "DELETE FROM Users WHERE id = 1",
            "ValidationError",
            "The provided key element does not match the schema",
        ),
        (
            "DELETE FROM Songs WHERE artist = 'a'",
            "ValidationError",
            "The provided key element does not match the schema",
        ),
    ],
)
def test_one_failure_cancels_everything(users: Session, failing: str, code: str, message: str) -> None:
    assert reasons(users, "INSERT INTO Users VALUE {'id': 'new'}", failing) == [
        {"Code": "None"},
        {"Code": code, "Message": message},
    ]
    assert users.item("Users", id="new") is None


def test_a_failed_condition_shows_the_item_when_asked(users: Session) -> None:
    request = asked("DELETE FROM Users WHERE id = 'anna' AND age = 1")
    (reason,) = reasons(users, {**request, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"})
    assert "Item" in reason


def test_reads_answer_one_entry_each(users: Session) -> None:
    answer = transact(
        users, "SELECT age FROM Users WHERE id = 'anna'", "SELECT * FROM Users WHERE id = 'nobody'"
    )
    assert answer == {"Responses": [{"Item": {"age": {"N": "30"}}}, {}]}


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("SELECT * FROM Users WHERE", "Statement wasn't well formed, can't be processed: Unexpected term"),
        (
            "UPDATE Users SET a = 1 WHERE id = 'x' RETURNING ALL NEW *",
            "RETURNING clause is not supported in ExecuteTransaction.",
        ),
        (
            "SELECT * FROM Orders.placed WHERE customer = 'c'",
            "Reads on indices are not supported within transactions.",
        ),
        (
            "EXISTS(SELECT * FROM Users.nope WHERE id = 'anna' AND age = 30)",
            "Reads on indices are not supported within transactions.",
        ),
        (
            "SELECT * FROM Users WHERE id = 'anna' AND age = 30",
            "Select statements within ExecuteTransaction must specify the primary key in the where clause.",
        ),
        (
            "EXISTS(SELECT * FROM Users WHERE id = 'anna')",
            "EXISTS() must contain a single item read with additional condition",
        ),
        (
            "UPDATE Users SET a = 'x' + 1 WHERE id = 'anna'",
            "Incorrect operand type for operator or function; operator or function: +, operand type: S",
        ),
        ("SELECT * FROM Users WHERE id = ?", "Number of parameters in request and statement don't match."),
    ],
)
def test_what_is_wrong_with_a_statement_names_it(users: Session, statement: str, complaint: str) -> None:
    fine = (
        "SELECT * FROM Users WHERE id = 'bert'"
        if statement.startswith("SELECT")
        else "DELETE FROM Users WHERE id = 'bert'"
    )
    assert refused(users, fine, statement) == (
        "ValidationException",
        f"Validation failed in TransactStatements[1]: {complaint}",
    )


def test_parameters_are_judged_before_any_statement(users: Session) -> None:
    bad = {"Statement": "SELECT * FROM Users WHERE id = ?", "Parameters": [{"SS": []}]}
    assert refused(users, "SELECT", bad) == (
        "ValidationException",
        "One or more parameter values were invalid: An string set  may not be empty",
    )


def test_reads_and_writes_do_not_mix(users: Session) -> None:
    code, message = refused(
        users, "SELECT * FROM Users WHERE id = 'anna'", "DELETE FROM Users WHERE id = 'bert'"
    )
    assert (code, message) == (
        "ValidationException",
        "ExecuteTransaction API does not support both read and write operations in the same request.",
    )


def test_no_item_is_named_twice(users: Session) -> None:
    same = "Transaction request cannot include multiple operations on one item"
    read, write = "SELECT * FROM Users WHERE id = 'anna'", "DELETE FROM Users WHERE id = 'anna'"
    assert refused(users, read, read) == ("ValidationException", same)
    assert refused(users, write, "UPDATE Users SET a = 1 WHERE id = 'anna'") == ("ValidationException", same)


def test_a_table_that_is_not_there(users: Session) -> None:
    for statement in ("SELECT * FROM Nowhere WHERE id = 'x'", "DELETE FROM Nowhere WHERE id = 'x'"):
        assert refused(users, statement) == ("ResourceNotFoundException", "Requested resource not found")


def test_a_token_makes_a_retry_harmless(users: Session) -> None:
    increment = "UPDATE Users SET age = age + 1 WHERE id = 'anna'"

    def once() -> Any:
        return transact(users, increment, ClientRequestToken="t", ReturnConsumedCapacity="TOTAL")[
            "ConsumedCapacity"
        ]

    assert once() == [{"TableName": "Users", "CapacityUnits": 2.0, "WriteCapacityUnits": 2.0}]
    assert once() == [{"TableName": "Users", "CapacityUnits": 2.0, "ReadCapacityUnits": 2.0}]
    assert users.item("Users", id="anna") == {"id": "anna", "age": 31}
    code, _ = refused(users, increment + ";", ClientRequestToken="t")
    assert code == "IdempotentParameterMismatchException"


def test_tokens_are_not_shared_with_transact_write_items(users: Session) -> None:
    transact(users, "UPDATE Users SET a = 1 WHERE id = 'anna'", ClientRequestToken="t")
    delete = {"Delete": {"TableName": "Users", "Key": {"id": {"S": "anna"}}}}
    users.call("TransactWriteItems", TransactItems=[delete], ClientRequestToken="t")
    assert users.item("Users", id="anna") is None


def test_a_transaction_of_reads_costs_two_units_a_statement(users: Session) -> None:
    answer = transact(
        users,
        "SELECT * FROM Users WHERE id = 'anna'",
        "SELECT * FROM Users WHERE id = 'nobody'",
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["ConsumedCapacity"] == [
        {
            "TableName": "Users",
            "CapacityUnits": 4.0,
            "ReadCapacityUnits": 4.0,
            "Table": {"CapacityUnits": 4.0, "ReadCapacityUnits": 4.0},
        }
    ]


def test_several_failures_give_several_reasons(users: Session) -> None:
    assert codes(
        users,
        "UPDATE Users SET a = 1 WHERE id = 'x'",
        "DELETE FROM Users WHERE id = 'anna'",
        "INSERT INTO Users VALUE {'id': 'bert'}",
    ) == ["ConditionalCheckFailed", "None", "DuplicateItem"]
