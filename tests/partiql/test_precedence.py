"""Which complaint comes first, and how parameters are read."""

from typing import Any

import pytest

from tests.partiql.session import Session

TOO_DEEP = (
    "Nesting Levels have exceeded supported limits:"
    " Attributes in the item have nested levels beyond supported limit"
)
NOT_NUMERIC = "The parameter cannot be converted to a numeric value"


def deep(levels: int, leaf: dict[str, Any] | None = None) -> dict[str, Any]:
    value = {"S": "leaf"} if leaf is None else leaf
    for _ in range(levels):
        value = {"M": {"k": value}}
    return value


@pytest.mark.parametrize(
    ("statement", "complaint"),
    [
        ("SELECT COUNT(*) FROM Nowhere", "Unexpected path component at 1:8:5"),
        (
            "SELECT * FROM Nowhere WHERE a < true",
            "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL",
        ),
        (
            "SELECT * FROM Nowhere WHERE a BETWEEN true AND false",
            "Incorrect operand type for operator or function;"
            " operator or function: BETWEEN, operand type: BOOL",
        ),
        (
            "SELECT * FROM Nowhere WHERE attribute_exists('a')",
            "Operator or function requires a document path; operator or function: attribute_exists",
        ),
        (
            "SELECT * FROM Nowhere WHERE attribute_exists()",
            "Incorrect number of operands for operator or function;"
            " operator or function: attribute_exists, number of operands: 0",
        ),
        (
            "SELECT * FROM Nowhere WHERE attribute_type(a, 'X')",
            "Invalid attribute type name found; type: X, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
        ),
        ("SELECT * FROM Nowhere WHERE a", "The WHERE clause must be a condition"),
        ("SELECT * FROM Nowhere WHERE a + 1 = 2", "Unsupported operation: Plus"),
        (
            "UPDATE Nowhere SET a = 1 RETURNING ALL FOO *",
            "Statement wasn't well formed, can't be processed: Expected ALL or MODIFIED, OLD or NEW",
        ),
        ("EXISTS(SELECT * FROM Nowhere)", "EXISTS can only be used in ExecuteTransaction write requests."),
    ],
)
def test_what_the_statement_shows_comes_before_the_table(db: Session, statement: str, complaint: str) -> None:
    assert db.complaint(statement) == complaint


def test_a_table_that_is_not_there(db: Session) -> None:
    for statement in (
        "SELECT * FROM Nowhere",
        "SELECT * FROM Nowhere.idx WHERE a = 1",
        "INSERT INTO Nowhere VALUE {'a': 1}",
        "UPDATE Nowhere SET a = 1 WHERE b = 2",
        "FROM Nowhere WHERE b = 2 SET a = 1",
        "DELETE FROM Nowhere WHERE b = 2",
    ):
        error = db.refused("ExecuteStatement", Statement=statement)
        assert (error.code, error.message) == ("ResourceNotFoundException", "Requested resource not found")


def test_a_syntax_error_further_on_comes_before_an_objection(db: Session) -> None:
    assert db.complaint("SELECT COUNT(*) FROM a.b.c WHERE") == (
        "Statement wasn't well formed, can't be processed: Unexpected term"
    )


def test_of_several_objections_the_first_one_counts(db: Session) -> None:
    assert db.complaint("SELECT COUNT(*) FROM a.b.c WHERE foo(x)") == "Unexpected path component at 1:8:5"


def test_parameters_come_before_the_text(db: Session) -> None:
    assert db.complaint("SELECT", {"NULL": False}) == (
        "One or more parameter values were invalid: Null attribute value types must have the value of true"
    )


@pytest.mark.parametrize(
    "types", [["BOOL", True], ["NULL", True], ["L", []], ["M", {}], ["SS", ["a"]], ["NS", ["1"]]]
)
def test_only_strings_numbers_and_binary_have_an_order(db: Session, types: list[Any]) -> None:
    type, content = types
    for operator in ("<", "<=", ">", ">="):
        assert db.complaint(f"SELECT * FROM Users WHERE v {operator} ?", {type: content}) == (
            "Incorrect operand type for operator or function;"
            f" operator or function: {operator}, operand type: {type}"
        )
    assert db.rows("SELECT * FROM Users WHERE v = ? OR v <> ?", {type: content}, {type: content}) == []


# ------------------------------------------------------------------ numbers as parameters


@pytest.mark.parametrize(
    ("number", "complaint"),
    [
        ("abc", f"{NOT_NUMERIC}: abc"),
        ("", NOT_NUMERIC),
        ("1e99999999999", f"{NOT_NUMERIC}: 1e99999999999"),
        ("-1e-99999999999", f"{NOT_NUMERIC}: -1e-99999999999"),
        ("1e2147483648", f"{NOT_NUMERIC}: 1e2147483648"),
        (
            "1e2147483647",
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        ),
        ("1e126", "Number overflow. Attempting to store a number with magnitude larger than supported range"),
        (
            "1e-131",
            "Number underflow. Attempting to store a number with magnitude smaller than supported range",
        ),
    ],
)
def test_numbers_that_are_none(db: Session, number: str, complaint: str) -> None:
    for statement in ("SELECT * FROM Users WHERE v = ?", "INSERT INTO Users VALUE {'id': 'x', 'v': ?}"):
        for value in (
            {"N": number},
            {"NS": ["1", number]},
            {"L": [{"N": number}]},
            {"M": {"k": {"N": number}}},
        ):
            assert db.complaint(statement, value) == complaint


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ([deep(40), {"N": "abc"}], TOO_DEEP),
        ([{"N": "abc"}, deep(40)], f"{NOT_NUMERIC}: abc"),
        ([{"M": {"deep": deep(40), "bad": {"N": "abc"}}}, {"S": ""}], TOO_DEEP),
        ([{"M": {"bad": {"N": "abc"}, "deep": deep(40)}}, {"S": ""}], f"{NOT_NUMERIC}: abc"),
        ([deep(40, {"N": "abc"}), {"S": ""}], TOO_DEEP),
    ],
)
def test_too_deep_or_no_number_whichever_comes_first(
    db: Session, parameters: list[dict[str, Any]], complaint: str
) -> None:
    assert db.complaint("SELECT * FROM Users WHERE a = ? AND b = ?", *parameters) == complaint


def test_how_deep_values_may_be(db: Session) -> None:
    db.run("INSERT INTO Users VALUE {'id': 'x', 'v': ?}", deep(31))
    literal = "{'k':" * 31 + "1" + "}" * 31
    db.run(f"INSERT INTO Users VALUE {{'id': 'y', 'v': {literal}}}")
    assert db.complaint("INSERT INTO Users VALUE {'id': 'z', 'v': ?}", deep(32)) == TOO_DEEP
    assert db.complaint(f"UPDATE Users SET v = [{literal}] WHERE id = 'y'") == (
        "Nesting Levels have exceeded supported limits under root[0]" + ".k" * 30
    )
